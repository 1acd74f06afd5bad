"""What the routes work on: the running control room and who may act in it."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, cast

from fastapi import Cookie, Depends, Header, Request

from gridops.api.feed import Feed
from gridops.api.live_view import live_view
from gridops.api.security import Gatekeeper, Role, Session, check_csrf, check_role
from gridops.api.words import Plain
from gridops.control_room import ControlRoom, Loop
from gridops.ports import Clock, Metrics
from gridops.reasons import Reason, because

COOKIE = "gridops_session"
ANSWERS_MAX = 1_000
LOOP_SILENT = timedelta(seconds=3)


@dataclass(slots=True, kw_only=True)
class Service:
    """Lives as long as the process. `hosts` empty: any Host header is taken."""

    room: ControlRoom
    loop: Loop
    clock: Clock
    gatekeeper: Gatekeeper
    metrics: Metrics
    exposition: Callable[[], bytes]
    hosts: frozenset[str] = frozenset()
    secure_cookie: bool = False
    feed: Feed = field(init=False)
    _answers: OrderedDict[tuple[str, str, str], Plain] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.feed = Feed(self.view)

    def view(self) -> Plain:
        return live_view(
            self.room, now=self.clock.now(), links=self.loop.health(), blind=self.blind()
        )

    def blind(self) -> Sequence[Reason]:
        """Why the screen must not be taken for the field right now (invariant 39)."""
        found: list[Reason] = []
        links = self.loop.health()
        down = sum(not link.connected for link in links)
        if down:
            found.append(because("links-blind", count=down, all=len(links)))
        silent = self.clock.now() - self.loop.turned_at
        if silent > LOOP_SILENT:
            found.append(because("loop-blind", seconds=round(silent.total_seconds())))
        return found

    def gauge(self) -> None:
        """Brings the gauges up to date; called when somebody reads them."""
        state = self.room.desk.state
        open_now = sum(incident.is_open for incident in self.room.desk.incidents.values())
        self.metrics.set("gridops_incidents_open", open_now)
        self.metrics.set("gridops_customers_out", state.energisation.customers_dark)
        self.metrics.set("gridops_sse_clients", self.feed.readers)
        self.room.books.gauge(self.metrics, self.clock.now())
        for link in self.loop.health():
            self.metrics.set("gridops_link_connected", float(link.connected), link=link.link)

    def answered(self, session: Session, act: str, key: str | None) -> Plain | None:
        """The answer to the same act under the same Idempotency-Key, if it was given."""
        return None if key is None else self._answers.get((session.user, act, key))

    def remember(self, session: Session, act: str, key: str | None, answer: Plain) -> Plain:
        if key is not None:
            self._answers[session.user, act, key] = answer
            while len(self._answers) > ANSWERS_MAX:
                self._answers.popitem(last=False)
        return answer


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


Here = Annotated[Service, Depends(service_of)]


def now_of(here: Here) -> datetime:
    return here.clock.now()


Now = Annotated[datetime, Depends(now_of)]
Token = Annotated[str | None, Cookie(alias=COOKIE)]


def reader(here: Here, now: Now, token: Token = None) -> Session:
    """Anybody who is logged in."""
    return here.gatekeeper.session_of(token, now)


def _actor(needed: Role) -> Callable[..., Session]:
    def actor(
        session: Annotated[Session, Depends(reader)],
        x_csrf_token: Annotated[str | None, Header()] = None,
    ) -> Session:
        check_csrf(session, x_csrf_token)
        check_role(session, needed)
        return session

    return actor


Reader = Annotated[Session, Depends(reader)]
Dispatcher = Annotated[Session, Depends(_actor(Role.DISPATCHER))]
Admin = Annotated[Session, Depends(_actor(Role.ADMIN))]
IdempotencyKey = Annotated[str | None, Header(max_length=200)]
