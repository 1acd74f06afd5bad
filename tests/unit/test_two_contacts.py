"""A position by two contacts: what a link makes of two variables that change one by one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gridops.events import SwitchMoved
from gridops.measurement import Position, Quality
from gridops.network import draw
from opcua_bridge.link.contacts import TwoContacts, variables
from opcua_bridge.link.inbox import Inbox
from opcua_bridge.wire.two_contacts import position_sample
from opcua_bridge.wire.values import NO_NUMBER, Sample

AT = datetime(2026, 3, 1, tzinfo=UTC)
BAD, GONE, SUBSTITUTED, OVERFLOW = 0x8000_0000, 0x8034_0000, 0x0096_0000, 0x480
POINT = replace(
    next(p for p in draw("S1 [b1] A [s1] B").components.points if p.id == "s1.position"),
    node_id="s1.closed",
    open_node_id="s1.open",
)
CLOSED, OPENED = variables([POINT])
PLAIN = draw("S1 [b1] A [s1] B").components.points[0]


def said(value: object, second: float = 0.0, status: int = 0) -> Sample:
    return Sample(value, status, AT + timedelta(seconds=second))


def inbox(closed: object = True, opened: object = False) -> Inbox:
    """Where both contacts were read."""
    box = Inbox(contacts=TwoContacts([POINT, PLAIN]))
    received = [(CLOSED, said(closed)), (OPENED, said(opened))]
    (event,) = box.readings(received, AT, asked_after=box.batches)
    assert isinstance(event, SwitchMoved)
    return box


def told(box: Inbox, *changes: tuple[object, Sample]) -> list[tuple[Position, Quality]]:
    later = AT + timedelta(seconds=60)
    events = box.changes(changes, later)  # type: ignore[arg-type]
    assert all(isinstance(event, SwitchMoved) and event.switch == "s1" for event in events)
    return [(event.position, event.quality) for event in events]  # type: ignore[union-attr]


def test_one_variable_each_and_names_that_people_know() -> None:
    assert [v.node_id for v in (CLOSED, OPENED)] == ["s1.closed", "s1.open"]
    assert CLOSED.id == "s1.position (closed contact)"
    assert variables([PLAIN]) == [PLAIN]


def test_a_switch_opens_over_the_way_between() -> None:
    box = inbox()
    assert told(box, (CLOSED, said(False, 1.0)), (OPENED, said(True, 1.2))) == [
        (Position.INTERMEDIATE, Quality.GOOD),
        (Position.OPEN, Quality.GOOD),
    ]


def test_both_made_is_a_broken_wire_and_never_a_position() -> None:
    assert told(inbox(), (OPENED, said(True, 1.0))) == [(Position.BAD, Quality.GOOD)]


def test_the_stamp_is_that_of_the_contact_that_moved_last() -> None:
    box = inbox()
    (first, second) = box.changes(
        [(CLOSED, said(False, 1.0)), (OPENED, said(True, 1.2))], AT + timedelta(seconds=9)
    )
    assert first.source_time == AT + timedelta(seconds=1.0)  # type: ignore[union-attr]
    assert second.source_time == AT + timedelta(seconds=1.2)  # type: ignore[union-attr]


def test_nothing_is_said_before_both_are_known() -> None:
    box = Inbox(contacts=TwoContacts([POINT]))
    assert told(box, (CLOSED, said(True))) == []
    assert told(box, (OPENED, said(False))) == [(Position.CLOSED, Quality.GOOD)]


def test_the_worse_quality_counts() -> None:
    box = inbox()
    assert told(box, (OPENED, said(False, 1.0, SUBSTITUTED))) == [
        (Position.CLOSED, Quality.SUBSTITUTED)
    ]
    assert told(box, (CLOSED, said(None, 2.0, BAD))) == [(Position.BAD, Quality.BAD)]


def test_a_text_for_a_contact_is_rejected_and_counted() -> None:
    box = inbox()
    assert told(box, (CLOSED, said(NO_NUMBER, 1.0))) == [(Position.BAD, Quality.BAD)]
    assert box.counts.rejected == 1


def test_an_older_change_of_a_contact_is_read_again() -> None:
    box = inbox()
    assert told(box, (CLOSED, said(False, 5.0))) == [(Position.INTERMEDIATE, Quality.GOOD)]
    assert told(box, (CLOSED, said(True, 3.0))) == []
    assert box.counts.late == 1
    assert box.take_doubtful() == [CLOSED, OPENED]


def test_a_lost_change_of_a_contact_has_both_read_again() -> None:
    box = inbox()
    told(box, (CLOSED, said(False, 5.0, OVERFLOW)))
    assert list(box.overflowed) == [POINT.id]
    assert box.take_doubtful() == [CLOSED, OPENED]


def test_a_contact_that_is_not_monitored_spoils_the_position() -> None:
    box = inbox()
    box.refused = {OPENED.id: "BadNodeIdUnknown"}
    assert told(box, (CLOSED, said(True, 1.0))) == [(Position.BAD, Quality.BAD)]
    box.refused = {}
    (event,) = box.readings([(OPENED, said(False, 2.0))], AT, asked_after=box.batches)
    assert (event.position, event.quality) == (  # type: ignore[union-attr]
        Position.CLOSED,
        Quality.GOOD,
    )


def test_a_contact_that_vanished_is_named_itself() -> None:
    box = inbox()
    assert told(box, (OPENED, said(None, 1.0, GONE))) == [(Position.BAD, Quality.BAD)]
    assert list(box.vanished) == [OPENED.id]


def test_a_reading_that_a_change_overtook_does_not_count() -> None:
    box = inbox()
    asked = box.batches
    told(box, (CLOSED, said(False, 5.0)), (OPENED, said(True, 5.1)))
    (event,) = box.readings(
        [(CLOSED, said(True, 1.0)), (OPENED, said(False, 1.0))], AT, asked_after=asked
    )
    assert event.position is Position.OPEN  # type: ignore[union-attr]


def test_what_reads_otherwise_than_was_told_is_found() -> None:
    box = inbox()
    look = [(CLOSED, said(False, 9.0)), (OPENED, said(True, 9.0))]
    assert box.strayed(look, since=box.batches) == [CLOSED, OPENED]
    assert box.strayed(look[:1], since=box.batches) == []
    same = [(CLOSED, said(True)), (OPENED, said(False))]
    assert box.strayed(same, since=box.batches) == []


def test_a_contact_that_is_not_monitored_has_not_strayed() -> None:
    """It reads as bad, is asked for again every ten seconds, and may be read all the same."""
    box = inbox()
    box.refused = {OPENED.id: "BadTooManyMonitoredItems"}
    told(box, (CLOSED, said(True, 1.0)))
    look = [(CLOSED, said(True, 1.0)), (OPENED, said(False))]
    assert box.strayed(look, since=box.batches) == []


CHANGES = st.lists(st.tuples(st.sampled_from([0, 1]), st.booleans()), max_size=30)


@given(CHANGES, st.lists(st.integers(1, 5), max_size=30))
def test_however_changes_are_bundled_the_last_word_is_the_truth(
    changes: Sequence[tuple[int, bool]], sizes: Sequence[int]
) -> None:
    box = inbox()
    truth = [True, False]
    received = []
    for number, (which, value) in enumerate(changes, start=1):
        truth[which] = value
        received.append(((CLOSED, OPENED)[which], said(value, float(number))))
    heard: list[tuple[Position, Quality]] = []
    for size in [*sizes, len(received)]:
        heard += told(box, *received[:size])
        del received[:size]
    event = box.known[POINT.id]
    whole = position_sample([Sample(truth[0]), Sample(truth[1])])
    assert event.position == whole.raw  # type: ignore[union-attr]
    assert len(heard) == len(changes)
