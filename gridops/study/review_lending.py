"""What a tie between two feeders can lift at all: rating and voltage of the donor's side.

Everything here is provable from the stated load. That a tie is strong enough for a plan is for
the power flow of that plan to say.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gridops.ids import FeederId, NodeId
from gridops.network import Branch, Control, Switch
from gridops.powerflow import FlowResult
from gridops.study.review_tree import (
    VOLTAGE_PU_MAX,
    SupplyTree,
    least_power,
    loads_and_shunts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """One direction of a tie between two feeders, generators left out.

    `needed` is what the smallest part at `taker` that switches can cut out, and that so has to
    be lifted as a whole, draws at the least (W and var) while voltages keep to their limits.

    `spare_w` is what `donor` has left, its head and the tie included: active power alone at the
    highest allowed voltage. If the part draws more, no AC power flow is within the ratings.

    `voltage_pu` is what is left at `donor`: the present voltage less what the part takes on the
    way from the head, losses left out, and with all relief by what draws less on that feeder at a
    lower voltage. More current means more losses, so the true voltage is lower still. It is
    infinite where the part feeds reactive power in.
    """

    tie: Switch
    donor: NodeId
    taker: NodeId
    needed: complex
    spare_w: float
    voltage_pu: float
    voltage_pu_min: float

    @property
    def margin_w(self) -> float:
        return self.spare_w - self.needed.real

    @property
    def can_help(self) -> bool:
        return self.margin_w >= 0 and self.voltage_pu >= self.voltage_pu_min

    @property
    def why_not(self) -> str:
        part = f"the smallest part at {self.taker} draws {self.needed.real / 1e3:.0f} kW"
        if self.margin_w < 0:
            spare_kw = max(self.spare_w, 0.0) / 1e3
            return f"{part}, {spare_kw:.0f} kW can come from {self.donor}"
        return f"{part}, which leaves {self.voltage_pu:.3f} pu at {self.donor} at best"


def live_ties(tree: SupplyTree) -> list[tuple[int, Switch]]:
    """Normally open switches with supply on both sides."""
    return [
        (index, switch)
        for index, switch in enumerate(tree.network.components.switches)
        if not switch.is_normally_closed
        and switch.node_a in tree.root_of
        and switch.node_b in tree.root_of
    ]


def lendings(tree: SupplyTree, flow: FlowResult) -> list[Lending]:
    """Both directions of every tie between two feeders, in the order of the switch file.

    `flow` is the normal state without generators.
    """
    limits = tree.network.components.limits
    limit_pct = math.inf if limits.loading_pct_max is None else limits.loading_pct_max
    needed, spare_w = _parts(tree), _spare(tree, limit_pct=limit_pct)
    z_ohm, relief = _ohm_from_head(tree), _relief(tree, flow)
    found: list[Lending] = []
    for _, tie in live_ties(tree):
        feeders = {tree.feeder_of[tie.node_a], tree.feeder_of[tie.node_b]}
        if tie.control is Control.NONE or len(feeders) == 1 or None in feeders:
            continue
        through_w = _switch_w(tree, tie, limit_pct=limit_pct)
        for donor, taker in ((tie.node_a, tie.node_b), (tie.node_b, tie.node_a)):
            nominal_v = tree.network.nodes[donor].voltage_v_nominal
            found.append(
                Lending(
                    tie=tie,
                    donor=donor,
                    taker=taker,
                    needed=needed[taker],
                    spare_w=min(spare_w[donor], through_w),
                    voltage_pu=_voltage_left(
                        flow.voltage_pu.get(donor, math.inf),
                        needed[taker],
                        relief=relief.get(tree.feeder_of[donor], 0j),
                        z_pu=z_ohm[donor] / nominal_v**2,
                    ),
                    voltage_pu_min=limits.voltage_pu_min or 0.0,
                )
            )
    return found


def _voltage_left(present_pu: float, power: complex, *, relief: complex, z_pu: complex) -> float:
    """`z_pu` per VA. The lossless DistFlow equation: v^2 falls by 2 (r P + x Q)."""
    if power.imag < 0 or math.isinf(present_pu):
        return math.inf
    more = power - relief
    drop = 2 * (z_pu.real * more.real + z_pu.imag * more.imag)
    return math.sqrt(max(present_pu**2 - drop, 0.0))


def _relief(tree: SupplyTree, flow: FlowResult) -> Mapping[FeederId | None, complex]:
    """Feeder -> by how much its loads and shunts can draw less than now before a voltage is too
    low."""
    found: dict[FeederId | None, complex] = {}
    for each in loads_and_shunts(tree.network):
        if each.node in tree.feeder_of and each.node in flow.voltage_pu:
            now = complex(each.p_w, each.q_var) * each.share_at(flow.voltage_pu[each.node])
            less, feeder = now - least_power(each, tree.network.limits), tree.feeder_of[each.node]
            found[feeder] = found.get(feeder, 0j) + less
    return found


def _ohm_from_head(tree: SupplyTree) -> Mapping[NodeId, complex]:
    """Lines between the feeder's head and each node; a transformer on the way begins anew."""
    found: dict[NodeId, complex] = {}
    for node in tree.order:
        branch = tree.branch_above(node)
        is_above_heads = node not in tree.above or tree.feeder_of[node] is None
        if is_above_heads or not (branch is None or isinstance(branch, Branch)):
            found[node] = 0j
            continue
        found[node] = found[tree.near(node)]
        if branch is not None:
            found[node] += complex(branch.r_ohm, branch.x_ohm)
    return found


def _parts(tree: SupplyTree) -> Mapping[NodeId, complex]:
    """Node -> least that the part around it draws; no operable closed switch divides a part."""
    top: dict[NodeId, NodeId] = {}
    drawn: dict[NodeId, complex] = {}
    at_node = _least_at_nodes(tree)
    for node in tree.order:
        switch = tree.switch_above(node)
        divides = switch is not None and switch.control is not Control.NONE
        is_top = node not in tree.above or divides
        top[node] = node if is_top else top[tree.near(node)]
        drawn[top[node]] = drawn.get(top[node], 0j) + at_node[node]
    return {node: drawn[part] for node, part in top.items()}


def _least_at_nodes(tree: SupplyTree) -> dict[NodeId, complex]:
    """Supplied node -> what loads, shunts and the charging of lines draw there at the least."""
    network, limits = tree.network, tree.network.limits
    high = limits.voltage_pu_max or VOLTAGE_PU_MAX
    found = dict.fromkeys(tree.order, 0j)
    for each in loads_and_shunts(network):
        if each.node in found:
            found[each.node] += least_power(each, limits)
    omega = 2 * math.pi * network.components.frequency_hz
    for line in network.components.branches:
        highest_v = network.nodes[line.from_node].voltage_v_nominal * high
        for node in (line.from_node, line.to_node):
            if node in found:
                found[node] -= 0.5j * omega * line.c_f * highest_v**2
    return found


def _spare(tree: SupplyTree, *, limit_pct: float) -> Mapping[NodeId, float]:
    """Node -> active power that its feeder can still bring there; endless above the heads."""
    spare: dict[NodeId, float] = {}
    for node in tree.order:
        if node not in tree.above or tree.feeder_of[node] is None:
            spare[node] = math.inf
            continue
        switch, branch = tree.switch_above(node), tree.branch_above(node)
        if switch is not None:
            most_w = _switch_w(tree, switch, limit_pct=limit_pct)
        elif isinstance(branch, Branch):
            most_w = _ampere_w(tree, branch.current_a_max, node=node) * limit_pct / 100
        else:
            most_w = branch.power_va_rated * limit_pct / 100 if branch else math.inf
        spare[node] = min(spare[tree.near(node)], most_w - tree.p_w_below[node])
    return spare


def _switch_w(tree: SupplyTree, switch: Switch, *, limit_pct: float) -> float:
    return _ampere_w(tree, switch.current_a_rated, node=switch.node_a) * limit_pct / 100


def _ampere_w(tree: SupplyTree, current_a: float, *, node: NodeId) -> float:
    network = tree.network
    high_pu = network.components.limits.voltage_pu_max or VOLTAGE_PU_MAX
    return math.sqrt(3) * network.nodes[node].voltage_v_nominal * high_pu * current_a
