"""What the API tests share: the whole service on a real journal, socket and (virtual) field."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from gridops.adapters.account_file import AccountFile
from gridops.adapters.audit_file import AuditFile
from gridops.adapters.clocks import SystemClock
from gridops.adapters.journal import open_journal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.adapters.ruleset_files import read_ruleset, shipped_rulesets
from gridops.adapters.template_files import read_templates
from gridops.api.audit import Audit
from gridops.api.limits import Limits
from gridops.api.security import Gatekeeper, new_token
from gridops.api.service import Service
from gridops.bootstrap.service import LOOPBACK_NAMES, _listen, _web
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import ControlRoom, Installation, Loop
from gridops.errors import CommandRefused, CommandUnconfirmed
from gridops.events import Event, FieldEvent, LinkLost, LinkRestored, SwitchMoved
from gridops.events.people import PERMISSIONS, Permission, Role
from gridops.ids import LinkId, SwitchId, UserName
from gridops.incident import IncidentSettings
from gridops.measurement import Position
from gridops.network import Network, draw
from gridops.ports import FieldLink, LinkHealth, SwitchOrder
from gridops.ports.accounts import Account
from gridops.restoration import PlanSettings
from gridops.settings import ServerSettings
from gridops.state.telemetry import event_of
from gridops.virtual_field import OrderAnswer, VirtualField
from gridops.virtual_field.vocabulary import PointValue
from tests.journal_places import begun
from tests.radial_sweep import RadialSweep

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
QUICK = {s: {"operating_time_s": 0.1} for s in ("b1", "s1", "s2", "t1", "b2")}
RTU = LinkId("rtu")
PASSWORDS = {
    "viewer": "look-only",
    "dispatcher": "switch-it",
    "shift_lead": "automate-it",
    "engineer": "study-it",
    "admin": "all-of-it",
}
"""Of one user for each role, who is called as the role is."""
QUICKLY = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
"""What a hash costs is written in it, and a login of tests may cost little."""
ACCOUNTS = [
    Account(UserName(role), Role(role), QUICKLY.hash(word)) for role, word in PASSWORDS.items()
]
TEMPLATES = read_templates()
RULESETS = [read_ruleset(name) for name in shipped_rulesets()]
SETTINGS = IncidentSettings(
    indicator_window_s=0.2,
    refresh_s=0.1,
    closing_gap_s=0.1,
    plan=PlanSettings(crew_available=False),
)
API = "/api/v1"


def ring() -> Network:
    return draw(RING, change=QUICK)


class MovableClock(SystemClock):
    """The machine's clock, which a test may set forward."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


class PlayedLink:
    """A field link whose other end is a virtual field in this process."""

    def __init__(self, played: VirtualField, clock: MovableClock) -> None:
        self.field = played
        self._clock = clock
        self._deliver: Callable[[Sequence[FieldEvent]], None] = lambda _: None
        self._up: dict[LinkId, bool] = dict.fromkeys(played.network.links, False)
        self._epochs: dict[LinkId, int] = dict.fromkeys(played.network.links, 0)
        self._since = clock.now()
        self._waiting: list[tuple[SwitchOrder, asyncio.Future[None]]] = []

    async def run(self, deliver: Callable[[Sequence[FieldEvent]], None]) -> None:
        self._deliver = deliver
        while True:
            now = max(self._clock.now(), self.field.now)
            self._links(now)
            values = self.field.advance(now)
            self._give([self._event(v) for v in values if self._up[v.point.link]])
            await asyncio.sleep(0.02)

    def _links(self, now: datetime) -> None:
        for link, up in self._up.items():
            if up and link in self.field.links_cut:
                self._up[link], self._since = False, now
                self._deliver([LinkLost(at=now, link=link, why="cut")])
            elif not up and link not in self.field.links_cut:
                self._up[link], self._since = True, now
                self._epochs[link] += 1
                restored = LinkRestored(at=now, link=link, epoch=self._epochs[link], gap_since=None)
                read = [v for v in self.field.values().values() if v.point.link == link]
                self._give([restored, *(self._event(v) for v in read)])

    def _event(self, value: PointValue) -> Event:
        return event_of(
            value.point,
            value.value,
            quality=value.quality,
            source_time=value.source_time,
            at=max(self._clock.now(), value.source_time),
        )

    def _give(self, events: Sequence[Any]) -> None:
        self._deliver(events)
        moved = {(e.switch, e.position) for e in events if isinstance(e, SwitchMoved)}
        for order, done in self._waiting:
            if (order.switch, order.position) in moved and not done.done():
                done.set_result(None)

    async def operate(self, order: SwitchOrder) -> None:
        answer = self.field.order(order.switch, order.position, at=self._clock.now())
        if answer is not OrderAnswer.ACCEPTED:
            raise CommandRefused(answer.value, where=order.switch)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, done))
        try:
            async with asyncio.timeout(2.0):
                await done
        except TimeoutError:
            raise CommandUnconfirmed("no read-back", where=order.switch) from None

    async def scan(self, switches: Sequence[SwitchId]) -> None:
        read = self.field.values().values()
        self._give(
            [self._event(v) for v in read if v.point.element in switches and self._up[v.point.link]]
        )

    def health(self) -> Sequence[LinkHealth]:
        return [
            LinkHealth(
                link=link,
                connected=up,
                since=self._since,
                last_heard=self._clock.now() if up else None,
                epoch=self._epochs[link],
                detail="",
            )
            for link, up in self._up.items()
        ]


@dataclass(kw_only=True)
class Up:
    """A running service."""

    address: str
    service: Service
    clock: MovableClock
    field: VirtualField | None
    worked: asyncio.Task[None]
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def room(self) -> ControlRoom:
        return self.service.room

    def client(self) -> httpx.AsyncClient:
        """Somebody who has not logged in yet."""
        client = httpx.AsyncClient(base_url=self.address, timeout=10.0, trust_env=False)
        self.clients.append(client)
        return client

    async def logged_in(self, role: str = "dispatcher") -> httpx.AsyncClient:
        """A browser after its login: cookie and CSRF token go with every request."""
        client = self.client()
        answer = await client.post(
            f"{API}/session", json={"user": role, "password": PASSWORDS[role]}
        )
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return client

    def program(self, role: str = "dispatcher", *scopes: Permission) -> httpx.AsyncClient:
        """A program with a token of the user that `role` is; no scopes: all that the role has."""
        word, token = new_token(
            UserName(role),
            "a test",
            scopes=frozenset(scopes) or PERMISSIONS[Role(role)],
            expires_at=self.clock.now() + timedelta(days=1),
        )
        assert self.service.gatekeeper.kept is not None
        self.service.gatekeeper.kept.add_token(token)
        client = self.client()
        client.headers["Authorization"] = f"Bearer {word}"
        return client

    async def struck(self, place: str = "A") -> dict[str, Any]:
        """A fault strikes; the incident once a plan is proposed."""
        assert self.field is not None
        self.field.strike(place, max(self.clock.now(), self.field.now))
        client = await self.logged_in("viewer")
        return await incident_when(client, lambda one: one["phase"] == "proposed", within_s=90.0)


async def incident_when(
    client: httpx.AsyncClient, is_so: Callable[[dict[str, Any]], bool], *, within_s: float = 20.0
) -> dict[str, Any]:
    """The first incident that fulfils `is_so`. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            found = (await client.get(f"{API}/incidents")).json().values()
            fulfil: list[dict[str, Any]] = [one for one in found if is_so(one)]
            if fulfil:
                return fulfil[0]
            await asyncio.sleep(0.05)


async def eventually(is_so: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - what is awaited has no event to wait for
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    network: Network | None = None,
    settings: IncidentSettings = SETTINGS,
    with_field: bool = True,
    server: ServerSettings | None = None,
    training: bool = False,
) -> AsyncIterator[Up]:
    network = network or ring()
    clock = MovableClock()
    played = VirtualField(network, RadialSweep(network), start=clock.now()) if with_field else None
    link: FieldLink | None = PlayedLink(played, clock) if played else None
    metrics = PrometheusMetrics(links=list(network.links))
    journal = open_journal(begun(folder / "journal.sqlite"))
    installation = Installation(
        network=network,
        grid_fingerprint="f",
        engines=engines_of(network),
        settings=replace(settings, entitled_only=True),
        is_training=training,
    )
    room = ControlRoom(installation, journal, metrics=metrics)
    room.recover()
    loop = Loop(room, link=link, clock=clock, metrics=metrics)
    kept = AccountFile(folder / "users.json")
    for account in ACCOUNTS:
        if kept.account(account.name) is None:  # the folder may be of a service before
            kept.add(account)
    service = Service(
        room=room,
        loop=loop,
        clock=clock,
        gatekeeper=Gatekeeper(accounts={}, lifetime=timedelta(hours=8), kept=kept),
        metrics=metrics,
        audit=Audit(AuditFile(folder / "audit.jsonl"), clock, metrics),
        per_person=Limits(1_000_000),
        per_address=Limits(1_000_000),
        exposition=metrics.exposition,
        hosts=LOOPBACK_NAMES,
        templates=TEMPLATES,
        rulesets=RULESETS,
    )
    loop.people = service.gatekeeper.people
    server = server or ServerSettings(port=0)
    async with _web(service, server, listening=_listen(server)) as (address, _):
        worked = asyncio.create_task(loop.run())
        up = Up(address=address, service=service, clock=clock, field=played, worked=worked)
        try:
            await eventually(lambda: not service.blind())
            yield up
        finally:
            for client in up.clients:
                await client.aclose()
            worked.cancel()
            await asyncio.gather(worked, return_exceptions=True)
    journal.close()


@dataclass(frozen=True)
class Heard:
    """One server-sent event."""

    event: str
    data: dict[str, Any]
    id: str


async def listen(
    client: httpx.AsyncClient, headers: dict[str, Any] | None = None
) -> AsyncIterator[Heard]:
    async with client.stream("GET", f"{API}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        parts: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if not line and parts:
                yield Heard(parts["event"], json.loads(parts["data"]), parts["id"])
                parts = {}
            elif line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                parts[name] = value


def position_of(up: Up, switch: str) -> Position:
    return up.room.desk.state.positions[SwitchId(switch)].value


def bodies(up: Up, kind: str) -> list[dict[str, Any]]:
    return [dict(e.record.body) for e in up.room.journal.entries() if e.record.kind == kind]
