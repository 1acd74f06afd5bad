"""What-if on drawn grids: what strikes, what is asked of the engine, what comes back."""

import pytest

from gridops.bootstrap.wiring import engines_of
from gridops.errors import ScenarioError, UnknownId
from gridops.network import Limits, Network
from gridops.network.drawing import draw
from gridops.outage import Cause, Verdict
from gridops.study import Outcome, WhatIf, what_if

RING = "S1 [b1] A [s1] B [s2] C (t1) D [s3] E [b2] S2"


def ask(network: Network, *faults: str, **options: object) -> Outcome:
    return what_if(network, engines_of(network), ask=WhatIf(faults=faults, **options))  # type: ignore[arg-type]


def closes(outcome: Outcome) -> list[str]:
    return [step.switch for step in outcome.answer.plan.steps if step.closes]


def test_a_known_fault_is_fenced_exactly() -> None:
    outcome = ask(draw(RING), "B")
    assert outcome.tripped == ("b1",)
    assert outcome.cause is Cause.FAULT
    assert outcome.answer.location.verdict is Verdict.LOCATED
    assert outcome.answer.plan.suspected == {"SB"}
    assert outcome.answer.plan.fence == ("s1", "s2")
    assert closes(outcome) == ["b1", "t1"]
    assert outcome.answer.verdict.passed


def test_as_indicated_fences_what_one_wrong_indicator_leaves_in_doubt() -> None:
    outcome = ask(draw(RING), "B", as_indicated=True)
    assert outcome.answer.plan.suspected == {"SA", "SB", "SC"}
    assert closes(outcome) == []


def test_known_and_indicated_show_the_same_evidence() -> None:
    known, live = (ask(draw(RING), "B", as_indicated=told) for told in (False, True))
    assert known.answer.location.evidence == live.answer.location.evidence


@pytest.mark.parametrize("place", ["B", "B-s1", "SB"])
def test_a_place_is_a_node_a_branch_or_a_section(place: str) -> None:
    assert ask(draw(RING), place).answer.plan == ask(draw(RING), "B").answer.plan


def test_a_fault_that_nothing_here_clears_takes_its_source_down() -> None:
    outcome = ask(draw(RING), "S1")
    assert outcome.cause is Cause.LOST_SUPPLY
    assert outcome.tripped == ()
    assert outcome.answer.plan.fence == ("b1",)
    assert closes(outcome) == ["t1"]


def test_what_nobody_can_operate_is_not_in_the_plan() -> None:
    outcome = ask(draw(RING), "B", unavailable=("t1",))
    assert closes(outcome) == ["b1"]
    assert outcome.answer.plan.customers.until_repair == 200


def test_an_unavailable_fence_switch_widens_the_fence() -> None:
    outcome = ask(draw(RING), "B", unavailable=("s1",))
    assert outcome.answer.plan.fence == ("b1", "s2")
    assert closes(outcome) == ["t1"]


def test_the_state_before_the_fault_is_asked_for() -> None:
    moved = ask(draw(RING), "B", opened=("s2",), closed=("t1",))
    assert moved.answer.plan.customers.interrupted == 200  # C hangs on S2 already
    assert moved.answer.plan.fence == ("s1", "s2")


def test_two_faults_get_one_plan_that_feeds_neither() -> None:
    outcome = ask(draw(RING), "B", "E")
    assert outcome.tripped == ("b1", "b2")
    # Nothing could feed C and D but through the faults.
    assert outcome.answer.plan.suspected == {"SB", "SC", "SD", "SE"}
    assert closes(outcome) == ["b1"]
    assert outcome.answer.verdict.passed


def test_load_scale_multiplies_what_is_dark() -> None:
    once, twice = (ask(draw(RING), "B", load_scale=scale) for scale in (1.0, 2.0))
    assert twice.answer.plan.p_w.interrupted == pytest.approx(2 * once.answer.plan.p_w.interrupted)


def test_limits_of_the_question_count_instead_of_the_grids() -> None:
    tight = Limits(voltage_pu_min=0.95, voltage_pu_max=1.05, loading_pct_max=0.5)
    outcome = ask(draw(RING), "B", limits=tight)
    assert closes(outcome) == []
    assert "overload" in {each.because for each in outcome.answer.plan.rejected}


def test_the_same_question_gives_the_same_answer() -> None:
    assert ask(draw(RING), "B").answer == ask(draw(RING), "B").answer


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no fault is given"):
        ask(draw(RING))
    with pytest.raises(ScenarioError, match="no supply"):
        ask(draw(RING), "B", opened=("b1",))
    with pytest.raises(ScenarioError, match="s1 cannot be open and closed"):
        ask(draw(RING), "B", opened=("s1",), closed=("s1",))
    with pytest.raises(ScenarioError, match="load scale"):
        ask(draw(RING), "B", load_scale=0.0)
    with pytest.raises(UnknownId):
        ask(draw(RING), "B", unavailable=("t9",))
    with pytest.raises(UnknownId):
        ask(draw(RING), "s1")
