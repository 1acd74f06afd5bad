"""On small grids by lot: plans that may shed, against every order of every movement.

None costs less than the best course, none more than the plan that sheds nobody, every stated gap
is true, and the guard and the third checker agree with each.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.guard import Guard
from gridops.network import build_network, draw
from gridops.powerflow import LoadPower, RadialFlow
from gridops.restoration import Plan, PlanSettings, Situation, propose
from gridops.study.plan_walk import GridBits, beyond_limits, unsafe
from gridops.study.random_cases import (
    CERTAIN,
    outage_at,
    random_outage,
    random_situation,
    told_plainly,
)
from gridops.study.random_grids import random_grid
from gridops.study.random_trials import guarded
from tests.properties.test_restoration_exact import (
    NEVER_COLD,
    SMALL,
    nothing_done,
    tightened,
    wrong,
)
from tests.radial_sweep import RadialSweep
from tests.restoration_reference import TooMany
from tests.restoration_whole import best_course_with_transfer

DOUBT = replace(CERTAIN, shifted=0.2, unavailable=0.1)
COURSES_MAX = 20_000


def drawn(number: int) -> Situation:
    """The priorities of the dark part are mostly higher than of what could be shed."""
    dice = random.Random(f"shedding {number}")
    network = random_grid(dice, replace(SMALL, odd_loads=0.0, crew=0.1))
    outage = random_outage(dice, network, doubt=DOUBT)
    dark = {load.id for s in outage.dark for load in network.loads_of_section[s]}
    loads = tuple(
        replace(x, priority=dice.choice((1, 2, 3) if x.id in dark else (2, 3, 4, 4)))
        for x in network.components.loads
    )
    network = build_network(replace(network.components, loads=loads))
    told = random_situation(dice, replace(outage, network=network), doubt=DOUBT)
    limits = replace(told.limits, fault_in_pickups_min=None)
    limits = tightened(told, limits, room=dice.choice((1.0, 1.02, 1.1)))
    settings = replace(told.settings, cold_load=NEVER_COLD, load_transfer=True, shedding=True)
    return replace(told, limits=limits, settings=settings)


def full(number: int) -> Situation:
    """A feeder that lends and is full, or nearly so; now and then a second one that could."""
    dice = random.Random(f"full {number}")
    lines = ["S1 [b1] A [s1] B (t1) D [b2] S2", "D [s2] C"]
    lines.append(f"{dice.choice('CD')} [s3] F")
    if dice.random() < 0.5:
        lines.append(f"{dice.choice('BCF')} (t2) E [b3] {dice.choice(['S2', 'S3'])}")
    if dice.random() < 0.5:
        lines.append("B [s4] G")
    names = [name for name in "ABCDEFG" if any(name in line.split() for line in lines)]
    network = draw(
        "\n".join(lines),
        p_w={name: dice.choice((2e6, 3e6, 4e6, 5e6, 6e6)) for name in names},
        customers={name: dice.choice((20, 100, 100, 400)) for name in names},
    )
    loads = tuple(
        replace(x, priority=dice.choice((1, 2, 3) if x.id in "BG" else (2, 3, 4, 4)))
        for x in network.components.loads
    )
    network = build_network(replace(network.components, loads=loads))
    powers = {x.id: LoadPower(x.p_w, x.q_var) for x in network.loads.values()}
    normal = frozenset(network.normally_closed)
    outage = outage_at(network, normal, faults=(network.section_of("A"),), loads=powers)
    told = told_plainly(outage)
    settings = PlanSettings(cold_load=NEVER_COLD, shedding=True)
    return replace(told, limits=replace(told.limits, fault_in_pickups_min=None), settings=settings)


def unsafe_in(situation: Situation, plan: Plan) -> list[str]:
    network = situation.network
    engine = PowerGridModelEngine(network)
    verdict = guarded(Guard(network, engine), situation, plan=plan)
    found = unsafe(situation, plan, bits=GridBits(network))
    found += beyond_limits(situation, plan, engine=engine)
    return [*found, *map(str, verdict.violations)]


@pytest.mark.parametrize("block", range(3))
def test_no_course_is_better_than_is_said(block: int) -> None:
    seen = compared(drawn(number) for number in range(60 * block, 60 * block + 60))
    assert seen["compared"] > 30


@pytest.mark.parametrize("block", range(3))
def test_what_is_full_sheds_for_what_counts_more(block: int) -> None:
    """Of those that shed, few are not the best there is: those that also hand load over."""
    seen = compared(full(number) for number in range(40 * block, 40 * block + 40))
    assert seen["compared"] > 30
    assert seen["shed"] > 5
    assert seen["the best"] > 0.85 * seen["compared"]


def compared(situations: Iterable[Situation]) -> Counter[str]:
    seen, found = Counter[str](), list[str]()
    for number, situation in enumerate(situations):
        if not situation.dark - situation.suspected:
            continue
        engine = RadialFlow(situation.network)
        plan = propose(situation, engine)
        assert not unsafe_in(situation, plan), (number, unsafe_in(situation, plan))
        off = replace(situation, settings=replace(situation.settings, shedding=False))
        without = propose(off, engine)
        assert plan.score.weighted_minutes <= without.score.weighted_minutes
        assert plan.shed or plan.steps == without.steps
        try:
            best = best_course_with_transfer(
                situation, RadialSweep(situation.network), sheds=(3, 4), courses_max=COURSES_MAX
            )
        except TooMany:
            continue
        seen["compared"] += 1
        seen["shed"] += bool(plan.shed)
        seen["the best"] += plan.score.weighted_minutes <= best.minutes * (1 + 1e-9) + 1e-6
        nothing = nothing_done(situation).minutes
        if text := wrong(number, plan, best=best, nothing=nothing):
            found.append(text)
    assert not found, "\n".join(found)
    return seen
