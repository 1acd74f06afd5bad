"""One feeder as lanes: the trunk straight down, laterals in lanes of their own to its right.

o            row 0
|
o----o       row 1: a lateral leaves at a right angle
|    |
o-+  o       row 2: one that branches at once bends down first
| |
o o-o        the upper lateral lies outside, so that no lateral crosses another
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridops.schematic.graph import Graph
from gridops.schematic.tree import NONE, Tree

SHORT_ROWS = 8
STRETCH_ROWS = 5
"""The trunk is stretched by up to so many rows at a time so that short laterals, which are no
deeper than `SHORT_ROWS`, fit below each other in one lane instead of around each other."""


@dataclass(frozen=True, slots=True)
class Packed:
    """`lane[n]` and `row[n]` count from the topmost node of the feeder of n.

    `width[top]` and `depth[top]`: how many lanes and rows the feeder below `top` takes.
    """

    lane: Sequence[int]
    row: Sequence[int]
    width: Mapping[int, int]
    depth: Mapping[int, int]


def pack(graph: Graph, tree: Tree) -> Packed:
    """The shape of every feeder, each from what belongs to it alone.

    Guarantees: no two nodes of a feeder share a place; no wire from parent to child (along
    the parent's row, then down the child's lane) touches a third node or crosses another.
    """
    packing = _Packing(graph, tree)
    paths = _paths(graph, tree)
    for path in reversed(paths):  # whatever hangs on a path comes after it
        packing.place(path)
    for path in paths:
        packing.settle(path)
    tops = [path[0] for path in paths if tree.feeder_of[path[0]] == path[0]]
    return Packed(
        lane=packing.lane,
        row=packing.row,
        width={top: 1 + max(packing.used[top]) for top in tops},
        depth={top: len(packing.used[top]) for top in tops},
    )


def _paths(graph: Graph, tree: Tree) -> list[list[int]]:
    """The trunk of each feeder and lateral: always on to the child with the longest way left,
    then the most power, closed before open.
    """
    count = len(graph.nodes)
    height, power_w = [0] * count, list(graph.power_w)
    next_of = [NONE] * count
    for node in reversed(tree.order):
        best = max(
            tree.children[node],
            key=lambda c: (graph.edges[tree.via[c]].closed, height[c], power_w[c], -tree.via[c]),
            default=NONE,
        )
        next_of[node] = best
        if best != NONE:
            height[node] = height[best] + graph.edges[tree.via[best]].rows
        power_w[node] += sum(power_w[child] for child in tree.children[node])
    paths = []
    for node in tree.order:
        above = tree.parent[node]
        if node in tree.upper or (above not in tree.upper and next_of[above] == node):
            continue
        path = [node]
        while (after := next_of[path[-1]]) != NONE:
            path.append(after)
        paths.append(path)
    return paths


class _Packing:
    def __init__(self, graph: Graph, tree: Tree) -> None:
        self.graph = graph
        self.tree = tree
        self.lane = [0] * len(graph.nodes)
        self.row = [0] * len(graph.nodes)
        self.used: dict[int, list[int]] = {}
        """By the first node of a path: of each row from there on, the last lane in use."""
        self.hung_at: dict[int, tuple[int, int]] = {}
        """By the first node of a lateral: lane and row as seen from the path that it leaves."""
        self.first_of = [NONE] * len(graph.nodes)

    def place(self, path: Sequence[int]) -> None:
        """Rows along `path` and everything that hangs on it, from the bottom up."""
        laterals = {
            node: [child for child in self.tree.children[node] if child != after]
            for node, after in zip(path, (*path[1:], NONE), strict=True)
        }
        row, clear = 0, 0
        for node in path:
            row += self.graph.edges[self.tree.via[node]].rows if node != path[0] else 0
            depths = [len(self.used[lateral]) for lateral in laterals[node]]
            if depths and row < clear <= row + STRETCH_ROWS and node != path[0]:
                row = clear
            clear = max([clear, *(row + 1 + depth for depth in depths if depth <= SHORT_ROWS)])
            self.row[node] = row
        used = [0] * (row + 1)
        for node in reversed(path):
            for lateral in laterals[node]:
                is_last = lateral == laterals[node][-1]
                self._hang(lateral, used, at=self.row[node], is_last=is_last)
        self.used[path[0]] = used

    def _hang(self, lateral: int, used: list[int], *, at: int, is_last: bool) -> None:
        """The outermost lateral of a node goes straight to the side, if it can."""
        on_bar = self.tree.parent[lateral] in self.graph.busbars
        straight = is_last and not on_bar and len(self.tree.children[lateral]) <= 1
        drop = 0 if straight else self.graph.edges[self.tree.via[lateral]].rows
        shape = [0] * drop + self.used[lateral]
        lane = 1 + max(used[at : at + len(shape)])
        used.extend([-1] * (at + len(shape) - len(used)))
        for k, width in enumerate(shape):
            used[at + k] = max(used[at + k], lane + width)
        self.hung_at[lateral] = lane, at + drop

    def settle(self, path: Sequence[int]) -> None:
        """Turns rows along `path` into places in the feeder; the path above is settled."""
        lane, row = 0, 0
        if path[0] in self.hung_at:
            above = self.first_of[self.tree.parent[path[0]]]
            lane, row = self.hung_at[path[0]]
            lane, row = lane + self.lane[above], row + self.row[above]
        for node in path:
            self.first_of[node] = path[0]
            self.lane[node] = lane
            self.row[node] += row
