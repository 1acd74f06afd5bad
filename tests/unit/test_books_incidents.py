"""Customer minutes of incidents that are merged, guessed, or interrupt nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gridops.control_room.books import Books
from gridops.control_room.worth import worth_plain
from gridops.events import Event, MinutesCorrected, PowerMeasured
from gridops.ids import IncidentId, SectionId, SwitchId
from gridops.network import Network, build_network, draw
from gridops.reliability import IEEE1366, By, ByHand, Interruption, Period
from gridops.reliability.rulesets import YearRule
from tests.playbook import CLOSED, FEEDER, OPEN, SETTINGS, Playbook, Wait
from tests.playbook_reports import Answers, EarthFault, Gasps, silent
from tests.playbook_words import (
    LAN,
    Asks,
    Close,
    Done,
    Flagged,
    Moved,
    Open,
    Released,
    Repaired,
    Reported,
    Tripped,
)

NESTED = "S1 [b1] A [r1] B\nA [r2] C"
LATERALS = "S1 [b1] A [f1] B [s1] C"


class Booked(Playbook):
    """A playbook whose facts are booked as the control room books them."""

    books: Books

    @classmethod
    def over(cls, network: Network) -> "Booked":
        play = cls.__new__(cls)
        play.books = Books(network, UTC)
        play._begin(network, SETTINGS)
        return play

    def feed(self, event: Event) -> None:
        before = self.desk.state.energisation
        super().feed(event)
        self.books.post(event, before, desk=self.desk)

    def booked(self) -> list[tuple[str, str | None, float | None]]:
        """Load, incident, seconds; None while it lasts."""
        return [(one.load, one.incident, _seconds(one)) for one in self.books.ledger.interruptions]


def _seconds(one: Interruption) -> float | None:
    return None if one.ended is None else (one.ended - one.began).total_seconds()


def test_what_was_booked_for_an_incident_goes_on_with_the_one_that_it_is_a_part_of() -> None:
    play = Booked.over(draw(NESTED)) >> Tripped("r1") >> Tripped("r2")
    assert play.booked() == [("B", "I1", None), ("C", "I2", None)]  # type: ignore[attr-defined]
    play >> Wait(1) >> Tripped("b1")
    assert play.booked() == [  # type: ignore[attr-defined]
        ("B", "I1", None),
        ("C", "I1", None),
        ("A", "I1", None),
    ]
    assert play.incident("I2").merged_into == "I1"
    causes = {one.why.cause for one in play.books.ledger.interruptions}  # type: ignore[attr-defined]
    assert causes == {"fault"}


def test_minutes_behind_a_device_that_opened_unseen_count_from_the_first_gasp() -> None:
    play = Booked.over(silent(LATERALS, "f1")) >> Gasps("B") >> Wait(5) >> Gasps("C") >> Wait(55)
    assert play.booked() == [("B", "I1", None), ("C", "I1", None)]  # type: ignore[attr-defined]
    play >> Wait(540) >> Answers("B") >> Answers("C")
    assert play.booked() == [("B", "I1", 600.0), ("C", "I1", 600.0)]  # type: ignore[attr-defined]


def test_meters_of_one_phase_date_no_loss_and_meters_with_voltage_take_their_word_back() -> None:
    play = Booked.over(silent(LATERALS, "f1")) >> Gasps("B", source_s=-300) >> Answers("B")
    play >> Wait(60)
    began = play.now
    play >> Gasps("B") >> Gasps("C") >> Wait(60)
    play >> Gasps("B", meters=1, phases="a", source_s=-300)
    lost = play.books.ledger.interruptions  # type: ignore[attr-defined]
    assert [(one.load, one.began) for one in lost] == [("B", began), ("C", began)]


def test_when_the_opening_is_confirmed_the_interruption_goes_on_as_one() -> None:
    play = Booked.over(silent(LATERALS, "f1")) >> Gasps("B") >> Gasps("C") >> Wait(60)
    play >> Reported("f1", OPEN)
    play.forget_after(540)
    play >> Reported("f1", CLOSED)
    assert play.booked() == [("B", "I1", 600.0), ("C", "I1", 600.0)]  # type: ignore[attr-defined]


def test_shots_of_a_device_above_give_nothing_back_behind_a_fuse_that_is_presumed_open() -> None:
    """f1 has been gone for twenty minutes when b1 trips on a fault in A and recloses onto it; its
    second closing holds, and f1 is put in again after an hour."""
    play = Booked.over(silent(LATERALS, "f1")) >> Gasps("B") >> Gasps("C") >> Wait(1200)
    play >> Tripped("b1") >> Wait(0.7) >> Moved("b1", CLOSED) >> Wait(0.3) >> Moved("b1", OPEN)
    dark = [("B", "I1", None), ("C", "I1", None), ("A", "I2", 0.7), ("A", "I2", None)]
    assert play.booked() == dark  # type: ignore[attr-defined]
    play >> Wait(2) >> Moved("b1", CLOSED) >> Wait(2397)
    play >> Answers("B") >> Answers("C")
    assert play.booked() == [  # type: ignore[attr-defined]
        ("B", "I1", 3600.0),
        ("C", "I1", 3600.0),
        ("A", "I2", 0.7),
        ("A", "I2", 2.0),
    ]


def test_a_repair_ends_the_minutes_of_a_guess() -> None:
    play = Booked.over(silent(LATERALS, "f1")) >> Gasps("B") >> Gasps("C") >> Wait(300)
    play >> Repaired()
    assert [s for _, _, s in play.booked()] == [300.0, 300.0]  # type: ignore[attr-defined]
    books = play.books  # type: ignore[attr-defined]
    assert [one.is_end_reported for one in books.ledger.interruptions] == [True, True]
    account = books.booked().account(IEEE1366, now=play.now, zone=UTC)
    assert account.ends_reported(books.today(play.now)) == 2
    play >> Answers("B")
    assert [one.is_end_reported for one in books.ledger.interruptions] == [False, True]


def test_a_fuse_that_a_crew_has_put_in_again_ends_them_by_a_persons_word_too() -> None:
    play = Booked.over(silent(LATERALS, "f1")) >> Gasps("B") >> Gasps("C") >> Wait(300)
    play >> Reported("f1", CLOSED)
    books = play.books  # type: ignore[attr-defined]
    assert [one.is_end_reported for one in books.ledger.interruptions] == [True, True]


def test_who_is_dark_soon_after_a_repair_that_nothing_measured_was_so_all_the_time() -> None:
    """B answers after the repair, C does not; then both gasp again."""
    play = Booked.over(silent(LATERALS, "f1")) >> Gasps("B") >> Gasps("C") >> Wait(900)
    repaired_at = play.now
    play >> Repaired() >> Wait(60) >> Answers("B") >> Wait(540)
    play >> Gasps("B") >> Gasps("C") >> Wait(60)
    books = play.books  # type: ignore[attr-defined]
    began = {one.load: one.began for one in books.ledger.lasting}
    assert began == {"B": repaired_at + timedelta(seconds=600), "C": repaired_at}
    account = books.booked().account(IEEE1366, now=play.now + timedelta(hours=1), zone=UTC)
    found = account.groups(books.today(play.now), By.LOAD)
    times = {group.key: group.share.customer_interruptions for group in found}
    assert times == {"B": 200, "C": 100}


def test_a_load_is_booked_as_it_was_measured_or_else_as_it_is_stated() -> None:
    """b1 measured 240 kW a minute before its trip, of 200 kW stated; b2 measured nothing."""
    play = Booked.over(draw("S1 [b1] A [s1] B\nS2 [b2] C"))
    measured_at = play.now
    play.feed(
        PowerMeasured(at=measured_at, source_time=measured_at, switch=SwitchId("b1"), p_w=240_000.0)
    )
    play >> Wait(60) >> Tripped("b1") >> Tripped("b2")
    tripped_at = measured_at + timedelta(seconds=60)
    lost = play.books.ledger.interruptions  # type: ignore[attr-defined]
    assert [(one.load, one.p_w, one.p_at) for one in lost] == [
        ("A", 120_000.0, tripped_at),
        ("B", 120_000.0, tripped_at),
        ("C", 100_000.0, None),
    ]


def test_an_earth_fault_that_is_searched_interrupts_nobody() -> None:
    play = Booked.over(draw(NESTED)) >> EarthFault("b1") >> Wait(600)
    assert play.booked() == []  # type: ignore[attr-defined]
    play >> Moved("b1", OPEN) >> Wait(60)
    assert {incident for _, incident, _ in play.booked()} == {"I1"}  # type: ignore[attr-defined]


def test_the_way_back_to_normal_counts_as_a_cost_and_lengthens_nothing_that_was_saved() -> None:
    """A is back after 14 s, E after 19 s, the rest with the repair after 39 s. Going home drops E
    for 2 s more than 5 min later: not a fault that lasted 6 min."""
    play = Booked.over(draw(FEEDER)) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1")) >> Wait(4) >> Released()
    play << Open("s1") >> Done("s1") << Open("s4") >> Done("s4") << Close("b1") >> Done("b1")
    play >> Wait(5) << Close("t1") >> Done("t1") >> Wait(20) >> Repaired()
    play << Asks(closes=("s1",)) >> Released() << Close("s1") >> Done("s1")
    books = play.books  # type: ignore[attr-defined]
    saved = 100 * (39 - 14) / 60 + 100 * (39 - 19) / 60
    assert books.avoided_min(books.today(play.now), play.now) == pytest.approx(saved)
    play >> Wait(300) << Asks(opens=("t1",), closes=("s4",)) >> Wait(10) >> Released()
    play << Open("t1") >> Done("t1") << Close("s4") >> Wait(2) >> Done("s4")
    assert play.booked()[-1] == ("E", "I1", 2.0)  # type: ignore[attr-defined]
    paid = 100 * 2 / 60
    assert books.avoided_min(books.today(play.now), play.now) == pytest.approx(saved - paid)


def test_what_was_saved_does_not_go_with_the_name_of_the_cause() -> None:
    play = Booked.over(draw(FEEDER)) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1")) >> Wait(4) >> Released()
    play << Open("s1") >> Done("s1") << Open("s4") >> Done("s4") << Close("b1") >> Done("b1")
    play.forget_after(60)
    saved = 100 * 60 / 60
    assert isinstance(play, Booked)
    assert avoided_min(play) == (saved, saved)
    play.feed(
        MinutesCorrected(
            at=play.now, by=LAN, reason="police", incident=IncidentId("I1"), cause="third-party"
        )
    )
    assert {one.why.cause for one in play.books.ledger.interruptions} == {"third-party"}
    assert avoided_min(play) == (saved, saved)


def test_what_a_device_gave_back_by_itself_is_not_saved_by_switching() -> None:
    """b1 closes again although nobody has told it to; A has supply from then on."""
    play = Booked.over(draw(FEEDER)) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1")) >> Released()
    play << Open("s1") >> Done("s1") << Open("s4") >> Moved("b1", CLOSED)
    play.forget_after(60)
    assert isinstance(play, Booked)
    assert [load for load, _, seconds in play.booked() if seconds is not None] == ["A"]
    assert avoided_min(play) == (0.0, 0.0)


def avoided_min(play: Booked) -> tuple[float, float]:
    """As it is printed, and as it is told by hand."""
    books = play.books
    told = worth_plain(books.cases(play.desk), now=play.now, slow=ByHand())
    cost = told["customer_minutes"]
    printed = books.avoided_min(books.today(play.now), play.now)
    return printed, cost["without_switching"] - cost["was"]


def test_a_ward_that_is_split_keeps_the_customers_that_its_past_months_had() -> None:
    """B, of 30 customers, goes from ward W to ward X in April. A, of 10, is dark for an hour in
    March, both are in April."""
    parts = draw("S1 [b1] A [s1] B", customers={"A": 10, "B": 30}).components

    def wards(**of: str) -> Network:
        loads = tuple(replace(load, area=of[load.id]) for load in parts.loads)
        return build_network(replace(parts, loads=loads))

    def day(month: int, number: int) -> datetime:
        return datetime(2026, month, number, tzinfo=UTC)

    books = Books(wards(A="W", B="W"), UTC)
    books.ledger.sections_changed(day(3, 5), {SectionId("SA")})
    books.ledger.sections_changed(day(3, 5) + timedelta(hours=1), frozenset())
    books.take_in(wards(A="W", B="X"), day(4, 10))
    books.ledger.sections_changed(day(4, 20), {SectionId("SA"), SectionId("SB")})
    books.ledger.sections_changed(day(4, 20) + timedelta(hours=1), frozenset())

    def own(begin: datetime, end: datetime) -> dict[str | None, float | None]:
        rules = replace(IEEE1366, year=YearRule.SUM_OF_MONTHS)
        account = books.booked().account(rules, now=day(5, 1), zone=UTC)
        groups = account.groups(Period(begin, end), By.AREA)
        return {one.key: None if one.own is None else one.own.saidi_min for one in groups}

    assert own(day(3, 1), day(4, 1)) == {"W": 10 * 60 / 40}
    assert own(day(4, 1), day(5, 1)) == {"W": 60.0, "X": 60.0}
    assert own(day(3, 1), day(5, 1)) == {"W": 15.0 + 60.0, "X": None}
