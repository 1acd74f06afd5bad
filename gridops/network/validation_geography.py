"""Coordinates: exchanged, left at zero, stacked, or not fitting the lengths of the lines."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from statistics import median

from gridops.ids import NodeId
from gridops.network.components import Branch, Node
from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components

EXTENT_DEG_MAX = 3.0
"""No distribution grid reaches further than this from its middle."""
M_PER_DEG = 111_195.0
"""One degree of a great circle on a sphere of 6,371 km."""
SHORTER_SHARE = 0.9
SHORTER_M = 50.0
"""Coordinates are rounded, and stations have an extent: a line may seem shorter by this."""
DETOUR_FACTOR = 5.0
DETOUR_M = 500.0
"""A line longer than this many times the straight way, and by this much, is suspect."""
STACKED_LENGTH_M = 200.0
STACKED_NODES_MIN = 3
_REMEDY = "check longitude_deg and latitude_deg (WGS 84)"

Position = tuple[float, float]
"""Longitude and latitude in degrees."""


def coordinate_flaws(nodes: Sequence[Node]) -> Iterator[GridFlaw]:
    """Nodes whose coordinates cannot be meant; a grid without coordinates has no flaw."""
    inside: list[tuple[int, Node, Position]] = []
    for index, node in enumerate(nodes):
        longitude, latitude = node.longitude_deg, node.latitude_deg
        if longitude is None and latitude is None:
            continue
        if longitude is None or latitude is None:
            yield _flaw("coordinates-incomplete", index, node=node, what="has only one coordinate")
        elif longitude == 0 and latitude == 0:
            yield _flaw(
                "coordinates-zero", index, node=node, what="lies at longitude 0, latitude 0"
            )
        elif abs(longitude) <= 180 and abs(latitude) <= 90:
            inside.append((index, node, (longitude, latitude)))
        else:
            yield _outside(index, node, at=(longitude, latitude))
    yield from _far_away(inside)


def _flaw(code: str, index: int, *, node: Node, what: str) -> GridFlaw:
    return Place("nodes", index, (node.id,)).warning(code, f"node {node.id} {what}", remedy=_REMEDY)


def _outside(index: int, node: Node, *, at: Position) -> GridFlaw:
    longitude, latitude = at
    if abs(longitude) <= 90 and abs(latitude) <= 180:
        what = f"has latitude {latitude:g}: latitude and longitude are exchanged"
        return _flaw("coordinates-exchanged", index, node=node, what=what)
    what = f"lies outside the world at longitude {longitude:g}, latitude {latitude:g}"
    return _flaw("coordinates-outside-world", index, node=node, what=what)


def _far_away(inside: Sequence[tuple[int, Node, Position]]) -> Iterator[GridFlaw]:
    if not inside:
        return
    east, north = ([at[k] for _, _, at in inside] for k in range(2))
    middle = median(east), median(north)
    corners = product((min(east), max(east)), (min(north), max(north)))
    if all(math.dist(corner, middle) <= EXTENT_DEG_MAX for corner in corners):
        return
    for index, node, at in inside:
        if math.dist(at, middle) <= EXTENT_DEG_MAX:
            continue
        where = f"longitude {at[0]:g}, latitude {at[1]:g}"
        if math.dist((at[1], at[0]), middle) <= EXTENT_DEG_MAX:
            what = f"lies at {where}: exchanged, it would lie among its neighbours"
            yield _flaw("coordinates-exchanged", index, node=node, what=what)
        else:
            what = f"lies at {where}, more than {EXTENT_DEG_MAX:g} degrees from the grid's middle"
            yield _flaw("coordinates-far-away", index, node=node, what=what)


def distance_m(one: Position, other: Position) -> float:
    """Straight over the ground; exact to a few metres within a distribution grid."""
    east = (other[0] - one[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, other[1] - one[1]) * M_PER_DEG


def length_flaws(components: Components) -> Iterator[GridFlaw]:
    """Lines whose length cannot be, or hardly can be, between the places of their ends.

    A line cannot be shorter than the straight way. Many times longer is possible, but more
    often a slip. Several lines within one and the same spot mean that the spot stands for a
    district, not for its nodes.
    """
    place = _places(components.nodes)
    stacked: dict[Position, list[int]] = {}
    for index, branch in enumerate(components.branches):
        one, other = place.get(branch.from_node), place.get(branch.to_node)
        if one is None or other is None:
            continue
        if one == other and branch.length_m > STACKED_LENGTH_M:
            stacked.setdefault(one, []).append(index)
        yield from _length_flaw(index, branch, straight_m=distance_m(one, other))
    yield from _stacked_flaws(components, stacked)


def _places(nodes: Sequence[Node]) -> Mapping[NodeId, Position]:
    """Only where both coordinates can be true."""
    return {
        node.id: (node.longitude_deg, node.latitude_deg)
        for node in nodes
        if node.longitude_deg is not None
        and node.latitude_deg is not None
        and abs(node.longitude_deg) <= 180
        and abs(node.latitude_deg) <= 90
        and (node.longitude_deg or node.latitude_deg)
    }


def _length_flaw(index: int, branch: Branch, *, straight_m: float) -> Iterator[GridFlaw]:
    at, long_m = Place("branches", index, (branch.id,)), branch.length_m
    measured = f"branch {branch.id} is {long_m:g} m long, its ends are {straight_m:.0f} m apart"
    remedy = "check length_m and the coordinates of both ends"
    if long_m < straight_m * SHORTER_SHARE - SHORTER_M:
        yield at.warning("length-below-distance", measured, remedy=remedy)
    elif straight_m > 0 and long_m > max(straight_m * DETOUR_FACTOR, straight_m + DETOUR_M):
        yield at.warning("length-beyond-distance", measured, remedy=remedy)


def _stacked_flaws(
    components: Components, stacked: Mapping[Position, list[int]]
) -> Iterator[GridFlaw]:
    for at, lines in stacked.items():
        branches = [components.branches[k] for k in lines]
        ends = dict.fromkeys(end for b in branches for end in (b.from_node, b.to_node))
        if len(ends) < STACKED_NODES_MIN:
            continue
        ids = tuple(branch.id for branch in branches)
        longest_m = max(branch.length_m for branch in branches)
        yield Place("branches", lines[0], ids).warning(
            "coordinates-stacked",
            f"{len(ends)} nodes lie on one spot ({at[0]:g}, {at[1]:g}), though lines of up to "
            f"{longest_m:g} m join them",
            remedy="give each node its own place, or none",
        )
