"""Every branch as a pi in per unit: what power flow needs of lines and transformers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.network import Branch, Network, Transformer, Values

BASE_VA = 1e6
"""Per unit of this and of each node's nominal voltage."""

Phasors = NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BranchModels:
    """By number of the branch: a pi between the from-node and the to-node, per unit.

    `y` stands at either end. `ratio` is an ideal transformer at the from-node: the pi sees
    its voltage divided by `ratio`, a complex number that turns by the clock. 1 for lines.
    """

    z: Phasors
    y: Phasors
    ratio: Phasors
    is_transformer: NDArray[np.bool_]
    current_a_max: Values
    """Of a line; infinite for a transformer."""
    power_pu_rated: Values
    """Of a transformer; infinite for a line."""


def branch_models(network: Network) -> BranchModels:
    """Lines as pi sections with charging; transformers from short-circuit and open-circuit test
    with the shunt in halves, tap and clock as an ideal ratio at the high side, referred to the
    low side (the model of power-grid-model)."""
    nominal_v = np.array([node.voltage_v_nominal for node in network.nodes.values()])
    ends = network.arrays.branch_nodes
    lines = _lines(network, nominal_v[ends[: len(network.components.branches), 0]])
    transformers = network.components.transformers
    at = ends[len(network.components.branches) :]
    wound = _transformers(transformers, nominal_v[at[:, 0]], low_v=nominal_v[at[:, 1]])
    return BranchModels(
        z=np.concatenate((lines.z, wound.z)),
        y=np.concatenate((lines.y, wound.y)),
        ratio=np.concatenate((lines.ratio, wound.ratio)),
        is_transformer=np.concatenate((lines.is_transformer, wound.is_transformer)),
        current_a_max=np.concatenate((lines.current_a_max, wound.current_a_max)),
        power_pu_rated=np.concatenate((lines.power_pu_rated, wound.power_pu_rated)),
    )


def tap_factor(transformer: Transformer) -> float:
    """High-side voltage at the present tap, in per unit of `voltage_v_from`."""
    return 1.0 + (transformer.tap_position - transformer.tap_neutral) * transformer.tap_step_pu


def _lines(network: Network, from_v: Values) -> BranchModels:
    listed: Sequence[Branch] = network.components.branches
    table = np.array([(b.r_ohm, b.x_ohm, b.c_f, b.current_a_max) for b in listed]).reshape(-1, 4)
    base_ohm = from_v**2 / BASE_VA
    omega = 2 * math.pi * network.components.frequency_hz
    count = len(listed)
    return BranchModels(
        z=(table[:, 0] + 1j * table[:, 1]) / base_ohm,
        y=0.5j * omega * table[:, 2] * base_ohm,
        ratio=np.ones(count, np.complex128),
        is_transformer=np.zeros(count, np.bool_),
        current_a_max=table[:, 3],
        power_pu_rated=np.full(count, np.inf),
    )


def _transformers(listed: Sequence[Transformer], high_v: Values, *, low_v: Values) -> BranchModels:
    fields = [
        (
            t.power_va_rated,
            t.voltage_v_from * tap_factor(t),
            t.voltage_v_to,
            t.short_circuit_voltage_pu,
            t.copper_loss_w,
            t.iron_loss_w,
            t.no_load_current_pu,
            t.clock,
        )
        for t in listed
    ]
    rated_va, from_v, to_v, uk_pu, copper_w, iron_w, i0_pu, clock = (
        np.array(fields, np.float64).reshape(-1, 8).T
    )
    base_ohm = low_v**2 / BASE_VA
    z_ohm = uk_pu * to_v**2 / rated_va
    r_ohm = copper_w * (to_v / rated_va) ** 2
    x_ohm = np.sqrt(np.maximum(z_ohm**2 - r_ohm**2, 0.0))
    y_siemens = i0_pu * rated_va / to_v**2
    g_siemens = iron_w / to_v**2
    b_siemens = np.sqrt(np.maximum(y_siemens**2 - g_siemens**2, 0.0))
    turns = from_v / to_v / (high_v / low_v)
    count = len(listed)
    return BranchModels(
        z=(r_ohm + 1j * x_ohm) / base_ohm,
        y=0.5 * (g_siemens - 1j * b_siemens) * base_ohm,
        ratio=(turns * np.exp(1j * np.radians(30.0 * clock))).astype(np.complex128),
        is_transformer=np.ones(count, np.bool_),
        current_a_max=np.full(count, np.inf),
        power_pu_rated=rated_va / BASE_VA,
    )
