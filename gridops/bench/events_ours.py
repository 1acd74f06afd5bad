"""Customers out after a switch event, by us: by the kernel, by the live state's step, in full."""

import numpy as np

from gridops.bench.measuring import Side, timed
from gridops.bench.moves_kernel import NOT_PLAIN, State, customers_dark_after
from gridops.bench.switchings import Move, Switchings, run_through
from gridops.network import SwitchSet, Values
from gridops.state import energise
from gridops.state.forest import Forest, forest
from gridops.state.trace_kernel import CELLS, SCRATCH, SECTION, Room, Tree


def by_kernel(switchings: Switchings) -> Side:
    """All moves in one compiled loop: what a search that tries switch after switch pays."""
    arrays = switchings.city.network.arrays
    live = np.ones(len(arrays.sources), np.int8)
    normal = forest(arrays, switchings.city.closed.status, live=live)
    state = _state(normal, switchings.city.closed)
    moves = np.array(switchings.moves, np.int32)
    room = _room(len(arrays.sections))
    more_dark = np.zeros(len(moves), np.int64)

    def work() -> None:
        done = customers_dark_after(
            normal.wiring, arrays.switch_sections, moves, state, room, more_dark
        )
        if done == NOT_PLAIN:
            raise ValueError("a move makes a ring or ties two sources together")

    def answer() -> Values:
        work()
        return np.asarray(normal.customers_dark + more_dark, np.float64)

    return Side(read=timed(work, pieces=len(moves)), answer=answer)


def step_by_step(switchings: Switchings) -> Side:
    """`Energisation.moved`, as the live state makes it at each event."""
    city = switchings.city
    ids = city.network.arrays.switches.ids
    at = energise(city.network, city.closed)

    def customers_out(move: Move) -> int:
        nonlocal at
        at = at.moved(ids[move.switch], closed=move.is_closed)
        return at.customers_dark

    return run_through(switchings.moves, customers_out)


def in_full(switchings: Switchings) -> Side:
    """`energise` over all switches, whatever has moved."""
    network = switchings.city.network
    switches = network.arrays.switches
    status = switchings.city.closed.status.copy()

    def customers_out(move: Move) -> int:
        status[move.switch] = move.is_closed
        return energise(network, SwitchSet(switches, status.copy())).customers_dark

    return run_through(switchings.moves, customers_out)


def _state(normal: Forest, closed: SwitchSet) -> State:
    trees = {source: normal.tree_of(source) for source in normal.feeding()}
    sources = len(normal.arrays.sources)
    most = max((rows.stop - rows.start for _, rows in trees.values()), default=0)
    state = State(
        status=closed.status.copy(),
        place=normal.place.copy(),
        members=np.zeros((sources, most), np.int32),
        counts=np.zeros(sources, np.int32),
        supplied=np.zeros(sources, np.int64),
    )
    for source, (tree, rows) in trees.items():
        state.counts[source] = rows.stop - rows.start
        state.members[source, : state.counts[source]] = tree.cells[SECTION, rows]
        state.supplied[source] = tree.customers[rows.start]
    return state


def _room(rows: int) -> Room:
    cells = np.empty((CELLS, rows), np.int32)
    tree = Tree(cells, np.empty(rows, np.int64), np.empty(rows))
    return Room(tree, np.empty(rows, np.int32), np.empty((SCRATCH, rows), np.int32))
