"""The normal state as a tree: how each node is fed, node after node."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from gridops.ids import FeederId, NodeId, SwitchId
from gridops.network import AnyBranch, Limits, Load, Network, Shunt, Switch
from gridops.network.flaws import Place
from gridops.network.topology import Edge, Topology

VOLTAGE_PU_MAX = 1.1
"""Where the grid states no upper limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyTree:
    """What conducts in the normal state, grown from the sources.

    S1 [b1] A [s1] B (t1) C: B hangs on s1, s1 on A's line, and so on up to S1. `order` lists
    every supplied node after the one that feeds it; `above` holds the edge that feeds it, and
    no source is in there. Dark nodes are in neither.
    """

    network: Network
    order: tuple[NodeId, ...]
    above: Mapping[NodeId, Edge]
    feeder_of: Mapping[NodeId, FeederId | None]
    root_of: Mapping[NodeId, NodeId]
    p_w_below: Mapping[NodeId, float]
    """What loads and shunts draw at the least (see `least_power`) at a node and at all that hangs
    on it; generators left out."""

    def near(self, node: NodeId) -> NodeId:
        """The node that feeds `node`, which must not be a source's."""
        edge = self.above[node]
        return edge.b if edge.a == node else edge.a

    def switch_above(self, node: NodeId) -> Switch | None:
        """The switch that feeds `node` directly, if it is a switch."""
        edge = self.above.get(node)
        if edge is None or edge.table != "switches":
            return None
        return self.network.components.switches[edge.row_index]

    def branch_above(self, node: NodeId) -> AnyBranch | None:
        """The branch that feeds `node` directly, if it is a branch."""
        edge = self.above.get(node)
        if edge is None or edge.table == "switches":
            return None
        parts = self.network.components
        listed = parts.branches if edge.table == "branches" else parts.transformers
        return listed[edge.row_index]


def supply_tree(network: Network) -> SupplyTree:
    """Grown breadth first; cost is linear. `network` has no loop in its normal state."""
    adjacent = Topology(network.components).closed_at
    root_of: dict[NodeId, NodeId] = {s.node: s.node for s in network.sources.values()}
    feeder_of: dict[NodeId, FeederId | None] = dict.fromkeys(root_of)
    above: dict[NodeId, Edge] = {}
    order: list[NodeId] = []
    queue = deque(root_of)
    while queue:
        node = queue.popleft()
        order.append(node)
        for edge in adjacent.get(node, ()):
            other = edge.b if edge.a == node else edge.a
            if other in root_of:
                continue
            above[other], root_of[other] = edge, root_of[node]
            feeder_of[other] = _feeder(network, edge) or feeder_of[node]
            queue.append(other)
    return SupplyTree(
        network=network,
        order=tuple(order),
        above=above,
        feeder_of=feeder_of,
        root_of=root_of,
        p_w_below=_power_below(network, order, above=above),
    )


def _feeder(network: Network, edge: Edge) -> FeederId | None:
    if edge.table != "switches":
        return None
    return network.components.switches[edge.row_index].feeder


def loads_and_shunts(network: Network) -> tuple[Load | Shunt, ...]:
    return (*network.loads.values(), *network.components.shunts)


def least_power(drawn: Load | Shunt, limits: Limits) -> complex:
    """The least W and var that it draws while its voltage keeps to the limits."""
    lowest = drawn.share_at(limits.voltage_pu_min or 0.0)
    highest = drawn.share_at(limits.voltage_pu_max or VOLTAGE_PU_MAX)
    p_w, q_var = (power * (lowest if power > 0 else highest) for power in (drawn.p_w, drawn.q_var))
    return complex(p_w, q_var)


def _power_below(
    network: Network, order: list[NodeId], *, above: Mapping[NodeId, Edge]
) -> dict[NodeId, float]:
    power = dict.fromkeys(order, 0.0)
    for each in loads_and_shunts(network):
        if each.node in power:
            power[each.node] += least_power(each, network.limits).real
    for node in reversed(order):
        edge = above.get(node)
        if edge is not None:
            power[edge.b if edge.a == node else edge.a] += power[node]
    return power


def switch_places(network: Network) -> Mapping[SwitchId, Place]:
    """Where each switch stands in its file."""
    listed = enumerate(network.components.switches)
    return {switch.id: Place("switches", index, (switch.id,)) for index, switch in listed}
