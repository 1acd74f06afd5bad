"""Load transfer make before break: where a ring may be closed nobody is interrupted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from every_course import EveryCourse
from outages import after_trip, sections
from test_transfer import CUSTOMERS, POWER_W, fenced, nothing_done, shown

from gridops.adapters.engines import PowerGridModelEngine, PowerGridModelShortCircuit
from gridops.guard import Guard
from gridops.network import ColdLoad, Control, Limits
from gridops.powerflow import RadialFlow
from gridops.restoration import Plan, PlanSettings, Proof, Situation, propose
from gridops.restoration.transfer import Effort, Transfer, improve
from gridops.study.random_trials import guarded as judged

ONE_BUSBAR = """
S1 [b1] A [s1] B (t1) D [b2] S2
D [s2] C (t2) E [b3] S2
"""
RING = {"t2": {"closes_ring": True}}
TO_THE_END = Effort(rounds_max=200, nodes_max=2000, gap_pct_enough=0.0)
BREAKS_FIRST = ["open s1", "open s2 -C", "close t2 +C", "close t1 +B"]
MAKES_FIRST = ["open s1", "close t2", "open s2 ~C", "close t1 +B"]


def engine_of(situation: Situation) -> RadialFlow:
    return RadialFlow(situation.network, meshed=PowerGridModelEngine(situation.network))


def planned(situation: Situation) -> Plan:
    return propose(situation, engine_of(situation))


def steps(plan: Plan) -> list[str]:
    lines = []
    for step in plan.steps:
        gone = "".join(f" -{s.removeprefix('S')}" for s in step.sections_dropped)
        over = "".join(f" ~{s.removeprefix('S')}" for s in step.sections_handed_over)
        back = "".join(f" +{s.removeprefix('S')}" for s in step.sections_restored)
        lines.append(f"{'close' if step.closes else 'open'} {step.switch}{gone}{over}{back}")
    return lines


def full(
    drawing: str = ONE_BUSBAR, *, power: Mapping[str, float] | None = None, **more: Any
) -> Situation:
    """S2 has no room for B on the feeder of D until C hangs on the feeder of E."""
    return after_trip(drawing, suspected="A", p_w={**POWER_W, **(power or {})}, **more)


def to_the_end(situation: Situation) -> Transfer:
    devices, around = fenced(situation)
    found = improve(
        situation,
        engine_of(situation),
        devices=devices,
        fence=around,
        incumbent=nothing_done(situation),
        effort=TO_THE_END,
    )
    assert found is not None
    return found


def test_a_declared_ring_hands_over_with_nobody_interrupted() -> None:
    """A waits 240 min and crosses 1, 3 and 5; B is back after 11 s; C is never without supply."""
    plan = planned(full(change=RING))
    assert steps(plan) == MAKES_FIRST
    assert [(s.starts_s, s.done_s) for s in plan.steps] == [(0, 2), (2, 4), (4, 6), (9, 11)]
    assert plan.score.weighted_minutes == pytest.approx(100 * 2 * 249 + 100 * 2 * 11 / 60)
    assert plan.minutes.with_plan == pytest.approx(100 * 240 + 100 * 11 / 60)
    assert plan.dropped == frozenset()
    assert plan.steps[2].check.loading_pct_max is not None


@pytest.mark.parametrize(
    "situation",
    [
        full(),
        replace(full(change=RING), settings=PlanSettings(closed_transition=False)),
        full(ONE_BUSBAR.replace("[b3] S2", "[b3] S3"), change=RING),
        full(change={"t1": {"closes_ring": True}, "s2": {"closes_ring": True}}),
        full(
            power={"D": 8e6, "C": 1.5e6, "E": 1e6},
            change={"t2": {"closes_ring": True, "current_a_rated": 60.0}},
        ),
    ],
    ids=[
        "not declared",
        "not allowed",
        "another busbar",
        "others declared",
        "too much in the ring",
    ],
)
def test_else_it_opens_first(situation: Situation) -> None:
    assert steps(planned(situation)) == BREAKS_FIRST


def test_the_ring_is_judged_with_its_own_currents() -> None:
    """t2 carries 68 A in the ring with what D draws, and 41 A of C alone once it is open: a device
    for 60 A (above) would do in the end, and does not on the way."""
    light = {"D": 8e6, "C": 1.5e6, "E": 1e6}
    assert steps(planned(full(power=light, change=RING))) == MAKES_FIRST


def test_priority_one_stays_on_its_feeder_all_the_same() -> None:
    assert planned(full(change=RING, priority={"C": 1})).steps == ()


def test_nobody_waits_for_a_crew_that_drives_to_the_ring() -> None:
    warm = ColdLoad(residential=1.0, commercial=1.0, industrial=1.0, critical=1.0)
    crew = {"control": Control.CREW, "operating_time_s": 1800.0, "closes_ring": True}
    settings = PlanSettings(cold_load=warm)
    plan = planned(replace(full(change={"t2": crew}), settings=settings))
    assert steps(plan) == MAKES_FIRST
    undeclared = {"t2": {**crew, "closes_ring": False}}
    assert planned(replace(full(change=undeclared), settings=settings)).dropped == sections("C")


def guarded(situation: Situation, plan: Plan, *, swapped: str = "") -> set[str]:
    """The invariants that the guard names; `swapped`: the steps in this order, as numbers."""
    network = situation.network
    faults = PowerGridModelShortCircuit(network)
    guard = Guard(network, PowerGridModelEngine(network), faults=faults)
    order = [int(number) for number in swapped.split()] or range(1, len(plan.steps) + 1)
    steps = [replace(plan.steps[k - 1], number=place) for place, k in enumerate(order, start=1)]
    verdict = judged(guard, situation, plan=replace(plan, steps=tuple(steps)))
    return {violation.invariant for violation in verdict.violations}


@pytest.mark.parametrize(
    ("change", "order", "broken"),
    [
        (RING, "1 2 3 4", set()),
        (RING, "1 2 4 3", {"10", "11"}),
        (RING, "1 3 2 4", {"35"}),
        ({}, "1 2 3 4", {"10", "11"}),
        ({"s2": {"closes_ring": True}}, "1 2 3 4", {"10", "11"}),
    ],
    ids=["as planned", "opened too late", "opened too soon", "not declared", "another declared"],
)
def test_the_guard_accepts_the_declared_pair_and_no_other(
    change: Mapping[str, Any], order: str, broken: set[str]
) -> None:
    plan = planned(full(change=RING))
    assert guarded(full(change=change), plan, swapped=order) >= broken
    assert bool(guarded(full(change=change), plan, swapped=order)) == bool(broken)


def test_protection_has_to_reach_what_is_handed_over() -> None:
    """b3 would see a fault at the end of C with less than 1.2 times its pick-up."""
    blind = {**RING, "b3": {"pickup_current_a": 4000.0}}
    assert steps(planned(full(change=blind))) == []
    lax = replace(full(change=blind), limits=Limits(fault_in_pickups_min=None))
    plan = planned(lax)
    assert steps(plan) == MAKES_FIRST
    assert guarded(full(change=blind), plan) == {"17"}
    assert guarded(lax, plan) == set()


def test_two_hand_overs_are_two_rings_one_after_the_other() -> None:
    drawing = ONE_BUSBAR + "D [s4] F (t4) G [b4] S2\n"
    change = {**RING, "t4": {"closes_ring": True}}
    situation = full(
        drawing, power={"B": 8e6, "C": 4e6, "F": 4e6, "D": 6e6, "G": 3e6}, change=change
    )
    found = to_the_end(situation)
    told = [line.split()[1] for line in shown(found)]
    assert set(told[1:5]) == {"t2", "s2", "t4", "s4"}
    assert (told[1], told[2]) in {("t2", "s2"), ("t4", "s4")}
    assert all(not move.dropped for move in found.moves)


DRAWINGS = {
    "hands on": (ONE_BUSBAR, POWER_W),
    "either side": (
        """
S1 [b1] A [s1] B (t1) D [b2] S2
B (t2) C [b3] S2
D [s2] E (t3) C
""",
        {"A": 1e6, "B": 7e6, "C": 6e6, "D": 4e6, "E": 5e6},
    ),
    "two dark": (
        """
S1 [b1] A [s1] B [s2] C (t1) D [b2] S2
D [s3] E (t2) F [b3] S2
""",
        {"A": 1e6, "B": 4e6, "C": 5e6, "D": 3e6, "E": 5e6, "F": 3e6},
    ),
    "a swap": (
        """
S1 [b1] A [s1] B (t1) D [b2] S2
B (t2) E [b3] S2
D (t3) E
""",
        {"A": 1e6, "B": 9e6, "D": 7e6, "E": 7e6},
    ),
    "of the tripped busbar": (
        """
S1 [b1] A [s1] B (t1) D [b2] S1
D [s2] C (t2) E [b3] S1
""",
        POWER_W,
    ),
}


@pytest.mark.parametrize("customers", CUSTOMERS)
@pytest.mark.parametrize("declared", ["t1 t2 t3", "t2", "t3 s2 s3"])
@pytest.mark.parametrize("name", DRAWINGS)
def test_no_course_whatever_is_better(name: str, declared: str, customers: str) -> None:
    drawing, power = DRAWINGS[name]
    change = {s: {"closes_ring": True} for s in declared.split() if f" {s} " in _spaced(drawing)}
    situation = after_trip(
        drawing, suspected="A", p_w=power, customers=CUSTOMERS[customers], change=change
    )
    devices, around = fenced(situation)
    least = EveryCourse(situation, engine_of(situation), devices, around).least_minutes()
    found = to_the_end(situation)
    assert found.score.weighted_minutes == pytest.approx(least, rel=1e-9)
    assert found.bound <= least * (1 + 1e-9)
    if found.proof is Proof.OPTIMAL:
        assert found.bound == pytest.approx(least, rel=1e-6)


def _spaced(drawing: str) -> str:
    return drawing.translate(str.maketrans("[]()", "    "))
