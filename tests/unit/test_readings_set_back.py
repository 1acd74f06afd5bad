"""A device whose clock is set back: what is read of it is the truth, whatever its stamps say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gridops.events import FieldEvent, LinkRestored
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import draw
from gridops.state import LiveState
from opcua_bridge.link.inbox import Inbox
from opcua_bridge.wire.values import Sample

AT = datetime(2026, 3, 1, tzinfo=UTC)
NETWORK = draw("S1 [b1] A [s1] B")
S1, LINK = SwitchId("s1"), LinkId("rtu")
POINT = next(p for p in NETWORK.components.points if p.id == "s1.position")
OPEN, CLOSED = int(Position.OPEN), int(Position.CLOSED)


def at(second: float) -> datetime:
    return AT + timedelta(seconds=second)


def said(value: int, second: float) -> Sample:
    return Sample(value, 0, at(second))


def told(events: list[FieldEvent], state: LiveState) -> tuple[Position, Quality]:
    for event in events:
        state.apply(event)
    known = state.positions[S1]
    return known.value, known.quality


def whole(value: int = CLOSED) -> tuple[Inbox, LiveState]:
    """After the first read: s1 moved at 10 s, and it is 10 s."""
    box, state = Inbox(), LiveState(network=NETWORK)
    state.apply(LinkRestored(at=at(10), link=LINK, epoch=1, gap_since=None))
    told(box.readings([(POINT, said(value, 10))], at(10), asked_after=0), state)
    return box, state


def test_it_moves_again_right_after_its_clock_was_set_back() -> None:
    """By 8 s, and 2 s later it opens: the stamp is older than that of the closing."""
    box, state = whole()
    assert box.changes([(POINT, said(OPEN, 4))], at(12)) == []
    asked = box.batches
    read = box.readings(
        [(p, said(OPEN, 4)) for p in box.take_doubtful()], at(12), asked_after=asked
    )
    assert told(read, state) == (Position.OPEN, Quality.GOOD)


def test_what_moves_after_such_a_reading_is_followed() -> None:
    """The reading says the same as before, so only its stamp shows that the clock was set."""
    box, state = whole()
    told(box.readings([(POINT, said(CLOSED, 2))], at(12), asked_after=box.batches), state)
    moved = box.changes([(POINT, said(OPEN, 5))], at(15))
    assert told(moved, state) == (Position.OPEN, Quality.GOOD)


def test_a_full_read_without_a_lost_link_is_believed() -> None:
    box, state = whole()
    state.apply(LinkRestored(at=at(14), link=LINK, epoch=2, gap_since=at(9)))
    read = box.readings([(POINT, said(OPEN, 4))], at(14), asked_after=box.batches)
    assert told(read, state) == (Position.OPEN, Quality.GOOD)


def test_a_change_that_overtook_the_reading_still_stands() -> None:
    box, state = whole()
    asked = box.batches
    told(box.changes([(POINT, said(OPEN, 12))], at(12)), state)
    read = box.readings([(POINT, said(CLOSED, 10))], at(12.1), asked_after=asked)
    assert [replace(e, at=AT) for e in read] == [replace(box.known[POINT.id], at=AT)]
    assert told(read, state) == (Position.OPEN, Quality.GOOD)


def test_a_change_of_an_older_stamp_during_a_reading_is_read_again() -> None:
    """The answer was on its way when the switch opened by the clock that was set back."""
    box, state = whole()
    asked = box.batches
    assert box.changes([(POINT, said(OPEN, 4))], at(12)) == []
    told(box.readings([(POINT, said(CLOSED, 10))], at(12.1), asked_after=asked), state)
    assert box.take_doubtful() == [POINT]


def test_a_reading_asked_for_after_the_doubt_settles_it() -> None:
    box, state = whole()
    box.changes([(POINT, said(OPEN, 4))], at(12))
    told(box.readings([(POINT, said(OPEN, 4))], at(12.1), asked_after=box.batches), state)
    assert box.take_doubtful() == []
