"""A grid whose closed switches are points: how peers without ideal switches see it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from gridops.ids import SwitchId
from gridops.network import Indices, Network, Transformer, Values
from gridops.network.topology import joined


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedGrid:
    """One switch state; everything that closed switches join is one bus. SI units.

    The electrics are those of `branch_models`: lines as a pi, transformers as a pi referred to the
    low side with an ideal ratio at the high side, loads of constant power, shunts of constant
    impedance.
    """

    network: Network
    bus_of_node: Indices
    voltage_v: Values
    """Nominal, of each bus."""
    line_buses: Indices
    """Shape (lines, 2)."""
    r_ohm: Values
    x_ohm: Values
    c_f: Values
    transformers: tuple[tuple[Transformer, int, int], ...]
    """Each with its high and low bus."""
    load_bus: Indices
    source_bus: Indices
    source_pu: Values
    shunts: tuple[tuple[int, float, float], ...]
    """Bus, and the power in W and var that it draws at nominal voltage."""

    def at_nodes(self, of_bus: Values) -> Values:
        """From a value of every bus the value of every node."""
        return of_bus[self.bus_of_node]


def fused(network: Network, closed: AbstractSet[SwitchId]) -> FusedGrid:
    """Buses are numbered in the order of their first node."""
    switches = network.switches.values()
    ends = ((s.node_a, s.node_b) for s in switches if s.id in closed)
    leader = joined(network.nodes, ends)
    order = {each: k for k, each in enumerate(dict.fromkeys(leader.values()))}
    bus = {node: order[of] for node, of in leader.items()}
    components = network.components
    lines = components.branches
    voltage = np.zeros(len(order))
    for node in network.nodes.values():
        voltage[bus[node.id]] = node.voltage_v_nominal
    return FusedGrid(
        network=network,
        bus_of_node=np.fromiter((bus[node] for node in network.nodes), np.int32),
        voltage_v=voltage,
        line_buses=np.array([(bus[b.from_node], bus[b.to_node]) for b in lines], np.int32),
        r_ohm=np.array([b.r_ohm for b in lines]),
        x_ohm=np.array([b.x_ohm for b in lines]),
        c_f=np.array([b.c_f for b in lines]),
        transformers=tuple((t, bus[t.from_node], bus[t.to_node]) for t in components.transformers),
        load_bus=np.fromiter((bus[load.node] for load in components.loads), np.int32),
        source_bus=np.fromiter((bus[s.node] for s in components.sources), np.int32),
        source_pu=np.array([s.voltage_pu for s in components.sources]),
        shunts=tuple((bus[s.node], s.p_w, s.q_var) for s in components.shunts),
    )
