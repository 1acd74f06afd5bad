"""New elements fitted into a drawing that people know: what stood stays where it stood."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median_low

from gridops.ids import NodeId
from gridops.schematic.elbows import Elbows
from gridops.schematic.graph import Graph
from gridops.schematic.shapes import LANE, Point
from gridops.schematic.space import Space
from gridops.schematic.tree import NONE, Tree

KEPT_SHARE_MIN = 0.5
"""With fewer former places than this there is nothing worth keeping."""
PLACE_MAX = 1e9
"""Beyond this, sums of places lose the fractions that tell two tracks apart."""
FAR = 50_000.0
"""A former place so far from the middle of the others is a slip: a wire that leads there would
cost minutes and gigabytes."""
REACH_LANES = 30
"""How far beside its parent a new part is fitted in before it goes below everything."""


def fitted(
    graph: Graph, tree: Tree, *, fresh: Sequence[Point], before: Mapping[NodeId, Point]
) -> list[Point]:
    """The places of `before` wherever a node has one, the others near what they join.

    A node set into a line stands between its neighbours, also between two rows. A new lateral
    or feeder keeps its shape of `fresh` and goes where it fits: below its parent, beside it,
    or below everything. A place that is given twice, is no number, or lies `FAR` from the others
    counts as none. Guarantees: no two nodes share a place; deterministic.
    """
    known = _known(graph, before)
    if len(known) < KEPT_SHARE_MIN * len(graph.nodes):
        return list(fresh)
    fitting = _Fitting(graph, tree, fresh=fresh, known=known)
    for node in tree.order:
        if node not in fitting.places:
            fitting.insert(node)
    return [fitting.places[node] for node in range(len(graph.nodes))]


def _known(graph: Graph, before: Mapping[NodeId, Point]) -> dict[int, Point]:
    found: dict[int, Point] = {}
    taken: set[Point] = set()
    for node, ident in enumerate(graph.nodes):
        place = before.get(ident)
        if place is None or place in taken or not _is_usable(place):
            continue
        found[node] = place
        taken.add(place)
    return _without_slips(found)


def _is_usable(place: Point) -> bool:
    """False for what is no number, too."""
    return abs(place.x) <= PLACE_MAX and abs(place.y) <= PLACE_MAX


def _without_slips(known: Mapping[int, Point]) -> dict[int, Point]:
    if not known:
        return {}
    x, y = (median_low(values) for values in zip(*known.values(), strict=True))
    return {
        node: place
        for node, place in known.items()
        if abs(place.x - x) <= FAR and abs(place.y - y) <= FAR
    }


class _Fitting:
    def __init__(
        self, graph: Graph, tree: Tree, *, fresh: Sequence[Point], known: dict[int, Point]
    ) -> None:
        self.places = dict(known)
        self._graph = graph
        self._tree = tree
        self._fresh = fresh
        self._space = Space(known)
        self._elbows = Elbows(self._space)
        self._bottom = max(place.y for place in known.values())
        self._right = max(place.x for place in known.values())
        for node in tree.order:
            if node in known and tree.parent[node] in known:
                self._draw(node)

    def _draw(self, node: int) -> None:
        parent = self._tree.parent[node]
        self._elbows.take(self.places[parent], self.places[node], ends=(parent, node))

    def insert(self, node: int) -> None:
        """Places `node` and the new nodes that come with it; its parent stands already."""
        parent = self._tree.parent[node]
        spots = None if parent == NONE else self._between(node)
        if spots is None:
            shape = self._shape(node)
            spots = next(self._beside(node, shape), None) or self._apart(node, shape)
        for new, spot in spots.items():
            self.places[new] = spot
            self._space.put(new, spot)
            self._bottom = max(self._bottom, spot.y)
            self._right = max(self._right, spot.x)
        for new in spots:
            if self._tree.parent[new] != NONE:
                self._draw(new)
            for child in self._tree.children[new]:
                if child in self.places and child not in spots:
                    self._draw(child)

    def _between(self, node: int) -> dict[int, Point] | None:
        """Places for a chain of new nodes between two old ones, in a straight line."""
        chain = [node]
        while (after := self._leading(chain[-1])) is not None and after not in self.places:
            chain.append(after)
        if after is None:
            return None
        start, end = self.places[self._tree.parent[node]], self.places[after]
        if start.x != end.x and start.y != end.y:
            start = Point(end.x, start.y)
        parts = len(chain) + 1
        step = Point((end.x - start.x) / parts, (end.y - start.y) / parts)
        spots = {
            new: Point(round(start.x + k * step.x, 3), round(start.y + k * step.y, 3))
            for k, new in enumerate(chain, start=1)
        }
        fits = len(set(spots.values())) == len(spots)
        return spots if fits and all(map(self._space.is_empty, spots.values())) else None

    def _leading(self, node: int) -> int | None:
        """The child that stands already, else one below which something does, else None."""
        children = self._tree.children[node]
        waiting = [(child, child) for child in reversed(children)]
        while waiting:
            first, here = waiting.pop()
            if here in self.places:
                return first
            waiting += [(first, child) for child in reversed(self._tree.children[here])]
        return None

    def _shape(self, node: int) -> dict[int, Point]:
        """New nodes that hang together below `node`, as seen from it."""
        found: dict[int, Point] = {}
        waiting = [node]
        origin = self._fresh[node]
        while waiting:
            new = waiting.pop()
            found[new] = Point(self._fresh[new].x - origin.x, self._fresh[new].y - origin.y)
            waiting += [c for c in self._tree.children[new] if c not in self.places]
        return found

    def _beside(self, node: int, shape: Mapping[int, Point]) -> Iterator[dict[int, Point]]:
        """Where the shape fits together with its wires, best first."""
        parent = self._tree.parent[node]
        if parent == NONE:
            return
        at = self.places[parent]
        down = float(self._graph.edges[self._tree.via[node]].rows)
        below = [Point(at.x, at.y + down)]
        aside = [
            Point(at.x + lanes * LANE / 2, at.y + drop)
            for lanes in (2, 1, *range(3, 2 * REACH_LANES))
            for drop in (0.0, down)
        ]
        for spot in (*below, *aside):
            spots = {new: Point(spot.x + p.x, spot.y + p.y) for new, p in shape.items()}
            if self._fits(spots):
                yield spots

    def _fits(self, spots: Mapping[int, Point]) -> bool:
        if not all(map(self._space.is_empty, spots.values())):
            return False
        places = {**spots}
        for node in spots:
            parent = self._tree.parent[node]
            start, end = places.get(parent) or self.places[parent], spots[node]
            corner = Point(end.x, start.y)
            ends = (parent, node)
            if not self._space.is_free(start, corner, ends=ends, tee=parent):
                return False
            if not self._space.is_free(corner, end, ends=ends):
                return False
        return True

    def _apart(self, node: int, shape: Mapping[int, Point]) -> dict[int, Point]:
        """Below everything; a new tree right of everything."""
        parent = self._tree.parent[node]
        if parent == NONE:
            left = min(place.x for place in shape.values())
            origin = Point(self._right + 2 * LANE - left, self._fresh[node].y)
        else:
            top = min(place.y for place in shape.values())
            origin = Point(self.places[parent].x, self._bottom + 2.0 - top)
        return {new: Point(origin.x + p.x, origin.y + p.y) for new, p in shape.items()}
