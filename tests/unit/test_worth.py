"""By whose hand minutes were saved: the parts are the whole, and nothing flatters."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.control_room.worth import worth_plain
from gridops.events import MinutesCorrected
from gridops.ids import LoadId, SectionId
from gridops.network import draw
from gridops.reliability import ByHand, Hand, Interruption, worth_of
from tests.playbook import FEEDER, Wait
from tests.playbook_words import (
    LAN,
    Asks,
    Close,
    Done,
    Flagged,
    Open,
    Released,
    Repaired,
    Tripped,
)
from tests.unit.test_books_incidents import Booked

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = 60_000_000
SLOW = ByHand()


def minute(m: float) -> datetime:
    return NIGHT + timedelta(minutes=m)


def cut(
    load: str,
    begin: float,
    end: float,
    *,
    taken: Hand | None,
    back: Hand | None,
    customers: int = 1,
) -> Interruption:
    return Interruption(
        load=LoadId(load),
        section=SectionId("S"),
        feeder=None,
        customers=customers,
        p_w=0.0,
        began=minute(begin),
        ended=minute(end),
        taken_by=taken,
        restored_by=back,
    )


def test_each_hand_has_what_it_gave_back_before_the_repair() -> None:
    trip = Hand.PROTECTION
    found = worth_of(
        [
            cut("A", 0, 1, taken=trip, back=trip, customers=7),
            cut("B", 0, 2, taken=trip, back=Hand.AUTOMATION, customers=10),
            cut("C", 0, 10, taken=trip, back=Hand.DISPATCHER, customers=3),
            cut("D", 0, 60, taken=trip, back=Hand.CREW),
            cut("E", 0, 100, taken=trip, back=Hand.CREW),
        ],
        repaired_at=minute(100),
        moved_at=[minute(2), minute(10), minute(60)],
        slow=SLOW,
    )
    assert found.shares == {
        trip: 7 * 99 * MINUTE,
        Hand.AUTOMATION: 10 * 98 * MINUTE,
        Hand.DISPATCHER: 3 * 90 * MINUTE,
        Hand.CREW: 40 * MINUTE,
    }
    assert found.nobody - found.was == sum(found.shares.values())
    assert found.by_hand == (7 + 10 * 60 + 3 * 75 + 90 + 100) * MINUTE


def test_switching_that_drops_healthy_customers_pays_for_them() -> None:
    found = worth_of(
        [
            cut("A", 0, 30, taken=Hand.PROTECTION, back=Hand.CREW),
            cut("B", 5, 15, taken=Hand.AUTOMATION, back=Hand.AUTOMATION, customers=4),
        ],
        repaired_at=minute(30),
        moved_at=[minute(5)],
        slow=SLOW,
    )
    assert found.shares == {Hand.AUTOMATION: -40 * MINUTE}
    assert found.nobody - found.was == -40 * MINUTE


def test_a_plan_that_was_slower_than_hands_shows_it() -> None:
    found = worth_of(
        [
            cut("A", 0, 300, taken=Hand.PROTECTION, back=Hand.AUTOMATION),
            cut("B", 0, 400, taken=Hand.PROTECTION, back=Hand.CREW),
        ],
        repaired_at=minute(400),
        moved_at=[minute(300)],
        slow=SLOW,
    )
    assert found.by_hand - found.was < 0


hands = st.sampled_from([None, *Hand])


@st.composite
def nights(draws: st.DrawFn) -> list[Interruption]:
    found = []
    for load in range(draws(st.integers(1, 4))):
        at, customers = 0.0, draws(st.integers(0, 50))
        for _ in range(draws(st.integers(1, 4))):
            at += draws(st.integers(0, 3_000)) / 60
            end = at + draws(st.integers(0, 3_000)) / 60
            found.append(
                cut(f"L{load}", at, end, taken=draws(hands), back=draws(hands), customers=customers)
            )
            at = end
    return found


@settings(max_examples=200, deadline=None)
@given(nights(), st.integers(0, 300))
def test_the_parts_are_the_whole_to_the_microsecond(night: list[Interruption], over: int) -> None:
    """Whenever the repair was, also before somebody was dropped on the way back to normal."""
    last = max(one.ended or NIGHT for one in night)
    repaired_at = max(last - timedelta(seconds=over), min(one.began for one in night))
    found = worth_of(night, repaired_at=repaired_at, moved_at=[], slow=SLOW)
    switched = sum(v for hand, v in found.shares.items() if hand not in (None, Hand.PROTECTION))
    assert found.nobody - found.was == sum(found.shares.values())
    assert found.was == sum(
        one.customers * (one.duration(last) // timedelta(microseconds=1)) for one in night
    )
    assert switched == found.without_switching - found.was + found.shares.get(Hand.SOURCE, 0)


def night_with_a_plan() -> Booked:
    """A is back after 14 s, E after 19 s, the rest with the repair; going home drops E for 2 s."""
    play = Booked.over(draw(FEEDER)) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1")) >> Wait(4) >> Released()
    play << Open("s1") >> Done("s1") << Open("s4") >> Done("s4") << Close("b1") >> Done("b1")
    play >> Wait(5) << Close("t1") >> Done("t1") >> Wait(20) >> Repaired()
    play << Asks(closes=("s1",)) >> Released() << Close("s1") >> Done("s1")
    play >> Wait(300) << Asks(opens=("t1",), closes=("s4",)) >> Wait(10) >> Released()
    play << Open("t1") >> Done("t1") << Close("s4") >> Wait(2) >> Done("s4")
    assert isinstance(play, Booked)
    return play


def test_a_night_with_a_plan_is_the_dispatchers_and_the_way_back_is_charged() -> None:
    play = night_with_a_plan()
    told = worth_plain(play.books.cases(play.desk), now=play.now, slow=SLOW)
    saved = (100 * (39 - 14) + 100 * (39 - 19) - 100 * 2) / 60
    assert told["avoided"]["dispatcher"] == told["avoided"]["in_all"]
    assert abs(told["avoided"]["in_all"] - saved) < 1e-9
    assert [one["incident"] for one in told["incidents"]] == ["I1"]


def test_what_is_over_is_read_once_until_somebody_corrects_it() -> None:
    play = night_with_a_plan() >> Wait(60)
    assert isinstance(play, Booked)
    (case,) = play.books.cases(play.desk)
    assert case.is_over
    assert play.books.cases(play.desk) == [case]
    assert case.worth(SLOW, now=play.now) is case.worth(SLOW, now=play.now)
    quick = ByHand(decide_s=0.0, first_s=1.0, next_s=0.0)
    assert case.worth(quick, now=play.now) != case.worth(SLOW, now=play.now)
    first = case.pieces[0]
    said = MinutesCorrected(
        at=play.now, by=LAN, reason="list of meters", interruption=first.id, customers=40
    )
    play.books.ledger.correct(said)
    (other,) = play.books.cases(play.desk)
    assert other is not case
    assert other.worth(SLOW, now=play.now).was < case.worth(SLOW, now=play.now).was
    assert play.books.corrected_in(play.books.today(first.began)) == [said]
    day_after = play.books.today(first.began + timedelta(days=2))
    assert play.books.corrected_in(day_after) == []
    early = first.began - timedelta(days=30)
    moved = MinutesCorrected(
        at=play.now, by=LAN, reason="list of meters", interruption=first.id, began=early
    )
    play.books.ledger.correct(moved)
    for instant in (early, first.began):
        assert play.books.corrected_in(play.books.today(instant)) == [said, moved]
    assert play.books.corrected_in(day_after) == []


def test_what_lasts_is_read_anew_each_time() -> None:
    play = Booked.over(draw(FEEDER)) >> Flagged("s1") >> Tripped("b1") >> Wait(10)
    assert isinstance(play, Booked)
    (case,) = play.books.cases(play.desk)
    play.forget_after(50)
    (later,) = play.books.cases(play.desk)
    cost = [each.worth(SLOW, now=play.now).was for each in (case, later)]
    assert not later.is_over
    assert cost[0] == cost[1] > case.worth(SLOW, now=play.now - timedelta(seconds=50)).was
