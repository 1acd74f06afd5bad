"""A grid as records of power-grid-model, laid out once; a solve picks the rows that it needs.

All is brought to one voltage level of `LEVEL_V`, so that an ohm of the model is one per unit
of `BASE_VA`, and contacts and lines may join nodes whatever nominal voltage these state.
"""

import cmath
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import power_grid_model as pgm
from numpy.typing import NDArray

from gridops.adapters.engines.contacts_kernel import Complexes
from gridops.adapters.engines.live_part import LivePart
from gridops.network import Indices, Network, Transformer, Values

LEVEL_V = 1e3
BASE_VA = 1e6
SOURCE_VA = 1e20
"""Short-circuit power of a source that holds its voltage whatever it delivers."""
CONTACT_PU = 1e-9
"""A line of less impedance joins its ends like a contact (at 22 kV: 0.5 micro-ohm, 2 mm of
cable). It would drop less than 1e-8 pu at 10 MVA, and cost more than that in rounding."""

Records = NDArray[np.void]
"""Structured array of one component, as power-grid-model defines its fields."""
Model = dict[pgm.ComponentType, Records]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawn:
    """What nodes draw at nominal voltage, in pu, by how it goes with the voltage."""

    constant_power: Complexes
    constant_current: Complexes
    constant_impedance: Complexes
    admittance: Complexes
    """Of shunts, and of branches with both ends at one fused node."""

    def fused(self, group: NDArray[np.int32], *, count: int, bypassed: Complexes) -> "Drawn":
        """The same by group of nodes; `bypassed` is what the branches inside each add."""
        return Drawn(
            constant_power=summed(group, self.constant_power, count=count),
            constant_current=summed(group, self.constant_current, count=count),
            constant_impedance=summed(group, self.constant_impedance, count=count),
            admittance=summed(group, self.admittance, count=count) + bypassed,
        )

    def currents(self, voltage: Complexes) -> Complexes:
        """What flows out of each node at these voltages."""
        magnitude = np.abs(voltage)
        power = self.constant_power + self.constant_current * magnitude
        power = power + self.constant_impedance * magnitude**2
        leaving: Complexes = (power / voltage).conj() + self.admittance * voltage
        return leaving


class GridRecords:
    """The branches of one grid by number, lines first, as records and as end admittances.

    `is_contact` marks lines that join their ends. `end_pu` (shape (branches, 2)) is the
    admittance that each end shows when both ends have one voltage; none, if they are one node.
    """

    def __init__(self, network: Network) -> None:
        self.base_a = BASE_VA / (math.sqrt(3) * nominal_v(network))
        """Of each node: the current of one per unit."""
        self._lines = _lines_of(network)
        self._transformers = _transformers_of(network)
        self._frequency_hz = network.components.frequency_hz
        z_pu = np.hypot(self._lines["r1"], self._lines["x1"])
        self.is_contact: Mask = np.zeros(len(network.branches), np.bool_)
        self.is_contact[: len(z_pu)] = z_pu < CONTACT_PU
        self.end_pu = _end_admittances(network, self._lines)
        from_node, to_node = network.arrays.branch_nodes.T
        self.end_pu[from_node == to_node] = 0.0
        self._line_count = len(z_pu)

    def model(
        self,
        ends: Indices,
        branches: Indices,
        *,
        drawn: Drawn,
        sources: Indices,
        source_pu: Values,
    ) -> Model:
        """Fused nodes that draw `drawn`, and `branches` (ascending), each between two of them.

        `ends` (shape (branches, 2)) and `sources` are numbers of fused nodes; sources are held
        at `source_pu`.
        """
        split = int(np.searchsorted(branches, self._line_count))
        nodes = _records(pgm.ComponentType.node, count=len(drawn.admittance))
        nodes["u_rated"] = LEVEL_V
        lines = self._lines[branches[:split]]
        transformers = self._transformers[branches[split:] - self._line_count]
        for rows, at in ((lines, ends[:split]), (transformers, ends[split:])):
            rows["from_node"], rows["to_node"] = at[:, 0], at[:, 1]
        feeding = _records(pgm.ComponentType.source, count=len(sources))
        feeding["node"], feeding["u_ref"], feeding["status"] = sources, source_pu, 1
        feeding["sk"] = SOURCE_VA
        parts = {
            pgm.ComponentType.node: nodes,
            pgm.ComponentType.line: lines,
            pgm.ComponentType.transformer: transformers,
            pgm.ComponentType.source: feeding,
            pgm.ComponentType.sym_load: _loads_of(drawn),
            pgm.ComponentType.shunt: _shunts_of(drawn),
        }
        begin = 0
        for rows in parts.values():
            rows["id"] = np.arange(begin, begin + len(rows))
            begin += len(rows)
        return parts

    def built(self, model: Model) -> pgm.PowerGridModel:
        return pgm.PowerGridModel(model, system_frequency=self._frequency_hz)


class Consumption:
    """Loads, generators and shunts of one grid by number."""

    def __init__(self, network: Network) -> None:
        arrays = network.arrays
        shunts = network.components.shunts
        self.shunt_node = arrays.nodes.numbers(shunt.node for shunt in shunts)
        powers = np.array([complex(s.p_w, s.q_var) for s in shunts], np.complex128)
        self._shunt_pu = powers.conj() / BASE_VA
        self._load_node = arrays.load_node
        loads = network.loads.values()
        self._shares = np.array(
            [
                (x.constant_power_share, x.constant_current_share, x.constant_impedance_share)
                for x in loads
            ]
        ).reshape(-1, 3)
        self._generator_node = arrays.generator_node

    def at_nodes(self, live: LivePart, *, loads: Complexes, generators: Complexes) -> "Drawn":
        """By node of the live part. `loads` and `generators` are in VA, by number."""
        count = len(live.nodes)
        load_at = live.local(self._load_node[live.loads])
        parts = self._shares[live.loads] * (loads[live.loads, np.newaxis] / BASE_VA)
        power, current, impedance = (summed(load_at, part, count=count) for part in parts.T)
        generator_at = live.local(self._generator_node[live.generators])
        power += summed(generator_at, generators[live.generators] / BASE_VA, count=count)
        shunt_at = live.local(self.shunt_node[live.shunts])
        return Drawn(
            constant_power=power,
            constant_current=current,
            constant_impedance=impedance,
            admittance=summed(shunt_at, self._shunt_pu[live.shunts], count=count),
        )


def nominal_v(network: Network) -> Values:
    """Of each node."""
    nodes = network.nodes.values()
    return np.fromiter((node.voltage_v_nominal for node in nodes), np.float64, len(nodes))


def summed(at: NDArray[Any], values: Complexes, *, count: int) -> Complexes:
    """The values at each of `count` places together."""
    real = np.bincount(at, values.real, minlength=count)
    return real + 1j * np.bincount(at, values.imag, minlength=count)


def tap_factor(branch: Transformer) -> float:
    """High-side voltage at the present tap, in per unit of `voltage_v_from`."""
    return 1.0 + (branch.tap_position - branch.tap_neutral) * branch.tap_step_pu


def _records(component: pgm.ComponentType, *, count: int) -> Records:
    return pgm.initialize_array(pgm.DatasetType.input, component, count)


def _loads_of(drawn: Drawn) -> Records:
    kinds = (
        (pgm.LoadGenType.const_power, drawn.constant_power),
        (pgm.LoadGenType.const_current, drawn.constant_current),
        (pgm.LoadGenType.const_impedance, drawn.constant_impedance),
    )
    parts = []
    for kind, power in kinds:
        at = np.flatnonzero(power)
        loads = _records(pgm.ComponentType.sym_load, count=len(at))
        loads["node"], loads["status"], loads["type"] = at, 1, kind
        loads["p_specified"] = power[at].real * BASE_VA
        loads["q_specified"] = power[at].imag * BASE_VA
        parts.append(loads)
    return np.concatenate(parts)


def _shunts_of(drawn: Drawn) -> Records:
    at = np.flatnonzero(drawn.admittance)
    shunts = _records(pgm.ComponentType.shunt, count=len(at))
    shunts["node"], shunts["status"] = at, 1
    shunts["g1"], shunts["b1"] = drawn.admittance[at].real, drawn.admittance[at].imag
    return shunts


def _lines_of(network: Network) -> Records:
    branches = network.components.branches
    lines = _records(pgm.ComponentType.line, count=len(branches))
    volts = nominal_v(network)[network.arrays.branch_nodes[: len(branches), 0]]
    base_ohm = volts**2 / BASE_VA
    lines["from_status"] = lines["to_status"] = 1
    lines["r1"] = np.array([b.r_ohm for b in branches]) / base_ohm
    lines["x1"] = np.array([b.x_ohm for b in branches]) / base_ohm
    lines["c1"] = np.array([b.c_f for b in branches]) * base_ohm
    lines["tan1"] = 0.0
    return lines


def _transformers_of(network: Network) -> Records:
    """The tap is already in `u1`, so that the engine's own tap bounds play no part."""
    listed = network.components.transformers
    rows = _records(pgm.ComponentType.transformer, count=len(listed))
    rows["from_status"] = rows["to_status"] = 1
    rows["tap_side"] = pgm.BranchSide.from_side
    rows["tap_pos"] = rows["tap_min"] = rows["tap_max"] = rows["tap_nom"] = 0
    rows["tap_size"] = 0.0
    for row, t in zip(rows, listed, strict=True):
        odd = t.clock % 2 == 1
        row["u1"] = LEVEL_V * t.voltage_v_from * tap_factor(t) / _nominal_v(network, t.from_node)
        row["u2"] = LEVEL_V * t.voltage_v_to / _nominal_v(network, t.to_node)
        row["sn"] = t.power_va_rated
        row["uk"] = max(t.short_circuit_voltage_pu, CONTACT_PU * t.power_va_rated / BASE_VA)
        row["pk"] = t.copper_loss_w
        row["i0"] = t.no_load_current_pu
        row["p0"] = t.iron_loss_w
        row["winding_from"] = pgm.WindingType.delta if odd else pgm.WindingType.wye
        row["winding_to"] = pgm.WindingType.wye_n
        row["clock"] = t.clock
    return rows


def _nominal_v(network: Network, node: str) -> float:
    return network.nodes[node].voltage_v_nominal  # type: ignore[index] # ids are strings


def _end_admittances(network: Network, lines: Records) -> Complexes:
    omega = 2 * math.pi * network.components.frequency_hz
    charging = 0.5j * omega * lines["c1"]
    found = np.empty((len(network.branches), 2), np.complex128)
    found[: len(lines)] = charging[:, np.newaxis]
    for k, transformer in enumerate(network.components.transformers, start=len(lines)):
        found[k] = _both_ends(network, transformer)
    return found


def _both_ends(network: Network, t: Transformer) -> tuple[complex, complex]:
    """A transformer that is bypassed: its ratio and clock drive a current around.

    A pi referred to the low side, with half of the magnetising admittance at each end, behind
    an ideal ratio at the high side: what power-grid-model takes it for.
    """
    low = t.voltage_v_to / _nominal_v(network, t.to_node)
    high = t.voltage_v_from * tap_factor(t) / _nominal_v(network, t.from_node)
    per_unit = BASE_VA / t.power_va_rated * low**2
    z_abs = max(t.short_circuit_voltage_pu * per_unit, CONTACT_PU * low**2)
    r = t.copper_loss_w / t.power_va_rated * per_unit
    series = 1 / complex(r, math.sqrt(max(z_abs**2 - r**2, 0.0)))
    g = t.iron_loss_w / t.power_va_rated / per_unit
    b = math.sqrt(max((t.no_load_current_pu / per_unit) ** 2 - g**2, 0.0))
    end = series + 0.5 * complex(g, -b)
    ratio = cmath.rect(high / low, math.radians(30.0 * t.clock))
    return end / abs(ratio) ** 2 - series / ratio.conjugate(), end - series / ratio
