"""A real control room, loop and journal on a virtual field, in time that a test moves.

No sockets and no threads: what arrives, what is due and what is sent happens in `turn`. The
field writes down each order that reaches it; `Sent` is that log with the command it belongs to.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.commands import Solve
from gridops.control_room import ControlRoom, Installation, Loop
from gridops.control_room.solving import Solving
from gridops.errors import (
    CommandRefused,
    CommandUnconfirmed,
    DeviceInterlocked,
    DeviceLocal,
    JournalSilent,
    JournalUnsure,
)
from gridops.events import Event, FieldEvent, LinkLost, LinkRestored, PlanSolved, SwitchMoved
from gridops.ids import CommandId, LinkId, SectionId, SwitchId
from gridops.incident import IncidentSettings
from gridops.measurement import Position
from gridops.network import Network, draw
from gridops.ports import Entry, LinkHealth, Record, SwitchOrder
from gridops.response import answer
from gridops.restoration import PlanSettings
from gridops.state.telemetry import event_of
from gridops.virtual_field import Misbehaviour, OrderAnswer, VirtualField
from gridops.virtual_field.vocabulary import PointValue
from tests.journal_places import begun
from tests.playbook import NIGHT, engines_of
from tests.radial_sweep import RadialSweep

RTU = LinkId("rtu")
TOWN = """
    S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [s5] G [b2] S2
    E (t2) H [b3] S3
"""
"""Three feeders: what a fault on the first one leaves dark beyond it has two neighbours."""
OPERATES_S = 0.4
PATIENCE_S = 3.0
"""How long the link waits for a device's read-back."""
SETTINGS = IncidentSettings(
    indicator_window_s=1.0,
    refresh_s=0.5,
    closing_gap_s=1.0,
    telemetry_wait_s=4.0,
    approval_expiry_s=40.0,
    plan=PlanSettings(crew_available=False, closing_gap_s=1.0),
)
_REFUSED = {
    OrderAnswer.REFUSED_LOCAL: DeviceLocal,
    OrderAnswer.REFUSED_INTERLOCK: DeviceInterlocked,
}


def town() -> Network:
    names = ("b1", "s1", "s2", "s3", "s4", "t1", "s5", "b2", "t2", "b3")
    return draw(TOWN, change={name: {"operating_time_s": OPERATES_S} for name in names})


class HandClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Field(VirtualField):
    """Writes down what it was ordered, when, and what it said."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, RadialSweep(network), start=NIGHT)
        self.orders: list[tuple[datetime, SwitchId, Position, OrderAnswer]] = []
        self.struck: set[SectionId] = set()
        """Sections that have had a fault."""

    def order(self, switch: SwitchId, position: Position, at: datetime) -> OrderAnswer:
        said = super().order(switch, position, at=at)
        self.orders.append((at, switch, position, said))
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One order at the moment at which the link was told to send it."""

    order: SwitchOrder
    at: datetime
    issued_at: int
    """Where the journal says so; 0: it does not, at that moment."""
    closed: frozenset[SwitchId]
    """Which switches were really closed then."""
    on_the_way: tuple[SwitchOrder, ...]
    """Orders of all plans, older ones first, that devices have accepted and not carried out."""


@dataclass(slots=True)
class _Waiting:
    order: SwitchOrder
    until: datetime
    done: asyncio.Future[None]
    is_accepted: bool


class HandLink:
    """A field link whose other end is in this process."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._waiting: list[_Waiting] = []

    async def run(self, deliver: Callable[[Sequence[FieldEvent]], None]) -> None:
        raise NotImplementedError("the world delivers by hand")

    async def operate(self, order: SwitchOrder) -> None:
        world = self._world
        world.note_sent(order)
        now, patience = world.clock.now(), timedelta(seconds=PATIENCE_S)
        if RTU in world.field.links_cut:
            await self._read_back(order, until=order.deadline, is_accepted=False)
            return
        said = world.field.order(order.switch, order.position, at=now)
        if said is not OrderAnswer.ACCEPTED:
            raise _REFUSED.get(said, CommandRefused)(said.value, where=order.switch)
        if order.switch not in world.stuck:
            world.on_the_way.append(order)
        await self._read_back(order, until=now + patience, is_accepted=True)

    async def _read_back(self, order: SwitchOrder, *, until: datetime, is_accepted: bool) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(order, until, done, is_accepted))
        await done

    def hear(self, events: Sequence[Event], now: datetime) -> None:
        moved = {(e.switch, e.position) for e in events if isinstance(e, SwitchMoved)}
        for one in list(self._waiting):
            if one.is_accepted and (one.order.switch, one.order.position) in moved:
                one.done.set_result(None)
            elif now >= one.until:
                one.done.set_exception(CommandUnconfirmed("no read-back", where=one.order.switch))
            else:
                continue
            self._waiting.remove(one)

    def next_due(self) -> datetime | None:
        return min((one.until for one in self._waiting), default=None)

    async def scan(self, switches: Sequence[SwitchId]) -> None:
        if RTU in self._world.field.links_cut:
            return
        read = self._world.field.values().values()
        self._world.loop.deliver(self._world.told(v for v in read if v.point.element in switches))

    def health(self) -> Sequence[LinkHealth]:
        return ()


class HandSolving(Solving):
    """Works a question out as soon as the test lets it. For a better plan than the one on the
    screen nobody waits here."""

    def let(self, world: "World") -> "HandSolving":
        self._world = world
        self._go = asyncio.Event()
        self._go.set()
        return self

    def hold(self) -> None:
        self._go.clear()

    def go_on(self) -> None:
        self._go.set()

    async def solve(self, asked: Solve) -> None:
        if asked.thorough:
            return
        await self._go.wait()
        desk = self._world.room.desk
        question = desk.question(asked)
        if question is None:
            return
        desk.hand_in(asked, answer(question, self._world.room.installation.engines))
        at = self._world.clock.now()
        self._tell(PlanSolved(at=at, incident=asked.incident, ticket=asked.ticket))


class FullJournal:
    """A real journal whose disk may be full, or whose answers to commits may not come."""

    def __init__(self, journal: SqlJournal, clock: HandClock) -> None:
        self.real = journal
        self._clock = clock
        self.full_until = self.unsure_until = clock.now()
        self._unheard: Sequence[Entry] = ()

    def append(self, records: Sequence[Record]) -> Sequence[Entry]:
        now = self._clock.now()
        if now < self.full_until:
            raise JournalSilent("no space is left")
        if now >= self.unsure_until:
            return self.real.append(records)
        self._unheard = self.real.append(records)
        raise JournalUnsure("the answer to the commit did not come")

    def settle(self) -> Sequence[Entry]:
        if self._clock.now() < max(self.full_until, self.unsure_until):
            raise JournalSilent("cannot be read")
        unheard, self._unheard = self._unheard, ()
        return unheard or self.real.settle()

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        return self.real.entries(after=after)

    def last_sequence(self) -> int:
        return self.real.last_sequence()

    def close(self) -> None:
        self.real.close()


def known(room: ControlRoom) -> dict[str, str]:
    """What a room holds and decides by, comparable."""
    return {
        "incidents": repr(room.desk.incidents),
        "sheets": repr(room.desk.sheets),
        "state": repr(room.desk.state),
        "timers": repr(room.timers._due),
        "issued": repr(sorted(room.commands_issued)),
        "sequence": repr(room.sequence),
    }


def _is_travel(event: FieldEvent) -> bool:
    return isinstance(event, SwitchMoved) and not event.position.is_definite


class World:
    """One night: a field that goes on whatever happens, and control rooms one after another on
    the same journal."""

    def __init__(self, folder: Path, *, settings: IncidentSettings = SETTINGS) -> None:
        self.network = town()
        self.settings = settings
        self.clock = HandClock(NIGHT)
        self.field = Field(self.network)
        self.sent: list[Sent] = []
        self.on_the_way: list[SwitchOrder] = []
        self.stuck: set[SwitchId] = set()
        self.lags_until = NIGHT
        """Until then telemetry is on its way, and read-backs are not."""
        self._lagging: list[FieldEvent] = []
        self.hides_travel = False
        """Whether the RTU says where a switch stands only when it has arrived."""
        self.recovered: dict[str, str] = {}
        """What the present control room knew from the journal alone."""
        self._url = begun(folder / "night.sqlite")
        self._asyncio = asyncio.new_event_loop()
        self._engines = engines_of(self.network)
        self._metrics = PrometheusMetrics(links=[RTU])
        self._begin()

    def close(self) -> None:
        self.kill()
        self._asyncio.close()

    def _begin(self) -> None:
        self.journal = FullJournal(open_journal(self._url), self.clock)
        installation = Installation(
            network=self.network,
            grid_fingerprint="town",
            engines=self._engines,
            settings=self.settings,
        )
        self.room = ControlRoom(installation, self.journal)
        self.room.recover()
        self.recovered = known(self.room)
        self.link = HandLink(self)
        self.loop = Loop(self.room, link=self.link, clock=self.clock, metrics=self._metrics)
        self.solving = HandSolving(
            self.room, clock=self.clock, metrics=self._metrics, tell=self.loop._solved
        ).let(self)
        self.loop.solving = self.solving
        self._is_up = False
        self._lagging.clear()
        self._epoch = self.room.epoch * 1000
        self._in_time(lambda: self.loop._do(self.room.start(self.clock.now())))

    def kill(self) -> None:
        """As SIGKILL: what was not durable, and what was not sent, is gone."""

        async def gone() -> None:
            tasks = tuple(self.loop._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._asyncio.run_until_complete(gone())
        self.solving.close()
        self.journal.close()

    def restart(self) -> None:
        self.kill()
        self._begin()

    def act(self, act: Callable[[], None], *, then_killed: bool = False) -> None:
        """What a person does now, after all that the field has told. `then_killed`: and that is
        the last thing that this process does."""

        async def done() -> None:
            self._deliver()
            act()
            if then_killed:
                for task in tuple(self.loop._tasks):
                    task.cancel()

        try:
            self._asyncio.run_until_complete(done())
        finally:
            if not then_killed:
                self._in_time(lambda: None)
        if then_killed:
            self.restart()

    def tell(self, *events: FieldEvent) -> None:
        self._in_time(lambda: self.loop.deliver(events))

    def wait(self, s: float) -> None:
        end = self.clock.now() + timedelta(seconds=s)
        while (now := self.clock.now()) < end:
            self.clock.at = max(now, min(self._next() or end, end))
            self._in_time(lambda: None)

    def _next(self) -> datetime | None:
        silence = self.loop.silence
        due = [self.field.next_due(), self.link.next_due()]
        if self._lagging:
            due.append(self.lags_until)
        due.append(silence.due if silence is not None else self.room.timers.next_due())
        return min((one for one in due if one is not None), default=None)

    def _in_time(self, act: Callable[[], None]) -> None:
        async def done() -> None:
            act()
            self._deliver()
            self.loop.turn()
            await self._settled()

        self._asyncio.run_until_complete(done())

    async def _settled(self) -> None:
        """Until nothing more happens at this instant."""
        for _ in range(50):
            for _ in range(4):
                await asyncio.sleep(0)
            if self.loop._failure is not None:
                raise self.loop._failure
            if self.loop.silence is not None or not len(self.loop._intake):
                return
            self._deliver()
            self.loop.turn()
        raise AssertionError("the loop does not come to rest")

    # what happens in the field

    def strike(self, place: str) -> None:
        self.field.strike(place, self.clock.now())
        self.field.struck.add(SectionId(f"S{place}"))

    def repair(self, place: str) -> None:
        self.field.repair(place, self.clock.now())
        self.field.struck.discard(SectionId(f"S{place}"))

    def by_hand(self, switch: SwitchId, position: Position) -> None:
        """Whoever stands at the switch has the last word."""
        self.field.operate_by_hand(switch, position, at=self.clock.now())
        self.on_the_way = [order for order in self.on_the_way if order.switch != switch]

    def misbehave(self, switch: SwitchId, kind: Misbehaviour, *, slow_s: float = 0.0) -> None:
        self.field.misbehave(switch, kind, slow_s=slow_s)
        if kind is Misbehaviour.STUCK:
            self.stuck.add(switch)

    # what the field says

    def _deliver(self) -> None:
        now = self.clock.now()
        values = self.field.advance(now)
        closed = self.field.closed
        self.on_the_way = [
            o
            for o in self.on_the_way
            if (o.switch in closed) is not (o.position is Position.CLOSED)
        ]
        is_cut = RTU in self.field.links_cut
        if is_cut and self._is_up:
            self._is_up = False
            self._lagging.clear()
            self.loop.deliver([LinkLost(at=now, link=RTU, why="cut")])
        elif not is_cut and not self._is_up:
            self._is_up = True
            self.lags_until = now
            self._lagging.clear()
            self._epoch += 1
            back = LinkRestored(at=now, link=RTU, epoch=self._epoch, gap_since=None)
            values = list(self.field.values().values())
            self.loop.deliver([back])
        heard = [] if is_cut else self.told(values)
        if now < self.lags_until:
            self._lagging += heard
        elif self._is_up:
            self.loop.deliver([*self._lagging, *heard])
            self._lagging.clear()
        self.link.hear(heard, now)

    def told(self, values: Iterable[PointValue]) -> list[FieldEvent]:
        now = self.clock.now()
        events = [
            event_of(
                value.point,
                value.value,
                quality=value.quality,
                source_time=value.source_time,
                at=max(now, value.source_time),
            )
            for value in values
        ]
        return [e for e in events if not (self.hides_travel and _is_travel(e))]

    def note_sent(self, order: SwitchOrder) -> None:
        self.sent.append(
            Sent(
                order=order,
                at=self.clock.now(),
                issued_at=self._issued(order.command),
                closed=self.field.closed,
                on_the_way=tuple(self.on_the_way),
            )
        )

    def _issued(self, command: CommandId) -> int:
        for entry in self.journal.entries():
            is_it = entry.record.body.get("command") == command
            if entry.record.kind == "CommandIssued" and is_it:
                return entry.sequence
        return 0
