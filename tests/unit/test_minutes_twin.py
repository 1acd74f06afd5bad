"""The counting against a second implementation in decimal arithmetic, on random ledgers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gridops.adapters.ruleset_files import read_ruleset
from gridops.reliability import (
    Account,
    By,
    MajorEventRule,
    Period,
    RuleSet,
    Served,
    YearRule,
    table_of,
)
from tests.minutes_twin import Event, Twin
from tests.random_ledgers import Case, random_case

IEEE, VIETNAM = read_ruleset("ieee1366"), read_ruleset("vn-tt39")
STRICT = replace(
    IEEE,
    name="strict",
    threshold_is_sustained=True,
    planned_counts=False,
    excluded=frozenset({"third-party"}),
    shots_before_lockout_count=True,
)
DAYS_OF_VIETNAM = replace(VIETNAM, major_events=MajorEventRule.BETA)


def account_of(case: Case, rules: RuleSet) -> Account:
    steps = tuple(
        (datetime(year, month, 1, tzinfo=case.zone).astimezone(UTC), customers)
        for (year, month), customers in sorted(case.served.items())
    )
    return Account(
        table=table_of(case.pieces, clock=case.clock),
        ruleset=rules,
        served=Served(steps),
        now=case.now,
        zone=case.zone,
    )


def same(ours: float | None, theirs: Decimal | None) -> bool:
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return ours == pytest.approx(float(theirs), rel=1e-13, abs=1e-15)


def compare(seed: int, rules: RuleSet) -> None:
    case = random_case(seed)
    account = account_of(case, rules)
    twin = Twin(case.pieces, rules, lambda m: case.served[m], case.zone, case.now, clock=case.clock)
    period = Period(case.begin, case.end)
    found = account.indices(period)
    wanted = twin.indices(case.begin, case.end)
    for name, value in wanted.items():
        assert same(getattr(found, name), value), (seed, name, getattr(found, name), value)
    _people(account, twin, seed=seed, period=period)
    _groups(account, twin, period=period)
    if rules.major_events is MajorEventRule.BETA:
        _major_days(account, twin, case, wanted=wanted)


def _people(account: Account, twin: Twin, *, seed: int, period: Period) -> None:
    burden = account.burden(period)
    assert burden is not None
    people = twin.people(period.begin, period.end)
    long = {who: twin.long(events) for who, events in people.items()}
    customers = account.customers(period)
    assert burden.customers_hit == sum(bool(events) for events in long.values()), seed
    for n, share in burden.cemi.items():
        assert share == sum(len(events) >= n for events in long.values()) / customers, (seed, n)
    for n, share in burden.cemsmi.items():
        assert share == sum(len(events) >= n for events in people.values()) / customers, (seed, n)
    for limit, share in burden.celid_single.items():
        hit = sum(any(e.lasted >= limit for e in events) for events in long.values())
        assert share == hit / customers, (seed, limit)
    for limit, share in burden.celid_total.items():
        hit = sum(
            bool(events) and sum((e.lasted for e in events), limit * 0) >= limit
            for events in long.values()
        )
        assert share == hit / customers, (seed, limit)


def _groups(account: Account, twin: Twin, *, period: Period) -> None:
    """Each group by itself, and all of them together the whole."""
    whole = account.indices(period)
    for by in (By.FEEDER, By.AREA, By.CAUSE, By.PRIORITY, By.LOAD):
        groups = account.groups(period, by)
        assert sum(g.share.customer_interruptions for g in groups) == whole.customer_interruptions
        assert sum(g.share.saidi_min for g in groups) == pytest.approx(whole.saidi_min)
        for group in groups:
            wanted = twin.indices(
                period.begin,
                period.end,
                among=lambda e: key_of(e, by) == group.key,  # noqa: B023
            )
            for name in ("saidi_min", "saifi", "maifi", "maifi_e", "ens_wh", "ens_flat_wh"):
                assert same(getattr(group.share, name), wanted[name]), (by, group.key, name)
    months = account.groups(period, By.MONTH)
    if account.ruleset.year is YearRule.SUM_OF_MONTHS:
        assert sum(m.share.saifi for m in months) == pytest.approx(whole.saifi)
    assert sum(m.share.customer_interruptions for m in months) == whole.customer_interruptions


def key_of(event: Event, by: By) -> str | None:
    first = event.first
    keys: Mapping[By, str | None] = {
        By.FEEDER: first.feeder,
        By.CAUSE: first.why.cause,
        By.LOAD: first.load,
        By.AREA: first.area,
        By.PRIORITY: str(first.priority),
    }
    return keys[by]


def _major_days(
    account: Account, twin: Twin, case: Case, *, wanted: Mapping[str, Decimal | None]
) -> None:
    found = account.major_event_days(Period(case.begin, case.end))
    own = twin.daily_saidi(case.begin, case.end)
    before = twin.daily_saidi(datetime(case.begin.year - 8, 1, 1, tzinfo=UTC), case.begin)
    basis = before if len(before) >= 2 else own
    assert (found.threshold_min is None) == (len(basis) < 2)
    if found.threshold_min is None:
        return
    threshold = twin.threshold(basis.values())
    assert found.threshold_min == pytest.approx(float(threshold), rel=1e-10)
    major = {day for day, saidi in own.items() if saidi > threshold * (1 + Decimal("1e-12"))}
    days = [day.begin.astimezone(case.zone).date() for day, _ in found.days]
    assert set(days) == major
    without = account.indices(Period(case.begin, case.end), without=[day for day, _ in found.days])
    theirs = twin.indices(
        case.begin,
        case.end,
        among=lambda e: e.first.began.astimezone(case.zone).date() not in major,
    )
    for name, value in theirs.items():
        assert same(getattr(without, name), value), name


RULES = (IEEE, VIETNAM, STRICT, DAYS_OF_VIETNAM)


@pytest.mark.parametrize("rules", RULES, ids=lambda r: r.name)
def test_a_second_implementation_says_the_same(rules: RuleSet) -> None:
    for seed in range(50):
        compare(seed, rules)


@pytest.mark.slow
@pytest.mark.parametrize("rules", [IEEE, VIETNAM], ids=lambda r: r.name)
def test_a_second_implementation_says_the_same_of_ten_thousand_ledgers(rules: RuleSet) -> None:
    for seed in range(10_000):
        compare(seed, rules)
