"""Ways for ties: out of a node to the side, along a free channel, over a gap between rows.

A way has at most five stretches: a port from the node to a track beside it, along the track
to a level between two rows, across to a track beside the other node, along it, and in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product
from math import floor

from gridops.schematic.shapes import LANE, Bar, Point
from gridops.schematic.space import Ends, Space
from gridops.schematic.traffic import Traffic

GAPS_LOOKED_AT = 400
"""How far to look for a gap between rows that no wire goes through."""
BEND_COST = 1.5
CROSSING_COST = 3.0
WIDE_COST = 0.02
TALL_COST = 0.05
LEVELS = (0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875)
OUTER_LEVELS = 12
"""Below or above both ends, half a row apart: a tie that comes later goes outside."""


def _halves(finest: int, until: float) -> tuple[float, ...]:
    """Multiples of 1/2 below `until`, then those of 1/4 between them, to 1 / `finest`."""
    found: dict[float, None] = {}
    parts = 2
    while parts <= finest:
        found.update(dict.fromkeys(k / parts for k in range(1, int(until * parts))))
        parts *= 2
    return tuple(found)


COARSE = (1.0, 1.5, 2.0, 2.5, 0.5, *_halves(8, LANE)[5:])
"""Distances of a track from the next lane on its right, best first: clear of symbols, and of
the names that stand right of the lane on its left."""
FINE = (*COARSE, *_halves(256, LANE))


@dataclass(frozen=True, slots=True)
class _Port:
    """A way out of a node: `tracks` are the x that it may lead to, best first.

    `out` is where it leaves; None: wherever the track meets the busbar at height `y`.
    """

    y: float
    tracks: Sequence[float]
    out: Point | None
    level: bool = False
    """Goes on sideways at the height of the node, without a track of its own."""

    def to(self, track: float) -> tuple[Point, ...]:
        meets = Point(track, self.y)
        return (meets,) if self.out is None or self.out == meets else (self.out, meets)


@dataclass(frozen=True, slots=True, order=True)
class _Way:
    cost: float
    rank: int
    one: int
    other: int
    gap: int | None
    """None: without a level of its own between the two ports."""


class Router:
    def __init__(
        self,
        space: Space,
        traffic: Traffic,
        *,
        places: Sequence[Point],
        bars: Mapping[int, Bar],
    ) -> None:
        self._space = space
        self._traffic = traffic
        self._places = places
        self._bars = bars

    def way(self, ends: Ends) -> tuple[Point, ...]:
        """The cheapest free way that it finds between two nodes; it is taken at once.

        Where a tie must, it leaves its node along another wire of that node. A node that is
        joined to itself has a way of no length.
        """
        one, other = ends
        if one == other:
            return (self._places[one], self._places[one])
        for offsets, linked in ((COARSE, True), (FINE, True), (FINE, False)):
            found = self._free_way(ends, offsets, linked=linked)
            if found is not None:
                self._space.take(found, ends=ends, linked=True)
                return found
        return self._last_resort(ends)

    def _last_resort(self, ends: Ends) -> tuple[Point, ...]:
        a, b = self._places[ends[0]], self._places[ends[1]]
        return _tidy((a, Point(b.x, a.y), b))

    def _free_way(
        self, ends: Ends, offsets: Sequence[float], *, linked: bool
    ) -> tuple[Point, ...] | None:
        ports = tuple(
            self._ports(node, offsets, towards=self._places[far])
            for node, far in (ends, ends[::-1])
        )
        ways = _Candidates(self._space, ends, linked=linked)
        for way in sorted(self._ways(ports[0], ports[1])):
            one, other = ports[0][way.one], ports[1][way.other]
            found = (
                ways.direct(one, other) if way.gap is None else ways.over(one, other, gap=way.gap)
            )
            if found is not None:
                return found
        return None

    def _ports(self, node: int, offsets: Sequence[float], *, towards: Point) -> tuple[_Port, ...]:
        x, y = self._places[node]
        bar = self._bars.get(node)
        if bar is not None:
            left, right = bar.left, bar.right
            return (
                _Port(y, [left.x - o for o in offsets], left),
                _Port(y, [right.x + o for o in offsets], right),
                *(_Port(y, taps, None) for taps in (_taps(bar, towards.x),) if taps),
                _Port(y, (left.x,), left, level=True),
                _Port(y, (right.x,), right, level=True),
            )
        at = self._places[node]
        return (
            _Port(y, [x - o for o in offsets], at),
            _Port(y, [x + LANE - o for o in offsets], at),
            _Port(y, (x,), at),
            _Port(y, (x,), at, level=True),
        )

    def _ways(self, ones: Sequence[_Port], others: Sequence[_Port]) -> Iterator[_Way]:
        gaps = self._gaps(ones[0], others[0])
        rank = 0
        for (i, one), (j, other) in product(enumerate(ones), enumerate(others)):
            choices: Sequence[int | None] = (None, *(() if one.level or other.level else gaps))
            for gap in choices:
                rank += 1
                yield _Way(self._cost(one, other, gap=gap), rank, i, j, gap)

    def _gaps(self, one: _Port, other: _Port) -> list[int]:
        """Beside either end, and the nearest below and above both that nothing goes through."""
        rows = sorted((floor(one.y), floor(other.y)))
        a, b = one.tracks[0], other.tracks[0]
        found = {rows[0] - 1, rows[0], rows[1] - 1, rows[1]}
        for start, step in ((rows[1], 1), (rows[0] - 1, -1)):
            looked_at = range(start, start + step * GAPS_LOOKED_AT, step)
            clear = (gap for gap in looked_at if self._traffic.across(gap, a, b=b) == 0)
            found.update((next(clear, start),))
        return sorted(found)

    def _cost(self, one: _Port, other: _Port, *, gap: int | None) -> float:
        a, b = one.tracks[0], other.tracks[0]
        if gap is None:
            track = b if one.level else a
            crossed = self._traffic.down(track, one.y, b=other.y)
            row = one.y if one.level else other.y
            crossed += self._traffic.across(floor(row), a, b=b)
            bends = 0 if one.level and other.level else 2
            tall = abs(one.y - other.y)
        else:
            y = gap + LEVELS[0]
            crossed = self._traffic.across(gap, a, b=b)
            crossed += self._traffic.down(a, one.y, b=y) + self._traffic.down(b, other.y, b=y)
            bends = 2 + sum(port.out is not None and len(port.tracks) > 1 for port in (one, other))
            tall = abs(one.y - y) + abs(other.y - y)
        length = WIDE_COST * abs(a - b) + TALL_COST * tall
        return BEND_COST * bends + CROSSING_COST * crossed + length


def _taps(bar: Bar, towards: float) -> list[float]:
    """Where a wire may meet a bar from above or below: between the lanes, nearest first."""
    low, high = bar.left.x + 0.5, bar.right.x - 0.5
    steps = [low + k * LANE / 4 for k in range(int((high - low) * 4 / LANE) + 1)]
    return sorted(steps, key=lambda x: abs(x - towards))[:24]


class _Candidates:
    """Draws one way after the other until one is free; meanwhile nothing else may be taken."""

    def __init__(self, space: Space, ends: Ends, *, linked: bool) -> None:
        self._space = space
        self._ends = ends
        self._linked = linked
        self._begun: dict[tuple[int, Point | None, float, float], tuple[Point, ...] | None] = {}
        """By end, port and level: many ways begin alike."""

    def direct(self, one: _Port, other: _Port) -> tuple[Point, ...] | None:
        """Over one track alone, or sideways from one end to a track of the other."""
        if one.level and other.level:
            tracks: Sequence[float] = other.tracks if one.y == other.y else ()
        elif one.level or other.level:
            tracks = other.tracks if one.level else one.tracks
        else:
            common = set(other.tracks)
            tracks = [track for track in one.tracks if track in common]
        for track in tracks:
            points = _tidy((*one.to(track), *other.to(track)[::-1]))
            if self._all_free(points):
                return points
        return None

    def over(self, one: _Port, other: _Port, *, gap: int) -> tuple[Point, ...] | None:
        for y in _levels(gap, one.y, other=other.y):
            begin = self._begin(one, y, tee=self._ends[0])
            end = None if begin is None else self._begin(other, y, tee=self._ends[1])
            if begin is None or end is None:
                continue
            points = _tidy((*begin, *end[::-1]))
            if self._all_free(points):
                return points
        return None

    def _begin(self, port: _Port, y: float, *, tee: int) -> tuple[Point, ...] | None:
        key = (tee, port.out, port.tracks[0], y)
        if key not in self._begun:
            self._begun[key] = self._first_free(port, y, tee=tee)
        return self._begun[key]

    def _first_free(self, port: _Port, y: float, *, tee: int) -> tuple[Point, ...] | None:
        for track in port.tracks:
            points = (*port.to(track), Point(track, y))
            if all(self._free(a, b, tee=tee) for a, b in pairwise(points)):
                return points
        return None

    def _all_free(self, points: Sequence[Point]) -> bool:
        if _folds(points):
            return False
        legs = list(pairwise(points))
        tees: list[int | None] = [None] * len(legs)
        if len(legs) > 1:
            tees[0], tees[-1] = self._ends
        return all(self._free(a, b, tee=tee) for (a, b), tee in zip(legs, tees, strict=True))

    def _free(self, a: Point, b: Point, *, tee: int | None) -> bool:
        return self._space.is_free(a, b, ends=self._ends, tee=tee, linked=self._linked)


def _levels(gap: int, one: float, *, other: float) -> Iterator[float]:
    first = gap + LEVELS[0]
    outwards = 0.5 if first > max(one, other) else -0.5 if first < min(one, other) else 0.0
    if outwards:
        yield from (first + outwards * k for k in range(OUTER_LEVELS))
    yield from (gap + level for level in LEVELS)


def _tidy(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that lie between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (
            kept[-2].x == kept[-1].x == point.x or kept[-2].y == kept[-1].y == point.y
        ):
            kept.pop()
        kept.append(point)
    return tuple(kept) if len(kept) > 1 else (points[0], points[-1])


def _folds(points: Sequence[Point]) -> bool:
    """Whether a way runs along itself."""
    legs = list(pairwise(points))
    return any(_overlap(one, other) for one, other in combinations(legs, 2))


def _overlap(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    (a, b), (c, d) = one, other
    if a.y == b.y == c.y == d.y:
        return max(min(a.x, b.x), min(c.x, d.x)) <= min(max(a.x, b.x), max(c.x, d.x))
    if a.x == b.x == c.x == d.x:
        return max(min(a.y, b.y), min(c.y, d.y)) <= min(max(a.y, b.y), max(c.y, d.y))
    return False
