"""On published grids, every section at fault: plans against the true optimum.

Plans are replayed in the words of docs/restoration.md, every state solved by power-grid-model:
nothing may move or break that the page forbids. Their claims are compared with

- `least`: no course has fewer weighted minutes, whatever the limits;
- the optimum: every course that could cost less is walked (`tests.restoration_reference` where
  there are few switches, else `tests.restoration_trees`), in AC, until none is left. Where there
  are too many the reference gives up, and says so.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from gridops.adapters.content import resolve_grid
from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import load_grid
from gridops.network import ColdLoad, Limits, Network
from gridops.powerflow import LoadPower, PowerFlow, RadialFlow
from gridops.restoration import Plan, Proof, Situation, propose
from gridops.study.random_cases import outage_at, told_plainly
from tests.restoration_blocks import Blocks, may_be_walked_in_blocks
from tests.restoration_bound import least_minutes
from tests.restoration_ground import zones
from tests.restoration_reference import DeadPart, TooMany, nothing_done
from tests.restoration_replay import replayed
from tests.restoration_trees import MANY, best_of_states, optimum_below, trees_of
from tests.restoration_whole import WholeGrid

NEVER_COLD = ColdLoad(residential=1.0, commercial=1.0, industrial=1.0, critical=1.0)
GRIDS = ("hanoi_ring", "civanlar16", "baranwu33", "pge69", "das70", "tpc84")
WAYS_MAX = 12
"""In a dead part with no more switches every order of every movement is walked."""
WAYS_WHOLE_MAX = 30
"""Of a whole grid: those courses that could cost less, with load transfer."""
EFFORT = 2000
LITTLE_EFFORT = 200
"""With more than `MANY` switches."""
RELATIVE = 1e-9
TABLE = "test-results/restoration_named.md"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of the optimum of one outage, healthy feeders left as they are."""

    least: float
    """No course costs less, with load transfer neither."""
    optimum: float | None
    """None: the reference gave up."""
    cheapest: float
    """Of all courses that were found."""
    with_transfer: float | None
    """The optimum where healthy feeders may hand load on; None: the reference gave up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    plan: Plan
    says: str
    """`equal` to the optimum where that is claimed; `true` of a gap; `undecided`, `refuted`."""
    why: str = ""
    is_optimum: bool = False


def situations(network: Network, scale: float, *, limits: Limits) -> Iterator[Situation]:
    loads = {
        load.id: LoadPower(scale * load.p_w, scale * load.q_var) for load in network.loads.values()
    }
    closed = frozenset(network.normally_closed)
    for section in network.sections:
        told = told_plainly(outage_at(network, closed, faults=(section,), loads=loads))
        settings = replace(told.settings, cold_load=NEVER_COLD)
        yield replace(told, limits=limits, settings=settings)


def parts_of(told: Situation, *, transfer: bool) -> list[DeadPart]:
    """By fence. Whoever fences twice moves no load."""
    engine = PowerGridModelEngine(told.network)
    return [
        WholeGrid(told, engine, zone)
        if transfer and not zone.later
        else DeadPart(told, engine, zone)
        for zone in zones(told)
    ]


def truth_of(told: Situation, plan: Plan, *, moved: Plan) -> Truth:
    """`plan` leaves healthy feeders as they are, `moved` need not."""
    costs = plan.score.weighted_minutes
    parts = parts_of(told, transfer=False)
    least = min([least_minutes(part, None) for part in parts], default=costs)
    cheapest = min(costs, moved.score.weighted_minutes)
    if at_most(costs, least):
        return Truth(least, costs, cheapest, costs)
    optimum = cheapest_of(parts, known=costs)
    cheapest = min(cheapest, costs if optimum is None else optimum)
    whole = parts_of(told, transfer=True)
    if all(set(w.sections) == set(p.sections) for w, p in zip(whole, parts, strict=True)):
        return Truth(least, optimum, cheapest, optimum)
    few = max(len(part.ways) for part in whole) <= WAYS_WHOLE_MAX
    with_transfer = cheapest_of(whole, known=cheapest) if few else None
    return Truth(least, optimum, min(cheapest, with_transfer or cheapest), with_transfer)


def cheapest_of(parts: list[DeadPart], *, known: float) -> float | None:
    """The optimum, or `known` if that is less; None: too many courses."""
    try:
        return min(cheapest_behind(part, known=known) for part in parts)
    except TooMany:
        return None


def cheapest_behind(part: DeadPart, *, known: float) -> float:
    """The optimum behind one fence, or `known` if that is less. Raises: TooMany."""
    if len(part.ways) <= WAYS_MAX or isinstance(part, WholeGrid):
        found = part.best(drops=True, courses_max=20_000, known=known)
        return found.minutes if found.moves else known
    if not may_be_walked_in_blocks(part):
        raise TooMany
    effort = EFFORT if len(part.ways) <= MANY else LITTLE_EFFORT
    cheaper = optimum_below(part, known=known, effort=effort)
    return known if cheaper is None else cheaper.minutes


def at_most(one: float, other: float) -> bool:
    return one <= other + RELATIVE * max(abs(other), 1.0)


def verdict(told: Situation, plan: Plan, truth: Truth, *, transfer: bool) -> Verdict:
    """Of one plan."""
    costs = plan.score.weighted_minutes
    parts = parts_of(told, transfer=transfer)
    if text := _illegal(parts, plan):
        return Verdict(plan, "refuted", text)
    exact = truth.with_transfer if transfer else truth.optimum
    cheapest = truth.cheapest if transfer or exact is None else exact
    lower = truth.least if exact is None else exact
    if not at_most(lower, costs):
        return Verdict(plan, "refuted", f"costs {costs}, less than {lower}")
    claimed = claimed_floor(plan, nothing=nothing_done(told).minutes)
    if not at_most(claimed, cheapest):
        text = f"says {plan.proof} {plan.gap_pct} % at {costs}, another costs {cheapest}"
        return Verdict(plan, "refuted", text)
    if not at_most(claimed, lower):
        return Verdict(plan, "undecided")
    says = "equal" if plan.proof is Proof.OPTIMAL else "true"
    return Verdict(plan, says, is_optimum=at_most(costs, lower))


def _illegal(parts: list[DeadPart], plan: Plan) -> str:
    """What the page forbids in the plan; empty: nothing."""
    moves, costs = tuple(step.switch for step in plan.steps), plan.score.weighted_minutes
    found = [replayed(part, moves) for part in parts]
    if not moves or any(not isinstance(x, str) and close(x.minutes, costs) for x in found):
        return ""
    return "; ".join(x if isinstance(x, str) else f"costs {x.minutes}" for x in found)


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=RELATIVE)


def claimed_floor(plan: Plan, *, nothing: float) -> float:
    """What the plan says that nothing can beat: `gap_pct` is the share of the minutes that could
    be saved at most, and are not. Rounded to six places."""
    costs = plan.score.weighted_minutes
    if plan.proof is Proof.OPTIMAL:
        return costs
    share = (plan.gap_pct + 1e-6) / 100
    return (costs - share * nothing) / (1 - share) if share < 1 else 0.0


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
    engine = RadialFlow(network)
    counts: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    wrong = []
    for told in situations(network, scale, limits=limits_of(network, tight=tight)):
        plans = {transfer: planned(told, engine, transfer=transfer) for transfer in counts}
        truth = truth_of(told, plans[False], moved=plans[True])
        for transfer, plan in plans.items():
            one = verdict(told, plan, truth, transfer=transfer)
            counts[transfer].update(counted(one))
            if one.says == "refuted":
                wrong.append(f"{grid} {sorted(told.suspected)} {transfer=}: {one.why}")
    file = pytestconfig.rootpath / TABLE
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as table:
        for transfer, each in counts.items():
            table.write(
                row(f"{grid} | {scale:g} | {'tight' if tight else 'given'}", transfer, each)
            )
    assert not wrong, "\n".join(wrong)


def planned(told: Situation, engine: PowerFlow, *, transfer: bool) -> Plan:
    return propose(replace(told, settings=replace(told.settings, load_transfer=transfer)), engine)


def counted(one: Verdict) -> Iterator[str]:
    claim = "optimal" if one.plan.proof is Proof.OPTIMAL else "gap"
    yield f"{claim} {one.says}"
    yield "plans"
    if claim == "gap" and one.is_optimum:
        yield "gap, yet the optimum"


def row(case: str, transfer: bool, counts: Counter[str]) -> str:
    columns = ("plans", "optimal equal", "optimal refuted", "optimal undecided")
    columns += ("gap true", "gap refuted", "gap undecided", "gap, yet the optimum")
    figures = " | ".join(str(counts[column]) for column in columns)
    return f"| {case} | {'yes' if transfer else 'no'} | {figures} |\n"


# -- the reference itself ---------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["S43", "S73", "SL12.11", "SL25.D"])
def test_fewer_courses_have_the_same_optimum(fault: str) -> None:
    network = load_grid(resolve_grid("tpc84"))
    tight = situations(network, 1.0, limits=limits_of(network, tight=True))
    told = next(t for t in tight if fault in t.suspected)
    (part,) = parts_of(told, transfer=False)
    every = part.best(drops=True, courses_max=50_000)
    found = optimum_below(part, known=every.minutes + 1.0, effort=EFFORT)
    assert found is not None
    assert found.minutes == pytest.approx(every.minutes, rel=1e-12)
    assert optimum_below(part, known=every.minutes, effort=EFFORT) is None
    blocks = Blocks(part)
    trees = trees_of(blocks, trees_max=EFFORT)
    assert trees is not None
    lists = sorted(trees.values(), key=len)
    states = best_of_states(blocks, lists, known=every.minutes + 1.0, effort=EFFORT)
    assert states is not None
    assert states.minutes == pytest.approx(every.minutes, rel=1e-12)
