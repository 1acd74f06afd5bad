"""What is not held against load transfer: limits that are broken before anything moves, and
ratings that hold for a while."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gridops.ids import BranchId, NodeId, SwitchId
from gridops.powerflow import ViolationKind
from gridops.powerflow.capacity import emergency_pct
from gridops.powerflow.radial_grid import RadialGrid
from gridops.restoration.judge import Judge
from gridops.restoration.transfer_scope import Region
from gridops.restoration.transfer_terms import Bus, Piece

A_LITTLE = 1.01
"""What is broken now may be as broken as it is, and this much for rounding."""


def spared(
    region: Region,
    judge: Judge,
    *,
    grid: RadialGrid,
    buses: Mapping[int, Bus],
    pieces: Sequence[Piece],
) -> list[Piece]:
    """The pieces, with more room where AC would not refuse for it; likewise the buses.

    A plan does not answer for what it leaves alone. What moves there is refused by AC.
    """
    sections = region.ground.network.sections
    roots = (s for group in region.groups if group.is_root for s in group.sections)
    sources = frozenset(s for s in roots if sections[s].sources)
    more: dict[int, float] = {}
    for broken in judge.broken_around(region.ground.closed, sources):
        if broken.kind is ViolationKind.UNDERVOLTAGE:
            _lower(region, grid, buses=buses, node=NodeId(broken.element), square=broken.value**2)
        elif broken.kind is ViolationKind.OVERLOAD:
            at = _of_branch(grid, pieces, number=_number(region, broken.element))
            _widen(more, at, factor=A_LITTLE * broken.value / broken.limit)
        elif broken.kind is ViolationKind.SWITCH_RATING:
            number = region.ground.network.arrays.switches.of[SwitchId(broken.element)]
            at = [p.number for p in pieces if number in grid.segments.switches[p.number]]
            _widen(more, at, factor=A_LITTLE * broken.value / broken.limit)
    limits = region.situation.limits
    if limits.emergency_s is not None and limits.loading_pct_max is not None:
        allowed = emergency_pct(region.ground.network, limits, lasts_s=0.0)
        for branch, pct in allowed.items():
            at = _of_branch(grid, pieces, number=_number(region, branch))
            _widen(more, at, factor=pct / limits.loading_pct_max)
    return [replace(p, most=p.most * more.get(p.number, 1.0)) for p in pieces]


def emergency_factors(region: Region) -> list[float]:
    """What branches may carry for a while, over what they may carry in general."""
    limits = region.situation.limits
    if limits.emergency_s is None or limits.loading_pct_max is None:
        return []
    allowed = emergency_pct(region.ground.network, limits, lasts_s=0.0)
    return [max(pct / limits.loading_pct_max, 1.0) for pct in allowed.values()]


def _lower(
    region: Region, grid: RadialGrid, *, buses: Mapping[int, Bus], node: NodeId, square: float
) -> None:
    number = region.ground.network.arrays.nodes.of[node]
    bus = buses.get(int(grid.segments.bus_of_node[number]))
    if bus is not None:
        bus.square_min = min(bus.square_min, square)


def _widen(more: dict[int, float], segments: Iterable[int], *, factor: float) -> None:
    for number in segments:
        more[number] = max(more.get(number, 1.0), factor)


def _number(region: Region, branch: str) -> int:
    return region.ground.network.arrays.branches.of.get(BranchId(branch), -1)


def _of_branch(grid: RadialGrid, pieces: Sequence[Piece], *, number: int) -> list[int]:
    """The segments that the branch is a part of."""
    segments = grid.segments
    found = []
    for piece in pieces:
        members = segments.members[piece.number], segments.members[piece.number + 1]
        begin, end = segments.starts[members[0]], segments.starts[members[1]]
        if number in segments.branches[begin:end]:
            found.append(piece.number)
    return found
