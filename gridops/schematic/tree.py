"""The tree that is drawn: every node once, along the way it is supplied in the normal state."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridops.schematic.graph import Graph

NONE = -1
STATION_HOPS = 6
"""A busbar so near to its source, without a feeder head between, belongs to the station."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A spanning forest of a graph.

    `parent[n]` and `via[n]` (the edge to it) are `NONE` at a root. `order` lists parents
    before children. `upper` nodes stand above the feeders: whatever hangs on one of them and
    is not upper itself is a feeder, with `feeder_of[n]` its topmost node.
    """

    parent: Sequence[int]
    via: Sequence[int]
    children: Sequence[Sequence[int]]
    roots: Sequence[int]
    order: Sequence[int]
    upper: frozenset[int]
    feeder_of: Sequence[int]
    """For an upper node: itself."""


def tree_of(graph: Graph) -> Tree:
    """Breadth first over closed edges from the sources; what stays dark then hangs where an
    open edge joins it; what nothing joins becomes a tree of its own.
    """
    growth = _Growth(graph)
    growth.plant(graph.sources)
    for root in (*sorted(graph.busbars), *range(len(graph.nodes))):
        if not growth.reached[root]:
            growth.plant((root,))
    children: list[list[int]] = [[] for _ in graph.nodes]
    for node in growth.order:
        if growth.parent[node] != NONE:
            children[growth.parent[node]].append(node)
    for siblings in children:
        siblings.sort(key=growth.via.__getitem__)
    upper = _upper(graph, growth)
    feeder_of = list(range(len(graph.nodes)))
    for node in growth.order:
        if node not in upper and growth.parent[node] not in upper:
            feeder_of[node] = feeder_of[growth.parent[node]]
    return Tree(
        growth.parent, growth.via, children, growth.roots, growth.order, upper, feeder_of
    )  # fmt: skip


class _Growth:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        count = len(graph.nodes)
        self.reached = [False] * count
        self.parent = [NONE] * count
        self.via = [NONE] * count
        self.roots: list[int] = []
        self.order: list[int] = []
        self._queue: deque[int] = deque()
        self._open: deque[tuple[int, int]] = deque()

    def plant(self, roots: Sequence[int]) -> None:
        """Grows from `roots` until nothing joins any further node."""
        self.roots.extend(roots)
        for root in roots:
            self.reached[root] = True
        self._queue.extend(roots)
        self._spread()
        while self._open:
            node, edge = self._open.popleft()
            self._join(node, edge)
            self._spread()

    def _spread(self) -> None:
        while self._queue:
            node = self._queue.popleft()
            self.order.append(node)
            for edge in self.graph.at[node]:
                if self.graph.edges[edge].closed:
                    self._join(node, edge)
                elif not self.reached[self.graph.edges[edge].far(node)]:
                    self._open.append((node, edge))

    def _join(self, node: int, edge: int) -> None:
        far = self.graph.edges[edge].far(node)
        if not self.reached[far]:
            self.reached[far] = True
            self.parent[far], self.via[far] = node, edge
            self._queue.append(far)


def _upper(graph: Graph, growth: _Growth) -> frozenset[int]:
    upper = set(growth.roots)
    for top in _station_ends(graph, growth):
        node = top
        while node not in upper:
            upper.add(node)
            node = growth.parent[node]
    return frozenset(upper)


def _station_ends(graph: Graph, growth: _Growth) -> Iterator[int]:
    """The nodes that feeder heads leave, and busbars near the source."""
    depth = [0] * len(graph.nodes)
    for node in growth.order:
        parent = growth.parent[node]
        if parent == NONE:
            continue
        is_head = graph.edges[growth.via[node]].is_head
        depth[node] = STATION_HOPS + 1 if is_head else depth[parent] + 1
        if is_head:
            yield parent
        elif node in graph.busbars and depth[node] <= STATION_HOPS:
            yield node
