"""power-grid-model as a `PowerFlow`: Newton-Raphson in C++, a model for every question."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
import power_grid_model as pgm
from numpy.typing import NDArray
from power_grid_model.errors import (  # type: ignore[attr-defined] # public, without __all__
    IterationDiverge,
    SparseMatrixError,
)

from gridops.adapters.engines.contacts import Contacts
from gridops.adapters.engines.contacts_kernel import Complexes
from gridops.adapters.engines.live_part import LivePart, LiveParts
from gridops.adapters.engines.pgm_input import (
    BASE_VA,
    Consumption,
    Drawn,
    GridRecords,
    Mask,
    Model,
    summed,
)
from gridops.ids import GeneratorId, LoadId, SectionId, SourceId, SwitchId
from gridops.network import Branch, Network, Values
from gridops.powerflow import ByNumber, FlowResult, LoadPower, LoadPowers
from gridops.powerflow.protocol import NO_GENERATORS, no_solution

SOLVER_TOLERANCES_PU = (1e-8, 1e-6)
"""Last Newton move; what is left after it is about the square of that. The second is for grids
whose rounding alone moves more than the first: very short lines, or very many in a row."""
ITERATIONS_MAX = 30
VOLTAGE_PU_COLLAPSED = 0.1
"""Below this the iteration has left anything that a grid can do."""
ENDS = ["p_from", "q_from", "p_to", "q_to"]
OUTPUT: dict[pgm.ComponentType, Any] = {
    pgm.ComponentType.node: ["u_pu", "u_angle"],
    pgm.ComponentType.line: ENDS,
    pgm.ComponentType.transformer: ENDS,
}
NOTHING = np.empty(0, np.complex128)
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _State:
    """What is energised, and how contacts fuse it. Places count the live nodes."""

    live: LivePart
    contacts: Contacts
    ends: Places
    """Of the live branches, shape (branches, 2)."""
    fused: Mask
    """Of the live branches: both ends are one fused node."""
    sources: Places


@dataclass(frozen=True, slots=True, eq=False)
class _Solution:
    """Voltage of each live node, and current that enters each live branch at its two ends."""

    voltage: Complexes
    entering: Complexes


@dataclass(frozen=True, slots=True, eq=False)
class _Output:
    """Voltage of each fused node, and power into each branch of the model at its two ends."""

    voltage: Complexes
    power: Complexes


class PowerGridModelEngine:
    """`PowerFlow` on power-grid-model.

    Guarantees: fulfils the protocol, meshed states and several sources in one island included.
    Closed switches are exact: what they join is one node of the model, and the currents through
    them follow from Kirchhoff's law (see `Contacts.currents` where they form loops); so do lines
    of less than `CONTACT_PU`. A transformer of less counts as one of that impedance. Two sources
    of different voltage on one fused node, a voltage below `VOLTAGE_PU_COLLAPSED` and powers
    that are not finite count as no solution. Nothing is kept between questions: safe for use
    from several threads.
    """

    name = "power-grid-model"

    def __init__(self, network: Network) -> None:
        self._network = network
        self._records = GridRecords(network)
        self._consumption = Consumption(network)
        self._live = LiveParts(network, shunt_nodes=self._consumption.shunt_node)
        sources, branches = network.sources.values(), network.branches.values()
        self._source_pu = np.array([source.voltage_pu for source in sources])
        self._is_line = np.array([isinstance(b, Branch) for b in branches], np.bool_)
        self._rated = np.array(
            [b.current_a_max if isinstance(b, Branch) else b.power_va_rated for b in branches]
        )

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
        status = self._network.switch_set(closed).status
        drawing = _as_complex(LoadPowers.of(self._network, loads))
        feeding = np.zeros(len(self._network.generators), np.complex128)
        rows = self._network.arrays.generators.numbers(generators)
        feeding[rows] = [complex(power.p_w, power.q_var) for power in generators.values()]
        live = self._live.found(status, dead_sources=dead_sources, around=around)
        if not (_are_finite(drawing[live.loads]) and _are_finite(feeding[live.generators])):
            return no_solution(self.name)
        state = self._state(live)
        drawn = self._consumption.at_nodes(live, loads=drawing, generators=feeding)
        solved = self._solved(state, drawn)
        if solved is None:
            return no_solution(self.name)
        return self._described(state, drawn, solution=solved)

    def _state(self, live: LivePart) -> _State:
        arrays, is_contact = self._network.arrays, self._records.is_contact
        ends = live.local(arrays.branch_nodes[live.branches])
        switch_ends = live.local(arrays.switch_nodes[live.switches])
        sources = live.local(arrays.source_node[live.sources])
        contact_ends = np.concatenate((switch_ends, ends[is_contact[live.branches]]))
        contacts = Contacts(len(live.nodes), contact_ends, sources=sources)
        group = contacts.group
        return _State(
            live=live,
            contacts=contacts,
            ends=ends,
            fused=group[ends[:, 0]] == group[ends[:, 1]],
            sources=sources,
        )

    def _solved(self, state: _State, drawn: Drawn) -> _Solution | None:
        live, group = state.live, state.contacts.group
        end_pu = self._records.end_pu[live.branches]
        if not len(live.nodes):
            return _Solution(np.empty(0, np.complex128), end_pu)
        held = self._source_pu[live.sources]
        if _in_conflict(group[state.sources], held):
            return None
        output = self._output(self._model(state, drawn))
        if output is None:
            return None
        voltage = output.voltage[group]
        entering = end_pu * voltage[state.ends]
        crossing = ~state.fused
        entering[crossing] = (output.power / voltage[state.ends[crossing]]).conj()
        return _Solution(voltage, entering)

    def _model(self, state: _State, drawn: Drawn) -> Model:
        """Of the fused nodes, by their group numbers."""
        live, group, groups = state.live, state.contacts.group, state.contacts.groups
        inside = self._records.end_pu[live.branches[state.fused]].sum(axis=1)
        bypassed = summed(group[state.ends[state.fused, 0]], inside, count=groups)
        crossing = ~state.fused
        feeding = state.contacts.first_sources
        return self._records.model(
            group[state.ends[crossing]],
            live.branches[crossing],
            drawn=drawn.fused(group, count=groups, bypassed=bypassed),
            sources=group[state.sources[feeding]],
            source_pu=self._source_pu[live.sources[feeding]],
        )

    def _output(self, model: Model) -> "_Output | None":
        """None if power-grid-model finds no voltages that a grid could have."""
        output = self._calculated(model)
        if output is None:
            return None
        nodes = output[pgm.ComponentType.node]
        magnitude = nodes["u_pu"]
        if not np.all(magnitude >= VOLTAGE_PU_COLLAPSED):  # nor may any be not a number
            return None
        kinds = (pgm.ComponentType.line, pgm.ComponentType.transformer)
        listed = [output[kind] for kind in kinds if kind in output]
        power = np.empty((sum(len(rows["p_from"]) for rows in listed), 2), np.complex128)
        for column, end in enumerate(("from", "to")):
            parts = [rows[f"p_{end}"] + 1j * rows[f"q_{end}"] for rows in listed]
            power[:, column] = np.concatenate(parts or [NOTHING])
        return _Output(magnitude * np.exp(1j * nodes["u_angle"]), power / BASE_VA)

    def _calculated(self, model: Model) -> dict[pgm.ComponentType, Any] | None:
        built = self._records.built(model)
        for tolerance in SOLVER_TOLERANCES_PU:
            try:
                return built.calculate_power_flow(
                    error_tolerance=tolerance,
                    max_iterations=ITERATIONS_MAX,
                    calculation_method=pgm.CalculationMethod.newton_raphson,
                    output_component_types=OUTPUT,
                )
            except (IterationDiverge, SparseMatrixError):
                continue
        return None

    def _described(self, state: _State, drawn: Drawn, *, solution: _Solution) -> FlowResult:
        arrays, live, ends = self._network.arrays, state.live, state.ends
        base_a = self._records.base_a[live.nodes]
        through, from_source = self._through_contacts(state, drawn, solution=solution)
        amperes = np.abs(solution.entering) * base_a[ends]
        apparent = np.abs(solution.entering * solution.voltage[ends]) * BASE_VA
        is_line = self._is_line[live.branches, np.newaxis]
        loading = 100.0 * np.where(is_line, amperes, apparent).max(axis=1, initial=0.0)
        switch_a = np.abs(through) * base_a[live.local(arrays.switch_nodes[live.switches, 0])]
        source_va = solution.voltage[state.sources] * from_source.conj() * BASE_VA
        return FlowResult(
            converged=True,
            engine=self.name,
            voltage_pu=ByNumber(arrays.nodes, numbers=live.nodes, values=np.abs(solution.voltage)),
            current_a=ByNumber(
                arrays.branches, numbers=live.branches, values=amperes.max(axis=1, initial=0.0)
            ),
            loading_pct=ByNumber(
                arrays.branches,
                numbers=live.branches,
                values=loading / self._rated[live.branches],
            ),
            switch_current_a=ByNumber(arrays.switches, numbers=live.switches, values=switch_a),
            source_p_w=ByNumber(arrays.sources, numbers=live.sources, values=source_va.real),
            source_q_var=ByNumber(arrays.sources, numbers=live.sources, values=source_va.imag),
        )

    def _through_contacts(
        self, state: _State, drawn: Drawn, *, solution: _Solution
    ) -> tuple[Complexes, Complexes]:
        """Through the live switches and from the live sources, in pu.

        What lines carry that join their ends is added to `solution.entering`.
        """
        live, count = state.live, len(state.live.nodes)
        leaving = drawn.currents(solution.voltage)
        for end in (0, 1):
            leaving += summed(state.ends[:, end], solution.entering[:, end], count=count)
        currents = state.contacts.currents(leaving)
        switches = len(live.switches)
        joined = np.flatnonzero(self._records.is_contact[live.branches])
        solution.entering[joined, 0] += currents.through[switches:]
        solution.entering[joined, 1] -= currents.through[switches:]
        return currents.through[:switches], currents.from_source


def _as_complex(loads: LoadPowers) -> Complexes:
    powers = np.empty(len(loads), np.complex128)
    powers.real, powers.imag = loads.p_w, loads.q_var
    return powers


def _are_finite(powers: Complexes) -> bool:
    return bool(np.isfinite(powers).all())


def _in_conflict(groups: NDArray[np.int32], held_pu: Values) -> bool:
    """Whether a fused node is to be held at two voltages."""
    voltage: dict[int, float] = {}
    pairs = zip(groups.tolist(), held_pu.tolist(), strict=True)
    return any(voltage.setdefault(group, held) != held for group, held in pairs)
