"""Many ways to take on a dark part, each judged by AC power flow in microseconds."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gridops.ids import LoadId, SectionId, SourceId, SwitchId
from gridops.network import Indices, Limits, Values
from gridops.powerflow.candidate_kernel import (
    DROP,
    LOADING,
    NO_SOLUTION,
    NOT_RADIAL,
    OTHER,
    SOLVED,
    SOLVED_BUSES,
    W_HIGH,
    W_LOW,
    Base,
    Case,
    Changes,
    Ground,
    Touched,
    Verdicts,
    check_all,
)
from gridops.powerflow.protocol import NO_GENERATORS, LoadPower
from gridops.powerflow.radial_flow import BOUNDS
from gridops.powerflow.radial_grid import Grown, RadialGrid
from gridops.powerflow.radial_kernel import PLACE_ROWS, VALUE_ROWS, Bounds, Room, W, solve
from gridops.powerflow.segment_bounds import SegmentBounds

Candidate = tuple[Sequence[SwitchId], Sequence[SwitchId]]
"""Switches to close and switches to open."""

CANDIDATE_BOUNDS = Bounds(tolerance_pu=1e-7, iterations_max=100)
MARGIN = 5e-4
"""Relative: for what the iteration leaves open and what the bounds of `Judgement` neglect."""
QUIET_SHARE = 0.25
"""Of the loading limit: charging below it does not break the limit at a segment that is open at one
end, nor at one whose ends were not looked at because its current is half of the largest or less."""


class Outcome(IntEnum):
    SOLVED = SOLVED
    NOT_RADIAL = NOT_RADIAL
    NO_SOLUTION = NO_SOLUTION
    OTHER = OTHER
    """It would part what was supplied before: to be solved as a state of its own."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Judgement:
    """What candidates do to the islands that they draw on; each array by candidate.

    Voltages are those of the buses; `drop_pu_max` is the largest difference of two phasors at the
    ends of a segment. `loading_pct_max` is of what each segment may carry: its branches, and the
    switches at its ends; segments that are open at one end are not looked at, nor are lines in
    parallel one by one. `bounds` and `margin` say how much all these may hide.
    Where `outcome` is not SOLVED the figures mean nothing.
    """

    outcome: Indices
    voltage_pu_min: Values
    voltage_pu_max: Values
    loading_pct_max: Values
    drop_pu_max: Values
    buses: Indices
    """How many were solved."""
    margin: float
    """Relative."""
    charging_share: float
    """Of charging by itself, of what a segment may carry; see `SegmentBounds`."""
    bounds: SegmentBounds

    def surely_within(self, limits: Limits) -> NDArray[np.bool_]:
        """Whether a candidate keeps every limit by more than `margin`, so that nothing inside a
        segment can break it. False says nothing: solve the state to see what is wrong."""
        fine: NDArray[np.bool_] = self.outcome == SOLVED
        aside = self.bounds.aside * self.drop_pu_max
        if limits.voltage_pu_min is not None:
            # The middle of a line between two phasors is nearer to zero than both its ends.
            middle = np.sqrt(np.maximum(self.voltage_pu_min**2 - self.drop_pu_max**2 / 4.0, 0.0))
            fine &= middle - aside > limits.voltage_pu_min * (1 + self.margin)
        if limits.voltage_pu_max is not None:
            fine &= self.voltage_pu_max + aside < limits.voltage_pu_max * (1 - self.margin)
        if limits.loading_pct_max is not None:
            high = self.voltage_pu_max * np.maximum(self.voltage_pu_max, 1.0)
            at_most = self.loading_pct_max + 100.0 * self.bounds.charging_of_members * high
            fine &= at_most < limits.loading_pct_max * (1 - self.margin)
            fine &= 100.0 * self.charging_share * high < QUIET_SHARE * limits.loading_pct_max
        return fine


class Candidates:
    """Judges candidates against the state that `closed` and `loads` describe.

    A candidate may open and close switches of the dark part and close ties to it, several at
    once; what it would part of what is supplied before is refused as OTHER. Ties into islands
    that `around` left out count as parallels: NOT_RADIAL; what moves within those counts for
    nothing, so ask for every island that a move may touch. `carries_a` is what each switch may
    carry, by number. Not safe for use from several threads at once; two of them are.

    Making one costs in proportion to the islands around (a few bytes for each bus aside), a
    candidate in proportion to the islands that it draws on.
    """

    def __init__(
        self,
        grid: RadialGrid,
        closed: AbstractSet[SwitchId],
        *,
        loads: Mapping[LoadId, LoadPower],
        carries_a: Values,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
    ) -> None:
        status = grid.network.switch_set(closed).status
        sources = grid.live_sources(status, dead_sources=dead_sources, around=around)
        self._switches = grid.network.arrays.switches
        self._status = status.copy()
        self._mark = 1
        self.is_solved = False
        """Whether the state before is radial and has a solution; if not nothing can be asked."""
        grown = grid.grown(status, sources)
        if grown is None:
            return
        drawn = grid.drawn(loads, NO_GENERATORS)
        room, base = laid_out(grown, grid.segments.buses)
        iterations = solve(base.blocks, drawn, grid.has_current_loads, room, False, BOUNDS)
        if not iterations:
            return
        self.is_solved = True
        base.w[:] = room.values[W, : base.w.size]
        segments = grid.segments
        self._base = base
        self._room = room
        self._wiring = grown.wiring._replace(closed=self._status)
        capacity = grid.capacity(carries_a)
        self._bounds = grid.bounds
        self._charging_share = grid.charging_share(carries_a)
        self._case = Case(
            segment_buses=segments.ends_at,
            segment_switches=segments.switches,
            segment_of_switch=segments.segment_of_switch,
            is_root=grid.is_root,
            drawn=drawn,
            has_current_loads=grid.has_current_loads,
            capacity=capacity,
            bounds=CANDIDATE_BOUNDS,
        )
        self._trees = len(sources)
        self._margin = MARGIN + 2.0 * grid.charging_max

    def check(self, candidates: Sequence[Candidate]) -> Judgement:
        """Each by itself. Raises: KeyError for a switch that the grid does not have."""
        moves = [[*closing, *opening] for closing, opening in candidates]
        first = np.cumsum([0, *map(len, moves)]).astype(np.int32)
        switch = self._switches.numbers(s for move in moves for s in move)
        closed = np.zeros(len(switch), np.int32)
        for k, (closing, _) in enumerate(candidates):
            closed[first[k] : first[k] + len(closing)] = 1
        return self.check_numbered(Changes(first, switch, closed))

    def check_numbered(self, changes: Changes) -> Judgement:
        """The same for candidates that are arrays already."""
        count = changes.first.size - 1
        most = int(np.diff(changes.first).max(initial=0))
        touched = Touched(
            np.empty(4 * most + 1, np.int32),
            np.empty((4 * most + 1, 2)),
            np.empty(most + 1, np.int32),
            np.empty(self._trees + 1, np.int32),
            np.zeros(2, np.int32),
        )
        verdicts = Verdicts(
            np.empty(count, np.int32), np.zeros((count, 4)), np.zeros((count, 4), np.int32)
        )
        ground = Ground(changes, self._base, self._wiring, self._case, self._room, touched)
        if self._mark > np.iinfo(np.int32).max - count:
            self._room.seen[:] = 0
            self._mark = 1
        check_all(ground, self._mark, verdicts)
        self._mark += count
        return Judgement(
            outcome=verdicts.outcome,
            voltage_pu_min=np.sqrt(verdicts.values[:, W_LOW]),
            voltage_pu_max=np.sqrt(verdicts.values[:, W_HIGH]),
            loading_pct_max=100.0 * np.sqrt(verdicts.values[:, LOADING]),
            drop_pu_max=np.sqrt(verdicts.values[:, DROP]),
            buses=verdicts.places[:, SOLVED_BUSES],
            margin=self._margin,
            charging_share=self._charging_share,
            bounds=self._bounds,
        )


def laid_out(grown: Grown, buses: int, *, twice: bool = False) -> tuple[Room, Base]:
    """A copy of the trees with room for all that may still be hung on them; `twice`: also for what
    hangs on them already."""
    size = grown.size
    most = buses + 1 + (size if twice else 0)
    places = np.empty((PLACE_ROWS, most), np.int32)
    values = np.empty((VALUE_ROWS, most))
    places[:, :size], values[:, :size] = grown.room.places[:, :size], grown.room.values[:, :size]
    position = np.full(buses, -1, np.int32)
    position[places[1, :size]] = np.arange(size, dtype=np.int32)
    tree = np.repeat(np.arange(len(grown.sources), dtype=np.int32), np.diff(grown.blocks))
    base = Base(grown.blocks, tree, np.empty(size), position)
    return Room(places, values, np.zeros(buses, np.int32)), base
