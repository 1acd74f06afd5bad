"""Minutes: the ledger as dialogues, the indices against worked examples."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from reference_folders import source_of

from gridops.adapters.ruleset_files import RuleSetFile, read_ruleset, shipped_rulesets
from gridops.ids import FeederId, IncidentId, LoadId, SectionId
from gridops.measurement import Measured, Quality
from gridops.network import Network, draw
from gridops.reliability import (
    IEEE1366,
    Circumstance,
    Indices,
    Interruption,
    Ledger,
    Period,
    RuleSet,
    YearRule,
    indices,
    major_event_threshold_min,
    months_of,
    over_months,
)

VN_TT39 = read_ruleset("vn-tt39")
NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
YEAR = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
I1, I2 = IncidentId("I1"), IncidentId("I2")


def minute(m: float) -> datetime:
    return NIGHT + timedelta(minutes=m)


def feeder() -> Network:
    return draw(
        "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2", customers={"A": 10, "B": 20, "C": 30, "D": 40}
    )


def dark(*names: str) -> frozenset[SectionId]:
    return frozenset(SectionId(f"S{name}") for name in names)


def during(incident: IncidentId, *names: str) -> Mapping[SectionId, IncidentId]:
    return dict.fromkeys(sorted(dark(*names)), incident)


def lasted(ledger: Ledger) -> dict[str, float | None]:
    """Minutes per load; None while it lasts."""
    return {
        i.load: None if i.ended is None else i.duration(i.ended) / timedelta(minutes=1)
        for i in ledger.interruptions
    }


def cut(
    minutes: float,
    customers: int,
    *,
    load: str = "L1",
    began: datetime = NIGHT,
    why: Circumstance | None = None,
    incident: IncidentId | None = None,
) -> Interruption:
    return Interruption(
        load=LoadId(load),
        section=SectionId("S"),
        feeder=FeederId("F"),
        customers=customers,
        p_w=1000.0 * customers,
        began=began,
        ended=began + timedelta(minutes=minutes),
        why=why or Circumstance(),
        incident=incident,
    )


def yearly(*cuts: Interruption, served: int = 1000, ruleset: RuleSet = IEEE1366) -> Indices:
    return indices(cuts, customers_served=served, period=YEAR, ruleset=ruleset)


# the ledger


def test_stepwise_restoration_gives_each_group_its_own_minutes() -> None:
    ledger = Ledger(feeder())
    ledger.sections_changed(minute(0), dark("A", "B", "C"), incident_of=during(I1, "A", "B", "C"))
    ledger.sections_changed(minute(2), dark("B", "C"))
    ledger.sections_changed(minute(7), dark("B"))
    assert lasted(ledger) == {"A": 2, "B": None, "C": 7}
    assert [i.load for i in ledger.lasting] == ["B"]
    ledger.sections_changed(minute(120), dark())
    found = yearly(*ledger.interruptions, served=100)
    assert found.customer_minutes == 20 * 120 + 30 * 7
    assert found.customer_interruptions == 50
    assert found.maifi_e == 0.1


def test_load_and_feeder_are_those_of_before() -> None:
    ledger = Ledger(feeder())
    (opened,) = ledger.sections_changed(
        minute(0),
        dark("B"),
        feeder_of={SectionId("SB"): FeederId("Fb1")},
        p_w={LoadId("B"): Measured(4.2e6, Quality.GOOD, minute(-1))},
    )
    assert (opened.feeder, opened.p_w, opened.customers) == ("Fb1", 4.2e6, 20)
    assert opened.p_at == minute(-1)
    late = {LoadId("B"): Measured(9e9, Quality.GOOD, minute(30))}
    ledger.sections_changed(minute(30), dark(), p_w=late)
    assert yearly(*ledger.interruptions).ens_wh == pytest.approx(2.1e6)


def test_saying_the_same_twice_changes_nothing() -> None:
    ledger = Ledger(feeder())
    assert len(ledger.sections_changed(minute(0), dark("A"))) == 1
    assert ledger.sections_changed(minute(1), dark("A")) == ()
    ledger.sections_changed(minute(2), dark())
    assert ledger.sections_changed(minute(3), dark()) == ()
    assert lasted(ledger) == {"A": 2}


def test_a_change_learnt_late_keeps_its_own_time() -> None:
    ledger = Ledger(feeder())
    ledger.sections_changed(minute(5), dark("D"))
    (late,) = ledger.sections_changed(minute(1), dark("D", "A"))
    assert (late.load, late.began, late.is_clamped) == ("A", minute(1), False)


def test_an_impossible_time_is_moved_and_marked() -> None:
    ledger = Ledger(feeder())
    ledger.sections_changed(minute(5), dark("A"))
    (ended,) = ledger.sections_changed(minute(4), dark())
    assert (ended.began, ended.ended, ended.is_clamped) == (minute(5), minute(5), True)
    (again,) = ledger.sections_changed(minute(3), dark("A"))
    assert (again.began, again.is_clamped) == (minute(5), True)
    (ended,) = ledger.sections_changed(minute(9), dark())
    assert (ended.ended, ended.is_clamped) == (minute(9), True)


def test_cause_and_incident_may_become_known_later() -> None:
    ledger = Ledger(feeder())
    ledger.sections_changed(minute(0), dark("A", "B", "D"))
    ledger.assign(I1, dark("A", "B"))
    ledger.sections_changed(minute(1), dark("B", "D"))
    ledger.explain(I1, Circumstance(cause="fault"))
    known = {i.load: (i.incident, i.why.cause) for i in ledger.interruptions}
    assert known == {"A": (I1, "fault"), "B": (I1, "fault"), "D": (None, "unknown")}


def test_an_incident_that_is_known_is_not_taken_over() -> None:
    ledger = Ledger(feeder())
    ledger.sections_changed(minute(0), dark("A"), incident_of=during(I1, "A"))
    ledger.assign(I2, dark("A"))
    assert ledger.interruptions[0].incident == I1


# events and customers


def test_a_customer_counts_once_per_event_however_often_supply_went() -> None:
    found = yearly(
        cut(6, 50, incident=I1),
        cut(20, 50, incident=I1, began=minute(30)),
        cut(20, 50, incident=I2, began=minute(300)),
    )
    assert found.customer_interruptions == 100
    assert found.customer_minutes == 50 * 46


def test_shots_before_the_lockout_are_part_of_the_sustained_interruption() -> None:
    shots = [cut(0.01, 50, incident=I1, began=minute(m)) for m in (0, 0.1, 0.5)]
    found = yearly(*shots, cut(90, 50, incident=I1, began=minute(1)), served=100)
    assert (found.saifi, found.maifi, found.maifi_e) == (0.5, 0, 0)


def test_maifi_counts_losses_and_maifi_e_events() -> None:
    shots = [cut(0.01, 50, incident=I1, began=minute(m)) for m in (0, 0.1, 0.5)]
    found = yearly(*shots, served=100)
    assert (found.maifi, found.maifi_e, found.saifi) == (1.5, 0.5, 0)


def test_without_an_incident_only_what_touches_is_one_event() -> None:
    touching = (cut(3, 50), cut(3, 50, began=minute(3)))
    assert yearly(*touching).customer_interruptions == 50
    apart = (cut(3, 50), cut(3, 50, began=minute(4)))
    assert yearly(*apart, served=100).maifi == 1.0


def test_what_still_lasts_counts_up_to_now() -> None:
    lasting = Interruption(
        load=LoadId("A"), section=SectionId("SA"), feeder=None, customers=10, p_w=6e3, began=NIGHT
    )
    found = indices([lasting], customers_served=10, period=YEAR, ruleset=IEEE1366, now=minute(10))
    assert (found.saidi_min, found.saifi, found.ens_wh) == (10.0, 1.0, 1000.0)


def test_an_event_belongs_to_the_period_in_which_it_began() -> None:
    first, second = Period(minute(-60), minute(0)), Period(minute(0), minute(60))
    one = cut(30, 10, began=minute(-10))
    counts = [
        indices([one], customers_served=10, period=p, ruleset=IEEE1366).saifi
        for p in (first, second)
    ]
    assert counts == [1.0, 0.0]


def test_quiet_times_have_no_caidi_and_full_availability() -> None:
    found = yearly()
    assert (found.saidi_min, found.caidi_min, found.asai) == (0.0, None, 1.0)


def test_nobody_served_is_an_error() -> None:
    with pytest.raises(ValueError, match="customers"):
        yearly(served=0)


# the rule-sets


def test_five_minutes_exactly_are_momentary_until_a_rule_set_says_otherwise() -> None:
    assert yearly(cut(5, 100)).saifi == 0
    assert yearly(cut(5.001, 100)).saifi == 0.1
    strict = RuleSet(
        name="strict",
        text="a test",
        sustained_after=timedelta(minutes=5),
        threshold_is_sustained=True,
    )
    assert yearly(cut(5, 100), ruleset=strict).saifi == 0.1


def test_what_is_excluded_is_kept_and_only_not_counted() -> None:
    planned = cut(60, 100, why=Circumstance(cause="planned", planned=True))
    above = cut(60, 100, load="L2", why=Circumstance(cause="lost_supply", source_lost=True))
    storm = cut(60, 100, load="L3", why=Circumstance(exclusions=frozenset({"major-event-day"})))
    rules = RuleSet(
        name="strict",
        text="a test",
        sustained_after=timedelta(minutes=5),
        planned_counts=False,
        source_lost_counts=False,
        excluded=frozenset({"major-event-day"}),
    )
    assert yearly(planned, above, storm, ruleset=rules).saifi == 0
    assert yearly(planned, above, storm).saifi == pytest.approx(0.3)
    assert yearly(planned, above, storm, ruleset=VN_TT39).saifi == pytest.approx(0.2)


def test_rule_sets_are_found_by_name_and_own_up_to_what_is_unverified() -> None:
    assert shipped_rulesets() == ("ieee1366", "vn-tt39")
    assert "threshold_is_sustained" in VN_TT39.unverified
    assert VN_TT39.year is YearRule.SUM_OF_MONTHS
    for name in shipped_rulesets():
        assert set(read_ruleset(name).unverified) <= set(RuleSetFile.model_fields)


def test_a_year_of_months_is_not_one_ratio_over_the_year() -> None:
    cuts = [cut(60, 100, began=datetime(2026, m, 5, tzinfo=UTC)) for m in (1, 7)]
    served = {month: 1000 + 500 * k for k, month in enumerate(months_of(YEAR))}
    summed = over_months(cuts, customers_served=served, ruleset=VN_TT39)
    assert summed.saidi_min == pytest.approx(100 * 60 / 1000 + 100 * 60 / 4000)
    assert summed.saidi_min != pytest.approx(yearly(*cuts, served=3750).saidi_min)
    assert summed.caidi_min == pytest.approx(60)
    assert summed.period == YEAR


def test_months_are_those_of_the_place() -> None:
    hanoi = timezone(timedelta(hours=7))
    begin = datetime(2025, 12, 31, 17, tzinfo=UTC)
    months = months_of(Period(begin, datetime(2026, 12, 31, 17, tzinfo=UTC)), hanoi)
    assert len(months) == 12
    assert months[1].begin == datetime(2026, 1, 31, 17, tzinfo=UTC)
    assert all(a.end == b.begin for a, b in itertools.pairwise(months))


# major event days


def test_the_threshold_of_major_event_days_by_hand() -> None:
    """Ten daily values; alpha -1.739271694, beta 1.268941293 worked out by hand."""
    example = source_of("ieee1366_examples")["t_med_ten_values"]
    assert round(major_event_threshold_min(example["values"]), 9) == example["T_MED"]


def test_a_day_without_interruption_may_stand_with_the_least_value() -> None:
    dropped = major_event_threshold_min((0.1, 1.0, 0.0))
    kept = major_event_threshold_min((0.1, 1.0, 0.0), zero_days_dropped=False)
    assert kept == major_event_threshold_min((0.1, 1.0, 0.1)) != dropped


def test_one_day_gives_no_threshold() -> None:
    with pytest.raises(ValueError, match="two days"):
        major_event_threshold_min((0.0, 0.4))
