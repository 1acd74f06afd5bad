"""A plan as a sheet: its lines are judged as the plan was."""

from dataclasses import replace

from gridops.adapters.engines import PowerGridModelEngine
from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.guard import Guard, Knowledge
from gridops.ids import SwitchId
from gridops.network import Control
from gridops.powerflow import RadialFlow
from gridops.response import Engines
from gridops.restoration import return_to_normal
from gridops.sheets.course import Course
from gridops.sheets.from_plan import given_up_by, steps_of
from gridops.sheets.judging import judged
from tests.guard_desk import desk
from tests.sheet_desk import engines
from tests.unit.test_return_to_normal import ONE_BUSBAR, TWO_BUSBARS, standing


def test_the_way_back_to_the_normal_state_is_a_sheet_like_any_other() -> None:
    """C hangs on the neighbour since the repair: t1 opens and s2 closes."""
    now = standing(TWO_BUSBARS, closed="b1 s1 t1 b2")
    plan = return_to_normal(now, RadialFlow(now.network))
    steps = steps_of(plan)
    assert steps == (
        StepDraft(act=StepAct.OPEN, by=StepBy.REMOTE, switch=SwitchId("t1")),
        StepDraft(act=StepAct.CLOSE, by=StepBy.REMOTE, switch=SwitchId("s2")),
    )
    assert given_up_by(plan) == ("SC",)
    here = desk(TWO_BUSBARS, fault="")
    knowledge = Knowledge(
        network=now.network, snapshot=now.snapshot, limits=now.limits, loads=now.loads
    )
    asked = Course(steps=steps, gives_up=frozenset(given_up_by(plan)))
    found = judged(asked, knowledge, engines=engines(here))
    assert found.verdict.passed
    assert [(e.sections_dropped, e.sections_restored) for e in found.effects] == [
        (step.sections_dropped, step.sections_restored) for step in plan.steps
    ]
    assert [e.check for e in found.effects] == [step.check for step in plan.steps]
    silent = judged(replace(asked, gives_up=frozenset()), knowledge, engines=engines(here))
    assert {v.invariant for v in silent.verdict.violations} == {"35"}


def test_a_closed_transition_drops_nobody() -> None:
    ring = {"s2": {"closes_ring": True}}
    now = standing(ONE_BUSBAR, closed="b1 s1 t1 b2", change=ring)
    meshed = PowerGridModelEngine(now.network)
    planner = RadialFlow(now.network, meshed=meshed)
    plan = return_to_normal(now, planner)
    assert [step.act for step in steps_of(plan)] == [StepAct.CLOSE, StepAct.OPEN]
    assert given_up_by(plan) == ()
    knowledge = Knowledge(
        network=now.network, snapshot=now.snapshot, limits=now.limits, loads=now.loads
    )
    both = Engines(planner=planner, guard=Guard(now.network, meshed))
    found = judged(Course(steps=steps_of(plan)), knowledge, engines=both)
    assert found.verdict.passed
    assert [e.check for e in found.effects] == [step.check for step in plan.steps]


def test_what_a_crew_moves_stays_with_the_crew() -> None:
    by_hand = {"t1": {"control": Control.CREW, "operating_time_s": 90.0}}
    now = standing(TWO_BUSBARS, closed="b1 s1 t1 b2", change=by_hand)
    plan = return_to_normal(now, RadialFlow(now.network))
    assert [(s.switch, s.by) for s in steps_of(plan)] == [
        ("t1", StepBy.CREW),
        ("s2", StepBy.REMOTE),
    ]
