"""The N-1 pass: each section faulted, what is dark given back over one tie per dead component.

The trees of the normal state are solved once. Of the tree that a fault is in, what lies behind
the fence is taken out by drawing nothing there: its voltages become those of the bus before it,
so they say nothing. A component is then grown behind a tie and hung on the tree that lends, as
any restoration candidate (`candidate_kernel`), and judged with all that was hung on before.
Afterwards all is as it was: the order of the faults makes no difference.
"""

import numpy as np

from gridops.compiled import compiled, inlined
from gridops.network import Indices, Values
from gridops.powerflow.candidate_kernel import (
    DROP,
    LOADING,
    POSITIONS,
    TREES,
    W_HIGH,
    W_LOW,
    Ground,
    concern,
    extremes,
    hang,
    is_closed,
    settle,
)
from gridops.powerflow.radial_kernel import (
    BUS,
    CHARGING_B,
    CHARGING_G,
    LOOP,
    P_CURRENT,
    P_OWN,
    PARENT,
    Q_CURRENT,
    Q_OWN,
    SCALE,
    SEGMENT,
    B,
    G,
    R,
    W,
    X,
    load,
    load_currents,
    spread,
    stride,
    stub_admittance,
)
from gridops.powerflow.single_ties_layout_kernel import (
    CHECKS,
    COMPLETE,
    COMPONENTS,
    FENCED,
    INTERRUPTED,
    LOST_SUPPLY,
    MOVES,
    NEEDS_PLAN,
    NO_FENCE,
    RESTORED,
    STATUS,
    TIE,
    UNRESOLVED,
    Allowed,
    Fault,
    Pass,
    Told,
)

OUTSIDE, LEADS_OUT, LENDS = range(3)
"""Whether a switch leads out of a component to what may get supply, and to what has it."""


@compiled
def fault_all(faults: Indices, first_mark: int, here: Pass, told: Told) -> int:
    """Each section of `faults`, which all must have supply, by itself. Returns the mark after
    the last that it used of `room.seen`; from `first_mark` on none may be in use."""
    mark = first_mark
    for k in range(faults.size):
        like = answered_like(faults[k], faults, here)
        if like < 0:
            mark = fault_one(k, faults[k], mark, here, told)
        else:
            answer_as(like, k, told)
    return mark


@compiled
def fault_one(k: int, fault: int, mark: int, here: Pass, told: Told) -> int:
    """Returns the next mark that is free."""
    tree, facts, customers = here.tree, told.facts[k], told.customers[k]
    facts[:], customers[:] = 0, 0
    facts[TIE] = -1
    top = tripped(fault, here)
    if top < 0:
        facts[STATUS] = LOST_SUPPLY
        return mark
    customers[INTERRUPTED] = tree.customers[top]
    fenced, facts[STATUS] = fence(k, fault, top, here)
    if facts[STATUS] != COMPLETE:
        return mark
    z = tree.row[fault]
    for i in range(fenced):
        z = min(z, tree.row[here.scratch.zone[i]])
        customers[FENCED] += tree.own_customers[here.scratch.zone[i]]
    facts[MOVES] = open_fence(k, fenced, here)
    here.ground.touched.filled[:] = 0
    restored_above = False
    if z != top:
        restored_above = reclose(top, z, here, facts)
        if restored_above:
            customers[RESTORED] += tree.customers[top] - tree.customers[z]
    else:
        take_out(top, facts[MOVES], here)
    before_fence = facts[COMPONENTS]
    mark = restore(Fault(k, top, z, restored_above), fenced, mark, here, told)
    put_back(top, facts[MOVES], here)
    if facts[COMPONENTS] <= before_fence + 1:  # of several, which is first depends on the fault
        for i in range(fenced):
            here.scratch.answered[here.scratch.zone[i]] = k
    facts[MOVES] += facts[COMPONENTS] - facts[UNRESOLVED]
    return mark


@inlined
def answered_like(fault: int, faults: Indices, here: Pass) -> int:
    """The number of an earlier fault with the same fence behind the same device; -1 if none."""
    like = here.scratch.answered[fault]
    return int(like) if like >= 0 and tripped(faults[like], here) == tripped(fault, here) else -1


@inlined
def answer_as(like: int, k: int, told: Told) -> None:
    for column in range(told.facts.shape[1]):
        told.facts[k, column] = told.facts[like, column]
    for column in range(told.customers.shape[1]):
        told.customers[k, column] = told.customers[like, column]


@inlined
def tripped(fault: int, here: Pass) -> int:
    """The row that the nearest switch above which opens by itself feeds; -1 without one."""
    tree = here.tree
    row = tree.row[fault]
    while row >= 0 and tree.through[row] >= 0:
        if here.devices.trips[tree.through[row]]:
            return int(row)
        row = tree.row[tree.above[row]]
    return -1


@compiled
def fence(k: int, fault: int, top: int, here: Pass) -> tuple[int, int]:
    """Fills `zone`; returns how many sections it has, and COMPLETE, NO_FENCE or NEEDS_PLAN."""
    tree, devices, zone, mark = here.tree, here.devices, here.scratch.zone, here.scratch.mark
    trip, end = tree.through[top], top + tree.size[top]
    zone[0] = fault
    mark[fault] = k
    count = 1
    i = 0
    while i < count:
        section = zone[i]
        i += 1
        for a in range(tree.first[section], tree.first[section + 1]):
            switch, other = tree.switch_at[a], tree.across[a]
            if mark[other] == k:
                continue
            is_open = tree.closed[switch] == 0 or switch == trip
            if devices.is_fuse[switch] == 0 and (is_open or devices.opens[switch]):
                continue
            if tree.source[other] >= 0 and not (top <= tree.row[other] < end):
                return count, NO_FENCE
            if is_open:
                return count, NEEDS_PLAN
            zone[count] = other
            mark[other] = k
            count += 1
    return count, COMPLETE


@compiled
def open_fence(k: int, fenced: int, here: Pass) -> int:
    """Opens what bounds the zone and is closed; returns how many switches."""
    tree, scratch, closed = here.tree, here.scratch, here.ground.wiring.closed
    count = 0
    for i in range(fenced):
        section = scratch.zone[i]
        for a in range(tree.first[section], tree.first[section + 1]):
            switch = tree.switch_at[a]
            if closed[switch] and scratch.mark[tree.across[a]] != k:
                closed[switch] = 0
                scratch.opened[count] = switch
                count += 1
    return count


@compiled
def reclose(top: int, z: int, here: Pass, facts: Indices) -> bool:
    """What lies before the fence, back on its own feeder; without it if that breaks a limit."""
    tree, touched = here.tree, here.ground.touched
    peopled = tree.customers[top] > tree.customers[z]
    facts[COMPONENTS] += peopled
    take_out(z, facts[MOVES], here)
    concern(tree.source[tree.section[top]], touched)
    trip = tree.through[top]
    if here.devices.closes[trip] and here.devices.is_fuse[trip] == 0:
        facts[CHECKS] += 1
        loading = solved(here.ground.base.blocks[-1], here)
        if loading >= 0.0:
            return True
    facts[UNRESOLVED] += peopled
    undo(0, here)
    touched.filled[TREES] = 0
    here.ground.wiring.closed[trip] = 0
    take_out(top, facts[MOVES], here)
    return False


@compiled
def take_out(row: int, opened: int, here: Pass) -> None:
    """Lets nothing be drawn in `row` and behind it; `opened` switches have been opened."""
    tree, buses, ground = here.tree, here.buses, here.ground
    values, places = ground.room.values, ground.room.places
    end = row + tree.size[row]
    for i in range(buses.first[row], buses.first[end]):
        p = buses.positions[i]
        values[P_OWN, p] = values[Q_OWN, p] = values[G, p] = values[B, p] = 0.0
        values[P_CURRENT, p] = values[Q_CURRENT, p] = 0.0
        above = places[PARENT, p]
        if above >= 0 and not (row <= buses.row[above] < end):
            cut_off(above, places[SEGMENT, p], here)
    for i in range(opened):
        take_off_stub(here.scratch.opened[i], row, here)


@inlined
def take_off_stub(switch: int, row: int, here: Pass) -> None:
    """Of a segment that was open at its other end already, and hung on what stays."""
    tree, ground = here.tree, here.ground
    segment = ground.case.segment_of_switch[switch]
    if segment < 0:
        return
    for side in range(2):
        position = ground.base.position[ground.case.segment_buses[segment, side]]
        far = ground.case.segment_switches[segment, 1 - side]
        if ground.case.segment_switches[segment, side] != switch or position < 0:
            continue
        stays = not (row <= here.buses.row[position] < row + tree.size[row])
        if stays and far >= 0 and tree.closed[far] == 0:
            g, b = stub_admittance(ground.wiring.pi[segment], side)
            hang(position, -g, -b, side, ground.wiring.pi[segment], ground)


@inlined
def cut_off(position: int, way: int, here: Pass) -> None:
    """Takes the segment behind a bus off it, but for what still hangs there open-ended."""
    ground = here.ground
    segment, side = way >> 1, way & 1
    row = ground.wiring.pi[segment]
    near_y = 4 if side else 2
    g, b = -row[near_y], -row[near_y + 1]
    near = ground.case.segment_switches[segment, side]
    far = ground.case.segment_switches[segment, 1 - side]
    if is_closed(near, ground.wiring) and not is_closed(far, ground.wiring):
        stub_g, stub_b = stub_admittance(row, side)
        g += stub_g
        b += stub_b
    hang(position, g, b, side, row, ground)


@compiled
def solved(end: int, here: Pass) -> float:
    """The highest loading, of 1, in the trees concerned and in what hangs on them new; -1 if any
    limit is not surely kept."""
    ground, scratch, allowed = here.ground, here.scratch, here.allowed
    touched, base = ground.touched, ground.base
    for t in range(touched.filled[TREES]):
        scratch.dirty[touched.trees[t]] = 1
    if not settle(end, ground):
        return -1.0
    found = scratch.found
    found[W_LOW], found[W_HIGH], found[LOADING], found[DROP] = np.inf, 0.0, 0.0, 0.0
    for t in range(touched.filled[TREES] + 1):
        is_tree = t < touched.filled[TREES]
        begin = base.blocks[touched.trees[t]] if is_tree else base.blocks[-1]
        stop = base.blocks[touched.trees[t] + 1] if is_tree else end
        extremes(begin, stop, ground.wiring, ground.case, ground.room, (found, scratch.places))
    return np.sqrt(found[LOADING]) if keeps(found, allowed) else -1.0


@inlined
def keeps(found: Values, allowed: Allowed) -> bool:
    """`Judgement.surely_within`, word for word."""
    drop = np.sqrt(found[DROP])
    aside = allowed.aside * drop
    high = np.sqrt(found[W_HIGH])
    middle = np.sqrt(max(found[W_LOW] - drop * drop / 4.0, 0.0))
    lifted = high * max(high, 1.0)
    at_most = np.sqrt(found[LOADING]) + allowed.charging_of_members * lifted
    return bool(
        middle - aside > allowed.voltage_pu_min * (1.0 + allowed.margin)
        and high + aside < allowed.voltage_pu_max * (1.0 - allowed.margin)
        and at_most < allowed.loading_max * (1.0 - allowed.margin)
        and allowed.charging_share * lifted < allowed.quiet_share * allowed.loading_max
    )


@compiled
def restore(fault: Fault, fenced: int, mark: int, here: Pass, told: Told) -> int:
    """Gives each component behind the fence to the tie that is loaded least by it."""
    tree, scratch, touched = here.tree, here.scratch, here.ground.touched
    facts, customers = told.facts[fault.number], told.customers[fault.number]
    count = here.ground.base.blocks[-1]
    touched.filled[TREES] = 0
    can_more = facts[UNRESOLVED] > 0
    taken = 0
    for i in range(fenced):
        section = scratch.zone[i]
        for a in range(tree.first[section], tree.first[section + 1]):
            row = tree.row[tree.across[a]]
            if not is_component(fault, section, a, here) or tree.customers[row] == 0:
                continue
            facts[COMPONENTS] += 1
            tie, leads_out, mark = best_tie(fault, row, count, mark, here, facts)
            if tie < 0:
                facts[UNRESOLVED] += 1
                can_more = can_more or leads_out
                continue
            count = hang_behind(tie, row, count, mark, here)
            mark += 1
            facts[TIE] = scratch.taken[taken] = tie
            taken += 1
            customers[RESTORED] += tree.customers[row]
    scratch.taken[taken] = -1
    if can_more:
        facts[STATUS] = NEEDS_PLAN
    return mark


@inlined
def is_component(fault: Fault, section: int, entry: int, here: Pass) -> bool:
    """Whether the neighbour is fed from `section`, which is fenced, and is not fenced itself."""
    tree = here.tree
    child, switch = tree.across[entry], tree.switch_at[entry]
    if here.scratch.mark[child] == fault.number or tree.source[child] < 0:
        return False
    row = tree.row[child]
    return bool(tree.through[row] == switch and tree.above[row] == section)


@compiled
def best_tie(
    fault: Fault, row: int, count: int, mark: int, here: Pass, facts: Indices
) -> tuple[int, bool, int]:
    """The tie, or -1; whether any leads out of the component; and the next mark that is free."""
    tree = here.tree
    best, least, leads_out = -1, np.inf, False
    for r in range(row, row + tree.size[row]):
        section = tree.section[r]
        for a in range(tree.first[section], tree.first[section + 1]):
            leads = leads_to(fault, row, a, here)
            leads_out = leads_out or leads != OUTSIDE
            if leads != LENDS:
                continue
            loading, checked = tried(tree.switch_at[a], row, count, mark, here)
            mark += 1
            facts[CHECKS] += checked
            if 0.0 <= loading < least:
                best, least = tree.switch_at[a], loading
    return best, leads_out, mark


@inlined
def leads_to(fault: Fault, row: int, entry: int, here: Pass) -> int:
    """What the switch of an entry of a section in the component of `row` leads to."""
    tree = here.tree
    switch, other = tree.switch_at[entry], tree.across[entry]
    if tree.closed[switch] or not here.devices.closes[switch]:
        return OUTSIDE
    beyond = tree.row[other]
    is_inside = row <= beyond < row + tree.size[row]
    if here.scratch.mark[other] == fault.number or tree.source[other] < 0 or is_inside:
        return OUTSIDE
    top, z = fault.top, fault.fenced
    is_dark = top <= beyond < top + tree.size[top]
    if is_dark and (not fault.is_back or z <= beyond < z + tree.size[z]):
        return LEADS_OUT
    return LENDS


@compiled
def tried(tie: int, row: int, count: int, mark: int, here: Pass) -> tuple[float, int]:
    """As `solved`, with the component of `row` on this tie, and how many states were solved for
    it; afterwards all but the voltages is as before."""
    touched = here.ground.touched
    trees, positions = touched.filled[TREES], touched.filled[POSITIONS]
    grown = hang_behind(tie, row, count, mark, here)
    loading, checked = -1.0, 0
    if grown > count:
        loading, checked = solved(grown, here), 1
    undo(positions, here)
    touched.filled[TREES] = trees
    here.ground.wiring.closed[tie] = 0
    return loading, checked


@compiled
def hang_behind(tie: int, row: int, count: int, mark: int, here: Pass) -> int:
    """Closes the tie and hangs the component of `row` on what lends; returns the position after
    the last, or `count` if that is not to be done with this one tie."""
    ground, buses, tree = here.ground, here.buses, here.tree
    segment = ground.case.segment_of_switch[tie]
    end = row + tree.size[row]
    if segment < 0:
        return count
    side = -1
    for s in range(2):
        inside = ground.base.position[ground.case.segment_buses[segment, 1 - s]]
        outside = ground.base.position[ground.case.segment_buses[segment, s]]
        if inside < 0 or outside < 0:
            continue
        if row <= buses.row[inside] < end and not (row <= buses.row[outside] < end):
            side = s
    if side < 0:
        return count
    near = ground.case.segment_switches[segment, side]
    far = ground.case.segment_switches[segment, 1 - side]
    lends = ground.base.position[ground.case.segment_buses[segment, side]]
    pi = ground.wiring.pi[segment]
    if is_closed(near, ground.wiring) and not is_closed(far, ground.wiring):
        g, b = stub_admittance(pi, side)
        hang(lends, -g, -b, side, pi, ground)
    ground.wiring.closed[tie] = 1
    if not (is_closed(near, ground.wiring) and is_closed(far, ground.wiring)):
        return count
    return grow_on(lends, 2 * segment + side, count, mark, ground)


@inlined
def grow_on(lends: int, way: int, count: int, mark: int, ground: Ground) -> int:
    """Grows what hangs behind a segment that conducts now."""
    room, case = ground.room, ground.case
    segment, side = way >> 1, way & 1
    pi = ground.wiring.pi[segment]
    near_y, far_y = (4, 2) if side else (2, 4)
    hang(lends, pi[near_y], pi[near_y + 1], side, pi, ground)
    other = case.segment_buses[segment, 1 - side]
    room.seen[other] = mark
    values, places = room.values, room.places
    inner = values[SCALE, lends] if side else values[SCALE, lends] / pi[6]
    places[PARENT, count], places[BUS, count], places[SEGMENT, count] = lends, other, way
    values[SCALE, count] = inner * pi[6] if side else inner
    values[R, count], values[X, count] = pi[0] / inner, pi[1] / inner
    values[CHARGING_G, count] = pi[far_y] * inner
    values[CHARGING_B, count] = pi[far_y + 1] * inner
    end = spread(count, count + 1, ground.wiring, room, mark)
    if end == LOOP:
        return count
    load(count, end, case.drawn, room)
    stride(count, end, room)
    if case.has_current_loads:
        load_currents(count, end, case.drawn, room)
    return end


@inlined
def undo(positions: int, here: Pass) -> None:
    """Puts charging back as it was when so many positions had been touched."""
    touched, values = here.ground.touched, here.ground.room.values
    for at in range(touched.filled[POSITIONS] - 1, positions - 1, -1):
        position = touched.position[at]
        values[G, position], values[B, position] = touched.charging[at, 0], touched.charging[at, 1]
    touched.filled[POSITIONS] = positions


@compiled
def put_back(top: int, opened: int, here: Pass) -> None:
    """Everything as it is in the normal state."""
    tree, buses, ground, scratch = here.tree, here.buses, here.ground, here.scratch
    values, base, closed = ground.room.values, ground.base, ground.wiring.closed
    undo(0, here)
    for i in range(buses.first[top], buses.first[top + tree.size[top]]):
        p = buses.positions[i]
        values[P_OWN, p], values[Q_OWN, p] = buses.values[0, p], buses.values[1, p]
        values[G, p], values[B, p] = buses.values[2, p], buses.values[3, p]
        values[P_CURRENT, p], values[Q_CURRENT, p] = buses.values[4, p], buses.values[5, p]
    for i in range(opened):
        closed[scratch.opened[i]] = 1
    closed[tree.through[top]] = 1
    i = 0
    while scratch.taken[i] >= 0:
        closed[scratch.taken[i]] = 0
        i += 1
    for t in range(base.blocks.size - 1):
        if scratch.dirty[t]:
            scratch.dirty[t] = 0
            for position in range(base.blocks[t], base.blocks[t + 1]):
                values[W, position] = base.w[position]
