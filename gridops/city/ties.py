"""Normally open ties between the ends of neighbouring feeders, and half way along."""

import itertools
from collections.abc import Iterator, Sequence

from gridops.city.equipment import TRUNK_CABLE, TRUNK_LINE
from gridops.city.feeder import TieEnd
from gridops.city.layout import Place, distance_m, placed
from gridops.city.plan import CityPlan
from gridops.city.yard import Yard

Pair = tuple[int, int]


def pair_ends(ends: Sequence[TieEnd], plan: CityPlan, *, yard: Yard) -> tuple[Pair, ...]:
    """Every feeder end gets a partner: nearest first, of another station where one is in reach,
    else of its own; who is left over joins the nearest end, taken or not."""
    places = [yard.place_of[end.node] for end in ends]
    stations = [end.works.site.station for end in ends]
    near = sorted(_near_pairs(places, plan.tie_reach_m))
    taken: set[int] = set()
    pairs: list[Pair] = []
    for abroad in (True, False):
        for _, one, other in near:
            if (stations[one] != stations[other]) is abroad and not {one, other} & taken:
                taken |= {one, other}
                pairs.append((one, other))
    alone = [one for one in range(len(ends)) if one not in taken]
    return tuple(sorted(pairs + [(one, _nearest(places, one)) for one in alone]))


def _nearest(places: Sequence[Place], one: int) -> int:
    """The place nearest to that of index `one`."""
    others = (k for k in range(len(places)) if k != one)
    return min(others, key=lambda k: (distance_m(places[one], places[k]), k))


def _near_pairs(places: Sequence[Place], within_m: float) -> Iterator[tuple[float, int, int]]:
    """(distance, lower, higher index) of all that are near, by squares of the map."""
    squares: dict[tuple[int, int], list[int]] = {}
    for k, (east, north) in enumerate(places):
        squares.setdefault((int(east // within_m), int(north // within_m)), []).append(k)
    for one, (east, north) in enumerate(places):
        column, row = int(east // within_m), int(north // within_m)
        around = ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        for other in (k for square in around for k in squares.get(square, ())):
            away = distance_m(places[one], places[other])
            if one < other and away <= within_m:
                yield away, one, other


def side_pairs(sides: Sequence[TieEnd], plan: CityPlan, *, yard: Yard) -> tuple[Pair, ...]:
    """Neighbours round a station, two and two, so that they hang on different transformers."""
    pairs = []
    for one, (this, that) in enumerate(itertools.pairwise(sides)):
        here, there = this.works.site, that.works.site
        is_pair = here.station == there.station and here.position % 2 == 0
        if is_pair and yard.dice.happens("side-tie", *here.key, chance=plan.side_tie_share):
            pairs.append((one, one + 1))
    return tuple(pairs)


def build_tie(one: TieEnd, other: TieEnd) -> None:
    """A line with a load-break switch, normally open, at the first end.

    At the other end a ring main unit has a switch too, normally closed; a pole has none.
    The open switch stands where it is remote, else at a ring main unit.
    """
    if (other.is_remote, other.is_ring_main_unit) > (one.is_remote, one.is_ring_main_unit):
        one, other = other, one
    yard = one.works.yard
    here, there = yard.place_of[one.node], yard.place_of[other.node]
    ident = _tie_id(one)
    near = one.works.terminal(ident, here, side="k")
    one.works.load_break_switch(ident, (one.node, near), remote=one.is_remote, is_open=True)
    far = other.node
    if other.is_ring_main_unit:
        far_ident = _tie_id(other)
        far = other.works.terminal(far_ident, there, side="k")
        other.works.load_break_switch(far_ident, (other.node, far), remote=other.is_remote)
    both_cable = one.works.site.is_cable or other.works.site.is_cable
    conductor = TRUNK_CABLE if both_cable else TRUNK_LINE
    joint = placed((here[0] + there[0]) / 2, (here[1] + there[1]) / 2)
    middle = one.works.tie_middle(joint, of=conductor)
    one.works.line((near, middle), of=conductor)
    one.works.line((middle, far), of=conductor)


def _tie_id(end: TieEnd) -> str:
    return f"{end.works.site.prefix}-LL{end.works.number('LL')}"
