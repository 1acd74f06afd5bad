"""What protection sees, and what switches must make and break, where a radial state is fed."""

import math
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.ids import SourceId, SwitchId
from gridops.network import Indices, Network, Switch, Values
from gridops.powerflow.short_circuit import (
    LOW_VOLTAGE_V,
    TWO_TO_THREE_PHASE,
    Level,
    kappa,
    voltage_factors,
)
from gridops.powerflow.short_circuit_kernel import (
    EDGE,
    ISLAND,
    SCALE,
    TURNED,
    R,
    X,
    guarded_from,
)
from gridops.powerflow.short_circuit_radial import Impedances, RadialShortCircuit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the guarding device of each node sees of the least fault there; arrays by node."""

    nodes: Indices
    devices: Indices
    """By number of the switch."""
    seen_a: Values
    """Of a metallic two-phase fault at the minimum level, in the phase that carries most."""
    in_pickups: Values


class FaultSupply:
    """Fault currents in parts of one grid, by IEC 60909 as `short_circuit` states it.

    Equal to `RadialShortCircuit`, but asked for some sources and some nodes, so that the cost
    goes with what hangs on these sources. Making one is linear in the grid.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._shorts = RadialShortCircuit(network)
        nodes, switches = network.nodes.values(), network.switches.values()
        self._voltage_v = np.array([n.voltage_v_nominal for n in nodes], np.float64)
        self._is_low = (self._voltage_v <= LOW_VOLTAGE_V).astype(np.int8)
        self._protects = np.array([s.protects for s in switches], np.int8)
        self._pickup_a = np.array([s.pickup_current_a or math.nan for s in switches], np.float64)
        self.protects = bool(self._protects.any())
        """Whether any switch of the grid has protection."""
        self.states_duty = any(map(_states_duty, switches))
        """Whether any switch says what fault current it may make or break."""

    def least(
        self,
        closed: AbstractSet[SwitchId],
        *,
        sources: Collection[SourceId],
        of_nodes: NDArray[np.bool_],
    ) -> Reach:
        """Of the nodes that `of_nodes` marks, those that hang on `sources` and that a protective
        device guards; nodes on a source whose island is no tree are left out."""
        supply = self._shorts.impedances(closed, sources=sources, level=Level.MIN)
        branches = len(self._network.arrays.branches)
        far_of = guarded_from(supply.order, supply.hangs, branches, self._protects, self._is_low)
        nodes = _in_trees(supply)
        nodes = nodes[of_nodes[nodes] & (far_of[nodes] >= 0)]
        far = far_of[nodes]
        devices = supply.hangs[far, EDGE] - branches
        current_a = TWO_TO_THREE_PHASE * self._three_phase(supply, nodes, level=Level.MIN)
        ratio = supply.z[nodes, SCALE] / supply.z[far, SCALE]
        turned = supply.z[nodes, TURNED] != supply.z[far, TURNED]
        seen_a = current_a * np.where(turned, ratio / TWO_TO_THREE_PHASE, ratio)
        return Reach(
            nodes=nodes,
            devices=devices,
            seen_a=seen_a,
            in_pickups=seen_a / self._pickup_a[devices],
        )

    def highest(
        self, closed: AbstractSet[SwitchId], *, sources: Collection[SourceId], nodes: Indices
    ) -> tuple[Values, Values]:
        """Initial and peak current of a three-phase fault at each of `nodes`, at the maximum
        level; nan where it does not hang on `sources`, or not as a tree."""
        supply = self._shorts.impedances(closed, sources=sources, level=Level.MAX)
        is_in_tree = np.isin(nodes, _in_trees(supply))
        current_a = self._three_phase(supply, nodes, level=Level.MAX)
        initial_a = np.where(is_in_tree, current_a, math.nan)
        r, x = supply.z[nodes, R], supply.z[nodes, X]
        r_to_x = np.divide(r, x, out=np.full_like(r, math.inf), where=x != 0.0)
        return initial_a, kappa(r_to_x) * math.sqrt(2.0) * initial_a

    def _three_phase(self, supply: Impedances, nodes: Indices, *, level: Level) -> Values:
        voltage_v = self._voltage_v[nodes]
        driving_v = voltage_factors(voltage_v, level) * voltage_v / math.sqrt(3.0)
        with np.errstate(divide="ignore"):
            return np.asarray(driving_v / np.hypot(supply.z[nodes, R], supply.z[nodes, X]))


def _in_trees(supply: Impedances) -> Indices:
    """The fed nodes whose island has no loop."""
    if not supply.looped.any():
        return supply.order
    island = supply.hangs[supply.order, ISLAND]
    in_tree: Indices = supply.order[supply.looped[island] == 0]
    return in_tree


def _states_duty(switch: Switch) -> bool:
    return switch.making_current_a is not None or switch.breaking_current_a is not None
