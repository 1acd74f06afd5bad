"""Restoration candidates: what a dark part does to the trees that take it on.

The trees of the state before are solved once. A candidate moves switches in and around the dark
part; what it supplies is grown behind the positions of those trees and hung on them as they
stand, and the trees that it hangs on are solved again from their old voltages. Afterwards all is
as it was. So a candidate costs what hangs on the sources that it draws on, and nothing is traced
but the dark part.
"""

from typing import NamedTuple

import numpy as np

from gridops.compiled import compiled, inlined
from gridops.network import Indices, Values
from gridops.powerflow.radial_kernel import (
    BUS,
    CHARGING_B,
    CHARGING_G,
    LOOP,
    PARENT,
    SCALE,
    SEGMENT,
    B,
    Bounds,
    G,
    L,
    P,
    Q,
    R,
    Room,
    W,
    Wiring,
    X,
    descend,
    draw,
    gather,
    has_collapsed,
    load,
    load_currents,
    spread,
    stride,
    stub_admittance,
)

SOLVED, NOT_RADIAL, NO_SOLUTION, OTHER = range(4)
"""What became of a candidate. OTHER: it would part or bridge what was supplied before."""

W_LOW, W_HIGH, LOADING, DROP = range(4)
"""Columns of `Verdicts.values`: lowest and highest true W, the largest square of a current
(of a transformer: of its apparent power) over the square of what it may be, and the largest
square of the difference, as phasors, between the voltages at the ends of a segment."""

SOLVED_BUSES = 3
"""Column of `Verdicts.places`: how many buses were solved."""

LOADED_SHARE = 0.25
"""Of the largest square of a loading so far, and of the most: below it a segment's ends are not
looked at one by one."""

CURRENT_SQUARE, POWER_SQUARE = range(2)
"""Columns of `Case.capacity`, by segment: the most it may carry, per unit; infinite if it has no
such limit."""


class Changes(NamedTuple):
    """Candidate k moves the switches `first[k]` to `first[k + 1]` of `switch` to `closed`."""

    first: Indices
    switch: Indices
    closed: Indices


class Base(NamedTuple):
    """The trees before; `blocks` says where each begins, and the end."""

    blocks: Indices
    tree: Indices
    """By position."""
    w: Values
    """By position, as solved."""
    position: Indices
    """By bus; -1 for one that is dark or beyond what was asked."""


class Case(NamedTuple):
    """What does not change from candidate to candidate."""

    segment_buses: Indices
    segment_switches: Indices
    segment_of_switch: Indices
    is_root: Indices
    """By bus: 1 if a live source is there."""
    drawn: Values
    has_current_loads: bool
    capacity: Values
    bounds: Bounds


class Verdicts(NamedTuple):
    """By candidate; `places` holds the bus, the bus and the segment that `values` were found at,
    and how many buses were solved. Of one that was not solved only `outcome` holds."""

    outcome: Indices
    values: Values
    places: Indices


class Touched(NamedTuple):
    """What is to be put back after a candidate: conductance and susceptance at positions, and
    switches; `trees` are those to be solved again. `filled`: how many of each."""

    position: Indices
    charging: Values
    was_closed: Indices
    trees: Indices
    filled: Indices


POSITIONS, TREES = range(2)
"""Entries of `Touched.filled`."""


class Ground(NamedTuple):
    """All that a candidate is judged on."""

    changes: Changes
    base: Base
    wiring: Wiring
    case: Case
    room: Room
    touched: Touched


@compiled
def check_all(ground: Ground, first_mark: int, verdicts: Verdicts) -> None:
    """Judges every candidate by itself, each from the state before.

    `wiring.closed` and `room` are written to and are as before at the end, but for marks of
    `room.seen`: from `first_mark` on, one for each candidate, none of which it may hold yet.
    """
    for k in range(ground.changes.first.size - 1):
        ground.touched.filled[:] = 0
        outcome, end = hang_on(k, first_mark + k, ground)
        if outcome == SOLVED and not settle(end, ground):
            outcome = NO_SOLUTION
        if outcome == SOLVED:
            judge(k, end, ground, verdicts)
        verdicts.outcome[k] = outcome
        put_back(k, ground)


@inlined
def hang_on(k: int, mark: int, ground: Ground) -> tuple[int, int]:
    """Moves the switches of candidate k and grows what that supplies; returns what came of it,
    and the position after the last."""
    changes, room, case = ground.changes, ground.room, ground.case
    begin, end = changes.first[k], changes.first[k + 1]
    move(begin, end, ground)
    first_new = ground.base.blocks[-1]
    count = first_new
    outcome = SOLVED
    for c in range(begin, end):
        if stands_first(c, begin, ground):
            came_of, count = join(case.segment_of_switch[changes.switch[c]], count, mark, ground)
            outcome = max(outcome, came_of)
    if outcome != SOLVED:
        return outcome, count
    count = spread(first_new, count, ground.wiring, room, mark)
    if count == LOOP:
        return NOT_RADIAL, first_new
    for new in range(first_new, count):
        if case.is_root[room.places[BUS, new]]:
            return NOT_RADIAL, count
    load(first_new, count, case.drawn, room)
    stride(first_new, count, room)
    if case.has_current_loads:
        load_currents(first_new, count, case.drawn, room)
    return SOLVED, count


@inlined
def move(begin: int, end: int, ground: Ground) -> None:
    """Moves switches, with the stubs that hung on them taken off."""
    changes, wiring, touched = ground.changes, ground.wiring, ground.touched
    for c in range(begin, end):
        if stands_first(c, begin, ground):
            take_off(ground.case.segment_of_switch[changes.switch[c]], ground)
    for c in range(begin, end):
        switch = changes.switch[c]
        touched.was_closed[c - begin] = wiring.closed[switch]
        wiring.closed[switch] = changes.closed[c]


@inlined
def is_closed(switch: int, wiring: Wiring) -> bool:
    """Whether the end of a segment conducts; one without a switch does."""
    return switch < 0 or wiring.closed[switch] != 0


@inlined
def take_off(segment: int, ground: Ground) -> None:
    """Takes a stub off the trees before its switches move."""
    case, wiring = ground.case, ground.wiring
    for side in range(2):
        position = ground.base.position[case.segment_buses[segment, side]]
        near, far = case.segment_switches[segment, side], case.segment_switches[segment, 1 - side]
        if position >= 0 and is_closed(near, wiring) and not is_closed(far, wiring):
            g, b = stub_admittance(wiring.pi[segment], side)
            hang(position, -g, -b, side, wiring.pi[segment], ground)


@inlined
def stands_first(c: int, begin: int, ground: Ground) -> bool:
    """Whether the move is of a segment, and no earlier one of the candidate is of the same."""
    segment = ground.case.segment_of_switch[ground.changes.switch[c]]
    is_first = bool(segment >= 0)
    for other in range(begin, c):
        if ground.case.segment_of_switch[ground.changes.switch[other]] == segment:
            is_first = False
    return is_first


@inlined
def hang(position: int, g: float, b: float, side: int, row: Values, ground: Ground) -> None:
    """Adds an admittance of a segment at one of its ends, to be put back later."""
    values, touched = ground.room.values, ground.touched
    scale = values[SCALE, position]
    inner = scale if side else scale / row[6]
    at = touched.filled[POSITIONS]
    touched.position[at] = position
    touched.charging[at, 0], touched.charging[at, 1] = values[G, position], values[B, position]
    touched.filled[POSITIONS] = at + 1
    values[G, position] += g * inner
    values[B, position] += b * inner
    concern(ground.base.tree[position], touched)


@inlined
def concern(tree: int, touched: Touched) -> None:
    """Adds a tree once."""
    count = touched.filled[TREES]
    is_known = False
    for k in range(count):
        is_known = is_known or touched.trees[k] == tree
    if not is_known:
        touched.trees[count] = tree
        touched.filled[TREES] = count + 1


@inlined
def join(segment: int, count: int, mark: int, ground: Ground) -> tuple[int, int]:
    """What a segment whose switches have moved hangs on the trees now: a stub, or a dark bus."""
    base, wiring, room, case = ground.base, ground.wiring, ground.room, ground.case
    row = wiring.pi[segment]
    one, other_end = case.segment_buses[segment, 0], case.segment_buses[segment, 1]
    conducts = is_closed(case.segment_switches[segment, 0], wiring) and is_closed(
        case.segment_switches[segment, 1], wiring
    )
    if base.position[one] >= 0 and base.position[other_end] >= 0:
        segments = room.places[SEGMENT]
        here, there = base.position[one], base.position[other_end]
        conducted = segments[here] >> 1 == segment or segments[there] >> 1 == segment
        if conducted != conducts:
            return (OTHER if conducted else NOT_RADIAL), count
        if conducted:
            return SOLVED, count
    outcome = SOLVED
    for side in range(2):
        here = base.position[case.segment_buses[segment, side]]
        if here < 0 or not is_closed(case.segment_switches[segment, side], wiring):
            continue
        if not conducts:
            g, b = stub_admittance(row, side)
            hang(here, g, b, side, row, ground)
            continue
        other = case.segment_buses[segment, 1 - side]
        if room.seen[other] == mark:
            outcome = NOT_RADIAL
            continue
        room.seen[other] = mark
        near_y, far_y = (4, 2) if side else (2, 4)
        hang(here, row[near_y], row[near_y + 1], side, row, ground)
        values, places = room.values, room.places
        inner = values[SCALE, here] if side else values[SCALE, here] / row[6]
        places[PARENT, count], places[BUS, count] = here, other
        places[SEGMENT, count] = 2 * segment + side
        values[SCALE, count] = inner * row[6] if side else inner
        values[R, count], values[X, count] = row[0] / inner, row[1] / inner
        values[CHARGING_G, count] = row[far_y] * inner
        values[CHARGING_B, count] = row[far_y + 1] * inner
        count += 1
    return outcome, count


@inlined
def settle(end: int, ground: Ground) -> bool:
    """Solves the trees concerned with what hangs on them now; False: no solution. Powers and
    currents are those at the voltages of the last step but one."""
    base, case, room = ground.base, ground.case, ground.room
    touched, bounds, values = ground.touched, case.bounds, ground.room.values
    parent, w = room.places[PARENT], values[W]
    first_new = base.blocks[-1]
    for k in range(first_new, end):
        w[k] = w[parent[k]]
    before = 0.0
    for _ in range(bounds.iterations_max):
        gather_all(end, ground)
        moved = 0.0
        lowest = 1.0
        for t in range(touched.filled[TREES] + 1):
            is_tree = t < touched.filled[TREES]
            begin = base.blocks[touched.trees[t]] if is_tree else first_new - 1
            stop = base.blocks[touched.trees[t] + 1] if is_tree else end
            step, low = descend(begin, stop, parent, values)
            moved, lowest = max(moved, step), min(lowest, low)
        if not moved < 100.0 or (lowest < 0.5 and any_collapsed(end, ground)):
            return False
        is_there = moved < before and moved * moved < bounds.tolerance_pu * (before - moved)
        if is_there or moved < bounds.tolerance_pu:
            return not any_collapsed(end, ground)
        before = moved
    return False


@inlined
def gather_all(end: int, ground: Ground) -> None:
    """Power from the leaves to the roots, what is new first."""
    base, touched, room = ground.base, ground.touched, ground.room
    values, parent, currents = room.values, room.places[PARENT], ground.case.has_current_loads
    first_new = base.blocks[-1]
    draw(first_new, end, values, currents)
    for t in range(touched.filled[TREES]):
        tree = touched.trees[t]
        draw(base.blocks[tree], base.blocks[tree + 1], values, currents)
    gather(first_new - 1, end, parent, values)
    for t in range(touched.filled[TREES]):
        tree = touched.trees[t]
        gather(base.blocks[tree], base.blocks[tree + 1], parent, values)


@inlined
def any_collapsed(end: int, ground: Ground) -> bool:
    """In the trees concerned or in what is new."""
    base, touched, values = ground.base, ground.touched, ground.room.values
    found: bool = has_collapsed(base.blocks[-1], end, values)
    for t in range(touched.filled[TREES]):
        tree = touched.trees[t]
        found = found or has_collapsed(base.blocks[tree], base.blocks[tree + 1], values)
    return found


@inlined
def judge(k: int, end: int, ground: Ground, verdicts: Verdicts) -> None:
    """Extremes of voltage and loading in the trees concerned and in what is new."""
    base, touched = ground.base, ground.touched
    found, places = verdicts.values[k], verdicts.places[k]
    found[W_LOW], found[W_HIGH], found[LOADING], found[DROP] = np.inf, 0.0, 0.0, 0.0
    places[:] = -1
    solved = 0
    for t in range(touched.filled[TREES] + 1):
        is_tree = t < touched.filled[TREES]
        begin = base.blocks[touched.trees[t]] if is_tree else base.blocks[-1]
        stop = base.blocks[touched.trees[t] + 1] if is_tree else end
        solved += stop - begin
        extremes(begin, stop, ground.wiring, ground.case, ground.room, (found, places))
    places[SOLVED_BUSES] = solved


@inlined
def extremes(
    begin: int,
    end: int,
    wiring: Wiring,
    case: Case,
    room: Room,
    best: tuple[Values, Indices],
) -> None:
    """Of the positions `begin` to `end`."""
    found, places = best
    values, bus_at, segment_at = room.values, room.places[BUS], room.places[SEGMENT]
    w, scale, current, p, q = values[W], values[SCALE], values[L], values[P], values[Q]
    low, high, loading = found[W_LOW], found[W_HIGH], found[LOADING]
    r, x, drop = values[R], values[X], found[DROP]
    at_low, at_high, at_load = -1, -1, -1
    for k in range(begin, end):
        true_w = w[k] * scale[k]
        if true_w < low:
            low, at_low = true_w, k
        if true_w > high:
            high, at_high = true_w, k
        if segment_at[k] < 0:
            continue
        drop = max(drop, (r[k] * r[k] + x[k] * x[k]) * current[k] * scale[k])
        segment = segment_at[k] >> 1
        most = LOADED_SHARE * min(1.0, loading)
        # Multiplied out: three divisions a bus took a tenth of the time of a candidate.
        by_current = current[k] > most * case.capacity[segment, CURRENT_SQUARE] * scale[k]
        square = p[k] * p[k] + q[k] * q[k]
        if by_current or square > most * case.capacity[segment, POWER_SQUARE]:
            share = loaded(k, segment, wiring, case, room)
            if share > loading:
                loading, at_load = share, segment
    found[DROP] = drop
    if at_low >= 0:
        found[W_LOW], places[W_LOW] = low, bus_at[at_low]
    if at_high >= 0:
        found[W_HIGH], places[W_HIGH] = high, bus_at[at_high]
    if at_load >= 0:
        found[LOADING], places[LOADING] = loading, at_load


@inlined
def loaded(here: int, segment: int, wiring: Wiring, case: Case, room: Room) -> float:
    """The larger of both ends of a segment, charging included."""
    values, side = room.values, room.places[SEGMENT, here] & 1
    above, row = room.places[PARENT, here], wiring.pi[segment]
    inner = values[SCALE, above] if side else values[SCALE, here]
    near_y, far_y = (4, 2) if side else (2, 4)
    square, w_far, w_near = values[L, here], values[W, here], values[W, above]
    p = values[P, here] - row[far_y] * inner * w_far
    q = values[Q, here] + row[far_y + 1] * inner * w_far
    far = p * p + q * q
    p = values[P, here] + values[R, here] * square + row[near_y] * inner * w_near
    q = values[Q, here] + values[X, here] * square - row[near_y + 1] * inner * w_near
    near = p * p + q * q
    by_current = max(far / (w_far * values[SCALE, here]), near / (w_near * values[SCALE, above]))
    by_current /= case.capacity[segment, CURRENT_SQUARE]
    return float(max(by_current, max(far, near) / case.capacity[segment, POWER_SQUARE]))


@inlined
def put_back(k: int, ground: Ground) -> None:
    """Switches, charging and voltages as they were before candidate k."""
    changes, base, touched, values = ground.changes, ground.base, ground.touched, ground.room.values
    begin, end = changes.first[k], changes.first[k + 1]
    for c in range(end - 1, begin - 1, -1):
        ground.wiring.closed[changes.switch[c]] = touched.was_closed[c - begin]
    for at in range(touched.filled[POSITIONS] - 1, -1, -1):
        position = touched.position[at]
        values[G, position], values[B, position] = touched.charging[at, 0], touched.charging[at, 1]
    for t in range(touched.filled[TREES]):
        for position in range(base.blocks[touched.trees[t]], base.blocks[touched.trees[t] + 1]):
            values[W, position] = base.w[position]
