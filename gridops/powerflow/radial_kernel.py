"""Grows the trees of a switch state and solves them by sweeps over powers.

A tree is worked on by *positions*: its buses in the order in which the walk from the source
meets them, so a parent stands before its children. Breadth first, because neighbours in that
order lie on different feeders and do not wait for each other in the processor.

The equations are those of the branch flow model (Baran and Wu 1989), which are exact on a tree
and hold no angles: with W = |V|^2, and P, Q what leaves a segment at its far end,

    l = (P^2 + Q^2) / W_far                         square of the current
    W_far = W_near - 2 (r P + x Q) - (r^2 + x^2) l
    what enters the segment at its near end: P + r l, Q + x l

Backward sums P, Q from the leaves at the voltages as they stand, forward takes W down from the
source. Only losses depend on the voltages of the step before, so each step gains about two
digits where currents summed in the same way gain one. Ideal ratios are taken out: W is divided
by the square of the ratios passed on the way (`SCALE`), which leaves powers as they are.
"""

from typing import NamedTuple

import numpy as np

from gridops.compiled import compiled, inlined
from gridops.network import Indices, Status, Values

PARENT, BUS, SEGMENT = 0, 1, 2
"""Rows of `places`: position of the parent (-1 at a root), bus, and the segment from the parent as
twice its number plus 1 if it is walked from b to a."""
PLACE_ROWS = 3

W, P, Q, L, R, X, STRIDE, SCALE = range(8)
P_OWN, Q_OWN, P_CURRENT, Q_CURRENT, G, B, CHARGING_G, CHARGING_B = range(8, 16)
"""Rows of `values`, per unit: square of the voltage; power that leaves the segment from the parent
(at a root: what the source delivers); square of that segment's current; its impedance; how much
further than computed a step of W goes (see `stride`); true W is `W * SCALE`. Then what is drawn
here: constant power; power at nominal voltage that goes with the voltage; conductance and
susceptance, and what of these belongs to segments."""
VALUE_ROWS = 16

DRAWN_P, DRAWN_Q, DRAWN_P_CURRENT, DRAWN_Q_CURRENT, DRAWN_G, DRAWN_B = range(6)
"""Columns of `drawn`, by bus: as the rows above, without segments and unscaled."""

LOOP = -1
"""What `grow` returns for a state that is not radial."""
VOLTAGE_PU_COLLAPSED = 0.1
"""Below this the iteration has left anything that a grid can do."""


class Wiring(NamedTuple):
    """Where segments lead (see `Segments`), and which switches are closed."""

    first: Indices
    entries: Indices
    pi: Values
    closed: Status


class Room(NamedTuple):
    """What kernels write to: `places` and `values` by position, and `seen` by bus."""

    places: Indices
    values: Values
    seen: Indices


class Bounds(NamedTuple):
    """`tolerance_pu`: how far the square of a voltage may still be from the solution."""

    tolerance_pu: float
    iterations_max: int


@inlined
def grow(
    root: int,
    voltage_pu: float,
    begin: int,
    wiring: Wiring,
    room: Room,
    mark: int,
) -> int:
    """Fills the positions from `begin` on with the tree that hangs on bus `root`.

    Returns the position after the last, or LOOP if anything is reached twice. `seen[bus]` is
    set to `mark`: buses that bear it already count as reached.
    """
    places, values = room.places, room.values
    if room.seen[root] == mark:
        return LOOP
    room.seen[root] = mark
    places[PARENT, begin], places[BUS, begin], places[SEGMENT, begin] = -1, root, -1
    values[R, begin] = values[X, begin] = 0.0
    values[CHARGING_G, begin] = values[CHARGING_B, begin] = 0.0
    values[SCALE, begin] = 1.0
    values[W, begin] = voltage_pu * voltage_pu
    return spread(begin, begin + 1, wiring, room, mark)


@compiled
def spread(here: int, count: int, wiring: Wiring, room: Room, mark: int) -> int:
    """Goes on from the positions `here` to `count`; returns as `grow` does."""
    places, values, seen, closed = room.places, room.values, room.seen, wiring.closed
    parent, bus_at, segment_at = places[PARENT], places[BUS], places[SEGMENT]
    r, x, scale = values[R], values[X], values[SCALE]
    g, b = values[CHARGING_G], values[CHARGING_B]
    first, entries, pi = wiring.first, wiring.entries, wiring.pi
    while here < count:
        came_by = segment_at[here] >> 1
        for k in range(first[bus_at[here]], first[bus_at[here] + 1]):
            segment = entries[k, 0] >> 1
            near, far = entries[k, 2], entries[k, 3]
            if segment == came_by or (near >= 0 and not closed[near]):
                continue
            side = entries[k, 0] & 1
            row = pi[segment]
            inner = scale[here] if side else scale[here] / row[6]
            if far >= 0 and not closed[far]:
                stub_g, stub_b = stub_admittance(row, side)
                g[here] += stub_g * inner
                b[here] += stub_b * inner
                continue
            other = entries[k, 1]
            if seen[other] == mark:
                return LOOP
            seen[other] = mark
            parent[count], bus_at[count], segment_at[count] = here, other, entries[k, 0]
            scale[count] = inner * row[6] if side else inner
            r[count], x[count] = row[0] / inner, row[1] / inner
            near_y, far_y = (4, 2) if side else (2, 4)
            g[here] += row[near_y] * inner
            b[here] += row[near_y + 1] * inner
            g[count], b[count] = row[far_y] * inner, row[far_y + 1] * inner
            count += 1
        here += 1
    return count


@inlined
def load(begin: int, end: int, drawn: Values, room: Room) -> None:
    """Connects what `drawn` says at each bus."""
    values = room.values
    bus_at, scale = room.places[BUS], values[SCALE]
    for k in range(begin, end):
        row = drawn[bus_at[k]]
        values[P_OWN, k], values[Q_OWN, k] = row[DRAWN_P], row[DRAWN_Q]
        values[G, k] = values[CHARGING_G, k] + row[DRAWN_G] * scale[k]
        values[B, k] = values[CHARGING_B, k] + row[DRAWN_B] * scale[k]


@inlined
def stride(begin: int, end: int, room: Room) -> None:
    """Charging that falls and rises with W pulls each step back: with G, B below a segment in all,
    W_far moves 1 / (1 - 2 (x B - r G)) times as far as it does while they draw what they drew.

    This is about speed alone: where the iteration ends no step is left.
    """
    parent, values = room.places[PARENT], room.values
    g, b, r, x, further = values[P], values[Q], values[R], values[X], values[STRIDE]
    for k in range(begin, end):
        g[k], b[k] = values[G, k], values[B, k]
    for k in range(end - 1, begin - 1, -1):
        if parent[k] >= begin:
            g[parent[k]] += g[k]
            b[parent[k]] += b[k]
        pull = 2.0 * (x[k] * b[k] - r[k] * g[k])
        further[k] = 1.0 / (1.0 - pull) if abs(pull) < 0.5 else 1.0


@inlined
def load_currents(begin: int, end: int, drawn: Values, room: Room) -> None:
    """The same for loads of constant current, which few grids have."""
    places, values = room.places, room.values
    for k in range(begin, end):
        row = drawn[places[BUS, k]]
        size = np.sqrt(values[SCALE, k])
        values[P_CURRENT, k] = row[DRAWN_P_CURRENT] * size
        values[Q_CURRENT, k] = row[DRAWN_Q_CURRENT] * size


@inlined
def stub_admittance(row: Values, side: int) -> tuple[float, float]:
    """y_near + y_far / (1 + z y_far), of a segment open at the far end."""
    near, far = (4, 2) if side else (2, 4)
    down_re = 1.0 + row[0] * row[far] - row[1] * row[far + 1]
    down_im = row[0] * row[far + 1] + row[1] * row[far]
    square = down_re * down_re + down_im * down_im
    re = (row[far] * down_re + row[far + 1] * down_im) / square
    im = (row[far + 1] * down_re - row[far] * down_im) / square
    return row[near] + re, row[near + 1] + im


@inlined
def start_flat(begin: int, end: int, values: Values) -> None:
    """The voltage of the root everywhere."""
    values[W, begin + 1 : end] = values[W, begin]


@compiled
def solve(
    blocks: Indices,
    drawn: Values,
    has_current_loads: bool,
    room: Room,
    is_warm: bool,
    bounds: Bounds,
) -> int:
    """Every tree (`blocks`: where each begins, and the end) with these loads; the most
    iterations that one took, or 0 if one has no solution."""
    most = 1
    for tree in range(blocks.size - 1):
        begin, end = blocks[tree], blocks[tree + 1]
        load(begin, end, drawn, room)
        if has_current_loads:
            load_currents(begin, end, drawn, room)
        if not is_warm:
            stride(begin, end, room)
            start_flat(begin, end, room.values)
        took = sweep(begin, end, room, has_current_loads, bounds)
        if took == 0:
            return 0
        most = max(most, took)
    return most


@compiled
def grow_all(
    roots: Indices,
    voltages_pu: Values,
    wiring: Wiring,
    room: Room,
    mark: int,
    blocks: Indices,
) -> int:
    """A tree from each root; `blocks` gets where each begins, and the end. Returns as `grow`."""
    blocks[0] = 0
    for k in range(roots.size):
        end = grow(roots[k], voltages_pu[k], blocks[k], wiring, room, mark)
        if end == LOOP:
            return LOOP
        blocks[k + 1] = end
    return int(blocks[roots.size])


@compiled
def sweep(begin: int, end: int, room: Room, has_current_loads: bool, bounds: Bounds) -> int:
    """Solves the tree at positions `begin` to `end` from the voltages that stand there.

    Stops when the distance to the solution, as the last two steps let expect, is below
    the tolerance. Returns the number of iterations; 0 if there is no solution or none within
    the most iterations.
    """
    parent, values, tolerance_pu = room.places[PARENT], room.values, bounds.tolerance_pu
    before = 0.0
    for iteration in range(1, bounds.iterations_max + 1):
        draw(begin, end, values, has_current_loads)
        gather(begin, end, parent, values)
        moved, lowest = descend(begin, end, parent, values)
        if not moved < 100.0 or (lowest < 0.5 and has_collapsed(begin, end, values)):
            return 0
        is_there = moved < before and moved * moved < tolerance_pu * (before - moved)
        if is_there or moved < tolerance_pu:
            if has_collapsed(begin, end, values):
                return 0  # not a number is neither more nor less than anything
            if moved >= tolerance_pu:  # powers are still those before the last step
                draw(begin, end, values, has_current_loads)
                gather(begin, end, parent, values)
            return iteration
        before = moved
    return 0


@inlined
def gather(begin: int, end: int, parent: Indices, values: Values) -> None:
    """Power from the leaves to the root, with losses at the voltages as they stand."""
    w, p, q, r, x, current = values[W], values[P], values[Q], values[R], values[X], values[L]
    for k in range(end - 1, begin, -1):
        above = parent[k]
        square = (p[k] * p[k] + q[k] * q[k]) / w[k]
        p[above] += p[k] + r[k] * square
        q[above] += q[k] + x[k] * square
        current[k] = square


@inlined
def descend(begin: int, end: int, parent: Indices, values: Values) -> tuple[float, float]:
    """Voltages from the root to the leaves; the largest step, and the lowest (of those below 1)."""
    w, p, q, r, x, current = values[W], values[P], values[Q], values[R], values[X], values[L]
    further = values[STRIDE]
    moved = 0.0
    lowest = 1.0
    for k in range(begin + 1, end):
        drop = 2.0 * (r[k] * p[k] + x[k] * q[k]) + (r[k] * r[k] + x[k] * x[k]) * current[k]
        step = (w[parent[k]] - drop - w[k]) * further[k]
        moved = max(moved, abs(step))
        w[k] += step
        lowest = min(lowest, w[k])
    return moved, lowest


@inlined
def draw(begin: int, end: int, values: Values, has_current_loads: bool) -> None:
    """What each bus draws at the voltage that it has."""
    w, p, q = values[W], values[P], values[Q]
    p_own, q_own, g, b = values[P_OWN], values[Q_OWN], values[G], values[B]
    for k in range(begin, end):
        p[k] = p_own[k] + g[k] * w[k]
        q[k] = q_own[k] - b[k] * w[k]
    if has_current_loads:
        p_current, q_current = values[P_CURRENT], values[Q_CURRENT]
        for k in range(begin, end):
            size = np.sqrt(w[k])
            p[k] += p_current[k] * size
            q[k] += q_current[k] * size


@inlined
def has_collapsed(begin: int, end: int, values: Values) -> bool:
    """Whether any true voltage lies below anything that a grid can do."""
    w, scale = values[W], values[SCALE]
    sound = 0
    for k in range(begin, end):
        sound += w[k] * scale[k] >= VOLTAGE_PU_COLLAPSED**2
    return sound < end - begin
