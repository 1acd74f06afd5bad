"""Who may be left dark on purpose: the guard's own reading of the priority ladder."""

from dataclasses import replace

import pytest

from gridops.guard import Proposal, Verdict
from gridops.ids import LoadId
from gridops.network import Network, build_network
from tests.guard_desk import Desk, broken, desk, sections

FEEDER = "S1 [b1] A [s1] B"
"""Opening s1 leaves B dark."""


def shedding(*, priority: int, shed: str = "B", allowed: bool = True, fault: str = "") -> Desk:
    before = desk(FEEDER, fault=fault)
    network = with_priority(before.network, load="B", priority=priority)
    return before.but(network=network, sheds=sections(shed), more={"shedding": allowed})


def with_priority(network: Network, *, load: str, priority: int) -> Network:
    old = network.components
    loads = [replace(each, priority=priority) if each.id == load else each for each in old.loads]
    return build_network(replace(old, loads=tuple(loads)))


def with_a_second_load(situation: Desk, *, priority: int) -> Desk:
    old = situation.network.components
    first = next(load for load in old.loads if load.id == "B")
    second = replace(first, id=LoadId("B2"), priority=priority)
    return situation.but(network=build_network(replace(old, loads=(*old.loads, second))))


def words(verdict: Verdict) -> set[tuple[str, str, str]]:
    return {(v.invariant, v.why.code, v.element) for v in verdict.violations}


@pytest.mark.parametrize("priority", [3, 4])
def test_who_comes_last_may_be_left_dark_where_shedding_is_allowed(priority: int) -> None:
    assert shedding(priority=priority).ask("open s1").passed


@pytest.mark.parametrize("priority", [1, 2])
def test_who_comes_first_may_not(priority: int) -> None:
    found = shedding(priority=priority).ask("open s1")
    assert words(found) == {("35", "guard-sheds-priority", "SB")}


def test_one_who_comes_first_protects_all_of_a_section() -> None:
    last, first = shedding(priority=4), shedding(priority=2)
    assert with_a_second_load(last, priority=4).ask("open s1").passed
    assert broken(with_a_second_load(last, priority=2).ask("open s1")) == {"35"}
    assert broken(with_a_second_load(first, priority=4).ask("open s1")) == {"35"}


def test_nobody_is_left_dark_where_shedding_is_not_allowed() -> None:
    found = shedding(priority=4, allowed=False).ask("open s1")
    assert words(found) == {("35", "guard-shedding-not-allowed", "SB")}
    unasked = replace(shedding(priority=4), more={})
    assert words(unasked.ask("open s1")) == words(found)


def test_what_may_hold_a_fault_is_not_called_shed() -> None:
    suspected = shedding(priority=4, fault="B").ask("open s1")
    forbidden = shedding(priority=4).but(forbidden=sections("B")).ask("open s1")
    for found in (suspected, forbidden):
        assert ("35", "guard-shedding-not-allowed", "SB") in words(found)


def test_each_section_is_asked_of_and_counted() -> None:
    nobody = shedding(priority=4, shed="").but(allowed_dark=sections("B"))
    one = shedding(priority=4).but(allowed_dark=sections("B"))
    checks = [situation.ask("open s1").checks for situation in (nobody, one)]
    assert checks[1] - checks[0] == 2, "35 by the ladder, 36 whether it is dropped"


def test_a_section_without_anybody_may_be_left_dark() -> None:
    old = shedding(priority=1)
    nobody = tuple(load for load in old.network.components.loads if load.id != "B")
    network = build_network(replace(old.network.components, loads=nobody))
    assert old.but(network=network).ask("open s1").passed


def test_a_plan_that_sheds_is_carried_out_step_by_step() -> None:
    situation = shedding(priority=4)
    assert situation.ask_before(1, "open s1").passed
    assert broken(shedding(priority=2).ask_before(1, "open s1")) == {"35"}


def test_the_proposal_of_the_desk_names_what_it_sheds() -> None:
    proposal: Proposal = shedding(priority=4).proposal("open s1")
    assert proposal.sheds == sections("B")
