"""The web service: console, API, stream, metrics."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from gridops.api import problems
from gridops.api.routes_acts import acts
from gridops.api.routes_reading import reading
from gridops.api.routes_session import sessions
from gridops.api.service import Service

CONSOLE = Path(__file__).parent / "console"
BODY_BYTES_MAX = 64 * 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Next = Callable[[Request], Awaitable[Response]]


def create_app(service: Service) -> FastAPI:
    """The application for one running control room. No state outlives `service`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        feeding = asyncio.create_task(service.feed.run())
        stop = service.room.listen(service.feed.touch)
        try:
            yield
        finally:
            stop()
            feeding.cancel()
            with suppress(asyncio.CancelledError):
                await feeding

    app = FastAPI(
        title="GridOps",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.service = service
    problems.install(app)
    app.include_router(sessions, prefix="/api/v1")
    app.include_router(reading, prefix="/api/v1")
    app.include_router(acts, prefix="/api/v1")
    _probes(app, service)
    _protect(app, service)
    if CONSOLE.is_dir():
        app.mount("/", StaticFiles(directory=CONSOLE, html=True), name="console")
    return app


def _probes(app: FastAPI, service: Service) -> None:
    @app.get("/livez", tags=["operation"])
    async def livez() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["operation"])
    async def readyz(response: Response) -> dict[str, object]:
        """The control room takes events and every link is up; 503 otherwise."""
        blind = [one.code for one in service.blind()]
        response.status_code = 503 if blind else 200
        return {"status": "blind" if blind else "ready", "blind": blind}

    @app.get("/metrics", tags=["operation"], response_class=Response)
    async def metrics() -> Response:
        """Prometheus text exposition; `docs/metrics.md` names every metric."""
        service.gauge()
        return Response(service.exposition(), media_type="text/plain; version=0.0.4")


def _protect(app: FastAPI, service: Service) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: Next) -> Response:
        host = request.headers.get("host", "").rsplit(":", 1)[0]
        if service.hosts and host not in service.hosts:
            return problems.problem(421, "wrong-host", f"this service is not called {host[:80]!r}")
        if _body_bytes(request) > BODY_BYTES_MAX:
            return problems.problem(413, "too-large", "the request is too large")
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _body_bytes(request: Request) -> int:
    """The length that the request states; a body without one counts as too large."""
    if "transfer-encoding" in request.headers:
        return BODY_BYTES_MAX + 1
    stated = request.headers.get("content-length", "0")
    return int(stated) if stated.isdecimal() and len(stated) < 12 else BODY_BYTES_MAX + 1
