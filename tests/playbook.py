"""A whole outage as one expression: `>>` feeds a fact, `<<` expects an intent.

    Playbook(FEEDER) >> Tripped("b1") >> Wait(10) << Asks(opens=("s1",), closes=("t1",))

Anything that is said and not expected fails. Time moves only by `Wait`; timers ring by
themselves then, and questions are worked out at once, unless it `holds` them back. What is sent
is journalled as issued, as the control room does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

from gridops.commands import (
    AskOperator,
    CancelTimer,
    Intent,
    Operate,
    ScanDevices,
    Solve,
    StartTimer,
)
from gridops.events import (
    CommandIssued,
    ControlRoomStarted,
    Event,
    FaultFlagChanged,
    GridTakenIn,
    LinkRestored,
    PlanSolved,
    SwitchMoved,
    TimerExpired,
)
from gridops.guard import Guard
from gridops.ids import LinkId, SwitchId, TimerId, UserName
from gridops.incident import Desk, Incident, IncidentSettings, Proposed, settings_to_json
from gridops.measurement import Measured, Position, Quality, Reading
from gridops.network import IndicatorKind, Network, draw
from gridops.response import Engines
from gridops.restoration import PlanSettings
from tests.radial_sweep import RadialSweep

OPEN, CLOSED = Position.OPEN, Position.CLOSED
NIGHT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
FEEDER = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [b2] S2"
"""A fault in C flags s1 and s2. With any one indicator wrong it may lie in B or D as well, so
that s1 and s4 are the fence, b1 feeds A and t1 feeds E."""
SETTINGS = IncidentSettings(plan=PlanSettings(crew_available=False))
RTU = LinkId("rtu")


class Fact(Protocol):
    def events(self, play: "Playbook") -> list[Event]: ...


class Expectation(Protocol):
    def check(self, play: "Playbook") -> None: ...


@dataclass(frozen=True)
class Wait:
    """Lets `s` seconds pass; every timer that is due rings."""

    s: float


class Playbook:
    """One desk on a drawn grid, everything connected and in its normal position."""

    def __init__(
        self,
        drawing: str = FEEDER,
        *,
        settings: IncidentSettings = SETTINGS,
        change: Mapping[str, Mapping[str, Any]] | None = None,
        customers: Mapping[str, int] | None = None,
    ) -> None:
        self._begin(draw(drawing, change=change, customers=customers), settings)

    @classmethod
    def on(cls, network: Network, settings: IncidentSettings) -> Self:
        """On a grid that no drawing can show."""
        play = cls.__new__(cls)
        play._begin(network, settings)
        return play

    def _begin(self, network: Network, settings: IncidentSettings) -> None:
        self.network = network
        self.settings = settings
        self.engines = engines_of(network)
        self.desk = Desk(self.network, self.engines, settings=settings)
        self.now = NIGHT
        self.facts: list[Event] = []
        self.said: list[Intent] = []
        self.orders: list[Operate] = []
        self.scanned: list[SwitchId] = []
        self.due: dict[TimerId, datetime] = {}
        self.epoch = 0
        self.holds = False
        self.asked: list[Solve] = []
        """Held back."""
        self.solved: list[Solve] = []
        """Answered at once."""
        self._unheard: list[Intent] = []
        for event in [self.started(), *self.reading()]:
            self.feed(event)

    def take_in(self, network: Network) -> GridTakenIn:
        """The desk goes over to another version of the grid; the fact is still to be fed."""
        self.network, self.engines = network, engines_of(network)
        self.desk.take_in(network, self.engines)
        return GridTakenIn(
            at=self.now,
            by=UserName("lan"),
            grid=network.name,
            old_fingerprint="old",
            new_fingerprint="new",
            summary="",
        )

    def __rshift__(self, fact: "Fact | Wait") -> Self:
        assert not self._unheard, f"nobody expected {self._unheard[0]}"
        if isinstance(fact, Wait):
            self._until(self.now + timedelta(seconds=fact.s))
            return self
        for event in fact.events(self):
            self.feed(event)
        return self

    def __lshift__(self, expected: Expectation) -> Self:
        expected.check(self)
        return self

    def __bool__(self) -> bool:
        assert not self._unheard, f"nobody expected {self._unheard[0]}"
        return True

    def forget(self) -> Self:
        """What was said up to now does not matter here."""
        self._unheard.clear()
        return self

    def forget_after(self, s: float) -> Self:
        """Nor what is said in the next `s` seconds."""
        self._until(self.now + timedelta(seconds=s))
        return self.forget()

    def hear(self) -> Intent:
        assert self._unheard, "nothing was said"
        return self._unheard.pop(0)

    def feed(self, event: Event) -> None:
        self.facts.append(event)
        said = self.handle(event)
        self.desk.state.check()
        for intent in said:
            self._carry_out(intent)

    def handle(self, event: Event) -> list[Intent]:
        """Whoever watches the desk does so here."""
        return self.desk.handle(event)

    def _carry_out(self, intent: Intent) -> None:
        self.said.append(intent)
        match intent:
            case StartTimer():
                self.due[intent.timer] = intent.due
            case CancelTimer():
                self.due.pop(intent.timer, None)
            case ScanDevices():
                self.scanned += intent.switches
            case Solve() if self.holds:
                self.asked.append(intent)
            case Solve():
                self.solved.append(intent)
                self.feed(PlanSolved(at=self.now, incident=intent.incident, ticket=intent.ticket))
            case Operate():
                assert intent.command not in {o.command for o in self.orders}, "sent twice"
                self.orders.append(intent)
                self._unheard.append(intent)
                self.feed(_issued(intent, self.now))
            case AskOperator():
                self._unheard.append(intent)

    def _until(self, end: datetime) -> None:
        while ringing := sorted((at, timer) for timer, at in self.due.items() if at <= end):
            at, timer = ringing[0]
            self.now = max(self.now, at)
            del self.due[timer]
            self.feed(TimerExpired(at=self.now, timer=timer))
        self.now = end

    def started(self) -> ControlRoomStarted:
        return ControlRoomStarted(
            at=self.now,
            epoch=self.epoch,
            grid="drawing",
            grid_fingerprint="",
            settings=settings_to_json(self.settings),
        )

    def reading(self, **stands: Position) -> list[Event]:
        """What the link reads when it has (again) connected: positions as they were last
        known, except for `stands`, and indicators as they last spoke."""
        self.epoch += 1
        at, known = self.now, self.desk.state.positions
        back = LinkRestored(at=at, link=RTU, epoch=self.epoch, gap_since=None)
        positions = [
            SwitchMoved(at=at, source_time=at, switch=s, position=stands.get(s, known[s].value))
            for s in self.desk.state.link_of
        ]
        flags = self.desk.state.flags
        silent = Measured(Reading.NO, Quality.GOOD, at)
        said = [(s, flags.get(s.id, silent)) for s in self.network.switches.values()]
        indicators = [
            FaultFlagChanged(at=at, source_time=m.source_time, switch=s.id, reading=m.value)
            for s, m in said
            if s.indicator is not IndicatorKind.NONE
        ]
        return [back, *positions, *indicators]

    def incident(self, ident: str = "I1") -> Incident:
        return self.desk.incidents[ident]

    def proposed(self, ident: str = "I1") -> Proposed:
        found = self.incident(ident).proposed
        assert found is not None, f"nothing is proposed for {ident}"
        return found


def engines_of(network: Network) -> Engines:
    guard = Guard(network, RadialSweep(network))
    return Engines(planner=RadialSweep(network), guard=guard)


def _issued(order: Operate, at: datetime) -> CommandIssued:
    return CommandIssued(
        at=at,
        command=order.command,
        incident=order.incident,
        plan=order.plan,
        step=order.step,
        switch=order.switch,
        position=order.position,
        deadline=order.deadline,
        sheet=order.sheet,
    )
