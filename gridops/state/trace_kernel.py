"""The trace over closed switches, by number: all sources at once, or the tree of one.

A *tree* is what one source supplies, in preorder: what is supplied through the switch of the
row at position `p` are the rows `p` to `p + size[p]`. Rows are columns of `Tree.cells`; a
section finds its row by `place`.
"""

from typing import NamedTuple

from gridops.compiled import compiled
from gridops.network import Counts, Indices, Status, Values

SECTION, THROUGH, FEEDER, ABOVE, SIZE = range(5)
"""Lines of `Tree.cells`: the section of the row, the switch that it is fed through, its feeder,
the section that feeds it, and how many rows lie behind it, itself included. -1: none."""
CELLS = 5
SOURCE, POSITION = range(2)
"""Lines of `place`: the source of a section, and its row in the tree. -1: dark."""
SCRATCH = 5
"""Lines of scratch that a trace needs, each as long as the most that it may reach."""
_ABOVE, _THROUGH, _FEEDER, _SIZE, _NEXT = range(SCRATCH)


class Wiring(NamedTuple):
    """Of a grid, as in `GridArrays`."""

    first: Indices
    neighbour_switch: Indices
    neighbour_section: Indices
    switch_feeder: Indices
    source_section: Indices
    customers: Counts
    p_w: Values


class Tree(NamedTuple):
    """Rows in preorder; in the base of a forest the trees follow each other in source order.

    `customers` and `p_w` are what lies behind the switch of each row, its own section included.
    """

    cells: Indices
    """Shape (CELLS, rows)."""
    customers: Counts
    p_w: Values


class Room(NamedTuple):
    """Where a trace writes; its first rows are the result."""

    rows: Tree
    queue: Indices
    scratch: Indices
    """Shape (SCRATCH, rows)."""


class Knots(NamedTuple):
    """What keeps a state from being plain trees."""

    loops: Indices
    """Closed switches with both ends supplied that feed neither; as many as the trace found."""
    tangled: Status
    """By source: 1 if such a switch touches what it supplies."""


@compiled
def trace(
    wiring: Wiring, status: Status, sources: Indices, place: Indices, room: Room, knots: Knots
) -> tuple[int, int]:
    """Breadth first from all of `sources` at once, which must be ascending.

    A section belongs to the source that is the fewest switches away, of equals to the first in
    file order. What the sources reach must be dark in `place`, the sources' own `tangled` 0.
    Writes `place`, `room`, `knots`. Returns how many sections they supply and how many loops
    there are among these, in the order in which they were found.
    """
    count = 0
    for source in sources:
        section = wiring.source_section[source]
        if place[SOURCE, section] < 0:
            place[SOURCE, section] = source
            _begin(room, section, count)
            count += 1
    loops = 0
    head = 0
    while head < count:
        near = room.queue[head]
        for entry in range(wiring.first[near], wiring.first[near + 1]):
            switch = wiring.neighbour_switch[entry]
            if status[switch] == 0 or switch == room.scratch[_THROUGH, head]:
                continue
            far = wiring.neighbour_section[entry]
            if place[SOURCE, far] < 0:
                place[SOURCE, far] = place[SOURCE, near]
                _reach(wiring, room, far, switch, head, count)
                count += 1
                continue
            knots.tangled[place[SOURCE, near]] = 1
            if near < far:  # each is met from both of its ends
                knots.loops[loops] = switch
                loops += 1
        head += 1
    _lay_out(wiring, place, room, count)
    return count, loops


@compiled
def retrace(
    wiring: Wiring, status: Status, source: int, was: Indices, place: Indices, room: Room
) -> int:
    """The tree of one live source again; `was` are the sections that it supplied before.

    Guarantees: cost in proportion to that tree, before and after. Returns how many sections it
    supplies now, or -1 if that is no plain tree: then `place` and `room` hold nothing of use.
    The room must hold `was` and everything that is dark.
    """
    source_of, position_of = place[SOURCE], place[POSITION]
    for section in was:
        source_of[section] = -1
        position_of[section] = -1
    sections, through = room.rows.cells[SECTION], room.rows.cells[THROUGH]
    feeder, above = room.rows.cells[FEEDER], room.rows.cells[ABOVE]
    next_switch, next_above, row_above = room.scratch[0], room.scratch[1], room.scratch[2]
    root = wiring.source_section[source]
    source_of[root] = source
    room.queue[0], next_switch[0], next_above[0] = root, -1, -1
    waiting = 1
    count = 0
    while waiting > 0:
        # Depth first: the rows of a tree come in preorder by themselves.
        waiting -= 1
        near, entered, fed_from = room.queue[waiting], next_switch[waiting], next_above[waiting]
        row = count
        count += 1
        position_of[near] = row
        sections[row], through[row], row_above[row] = near, entered, fed_from
        above[row] = sections[fed_from] if fed_from >= 0 else -1
        own = wiring.switch_feeder[entered] if entered >= 0 else -1
        feeder[row] = feeder[fed_from] if own < 0 and fed_from >= 0 else own
        for entry in range(wiring.first[near + 1] - 1, wiring.first[near] - 1, -1):
            switch = wiring.neighbour_switch[entry]
            if status[switch] == 0 or switch == entered:
                continue
            far = wiring.neighbour_section[entry]
            if source_of[far] >= 0:
                return -1
            source_of[far] = source
            room.queue[waiting], next_switch[waiting], next_above[waiting] = far, switch, row
            waiting += 1
    _sum_up(wiring, row_above, room.rows, count)
    return count


@compiled
def _sum_up(wiring: Wiring, row_above: Indices, rows: Tree, count: int) -> None:
    """What lies behind each row; `row_above` is the row that feeds it."""
    size, customers, p_w = rows.cells[SIZE], rows.customers, rows.p_w
    for row in range(count):
        section = rows.cells[SECTION, row]
        size[row] = 1
        customers[row] = wiring.customers[section]
        p_w[row] = wiring.p_w[section]
    for row in range(count - 1, 0, -1):
        above = row_above[row]
        if above >= 0:
            size[above] += size[row]
            customers[above] += customers[row]
            p_w[above] += p_w[row]


@compiled
def _begin(room: Room, section: int, count: int) -> None:
    room.queue[count] = section
    room.scratch[_ABOVE, count] = -1
    room.scratch[_THROUGH, count] = -1
    room.scratch[_FEEDER, count] = -1


@compiled
def _reach(wiring: Wiring, room: Room, far: int, switch: int, head: int, count: int) -> None:
    room.queue[count] = far
    room.scratch[_ABOVE, count] = head
    room.scratch[_THROUGH, count] = switch
    feeder = wiring.switch_feeder[switch]
    room.scratch[_FEEDER, count] = feeder if feeder >= 0 else room.scratch[_FEEDER, head]


@compiled
def _lay_out(wiring: Wiring, place: Indices, room: Room, count: int) -> None:
    """Rows of the queue in preorder, those of the first root first; then the sums behind them."""
    scratch, queue, cells = room.scratch, room.queue, room.rows.cells
    for k in range(count):
        scratch[_SIZE, k] = 1
    for k in range(count - 1, -1, -1):
        above = scratch[_ABOVE, k]
        if above >= 0:
            scratch[_SIZE, above] += scratch[_SIZE, k]
    free = 0
    for k in range(count):
        above = scratch[_ABOVE, k]
        if above < 0:
            position = free
            free += scratch[_SIZE, k]
        else:
            position = scratch[_NEXT, above]
            scratch[_NEXT, above] += scratch[_SIZE, k]
        scratch[_NEXT, k] = position + 1
        section = queue[k]
        place[POSITION, section] = position
        cells[SECTION, position] = section
        cells[THROUGH, position] = scratch[_THROUGH, k]
        cells[FEEDER, position] = scratch[_FEEDER, k]
        cells[ABOVE, position] = queue[above] if above >= 0 else -1
        cells[SIZE, position] = scratch[_SIZE, k]
        room.rows.customers[position] = wiring.customers[section]
        room.rows.p_w[position] = wiring.p_w[section]
    for position in range(count - 1, -1, -1):
        above = cells[ABOVE, position]
        if above >= 0:
            room.rows.customers[place[POSITION, above]] += room.rows.customers[position]
            room.rows.p_w[place[POSITION, above]] += room.rows.p_w[position]


@compiled
def same_rows(one: Tree, place: Indices, other: Tree, other_place: Indices, skip: Status) -> bool:
    """Whether both say the same of every section but those whose source has `skip` 1."""
    for section in range(place.shape[1]):
        source = place[SOURCE, section]
        if source != other_place[SOURCE, section]:
            return False
        if source < 0 or skip[source] == 1:
            continue
        a, b = place[POSITION, section], other_place[POSITION, section]
        for line in range(CELLS):
            if one.cells[line, a] != other.cells[line, b]:
                return False
        if one.customers[a] != other.customers[b] or one.p_w[a] != other.p_w[b]:
            return False
    return True
