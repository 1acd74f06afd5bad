"""Short-circuit currents by IEC 60909-0: the question, the answer, the factors of the standard.

The method is the equivalent voltage source at the fault: before the fault there is c U_n there,
all other sources are short-circuited behind their own impedance, and loads, line capacitance,
shunts, magnetisation and generators in the grid are left out. What feeds a fault are the sources
with their short-circuit power. All faults are metallic and far from generators, so that the
breaking and the steady-state current equal the initial one.

Conventions, the same for every engine behind `ShortCircuit`:

- A source has Z_Q = c U_n^2 / S_k" with the c of its own node, so that a fault there has just
  `short_circuit_va`, at either level (clause 6.2).
- Transformers stand at their neutral tap; impedances and currents are referred by their rated
  voltages. For maximum currents their impedance is corrected by K_T (clause 6.3.3).
- Lines have the resistance that the grid states, at both levels. The format gives neither its
  temperature nor that at the end of a fault, so minimum currents are those of conductors as stated
  unless an engine is told `conductor_c_end`: then R = (1 + 0.004 (t - 20)) R_stated (clause 7.1.2).
"""

import math
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from gridops.ids import BranchId, NodeId, SourceId, SwitchId
from gridops.network import Transformer, Values

LOW_VOLTAGE_V = 1_000.0
"""Up to here a nominal voltage is low voltage."""
C_MAX, C_MIN = 1.10, 1.00
"""Voltage factors above 1 kV: IEC 60909-0, table 1."""
C_MAX_LOW_VOLTAGE, C_MIN_LOW_VOLTAGE = 1.10, 0.95
"""The same up to 1 kV, table 1 of edition 1 (2001) for grids that keep within 10 %. For 6 % it
has 1.05 and 0.95; edition 2 (2016) has 0.90 as the minimum for 10 %."""
CONDUCTOR_C = 20.0
"""Temperature that stated resistances are taken to hold at."""
RESISTANCE_PER_K = 0.004
"""Of copper, aluminium and its alloys: IEC 60909-0, equation for R_L."""
KAPPA_MAX = 2.0
TWO_TO_THREE_PHASE = math.sqrt(3.0) / 2.0
"""Two-phase over three-phase current, with equal positive and negative sequence impedance."""


class FaultKind(StrEnum):
    """Faults that positive sequence data suffice for.

    Earth faults are not offered: they need zero-sequence impedances and how star points are
    earthed, which a grid folder does not state.
    """

    THREE_PHASE = "three-phase"
    TWO_PHASE = "two-phase"


class Level(StrEnum):
    """MAX is what equipment must withstand, MIN what protection must see."""

    MAX = "max"
    MIN = "min"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPath:
    """What each element carries while one node is short-circuited, in A.

    Magnitude at the voltage level of the element, in the phase that carries most; of a branch the
    larger end. Behind a transformer with an odd clock number a two-phase fault drives 2/sqrt(3)
    times its referred current through one phase. Elements that carry none are left out.
    """

    switch_a: Mapping[SwitchId, float]
    branch_a: Mapping[BranchId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCurrents:
    """One fault at a time at each node that is listed.

    Only nodes with supply are listed. `ik_a` is the initial symmetrical short-circuit current I_k"
    (of a two-phase fault, in each of the two), `r_to_x` that of the impedance up to the fault,
    `ip_a` the peak kappa sqrt(2) I_k". A fault behind no impedance at all has an infinite current.
    `solved` False: the engine cannot take this state; the mappings are then empty.
    """

    solved: bool
    engine: str
    kind: FaultKind
    level: Level
    ik_a: Mapping[NodeId, float]
    r_to_x: Mapping[NodeId, float]
    ip_a: Mapping[NodeId, float]
    paths: Mapping[NodeId, FaultPath]

    def seen_a(self, device_of: Mapping[NodeId, SwitchId]) -> Mapping[NodeId, float]:
        """Current through one device for each faulted node; 0 where it is not on the way.

        Nodes that this answer does not list are left out.
        """
        return {
            node: self.paths[node].switch_a.get(device, 0.0)
            for node, device in device_of.items()
            if node in self.ik_a
        }


class ShortCircuit(Protocol):
    """Fault currents of one switch state.

    Guarantees: a pure function of its arguments (deterministic; no state that a caller can see);
    a state that the engine cannot take comes back as `solved=False`, never as an exception.
    """

    @property
    def name(self) -> str: ...

    def currents(
        self,
        closed: AbstractSet[SwitchId],
        *,
        at: Collection[NodeId] | None,
        kind: FaultKind,
        level: Level,
        dead_sources: AbstractSet[SourceId] = frozenset(),
    ) -> FaultCurrents:
        """Faults at the nodes in `at`, or at every node with supply if `at` is None.

        Raises: KeyError for an id that the grid does not have.
        """
        ...


def not_solved(engine: str, *, kind: FaultKind, level: Level) -> FaultCurrents:
    """What an engine gives back for a state that it cannot take."""
    return FaultCurrents(
        solved=False, engine=engine, kind=kind, level=level, ik_a={}, r_to_x={}, ip_a={}, paths={}
    )


def voltage_factors(voltage_v: Values, level: Level) -> Values:
    """c of nodes with these nominal voltages."""
    low, high = (C_MAX_LOW_VOLTAGE, C_MAX) if level is Level.MAX else (C_MIN_LOW_VOLTAGE, C_MIN)
    return np.where(voltage_v <= LOW_VOLTAGE_V, low, high)


def series_pu(transformer: Transformer) -> complex:
    """Short-circuit impedance in per unit of the ratings, uncorrected."""
    r_pu = transformer.copper_loss_w / transformer.power_va_rated
    return complex(r_pu, math.sqrt(max(transformer.short_circuit_voltage_pu**2 - r_pu**2, 0.0)))


def transformer_factor(transformer: Transformer, level: Level, *, voltage_v_low: float) -> float:
    """K_T = 0.95 c_max / (1 + 0.6 x_T) for maximum currents, else 1 (IEC 60909-0, 6.3.3).

    `voltage_v_low` is the nominal voltage of the grid at the low-voltage side. The two-winding
    network transformer is meant: no unit transformer of a power station.
    """
    if level is Level.MIN:
        return 1.0
    c_max = C_MAX_LOW_VOLTAGE if voltage_v_low <= LOW_VOLTAGE_V else C_MAX
    return 0.95 * c_max / (1.0 + 0.6 * series_pu(transformer).imag)


def resistance_factor(level: Level, conductor_c_end: float) -> float:
    """What line resistances are multiplied by."""
    return 1.0 if level is Level.MAX else 1.0 + RESISTANCE_PER_K * (conductor_c_end - CONDUCTOR_C)


def kappa(r_to_x: Values) -> Values:
    """Peak factor 1.02 + 0.98 exp(-3 R/X), from 1.02 to 2 (IEC 60909-0, 8.1.1)."""
    return 1.02 + 0.98 * np.exp(-3.0 * np.maximum(r_to_x, 0.0))
