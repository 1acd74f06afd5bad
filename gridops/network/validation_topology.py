"""What hangs together, in the normal state and at best."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from gridops.ids import NodeId
from gridops.network.flaws import IDS_TOLD_MAX, Gaps, GridFlaw, Place
from gridops.network.network import Components
from gridops.network.topology import Edge, Topology

LOOPS_TOLD_MAX = 20
"""A grid that is meshed throughout is one finding, not thousands."""

_SUPPLYING_TABLES = frozenset({"nodes", "branches", "transformers", "switches", "sources"})


def topology_flaws(topology: Topology, gaps: Gaps) -> Iterator[GridFlaw]:
    components = topology.components
    yield from _self_loops(topology)
    yield from _sources_at_one_node(components)
    yield from _switches_without_effect(topology)
    yield from _loops_and_parallels(topology)
    yield from _unsupplied(topology, gaps)


def _self_loops(topology: Topology) -> Iterator[GridFlaw]:
    for edge in topology.broken:
        if edge.a == edge.b:
            kind = "switch" if edge.table == "switches" else "branch"
            code = "self-loop-switch" if edge.table == "switches" else "self-loop-branch"
            yield Place(edge.table, edge.row_index, (edge.ident, edge.a)).error(
                code,
                f"{kind} {edge.ident} begins and ends at node {edge.a}",
                remedy="mend one of its ends",
            )


def _sources_at_one_node(components: Components) -> Iterator[GridFlaw]:
    first: dict[NodeId, str] = {}
    for index, source in enumerate(components.sources):
        if source.node in first:
            yield Place("sources", index, (first[source.node], source.id)).error(
                "sources-in-parallel",
                f"sources {first[source.node]} and {source.id} feed in at one node {source.node}",
                remedy="keep one, or put a switch between them",
            )
        first.setdefault(source.node, source.id)


def _switches_without_effect(topology: Topology) -> Iterator[GridFlaw]:
    section = topology.section
    for edge in topology.switches:
        if section[edge.a] == section[edge.b]:
            yield Place("switches", edge.row_index, (edge.ident,)).warning(
                "switch-without-effect",
                f"both ends of switch {edge.ident} lie in one section",
                remedy="a branch bypasses it: mend its ends, or remove it",
            )


def _loops_and_parallels(topology: Topology) -> Iterator[GridFlaw]:
    """Grows trees, first from every source; an edge outside closes a ring or joins sources."""
    if topology.is_radial:
        return
    adjacent = topology.closed_at
    sources = dict.fromkeys(s.node for s in topology.components.sources if s.node in adjacent)
    root: dict[NodeId, NodeId] = {}
    through: dict[NodeId, Edge] = {}
    _grow(list(sources), adjacent, root=root, through=through)
    for node in adjacent:
        if node not in root:
            _grow([node], adjacent, root=root, through=through)
    trees = {(edge.table, edge.row_index) for edge in through.values()}
    outside = [e for e in topology.closed if (e.table, e.row_index) not in trees]
    for edge in outside[:LOOPS_TOLD_MAX]:
        yield _loop(edge, root, through=through)


def _grow(
    starts: list[NodeId],
    adjacent: Mapping[NodeId, list[Edge]],
    *,
    root: dict[NodeId, NodeId],
    through: dict[NodeId, Edge],
) -> None:
    root.update((start, start) for start in starts)
    queue = deque(starts)
    while queue:
        node = queue.popleft()
        for edge in adjacent[node]:
            other = edge.b if node == edge.a else edge.a
            if other not in root:
                root[other], through[other] = root[node], edge
                queue.append(other)


def _loop(edge: Edge, root: Mapping[NodeId, NodeId], *, through: Mapping[NodeId, Edge]) -> GridFlaw:
    one, other = _path(edge.a, through), _path(edge.b, through)
    shared = set(one) & set(other)
    one_way = [e for e in reversed(one) if e not in shared]
    edges = [*one_way, edge, *(e for e in other if e not in shared)]
    ring = [e.ident for e in edges]
    at = Place(edge.table, edge.row_index, tuple(ring))
    if len(edges) == 2 and all(e.table != "switches" for e in edges):
        return at.error(
            "parallel-branches",
            f"{ring[0]} and {ring[1]} lie in parallel between {edge.a} and {edge.b}",
            remedy="state them as one with their joint impedance and rating, or put an open "
            "switch into one of them",
        )
    if root[edge.a] != root[edge.b]:
        code, what = "sources-in-parallel", f"the sources at {root[edge.a]} and {root[edge.b]}"
        message = f"{edge.ident} joins {what} in the normal state"
    else:
        code, message = "normal-loop", f"{edge.ident} closes a loop in the normal state"
    told = _switches_near(edges, middle=len(one_way))
    if not told:
        remedy = "put a normally open switch into one of the branches on it"
        return at.error(code, message, remedy=remedy)
    message = f"{message}; {told}"
    return at.error(code, message, remedy="set one of these switches normally open")


def _switches_near(edges: Sequence[Edge], *, middle: int) -> str:
    """The switches of a ring; of many those around its far end, where feeders meet."""
    places = [k for k, edge in enumerate(edges) if edge.table == "switches"]
    near = sorted(sorted(places, key=lambda k: abs(k - middle))[:IDS_TOLD_MAX])
    names = ", ".join(edges[k].ident for k in near)
    if len(near) < len(places):
        return f"of its {len(places)} switches lie at the far end {names}"
    return f"its switches are {names}" if names else ""


def _path(node: NodeId, through: Mapping[NodeId, Edge]) -> list[Edge]:
    """The edges from `node` to the root of its tree."""
    path: list[Edge] = []
    while (edge := through.get(node)) is not None:
        path.append(edge)
        node = edge.b if node == edge.a else edge.a
    return path


def _unsupplied(topology: Topology, gaps: Gaps) -> Iterator[GridFlaw]:
    """Isolated nodes, sections that no source can reach, loads that are normally dark."""
    if gaps.tables & _SUPPLYING_TABLES:
        return
    components, section = topology.components, topology.section
    excused = _possibly_supplied(topology, gaps)
    starts = {*(s.node for s in components.sources), *excused}
    reachable = topology.supplied_sections(starts, only_closed=False)
    normally = topology.supplied_sections(starts, only_closed=True)
    touched = {end for edge in topology.edges for end in (edge.a, edge.b)} | starts
    told: set[NodeId] = set()
    for index, node in enumerate(components.nodes):
        if node.id not in touched:
            yield _no_supply("isolated-node", index, node=node.id, what="is joined to nothing")
        elif section[node.id] not in reachable and section[node.id] not in told:
            told.add(section[node.id])
            what = "lies in a section that no source can reach, even with all switches closed"
            yield _no_supply("unreachable-section", index, node=node.id, what=what)
    for index, load in enumerate(components.loads):
        at = section.get(load.node)
        if at in reachable and at not in normally:
            yield Place("loads", index, (load.id, load.node)).warning(
                "normally-dark-load",
                f"load {load.id} has no supply in the normal state",
                remedy="close a switch towards it, or remove the load",
            )


def _possibly_supplied(topology: Topology, gaps: Gaps) -> set[NodeId]:
    """Nodes at a broken edge: mended, it may well supply them."""
    ends = {NodeId(node) for node in gaps.nodes}
    ends.update(end for edge in topology.broken for end in (edge.a, edge.b))
    return ends & topology.section.keys()


def _no_supply(code: str, index: int, *, node: NodeId, what: str) -> GridFlaw:
    return Place("nodes", index, (node,)).error(
        code, f"node {node} {what}", remedy="join it by a branch or switch, or remove it"
    )
