"""Counts where wires cross."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from gridops.schematic.shapes import Point

_END, _ACROSS, _BEGIN = range(3)
"""At the same height: first uprights end, then lines lie across, then uprights begin."""


def crossings(lines: Iterable[Sequence[Point]]) -> int:
    """In how many points a vertical stretch of these polylines crosses a horizontal one.

    A bend or an end on the other line is no crossing. Cost: n log n, by a sweep downwards.
    """
    across: dict[float, list[tuple[float, float]]] = defaultdict(list)
    events: list[tuple[float, int, float, float]] = []
    for points in lines:
        for a, b in pairwise(points):
            if a.y == b.y:
                across[a.y].append((min(a.x, b.x), max(a.x, b.x)))
            else:
                events.append((min(a.y, b.y), _BEGIN, a.x, a.x))
                events.append((max(a.y, b.y), _END, a.x, a.x))
    for y, stretches in across.items():
        events += [(y, _ACROSS, left, right) for left, right in _merged(stretches)]
    found = 0
    upright: list[float] = []
    for _, kind, left, right in sorted(events):
        if kind == _BEGIN:
            insort(upright, left)
        elif kind == _END:
            upright.pop(bisect_left(upright, left))
        else:
            found += max(0, bisect_left(upright, right) - bisect_right(upright, left))
    return found


def _merged(stretches: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Wires of one node may share a way: that is one line."""
    last: tuple[float, float] | None = None
    for left, right in sorted(stretches):
        if last is not None and left <= last[1]:
            last = last[0], max(last[1], right)
            continue
        if last is not None:
            yield last
        last = left, right
    if last is not None:
        yield last
