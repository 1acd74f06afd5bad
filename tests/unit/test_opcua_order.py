"""Message numbers, and the order of events."""

from datetime import UTC, datetime, timedelta

from gridops.events import SwitchMoved
from gridops.ids import LinkId, PointId
from gridops.measurement import Position, Quality
from gridops.network import Point, Signal
from opcua_bridge.link.health import describe
from opcua_bridge.link.inbox import AT_WORK_EVERY, Inbox
from opcua_bridge.link.sequence import SequenceCheck
from opcua_bridge.wire.values import NO_NUMBER, Sample

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
OPEN, CLOSED = 1, 2


def at(name: str) -> Point:
    return Point(
        id=PointId(name),
        link=LinkId("rtu"),
        element=name,
        signal=Signal.POSITION,
        node_id=name,
    )


S1, S2 = at("s1"), at("s2")


def value(position: object, *, age_s: float = 0.0) -> Sample:
    return Sample(position, source_time=NOW - timedelta(seconds=age_s))


def moves(events: list[object]) -> list[tuple[str, Position]]:
    return [(e.switch, e.position) for e in events if isinstance(e, SwitchMoved)]


def take(check: SequenceCheck, sequence: int, *, carries_data: bool = True) -> int:
    missing = check.missing(sequence)
    check.take(sequence, carries_data=carries_data)
    return missing


def test_keep_alives_carry_the_next_number_and_hide_nothing() -> None:
    check = SequenceCheck()
    assert take(check, 1) == 0
    assert take(check, 2, carries_data=False) == 0
    assert take(check, 2, carries_data=False) == 0
    assert take(check, 2) == 0
    # message 3 is lost; the next sign of life betrays it
    assert take(check, 4, carries_data=False) == 1
    assert take(check, 4) == 0


def test_the_numbers_wrap_to_one() -> None:
    check = SequenceCheck(expected=0xFFFF_FFFF)
    assert check.numbers(3) == [0xFFFF_FFFF, 1, 2]
    assert check.missing(2) == 2
    assert take(check, 0xFFFF_FFFF) == 0
    assert take(check, 1) == 0


def test_a_lost_first_message_is_a_gap() -> None:
    check = SequenceCheck()
    assert check.missing(2) == 1
    assert check.numbers(1) == [1]


def test_a_message_told_twice_is_known() -> None:
    check = SequenceCheck()
    take(check, 1)
    take(check, 2)
    assert check.is_repeated(1, carries_data=True)
    assert not check.is_repeated(3, carries_data=True)
    # the next number of a keep-alive is none that was taken
    assert not check.is_repeated(2, carries_data=False)
    # and a number that goes back without having been taken is a hole all the way round
    assert SequenceCheck(expected=7).missing(6) > 1_000_000


def test_changes_come_in_the_order_of_their_sources() -> None:
    events = Inbox().changes([(S1, value(OPEN, age_s=1)), (S2, value(CLOSED, age_s=2))], NOW)
    assert moves(events) == [("s2", Position.CLOSED), ("s1", Position.OPEN)]


def test_every_change_between_two_publishings_is_told_in_order() -> None:
    events = Inbox().changes(
        [
            (S1, value(OPEN, age_s=3)),
            (S1, value(CLOSED, age_s=2)),
            (S1, value(OPEN, age_s=1)),
        ],
        NOW,
    )
    assert [m for _, m in moves(events)] == [Position.OPEN, Position.CLOSED, Position.OPEN]


def test_what_was_told_is_not_told_again() -> None:
    inbox = Inbox()
    inbox.changes([(S1, value(OPEN))], NOW)
    assert inbox.changes([(S1, value(OPEN))], NOW + timedelta(seconds=1)) == []


def test_a_late_change_is_not_believed_but_looked_into() -> None:
    inbox = Inbox()
    inbox.changes([(S1, value(OPEN, age_s=1))], NOW)

    assert inbox.changes([(S1, value(CLOSED, age_s=9))], NOW) == []

    assert inbox.take_doubtful() == [S1]
    assert inbox.take_doubtful() == []
    # the server holds it indeed: the clock of the device was set back
    asked = inbox.batches
    read = inbox.readings([(S1, value(CLOSED, age_s=9))], NOW, asked_after=asked)
    assert [e.quality for e in read] == [Quality.STALE, Quality.GOOD]
    assert moves(read) == [("s1", Position.CLOSED), ("s1", Position.CLOSED)]
    assert moves(inbox.changes([(S1, value(OPEN, age_s=8))], NOW)) == [("s1", Position.OPEN)]


def test_a_change_that_overtakes_the_answer_to_a_read_stands() -> None:
    inbox = Inbox()
    asked = inbox.batches
    inbox.changes([(S1, value(OPEN, age_s=1))], NOW)
    read = inbox.readings([(S1, value(CLOSED, age_s=5))], NOW, asked_after=asked)
    assert moves(read) == [("s1", Position.OPEN)]


def test_a_reading_is_told_even_if_nothing_changed() -> None:
    inbox = Inbox()
    inbox.changes([(S1, value(OPEN))], NOW)
    assert moves(inbox.readings([(S1, value(OPEN))], NOW, asked_after=inbox.batches)) == [
        ("s1", Position.OPEN)
    ]


def test_a_point_that_is_not_refreshed_reads_as_bad() -> None:
    inbox = Inbox(refused={S1.id: "BadUserAccessDenied"})
    (event,) = inbox.readings([(S1, value(OPEN))], NOW, asked_after=0)
    assert isinstance(event, SwitchMoved)
    assert (event.position, event.quality) == (Position.BAD, Quality.BAD)


def test_health_says_what_is_wrong_in_one_line() -> None:
    inbox = Inbox(refused={S1.id: "BadNodeIdUnknown"})
    nonsense = value(NO_NUMBER)
    inbox.changes([(S2, nonsense)], NOW)
    inbox.counts.gaps = 2
    line = describe("", inbox.counts, refused=inbox.refused)
    assert line.startswith("1 points refused by the server: s1 (BadNodeIdUnknown); 1 values")
    assert line.endswith("2 gaps in the message sequence")
    assert describe("", Inbox().counts, refused={}) == "good"
    weaker = describe("", Inbox().counts, refused={}, weaker={S2.id: "queue 1 for 10"})
    assert weaker == "1 points on weaker terms: s2 (queue 1 for 10)"


def test_a_large_read_gives_signs_of_life_while_it_is_worked_through() -> None:
    signs: list[int] = []
    inbox = Inbox(at_work=lambda: signs.append(len(inbox.known)))
    many = [(at(f"s{n}"), value(OPEN)) for n in range(2 * AT_WORK_EVERY + 1)]

    assert len(inbox.readings(many, NOW, asked_after=0)) == len(many)
    assert signs == [AT_WORK_EVERY - 1, 2 * AT_WORK_EVERY - 1], "amid the work, not after it"

    signs.clear()
    inbox.changes([(point, value(CLOSED)) for point, _ in many], NOW)
    assert len(signs) == 2
