"""One switch state as a model of power-grid-model, with a fault that can be put at any node."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import power_grid_model as pgm
from numpy.typing import NDArray

from gridops.adapters.engines.contacts import Contacts
from gridops.adapters.engines.contacts_kernel import Complexes
from gridops.adapters.engines.live_part import LivePart
from gridops.adapters.engines.pgm_input import (
    BASE_VA,
    LEVEL_V,
    Drawn,
    GridRecords,
    Model,
    summed,
)
from gridops.network import GridArrays, Indices, Network, Values
from gridops.powerflow import FaultKind, Level
from gridops.powerflow.short_circuit import resistance_factor, transformer_factor

ENGINE_C = {Level.MAX: 1.10, Level.MIN: 0.95}
"""Voltage factors that power-grid-model puts on its sources at `LEVEL_V`, where all of them are."""
SCALING = {
    Level.MAX: pgm.ShortCircuitVoltageScaling.maximum,
    Level.MIN: pgm.ShortCircuitVoltageScaling.minimum,
}
FAULT_AT = {
    FaultKind.THREE_PHASE: (pgm.FaultType.three_phase, pgm.FaultPhase.abc),
    FaultKind.TWO_PHASE: (pgm.FaultType.two_phase, pgm.FaultPhase.bc),
}
SEEN_IN = {FaultKind.THREE_PHASE: (0, 1.0), FaultKind.TWO_PHASE: (1, -0.5j * math.sqrt(3.0))}
"""A phase that carries the fault current, and its current for 1 pu of voltage behind 1 pu."""
CARRYING = 1e-7
"""Of the fault current in per unit; less than this is rounding."""
BASE_A = BASE_VA / (math.sqrt(3.0) * LEVEL_V)
FAULT = pgm.ComponentType.fault
BRANCHES = (pgm.ComponentType.line, pgm.ComponentType.transformer)
ENDS = ("from", "to")
CURRENTS = ["i_from", "i_from_angle", "i_to", "i_to_angle"]
AT_FAULT: dict[pgm.ComponentType, Any] = {FAULT: ["i_f", "i_f_angle"]}
EVERYWHERE: dict[pgm.ComponentType, Any] = {
    **AT_FAULT,
    **dict.fromkeys(BRANCHES, CURRENTS),
    pgm.ComponentType.source: ["i", "i_angle"],
}
POWERS = ["p_from", "q_from", "p_to", "q_to"]
UNLOADED: dict[pgm.ComponentType, Any] = {
    pgm.ComponentType.node: ["u_pu", "u_angle"],
    **dict.fromkeys(BRANCHES, POWERS),
    pgm.ComponentType.source: ["p", "q"],
}
TURNED = np.exp(-2j * np.pi / 3 * np.arange(3))
"""The three phases, in pu of the first."""
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Question:
    """A kind of fault, and what feeds it: of every source by number."""

    kind: FaultKind
    level: Level
    source_va: Values
    """Short-circuit power over the voltage factor, which the model's sources do not know of."""
    source_r_to_x: Values


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """The state before the fault, first phase in pu: voltage of each fused node, current into the
    branches of the model (shape (branches, 2)) and out of its sources."""

    voltage: Complexes
    entering: Complexes
    fed: Complexes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Carried:
    """Current in the phase that carries most, in pu; of branches at both ends."""

    switches: Indices
    switch_pu: Values
    branches: Indices
    branch_pu: Values


class FaultModel:
    """Faults of one kind at the fused nodes of one state, driven by the sources of the model."""

    def __init__(
        self, arrays: GridArrays, live: LivePart, *, records: GridRecords, question: Question
    ) -> None:
        self._live, self._kind, self.level = live, question.kind, question.level
        self._ends = live.local(arrays.branch_nodes[live.branches])
        is_contact = records.is_contact[live.branches]
        switch_ends = live.local(arrays.switch_nodes[live.switches])
        joined = np.concatenate((switch_ends, self._ends[is_contact]))
        self._contacts = Contacts(len(live.nodes), joined, sources=np.empty(0, np.int64))
        self._joining = live.branches[is_contact]
        self.group = self._contacts.group
        """Of each live node: the fused node that it is part of."""
        self._crossing = self.group[self._ends[:, 0]] != self.group[self._ends[:, 1]]
        self._sources = live.local(arrays.source_node[live.sources])
        model = _with_fault(self._model(records, question), question.kind)
        self._fault_id = model[FAULT]["id"][0]
        self._built = records.built(model)
        self._before = self._unloaded()

    def _model(self, records: GridRecords, question: Question) -> Model:
        groups, live = self._contacts.groups, self._live
        nothing = np.zeros(groups, np.complex128)
        model = records.model(
            self.group[self._ends[self._crossing]],
            live.branches[self._crossing],
            drawn=Drawn(
                constant_power=nothing,
                constant_current=nothing,
                constant_impedance=nothing,
                admittance=nothing,
            ),
            sources=self.group[self._sources],
            source_pu=np.ones(len(live.sources)),
        )
        feeding = model[pgm.ComponentType.source]
        feeding["sk"] = question.source_va[live.sources]
        feeding["rx_ratio"] = question.source_r_to_x[live.sources]
        return model

    def _unloaded(self) -> _Before:
        """What the model's sources drive where their voltages or the ratios do not fit."""
        found = self._built.calculate_power_flow(
            calculation_method=pgm.CalculationMethod.linear, output_component_types=UNLOADED
        )
        nodes, sources = found[pgm.ComponentType.node], found[pgm.ComponentType.source]
        voltage = _phasors(nodes["u_pu"], nodes["u_angle"])
        into = np.stack([_stacked(found, f"p_{e}") + 1j * _stacked(found, f"q_{e}") for e in ENDS])
        ends = self.group[self._ends[self._crossing]]
        fed = (sources["p"] + 1j * sources["q"]) / voltage[self.group[self._sources]]
        return _Before(voltage, (into.T / voltage[ends]).conj() / BASE_VA, fed.conj() / BASE_VA)

    @property
    def looped(self) -> Flags:
        """Of each fused node: whether current can reach it from more than one side."""
        groups = self._contacts.groups
        a, b = self.group[self._ends[self._crossing]].T
        from scipy.sparse import coo_array  # noqa: PLC0415 (a tenth of a second, for faults alone)
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

        joins = coo_array((np.ones(len(a)), (a, b)), shape=(groups, groups))
        count, island = connected_components(joins, directed=False)
        feeding = np.concatenate((island[a], island[self.group[self._sources]]))
        more = np.bincount(feeding, minlength=count) > np.bincount(island, minlength=count)
        return np.asarray(more[island])

    def impedances(self, groups: Indices) -> Complexes:
        """Up to a fault at each of these fused nodes, in pu of `BASE_VA`."""
        update = pgm.initialize_array(pgm.DatasetType.update, FAULT, (len(groups), 1))
        update["id"], update["fault_object"] = self._fault_id, groups[:, np.newaxis]
        found = self._built.calculate_short_circuit(
            update_data={FAULT: update},
            short_circuit_voltage_scaling=SCALING[self.level],
            output_component_types=AT_FAULT,
        )[FAULT]
        phase, share = SEEN_IN[self._kind]
        current = _phasors(found["i_f"][:, 0, phase], found["i_f_angle"][:, 0, phase]) / BASE_A
        driving = ENGINE_C[self.level] * self._before.voltage[groups]
        return np.asarray(share * driving / current)

    def carried(self, place: int) -> Carried:
        """With a fault at this live node, driven by 1 pu of voltage there."""
        group = int(self.group[place])
        self._built.update(update_data={FAULT: self._fault_at(group)})
        found = self._built.calculate_short_circuit(
            short_circuit_voltage_scaling=SCALING[self.level], output_component_types=EVERYWHERE
        )
        unit, before = ENGINE_C[self.level], self._before
        entering, fed, fault = (each / (BASE_A * unit) for each in _currents(found))
        scale = 1.0 / abs(before.voltage[group])
        entering = scale * (entering - before.entering[:, :, np.newaxis] * TURNED)
        fed = scale * (fed - before.fed[:, np.newaxis] * TURNED)
        fault = scale * fault
        through = self._through_contacts(entering, place, fault=fault, fed=fed)
        switches, joining = np.split(through, [len(self._live.switches)])
        branches = np.concatenate((self._live.branches[self._crossing], self._joining))
        inside = np.repeat(joining[:, np.newaxis], 2, axis=1)
        branch_pu = _largest(np.concatenate((entering, inside)))
        least = CARRYING * np.abs(fault).max()
        rows = branch_pu.max(axis=1, initial=0.0) > least
        switch_pu = _largest(switches)
        return Carried(
            switches=self._live.switches[switch_pu > least],
            switch_pu=switch_pu[switch_pu > least],
            branches=branches[rows],
            branch_pu=branch_pu[rows],
        )

    def _fault_at(self, group: int) -> NDArray[np.void]:
        update = pgm.initialize_array(pgm.DatasetType.update, FAULT, 1)
        update["id"], update["fault_object"] = self._fault_id, group
        return update

    def _through_contacts(
        self, entering: Complexes, place: int, *, fault: Complexes, fed: Complexes
    ) -> Complexes:
        """By Kirchhoff's law: shape (contacts, phases)."""
        count = len(self._live.nodes)
        ends = self._ends[self._crossing]
        through = []
        for phase in range(3):
            leaving = summed(ends.ravel(), entering[:, :, phase].ravel(), count=count)
            leaving -= summed(self._sources, fed[:, phase], count=count)
            leaving[place] += fault[phase]
            through.append(self._contacts.currents(leaving).through)
        return np.stack(through, axis=1)


def as_faulted(network: Network, level: Level, *, conductor_c_end: float) -> Network:
    """The grid as a fault meets it: no charging, no magnetisation, no shunts, neutral taps,
    corrected impedances."""
    parts = network.components
    warmer = resistance_factor(level, conductor_c_end)
    lines = tuple(replace(b, r_ohm=warmer * b.r_ohm, c_f=0.0) for b in parts.branches)
    transformers = []
    for t in parts.transformers:
        low_v = network.nodes[t.to_node].voltage_v_nominal
        corrected = transformer_factor(t, level, voltage_v_low=low_v)
        transformers.append(
            replace(
                t,
                tap_position=t.tap_neutral,
                short_circuit_voltage_pu=corrected * t.short_circuit_voltage_pu,
                copper_loss_w=corrected * t.copper_loss_w,
                iron_loss_w=0.0,
                no_load_current_pu=0.0,
            )
        )
    bare = replace(parts, branches=lines, transformers=tuple(transformers), shunts=())
    return replace(network, components=bare, branches={b.id: b for b in bare.all_branches})


def _with_fault(model: Model, kind: FaultKind) -> Model:
    """Two-phase faults have no zero sequence, but the model asks for one."""
    lines = model[pgm.ComponentType.line]
    lines["r0"], lines["x0"] = lines["r1"], lines["x1"]
    lines["c0"] = lines["tan0"] = 0.0
    fault = pgm.initialize_array(pgm.DatasetType.input, FAULT, 1)
    fault["id"] = 1 + max(int(rows["id"].max(initial=0)) for rows in model.values())
    fault["status"], fault["fault_object"] = 1, 0
    fault["fault_type"], fault["fault_phase"] = FAULT_AT[kind]
    return model | {FAULT: fault}


def _currents(found: dict[pgm.ComponentType, Any]) -> tuple[Complexes, Complexes, Complexes]:
    """In A: into the branches (shape (branches, 2, 3 phases)), out of sources, at the fault."""
    ends = [_phasors(_stacked(found, f"i_{e}"), _stacked(found, f"i_{e}_angle")) for e in ENDS]
    sources, fault = found[pgm.ComponentType.source], found[FAULT]
    return (
        np.stack(ends, axis=1).reshape(-1, 2, 3),
        _phasors(sources["i"], sources["i_angle"]),
        _phasors(fault["i_f"][0], fault["i_f_angle"][0]),
    )


def _stacked(found: dict[pgm.ComponentType, Any], field: str) -> Values:
    """Of lines and transformers; a kind of which the grid has none is left out."""
    listed = [found[kind][field] for kind in BRANCHES if kind in found]
    return np.concatenate(listed) if listed else np.empty(0)


def _phasors(magnitude: Values, angle: Values) -> Complexes:
    return np.asarray(magnitude * np.exp(1j * angle))


def _largest(currents: Complexes) -> Values:
    """Over the phases, which come last."""
    return np.asarray(np.abs(currents).max(axis=-1, initial=0.0))
