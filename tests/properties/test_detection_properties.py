"""The order of messages makes no difference to what is concluded, within the window."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.events import (
    Event,
    FieldEvent,
    LinkLost,
    LinkRestored,
    LoadShedChanged,
    LockoutChanged,
    ProtectionPickedUp,
    SwitchingAnnounced,
    SwitchMoved,
    TimerExpired,
    VoltageLossChanged,
    VoltageMeasured,
    field,
)
from gridops.ids import LinkId, NodeId, SwitchId, UserName
from gridops.measurement import Position, Quality, Reading
from gridops.network import draw
from gridops.outage import Cause, DetectionSettings, Detector, OperationBegan, OperationConcluded
from gridops.state import LiveState

NIGHT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
WINDOW_S = 10.0
GRID = """
    S1 [b1] A [s1] B (t1) C [b2] S2
    A [r1] D [s9] E
"""
DEAD_TIMES = {"b1": (0.5, 15.0), "b2": (40.0,), "r1": (1.0, 5.0, 180.0)}
NETWORK = draw(
    GRID,
    change={
        **{device: {"reclose_delays_s": times} for device, times in DEAD_TIMES.items()},
        "s9": {"sectionaliser_counts": 2, "pickup_current_a": None},
    },
)
Concluded = tuple[str, Cause, datetime, int]


def after(s: float) -> datetime:
    return NIGHT + timedelta(seconds=round(s, 3))


@dataclass(frozen=True)
class Story:
    """What the field sends, at the time it happens, and what it amounts to."""

    told: tuple[FieldEvent, ...]
    wanted: tuple[Concluded, ...]


def moved(switch: str, position: Position, s: float) -> SwitchMoved:
    return SwitchMoved(
        at=after(s), source_time=after(s), switch=SwitchId(switch), position=position
    )


def contact(
    kind: type[LockoutChanged] | type[ProtectionPickedUp], switch: str, s: float, *, yes: bool
) -> FieldEvent:
    reading = Reading.YES if yes else Reading.NO
    return kind(at=after(s), source_time=after(s), switch=SwitchId(switch), reading=reading)


@st.composite
def trips(draw_from: st.DrawFn, device: str, begins_s: float, *, holds: bool | None) -> Story:
    """One to four openings of `device`, and a reclose that holds, a lockout, or neither."""
    dead_times = DEAD_TIMES[device]
    end = "holds" if holds else draw_from(st.sampled_from(["holds", "locks out", "stays open"]))
    openings = draw_from(st.integers(1, len(dead_times) + (end != "holds")))
    told: list[FieldEvent] = []
    at, first = begins_s, begins_s
    for number in range(openings):
        told.append(contact(ProtectionPickedUp, device, at - 0.1, yes=True))
        told.append(moved(device, Position.OPEN, at))
        told.append(contact(ProtectionPickedUp, device, at + 0.05, yes=False))
        if number < openings - 1 or end == "holds":
            at += dead_times[number]
            told.append(moved(device, Position.CLOSED, at))
            at += draw_from(st.floats(0.2, 1.5))
    if end == "locks out":
        told.append(contact(LockoutChanged, device, at, yes=True))
    cause = Cause.MOMENTARY if end == "holds" else Cause.FAULT
    return Story(tuple(told), ((device, cause, after(first), openings),))


@st.composite
def counted_out(draw_from: st.DrawFn, begins_s: float) -> Story:
    """s9 counts r1's shots and opens in the second dead time; r1 then holds."""
    opened_s = begins_s + 2 + draw_from(st.floats(0.3, 4.5))
    told = [
        moved("r1", Position.OPEN, begins_s),
        moved("r1", Position.CLOSED, begins_s + 1),
        moved("r1", Position.OPEN, begins_s + 2),
        moved("s9", Position.OPEN, opened_s),
        moved("r1", Position.CLOSED, begins_s + 7),
    ]
    return Story(
        tuple(told),
        (
            ("r1", Cause.MOMENTARY, after(begins_s), 2),
            ("s9", Cause.FAULT, after(opened_s), 1),
        ),
    )


@st.composite
def nights(draw_from: st.DrawFn) -> Story:
    parts = [
        draw_from(trips("b1", 0.0, holds=True)),
        draw_from(trips("b2", draw_from(st.floats(0, 20)), holds=None)),
        draw_from(
            st.one_of(trips("r1", 60.0, holds=None), counted_out(60.0))
            if draw_from(st.booleans())
            else trips("b1", 100.0, holds=None)
        ),
    ]
    return Story(
        tuple(event for part in parts for event in part.told),
        tuple(sorted(one for part in parts for one in part.wanted)),
    )


@st.composite
def arrivals(draw_from: st.DrawFn, told: tuple[FieldEvent, ...]) -> list[FieldEvent]:
    """Each message within the window of its own time, some twice, in any order."""
    delays = st.floats(0, WINDOW_S)
    arriving = []
    for event in told:
        for _ in range(1 + (draw_from(st.integers(0, 4)) == 0)):
            late = timedelta(seconds=round(draw_from(delays), 3))
            arriving.append(replace(event, at=event.at + late))
    return sorted(arriving, key=lambda event: event.at)


class Desk:
    """A detector with timers that ring when they are due."""

    def __init__(self, reorder_window_s: float = WINDOW_S) -> None:
        self.state = LiveState(network=NETWORK)
        self.detector = Detector(NETWORK, DetectionSettings(reorder_window_s=reorder_window_s))
        self.facts: list[OperationBegan | OperationConcluded] = []

    def hears(self, events: list[FieldEvent]) -> "Desk":
        for event in events:
            self.until(event.at)
            self.hear(event)
        self.until(after(3600))
        return self

    def until(self, at: datetime) -> None:
        while due := sorted((t, i) for i, t in self.detector.timers.items() if t <= at):
            self.hear(TimerExpired(at=due[0][0], timer=due[0][1]))

    def hear(self, event: Event) -> None:
        self.state.apply(event)
        self.facts += self.detector.handle(event, self.state).facts

    @property
    def concluded(self) -> tuple[Concluded, ...]:
        """All but openings that turned out to have darkened nobody."""
        return tuple(
            sorted(
                (f.device, f.cause, f.opened_at, f.openings)
                for f in self.facts
                if isinstance(f, OperationConcluded) and f.reason.code != "nobody-dark"
            )
        )


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_order_within_the_window_concludes_what_happened(data: st.DataObject) -> None:
    story = data.draw(nights())
    desk = Desk().hears(data.draw(arrivals(story.told)))
    assert desk.concluded == story.wanted
    assert desk.detector.pending == ()
    assert desk.detector.timers == {}


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_operation_that_began_is_concluded_once_in_any_order(data: st.DataObject) -> None:
    story = data.draw(nights())
    window_s = data.draw(st.sampled_from([0.0, 2.0, WINDOW_S]))
    kept = [e for e in data.draw(arrivals(story.told)) if data.draw(st.integers(0, 9))]
    desk = Desk(window_s).hears(kept)
    for device in NETWORK.switches:
        pending = 0
        for fact in desk.facts:
            if fact.device == device:
                began = isinstance(fact, OperationBegan)
                pending += 1 if began else -(pending > 0)
                assert pending <= 1
        assert pending == 0
    assert desk.detector.timers == {}


DEVICES = st.sampled_from(["b1", "b2", "r1", "s1", "s9", "t1"])
KINDS = (
    field.TestModeChanged,
    LockoutChanged,
    ProtectionPickedUp,
    LoadShedChanged,
    VoltageLossChanged,
)


@st.composite
def anything(draw_from: st.DrawFn, at_s: float) -> Event:
    """Any fact of the field, of people or of a link, with any source time."""
    at, device = after(at_s), SwitchId(draw_from(DEVICES))
    off_s = draw_from(st.sampled_from([0.0, 0.0, 0.3, 5.0, 12.0, 40.0, -1.0, 3600.0, -3600.0]))
    source = at - timedelta(seconds=off_s)
    what = draw_from(st.integers(0, 11))
    if what <= 5:
        position = draw_from(st.sampled_from(Position))
        quality = draw_from(st.sampled_from([Quality.GOOD] * 5 + [*Quality]))
        return SwitchMoved(
            at=at, source_time=source, switch=device, position=position, quality=quality
        )
    if what <= 8:
        kind, reading = draw_from(st.sampled_from(KINDS)), draw_from(st.sampled_from(Reading))
        return kind(at=at, source_time=source, switch=device, reading=reading)
    if what == 9:
        node = NodeId(draw_from(st.sampled_from(["S1", "A", "B", "E"])))
        volts = draw_from(st.sampled_from([0.0, 22e3]))
        return VoltageMeasured(at=at, source_time=source, node=node, voltage_v=volts)
    if what == 10:
        link = LinkId("rtu")
        if draw_from(st.booleans()):
            return LinkLost(at=at, link=link, why="timeout")
        return LinkRestored(at=at, link=link, epoch=2, gap_since=at - timedelta(seconds=30))
    position = draw_from(st.sampled_from([Position.OPEN, Position.CLOSED]))
    return SwitchingAnnounced(at=at, by=UserName("an"), switch=device, position=position)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_comes_each_beginning_has_one_end_and_no_timer_is_left(
    data: st.DataObject,
) -> None:
    desk = Desk(data.draw(st.sampled_from([0.0, 10.0])))
    at_s = 0.0
    for _ in range(data.draw(st.integers(1, 40))):
        at_s += data.draw(st.sampled_from([0.01, 0.5, 1.0, 3.0, 20.0]))
        desk.until(after(at_s))
        desk.hear(data.draw(anything(at_s)))
        assert len(desk.detector.timers) <= 3 * len(NETWORK.switches) + len(NETWORK.sources)
    desk.until(after(at_s + 3600))
    assert desk.detector.timers == {}
    assert desk.detector.pending == ()
    for device in NETWORK.switches:
        pending = 0
        for fact in (fact for fact in desk.facts if fact.device == device):
            pending += 1 if isinstance(fact, OperationBegan) else -(pending > 0)
            assert pending in (0, 1)
        assert pending == 0
