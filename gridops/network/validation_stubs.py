"""Lines that end in nothing."""

from collections import Counter
from collections.abc import Iterator

from gridops.network.flaws import GridFlaw, Place, gathered
from gridops.network.network import Components


def stub_flaws(components: Components) -> Iterator[GridFlaw]:
    """Branches with an end where nothing else is joined and nothing draws, feeds or measures."""
    edges = [(b.from_node, b.to_node) for b in components.all_branches]
    edges += [(s.node_a, s.node_b) for s in components.switches]
    degree = Counter(end for ends in edges for end in ends)
    used: set[str] = {load.node for load in components.loads}
    used.update(source.node for source in components.sources)
    used.update(generator.node for generator in components.generators)
    used.update(shunt.node for shunt in components.shunts)
    used.update(point.element for point in components.points)
    found = [
        Place("branches", index, (branch.id,))
        for index, branch in enumerate(components.branches)
        if any(degree[end] == 1 and end not in used for end in (branch.from_node, branch.to_node))
    ]
    yield from gathered(
        "stub-branch",
        found,
        message="branches that end where nothing is joined",
        remedy="add the load or the switch that stands there, or remove the branch",
    )
