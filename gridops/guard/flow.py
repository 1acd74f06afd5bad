"""The AC solution of what a step concerns, and of nothing else."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from gridops.guard.case import Case, Island, Stage
from gridops.guard.world import Reach, World, walk
from gridops.ids import SectionId, SourceId, SwitchId
from gridops.powerflow import FlowResult, LoadPowers


def islands_after(case: Case, stage: Stage) -> tuple[Island, ...]:
    """The supplied islands at the ends of the device once it has moved, positions as last heard
    of: rule 24 sees to it that none is in doubt on the feeder itself."""
    if stage.place not in case.islands:
        case.islands[stage.place] = islands_in(case, stage, world=stage.after)
    return case.islands[stage.place]


def current_before(case: Case, stage: Stage) -> float | None:
    """What flows through the device before it moves, in A; 0 if it carries nothing, None where
    the state has no solution. A device that carries something belongs to one island."""
    switch: SwitchId = stage.move.switch
    results = [island.result for island in islands_in(case, stage, world=stage.before)]
    if not all(result.converged for result in results):
        return None
    return sum(r.switch_current_a[switch] for r in results if switch in r.switch_current_a)


def islands_with(case: Case, stage: Stage, *, world: World, loads: LoadPowers) -> Iterator[Island]:
    """The supplied islands at the ends of the device in some state and with other loads than
    those of the case."""
    for island in islands_in(case, stage, world=world):
        dead = case.dead_sources & case.network.sources.keys()
        start = next(iter(island.sections))
        result = case.engine.solve(island.links, loads, dead_sources=dead, around=(start,))
        yield replace(island, result=result)


def islands_in(case: Case, stage: Stage, *, world: World) -> tuple[Island, ...]:
    """The supplied islands at the ends of the device in some state."""
    found: dict[frozenset[SectionId], Island] = {}
    for end in stage.ends:
        reach = walk(case.network, (end,), passes=world.last_passed)
        sections = frozenset(reach.sections)
        sources = {s for each in reach.infeeds for s in case.network.sections[each].sources}
        if sections not in found and sources - case.dead_sources:
            dead = sources & case.dead_sources
            found[sections] = Island(sections, reach.links, _solved(case, reach, dead_sources=dead))
    return tuple(found.values())


def _solved(case: Case, reach: Reach, *, dead_sources: AbstractSet[SourceId]) -> FlowResult:
    """The switches that the walk passed are all that conduct in this island."""
    start = next(iter(reach.sections))
    key = (reach.links, start)
    if key not in case.solved:
        case.solved[key] = case.engine.solve(
            reach.links, case.loads, dead_sources=dead_sources, around=(start,)
        )
    return case.solved[key]
