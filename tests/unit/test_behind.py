"""What lies behind an index adds up to it, however it is asked for."""

from dataclasses import replace

import pytest

from gridops.reliability import IEEE1366, Account, By, MinutesBelongTo, Period, RuleSet
from gridops.reliability.behind import Behind, CountsAs, Piece, behind
from tests.random_ledgers import random_case
from tests.unit.test_minutes_twin import STRICT, VIETNAM, account_of

FALL = replace(STRICT, name="fall", minutes_belong_to=MinutesBelongTo.WHERE_THEY_FALL)
ALL = 1_000_000


def asked(seed: int, rules: RuleSet) -> tuple[Account, Period]:
    case = random_case(seed)
    return account_of(case, rules), Period(case.begin, case.end)


def minutes(found: Behind, counts_as: CountsAs = CountsAs.SUSTAINED) -> float:
    return sum(p.customer_minutes for p in found.pieces if p.counts_as is counts_as)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("rules", [IEEE1366, STRICT, VIETNAM, FALL], ids=lambda r: r.name)
def test_the_interruptions_add_up_to_the_index(seed: int, rules: RuleSet) -> None:
    account, period = asked(seed, rules)
    found = behind(account, period, most=ALL)
    index = account.indices(period).customer_minutes
    assert found.customer_minutes == index
    assert minutes(found) == pytest.approx(index)
    for left in account.left_out(period):
        told = minutes(found, CountsAs(left.why.value))
        assert told >= left.customer_minutes - 1e-6, "short ones are left out as well"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("by", [By.FEEDER, By.AREA, By.CAUSE, By.PRIORITY, By.LOAD])
def test_the_interruptions_of_each_group_add_up_to_its_share(seed: int, by: By) -> None:
    account, period = asked(seed, IEEE1366)
    for group in account.groups(period, by):
        found = behind(account, period, only={by: group.key or ""}, most=ALL)
        assert found.customer_minutes == group.share.customer_minutes


def eventful() -> tuple[Account, Period]:
    cases = (asked(seed, IEEE1366) for seed in range(25))
    return max(cases, key=lambda case: behind(*case).all)


def test_page_after_page_is_the_whole_the_heaviest_first() -> None:
    account, period = eventful()
    whole = behind(account, period, most=ALL).pieces
    paged: list[Piece] = []
    while page := behind(account, period, skip=len(paged), most=3).pieces:
        paged += page
    assert tuple(paged) == whole
    assert len(whole) == behind(account, period, most=1).all > 3
    weights = [piece.customer_minutes for piece in whole]
    assert weights == sorted(weights, reverse=True)


def test_an_incident_is_found_and_what_is_not_there_is_empty() -> None:
    account, period = eventful()
    named = next(p for p in behind(account, period, most=ALL).pieces if p.incident)
    of_incident = behind(account, period, incident=named.incident, most=ALL).pieces
    assert named in of_incident
    assert {piece.incident for piece in of_incident} == {named.incident}
    assert behind(account, period, incident="I99").all == 0
    assert behind(account, period, only={By.FEEDER: "F99"}).all == 0
