"""How many wires of the tree lie in the way of a tie; only for choosing between ways."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor

from gridops.schematic.shapes import LANE, Point

BAR_COST = 3
"""Crossing a busbar is as bad as crossing so many lines."""


class Traffic:
    """Counts by rows and by lanes: near enough to compare, cheap enough to ask often."""

    def __init__(self) -> None:
        self._upright: dict[int, list[float]] = defaultdict(list)
        """By the gap between two rows: the x of every wire that goes down through it."""
        self._switches: dict[int, list[float]] = defaultdict(list)
        self._level: dict[int, list[float]] = defaultdict(list)
        """By the gap between two lanes: the y of every wire or bar that goes across it."""

    def add(
        self, points: Sequence[Point], *, is_switch: bool = False, is_bar: bool = False
    ) -> None:
        for a, b in pairwise(points):
            if a.y == b.y:
                left, right = sorted((a.x, b.x))
                for gap in range(floor(left / LANE), ceil(right / LANE)):
                    self._level[gap] += [a.y] * (BAR_COST if is_bar else 1)
                continue
            top, bottom = sorted((a.y, b.y))
            for gap in range(floor(top), ceil(bottom)):
                self._upright[gap].append(a.x)
                if is_switch:
                    self._switches[gap].append(a.x)

    def settle(self) -> None:
        """To be called once after the last `add`."""
        for found in (*self._upright.values(), *self._switches.values(), *self._level.values()):
            found.sort()

    def across(self, gap: int, a: float, *, b: float) -> int:
        """Wires that a line in the gap between two rows crosses from x = a to x = b, each
        switch counted twice: its symbol fills the gap.
        """
        found = (self._upright.get(gap, ()), self._switches.get(gap, ()))
        return sum(_between(values, a, b=b) for values in found)

    def down(self, x: float, a: float, *, b: float) -> int:
        """Wires that an upright line at x crosses from y = a to y = b."""
        return _between(self._level.get(floor(x / LANE), ()), a, b=b)


def _between(values: Sequence[float], a: float, *, b: float) -> int:
    low, high = (a, b) if a < b else (b, a)
    return max(0, bisect_left(values, high) - bisect_right(values, low))
