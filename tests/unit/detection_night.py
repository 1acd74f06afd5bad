"""A night that tells what the detector concluded, for the tests that read as dialogues.

Every method feeds one fact at a second of the night and returns what was concluded from it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gridops.commands import ScanDevices
from gridops.events import (
    CommandIssued,
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LoadShedChanged,
    LockoutChanged,
    ProtectionPickedUp,
    SwitchingAnnounced,
    SwitchMoved,
    TagPlaced,
    TestModeChanged,
    TimerExpired,
    VoltageLossChanged,
    VoltageMeasured,
)
from gridops.events.operator import TagKind
from gridops.ids import (
    CommandId,
    IncidentId,
    LinkId,
    NodeId,
    PlanId,
    SwitchId,
    TagId,
    UserName,
)
from gridops.measurement import Position, Quality, Reading
from gridops.network import draw
from gridops.outage import (
    DetectionSettings,
    Detector,
    OperationBegan,
    OperationConcluded,
)
from gridops.state import LiveState

OPEN, CLOSED = Position.OPEN, Position.CLOSED
NIGHT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
FEEDER = """
    S1 [b1] A [s1] B (t1) C [b2] S2
    A [r1] D
"""
SHOTS = {"b1": {"reclose_delays_s": (0.5, 15.0)}}


def second(s: float) -> datetime:
    return NIGHT + timedelta(seconds=s)


class Night:
    """A detector with its state, and timers that ring by themselves as time goes by."""

    def __init__(
        self,
        drawing: str = FEEDER,
        *,
        change: Mapping[str, Mapping[str, Any]] | None = None,
        settings: DetectionSettings | None = None,
    ) -> None:
        network = draw(drawing, change=change)
        self.state = LiveState(network=network)
        self.detector = Detector(network, settings or DetectionSettings())
        self.asked: list[str] = []
        self.said: list[str] = []
        self.facts: list[OperationBegan | OperationConcluded] = []

    def say(self, event: Event) -> list[str]:
        self.until(event.at)
        return self._feed(event)

    def until(self, at: datetime) -> list[str]:
        """Lets time pass: every timer that is due rings, in order."""
        heard: list[str] = []
        while due := sorted((t, i) for i, t in self.detector.timers.items() if t <= at):
            instant, timer = due[0]
            heard += self._feed(TimerExpired(at=instant, timer=timer))
        return heard

    def _feed(self, event: Event) -> list[str]:
        self.state.apply(event)
        found = self.detector.handle(event, self.state)
        self.facts += found.facts
        for intent in found.intents:
            if isinstance(intent, ScanDevices):
                self.asked += intent.switches
        new = [_words(fact) for fact in found.facts]
        self.said += new
        return new

    def opens(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(moved(switch, OPEN, s, source=source))

    def closes(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(moved(switch, CLOSED, s, source=source))

    def locks_out(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(contact(LockoutChanged, switch, s, source=source))

    def picks_up(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(contact(ProtectionPickedUp, switch, s, source=source))

    def resets(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        """The protection falls back."""
        reading = Reading.NO
        return self.say(contact(ProtectionPickedUp, switch, s, source=source, reading=reading))

    def unlocks(self, switch: str, s: float) -> list[str]:
        return self.say(contact(LockoutChanged, switch, s, reading=Reading.NO))

    def sheds(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(contact(LoadShedChanged, switch, s, source=source))

    def sheds_no_more(self, switch: str, s: float) -> list[str]:
        return self.say(contact(LoadShedChanged, switch, s, reading=Reading.NO))

    def under_test(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(contact(TestModeChanged, switch, s, source=source))

    def tested(self, switch: str, s: float) -> list[str]:
        return self.say(contact(TestModeChanged, switch, s, reading=Reading.NO))

    def sees_no_voltage(self, switch: str, s: float) -> list[str]:
        return self.say(contact(VoltageLossChanged, switch, s))

    def sees_voltage(self, switch: str, s: float) -> list[str]:
        return self.say(contact(VoltageLossChanged, switch, s, reading=Reading.NO))

    def link_dies(self, s: float) -> list[str]:
        return self.say(LinkLost(at=second(s), link=LinkId("rtu"), why="timeout"))

    def link_returns(self, s: float, *, gap_since: float | None) -> list[str]:
        since = None if gap_since is None else second(gap_since)
        return self.say(LinkRestored(at=second(s), link=LinkId("rtu"), epoch=2, gap_since=since))

    @property
    def last(self) -> OperationConcluded:
        """The last conclusion."""
        found = [fact for fact in self.facts if isinstance(fact, OperationConcluded)]
        return found[-1]

    def voltage(self, node: str, volts: float, s: float) -> list[str]:
        return self.say(
            VoltageMeasured(at=second(s), source_time=second(s), node=NodeId(node), voltage_v=volts)
        )

    def after(self, s: float) -> list[str]:
        return self.until(second(s))


def _words(fact: OperationBegan | OperationConcluded) -> str:
    if isinstance(fact, OperationBegan):
        return f"{fact.device} began"
    return f"{fact.device} {fact.cause.value} ({fact.reason.code}, {fact.openings})"


def moved(
    switch: str,
    position: Position,
    s: float,
    *,
    source: float | None = None,
    quality: Quality = Quality.GOOD,
) -> SwitchMoved:
    return SwitchMoved(
        at=second(s),
        source_time=second(s if source is None else source),
        quality=quality,
        switch=SwitchId(switch),
        position=position,
    )


Contact = (
    LockoutChanged
    | ProtectionPickedUp
    | FaultFlagChanged
    | LoadShedChanged
    | TestModeChanged
    | VoltageLossChanged
)


def contact(
    kind: type[Contact],
    switch: str,
    s: float,
    *,
    source: float | None = None,
    reading: Reading = Reading.YES,
) -> Contact:
    return kind(
        at=second(s),
        source_time=second(s if source is None else source),
        switch=SwitchId(switch),
        reading=reading,
    )


def command(switch: str, position: Position, s: float) -> CommandIssued:
    return CommandIssued(
        at=second(s),
        command=CommandId("I1/P1/1"),
        incident=IncidentId("I1"),
        plan=PlanId("I1/P1"),
        step=1,
        switch=SwitchId(switch),
        position=position,
        deadline=second(s + 3),
    )


def tag(switch: str, kind: TagKind, s: float) -> TagPlaced:
    return TagPlaced(
        at=second(s),
        by=UserName("an"),
        tag=TagId("T1"),
        switch=SwitchId(switch),
        kind=kind,
        reason="work",
    )


def announced(switch: str, s: float, position: Position = OPEN) -> SwitchingAnnounced:
    return SwitchingAnnounced(
        at=second(s), by=UserName("an"), switch=SwitchId(switch), position=position
    )
