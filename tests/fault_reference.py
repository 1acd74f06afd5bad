"""The slow, obvious fault currents: the grid's admittance matrix, inverted.

Closed switches fuse their ends; sources are admittances to earth; the column of the inverse at the
fault holds the voltages that 1 A there would make. Meshed states included.
"""

import cmath
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import networkx as nx
import numpy as np

from gridops.ids import BranchId, NodeId, SourceId, SwitchId
from gridops.network import AnyBranch, Branch, Network

C = {("max", True): 1.1, ("max", False): 1.1, ("min", True): 0.95, ("min", False): 1.0}
"""IEC 60909-0 table 1 by level and whether the nominal voltage is low."""


def voltage_factor(network: Network, node: NodeId, level: str) -> float:
    return C[level, network.nodes[node].voltage_v_nominal <= 1000.0]


def series_ohm(network: Network, branch: AnyBranch, level: str) -> complex:
    """At the side of its second node."""
    if isinstance(branch, Branch):
        return complex(branch.r_ohm, branch.x_ohm)
    r_pu = branch.copper_loss_w / branch.power_va_rated
    x_pu = cmath.sqrt(branch.short_circuit_voltage_pu**2 - r_pu**2).real
    factor = 1.0
    if level == "max":
        factor = 0.95 * voltage_factor(network, branch.to_node, "max") / (1 + 0.6 * x_pu)
    return factor * complex(r_pu, x_pu) * branch.voltage_v_to**2 / branch.power_va_rated


class Reference:
    """Fault currents of one state, three-phase."""

    def __init__(
        self,
        network: Network,
        closed: AbstractSet[SwitchId],
        *,
        level: str,
        dead_sources: AbstractSet[SourceId] = frozenset(),
    ) -> None:
        self.network, self.level = network, level
        joined: nx.Graph[str] = nx.Graph()
        joined.add_nodes_from(network.nodes)
        joined.add_edges_from(
            (network.switches[s].node_a, network.switches[s].node_b) for s in closed
        )
        grid = joined.copy()
        grid.add_edges_from((b.from_node, b.to_node) for b in network.branches.values())
        live = [s for s in network.sources.values() if s.id not in dead_sources]
        fed = {n for s in live for n in nx.node_connected_component(grid, s.node)}
        parts = [part for part in nx.connected_components(joined) if part <= fed]
        self.row: dict[NodeId, int] = {NodeId(n): k for k, part in enumerate(parts) for n in part}
        y = np.zeros((len(parts), len(parts)), complex)
        for branch in network.branches.values():
            if branch.from_node not in fed or branch.from_node == branch.to_node:
                continue
            a, b = self.row[branch.from_node], self.row[branch.to_node]
            t, siemens = _ratio(branch), 1 / series_ohm(network, branch, level)
            y[a, a] += siemens / t**2
            y[b, b] += siemens
            y[a, b] -= siemens / t
            y[b, a] -= siemens / t
        for source in live:
            k = self.row[source.node]
            voltage_v = network.nodes[source.node].voltage_v_nominal
            c = voltage_factor(network, source.node, level)
            z = c * voltage_v**2 / source.short_circuit_va / math.hypot(1, source.r_to_x)
            y[k, k] += 1 / complex(source.r_to_x * z, z)
        self.z = np.linalg.inv(y)

    def ik_a(self, node: NodeId) -> float:
        k = self.row[node]
        voltage_v = self.network.nodes[node].voltage_v_nominal
        c = voltage_factor(self.network, node, self.level)
        return float(c * voltage_v / math.sqrt(3) / abs(self.z[k, k]))

    def r_to_x(self, node: NodeId) -> float:
        k = self.row[node]
        return float(self.z[k, k].real / self.z[k, k].imag)

    def branch_a(self, node: NodeId) -> Mapping[BranchId, float]:
        """The larger end of each branch during a fault at `node`."""
        k = self.row[node]
        volts = self.z[:, k] * self.ik_a(node)
        found: dict[BranchId, float] = {}
        for branch in self.network.branches.values():
            if branch.from_node not in self.row:
                continue
            t = _ratio(branch)
            a, b = volts[self.row[branch.from_node]], volts[self.row[branch.to_node]]
            amperes = abs((a / t - b) / series_ohm(self.network, branch, self.level))
            found[branch.id] = float(max(amperes, amperes / t))
        return found


def _ratio(branch: AnyBranch) -> float:
    return 1.0 if isinstance(branch, Branch) else branch.voltage_v_from / branch.voltage_v_to
