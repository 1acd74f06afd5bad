"""What must hold for every night of interruptions."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.adapters.ruleset_files import read_ruleset
from gridops.ids import IncidentId, LoadId, SectionId
from gridops.network import draw
from gridops.reliability import (
    IEEE1366,
    Account,
    Indices,
    Interruption,
    Ledger,
    Period,
    RuleSet,
    Served,
    YearRule,
    table_of,
)

RULES = (IEEE1366, replace(read_ruleset("vn-tt39"), time_zone=None))
NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
YEAR = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
SERVED = 5000
FEEDER = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"


@st.composite
def nights(draws: st.DrawFn) -> list[Interruption]:
    """Loads with interruptions that do not overlap, some of them in an incident."""
    found = []
    for load in range(draws(st.integers(1, 4))):
        customers, begin_s = draws(st.integers(0, 900)), 0
        for _ in range(draws(st.integers(1, 4))):
            begin_s += draws(st.integers(0, 3000))
            end_s = begin_s + draws(st.integers(0, 900))
            incident = draws(st.sampled_from([None, "I1", "I2"]))
            found.append(
                Interruption(
                    load=LoadId(f"L{load}"),
                    section=SectionId("S"),
                    feeder=None,
                    customers=customers,
                    p_w=1e3 * customers,
                    began=NIGHT + timedelta(seconds=begin_s),
                    ended=NIGHT + timedelta(seconds=end_s),
                    incident=None if incident is None else IncidentId(incident),
                )
            )
            begin_s = end_s
    return found


def of(night: list[Interruption], rules: RuleSet = IEEE1366) -> Indices:
    """Those of March to June, whose months differ in customers."""
    served = Served(((YEAR.begin, SERVED), (datetime(2026, 4, 1, tzinfo=UTC), SERVED + 700)))
    period = Period(NIGHT, datetime(2026, 7, 1, tzinfo=UTC))
    table = table_of(night)
    return Account(table=table, ruleset=rules, served=served, now=YEAR.end).indices(period)


@pytest.mark.parametrize("rules", RULES, ids=lambda r: r.name)
@settings(max_examples=80, deadline=None)
@given(nights())
def test_saidi_is_saifi_times_caidi(rules: RuleSet, night: list[Interruption]) -> None:
    found = of(night, rules)
    if found.caidi_min is None:
        assert found.saidi_min == 0
    else:
        assert found.saidi_min == pytest.approx(found.saifi * found.caidi_min)
    assert 0 <= found.asai <= 1
    assert found.maifi >= found.maifi_e


@pytest.mark.parametrize("rules", RULES, ids=lambda r: r.name)
@settings(max_examples=80, deadline=None)
@given(nights(), st.data())
def test_splitting_an_interruption_leaves_every_index_as_it_was(
    rules: RuleSet, night: list[Interruption], data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, len(night) - 1))
    one = night[k]
    assert one.ended is not None
    at = one.began + (one.ended - one.began) * data.draw(st.floats(0, 1))
    split = [*night[:k], replace(one, ended=at), replace(one, began=at), *night[k + 1 :]]
    before, after = of(night, rules), of(split, rules)
    as_before = replace(after, ens_wh=before.ens_wh, ens_flat_wh=before.ens_flat_wh)
    assert as_before == before
    assert after.ens_wh == pytest.approx(before.ens_wh)
    assert after.ens_flat_wh == pytest.approx(before.ens_flat_wh)


@settings(max_examples=150, deadline=None)
@given(nights(), st.data())
def test_the_order_in_which_interruptions_are_listed_is_nothing(
    night: list[Interruption], data: st.DataObject
) -> None:
    before, after = of(night), of(data.draw(st.permutations(night)))
    as_before = replace(after, ens_wh=before.ens_wh, ens_flat_wh=before.ens_flat_wh)
    assert as_before == before
    assert after.ens_wh == pytest.approx(before.ens_wh)
    assert after.ens_flat_wh == pytest.approx(before.ens_flat_wh)


@pytest.mark.parametrize("rules", RULES, ids=lambda r: r.name)
@settings(max_examples=50, deadline=None)
@given(st.integers(1, 900), st.integers(1, 299), st.integers(301, 9000))
def test_from_momentary_to_sustained_is_one_move_from_one_index_to_the_other(
    rules: RuleSet, customers: int, short_s: int, long_s: int
) -> None:
    short = Interruption(
        load=LoadId("L"),
        section=SectionId("S"),
        feeder=None,
        customers=customers,
        p_w=0.0,
        began=NIGHT,
        ended=NIGHT + timedelta(seconds=short_s),
    )
    momentary = of([short], rules)
    sustained = of([replace(short, ended=NIGHT + timedelta(seconds=long_s))], rules)
    assert (momentary.saifi, sustained.maifi, sustained.maifi_e) == (0, 0, 0)
    assert momentary.maifi == momentary.maifi_e == sustained.saifi > 0
    if rules.year is YearRule.SUM_OF_MONTHS:
        assert sustained.saifi == customers / SERVED
    assert momentary.customer_minutes == 0
    assert sustained.customer_minutes == pytest.approx(customers * long_s / 60)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.sets(st.sampled_from(["SA", "SB", "SC", "SD"]))),
        max_size=12,
    )
)
def test_the_ledger_keeps_time_in_order_whatever_it_is_told(
    told: list[tuple[int, set[str]]],
) -> None:
    ledger = Ledger(draw(FEEDER))
    for second, names in told:
        sections = frozenset(SectionId(name) for name in names)
        ledger.sections_changed(NIGHT + timedelta(seconds=second), sections)
        assert {i.section for i in ledger.lasting} == sections
    for load in ("A", "B", "C", "D"):
        own = [i for i in ledger.interruptions if i.load == load]
        for one, other in itertools.pairwise(own):
            assert one.ended is not None
            assert one.began <= one.ended <= other.began
        assert all(i.ended is not None for i in own[:-1])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.sets(st.sampled_from(["SA", "SB", "SC", "SD"]))),
        max_size=8,
    )
)
def test_told_in_order_the_ledger_adds_up_to_dark_customers_times_time(
    told: list[tuple[int, set[str]]],
) -> None:
    ledger = Ledger(draw(FEEDER))
    told = [*sorted(told, key=lambda t: t[0]), (601, set())]
    for second, names in told:
        ledger.sections_changed(
            NIGHT + timedelta(seconds=second), frozenset(SectionId(n) for n in names)
        )
    area = sum(
        100 * len(names) * (later - second)
        for (second, names), (later, _) in itertools.pairwise(told)
    )
    ticks = sum(i.customers * i.duration(YEAR.end).total_seconds() for i in ledger.interruptions)
    assert ticks == pytest.approx(area)
    assert not any(i.is_clamped for i in ledger.interruptions)
