"""The whole grid faulted section by section in one call: what one tie per dead part restores."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gridops.ids import LoadId
from gridops.network import Counts, Indices, Limits, Status, Values
from gridops.powerflow.candidate_kernel import Case, Changes, Ground, Touched
from gridops.powerflow.candidates import CANDIDATE_BOUNDS, MARGIN, QUIET_SHARE, laid_out
from gridops.powerflow.protocol import NO_GENERATORS, LoadPower
from gridops.powerflow.radial_flow import BOUNDS
from gridops.powerflow.radial_grid import RadialGrid
from gridops.powerflow.radial_kernel import (
    BUS,
    P_CURRENT,
    P_OWN,
    Q_CURRENT,
    Q_OWN,
    B,
    G,
    W,
    solve,
)
from gridops.powerflow.single_ties_kernel import fault_all
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
    UNRESOLVED,
    Allowed,
    Buses,
    Devices,
    Pass,
    Scratch,
    Told,
    Tree,
)
from gridops.state import Energisation
from gridops.state.trace_kernel import ABOVE, POSITION, SECTION, SIZE, SOURCE, THROUGH


class PassStatus(IntEnum):
    COMPLETE = COMPLETE
    """No plan brings back more customers."""
    NEEDS_PLAN = NEEDS_PLAN
    """Somebody stays dark whom a plan might bring back."""
    LOST_SUPPLY = LOST_SUPPLY
    """No device of the grid clears the fault: not looked at."""
    NO_FENCE = NO_FENCE
    """Nothing can be fenced off, so no plan brings back anybody."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SwitchDuties:
    """By number of the switch, 1 where it: opens by itself; is a fuse; can be opened with both
    sides dead; can be closed with one side live. And what it may carry."""

    trips: Status
    is_fuse: Status
    opens: Status
    closes: Status
    carries_a: Values


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PassResult:
    """Each array by fault, in the order that was asked for."""

    sections: Indices
    status: Indices
    interrupted: Counts
    """Customers, as the next two."""
    restored: Counts
    fenced: Counts
    components: Indices
    """Dead parts with customers in them."""
    unresolved: Indices
    """How many of those stay dark."""
    checks: Indices
    """States that were solved; those with the same fence share them."""
    movements: Indices


class SingleTies:
    """Judges, for any fault, one tie for each part that it leaves dark beyond the fence.

    Guarantees: a part counts as restored only if the state with it, and with all parts of the
    same fault that were restored before it, keeps every limit by more than the margin of
    `Judgement.surely_within`, solved by AC with the loads given. What `restored` says is therefore
    never more than the best plan at these loads. It knows voltage band, currents of branches and
    switches; not protection reach, fault levels, limits of sources, cold load or hours ahead.

    `before` is the normal state, all sources alive. `is_solved`: whether it is radial and has a
    solution; if not nothing can be asked. Not safe for several threads at once.
    """

    def __init__(
        self,
        grid: RadialGrid,
        before: Energisation,
        *,
        loads: Mapping[LoadId, LoadPower],
        limits: Limits,
        duties: SwitchDuties,
    ) -> None:
        self._before = before
        self.is_solved = False
        if before.dead_sources or before.loops or not before.by_number.is_whole:
            return
        status = before.closed.status
        grown = grid.grown(status, np.arange(len(grid.network.sources), dtype=np.int32))
        if grown is None:
            return
        drawn = grid.drawn(loads, NO_GENERATORS)
        room, base = laid_out(grown, grid.segments.buses, twice=True)
        if not solve(base.blocks, drawn, grid.has_current_loads, room, False, BOUNDS):
            return
        self.is_solved = True
        base.w[:] = room.values[W, : base.w.size]
        segments = grid.segments
        capacity = grid.capacity(duties.carries_a)
        case = Case(
            segment_buses=segments.ends_at,
            segment_switches=segments.switches,
            segment_of_switch=segments.segment_of_switch,
            is_root=grid.is_root,
            drawn=drawn,
            has_current_loads=grid.has_current_loads,
            capacity=capacity,
            bounds=CANDIDATE_BOUNDS,
        )
        switches, trees = len(status), len(base.blocks) - 1
        ground = Ground(
            Changes(*np.zeros((3, 1), np.int32)),
            base,
            grown.wiring._replace(closed=status.copy()),
            case,
            room,
            Touched(
                np.empty(4 * switches + 8, np.int32),
                np.empty((4 * switches + 8, 2)),
                np.empty(1, np.int32),
                np.empty(trees + 1, np.int32),
                np.zeros(2, np.int32),
            ),
        )
        tree = _tree(before)
        self._pass = Pass(
            tree=tree,
            devices=Devices(duties.trips, duties.is_fuse, duties.opens, duties.closes),
            buses=_buses(grid, tree, ground=ground),
            allowed=_allowed(grid, limits, capacity=capacity),
            scratch=_scratch(len(tree.source), switches=switches, trees=trees),
            ground=ground,
        )
        self._mark = 1

    def fault(self, sections: Indices) -> PassResult:
        """Each of these sections by itself; all must have supply."""
        told = Told(np.zeros((len(sections), 3), np.int64), np.zeros((len(sections), 6), np.int32))
        self._pass.scratch.mark[:] = self._pass.scratch.answered[:] = -1
        self._mark = fault_all(sections, self._mark, self._pass, told)
        if self._mark > np.iinfo(np.int32).max // 2:
            self._pass.ground.room.seen[:] = 0
            self._mark = 1
        return PassResult(
            sections=sections,
            status=told.facts[:, STATUS],
            interrupted=told.customers[:, INTERRUPTED],
            restored=told.customers[:, RESTORED],
            fenced=told.customers[:, FENCED],
            components=told.facts[:, COMPONENTS],
            unresolved=told.facts[:, UNRESOLVED],
            checks=told.facts[:, CHECKS],
            movements=told.facts[:, MOVES],
        )

    def fault_everything(self) -> PassResult:
        """Every section that has supply, in grid order."""
        return self.fault(np.flatnonzero(self._pass.tree.source >= 0).astype(np.int32))


def _tree(before: Energisation) -> Tree:
    forest, arrays = before.by_number, before.network.arrays
    cells = forest.base.cells
    return Tree(
        first=arrays.first,
        switch_at=arrays.neighbour_switch,
        across=arrays.neighbour_section,
        closed=before.closed.status,
        source=np.ascontiguousarray(forest.place[SOURCE]),
        row=np.ascontiguousarray(forest.place[POSITION]),
        section=np.ascontiguousarray(cells[SECTION]),
        size=np.ascontiguousarray(cells[SIZE]),
        above=np.ascontiguousarray(cells[ABOVE]),
        through=np.ascontiguousarray(cells[THROUGH]),
        customers=forest.base.customers,
        own_customers=arrays.customers,
    )


def _buses(grid: RadialGrid, tree: Tree, *, ground: Ground) -> Buses:
    count = int(ground.base.blocks[-1])
    node = grid.segments.node_of_bus[ground.room.places[BUS, :count]]
    row = tree.row[grid.network.arrays.node_section[node]]
    order = np.argsort(row, kind="stable").astype(np.int32)
    first = np.searchsorted(row[order], np.arange(len(tree.section) + 1)).astype(np.int32)
    lines = [P_OWN, Q_OWN, G, B, P_CURRENT, Q_CURRENT]
    return Buses(first, order, row, ground.room.values[lines, :count])


def _allowed(grid: RadialGrid, limits: Limits, *, capacity: Values) -> Allowed:
    low, high, loading = limits.voltage_pu_min, limits.voltage_pu_max, limits.loading_pct_max
    return Allowed(
        voltage_pu_min=-np.inf if low is None else low,
        voltage_pu_max=np.inf if high is None else high,
        loading_max=np.inf if loading is None else loading / 100.0,
        aside=grid.bounds.aside,
        charging_of_members=grid.bounds.charging_of_members,
        charging_share=grid.bounds.charging_share(capacity),
        quiet_share=QUIET_SHARE,
        margin=MARGIN + 2.0 * grid.charging_max,
    )


def _scratch(sections: int, *, switches: int, trees: int) -> Scratch:
    return Scratch(
        zone=np.empty(sections, np.int32),
        mark=np.full(sections, -1, np.int32),
        answered=np.full(sections, -1, np.int32),
        opened=np.empty(switches, np.int32),
        taken=np.full(switches + 1, -1, np.int32),
        dirty=np.zeros(trees, np.int32),
        found=np.empty(4),
        places=np.empty(4, np.int32),
    )
