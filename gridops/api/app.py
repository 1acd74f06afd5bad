"""The web service: console, API, stream, metrics."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from gridops.api import problems
from gridops.api.audit import Audited
from gridops.api.described import describe
from gridops.api.paper_form import PAPER, STYLE, STYLE_ADDRESS
from gridops.api.public.page import STYLE as PUBLIC_STYLE
from gridops.api.public.page import STYLE_ADDRESS as PUBLIC_STYLE_ADDRESS
from gridops.api.public.routes import public
from gridops.api.routes import PREFIX
from gridops.api.routes_acts import acts
from gridops.api.routes_alarms import alarms
from gridops.api.routes_audit import audits
from gridops.api.routes_corrections import corrections
from gridops.api.routes_history import history
from gridops.api.routes_indices import minutes
from gridops.api.routes_reading import reading
from gridops.api.routes_reports import reports
from gridops.api.routes_session import sessions
from gridops.api.routes_sheets import sheets
from gridops.api.routes_studies import studies
from gridops.api.routes_training import training
from gridops.api.routes_users import users
from gridops.api.routes_work import work
from gridops.api.routes_worth import worth
from gridops.api.service import COOKIE, TRAINING_COOKIE, Service
from gridops.api.shapes import Alive, Ready
from gridops.api.shield import Shield, dress
from gridops.errors import AuditUnwritable

CONSOLE = Path(__file__).parent / "console"


def create_app(service: Service) -> FastAPI:
    """The application for one running control room. No state outlives `service`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        running = [
            asyncio.create_task(service.feed.run()),
            asyncio.create_task(service.audit.run()),
        ]
        stop = service.room.listen(service.feed.touch)
        try:
            yield
        finally:
            stop()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            with suppress(AuditUnwritable):
                await service.audit.close()

    app = bare_app(lifespan=lifespan)
    app.state.service = service
    app.add_middleware(Shield, hosts=service.hosts, admit=service.admit)
    app.add_middleware(Audited, note=service.note, clock=service.clock)
    return app


def bare_app(**options: Any) -> FastAPI:
    """Every route, and nothing behind it: enough to write `docs/openapi.json`."""
    app = FastAPI(
        title="GridOps",
        version="1",
        summary="Outage automation for medium-voltage grids",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        **options,
    )
    problems.install(app)
    for routes in (
        sessions, reading, minutes, acts, alarms, work, reports, corrections, worth, sheets,
        history, users, audits, studies, training, public,
    ):  # fmt: skip
        routes.join(app)
    _probes(app)
    _file(app, PAPER / STYLE, address=STYLE_ADDRESS)
    _file(app, PAPER / PUBLIC_STYLE, address=PUBLIC_STYLE_ADDRESS)
    _console(app)

    @app.exception_handler(Exception)
    async def failed(request: Request, _: Exception) -> Response:
        # Outside of every middleware, so it is dressed here. The server logs the cause.
        answer = problems.internal(request.url.path)
        dress(answer.headers, request.url.path, status=answer.status_code)
        return answer

    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def _probes(app: FastAPI) -> None:
    @app.head("/livez", include_in_schema=False)
    @app.get("/livez", tags=["operation"])
    async def livez(request: Request) -> Alive:
        """The process answers, and whether its field is one to learn on."""
        service: Service = request.app.state.service
        return Alive(status="alive", training=service.room.installation.is_training)

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", tags=["operation"], responses={503: {"model": Ready}})
    async def readyz(request: Request, response: Response) -> Ready:
        """The control room takes events and every link is up; 503 otherwise."""
        service: Service = request.app.state.service
        blind = [one.code for one in service.blind()]
        response.status_code = 503 if blind else 200
        return Ready(status="blind" if blind else "ready", blind=blind)

    @app.get(
        "/metrics",
        tags=["operation"],
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics(request: Request) -> Response:
        """Prometheus text exposition; `docs/metrics.md` names every metric."""
        service: Service = request.app.state.service
        return Response(await service.exposed(), media_type="text/plain; version=0.0.4")


def _console(app: FastAPI) -> None:
    """File by file, so that nothing but the build's own files has an address. Not mounted at the
    root: that would answer for every path of the API that does not exist."""
    if not CONSOLE.is_dir():
        return
    for file in sorted(path for path in CONSOLE.iterdir() if path.is_file()):
        _file(app, file, address="/" if file.name == "index.html" else f"/{file.name}")
    app.mount("/assets", StaticFiles(directory=CONSOLE / "assets", check_dir=False), name="console")


def _file(app: FastAPI, file: Path, *, address: str) -> None:
    async def send(_: Request) -> FileResponse:
        return FileResponse(file)

    app.add_route(address, send, methods=["GET", "HEAD"], include_in_schema=False)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with problems under their own media type."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        for operation in (op for path in schema["paths"].values() for op in path.values()):
            _name_problems(operation["responses"])
            _add_what_any_route_answers(operation)
            _name_logins(operation)
        describe(schema["components"]["schemas"])
        schemes = schema["components"].setdefault("securitySchemes", {})
        schemes["session"] = {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": f"Of a training: {TRAINING_COOKIE}.",
        }
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema


def _name_problems(responses: dict[str, Any]) -> None:
    """FastAPI adds a 422 of its own wherever a cookie or a header is read; no string is wrong
    there, and ours are declared."""
    for status, answer in list(responses.items()):
        body: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
        shape = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if shape == "HTTPValidationError":
            del responses[status]
        elif shape == "Problem":
            answer["content"] = {problems.MEDIA_TYPE: body}


def _add_what_any_route_answers(operation: dict[str, Any]) -> None:
    own = problems.WITH_A_BODY if "requestBody" in operation else ()
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for status in (*problems.EVERYWHERE, *own):
        answer = {"description": problems.WORDS[status], "content": {problems.MEDIA_TYPE: shape}}
        operation["responses"].setdefault(str(status), answer)


def _name_logins(operation: dict[str, Any]) -> None:
    """The cookie is a way to log in, and no parameter. Where a token is taken, either will do."""
    parameters = operation.get("parameters", [])
    others = [one for one in parameters if one["name"] not in (COOKIE, TRAINING_COOKIE)]
    if len(others) == len(parameters):
        return
    operation["parameters"] = others
    if "security" in operation:
        operation["security"].insert(0, {"session": []})
    elif "X-CSRF-Token" in {one["name"] for one in others} or "401" in operation["responses"]:
        operation["security"] = [{"session": []}]
    if "requestBody" in operation and not others:
        del operation["security"]  # the login itself
