"""What hangs together, in the normal state and at best."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gridops.ids import NodeId
from gridops.network.flaws import Gaps, GridFlaw, Place
from gridops.network.network import Components

LOOPS_TOLD_MAX = 20
"""A grid that is meshed throughout is one finding, not thousands."""

_SUPPLYING_TABLES = frozenset({"nodes", "branches", "transformers", "switches", "sources"})


@dataclass(frozen=True, slots=True)
class Edge:
    """A branch, transformer or switch whose two ends exist."""

    table: str
    index: int
    ident: str
    a: NodeId
    b: NodeId
    is_closed: bool
    """Normally; a branch always is."""


def sound_edges(components: Components) -> tuple[Edge, ...]:
    """Every edge between two listed, different nodes."""
    nodes = {node.id for node in components.nodes}
    edges = (*_branch_edges(components), *_switch_edges(components))
    return tuple(e for e in edges if e.a in nodes and e.b in nodes and e.a != e.b)


def _branch_edges(components: Components) -> Iterator[Edge]:
    for index, branch in enumerate(components.branches):
        ends = branch.from_node, branch.to_node
        yield Edge("branches", index, branch.id, *ends, is_closed=True)
    for index, transformer in enumerate(components.transformers):
        ends = transformer.from_node, transformer.to_node
        yield Edge("transformers", index, transformer.id, *ends, is_closed=True)


def _switch_edges(components: Components) -> Iterator[Edge]:
    for index, switch in enumerate(components.switches):
        ends = switch.node_a, switch.node_b
        yield Edge("switches", index, switch.id, *ends, is_closed=switch.is_normally_closed)


def topology_flaws(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    edges = sound_edges(components)
    yield from _self_loops(components)
    yield from _sources_at_one_node(components)
    yield from _switches_without_effect(components, edges)
    yield from _loops_and_parallels(components, [e for e in edges if e.is_closed])
    yield from _unsupplied(components, edges, gaps=gaps)


def _self_loops(components: Components) -> Iterator[GridFlaw]:
    for edge in (*_branch_edges(components), *_switch_edges(components)):
        if edge.a == edge.b:
            kind = "switch" if edge.table == "switches" else "branch"
            yield Place(edge.table, edge.index, (edge.ident, edge.a)).error(
                f"self-loop-{kind}",
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


def components_of(nodes: Iterable[NodeId], edges: Iterable[Edge]) -> dict[NodeId, NodeId]:
    """Node -> a node that stands for everything joined to it by `edges`."""
    leader = {node: node for node in nodes}

    def find(node: NodeId) -> NodeId:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for edge in edges:
        leader[find(edge.b)] = find(edge.a)
    return {node: find(node) for node in leader}


def _switches_without_effect(components: Components, edges: tuple[Edge, ...]) -> Iterator[GridFlaw]:
    nodes = [node.id for node in components.nodes]
    section = components_of(nodes, (e for e in edges if e.table != "switches"))
    for edge in edges:
        if edge.table == "switches" and section[edge.a] == section[edge.b]:
            yield Place("switches", edge.index, (edge.ident,)).warning(
                "switch-without-effect",
                f"both ends of switch {edge.ident} lie in one section",
                remedy="a branch bypasses it: mend its ends, or remove it",
            )


def _loops_and_parallels(components: Components, closed: list[Edge]) -> Iterator[GridFlaw]:
    """Grows trees, first from every source; an edge outside closes a ring or joins sources."""
    adjacent = adjacency(closed)
    sources = dict.fromkeys(s.node for s in components.sources if s.node in adjacent)
    root: dict[NodeId, NodeId] = {}
    through: dict[NodeId, Edge] = {}
    _grow(list(sources), adjacent, root=root, through=through)
    for node in adjacent:
        if node not in root:
            _grow([node], adjacent, root=root, through=through)
    outside = [e for e in closed if e not in (through.get(e.a), through.get(e.b))]
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
    ring = [e.ident for e in (*reversed(one), edge, *other) if e not in shared]
    if root[edge.a] != root[edge.b]:
        code, what = "sources-in-parallel", f"the sources at {root[edge.a]} and {root[edge.b]}"
        message = f"{edge.ident} joins {what} in the normal state"
    else:
        code, message = "normal-loop", f"{edge.ident} closes a loop in the normal state"
    return Place(edge.table, edge.index, tuple(ring)).error(
        code, message, remedy="set one switch of these normally open"
    )


def _path(node: NodeId, through: Mapping[NodeId, Edge]) -> list[Edge]:
    """The edges from `node` to the root of its tree."""
    path: list[Edge] = []
    while (edge := through.get(node)) is not None:
        path.append(edge)
        node = edge.b if node == edge.a else edge.a
    return path


def adjacency(edges: Iterable[Edge]) -> dict[NodeId, list[Edge]]:
    found: dict[NodeId, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.a, []).append(edge)
        found.setdefault(edge.b, []).append(edge)
    return found


def _unsupplied(
    components: Components, edges: tuple[Edge, ...], *, gaps: Gaps
) -> Iterator[GridFlaw]:
    """Isolated nodes, sections that no source can reach, loads that are normally dark."""
    if gaps.tables & _SUPPLYING_TABLES:
        return
    nodes = [node.id for node in components.nodes]
    excused = _possibly_supplied(components, gaps)
    starts = [s.node for s in components.sources] + list(excused)
    reachable = _supplied(nodes, edges, starts=starts)
    normally = _supplied(nodes, [e for e in edges if e.is_closed], starts=starts)
    touched = {end for edge in edges for end in (edge.a, edge.b)} | excused
    section = components_of(nodes, (e for e in edges if e.table != "switches"))
    told: set[NodeId] = set()
    for index, node in enumerate(components.nodes):
        if node.id not in touched and node.id not in starts:
            yield _no_supply("isolated-node", index, node=node.id, what="is joined to nothing")
        elif node.id not in reachable and section[node.id] not in told:
            told.add(section[node.id])
            what = "lies in a section that no source can reach, even with all switches closed"
            yield _no_supply("unreachable-section", index, node=node.id, what=what)
    for index, load in enumerate(components.loads):
        if load.node in reachable and load.node not in normally:
            yield Place("loads", index, (load.id, load.node)).warning(
                "normally-dark-load",
                f"load {load.id} has no supply in the normal state",
                remedy="close a switch towards it, or remove the load",
            )


def _possibly_supplied(components: Components, gaps: Gaps) -> set[NodeId]:
    """Nodes at a broken edge: mended, it may well supply them."""
    nodes = {node.id for node in components.nodes}
    ends: set[NodeId] = {node for node in nodes if node in gaps.nodes}
    for edge in (*_branch_edges(components), *_switch_edges(components)):
        if edge.a == edge.b or edge.a not in nodes or edge.b not in nodes:
            ends |= {end for end in (edge.a, edge.b) if end in nodes}
    return ends


def _supplied(
    nodes: Iterable[NodeId], edges: Iterable[Edge], *, starts: Iterable[NodeId]
) -> set[NodeId]:
    leader = components_of(nodes, edges)
    live = {leader[start] for start in starts if start in leader}
    return {node for node, of in leader.items() if of in live}


def _no_supply(code: str, index: int, *, node: NodeId, what: str) -> GridFlaw:
    return Place("nodes", index, (node,)).error(
        code, f"node {node} {what}", remedy="join it by a branch or switch, or remove it"
    )
