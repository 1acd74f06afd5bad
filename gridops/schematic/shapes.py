"""What a layout is made of: points, wires, bars."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gridops.ids import BranchId, NodeId, SwitchId

LANE = 4.0
"""Distance of two parallel feeders or laterals, in the units of `Point`."""


class Point(NamedTuple):
    """A place on the drawing: x to the right, y downwards; one row is 1, one lane `LANE`."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A busbar from its left to its right end, both at the height of its node."""

    left: Point
    right: Point


@dataclass(frozen=True, slots=True)
class Wire:
    """How a branch or a switch is drawn, from its first to its second end.

    Every two points that follow each other differ in x or in y, never in both. At a busbar
    the wire begins where it meets the bar. `mark` is the place for the symbol, away from what
    the wire shares with others; `upright` tells whether the wire is vertical there. `linked`
    wires are no part of the tree that is drawn: ties, and what closes a loop.
    """

    points: tuple[Point, ...]
    mark: Point
    upright: bool
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything of a network is drawn; each mapping holds every element.

    `crossings` counts the points in which wires or bars cross without being joined; None on a
    map, where they are not counted.
    """

    places: Mapping[NodeId, Point]
    branches: Mapping[BranchId, Wire]
    switches: Mapping[SwitchId, Wire]
    bars: Mapping[NodeId, Bar]
    crossings: int | None
