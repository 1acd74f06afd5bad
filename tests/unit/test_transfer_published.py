"""Load transfer on published grids whose load has grown: never worse, and the guard agrees."""

from dataclasses import replace

import pytest
from reference_folders import grid_of

from gridops.adapters.engines import PowerGridModelEngine
from gridops.guard import Guard
from gridops.powerflow import LoadPowers, RadialFlow
from gridops.restoration import propose
from gridops.state import energise
from gridops.study.random_cases import outage_at, told_plainly
from gridops.study.random_trials import guarded

FAULTS = 8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("grid", "scale"), [("civanlar16", 1.5), ("tpc84", 1.4), ("zhang119", 1.3), ("brazil136", 1.4)]
)
def test_plans_with_load_transfer_are_never_worse_and_pass_the_guard(
    grid: str, scale: float
) -> None:
    network = grid_of(grid)
    engine = RadialFlow(network)
    guard = Guard(network, PowerGridModelEngine(network))
    live = energise(network, network.normally_closed)
    sections = [s for s in network.sections if live.is_supplied(s)]
    loads = LoadPowers.stated(network, scale=scale)
    planned = 0
    for section in sections[:: max(1, len(sections) // FAULTS)]:
        closed = frozenset(network.normally_closed)
        told = told_plainly(outage_at(network, closed, faults=(section,), loads=loads))
        tight = replace(told.limits, loading_pct_max=100.0)
        with_it, without = (
            replace(told, limits=tight, settings=replace(told.settings, load_transfer=moves))
            for moves in (True, False)
        )
        plan = propose(with_it, engine)
        stays = propose(without, engine)
        assert plan.score.weighted_minutes <= stays.score.weighted_minutes + 1e-6, section
        if plan.steps:
            planned += 1
            assert guarded(guard, with_it, plan=plan).violations == (), section
    assert planned > 0
