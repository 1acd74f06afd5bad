"""From places to wires: the tree first, then busbars, then ties in what is left free."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from math import floor

from gridops.schematic.elbows import Elbows
from gridops.schematic.graph import Graph
from gridops.schematic.routing import Router
from gridops.schematic.shapes import LANE, Bar, Point, Wire
from gridops.schematic.space import Space
from gridops.schematic.traffic import Traffic
from gridops.schematic.tree import Tree

BAR_OVERHANG = 1.0
SPOTS = 20
"""How far from the middle of a tie, in rows or lanes, its symbol may give way to others."""
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
        self._space = Space(dict(enumerate(places)))
        self._traffic = Traffic()
        self._drops: dict[int, list[float]] = defaultdict(list)
        """By node: the x at which wires leave its row."""
        self._marked: set[tuple[int, int]] = set()
        """Where symbols of ties stand, roughly."""
        self._barred = graph.busbars.union(r for r in tree.roots if len(tree.children[r]) > 1)
        elbows = Elbows(self._space)
        for node in tree.order:
            self._draw_children(node, elbows)
        self._draw_bars()
        self._draw_ties()

    def _draw_children(self, node: int, elbows: Elbows) -> None:
        """From the middle outwards, so that inner ones bend first."""
        start = self._places[node]
        branched = {True: start.x, False: start.x}
        children = self._tree.children[node]
        for child in sorted(children, key=lambda c: abs(self._places[c].x - start.x)):
            end = self._places[child]
            found = elbows.take(start, end, ends=(node, child))
            if found is None:
                continue
            points, new = found
            side = end.x > start.x
            if len(points) > 2 and points[1].y == start.y:
                self._drops[node].append(end.x)
            self._keep(points, node=node, child=child, branched=branched[side])
            branched[side] = end.x
            is_switch = self._graph.edges[self._tree.via[child]].is_switch
            self._traffic.add(new, is_switch=is_switch)

    def _keep(self, points: tuple[Point, ...], *, node: int, child: int, branched: float) -> None:
        upright = next(((a, b) for a, b in pairwise(points) if a.x == b.x), None)
        if upright is not None:
            mark = Point(upright[0].x, (upright[0].y + upright[1].y) / 2)
        else:
            room = points[-1].x - branched
            aside = min(SIDE_MARK, abs(room) / 2)
            mark = Point(branched + (aside if room > 0 else -aside), points[-1].y)
        if node in self._barred and len(points) > 2 and points[1].y == points[0].y:
            points = points[1:]
        edge = self._tree.via[child]
        forwards = self._graph.edges[edge].a == node
        self.wires[edge] = Wire(points if forwards else points[::-1], mark, upright is not None)

    def _draw_bars(self) -> None:
        for node in sorted(self._barred):
            place = self._places[node]
            hanging = self._drops[node]
            left = self._bar_end(node, min((place.x, *hanging)), overhang=-BAR_OVERHANG)
            right = self._bar_end(node, max((place.x, *hanging)), overhang=BAR_OVERHANG)
            self.bars[node] = Bar(left, right)
            for points in ((left, right), (left, left), (right, right)):
                self._space.take(points, ends=(node, node))

    def _bar_end(self, node: int, x: float, *, overhang: float) -> Point:
        y = self._places[node].y
        inner, outer = Point(x, y), Point(x + overhang, y)
        free = self._space.is_free(inner, outer, ends=(node, node), tee=node)
        return outer if free and self._space.is_empty(outer) else inner

    def _draw_ties(self) -> None:
        for bar in self.bars.values():
            self._traffic.add((bar.left, bar.right), is_bar=True)
        self._traffic.settle()
        router = Router(self._space, self._traffic, places=self._places, bars=self.bars)
        edges = self._graph.edges
        missing = [k for k in range(len(edges)) if k not in self.wires]
        for k in sorted(missing, key=lambda k: (self._length(k), k)):
            points = router.way((edges[k].a, edges[k].b))
            mark, upright = self._mark(points)
            self.wires[k] = Wire(points, mark, upright, linked=True)

    def _length(self, edge: int) -> float:
        a, b = self._graph.edges[edge].a, self._graph.edges[edge].b
        return abs(self._places[a].x - self._places[b].x) + abs(
            self._places[a].y - self._places[b].y
        )

    def _mark(self, points: Sequence[Point]) -> tuple[Point, bool]:
        """Near the middle of the longest stretch that is not shared with other ties of the
        same node: where no wire of the tree crosses, and no other symbol of a tie stands.
        """
        legs = list(pairwise(points))
        inner = legs[1:-1] or legs
        a, b = max(inner, key=lambda leg: abs(leg[0].x - leg[1].x) + abs(leg[0].y - leg[1].y))
        upright = a.x == b.x
        if upright:
            spots = [Point(a.x, y) for y in _spots(a.y, b.y, step=1.0, beside=0.5)]
        else:
            spots = [Point(x, a.y) for x in _spots(a.x, b.x, step=LANE, beside=SIDE_MARK)]
        free = (spot for spot in spots if not self._marked.intersection(_near(spot)))
        mark = next(free, spots[0])
        self._marked.add((round(mark.x), round(mark.y)))
        return mark, upright


def _spots(a: float, b: float, *, step: float, beside: float) -> list[float]:
    """Beside rows or lanes, from the middle outwards; the middle itself of a short stretch."""
    middle = (a + b) / 2
    low, high = min(a, b) + 0.5, max(a, b) - 0.5
    first = step * floor(middle / step) + beside
    found = (first + step * k for k in range(-SPOTS, SPOTS + 1))
    return sorted((x for x in found if low <= x <= high), key=lambda x: abs(x - middle)) or [middle]


def _near(spot: Point) -> set[tuple[int, int]]:
    x, y = round(spot.x), round(spot.y)
    return {(x + dx, y + dy) for dx in (-2, -1, 0, 1, 2) for dy in (-1, 0, 1)}
