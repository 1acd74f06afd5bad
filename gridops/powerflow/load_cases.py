"""One radial switch state under many loads: the hours of a day, or drawn at random."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.ids import GeneratorId, LoadId
from gridops.network import Indices, Values
from gridops.powerflow.branch_models import BASE_VA
from gridops.powerflow.lanes_kernel import (
    LANE_ROWS,
    LANES,
    LOADING,
    W_HIGH,
    W_LOW,
    Hung,
    Lanes,
    Ratings,
    prepare,
    solve,
)
from gridops.powerflow.load_powers import LoadPowers
from gridops.powerflow.protocol import FlowResult, LoadPower
from gridops.powerflow.radial_grid import Grown, RadialGrid
from gridops.powerflow.radial_kernel import Bounds, P, Q

Loads = Mapping[LoadId, LoadPower]
Generators = Mapping[GeneratorId, LoadPower]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoadCases:
    """What load cases do to one switch state; each array by case.

    Extremes are those of all nodes and branches that `FlowResult` would list, switches aside.
    They are nan where a case has no solution, voltages also where nothing is energised; without
    an energised branch the loading is 0.
    """

    iterations: Indices
    """What the slowest tree took; 0 if there was no solution."""
    voltage_pu_min: Values
    voltage_pu_max: Values
    loading_pct_max: Values
    _solve: Callable[[int], FlowResult]

    @property
    def converged(self) -> NDArray[np.bool_]:
        return self.iterations > 0

    def result(self, case: int) -> FlowResult:
        """All of one case, solved once more by itself: what is kept of a case is its loads, so
        memory does not grow with the grid. Void once the engine has moved on to another state,
        as the trees are. Raises: IndexError for a case that was not asked for."""
        if not 0 <= case < len(self.iterations):
            raise IndexError(f"there are {len(self.iterations)} load cases, and no number {case}")
        return self._solve(case)


def extremes_of(
    grid: RadialGrid,
    grown: Grown,
    *,
    cases: Sequence[tuple[Loads, Generators]],
    bounds: Bounds,
    solve_one: Callable[[int], FlowResult],
) -> LoadCases:
    """Solves the cases, LANES at a time, tree by tree. Voltages and powers that `grown` holds
    stay as they are. Raises: KeyError for an id that the grid does not have."""
    count = len(cases)
    iterations, found = np.zeros(count, np.int32), np.full((3, count), np.nan)
    hung, order = _hung(grid)
    listed, powers = np.zeros((2, len(order))), np.zeros((2, LANES, len(order)))
    widest = int(np.diff(grown.blocks).max(initial=0))
    lanes = Lanes(np.zeros((widest + 1) * LANE_ROWS * LANES), np.zeros(LANES, np.int32))
    rows = [int(row) for row in (W_LOW, W_HIGH, LOADING)]
    kept = grown.room.values[[P, Q], : grown.size]
    prepare(grown.blocks, grid.unloaded, grown.room)
    grown.room.values[[P, Q], : grown.size] = kept
    ratings = _ratings(grid, grown)
    for begin in range(0, count, LANES):
        end = min(begin + LANES, count)
        for lane, case in enumerate(cases[begin:end]):
            _powers(grid, case, listed=listed)
            np.take(listed, order, axis=1, out=powers[:, lane], mode="clip")  # indices are right
        np.divide(powers[0].T, BASE_VA, out=hung.p)
        np.divide(powers[1].T, BASE_VA, out=hung.q)
        lanes.iterations[:] = np.arange(LANES) < end - begin
        solve(grown.blocks, hung, grown.room, bounds, lanes, ratings)
        iterations[begin:end] = lanes.iterations[: end - begin]
        for k, row in enumerate(rows):
            found[k, begin:end] = lanes.values[row : row + end - begin]
    found[:, iterations == 0] = np.nan
    found[:2, found[0] == np.inf] = np.nan
    return LoadCases(
        iterations=iterations,
        voltage_pu_min=np.sqrt(found[0]),
        voltage_pu_max=np.sqrt(found[1]),
        loading_pct_max=100.0 * np.sqrt(found[2]),
        _solve=solve_one,
    )


def _hung(grid: RadialGrid) -> tuple[Hung, Indices]:
    """Without powers; and which load or generator each row is."""
    generators = len(grid.generator_bus)
    bus = np.concatenate((grid.load_bus, grid.generator_bus))
    order = np.argsort(bus, kind="stable").astype(np.int32)
    current, impedance = grid.current_share, grid.impedance_share
    by_load = np.column_stack((1.0 - current - impedance, current, impedance))
    shares = np.concatenate((by_load, np.tile((1.0, 0.0, 0.0), (generators, 1))))
    first = np.searchsorted(bus[order], np.arange(grid.segments.buses + 1)).astype(np.int32)
    hung = Hung(
        first=first,
        shares=shares[order],
        p=np.zeros((len(bus), LANES)),
        q=np.zeros((len(bus), LANES)),
        fixed=grid.unloaded,
        has_shares=grid.has_shares,
        has_current_loads=grid.has_current_loads,
    )
    return hung, order


def _powers(grid: RadialGrid, case: tuple[Loads, Generators], *, listed: Values) -> None:
    """Fills `listed` with active and reactive power of all loads and then of all generators."""
    loads, generators = LoadPowers.of(grid.network, case[0]), case[1]
    count = len(loads)
    listed[0, :count], listed[1, :count] = loads.p_w, loads.q_var
    listed[:, count:] = 0.0
    if generators:
        rows = count + grid.network.arrays.generators.numbers(generators)
        listed[0, rows] = [g.p_w for g in generators.values()]
        listed[1, rows] = [g.q_var for g in generators.values()]


def _ratings(grid: RadialGrid, grown: Grown) -> Ratings:
    """A line goes by the current at its ends, a transformer by its apparent power."""
    models, nodes = grid.segments.models, grid.network.arrays.branch_nodes
    by_current = grid.inside.base_a[nodes] / models.current_a_max[:, None]
    by_current[np.isfinite(models.power_pu_rated)] = 0.0
    weights = np.column_stack((by_current, 1.0 / models.power_pu_rated)) ** 2
    return Ratings(grown.wiring, grid.inside, weights)
