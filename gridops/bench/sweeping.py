"""G7: every section of the city faulted once, each dead part given to the best of its ties."""

from collections.abc import Iterator
from dataclasses import replace

from gridops.bench.bench_city import BenchCity
from gridops.bench.measuring import Side, timed
from gridops.bench.race import Race
from gridops.bootstrap.wiring import engines_of
from gridops.network import ColdLoad, Network
from gridops.powerflow import RadialFlow
from gridops.powerflow.single_ties import PassResult, PassStatus, SingleTies
from gridops.restoration import PlanSettings, Proof
from gridops.study import Standing, WhatIf, standing, strike
from gridops.study.quick import single_ties

PASS_S = 0.1
COMPARED = 25
"""Faults for which the planner is asked as well."""
NEVER_COLD = ColdLoad(begins_s=1e9, full_s=2e9)


def races(city: BenchCity) -> Iterator[Race]:
    """Beside the planner's own answers for a sample of the faults; no peer does all of it."""
    before = same_limits(city.network)
    ties = single_ties(before, RadialFlow(city.network))
    found = ties.fault_everything()
    yield Race(
        goal="G7",
        what=f"N-1 pass, {int(found.checks.sum()):,} states of {len(found.sections):,} faults",
        on=city.title,
        ours=Side(read=timed(ties.fault_everything)),
        ours_wanted=PASS_S,
        holds=lambda: agrees_with_planner(before, ties),
    )


def same_limits(network: Network) -> Standing:
    """The normal state, to be planned by what the pass knows of: loads as they stand, voltage and
    current, remote switches."""
    return standing(
        network,
        WhatIf(
            limits=replace(network.limits, fault_in_pickups_min=None),
            plan=PlanSettings(crew_available=False, cold_load=NEVER_COLD),
        ),
    )


def agrees_with_planner(before: Standing, ties: SingleTies) -> bool:
    """Whether the pass promises no more than the planner, and as much where it says so."""
    found = ties.fault_everything()
    chosen = range(0, len(found.sections), max(1, len(found.sections) // COMPARED))
    engines = engines_of(before.network)
    ids = before.network.arrays.sections.ids
    for k in chosen:
        plan = strike(before, engines, faults=(ids[found.sections[k]],)).answer.plan
        if not _agrees(found, k, best=plan.customers.restored_by_switching, proof=plan.proof):
            return False
    return True


def _agrees(found: PassResult, k: int, *, best: float, proof: Proof) -> bool:
    if found.status[k] in (PassStatus.COMPLETE, PassStatus.NO_FENCE):
        return bool(found.restored[k] == best)
    return bool(found.restored[k] <= best) or proof is not Proof.OPTIMAL
