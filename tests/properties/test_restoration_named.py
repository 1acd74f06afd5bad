"""On published grids, every section at fault: plans against bounds and other courses.

Of each fault: `least`, which no course within the limits can beat (a relaxation without limits
for the times, LinDistFlow cut until AC agrees for what can come back), and `known`, the best course
that any means found: the plan, every order of its own movements, every order of the movements to
the state that the programme found, and, where there are few enough, every order of every movement.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from gridops.adapters.content import resolve_grid
from gridops.adapters.grid_files import load_grid
from gridops.network import ColdLoad, Limits, Network
from gridops.powerflow import LoadPower, RadialFlow
from gridops.restoration import Plan, Proof, Situation, propose
from gridops.study.random_cases import outage_at, told_plainly
from tests.restoration_bound import Programme, least_minutes
from tests.restoration_ground import weight, zones
from tests.restoration_reference import DeadPart, TooMany

NEVER_COLD = ColdLoad(residential=1.0, commercial=1.0, industrial=1.0, critical=1.0)
GRIDS = ("hanoi_ring", "civanlar16")
WAYS_MAX = 12
"""In a dead part with no more switches every order of every movement is walked."""
RELATIVE = 1e-9
TABLE = "test-results/restoration_named.md"


@dataclass(frozen=True, slots=True)
class Compared:
    plan: Plan
    least: float
    known: float
    """Without the plan itself; infinite if nothing else was tried."""
    walked: bool
    """`known` is the optimum."""

    @property
    def costs(self) -> float:
        return self.plan.score.weighted_minutes


def situations(network: Network, scale: float, *, limits: Limits) -> Iterator[Situation]:
    loads = {
        load.id: LoadPower(scale * load.p_w, scale * load.q_var) for load in network.loads.values()
    }
    closed = frozenset(network.normally_closed)
    for section in network.sections:
        told = told_plainly(outage_at(network, closed, faults=(section,), loads=loads))
        settings = replace(told.settings, cold_load=NEVER_COLD)
        yield replace(told, limits=limits, settings=settings)


def compared(told: Situation) -> Compared:
    engine = RadialFlow(told.network)
    plan = propose(told, engine)
    moved = frozenset(step.switch for step in plan.steps)
    restored = {s for step in plan.steps for s in step.sections_restored}
    back = sum(weight(told.network, s) for s in restored)
    least, known, walked = float("inf"), float("inf"), True
    for zone in zones(told):
        part = DeadPart(told, engine, zone)
        among = [moved]
        most = None
        if back < sum(part.weights) - 1e-6:
            found = Programme(part).most()
            most = found.weight
            among.append(found.moves)
        least = min(least, least_minutes(part, most))
        for some in among:
            known = min(known, walk(part, some))
        if len(part.ways) <= WAYS_MAX:
            known = min(known, walk(part, None))
        else:
            walked = False
    if not zones(told):
        least = known = plan.score.weighted_minutes
    return Compared(plan, least, known, walked)


def walk(part: DeadPart, among: frozenset[str] | None) -> float:
    try:
        return part.best(drops=among is None, courses_max=20_000, among=among).minutes  # type: ignore[arg-type]
    except TooMany:
        return float("inf")


def wrong(one: Compared) -> str | None:
    slack = RELATIVE * max(one.least, 1.0)
    if one.costs < one.least - slack:
        return f"costs {one.costs}, which is below the bound {one.least}"
    gap = {Proof.OPTIMAL: 0.0, Proof.GAP: one.plan.gap_pct}.get(one.plan.proof)
    if gap is not None and one.costs > one.known * (1 + gap / 100) + slack:
        return f"costs {one.costs}, says {one.plan.proof} {gap} %, another course costs {one.known}"
    return None


def limits_of(network: Network, *, tight: bool) -> Limits:
    """Tight: half of the room between 1 pu and the lowest voltage, and 70 % of all ratings."""
    limits = replace(network.limits, fault_in_pickups_min=None)
    if not tight:
        return limits
    low = limits.voltage_pu_min or 0.9
    return replace(limits, voltage_pu_min=(1.0 + low) / 2, loading_pct_max=70.0)


@pytest.mark.slow
@pytest.mark.parametrize("tight", [False, True], ids=["limits", "tight"])
@pytest.mark.parametrize("scale", [0.5, 1.0])
@pytest.mark.parametrize("grid", GRIDS)
def test_every_section_of_published_grids(
    grid: str, scale: float, *, tight: bool, pytestconfig: pytest.Config
) -> None:
    network = load_grid(resolve_grid(grid))
    counts: Counter[str] = Counter()
    widest = 0.0
    found = []
    for told in situations(network, scale, limits=limits_of(network, tight=tight)):
        one = compared(told)
        (fault,) = told.suspected
        if text := wrong(one):
            found.append(f"{grid} {fault}: {text}")
        is_least = one.costs <= one.least * (1 + RELATIVE) + RELATIVE
        counts["faults"] += 1
        counts[one.plan.proof.value] += 1
        counts["equal to the bound"] += is_least
        counts["optimum known by walking all"] += one.walked and not is_least
        widest = max(widest, one.costs / one.least - 1) if one.least > 0 else widest
    row = f"| {grid} | {scale:g} | {'tight' if tight else 'as given'} | {dict(counts)} "
    file = pytestconfig.rootpath / TABLE
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as table:
        table.write(f"{row}| {100 * widest:.3f} % | {len(found)} |\n")
    assert not found, "\n".join(found)
