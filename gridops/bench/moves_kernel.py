"""Switch after switch in one compiled loop, by the product's own trace of one tree."""

from typing import NamedTuple

from gridops.compiled import compiled
from gridops.network import Counts, Indices, Status
from gridops.state.trace_kernel import SECTION, SOURCE, Room, Wiring, retrace

NOT_PLAIN = -1


class State(NamedTuple):
    """Where the grid stands; changed in place.

    `members[source, : counts[source]]` are the sections that a source supplies, `supplied` their
    customers.
    """

    status: Status
    place: Indices
    members: Indices
    counts: Indices
    supplied: Counts


@compiled
def customers_dark_after(
    wiring: Wiring, ends: Indices, moves: Indices, state: State, room: Room, more_dark: Counts
) -> int:
    """Carries out `moves` (shape (moves, 2): switch, 1 if closed from then on), one by one.

    `more_dark[k]` is how many customers more than at the beginning are dark after move `k`.
    Returns the number of moves, or NOT_PLAIN at the first that touches, or makes, anything but
    plain trees. No source may come to supply more sections than `members` has room for.
    """
    out = 0
    for k in range(len(moves)):
        switch = moves[k, 0]
        state.status[switch] = moves[k, 1]
        source = max(state.place[SOURCE, ends[switch, 0]], state.place[SOURCE, ends[switch, 1]])
        if source >= 0:
            was = state.members[source, : state.counts[source]]
            count = retrace(wiring, state.status, source, was, state.place, room)
            if count < 0:
                return NOT_PLAIN
            for row in range(count):
                state.members[source, row] = room.rows.cells[SECTION, row]
            state.counts[source] = count
            out += state.supplied[source] - room.rows.customers[0]
            state.supplied[source] = room.rows.customers[0]
        more_dark[k] = out
    return len(moves)
