"""The live loop: a slow planner, a full disk, a task that dies, an intake that overflows."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from opcua_setting import eventually
from room_process import installation, street

from gridops.adapters.clocks import SystemClock
from gridops.adapters.journal import open_journal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.commands import StartTimer
from gridops.control_room import ControlRoom, Installation, Loop
from gridops.control_room.intake import Intake
from gridops.control_room.timers import Timers
from gridops.errors import CommandUnconfirmed, DeviceLocal, JournalError, PermitRefused
from gridops.events import (
    CommandTimedOut,
    CurrentMeasured,
    Event,
    FaultFlagChanged,
    FieldEvent,
    IncidentHalted,
    LinkLost,
    LinkRestored,
    LinkTroubled,
    LockoutChanged,
    PermitIssued,
    ProtectionPickedUp,
    SwitchMoved,
    TagPlaced,
    TimerExpired,
    Trouble,
)
from gridops.events.operator import TagKind
from gridops.guard import Guard
from gridops.ids import (
    CommandId,
    GeneratorId,
    LinkId,
    LoadId,
    PermitId,
    SectionId,
    SourceId,
    SwitchId,
    TagId,
    TimerId,
    UserName,
)
from gridops.incident import Phase
from gridops.measurement import Position, Reading
from gridops.network import Network, draw
from gridops.ports import Journal, LinkHealth, SwitchOrder
from gridops.powerflow import NO_GENERATORS, FlowResult, LoadPower
from gridops.response import Engines
from tests.radial_sweep import RadialSweep

RTU = LinkId("rtu")
CLOCK = SystemClock()
SLOW_S = 0.6


class SlowSweep:
    """An engine that needs its time, busily, as a real one does."""

    def __init__(self, network: Network) -> None:
        self._sweep = RadialSweep(network)
        self.threads: set[str] = set()

    @property
    def name(self) -> str:
        return "slow"

    def solve(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
    ) -> FlowResult:
        self.threads.add(threading.current_thread().name)
        end = time.perf_counter() + SLOW_S
        while time.perf_counter() < end:
            sum(range(200))
        return self._sweep.solve(
            closed, loads, generators=generators, dead_sources=dead_sources, around=around
        )


class QuietLink:
    """A field that says what the test says, and does what it is told."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._deliver: Callable[[Sequence[FieldEvent]], None] | None = None
        self.orders: list[SwitchOrder] = []
        self.error: Exception | None = None

    async def run(self, deliver: Callable[[Sequence[FieldEvent]], None]) -> None:
        self._deliver = deliver
        at = CLOCK.now()
        self.say(LinkRestored(at=at, link=RTU, epoch=1, gap_since=None))
        for switch in self._network.switches.values():
            self.moves(switch.id, switch.normal_position)
            self.say(FaultFlagChanged(at=at, source_time=at, switch=switch.id, reading=Reading.NO))
        await asyncio.Event().wait()

    def say(self, event: FieldEvent) -> None:
        assert self._deliver is not None
        self._deliver([event])

    def moves(self, switch: str, position: Position) -> None:
        at = CLOCK.now()
        self.say(SwitchMoved(at=at, source_time=at, switch=SwitchId(switch), position=position))

    def trips(self) -> None:
        """A fault in C."""
        at = CLOCK.now()
        for switch in ("s1", "s2"):
            flag = Reading.YES
            self.say(FaultFlagChanged(at=at, source_time=at, switch=SwitchId(switch), reading=flag))
        for kind in (ProtectionPickedUp, LockoutChanged):
            self.say(kind(at=at, source_time=at, switch=SwitchId("b1"), reading=Reading.YES))
        self.moves("b1", Position.OPEN)

    async def operate(self, order: SwitchOrder) -> None:
        self.orders.append(order)
        if self.error is not None:
            raise self.error
        await asyncio.sleep(0.01)
        self.moves(order.switch, order.position)

    async def scan(self, switches: Sequence[SwitchId]) -> None:
        return

    def health(self) -> Sequence[LinkHealth]:
        return ()


@asynccontextmanager
async def living(
    where: Installation, journal: Journal, metrics: PrometheusMetrics | None = None
) -> AsyncIterator[tuple[Loop, QuietLink, "asyncio.Task[None]"]]:
    link = QuietLink(where.network)
    room = ControlRoom(where, journal)
    metrics = metrics or PrometheusMetrics(links=[RTU])
    loop = Loop(room, link=link, clock=CLOCK, metrics=metrics)
    running = asyncio.create_task(loop.run())
    try:
        await eventually(lambda: len(room.desk.state.flags) == len(where.network.switches))
        yield loop, link, running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def journal(journal_url: str) -> Iterator[Journal]:
    opened = open_journal(journal_url)
    yield opened
    opened.close()


def is_proposed(loop: Loop) -> bool:
    return any(i.phase is Phase.PROPOSED for i in loop.room.desk.incidents.values())


async def test_beats_facts_and_acts_go_on_while_a_slow_planner_works(journal: Journal) -> None:
    where = installation(street())
    slow = SlowSweep(where.network)
    solver = Engines(planner=slow, guard=Guard(where.network, RadialSweep(where.network)))
    async with living(replace(where, solver=solver), journal) as (loop, link, _):
        link.trips()
        await eventually(lambda: bool(slow.threads))
        beats, longest = await _beats_until(lambda: is_proposed(loop), loop, link)
        assert beats > SLOW_S / 0.05
        assert longest < 0.8 * SLOW_S, "the loop stood still for the planner"
        assert slow.threads == {"solver_0"}
        assert loop.room.desk.state.currents_a[SwitchId("b2")].value > beats / 2


async def _beats_until(is_so: Callable[[], bool], loop: Loop, link: QuietLink) -> tuple[int, float]:
    """Beats of 20 ms, each with a fact from the field; and the longest gap between two looks of
    the loop that a reader could see."""
    beats, longest = 0, 0.0
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.02)
            beats += 1
            at = CLOCK.now()
            link.say(
                CurrentMeasured(
                    at=at, source_time=at, switch=SwitchId("b2"), current_a=float(beats)
                )
            )
            longest = max(longest, (CLOCK.now() - loop.turned_at).total_seconds())
    return beats, longest


async def test_an_act_of_a_person_is_durable_at_once_while_a_plan_is_worked_out(
    journal: Journal,
) -> None:
    where = installation(street())
    slow = SlowSweep(where.network)
    solver = Engines(planner=slow, guard=Guard(where.network, RadialSweep(where.network)))
    async with living(replace(where, solver=solver), journal) as (loop, link, _):
        link.trips()
        await eventually(lambda: bool(slow.threads))
        (incident,) = loop.room.desk.incidents.values()
        began = time.perf_counter()
        loop.submit(IncidentHalted(at=CLOCK.now(), by=UserName("lan"), incident=incident.id))
        assert time.perf_counter() - began < SLOW_S / 2
        assert incident.halted
        await eventually(lambda: incident.phase is Phase.STOPPED, 30)
        assert incident.proposed is None


async def test_a_released_plan_runs_to_its_end(journal: Journal) -> None:
    async with living(installation(street()), journal) as (loop, link, _):
        link.trips()
        await eventually(lambda: is_proposed(loop))
        (incident,) = loop.room.desk.incidents.values()
        assert incident.proposed is not None
        fingerprint = incident.proposed.answer.fingerprint
        loop.release(incident.id, incident.proposed.id, fingerprint=fingerprint, by=UserName("lan"))
        await eventually(lambda: incident.phase is Phase.RESTORED, 10)
        assert [o.switch for o in link.orders] == ["s1", "s4", "b1", "t1"]
        assert [e.record.at for e in journal.entries()] == sorted(
            e.record.at for e in journal.entries()
        )


async def test_what_a_command_dies_of_unexpectedly_ends_the_loop(journal: Journal) -> None:
    """Else the plan would wait for ever for an outcome that nobody will send."""
    async with living(installation(street()), journal) as (loop, link, running):
        link.error = RuntimeError("a bug in the link")
        link.trips()
        await eventually(lambda: is_proposed(loop))
        (incident,) = loop.room.desk.incidents.values()
        assert incident.proposed is not None
        fingerprint = incident.proposed.answer.fingerprint
        loop.release(incident.id, incident.proposed.id, fingerprint=fingerprint, by=UserName("lan"))
        with pytest.raises(RuntimeError, match="a bug in the link"):
            await asyncio.wait_for(running, 5)


async def test_an_unconfirmed_command_stops_the_plan(journal: Journal) -> None:
    async with living(installation(street()), journal) as (loop, link, _):
        link.error = CommandUnconfirmed("no read-back", where="s1", remedy="look")
        link.trips()
        await eventually(lambda: is_proposed(loop))
        (incident,) = loop.room.desk.incidents.values()
        assert incident.proposed is not None
        fingerprint = incident.proposed.answer.fingerprint
        loop.release(incident.id, incident.proposed.id, fingerprint=fingerprint, by=UserName("lan"))
        await eventually(lambda: incident.latched, 10)
        assert loop.room.desk.state.is_unknown(SwitchId("s1"))


async def test_a_refusal_is_kept_as_what_it_was(journal: Journal) -> None:
    async with living(installation(street()), journal) as (loop, link, _):
        link.error = DeviceLocal("somebody is there", where="s1")
        link.trips()
        await eventually(lambda: is_proposed(loop))
        (incident,) = loop.room.desk.incidents.values()
        assert incident.proposed is not None
        fingerprint = incident.proposed.answer.fingerprint
        loop.release(incident.id, incident.proposed.id, fingerprint=fingerprint, by=UserName("lan"))
        await eventually(lambda: incident.latched, 10)
        (kept,) = [e.record.body for e in journal.entries() if e.record.kind == "CommandRejected"]
        assert (kept["code"], kept["why"]) == ("device-local", "somebody is there")
        assert not loop.room.desk.state.is_unknown(SwitchId("s1"))


def test_a_fact_that_could_not_be_folded_lets_nothing_further_in(journal: Journal) -> None:
    room = ControlRoom(installation(street()), journal)
    at = CLOCK.now()
    room.start(at)
    nowhere = SwitchMoved(at=at, source_time=at, switch=SwitchId("?"), position=Position.OPEN)
    with pytest.raises(KeyError):
        room.accept([nowhere])
    with pytest.raises(JournalError, match="could not be taken in"):
        room.accept([TimerExpired(at=at, timer=TimerId("x"))])


# intake and timers


def moved(n: int, at: datetime) -> Event:
    return SwitchMoved(at=at, source_time=at, switch=SwitchId(f"s{n}"), position=Position.OPEN)


def test_a_full_intake_says_so_and_still_takes_what_no_reading_brings_back() -> None:
    intake, at = Intake(facts_max=2), CLOCK.now()
    for n in range(4):
        intake.put_fact(moved(n, at))
    vital: list[Event] = [
        LinkLost(at=at, link=RTU, why="cut"),
        LinkRestored(at=at, link=RTU, epoch=2, gap_since=at),
        CommandTimedOut(at=at, command=CommandId("c"), why="no read-back"),
    ]
    for event in vital:
        intake.put_fact(event)
    assert intake.overflowed
    assert intake.lost == 2
    assert intake.drain(100) == [moved(0, at), moved(1, at), *vital]
    assert not intake.overflowed


def test_a_timer_stays_due_until_its_expiry_is_folded() -> None:
    timers, at = Timers(), CLOCK.now()
    timers.take([StartTimer(timer=TimerId("a"), due=at)])
    (expired,) = timers.expired(at)
    assert timers.expired(at) == [expired]
    timers.forget(expired)
    assert timers.expired(at) == []


def test_a_timer_that_was_started_again_meanwhile_goes_on() -> None:
    timers, at = Timers(), CLOCK.now()
    later = at.replace(year=at.year + 1)
    timers.take([StartTimer(timer=TimerId("a"), due=at)])
    (expired,) = timers.expired(at)
    timers.take([StartTimer(timer=TimerId("a"), due=later)])
    timers.forget(expired)
    assert timers.next_due() == later


async def test_a_trouble_of_a_link_is_journalled_and_counted_as_often_as_it_says(
    journal: Journal,
) -> None:
    metrics = PrometheusMetrics(links=[RTU])
    async with living(installation(street()), journal, metrics) as (loop, link, _):
        at = CLOCK.now()
        for count in (1, 7):
            link.say(LinkTroubled(at=at, link=RTU, trouble=Trouble.OVERFLOW, count=count))
        counted = 'gridops_link_troubles_total{link="rtu",trouble="overflow"} 8.0'
        await eventually(lambda: counted in metrics.exposition().decode())

        assert loop.room.desk.state.links_down == {}
    kept = [entry.record for entry in journal.entries() if entry.record.kind == "LinkTroubled"]
    assert [record.body["count"] for record in kept] == [1, 7]


def test_a_permit_is_refused_by_what_has_just_come_from_the_field(tmp_path: Path) -> None:
    """E is isolated and tagged when somebody asks; that s9 has closed waits to be taken in."""
    network = draw("S1 [b1] A (s9) E")
    room = ControlRoom(installation(network), open_journal(f"sqlite:///{tmp_path / 'j.sqlite'}"))
    metrics = PrometheusMetrics(links=list(network.links))
    loop = Loop(room, link=None, clock=CLOCK, metrics=metrics)
    at, s9, lan = CLOCK.now(), SwitchId("s9"), UserName("lan")
    room.start(at)
    read = SwitchMoved(at=at, source_time=at, switch=s9, position=Position.OPEN)
    loop.deliver([LinkRestored(at=at, link=RTU, epoch=1, gap_since=None), read])
    tag = TagPlaced(at=at, by=lan, tag=TagId("x"), switch=s9, kind=TagKind.NO_CLOSE, reason="work")
    loop.submit(tag)
    permit = PermitIssued(
        at=at, by=lan, reason="insulator", permit=PermitId("W1"), sections=(SectionId("SE"),),
        isolated_by=(s9,), holder="crew 3",
    )  # fmt: skip
    loop.deliver([replace(read, position=Position.CLOSED, source_time=CLOCK.now())])

    with pytest.raises(PermitRefused, match="s9 is not known to be open"):
        loop.submit(permit)

    loop.deliver([replace(read, source_time=CLOCK.now())])
    loop.submit(permit)
    assert list(room.desk.state.work.permits) == ["W1"]
    assert [e.record.kind for e in room.journal.entries()].count("PermitIssued") == 1
