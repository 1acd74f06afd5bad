"""The order of messages makes no difference to what is concluded, within the window."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.events import (
    Event,
    FieldEvent,
    LockoutChanged,
    ProtectionPickedUp,
    SwitchMoved,
    TimerExpired,
)
from gridops.ids import SwitchId
from gridops.measurement import Position, Reading
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
            self._feed(event)
        self.until(after(3600))
        return self

    def until(self, at: datetime) -> None:
        while due := sorted((t, i) for i, t in self.detector.timers.items() if t <= at):
            self._feed(TimerExpired(at=due[0][0], timer=due[0][1]))

    def _feed(self, event: Event) -> None:
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
