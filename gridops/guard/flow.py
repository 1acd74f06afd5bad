"""The AC solution of what a step concerns, and of nothing else."""

from dataclasses import dataclass

from gridops.guard.case import Case, Stage
from gridops.guard.world import World, walk
from gridops.ids import SectionId, SwitchId
from gridops.powerflow import FlowResult


@dataclass(frozen=True, slots=True)
class Island:
    """All that hangs on a source together with one section, and its solution.

    Sibling feeders on the same busbar belong to it, since they load the same transformer.
    """

    sections: frozenset[SectionId]
    result: FlowResult


def islands_around(case: Case, stage: Stage, *, world: World) -> list[Island]:
    """The supplied islands at the ends of the device, positions as last heard of: rule 24
    sees to it that none is in doubt on the feeder itself."""
    found: dict[frozenset[SectionId], Island] = {}
    for end in stage.ends:
        sections = frozenset(walk(case.network, (end,), passes=world.last_passed).sections)
        if (
            sections not in found
            and (solved := _solved(case, world, sections=sections)) is not None
        ):
            found[sections] = Island(sections, solved)
    return list(found.values())


def _solved(case: Case, world: World, *, sections: frozenset[SectionId]) -> FlowResult | None:
    """None if the island has no live source."""
    network = case.network
    members = [network.sections[s] for s in sections]
    live = {s for m in members for s in m.sources} - case.dead_sources
    if not live:
        return None
    closed = frozenset(s for m in members for s in m.switches if world.last_passed(s))
    key = (closed, sections)
    if key not in case.solved:
        inside = {load for m in members for load in m.loads}
        case.solved[key] = case.engine.solve(
            closed,
            {k: power for k, power in case.knowledge.loads.items() if k in inside},
            dead_sources=frozenset(s for s in network.sources if s not in live),
        )
    return case.solved[key]


def current_before(case: Case, stage: Stage) -> float:
    """What flows through the device before it moves, in A; 0 if it carries nothing."""
    switch: SwitchId = stage.move.switch
    islands = islands_around(case, stage, world=stage.before)
    return max((i.result.switch_current_a.get(switch, 0.0) for i in islands), default=0.0)
