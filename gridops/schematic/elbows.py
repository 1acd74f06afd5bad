"""Wires of a tree: from parent to child with at most one bend."""

from collections.abc import Sequence
from itertools import pairwise

from gridops.schematic.shapes import Point
from gridops.schematic.space import Ends, Space


class Elbows:
    """Takes wires of the tree in a space.

    Those of one parent share the way along its row, so each takes only what it adds to it: a
    star of any size costs no more than a chain.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._reach: dict[tuple[int, bool], float] = {}
        """By parent and side (right or not): the x until which its row is taken."""

    def take(
        self, start: Point, end: Point, *, ends: Ends
    ) -> tuple[tuple[Point, ...], tuple[Point, ...]] | None:
        """The way from parent to child, and the part of it that is taken newly; None if no way
        is free.

        Along the parent's row, then down the child's column; else along the parent's column,
        then the child's row.
        """
        corner, side = Point(end.x, start.y), (ends[0], end.x > start.x)
        reached = self._reach.get(side, start.x)
        beyond = corner.x > reached if side[1] else corner.x < reached
        new = _without_stops((Point(reached, start.y) if beyond else corner, corner, end))
        if self._is_free(new, ends, tee=ends[0]):
            self._space.take(new, ends=ends)
            if beyond:
                self._reach[side] = corner.x
            return _without_stops((start, corner, end)), new
        other = _without_stops((start, Point(start.x, end.y), end))
        if len(other) > 2 and self._is_free(other, ends, tee=ends[1]):
            self._space.take(other, ends=ends)
            return other, other
        return None

    def _is_free(self, points: Sequence[Point], ends: Ends, *, tee: int) -> bool:
        return all(self._space.is_free(a, b, ends=ends, tee=tee) for a, b in pairwise(points))


def _without_stops(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple(p for k, p in enumerate(points) if k == 0 or p != points[k - 1])
