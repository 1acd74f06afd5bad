"""AC power flow of radial states at the speed of arrays."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

import numpy as np

from gridops.ids import GeneratorId, LoadId, SectionId, SourceId, SwitchId
from gridops.network import Indices, Network, Numbering, Values
from gridops.powerflow.branch_models import BASE_VA
from gridops.powerflow.fault_supply import FaultSupply
from gridops.powerflow.load_cases import Generators, LoadCases, extremes_of
from gridops.powerflow.protocol import (
    NO_GENERATORS,
    FlowResult,
    LoadPower,
    PowerFlow,
    no_solution,
)
from gridops.powerflow.radial_grid import Grown, RadialGrid
from gridops.powerflow.radial_kernel import Bounds, P, Q, solve
from gridops.powerflow.report_kernel import (
    BRANCH,
    CURRENT,
    NODE,
    POWER,
    SWITCH,
    SWITCH_CURRENT,
    VOLTAGE,
    Findings,
    report,
)
from gridops.powerflow.results import ByNumber

K = TypeVar("K", bound=str)

BOUNDS = Bounds(tolerance_pu=1e-10, iterations_max=500)


class RadialFlow:
    """`PowerFlow` for radial states; others go to `meshed`, if there is one.

    Guarantees: fulfils the protocol for any number of sources, each with a tree of its own, and
    for any mix of constant power, current and impedance. Lines are pi sections with charging, a
    line that is open at one end still draws its charging; transformers are as in
    `branch_models`. A state with a ring or with sources in parallel is answered by `meshed`,
    which signs the result as its engine, or has no solution here. Not safe for use from several
    threads at once.

    Cost is linear in the islands asked for, plus a few vector operations over all loads when
    they are others than the time before.
    """

    name = "radial-kernel"

    def __init__(
        self,
        network: Network,
        *,
        meshed: PowerFlow | None = None,
        grid: RadialGrid | None = None,
    ) -> None:
        """`grid` is that of `network`, if it has been laid out already."""
        self.grid = RadialGrid(network) if grid is None else grid
        self._meshed = meshed
        self._findings = _room(network)
        self._faults: FaultSupply | None = None

    @property
    def faults(self) -> FaultSupply:
        """Fault currents of the same grid; made when it is first asked for."""
        if self._faults is None:
            self._faults = FaultSupply(self.grid.network)
        return self._faults

    def beside(self) -> "RadialFlow":
        """One more engine for the same grid, for another thread. They share what no question
        changes, and `meshed`, which must be safe for use from several threads."""
        return RadialFlow(self.grid.network, meshed=self._meshed, grid=self.grid.beside())

    def solve(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
    ) -> FlowResult:
        """See `PowerFlow.solve`."""
        trees = self.at(closed, dead_sources=dead_sources, around=around)
        if trees is not None:
            return trees.solve(loads, generators=generators)
        if self._meshed is None:
            return no_solution(self.name)
        return self._meshed.solve(
            closed, loads, generators=generators, dead_sources=dead_sources, around=around
        )

    def at(
        self,
        closed: AbstractSet[SwitchId],
        *,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
    ) -> "Trees | None":
        """The trees of one switch state, to be solved for any loads; None: not radial.

        They share room with this engine: what was got before is void.
        """
        status = self.grid.network.switch_set(closed).status
        sources = self.grid.live_sources(status, dead_sources=dead_sources, around=around)
        grown = self.grid.grown(status, sources)
        if grown is None:
            return None
        return Trees(self.grid, grown, findings=self._findings)


class Trees:
    """A radial switch state that can be solved again and again.

    `iterations` is what the slowest tree took in the last solution; 0 if there was none.
    Everything raises RuntimeError once the engine has been asked about another state: both work
    in the same room.
    """

    def __init__(self, grid: RadialGrid, grown: Grown, *, findings: Findings) -> None:
        self.grid = grid
        self.grown = grown
        self.iterations = 0
        self._findings = findings

    def solve(
        self,
        loads: Mapping[LoadId, LoadPower],
        *,
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        warm: bool = False,
    ) -> FlowResult:
        """With `warm` the iteration begins at the last solution, which must have been one: the
        result is the same within the tolerance, sooner."""
        self.settle(self.grid.drawn(loads, generators), warm=warm)
        return self.result() if self.iterations else no_solution(RadialFlow.name)

    def solve_many(
        self,
        cases: Sequence[Mapping[LoadId, LoadPower]],
        *,
        generators: Generators | Sequence[Generators] = NO_GENERATORS,
    ) -> LoadCases:
        """Several load cases side by side, each as `solve` does it; `generators` are those of
        all cases, or listed case by case.

        A case without a solution does not disturb the others. `iterations` and the last
        solution stay as they are. Raises: KeyError for an id that the grid does not have,
        ValueError if there are not as many `generators` as cases.
        """
        feeding = [generators] * len(cases) if isinstance(generators, Mapping) else generators
        listed = list(zip(cases, feeding, strict=True))
        self._require_latest()
        return extremes_of(
            self.grid,
            self.grown,
            cases=listed,
            bounds=BOUNDS,
            solve_one=lambda k: self.solve(listed[k][0], generators=listed[k][1]),
        )

    def settle(self, drawn: Values, *, warm: bool = False) -> int:
        """The iteration alone; returns how many steps it took, 0 if there is no solution."""
        self._require_latest()
        self.iterations = solve(
            self.grown.blocks,
            drawn,
            self.grid.has_current_loads,
            self.grown.room,
            warm,
            BOUNDS,
        )
        return self.iterations

    def _require_latest(self) -> None:
        if self.grid.latest is not self.grown:
            raise RuntimeError("these trees are void: their engine was asked about another state")

    def result(self) -> FlowResult:
        """The last solution in the words of the protocol."""
        self._require_latest()
        grid, grown, found = self.grid, self.grown, self._findings
        arrays = grid.network.arrays
        found.filled[:] = 0
        report(0, grown.size, grown.wiring, grid.inside, grown.room, found)
        branches = _sorted(found, BRANCH)
        current_a = ByNumber(
            arrays.branches, numbers=branches[0], values=found.values[CURRENT][branches[1]]
        )
        loading_pct = _loading_pct(
            grid, branches[0], ends=(current_a.values_of, found.values[POWER][branches[1]])
        )
        delivered = grown.room.values[:, grown.blocks[:-1]] * BASE_VA
        return FlowResult(
            converged=True,
            engine=RadialFlow.name,
            voltage_pu=_by_number(arrays.nodes, found, row=NODE, value=VOLTAGE),
            current_a=current_a,
            loading_pct=ByNumber(arrays.branches, numbers=branches[0], values=loading_pct),
            switch_current_a=_by_number(arrays.switches, found, row=SWITCH, value=SWITCH_CURRENT),
            source_p_w=_by_source(grid, grown, values=delivered[P]),
            source_q_var=_by_source(grid, grown, values=delivered[Q]),
        )


def _by_source(grid: RadialGrid, grown: Grown, *, values: Values) -> dict[SourceId, float]:
    ids = grid.network.arrays.sources.ids
    pairs = zip(grown.sources.tolist(), values.tolist(), strict=True)
    return {ids[source]: value for source, value in pairs}


def _room(network: Network) -> Findings:
    arrays = network.arrays
    most = max(len(arrays.nodes), len(arrays.branches), len(arrays.switches), 1)
    return Findings(np.empty((3, most), np.int32), np.empty((4, most)), np.zeros(3, np.int32))


def _sorted(found: Findings, row: int) -> tuple[Indices, Indices]:
    numbers = found.numbers[row, : found.filled[row]]
    order = np.argsort(numbers).astype(np.int32)
    return numbers[order], order


def _by_number(kind: Numbering[K], found: Findings, *, row: int, value: int) -> ByNumber[K]:
    numbers, order = _sorted(found, row)
    return ByNumber(kind, numbers=numbers, values=found.values[value][order])


def _loading_pct(grid: RadialGrid, branches: Indices, *, ends: tuple[Values, Values]) -> Values:
    """A line by the larger current at its ends, a transformer by the larger apparent power."""
    current_a, power_pu = ends
    models = grid.segments.models
    rated_pu = models.power_pu_rated[branches]
    by_current = current_a / models.current_a_max[branches]
    return 100.0 * np.where(np.isfinite(rated_pu), power_pu / rated_pu, by_current)
