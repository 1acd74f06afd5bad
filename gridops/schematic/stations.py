"""Stations and their feeders side by side: from shapes of feeders to places of all nodes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridops.schematic.graph import Graph
from gridops.schematic.packing import Packed
from gridops.schematic.shapes import LANE, Point
from gridops.schematic.tree import NONE, Tree

GAP_LANES = 1
"""Kept free between two feeders: room for ties, and for a lateral that comes later."""
SQUARE_FEEDERS = 9
"""So many feeders side by side are about as wide as they are long."""
SHELF_STEP_ROWS = 16
"""Shelves begin at multiples of this, so that one that grows a little moves no other."""
SHELF_MARGIN_ROWS = 6


@dataclass(frozen=True, slots=True)
class _Block:
    """A feeder or a part of a station; its topmost node stands in lane `anchor`."""

    width: int
    depth: int
    anchor: int


def placed(
    graph: Graph, tree: Tree, *, packed: Packed, order: Mapping[int, Sequence[int]]
) -> list[Point]:
    """A place for every node, at whole rows and lanes.

    Many stations stand on several shelves, every other one read from right to left, so that
    stations that follow each other in `order` stay neighbours.
    """
    shelf_of = _shelves(tree, order[NONE])
    beside = {
        above: below[::-1] if above != NONE and shelf_of[above] % 2 else below
        for above, below in order.items()
    }
    columns = _Columns(graph, tree, packed=packed, beside=beside)
    row = 0
    for shelf in range(1 + max(shelf_of.values(), default=0)):
        roots = [root for root in order[NONE] if shelf_of[root] == shelf]
        lane = depth = 0
        for root in roots[::-1] if shelf % 2 else roots:
            columns.put(root, lane=lane, row=row)
            lane += columns.block[root].width + GAP_LANES
            depth = max(depth, columns.block[root].depth)
        steps = math.ceil((depth + SHELF_MARGIN_ROWS) / SHELF_STEP_ROWS)
        row += steps * SHELF_STEP_ROWS
    return columns.places()


def _shelves(tree: Tree, roots: Sequence[int]) -> dict[int, int]:
    """The shelf of every upper node, from the number of feeders alone."""
    root_of: dict[int, int] = {}
    feeders = dict.fromkeys(roots, 0)
    for node in tree.order:
        if node in tree.upper:
            root_of[node] = node if tree.parent[node] == NONE else root_of[tree.parent[node]]
            here = sum(child not in tree.upper for child in tree.children[node])
            feeders[root_of[node]] += here or not tree.children[node]
    count = sum(feeders.values())
    shelves = 2 ** max(0, round(math.log2(max(count, 1) / SQUARE_FEEDERS) / 2))
    passed, shelf = 0, {}
    for root in roots:
        shelf[root] = passed * shelves // count
        passed += feeders[root]
    return {node: shelf[root] for node, root in root_of.items()}


class _Columns:
    def __init__(
        self, graph: Graph, tree: Tree, *, packed: Packed, beside: Mapping[int, Sequence[int]]
    ) -> None:
        self._graph = graph
        self._tree = tree
        self._packed = packed
        self._beside = beside
        self._corner: dict[int, tuple[int, int]] = {}
        """Of each block: its leftmost lane and the row of its topmost node."""
        self.block = {
            top: _Block(packed.width[top], packed.depth[top], anchor=0) for top in packed.width
        }
        for node in reversed(tree.order):
            if node in tree.upper:
                self.block[node] = self._joined(node)

    def _joined(self, node: int) -> _Block:
        below = self._beside[node]
        if not below:
            return _Block(1, 1, anchor=0)
        blocks = [self.block[child] for child in below]
        width = sum(block.width + GAP_LANES for block in blocks) - GAP_LANES
        depth = max(self._rows(child) + self.block[child].depth for child in below)
        anchors = [lane + self.block[child].anchor for child, lane in self._lanes(node)]
        return _Block(width, 1 + depth, anchor=anchors[self._straight(node)])

    def _straight(self, node: int) -> int:
        """Which of the blocks below a node stands straight below it."""
        below = self._beside[node]
        upper = [k for k, child in enumerate(below) if child in self._tree.upper]
        if upper and node not in self._graph.busbars:
            return upper[(len(upper) - 1) // 2]
        return (len(below) - 1) // 2

    def _lanes(self, node: int) -> list[tuple[int, int]]:
        """The blocks below a node with their leftmost lanes."""
        found, lane = [], 0
        for child in self._beside[node]:
            found.append((child, lane))
            lane += self.block[child].width + GAP_LANES
        return found

    def _rows(self, child: int) -> int:
        return self._graph.edges[self._tree.via[child]].rows

    def put(self, root: int, *, lane: int, row: int) -> None:
        waiting = [(root, lane, row)]
        while waiting:
            node, left, top = waiting.pop()
            self._corner[node] = left, top
            if node in self._tree.upper:
                waiting += [
                    (child, left + offset, top + self._rows(child))
                    for child, offset in self._lanes(node)
                ]

    def places(self) -> list[Point]:
        found = []
        for node, top in enumerate(self._tree.feeder_of):
            lane, row = self._corner[top]
            if node in self._tree.upper:
                found.append(Point(LANE * (lane + self.block[node].anchor), float(row)))
            else:
                lane, row = lane + self._packed.lane[node], row + self._packed.row[node]
                found.append(Point(LANE * lane, float(row)))
        return found
