"""Shedding by the priority ladder: who may wait makes room for who may not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from every_course import EveryCourse
from outages import after_trip, sections
from test_transfer import fenced, nothing_done
from test_transfer_ring import engine_of, guarded, planned, steps

from gridops.network import Limits
from gridops.restoration import Plan, PlanSettings, Proof, Situation
from gridops.restoration.fingerprint import plan_to_plain
from gridops.restoration.plan import FoundBy
from gridops.study.plan_walk import GridBits, unsafe

FULL = """
S1 [b1] A [s1] B (t1) D [b2] S2
D [s2] C [s3] F
"""
"""S2 carries 15 MVA at most: D, C and F leave no room for B."""
POWER_W = {"A": 1e6, "B": 6e6, "D": 4e6, "C": 3e6, "F": 3e6}
SHEDS = PlanSettings(shedding=True)


def full(
    drawing: str = FULL,
    *,
    priority: Mapping[str, int],
    power: Mapping[str, float] | None = None,
    settings: PlanSettings = SHEDS,
    **more: Any,
) -> Situation:
    told = after_trip(
        drawing, suspected="A", p_w={**POWER_W, **(power or {})}, priority=priority, **more
    )
    return replace(told, settings=settings)


def left(plan: Plan) -> str:
    return " ".join(sorted(section.removeprefix("S") for section in plan.sheds))


def test_who_may_be_shed_first_makes_room_until_the_repair() -> None:
    """A waits 240 min and crosses 1, 3 and 5; F is dark from 4 s on; B is back after 6 s."""
    plan = planned(full(priority={"F": 4}))
    assert steps(plan) == ["open s1", "open s3 -F", "close t1 +B"]
    assert [(s.starts_s, s.done_s) for s in plan.steps] == [(0, 2), (2, 4), (4, 6)]
    f_min = (14_400 - 4) / 60 + 1 + 3 + 5
    b_min = 6 / 60
    weighted = 100 * 2 * 249 + 100 * 1 * f_min + 100 * 2 * b_min
    assert plan.score.weighted_minutes == pytest.approx(weighted)
    assert plan.minutes.with_plan == pytest.approx(100 * (240 + (14_400 - 4) / 60 + 6 / 60))
    assert plan.shed == ("F",)
    assert plan.dropped == plan.sheds == sections("F")
    assert plan.customers.restored_by_switching == 100
    assert [(u.section, u.because) for u in plan.unserved] == [("SF", "shed")]
    assert plan.found_by is FoundBy.SHEDDING
    assert plan.proof is Proof.GAP
    assert plan_to_plain(plan)["plan"]["shed"] == ["F"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("priority", "settings"),
    [
        ({"F": 4}, PlanSettings()),
        ({"F": 2}, SHEDS),
        ({"F": 1}, SHEDS),
        ({"C": 4, "F": 2}, SHEDS),
        ({"F": 3, "B": 4}, SHEDS),
        ({"F": 3, "B": 3}, SHEDS),
    ],
    ids=["not asked", "priority 2", "priority 1", "2 behind 4", "3 for 4", "3 for 3"],
)
def test_else_nobody_is_dropped(priority: Mapping[str, int], settings: PlanSettings) -> None:
    plan = planned(full(priority=priority, settings=settings))
    assert plan.steps == ()
    assert plan.shed == ()
    assert "shed" not in plan_to_plain(plan)["plan"]  # type: ignore[operator]


def test_priority_three_waits_for_one_and_two() -> None:
    plan = planned(full(priority={"B": 2, "F": 3, "C": 3, "D": 3}))
    assert left(plan) == "F"
    assert left(planned(full(priority={"B": 1, "F": 3}))) == "F"


def test_priority_four_goes_before_three() -> None:
    """F of priority 4 and G of priority 3 draw the same, and G has fewer customers."""
    drawing = FULL + "D [s4] G\n"
    power = {"C": 1e6, "F": 3e6, "G": 3e6, "D": 3e6}
    situation = full(
        drawing,
        priority={"B": 1, "F": 4, "G": 3, "C": 2},
        power=power,
        customers={"F": 300, "G": 10},
    )
    plan = planned(situation)
    assert left(plan) == "F"


def test_priority_three_goes_too_where_four_is_not_enough() -> None:
    drawing = FULL + "D [s4] G\n"
    power = {"C": 1e6, "F": 1e6, "G": 4e6, "D": 3e6, "B": 8e6}
    plan = planned(full(drawing, priority={"B": 1, "F": 4, "G": 3, "C": 2}, power=power))
    assert left(plan) == "G"
    both = {**power, "B": 1e7, "F": 2e6, "G": 2e6}
    plan = planned(full(drawing, priority={"B": 1, "F": 4, "G": 3, "C": 2}, power=both))
    assert left(plan) == "F G"


def test_nothing_is_shed_where_nothing_is_gained() -> None:
    """A thousand customers of priority 4 are not left dark for a hundred of priority 3."""
    assert planned(full(priority={"F": 4}, customers={"F": 1000})).shed == ()
    assert planned(full(priority={"F": 4}, power={"B": 1e6})).shed == ()


def test_nobody_is_shed_who_hangs_on_what_is_in_doubt() -> None:
    situation = full(priority={"F": 4})
    unavailable = frozenset(s for s in situation.network.switches if s == "s3")
    assert planned(replace(situation, unavailable=unavailable)).shed == ()


def test_the_guard_knows_the_ladder() -> None:
    situation = full(priority={"F": 4})
    plan = planned(situation)
    assert guarded(situation, plan) == set()
    assert guarded(replace(situation, settings=PlanSettings()), plan) == {"35"}
    for priority in (1, 2):
        assert guarded(full(priority={"F": priority}), plan) == {"35"}
    assert guarded(full(priority={"F": 3}), plan) == set()


def test_what_is_shed_is_dropped_and_what_is_dropped_is_said() -> None:
    situation = full(priority={"F": 4})
    plan = planned(situation)
    silent = replace(plan, steps=tuple(replace(step, sections_dropped=()) for step in plan.steps))
    assert guarded(situation, silent) == {"35"}
    claimed = replace(
        plan,
        steps=tuple(
            replace(step, sections_dropped=(*step.sections_dropped, "SC"))
            if step.sections_dropped
            else step
            for step in plan.steps
        ),
    )
    assert "36" in guarded(situation, claimed)


def test_the_third_checker_knows_it_too() -> None:
    situation = full(priority={"F": 4})
    plan = planned(situation)
    bits = GridBits(situation.network)
    assert unsafe(situation, plan, bits=bits) == []
    off = replace(situation, settings=PlanSettings())
    assert any("dropped for good" in text for text in unsafe(off, plan, bits=bits))


DRAWINGS = {
    "in a row": (FULL, POWER_W),
    "side by side": (
        "S1 [b1] A [s1] B (t1) D [b2] S2\nD [s2] C\nD [s3] F\n",
        {"A": 1e6, "B": 6e6, "D": 4e6, "C": 3e6, "F": 3e6},
    ),
    "two ties": (
        "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2\nB (t2) E [b3] S3\nD [s3] F\nE [s4] G\n",
        {"A": 1e6, "B": 4e6, "C": 5e6, "D": 6e6, "F": 5e6, "E": 8e6, "G": 5e6},
    ),
    "two feeders of one busbar": (
        "S1 [b1] A [s1] B (t1) D [b2] S2\nB (t2) C [b3] S2\nD [s2] E\nC [s3] F\n",
        {"A": 1e6, "B": 7e6, "C": 6e6, "D": 6e6, "E": 4e6, "F": 5e6},
    ),
}
LADDERS = {
    "four": {"F": 4, "E": 4, "G": 4},
    "mixed": {"F": 4, "C": 3, "B": 2, "G": 3, "E": 3},
    "one dark": {"B": 1, "F": 3, "C": 4, "D": 3, "E": 3, "G": 4},
}
CUSTOMERS: dict[str, dict[str, int]] = {
    "alike": {},
    "few shed": {"B": 500, "C": 40, "F": 30},
    "many shed": {"F": 900, "G": 700},
}


@pytest.mark.parametrize("customers", CUSTOMERS)
@pytest.mark.parametrize("ladder", LADDERS)
@pytest.mark.parametrize("name", DRAWINGS)
def test_no_course_whatever_is_better(name: str, ladder: str, customers: str) -> None:
    """Every order of every movement, shedding of priority 4, or of 3 and 4, included."""
    drawing, power = DRAWINGS[name]
    priority = {s: p for s, p in LADDERS[ladder].items() if s in power}
    some = {s: n for s, n in CUSTOMERS[customers].items() if s in power}
    situation = full(drawing, priority=priority, power=power, customers=some)
    plan = planned(situation)
    assert guarded(situation, plan) == set()
    costs = plan.score.weighted_minutes
    devices, around = fenced(situation)
    four, both = (
        EveryCourse(situation, engine_of(situation), devices, around, sheds=s).least_minutes()
        for s in ((4,), (3, 4))
    )
    nothing = nothing_done(situation).weighted_minutes
    share = plan.gap_pct / 100
    floor = (costs - share * nothing) / (1 - share) if share < 1 else 0.0
    assert both * (1 - 1e-9) <= costs <= nothing
    assert floor <= both * (1 + 1e-6)
    assert min(abs(costs - four), abs(costs - both)) <= 1e-6 * costs
    loads = situation.network.loads
    if any(loads[load].priority == 3 for load in plan.shed):
        assert costs < four


def test_limits_off_sheds_nobody() -> None:
    lax = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)
    assert planned(replace(full(priority={"F": 4}), limits=lax)).shed == ()
