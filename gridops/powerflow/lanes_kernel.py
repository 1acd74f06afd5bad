"""Many load cases of one switch state side by side, a lane each, by the equations of
`radial_kernel`.

Numbers of one position and one row stand next to each other, lane by lane, so that one
instruction of the processor works on several cases. Nothing is reordered within a lane: a case
gets the very bytes that it gets by itself, whatever its neighbours do. A lane that is done or
has no solution stays where it is until all are.
"""

from typing import NamedTuple

import numpy as np

from gridops.compiled import inlined, laned
from gridops.network import Indices, Values
from gridops.powerflow import radial_kernel as alone
from gridops.powerflow.radial_kernel import Bounds, Room, Wiring, stub_admittance
from gridops.powerflow.report_kernel import Inside

LANES = 8
"""With four a case takes longer, and with sixteen the compiler works lane by lane again."""

LANE_ROWS = 11
STRETCH = np.uint64(LANE_ROWS * LANES)
"""Numbers of one position."""
W, P, Q, L, P_OWN, Q_OWN, STRIDE, G, B, P_CURRENT, Q_CURRENT = (
    np.uint64(row * LANES) for row in range(LANE_ROWS)
)
"""Where the lanes of a row begin within a position; rows as those of `radial_kernel`. What is the
same in every lane stays there: those from STRIDE on are filled only if loads have shares. Offsets
are constants without a sign, and all is in one array: so the compiler sees by itself that no lane
touches another, and takes them together."""

RUNNING, MOVED, LOWEST, BEFORE, W_LOW, W_HIGH, LOADING, WAY_P, WAY_Q, WAY_W, WAY_INVERSE = (
    np.uint64(row * LANES) for row in range(LANE_ROWS)
)
"""Rows before the first position: 1.0 while a lane iterates and else 0.0; the largest step and the
lowest W (of those below 1) in this iteration; the largest step in the one before; lowest and
highest true W of all trees so far, and the largest square of a loading; power, W and one over it
on the way along a segment."""


class Hung(NamedTuple):
    """Loads, then generators, in the order of their buses: those of a bus are the rows
    `first[bus]` to `first[bus + 1]` of the others."""

    first: Indices
    shares: Values
    """Shape (rows, 3): of constant power, current and impedance."""
    p: Values
    """Shape (rows, LANES), per unit at nominal voltage; so is `q`."""
    q: Values
    fixed: Values
    """What is drawn in every case, by bus; columns as `drawn`."""
    has_shares: bool
    has_current_loads: bool


class Lanes(NamedTuple):
    """Room for one tree: `values` holds LANE_ROWS * LANES numbers for each position, and as many
    before the first.

    `iterations`, by lane: the most that a tree took; 0 from the first tree on that has no
    solution. To begin with 1, or 0 for a lane that is not to be solved.
    """

    values: Values
    iterations: Indices


class Ratings(NamedTuple):
    """What `extremes` looks at. `weights`, shape (branches, 3): the square of a loading is the
    square of the apparent power at an end times (the weight of that end over the square of the
    true voltage, plus the third), all per unit."""

    wiring: Wiring
    inside: Inside
    weights: Values


@inlined
def at(position: int) -> np.uint64:
    """Where a position of the tree begins."""
    return (np.uint64(position) + np.uint64(1)) * STRETCH


@laned
def prepare(blocks: Indices, fixed: Values, room: Room) -> None:
    """Conductance, susceptance and stride of every position without what loads with shares add,
    in `room`, where the rows P and Q are lost."""
    for tree in range(blocks.size - 1):
        alone.load(blocks[tree], blocks[tree + 1], fixed, room)
        alone.stride(blocks[tree], blocks[tree + 1], room)


@laned
def solve(
    blocks: Indices, hung: Hung, room: Room, bounds: Bounds, lanes: Lanes, ratings: Ratings
) -> None:
    """Every tree in every lane; `room` is as `prepare` left it. Extremes are those of the lanes
    that have a solution."""
    values = lanes.values
    for lane in range(LANES):
        values[W_LOW + np.uint64(lane)] = np.inf
        values[W_HIGH + np.uint64(lane)] = values[LOADING + np.uint64(lane)] = 0.0
    for tree in range(blocks.size - 1):
        begin, end = blocks[tree], blocks[tree + 1]
        take_up(begin, end, hung, room, values)
        if hung.has_shares:
            take_up_shares(begin, end, hung, room, values)
            stride(begin, end, room, values)
        sweep(begin, end, room, hung, bounds, lanes)
        extremes(begin, end, ratings, room, values)


@laned
def take_up(begin: int, end: int, hung: Hung, room: Room, values: Values) -> None:
    """The constant power of each bus, lane by lane."""
    first, shares, p, q = hung.first, hung.shares, hung.p, hung.q
    bus_at = room.places[alone.BUS]
    for k in range(begin, end):
        here, bus = at(k - begin), bus_at[k]
        for lane in range(LANES):
            own = here + np.uint64(lane)
            values[own + P_OWN] = values[own + Q_OWN] = 0.0
        for row in range(first[bus], first[bus + 1]):
            power = shares[row, 0]
            for lane in range(LANES):
                own = here + np.uint64(lane)
                values[own + P_OWN] += p[row, lane] * power
                values[own + Q_OWN] += q[row, lane] * power


@laned
def take_up_shares(begin: int, end: int, hung: Hung, room: Room, values: Values) -> None:
    """What goes with the voltage and with its square."""
    first, shares, p, q = hung.first, hung.shares, hung.p, hung.q
    for k in range(begin, end):
        here, bus, scale = at(k - begin), room.places[alone.BUS, k], room.values[alone.SCALE, k]
        size = np.sqrt(scale)
        g, b = room.values[alone.CHARGING_G, k], room.values[alone.CHARGING_B, k]
        fixed_g, fixed_b = hung.fixed[bus, alone.DRAWN_G], hung.fixed[bus, alone.DRAWN_B]
        for lane in range(LANES):
            own = here + np.uint64(lane)
            p_current = q_current = conductance = susceptance = 0.0
            for row in range(first[bus], first[bus + 1]):
                p_current += p[row, lane] * shares[row, 1]
                q_current += q[row, lane] * shares[row, 1]
                conductance += p[row, lane] * shares[row, 2]
                susceptance += q[row, lane] * shares[row, 2]
            values[own + P_CURRENT], values[own + Q_CURRENT] = p_current * size, q_current * size
            values[own + G] = g + (fixed_g + conductance) * scale
            values[own + B] = b + (fixed_b - susceptance) * scale


@laned
def stride(begin: int, end: int, room: Room, values: Values) -> None:
    """As `radial_kernel.stride`."""
    parent, r, x = room.places[alone.PARENT], room.values[alone.R], room.values[alone.X]
    for position in range(end - begin):
        for lane in range(LANES):
            own = at(position) + np.uint64(lane)
            values[own + P] = values[own + G]
            values[own + Q] = values[own + B]
    for k in range(end - 1, begin, -1):
        here, above = at(k - begin), at(parent[k] - begin)
        r_here, x_here = r[k], x[k]
        for lane in range(LANES):
            own, its = here + np.uint64(lane), above + np.uint64(lane)
            values[its + P] += values[own + P]
            values[its + Q] += values[own + Q]
            pull = 2.0 * (x_here * values[own + Q] - r_here * values[own + P])
            further = 1.0 / (1.0 - pull)
            values[own + STRIDE] = further if abs(pull) < 0.5 else 1.0


@laned
def sweep(begin: int, end: int, room: Room, hung: Hung, bounds: Bounds, lanes: Lanes) -> None:
    """Solves the tree in every lane that has had a solution so far; as `radial_kernel.sweep`."""
    values, iterations = lanes.values, lanes.iterations
    running = start(begin, end, room, lanes)
    iteration = 1
    if hung.has_shares:
        draw(begin, end, hung.has_current_loads, values)
    else:
        draw_alike(begin, end, room, values)
    while running > 0 and iteration <= bounds.iterations_max:
        gather(begin, end, room, values)
        if hung.has_shares:
            descend(begin, end, room, values)
            draw(begin, end, hung.has_current_loads, values)
        else:
            descend_alike(begin, end, room, values)
        running = judge(iteration, begin, end, room, bounds, lanes)
        iteration += 1
    for lane in range(LANES):
        if values[RUNNING + np.uint64(lane)] > 0.0:
            iterations[lane] = 0
    gather(begin, end, room, values)


@inlined
def start(begin: int, end: int, room: Room, lanes: Lanes) -> int:
    """The voltage of the root everywhere; how many lanes are to be solved."""
    values, iterations = lanes.values, lanes.iterations
    root_w = room.values[alone.W, begin]
    for here in range(end - begin):
        for lane in range(LANES):
            values[at(here) + W + np.uint64(lane)] = root_w
    running = 0
    for lane in range(LANES):
        values[RUNNING + np.uint64(lane)] = 1.0 if iterations[lane] > 0 else 0.0
        values[BEFORE + np.uint64(lane)] = 0.0
        running += 1 if iterations[lane] > 0 else 0
    return running


@laned
def draw(begin: int, end: int, has_current_loads: bool, values: Values) -> None:
    """As `radial_kernel.draw`, where loads have shares."""
    for here in range(end - begin):
        for lane in range(LANES):
            own = at(here) + np.uint64(lane)
            values[own + P] = values[own + P_OWN] + values[own + G] * values[own + W]
            values[own + Q] = values[own + Q_OWN] - values[own + B] * values[own + W]
    if has_current_loads:
        for here in range(end - begin):
            for lane in range(LANES):
                own = at(here) + np.uint64(lane)
                size = np.sqrt(values[own + W])
                values[own + P] += values[own + P_CURRENT] * size
                values[own + Q] += values[own + Q_CURRENT] * size


@laned
def draw_alike(begin: int, end: int, room: Room, values: Values) -> None:
    """As `radial_kernel.draw`, where no load has shares."""
    g, b = room.values[alone.G], room.values[alone.B]
    for k in range(begin, end):
        here, g_here, b_here = at(k - begin), g[k], b[k]
        for lane in range(LANES):
            own = here + np.uint64(lane)
            w = values[own + W]
            values[own + P] = values[own + P_OWN] + g_here * w
            values[own + Q] = values[own + Q_OWN] - b_here * w


@laned
def gather(begin: int, end: int, room: Room, values: Values) -> None:
    """As `radial_kernel.gather`."""
    parent, r, x = room.places[alone.PARENT], room.values[alone.R], room.values[alone.X]
    for k in range(end - 1, begin, -1):
        here, above = at(k - begin), at(parent[k] - begin)
        r_here, x_here = r[k], x[k]
        for lane in range(LANES):
            own, its = here + np.uint64(lane), above + np.uint64(lane)
            p, q = values[own + P], values[own + Q]
            square = (p * p + q * q) / values[own + W]
            values[own + L] = square
            values[its + P] += p + r_here * square
            values[its + Q] += q + x_here * square


@laned
def descend(begin: int, end: int, room: Room, values: Values) -> None:
    """As `radial_kernel.descend`, where loads have shares."""
    parent, r, x = room.places[alone.PARENT], room.values[alone.R], room.values[alone.X]
    for lane in range(LANES):
        values[MOVED + np.uint64(lane)] = 0.0
        values[LOWEST + np.uint64(lane)] = 1.0
    for k in range(begin + 1, end):
        here, above = at(k - begin), at(parent[k] - begin)
        r_here, x_here = 2.0 * r[k], 2.0 * x[k]
        square = r[k] * r[k] + x[k] * x[k]
        for lane in range(LANES):
            j = np.uint64(lane)
            own = here + j
            drop = r_here * values[own + P] + x_here * values[own + Q] + square * values[own + L]
            step = (values[above + j + W] - drop - values[own + W]) * values[own + STRIDE]
            step *= values[j + RUNNING]
            w = values[own + W] + step
            moved, lowest = values[j + MOVED], values[j + LOWEST]
            values[j + MOVED] = abs(step) if abs(step) > moved else moved
            values[j + LOWEST] = w if w < lowest else lowest
            values[own + W] = w


@laned
def descend_alike(begin: int, end: int, room: Room, values: Values) -> None:
    """As `radial_kernel.descend` and then `draw`, where no load has shares."""
    parent, r, x = room.places[alone.PARENT], room.values[alone.R], room.values[alone.X]
    further, g, b = room.values[alone.STRIDE], room.values[alone.G], room.values[alone.B]
    draw_alike(begin, begin + 1, room, values)
    for lane in range(LANES):
        values[MOVED + np.uint64(lane)] = 0.0
        values[LOWEST + np.uint64(lane)] = 1.0
    for k in range(begin + 1, end):
        here, above = at(k - begin), at(parent[k] - begin)
        r_here, x_here, further_here = 2.0 * r[k], 2.0 * x[k], further[k]
        g_here, b_here = g[k], b[k]
        square = r[k] * r[k] + x[k] * x[k]
        for lane in range(LANES):
            j = np.uint64(lane)
            own = here + j
            drop = r_here * values[own + P] + x_here * values[own + Q] + square * values[own + L]
            step = (values[above + j + W] - drop - values[own + W]) * further_here
            step *= values[j + RUNNING]
            w = values[own + W] + step
            moved, lowest = values[j + MOVED], values[j + LOWEST]
            values[j + MOVED] = abs(step) if abs(step) > moved else moved
            values[j + LOWEST] = w if w < lowest else lowest
            values[own + W] = w
            values[own + P] = values[own + P_OWN] + g_here * w
            values[own + Q] = values[own + Q_OWN] - b_here * w


@inlined
def judge(iteration: int, begin: int, end: int, room: Room, bounds: Bounds, lanes: Lanes) -> int:
    """Ends the lanes that are done and those that have no solution; how many go on."""
    values, iterations, tolerance_pu = lanes.values, lanes.iterations, bounds.tolerance_pu
    running = 0
    for lane in range(LANES):
        j = np.uint64(lane)
        if values[j + RUNNING] == 0.0:
            continue
        moved, before = values[j + MOVED], values[j + BEFORE]
        is_there = moved < before and moved * moved < tolerance_pu * (before - moved)
        is_there = is_there or moved < tolerance_pu
        is_lost = not moved < 100.0
        if is_there or values[j + LOWEST] < 0.5:
            is_lost = is_lost or has_collapsed(lane, begin, end, room, values)
        if is_lost:
            iterations[lane] = 0
        elif is_there:
            iterations[lane] = max(iterations[lane], iteration)
        if is_lost or is_there:
            values[j + RUNNING] = 0.0
        else:
            values[j + BEFORE] = moved
            running += 1
    return running


@laned
def has_collapsed(lane: int, begin: int, end: int, room: Room, values: Values) -> bool:
    """As `radial_kernel.has_collapsed`."""
    scale = room.values[alone.SCALE]
    for k in range(begin, end):
        if (
            not values[at(k - begin) + W + np.uint64(lane)] * scale[k]
            >= alone.VOLTAGE_PU_COLLAPSED**2
        ):
            return True
    return False


@laned
def extremes(begin: int, end: int, ratings: Ratings, room: Room, values: Values) -> None:
    """Of every node and branch that the tree energises, as `report_kernel.report` walks them."""
    wiring, inside = ratings.wiring, ratings.inside
    places, closed = room.places, wiring.closed
    for k in range(begin, end):
        bus, scale = places[alone.BUS, k], room.values[alone.SCALE, k]
        keep_voltage(at(k - begin) + W, scale, values)
        came_by = places[alone.SEGMENT, k] >> 1
        if came_by >= 0:
            walk_segment(k, begin, ratings, room, values)
        for entry in range(wiring.first[bus], wiring.first[bus + 1]):
            near, far = wiring.entries[entry, 2], wiring.entries[entry, 3]
            segment, side = wiring.entries[entry, 0] >> 1, wiring.entries[entry, 0] & 1
            is_stub = far >= 0 and not closed[far] and (near < 0 or closed[near])
            if not is_stub or segment == came_by:
                continue
            row = wiring.pi[segment]
            g, b = stub_admittance(row, side)
            inner = scale if side else scale / row[6]
            scales = scale, inner, (scale * row[6] if side else inner)
            for member in range(inside.members[segment], inside.members[segment + 1]):
                enter_stub(at(k - begin), g * inner, b * inner, values)
                walk(member, side, scales, ratings, values)


@inlined
def keep_voltage(where: np.uint64, scale: float, values: Values) -> None:
    """Of the row of W that begins at `where`."""
    for lane in range(LANES):
        j = np.uint64(lane)
        true_w = values[where + j] * scale
        low, high = values[W_LOW + j], values[W_HIGH + j]
        values[W_LOW + j] = true_w if true_w < low else low
        values[W_HIGH + j] = true_w if true_w > high else high


@inlined
def enter_stub(here: np.uint64, g: float, b: float, values: Values) -> None:
    """What enters a segment that is open at its far end."""
    for lane in range(LANES):
        j = np.uint64(lane)
        w = values[here + j + W]
        values[WAY_P + j], values[WAY_Q + j], values[WAY_W + j] = g * w, -b * w, w
        values[WAY_INVERSE + j] = 1.0 / w


@inlined
def walk_segment(k: int, begin: int, ratings: Ratings, room: Room, values: Values) -> None:
    """The segment from the parent, member by member."""
    inside, above = ratings.inside, room.places[alone.PARENT, k]
    segment, side = room.places[alone.SEGMENT, k] >> 1, room.places[alone.SEGMENT, k] & 1
    near_scale, far_scale = room.values[alone.SCALE, above], room.values[alone.SCALE, k]
    inner = near_scale if side else far_scale
    near_y = 4 if side else 2
    here, root = at(k - begin), at(above - begin)
    for member in range(inside.members[segment], inside.members[segment + 1]):
        re, im = inside.share[member, 0], inside.share[member, 1]
        pi = inside.member_pi[member]
        r, x = pi[0] / inner, pi[1] / inner
        g, b = pi[near_y] * inner, pi[near_y + 1] * inner
        size = re * re + im * im
        for lane in range(LANES):
            j = np.uint64(lane)
            p, q, w = values[here + j + P], values[here + j + Q], values[root + j + W]
            square = values[here + j + L] * size
            values[WAY_P + j] = p * re + q * im + r * square + g * w
            values[WAY_Q + j] = q * re - p * im + x * square - b * w
            values[WAY_W + j] = w
            values[WAY_INVERSE + j] = 1.0 / w
        walk(member, side, (near_scale, inner, far_scale), ratings, values)


@inlined
def walk(
    member: int,
    side: int,
    scales: tuple[float, float, float],
    ratings: Ratings,
    values: Values,
) -> None:
    """From the near end to the far one, branch by branch. `scales`: at the near end, inside, and
    at the far end."""
    inside = ratings.inside
    begin, end = inside.starts[member], inside.starts[member + 1]
    near_scale, inner, far_scale = scales
    if inside.bus_of_node[inside.ends[member, side]] < 0:
        keep_voltage(WAY_W, near_scale, values)
    for step in range(end - begin):
        k = end - 1 - step if side else begin + step
        branch, from_end = inside.branches[k], inside.backwards[k] ^ side
        scale = near_scale if step == 0 else inner
        next_scale = far_scale if step == end - begin - 1 else inner
        pass_branch(branch, from_end, (scale, inner, next_scale), ratings, values)
        if inside.bus_of_node[inside.branch_nodes[branch, 1 - from_end]] < 0:
            keep_voltage(WAY_W, next_scale, values)


@inlined
def pass_branch(
    branch: int,
    from_end: int,
    scales: tuple[float, float, float],
    ratings: Ratings,
    values: Values,
) -> None:
    """What leaves a branch, of what enters it; keeps its loading."""
    model, weights = ratings.inside.models[branch], ratings.weights[branch]
    r, x = model[0] / scales[1], model[1] / scales[1]
    g, b = model[2] * scales[1], model[3] * scales[1]
    square_z, by_power = r * r + x * x, weights[2]
    near_weight, far_weight = weights[from_end] / scales[0], weights[1 - from_end] / scales[2]
    for lane in range(LANES):
        j = np.uint64(lane)
        p, q, w = values[WAY_P + j], values[WAY_Q + j], values[WAY_W + j]
        inverse = values[WAY_INVERSE + j]
        near = (p * p + q * q) * (near_weight * inverse + by_power)
        p, q = p - g * w, q + b * w
        square = (p * p + q * q) * inverse
        w = w - 2.0 * (r * p + x * q) + square_z * square
        p, q = p - r * square - g * w, q - x * square + b * w
        inverse = 1.0 / w
        far = (p * p + q * q) * (far_weight * inverse + by_power)
        most = far if far > near else near
        loading = values[LOADING + j]
        values[LOADING + j] = most if most > loading else loading
        values[WAY_P + j], values[WAY_Q + j], values[WAY_W + j] = p, q, w
        values[WAY_INVERSE + j] = inverse
