"""power-grid-model as a `PowerFlow`: Newton-Raphson in C++, the planner's engine."""

import itertools
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet

import numpy as np
import power_grid_model as pgm
from numpy.typing import NDArray
from power_grid_model.errors import (  # type: ignore[attr-defined] # public, without __all__
    IterationDiverge,
    SparseMatrixError,
)

from gridops.ids import BranchId, GeneratorId, LoadId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import Network
from gridops.powerflow import FlowResult, LoadPower
from gridops.powerflow.protocol import NO_GENERATORS, no_solution
from gridops.powerflow.radial_sweep import tap_factor

CONTACT_OHM = 1e-6
"""A closed switch: 0.4 mV at 400 A. The engine's own `link` would drop a hundred times that."""
SOURCE_VA = 1e20
"""Short-circuit power of a source that holds its voltage whatever it delivers."""
SOLVER_TOLERANCE_PU = 1e-8
"""Last Newton move; the contacts' conductance leaves about 1e-9 of rounding noise below it."""
ITERATIONS_MAX = 30

Records = NDArray[np.void]
"""Structured array of one component, as power-grid-model defines its fields."""


class PowerGridModelEngine:
    """`PowerFlow` on power-grid-model; the model is built once, each solve updates it.

    Guarantees: fulfils the protocol, meshed states included; every solve states all switches,
    loads and sources anew, so nothing of an earlier one remains. Not safe for use from
    several threads at once.
    """

    name = "power-grid-model"

    def __init__(self, network: Network) -> None:
        self._network = network
        self._node_ids = tuple(network.nodes)
        self._row_of_load = {load: k for k, load in enumerate(network.loads)}
        self._row_of_generator = {
            generator: k for k, generator in enumerate(network.generators, len(network.loads))
        }
        self._row_of_switch = {switch: k for k, switch in enumerate(network.switches)}
        self._numbers = _Numbers(network)
        self._model = pgm.PowerGridModel(
            _input_of(network, self._numbers), system_frequency=network.components.frequency_hz
        )
        self._lines = list(network.components.branches)
        self._transformers = list(network.components.transformers)

    def solve(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,  # noqa: ARG002 (being built)
    ) -> FlowResult:
        """See `PowerFlow.solve`."""
        powers = [(self._row_of_load[k], power) for k, power in loads.items()]
        powers += [(self._row_of_generator[k], power) for k, power in generators.items()]
        self._model.update(update_data=self._update(closed, powers, dead_sources=dead_sources))
        try:
            output = self._model.calculate_power_flow(
                symmetric=True,
                error_tolerance=SOLVER_TOLERANCE_PU,
                max_iterations=ITERATIONS_MAX,
                calculation_method=pgm.CalculationMethod.newton_raphson,
            )
        except (IterationDiverge, SparseMatrixError):
            return no_solution(self.name)
        return self._described(output)

    def _update(
        self,
        closed: AbstractSet[SwitchId],
        drawn: Iterable[tuple[int, LoadPower]],
        *,
        dead_sources: AbstractSet[SourceId],
    ) -> dict[pgm.ComponentType, Records]:
        network, numbers = self._network, self._numbers
        lines = _records("update", pgm.ComponentType.line, count=len(network.switches))
        lines["id"] = numbers.switches
        status = np.fromiter((s in closed for s in network.switches), np.int8, len(lines))
        lines["from_status"] = lines["to_status"] = status
        powers = _records("update", pgm.ComponentType.sym_load, count=len(numbers.loads))
        powers["id"] = numbers.loads
        powers["p_specified"] = powers["q_specified"] = 0.0
        for row, power in drawn:
            powers["p_specified"][row], powers["q_specified"][row] = power.p_w, power.q_var
        sources = _records("update", pgm.ComponentType.source, count=len(network.sources))
        sources["id"] = numbers.sources
        sources["status"] = [s not in dead_sources for s in network.sources]
        return {
            pgm.ComponentType.line: lines,
            pgm.ComponentType.sym_load: powers,
            pgm.ComponentType.source: sources,
        }

    def _described(self, output: Mapping[pgm.ComponentType, Records]) -> FlowResult:
        nodes = _rows(output, pgm.ComponentType.node)
        lines = _rows(output, pgm.ComponentType.line)
        branches, contacts = lines[: len(self._lines)], lines[len(self._lines) :]
        transformers = _rows(output, pgm.ComponentType.transformer)
        sources = _rows(output, pgm.ComponentType.source)
        current: dict[BranchId, float] = {}
        loading: dict[BranchId, float] = {}
        ends = np.maximum(branches["i_from"], branches["i_to"]).tolist()
        live = branches["energized"].tolist()
        for branch, amperes, on in zip(self._lines, ends, live, strict=True):
            if on:
                current[branch.id] = amperes
                loading[branch.id] = 100.0 * amperes / branch.current_a_max
        for transformer, row in zip(self._transformers, transformers, strict=True):
            if row["energized"]:
                current[transformer.id] = float(max(row["i_from"], row["i_to"]))
                apparent = float(max(row["s_from"], row["s_to"]))
                loading[transformer.id] = 100.0 * apparent / transformer.power_va_rated
        energised = nodes["energized"].tolist()
        return FlowResult(
            converged=True,
            engine=self.name,
            voltage_pu={
                node: voltage
                for node, voltage, on in zip(
                    self._node_ids, nodes["u_pu"].tolist(), energised, strict=True
                )
                if on
            },
            current_a=current,
            loading_pct=loading,
            switch_current_a=self._through_switches(contacts),
            source_p_w={
                source: power
                for source, power, on in zip(
                    self._network.sources,
                    sources["p"].tolist(),
                    sources["energized"].tolist(),
                    strict=True,
                )
                if on
            },
        )

    def _through_switches(self, contacts: Records) -> dict[SwitchId, float]:
        rows = zip(
            self._network.switches,
            contacts["i_from"].tolist(),
            contacts["energized"].tolist(),
            strict=True,
        )
        return {switch: amperes for switch, amperes, on in rows if on}


class _Numbers:
    """power-grid-model counts components of all kinds in one row of integers."""

    def __init__(self, network: Network) -> None:
        counts = (
            len(network.nodes),
            len(network.components.branches),
            len(network.switches),
            len(network.components.transformers),
            len(network.loads) + len(network.generators),
            len(network.sources),
            len(network.components.shunts),
        )
        starts = np.concatenate(([0], np.cumsum(counts)))
        spans = [np.arange(a, b) for a, b in itertools.pairwise(starts)]
        self.nodes, self.lines, self.switches, self.transformers, self.loads = spans[:5]
        self.sources, self.shunts = spans[5:]
        self.of_node: Mapping[NodeId, int] = {node: k for k, node in enumerate(network.nodes)}


def _records(dataset: str, component: pgm.ComponentType, *, count: int) -> Records:
    return pgm.initialize_array(pgm.DatasetType(dataset), component, count)


def _rows(output: Mapping[pgm.ComponentType, Records], component: pgm.ComponentType) -> Records:
    """The engine leaves out a kind of which the grid has none."""
    found = output.get(component)
    return _records("sym_output", component, count=0) if found is None else found


def _input_of(network: Network, numbers: _Numbers) -> dict[pgm.ComponentType, Records]:
    nodes = _records("input", pgm.ComponentType.node, count=len(network.nodes))
    nodes["id"] = numbers.nodes
    nodes["u_rated"] = [node.voltage_v_nominal for node in network.nodes.values()]
    loads = _records("input", pgm.ComponentType.sym_load, count=len(numbers.loads))
    loads["id"] = numbers.loads
    at = [load.node for load in network.loads.values()]
    at += [generator.node for generator in network.generators.values()]
    loads["node"] = [numbers.of_node[node] for node in at]
    loads["status"] = 1
    loads["type"] = pgm.LoadGenType.const_power
    loads["p_specified"] = loads["q_specified"] = 0.0
    sources = _records("input", pgm.ComponentType.source, count=len(network.sources))
    sources["id"] = numbers.sources
    sources["node"] = [numbers.of_node[source.node] for source in network.sources.values()]
    sources["status"] = 1
    sources["u_ref"] = [source.voltage_pu for source in network.sources.values()]
    sources["sk"] = SOURCE_VA
    return {
        pgm.ComponentType.node: nodes,
        pgm.ComponentType.line: _lines_of(network, numbers),
        pgm.ComponentType.transformer: _transformers_of(network, numbers),
        pgm.ComponentType.sym_load: loads,
        pgm.ComponentType.source: sources,
        pgm.ComponentType.shunt: _shunts_of(network, numbers),
    }


def _shunts_of(network: Network, numbers: _Numbers) -> Records:
    listed = network.components.shunts
    shunts = _records("input", pgm.ComponentType.shunt, count=len(listed))
    shunts["id"] = numbers.shunts
    shunts["status"] = 1
    for row, shunt in zip(shunts, listed, strict=True):
        square_v2 = network.nodes[shunt.node].voltage_v_nominal ** 2
        row["node"] = numbers.of_node[shunt.node]
        row["g1"], row["b1"] = shunt.p_w / square_v2, -shunt.q_var / square_v2
    return shunts


def _lines_of(network: Network, numbers: _Numbers) -> Records:
    """Branches first, then every switch as a contact of next to no impedance."""
    branches, switches = network.components.branches, network.components.switches
    lines = _records("input", pgm.ComponentType.line, count=len(branches) + len(switches))
    lines["id"] = np.concatenate((numbers.lines, numbers.switches))
    ends = [(b.from_node, b.to_node) for b in branches]
    ends += [(s.node_a, s.node_b) for s in switches]
    lines["from_node"] = [numbers.of_node[a] for a, _ in ends]
    lines["to_node"] = [numbers.of_node[b] for _, b in ends]
    lines["from_status"] = lines["to_status"] = 1
    lines["r1"] = [b.r_ohm for b in branches] + [CONTACT_OHM] * len(switches)
    lines["x1"] = [b.x_ohm for b in branches] + [0.0] * len(switches)
    lines["c1"] = [b.c_f for b in branches] + [0.0] * len(switches)
    lines["tan1"] = 0.0
    return lines


def _transformers_of(network: Network, numbers: _Numbers) -> Records:
    """The tap is already in `u1`, so that the engine's own tap bounds play no part."""
    listed = network.components.transformers
    rows = _records("input", pgm.ComponentType.transformer, count=len(listed))
    rows["id"] = numbers.transformers
    rows["from_status"] = rows["to_status"] = 1
    rows["tap_side"] = pgm.BranchSide.from_side
    rows["tap_pos"] = rows["tap_min"] = rows["tap_max"] = rows["tap_nom"] = 0
    rows["tap_size"] = 0.0
    for row, t in zip(rows, listed, strict=True):
        odd = t.clock % 2 == 1
        row["from_node"] = numbers.of_node[t.from_node]
        row["to_node"] = numbers.of_node[t.to_node]
        row["u1"] = t.voltage_v_from * tap_factor(t)
        row["u2"] = t.voltage_v_to
        row["sn"] = t.power_va_rated
        row["uk"] = t.short_circuit_voltage_pu
        row["pk"] = t.copper_loss_w
        row["i0"] = t.no_load_current_pu
        row["p0"] = t.iron_loss_w
        row["winding_from"] = pgm.WindingType.delta if odd else pgm.WindingType.wye
        row["winding_to"] = pgm.WindingType.wye_n
        row["clock"] = t.clock
    return rows
