"""One hand-over first, then the plain search from there: what most gains by load transfer are.

A branch of a feeder that could take the dark part goes to a neighbour by one opening and one
closing. A heuristic: what it finds is the incumbent of the programme.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from gridops.isolation import Devices
from gridops.measurement import Measured, Position, Quality
from gridops.network import SwitchSet
from gridops.powerflow import PowerFlow
from gridops.restoration.judge import Judge
from gridops.restoration.objective import Score
from gridops.restoration.schedule import Move, schedule
from gridops.restoration.scope import Ground, Scope, scope_of
from gridops.restoration.scoring import score_of
from gridops.restoration.search import search
from gridops.restoration.transfer_order import Orders
from gridops.restoration.transfer_scope import Region
from gridops.restoration.transfer_trees import Trees

CHECKS_MAX = 24
"""Hand-overs that are solved by AC."""
ORDERS_MAX = 100
"""Partial orders that are continued for each of them."""
UNITS_MAX = 40
"""Where more is dark, as when a station is, the plain search takes long: nothing is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """`opens` and `closes` are lines of the region, by number."""

    opens: int
    closes: int
    groups: frozenset[int]
    """What moves."""


def best_single(
    region: Region, engine: PowerFlow, *, trees: Trees, best: Score, searches_max: int
) -> tuple[Score, tuple[Move, ...]] | None:
    """The best course by one hand-over that beats `best`; None: none of those tried does.

    `searches_max`: hand-overs from which the plain search goes on.
    """
    if len(region.scope.units) > UNITS_MAX or searches_max < 1:
        return None
    judge = Judge(region.scope, engine)
    found: tuple[Score, tuple[Move, ...]] | None = None
    for state in islice(_within_limits(region, trees, judge=judge), searches_max):
        final = searched(region.ground, engine, state=state)
        if final is None:
            continue
        below = best if found is None else found[0]
        orders = Orders(region.ground, final, judge.broken_around, judge.flow)
        moves = orders.best(below=below.weighted_minutes, expanded_max=ORDERS_MAX).moves
        if moves is None or judge.broken_later(moves) is not None:
            continue
        score = score_of(region.situation, moves)
        if score < below:
            found = score, moves
    return found


def _within_limits(region: Region, trees: Trees, *, judge: Judge) -> Iterator[SwitchSet]:
    """The states that the most promising hand-overs leave, the dark part as it is."""
    ends = region.ground.network.section_ends
    taken: set[frozenset[int]] = set()
    for each in _promising(region, trees)[:CHECKS_MAX]:
        opened, closed = (region.lines[k].switch for k in (each.opens, each.closes))
        state = (region.ground.closed - {opened}) | {closed}
        if each.groups in taken or judge.broken_around(
            state, frozenset((*ends[opened], *ends[closed]))
        ):
            continue
        taken.add(each.groups)
        yield state


def _promising(region: Region, trees: Trees) -> list[HandOver]:
    """Off the feeder that a tie hangs on first, then the quickest, then the most."""
    live = region.ground.live
    ends = region.ground.network.section_ends
    donors = {
        (live.source_of[e], live.feeder_of[e])
        for tie in region.scope.ties
        for e in ends[tie.switch]
        if live.is_supplied(e)
    }
    sources = {source for source, _ in donors}

    def rank(each: HandOver) -> tuple[bool, float, float, int, int]:
        section = region.groups[min(each.groups)].sections[0]
        is_near = (live.source_of[section], live.feeder_of[section]) in donors
        takes_s = region.lines[each.opens].takes_s + region.lines[each.closes].takes_s
        return not is_near, takes_s, -_power(region, trees, each=each), each.opens, each.closes

    found = [
        each
        for each in _hand_overs(region)
        if live.source_of[region.groups[min(each.groups)].sections[0]] in sources
        and _has_room(region, trees, each=each)
    ]
    return sorted(found, key=rank)


def _hand_overs(region: Region) -> Iterator[HandOver]:
    """Every branch that a line could feed from elsewhere; nothing that must stay is moved."""
    below: dict[int, list[int]] = {}
    for number, through in enumerate(region.fed_by):
        if through >= 0:
            below.setdefault(region.child_of(number), []).append(number)
    for k, near, far in _between_supplied(region):
        for top, branch in _upwards(region, near, below=below):
            if far in branch:
                break
            yield HandOver(opens=region.fed_by[top], closes=k, groups=branch)


def _between_supplied(region: Region) -> Iterator[tuple[int, int, int]]:
    """Open lines between supplied groups, each from either side."""
    for k, line in enumerate(region.lines):
        if not line.closed and not any(region.groups[g].is_dark for g in line.groups):
            a, b = line.groups
            yield k, a, b
            yield k, b, a


def _upwards(
    region: Region, group: int, *, below: Mapping[int, Sequence[int]]
) -> Iterator[tuple[int, frozenset[int]]]:
    """The branches that hold the group, the smallest first, as long as all in them may move."""
    while region.fed_by[group] >= 0:
        branch = _branch(group, below)
        if any(region.groups[g].stays for g in branch):
            return
        yield group, branch
        group = region.child_of(group)


def _branch(top: int, below: Mapping[int, Sequence[int]]) -> frozenset[int]:
    found = [top]
    for group in found:  # grows while it is walked
        found.extend(below.get(group, ()))
    return frozenset(found)


def _power(region: Region, trees: Trees, *, each: HandOver) -> float:
    drawn = (trees.drawn.get(s, 0.0) for g in each.groups for s in region.groups[g].sections)
    return sum(drawn)


def _has_room(region: Region, trees: Trees, *, each: HandOver) -> bool:
    """Whether the tree that takes it over could carry it."""
    source_of = region.ground.live.source_of
    near, far = region.lines[each.closes].groups
    taker = near if far in each.groups else far
    source = source_of[region.groups[taker].sections[0]]
    giver = source_of[region.groups[min(each.groups)].sections[0]]
    if source == giver:
        return trees.excess.get(source, 0.0) <= 0.0
    power = _power(region, trees, each=each)
    leaves = trees.excess.get(giver, 0.0) - power <= 0.0
    return leaves and trees.excess.get(source, 0.0) + power <= 0.0


def searched(ground: Ground, engine: PowerFlow, *, state: SwitchSet) -> SwitchSet | None:
    """The last state of the plain search from `state`; None: it brings nothing back."""
    situation = ground.situation
    snapshot = situation.snapshot
    moved = {s: Position.OPEN for s in ground.closed if s not in state}
    moved.update({s: Position.CLOSED for s in state if s not in ground.closed})
    positions = {s: Measured(p, Quality.GOOD, snapshot.at) for s, p in moved.items()}
    later = replace(
        situation,
        snapshot=replace(snapshot, positions={**snapshot.positions, **positions}),
        unavailable=situation.unavailable | moved.keys(),
    )
    devices: Devices = replace(
        ground.devices, snapshot=later.snapshot, unavailable=later.unavailable
    )
    scope: Scope = scope_of(later, devices, fence=ground.fence)
    judge = Judge(scope, engine)
    moves = schedule(scope, search(scope, judge).timetable.moves)
    return moves[-1].closed if any(move.restored for move in moves) else None
