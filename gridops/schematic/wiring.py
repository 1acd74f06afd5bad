"""From places to wires: the tree first, then busbars, then ties in what is left free."""

from collections.abc import Sequence
from itertools import pairwise
from math import floor

from gridops.schematic.graph import Graph
from gridops.schematic.routing import Router
from gridops.schematic.shapes import LANE, Bar, Point, Wire
from gridops.schematic.space import Space
from gridops.schematic.traffic import Traffic
from gridops.schematic.tree import Tree

BAR_OVERHANG = 1.0
SIDE_MARK = 1.5
"""How far from where it branches off the symbol of a wire to the side stands."""


class Wiring:
    """`wires[e]` of every edge, `bars[n]` of every busbar and every other head of a station.

    Holds for any places that differ from each other. A wire of the tree goes along its
    parent's row and down its child's column; one whose way is not free is routed like a tie.
    """

    def __init__(self, graph: Graph, tree: Tree, *, places: Sequence[Point]) -> None:
        self.wires: dict[int, Wire] = {}
        self.bars: dict[int, Bar] = {}
        self._graph = graph
        self._tree = tree
        self._places = places
        self._space = Space(places)
        self._barred = graph.busbars.union(r for r in tree.roots if len(tree.children[r]) > 1)
        for node in tree.order:
            self._draw_children(node)
        self._draw_bars()
        self._draw_ties()

    def _draw_children(self, node: int) -> None:
        """Left to right and right to left from the middle, so that inner ones bend first."""
        start = self._places[node]
        branched = {True: start.x, False: start.x}
        children = self._tree.children[node]
        for child in sorted(children, key=lambda c: abs(self._places[c].x - start.x)):
            end = self._places[child]
            points = self._elbow(node, child)
            legs = pairwise((start, *points))
            ends = (node, child)
            if not all(self._space.is_free(a, b, ends=ends, tee=node) for a, b in legs):
                continue
            side = end.x > start.x
            self._space.take((start, *points), ends=ends)
            self._keep(self._tree.via[child], points, node=node, branched=branched[side])
            branched[side] = end.x

    def _elbow(self, node: int, child: int) -> tuple[Point, ...]:
        start, end = self._places[node], self._places[child]
        corner = Point(end.x, start.y)
        if corner in (start, end):
            return (start, end)
        return (corner, end) if node in self._barred else (start, corner, end)

    def _keep(self, edge: int, points: tuple[Point, ...], *, node: int, branched: float) -> None:
        before, last = points[-2:]
        upright = before.x == last.x
        if upright:
            mark = Point(last.x, (before.y + last.y) / 2)
        else:
            room = last.x - branched
            aside = min(SIDE_MARK, abs(room) / 2)
            mark = Point(branched + (aside if room > 0 else -aside), last.y)
        forwards = self._graph.edges[edge].a == node
        self.wires[edge] = Wire(points if forwards else points[::-1], mark, upright)

    def _draw_bars(self) -> None:
        for node in sorted(self._barred):
            place = self._places[node]
            hanging = [
                self._places[child].x
                for child in self._tree.children[node]
                if self._tree.via[child] in self.wires and self._places[child].y != place.y
            ]
            left = self._bar_end(node, min((place.x, *hanging)), overhang=-BAR_OVERHANG)
            right = self._bar_end(node, max((place.x, *hanging)), overhang=BAR_OVERHANG)
            self.bars[node] = Bar(left, right)
            self._space.take((left, right), ends=(node, node))

    def _bar_end(self, node: int, x: float, *, overhang: float) -> Point:
        y = self._places[node].y
        inner, outer = Point(x, y), Point(x + overhang, y)
        free = self._space.is_free(inner, outer, ends=(node, node), tee=node)
        return outer if free else inner

    def _draw_ties(self) -> None:
        traffic = Traffic()
        for edge, wire in self.wires.items():
            traffic.add(wire.points, is_switch=self._graph.edges[edge].is_switch)
        for bar in self.bars.values():
            traffic.add((bar.left, bar.right), is_bar=True)
        traffic.settle()
        router = Router(self._space, traffic, places=self._places, bars=self.bars)
        edges = self._graph.edges
        missing = [k for k in range(len(edges)) if k not in self.wires]
        for k in sorted(missing, key=lambda k: (self._length(k), k)):
            points = router.way((edges[k].a, edges[k].b))
            mark, upright = _mark(points)
            self.wires[k] = Wire(points, mark, upright, linked=True)

    def _length(self, edge: int) -> float:
        a, b = self._graph.edges[edge].a, self._graph.edges[edge].b
        return abs(self._places[a].x - self._places[b].x) + abs(
            self._places[a].y - self._places[b].y
        )


def _mark(points: Sequence[Point]) -> tuple[Point, bool]:
    """The middle of the longest stretch that is not shared with other ties of the same node:
    beside the rows and the lanes, where no wire of the tree crosses.
    """
    legs = list(pairwise(points))
    inner = legs[1:-1] or legs
    a, b = max(inner, key=lambda leg: abs(leg[0].x - leg[1].x) + abs(leg[0].y - leg[1].y))
    upright = a.x == b.x
    if upright:
        middle = (a.y + b.y) / 2
        return Point(a.x, floor(middle) + 0.5 if abs(a.y - b.y) > 2 else middle), True
    middle = (a.x + b.x) / 2
    beside = LANE * floor(middle / LANE) + SIDE_MARK
    return Point(beside if abs(a.x - b.x) > 2 * LANE else middle, a.y), False
