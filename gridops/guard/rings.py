"""Make before break: the one parallel that may be, for the time of a switching."""

from gridops.guard.case import Case, Stage
from gridops.guard.world import Reach, World, walk
from gridops.ids import NodeId, SectionId

CLOCK_HOURS = 12


def may_make_ring(case: Case, stage: Stage) -> bool:
    """Whether this closing may join two live sides: the switch is declared for it, both sides
    surely hang on the same section with a source and could hang on no other, so that they are in
    step by construction, and the very next step opens the ring again.
    """
    if not case.network.switches[stage.move.switch].closes_ring:
        return False
    without = stage.before.without(stage.move.switch)
    feeds = {_only_feed(case, without, end=end) for end in stage.ends}
    return len(feeds) == 1 and None not in feeds and _opened_next(case, stage)


def _only_feed(case: Case, world: World, *, end: SectionId) -> SectionId | None:
    """The one section with a live source that surely feeds `end`, if no other could."""
    possible, sure = (
        walk(world.network, (end,), passes=passes, beyond_infeeds=False, aside=world.aside).infeeds
        for passes in (world.may_pass, world.surely_passes)
    )
    if len(possible) != 1 or possible != sure:
        return None
    (only,) = sure
    sources = set(case.network.sections[only].sources)
    return only if sources - case.dead_sources else None


def _opened_next(case: Case, stage: Stage) -> bool:
    """No closing opens a ring, so that the step need not be asked which it is."""
    following = case.stages[stage.place + 1 :][:1]
    return any(not _around(stage, after.after).has_loop for after in following)


def _around(stage: Stage, world: World) -> Reach:
    return walk(world.network, stage.ends, passes=world.may_pass, beyond_infeeds=False)


def turned_by(case: Case, stage: Stage) -> int:
    """How many clock hours the two sides of a closing device are turned against each other by
    the transformers between them, 0 to 11; 0 too where nothing else joins them."""
    turns = _turns(case, stage)
    device = case.network.switches[stage.move.switch]
    hours = {device.node_a: 0}
    queue = [device.node_a]
    for node in queue:  # grows while it is walked
        for other, turn in turns.get(node, ()):
            if other not in hours:
                hours[other] = (hours[node] + turn) % CLOCK_HOURS
                queue.append(other)
    return hours.get(device.node_b, 0)


def _turns(case: Case, stage: Stage) -> dict[NodeId, list[tuple[NodeId, int]]]:
    """Of each node around the device: what it is joined to, and the hours on the way there."""
    network, part = case.network, stage.part_after
    edges = [
        (branch.from_node, branch.to_node, getattr(branch, "clock", 0))
        for section in part.sections
        for branch in (network.branches[b] for b in network.sections[section].branches)
    ]
    edges += [
        (switch.node_a, switch.node_b, 0)
        for switch in (network.switches[s] for s in sorted(part.links - {stage.move.switch}))
    ]
    found: dict[NodeId, list[tuple[NodeId, int]]] = {}
    for one, other, turn in edges:
        found.setdefault(one, []).append((other, turn))
        found.setdefault(other, []).append((one, -turn))
    return found
