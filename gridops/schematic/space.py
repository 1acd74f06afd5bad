"""What is drawn already: no wire may run along another one or over a foreign node."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from gridops.schematic.shapes import Point

CELL = 16.0
"""Stretches are kept by cells of this length, so that a look-up is short on a long line."""

Ends = tuple[int, int]
"""The nodes that a wire joins, in a tree the upper one first; a busbar: its node twice."""


class _Stretch(NamedTuple):
    """Part of a horizontal or vertical line that belongs to a wire, a bar or a node."""

    low: float
    high: float
    ends: Ends
    linked: bool = False


class Space:
    """Guarantees: what was found free before it was taken runs along nothing else, touches no
    foreign node, and bends on no foreign wire. It may cross one.
    """

    def __init__(self, places: Mapping[int, Point]) -> None:
        self._places: dict[int, Point] = {}
        self._stretches: dict[tuple[bool, float, int], list[_Stretch]] = defaultdict(list)
        for node, place in places.items():
            self.put(node, place)

    def put(self, node: int, place: Point) -> None:
        self._places[node] = place
        self.take((place, place), ends=(node, node))

    def is_free(
        self, a: Point, b: Point, *, ends: Ends, tee: int | None = None, linked: bool = False
    ) -> bool:
        """Whether a wire between the nodes `ends` may go straight from `a` to `b`.

        Sideways it may share the way with other wires that leave the node `tee`; a `linked`
        one only with linked ones.
        """
        horizontal, low, high = _span(a, b)
        for other in self._along(a, b):
            if other.low > high or other.high < low:
                continue
            touch = max(low, other.low)
            at = Point(touch, a.y) if horizontal else Point(a.x, touch)
            if touch == min(high, other.high) and self._joined(other, ends, at=at):
                continue
            if not (horizontal and tee is not None and _shares(other, tee, linked=linked)):
                return False
        return True

    def _along(self, a: Point, b: Point) -> Iterator[_Stretch]:
        horizontal, low, high = _span(a, b)
        across = a.y if horizontal else a.x
        for cell in _cells(low, high):
            yield from self._stretches.get((horizontal, across, cell), ())

    def _joined(self, other: _Stretch, ends: Ends, *, at: Point) -> bool:
        """Whether `other` and a wire between `ends` may meet in the point `at`."""
        is_bar = other.ends[0] == other.ends[1]
        return any(end in other.ends and (is_bar or self._places[end] == at) for end in ends)

    def is_empty(self, point: Point) -> bool:
        """Whether a node may stand here: on no wire, on no other node."""
        lines = ((True, point.y, point.x), (False, point.x, point.y))
        return not any(
            other.low <= along <= other.high
            for horizontal, across, along in lines
            for other in self._stretches.get((horizontal, across, int(along // CELL)), ())
        )

    def take(self, points: Sequence[Point], *, ends: Ends, linked: bool = False) -> None:
        """Keeps a line; a single point, given twice, is kept from both directions."""
        for a, b in pairwise(points):
            horizontal, low, high = _span(a, b)
            across = a.y if horizontal else a.x
            stretch = _Stretch(low, high, ends, linked)
            for cell in _cells(low, high):
                self._stretches[(horizontal, across, cell)].append(stretch)
            if a == b:
                upright = _Stretch(a.y, a.y, ends)
                self._stretches[(False, a.x, int(a.y // CELL))].append(upright)


def _shares(other: _Stretch, tee: int, *, linked: bool) -> bool:
    leaves = other.ends[0] == tee or (other.linked and tee in other.ends)
    return leaves and other.low < other.high and (other.linked or not linked)


def _span(a: Point, b: Point) -> tuple[bool, float, float]:
    """(horizontal, from, to); a single point counts as horizontal."""
    if a.y == b.y:
        return True, min(a.x, b.x), max(a.x, b.x)
    return False, min(a.y, b.y), max(a.y, b.y)


def _cells(low: float, high: float) -> range:
    return range(int(low // CELL), int(high // CELL) + 1)
