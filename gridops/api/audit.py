"""Notes every act and every refused act; no answer waits for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridops.api.routes import PREFIX
from gridops.api.security import Person
from gridops.errors import AuditUnwritable
from gridops.ports import Clock, Metrics
from gridops.ports.audit import AuditLine, AuditTrail

PENDING_MAX = 1_000
"""Lines that wait to be written; further ones are counted as lost."""
PAUSE_S = 0.5
"""Between two writings. What is refused again and again meanwhile becomes one line."""
REFUSED_IN_FULL_MAX = 60
"""Refusals of one person at one address within a minute; what is beyond is one line for all."""
SOURCES_MAX = 1_000
"""Sources that are told apart within a minute; the others are counted as one."""
FLOOD = "too-many-refusals"
LETTERS_MAX = 200
LOOKS = ("GET", "HEAD", "OPTIONS")
OF_STATUS = {
    408: "too-slow",
    413: "too-large",
    421: "wrong-host",
    429: "too-many-requests",
    500: "internal-error",
}
"""Refused before or outside of the routes."""

MINUTE = timedelta(minutes=1)
MINUTE_S = MINUTE.total_seconds()
Source = tuple[str, str, str]
"""User, token and address of what was refused."""

log = structlog.get_logger()


@dataclass(slots=True)
class Audit:
    """Lines on their way to the trail.

    Guarantees: `note` returns at once; memory is bounded; what could not be written is tried
    again, and what was lost is counted, in a metric and in the trail itself.
    """

    trail: AuditTrail
    clock: Clock
    metrics: Metrics
    _pending: list[AuditLine] = field(default_factory=list)
    _refused: dict[tuple[str, ...], int] = field(default_factory=dict)
    _minute: datetime | None = None
    _spent: dict[Source, int] = field(default_factory=dict)
    _floods: dict[Source, AuditLine] = field(default_factory=dict)
    """Of this minute: so much that is refused does not push out what was done."""
    _lost: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, line: AuditLine) -> None:
        if line.code:
            key = (line.user, line.token, line.address, line.act, line.about, line.code)
            before = self._refused.get(key)
            if before is not None:
                same = self._pending[before]
                self._pending[before] = replace(same, times=same.times + 1)
                return
            if self._is_flood(line):
                return
        if len(self._pending) >= PENDING_MAX:
            self._lose(1)
            return
        if line.code:
            self._refused[key] = len(self._pending)
        self._pending.append(line)
        self._wake.set()

    def _is_flood(self, line: AuditLine) -> bool:
        """Counts a refusal; whether it is told of in the line of its minute alone."""
        minute = line.at.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute_over()
            self._minute = minute
        source: Source = (line.user, line.token, line.address)
        if source not in self._spent and len(self._spent) >= SOURCES_MAX:
            source = ("", "", "")
        self._spent[source] = self._spent.get(source, 0) + 1
        if self._spent[source] <= REFUSED_IN_FULL_MAX:
            return False
        known = self._floods.get(source)
        user, token, address = source
        self._floods[source] = (
            replace(known, at=line.at, times=known.times + 1)
            if known is not None
            else replace(
                line, user=user, token=token, address=address, act="(several)", path="",
                about="", code=FLOOD,
            )
        )  # fmt: skip
        return True

    def _minute_over(self) -> None:
        floods, self._floods = list(self._floods.values()), {}
        self._spent.clear()
        room = max(0, PENDING_MAX - len(self._pending))
        self._pending += floods[:room]
        if floods[room:]:
            self._lose(len(floods) - room)
        if self._pending:
            self._wake.set()

    def _lose(self, count: int) -> None:
        self._lost += count
        self.metrics.count("gridops_audit_lost_total", float(count))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(MINUTE_S):
                    await self._wake.wait()
            self._wake.clear()
            if self._minute is not None and self.clock.now() - self._minute >= MINUTE:
                self._minute_over()
            with suppress(AuditUnwritable):
                await self.flush()
            await asyncio.sleep(PAUSE_S)

    async def flush(self) -> None:
        """Writes what waits. Raises: AuditUnwritable, and then it waits on."""
        async with self._writing:
            lines, self._pending, self._refused = self._pending, [], {}
            lost, self._lost = self._lost, 0
            if lost:
                lines.append(self._about_lost(lost))
            if not lines:
                return
            try:
                await asyncio.to_thread(self.trail.append, lines)
            except AuditUnwritable as error:
                log.warning("the audit cannot be written", why=str(error))
                self._back(lines[: len(lines) - bool(lost)], lost)
                raise

    async def close(self) -> None:
        """Writes all that waits, the unfinished minute as well. Raises: as `flush`."""
        self._minute_over()
        await self.flush()

    def _back(self, lines: list[AuditLine], lost: int) -> None:
        self._lost += lost
        room = PENDING_MAX - len(self._pending)
        if len(lines) > room:
            self._lose(len(lines) - room)
        kept = lines[len(lines) - room :] if room < len(lines) else lines
        self._refused = {}
        self._pending = [*kept, *self._pending]
        self._wake.set()

    def _about_lost(self, count: int) -> AuditLine:
        about = f"{count} lines were lost before this one"
        now = self.clock.now()
        return AuditLine(
            at=now, user="", role="", token="", address="", act="audit", path="", about=about
        )


class Audited:
    """Around everything: what was asked under `/api/`, by whom, and what came of it. Looking is
    noted only where it was refused for want of a permission."""

    def __init__(self, app: ASGIApp, *, note: Callable[[AuditLine], None], clock: Clock) -> None:
        self._app = app
        self._note = note
        self._clock = clock

    async def __call__(self, scope: Scope, *ends: Any) -> None:
        """An ASGI application: `ends` are receive and send."""
        receive: Receive
        send: Send
        receive, send = ends
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._noted(scope, status)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            self._noted(scope, 500)
            raise

    def _noted(self, scope: Scope, status: int) -> None:
        method = scope["method"]
        if method in LOOKS and status != 403:
            return
        state = scope["state"]
        person: Person | None = state.get("person")
        refusal = state.get("code") or OF_STATUS.get(status, "refused")
        route = getattr(scope.get("route"), "path", "").removeprefix(PREFIX)
        self._note(
            AuditLine(
                at=self._clock.now(),
                user=person.user if person else "",
                role=person.role.value if person else "",
                token=(person.token or "") if person else "",
                address=(scope.get("client") or ("",))[0],
                act=f"{method} {route or '(no such route)'}",
                path=_shown(scope["path"]),
                about=_shown(state.get("about", "")),
                status=status,
                code=refusal if status >= 400 else "",
            )
        )


def _shown(text: str) -> str:
    """One line of plain letters, whatever came."""
    return "".join(c if c.isprintable() else "?" for c in text[:LETTERS_MAX])
