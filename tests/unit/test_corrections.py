"""Minutes corrected by people and by meters: laid over, never written over."""

from datetime import UTC, datetime, timedelta

import pytest

from gridops.api.correction_view import history_view
from gridops.events import MinutesCorrected
from gridops.events.codec import from_plain, to_plain
from gridops.events.minutes import Corrected
from gridops.ids import IncidentId, InterruptionId, LoadId, SectionId, UserName
from gridops.network import Network, draw
from gridops.reliability import Circumstance, Hand, Ledger, why_not
from gridops.reliability.corrections import laid_over
from gridops.reliability.ledger import QUORUM

NIGHT = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
I1, I2 = IncidentId("I1"), IncidentId("I2")
LAN, MAI = UserName("lan"), UserName("mai")


def minute(m: float) -> datetime:
    return NIGHT + timedelta(minutes=m)


def grid() -> Network:
    return draw("S1 [b1] A [s1] B", customers={"A": 10, "B": 20})


def dark(*names: str) -> frozenset[SectionId]:
    return frozenset(SectionId(f"S{name}") for name in names)


def outage(began_m: float = 0.0, *, within_s: float = 0.0) -> Ledger:
    """A and B lose supply together; A has it back after half an hour, B after an hour."""
    ledger = Ledger(grid())
    lost = ledger.sections_changed(
        minute(began_m), dark("A", "B"), incident_of=dict.fromkeys(sorted(dark("A", "B")), I1)
    )
    ledger.attribute(lost, by=Hand.PROTECTION, within_s=within_s)
    ledger.sections_changed(minute(30), dark("B"))
    ledger.sections_changed(minute(60), dark())
    ledger.explain(I1, Circumstance(cause="fault"))
    return ledger


def says(
    ident: str | None = None,
    *,
    incident: str | None = None,
    **fields: object,
) -> MinutesCorrected:
    return MinutesCorrected(
        at=minute(90),
        by=LAN,
        reason="crew's log",
        interruption=None if ident is None else InterruptionId(ident),
        incident=None if incident is None else IncidentId(incident),
        **fields,  # type: ignore[arg-type]
    )


def customer_min(ledger: Ledger) -> float:
    return sum(
        one.customers * one.duration(minute(600)) / timedelta(minutes=1)
        for one in ledger.interruptions
    )


def code(ledger: Ledger, said: MinutesCorrected) -> str | None:
    found = why_not(ledger, said, network=grid())
    return None if found is None else found.code


def test_interruptions_are_numbered_load_by_load() -> None:
    ledger = outage()
    ledger.sections_changed(minute(70), dark("B"))
    assert [one.id for one in ledger.interruptions] == ["A~1", "B~1", "B~2"]


def test_a_corrected_end_changes_the_minutes_and_leaves_what_was_booked() -> None:
    ledger = outage()
    assert customer_min(ledger) == 10 * 30 + 20 * 60
    ledger.correct(says("B~1", ended=minute(45)))
    assert customer_min(ledger) == 10 * 30 + 20 * 45
    assert [v.value.ended for v in ledger.history(InterruptionId("B~1")).versions()] == [
        minute(60),
        minute(45),
    ]
    assert [(v.by, v.reason) for v in ledger.history(InterruptionId("B~1")).versions()] == [
        (None, ""),
        (LAN, "crew's log"),
    ]


def test_a_correction_may_be_corrected_and_taken_back() -> None:
    ledger = outage()
    before = ledger.interruptions
    ledger.correct(says("B~1", ended=minute(45), cause="third-party"))
    ledger.correct(says("B~1", ended=minute(50)))
    last = ledger.interruptions[1]
    assert (last.ended, last.why.cause) == (minute(50), "third-party")
    ledger.correct(says("B~1", as_booked=(Corrected.ENDED, Corrected.CAUSE)))
    assert customer_min(ledger) == 10 * 30 + 20 * 60
    assert ledger.interruptions[1].why == before[1].why
    assert ledger.interruptions[1].revisions == 3


def test_what_is_said_of_an_incident_is_said_of_what_is_booked_with_it_later() -> None:
    ledger = Ledger(grid())
    ledger.sections_changed(minute(0), dark("A"), incident_of={SectionId("SA"): I1})
    ledger.correct(says(incident="I1", cause="third-party", grounds=("storm",)))
    ledger.sections_changed(minute(1), dark("A", "B"), incident_of={SectionId("SB"): I1})
    ledger.explain(I1, Circumstance(cause="fault"))
    assert [one.why.cause for one in ledger.interruptions] == ["third-party", "third-party"]
    assert {one.why.exclusions for one in ledger.interruptions} == {frozenset({"storm"})}
    assert ledger.booked(0).why == Circumstance(cause="fault")


def test_what_was_said_of_a_part_is_said_of_the_whole_it_turned_out_to_be_of() -> None:
    ledger = Ledger(grid())
    ledger.sections_changed(minute(0), dark("A"), incident_of={SectionId("SA"): I1})
    ledger.sections_changed(minute(1), dark("A", "B"), incident_of={SectionId("SB"): I2})
    ledger.correct(says(incident="I2", planned=True))
    assert [one.why.planned for one in ledger.interruptions] == [False, True]
    ledger.merge(I2, I1)
    assert [one.why.planned for one in ledger.interruptions] == [True, True]


def test_a_correction_a_month_later_counts_where_the_interruption_lies() -> None:
    ledger = outage()
    month = timedelta(days=31)
    ledger.correct(
        MinutesCorrected(
            at=NIGHT + month, by=MAI, reason="meters", interruption=InterruptionId("A~1"),
            began=minute(-10),
        )
    )  # fmt: skip
    assert ledger.interruptions[0].began == minute(-10)
    assert ledger.history(InterruptionId("A~1")).versions()[-1].told_at == NIGHT + month


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (says("B~1"), "correction-says-nothing"),
        (says(cause="x"), "correction-of-what"),
        (says("B~1", incident="I1", cause="x"), "correction-of-what"),
        (says("B~7", cause="x"), "correction-of-what"),
        (says(incident="I9", cause="x"), "correction-of-what"),
        (says(incident="I1", ended=minute(5)), "correction-of-incident"),
        (says("B~1", ended=minute(-5)), "correction-backwards"),
        (says("B~1", began=minute(61)), "correction-backwards"),
        (says("B~1", ended=minute(91)), "correction-ahead"),
        (says("B~1", customers=21), "correction-customers"),
        (says("B~1", ended=minute(71)), "correction-overlaps"),
        (says("B~2", began=minute(59)), "correction-overlaps"),
        (says("B~2", ended=minute(80)), "correction-lasts"),
        (says("B~1", customers=0), None),
        (says("B~1", began=minute(-1), ended=minute(70)), None),
        (says("B~2", began=minute(60)), None),
        (says(incident="I1", source_lost=True), None),
    ],
)
def test_what_cannot_have_been_so_is_refused(said: MinutesCorrected, why: str | None) -> None:
    ledger = outage()
    ledger.sections_changed(minute(70), dark("B"))
    assert code(ledger, said) == why


def test_a_meter_that_knows_better_moves_the_beginning_and_the_history_says_so() -> None:
    """The breaker's word came ten minutes late; the meters gasped, and were heard, at once."""
    ledger = outage(within_s=600.0)
    ledger.witness(
        LoadId("A"), began=minute(-8), at=minute(-8) + timedelta(seconds=2), meters=QUORUM
    )
    one, other = ledger.interruptions
    assert (one.began, one.began_within_s) == (minute(-8), 2.0)
    assert other.began == minute(0)
    assert [v.value.began for v in ledger.history(one.id).versions()] == [minute(0), minute(-8)]


def test_it_does_not_matter_whether_the_meter_or_the_breaker_is_heard_first() -> None:
    ledger = Ledger(grid())
    ledger.witness(
        LoadId("A"), began=minute(-8), at=minute(-8) + timedelta(seconds=2), meters=QUORUM
    )
    lost = ledger.sections_changed(minute(0), dark("A"))
    ledger.attribute(lost, by=None, within_s=600.0)
    assert ledger.interruptions[0].began == minute(-8)


@pytest.mark.parametrize(
    ("began_m", "heard_after_s", "within_s"),
    [
        (-8.0, 900.0, 600.0),  # the meter's own word is older than the breaker's
        (-20.0, 2.0, 600.0),  # further off than the breaker's can be
        (-8.0, 2.0, 0.5),  # the breaker is sure
    ],
)
def test_a_meter_that_knows_no_better_says_nothing(
    began_m: float, heard_after_s: float, within_s: float
) -> None:
    ledger = outage(within_s=within_s)
    began = minute(began_m)
    ledger.witness(
        LoadId("A"), began=began, at=began + timedelta(seconds=heard_after_s), meters=QUORUM
    )
    assert ledger.interruptions[0].began == minute(0)
    assert ledger.interruptions[0].revisions == 0


def test_where_reports_alone_told_of_it_the_earliest_counts() -> None:
    ledger = Ledger(grid())
    lost = ledger.sections_changed(minute(0), dark("A"))
    ledger.attribute(lost, by=None, within_s=30.0, is_presumed=True)
    ledger.witness(LoadId("A"), began=minute(-3), at=minute(20), meters=QUORUM)
    ledger.witness(LoadId("A"), began=minute(-1), at=minute(21), meters=QUORUM)
    assert ledger.interruptions[0].began == minute(-3)


def presumed(ledger: Ledger) -> Ledger:
    lost = ledger.sections_changed(minute(0), dark("A"))
    ledger.attribute(lost, by=None, within_s=30.0, is_presumed=True)
    return ledger


def test_a_gasp_of_last_week_is_not_of_this_loss() -> None:
    week = timedelta(days=7)
    ledger = Ledger(grid())
    ledger.witness(LoadId("A"), began=minute(0) - week, at=minute(1) - week, meters=QUORUM)
    assert presumed(ledger).interruptions[0].began == minute(0)


def test_meters_that_had_voltage_since_say_nothing_of_a_later_loss() -> None:
    ledger = Ledger(grid())
    ledger.witness(LoadId("A"), began=minute(-5), at=minute(-5), meters=QUORUM)
    ledger.has_voltage(LoadId("A"), since=minute(-4))
    assert presumed(ledger).interruptions[0].began == minute(0)


def test_nobody_moves_a_beginning_far_by_meters_alone_not_even_step_by_step() -> None:
    ledger = presumed(Ledger(grid()))
    for m in (10, 14, 20, 30, 7 * 24 * 60):
        ledger.witness(LoadId("A"), began=minute(-m), at=minute(1), meters=QUORUM)
    assert ledger.interruptions[0].began == minute(-14)


def test_one_house_moves_no_beginning_and_three_do_from_the_third_on() -> None:
    ledger = presumed(Ledger(grid()))
    for m, meter in ((9, "M1"), (7, "M2")):
        ledger.witness(LoadId("A"), began=minute(-m), at=minute(1), meters=1, ids=[meter])
        ledger.witness(LoadId("A"), began=minute(-m), at=minute(2), meters=1, ids=[meter])
        ledger.witness(LoadId("A"), began=minute(-m + 1), at=minute(2), meters=1, ids=[meter])
    assert ledger.interruptions[0].began == minute(0)
    ledger.witness(LoadId("A"), began=minute(-5), at=minute(1), meters=1, ids=["M3"])
    assert ledger.interruptions[0].began == minute(-5)


def test_three_houses_that_gasp_at_the_same_instant_are_three() -> None:
    ledger = presumed(Ledger(grid()))
    for meter in ("M1", "M2", "M3"):
        assert ledger.interruptions[0].began == minute(0)
        ledger.witness(LoadId("A"), began=minute(-5), at=minute(1), meters=1, ids=[meter])
    assert ledger.interruptions[0].began == minute(-5)


def test_reports_that_do_not_say_which_meters_they_are_of_may_be_of_the_same_one() -> None:
    ledger = presumed(Ledger(grid()))
    for m in (9, 8, 7, 6):
        ledger.witness(LoadId("A"), began=minute(-m), at=minute(1), meters=1)
    ledger.witness(LoadId("A"), began=minute(-6), at=minute(1), meters=2, ids=["M1", "M2"])
    assert ledger.interruptions[0].began == minute(0)
    ledger.witness(LoadId("A"), began=minute(-5), at=minute(1), meters=QUORUM)
    assert ledger.interruptions[0].began == minute(-5)


def test_of_two_customers_two_meters_are_enough() -> None:
    few = draw("S1 [b1] A", customers={"A": 2})
    ledger = presumed(Ledger(few))
    ledger.witness(LoadId("A"), began=minute(-5), at=minute(1), meters=2)
    assert ledger.interruptions[0].began == minute(-5)


def test_old_gasps_keep_no_later_ones_from_being_believed() -> None:
    ledger = presumed(Ledger(grid()))
    ledger.witness(LoadId("A"), began=minute(-600), at=minute(1), meters=50)
    ledger.witness(LoadId("A"), began=minute(-5), at=minute(1), meters=QUORUM)
    assert ledger.interruptions[0].began == minute(-5)


def reported_over(*, again_m: float, voltage_m: float | None = None) -> Ledger:
    """A is presumed dark, somebody says after half an hour that it is mended, and it is presumed
    dark again."""
    ledger = presumed(Ledger(grid()))
    back = ledger.sections_changed(minute(30), dark())
    ledger.attribute(back, by=None, within_s=0.0, is_presumed=True, is_end_reported=True)
    if voltage_m is not None:
        ledger.has_voltage(LoadId("A"), since=minute(voltage_m))
    lost = ledger.sections_changed(minute(again_m), dark("A"))
    ledger.attribute(lost, by=None, within_s=30.0, is_presumed=True)
    return ledger


@pytest.mark.parametrize(
    ("again_m", "voltage_m", "began_m"),
    [
        (50, None, 30),  # nobody told of voltage between
        (50, 40, 50),
        (50, 20, 30),  # a word of before the repair
        (91, None, 91),  # too long ago to be the same
    ],
)
def test_an_end_that_a_person_alone_reported_is_none_for_who_is_dark_soon_after(
    again_m: float, voltage_m: float | None, began_m: float
) -> None:
    first, second = reported_over(again_m=again_m, voltage_m=voltage_m).interruptions
    assert (second.began, second.is_clamped) == (minute(began_m), False)
    assert first.ended == minute(30)
    assert first.is_end_reported == (voltage_m != 40)
    assert second.began_within_s == 30.0 + 60.0 * (again_m - began_m)


def test_what_many_people_say_of_one_is_folded_step_by_step() -> None:
    """With a meter between them; every version is what all the words up to it make of it."""
    ledger = outage(within_s=600.0)
    for k in range(40):
        ledger.correct(says("A~1", began=minute(-k % 7), cause=f"cause-{k}"))
        if k == 20:
            ledger.witness(LoadId("A"), began=minute(-8), at=minute(-8), meters=QUORUM)
        if k == 30:
            ledger.correct(says("A~1", as_booked=(Corrected.BEGAN, Corrected.CAUSE)))
    history = ledger.history(InterruptionId("A~1"))
    versions = history.versions()
    assert len(versions) == len(history.laid) + 1 == 43
    for count, version in enumerate(versions[:-1]):
        assert version.value == laid_over(history.booked, history.laid[:count])
    assert versions[-1].value == ledger.interruptions[0]
    shown = history_view(history)
    assert (shown["revisions"], len(shown["versions"])) == (42, 43)


def test_of_very_many_versions_the_first_and_the_newest_are_shown() -> None:
    ledger = outage()
    for k in range(150):
        ledger.correct(says("A~1", cause=f"cause-{k}"))
    shown = history_view(ledger.history(InterruptionId("A~1")))
    causes = [version["cause"] for version in shown["versions"]]
    assert causes == ["fault", *(f"cause-{k}" for k in range(51, 150))]
    assert shown["revisions"] == 150


def test_the_word_of_a_person_outranks_a_meter_that_comes_later() -> None:
    ledger = outage(within_s=600.0)
    ledger.correct(says("A~1", began=minute(-2)))
    ledger.witness(
        LoadId("A"), began=minute(-8), at=minute(-8) + timedelta(seconds=2), meters=QUORUM
    )
    assert ledger.interruptions[0].began == minute(-2)
    ledger.correct(says("A~1", as_booked=(Corrected.BEGAN,)))
    assert ledger.interruptions[0].began == minute(-8)


def test_a_loss_that_is_told_after_a_correction_is_not_counted_twice() -> None:
    """Somebody says that B was back after 90 min; then a late word tells of a loss from 80 on."""
    ledger = outage()
    ledger.correct(says("B~1", ended=minute(90)))
    ledger.sections_changed(minute(80), dark("B"))
    ledger.sections_changed(minute(120), dark())
    one, other = ledger.interruptions[1:]
    assert (one.began, one.ended, one.is_clamped) == (minute(0), minute(80), True)
    assert (other.began, other.ended) == (minute(80), minute(120))
    assert ledger.history(one.id).versions()[-1].value == one
    ledger.correct(says("B~2", began=minute(85)))
    assert ledger.interruptions[1].ended == minute(85)


def test_the_journal_gives_a_correction_back_as_it_was() -> None:
    said = says("A~1", grounds=("storm",), began=minute(-1), as_booked=(Corrected.CAUSE,))
    assert from_plain(*to_plain(said)) == said
