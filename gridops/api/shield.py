"""Around every request: the right name, a bounded body, and the headers that browsers obey."""

import asyncio
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridops.api.limits import TooManyRequests
from gridops.api.problems import problem

BODY_BYTES_MAX = 64 * 1024
DRAINED_BYTES_MAX = 1024 * 1024
"""What is too long is read on and thrown away up to here: a client that is still sending would
not see the answer if the connection closed under it."""
BODY_S_MAX = 10.0
"""A body that takes longer than this to arrive is given up."""
SEND_S_MAX = 20.0
"""A reader that takes nothing for so long is cut off."""
HASHED = re.compile(r"/assets/[\w.-]+-[\w-]{8}\.\w+")
"""Names that the console's build gives: another content has another name."""
SHARED = frozenset({"/public", "/api/v1/public/outages", "/paper/public.css", "/robots.txt"})
SHARED_S = 10
"""What everybody may read a proxy may keep for so long, and give to all."""
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self';"
            " frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)

log = structlog.get_logger()


class _Stalled(ConnectionError):
    """The other side takes nothing any more."""


class Shield:
    """Guarantees: no body above `BODY_BYTES_MAX` is read, stated length or not; no request
    under a foreign name is served (DNS rebinding); every answer carries `HEADERS`."""

    def __init__(
        self, app: ASGIApp, *, hosts: frozenset[str], admit: Callable[[str], None]
    ) -> None:
        """`hosts` empty: any Host header is taken. `admit` raises TooManyRequests for an address
        that has sent too many."""
        self._admit = admit
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, *ends: Any) -> None:
        """An ASGI application: `ends` are receive and send."""
        receive: Receive
        send: Send
        receive, send = ends
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headed = _headed(send, scope["path"])
        served = await self._served(scope, receive)
        if served is None:
            return
        app, body = served
        try:
            await app(scope, _replay(body, receive), headed)
        except* _Stalled:
            log.info("a reader took nothing and was cut off", path=scope["path"])

    async def _served(self, scope: Scope, receive: Receive) -> tuple[ASGIApp, bytes] | None:
        """What answers, and the body for it; None when the client has gone."""
        refusal = self._flood(scope) or self._refusal(Headers(scope=scope))
        if refusal is not None:
            return refusal, b""
        body = await _body(receive)
        if body is None:
            return None
        return (self._app, body) if isinstance(body, bytes) else (body, b"")

    def _flood(self, scope: Scope) -> Response | None:
        try:
            self._admit((scope.get("client") or ("",))[0])
        except TooManyRequests as refused:
            return problem(
                429,
                "too-many-requests",
                detail="this address sends too many requests",
                remedy=refused.remedy,
                headers={"Retry-After": str(refused.retry_s)},
            )
        return None

    def _refusal(self, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if self._hosts and _without_port(host) not in self._hosts:
            return problem(
                421,
                "wrong-host",
                detail=f"this service is not called {host[:80]!r}",
                remedy="use the address that the service printed when it started",
            )
        stated = headers.get("content-length", "0")
        if not stated.isdecimal() or len(stated) > 12 or int(stated) > BODY_BYTES_MAX:
            return _too_large()
        return None


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and (port.isdecimal() or not port) else host).lower()


def _too_large() -> Response:
    return problem(
        413,
        "too-large",
        detail=f"the body is longer than {BODY_BYTES_MAX} bytes",
        remedy="send less",
        headers={"Connection": "close"},
    )


async def _body(receive: Receive) -> bytes | Response | None:
    """The whole body, or the refusal of it, or None when the client has gone."""
    try:
        async with asyncio.timeout(BODY_S_MAX):
            return await _read(receive)
    except TimeoutError:
        return problem(
            408,
            "too-slow",
            detail=f"the body did not arrive within {BODY_S_MAX:g} s",
            remedy="try again",
            headers={"Connection": "close"},
        )


async def _read(receive: Receive) -> bytes | Response | None:
    kept, size = bytearray(), 0
    while size <= DRAINED_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size <= BODY_BYTES_MAX:
            kept += part
        if not message.get("more_body", False):
            break
    return bytes(kept) if size <= BODY_BYTES_MAX else _too_large()


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _headed(send: Send, path: str) -> Send:
    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            dress(MutableHeaders(scope=message), path, status=message["status"])
        try:
            async with asyncio.timeout(SEND_S_MAX):
                await send(message)
        except TimeoutError as silent:
            raise _Stalled(path) from silent

    return headed


def dress(headers: MutableHeaders, path: str, *, status: int) -> None:
    """Sets what every answer carries. Only hashed files, and for a moment what is public, may be
    kept."""
    for name, value in HEADERS.items():
        headers[name] = value
    found = status in (200, 206, 304)
    headers["Cache-Control"] = _kept_for(path) if found else "no-store"


def _kept_for(path: str) -> str:
    if HASHED.fullmatch(path) is not None:
        return "public, max-age=31536000, immutable"
    return f"public, max-age={SHARED_S}" if path in SHARED else "no-store"
