"""Normally open switches: can closing them ever help?

Everything here is provable from the files. That a tie is strong enough for a plan is for the
power flow of that plan to say; voltages are not judged here.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridops.ids import NodeId, SwitchId
from gridops.network import Branch, Control, Switch
from gridops.network.flaws import GridFlaw, Place
from gridops.study.review_tree import SupplyTree

VOLTAGE_PU_MAX = 1.1
"""Where the grid states no upper limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """One direction of a tie between two feeders.

    `needed_w` is the load of the smallest part at `taker` that switches can cut out and that
    so has to be lifted as a whole; `spare_w` is what `donor` has left, its head and the tie
    included. Both are active power alone at the stated load, generators left out, at the
    highest allowed voltage: if `needed_w` is above, no AC power flow can be within limits.
    """

    tie: Switch
    donor: NodeId
    taker: NodeId
    needed_w: float
    spare_w: float

    @property
    def can_help(self) -> bool:
        return self.needed_w <= self.spare_w


def live_ties(tree: SupplyTree) -> list[tuple[int, Switch]]:
    """Normally open switches with supply on both sides."""
    return [
        (index, switch)
        for index, switch in enumerate(tree.network.components.switches)
        if not switch.is_normally_closed
        and switch.node_a in tree.root_of
        and switch.node_b in tree.root_of
    ]


def tie_flaws(tree: SupplyTree, lendings: list[Lending]) -> Iterator[GridFlaw]:
    lending_of: dict[SwitchId, list[Lending]] = {}
    for lending in lendings:
        lending_of.setdefault(lending.tie.id, []).append(lending)
    hours = phase_hours(tree)
    for index, tie in live_ties(tree):
        at = Place("switches", index, (tie.id,))
        yield from _clock_flaws(at, tie, tree=tree, hours=hours)
        if tie.control is Control.NONE:
            what = f"normally open {tie.kind} {tie.id} cannot be operated"
            yield at.warning("tie-inoperable", what, remedy="set control to remote or crew")
        elif not _can_pass_a_section(tree, tie):
            yield at.warning(
                "tie-without-use",
                f"no section on the ring over {tie.id} lies between two operable switches: after "
                "no fault of a section does closing it help anybody",
                remedy="put operable switches on the way, or remove the tie",
            )
        elif lending_of.get(tie.id) and not any(x.can_help for x in lending_of[tie.id]):
            yield _too_weak(at, max(lending_of[tie.id], key=lambda x: x.spare_w - x.needed_w))


def _too_weak(at: Place, best: Lending) -> GridFlaw:
    return at.warning(
        "tie-too-weak",
        f"tie {best.tie.id} can lift nothing at the stated load: the smallest part at "
        f"{best.taker} draws {best.needed_w / 1e3:.0f} kW, {max(best.spare_w, 0.0) / 1e3:.0f} kW "
        f"can come from {best.donor}",
        remedy="check ratings on both sides, or divide the part at its end by a switch",
    )


def phase_hours(tree: SupplyTree) -> Mapping[NodeId, int]:
    """By how many clock hours (30 degrees) a node lags behind its source."""
    hours: dict[NodeId, int] = {}
    for node in tree.order:
        if node not in tree.above:
            hours[node] = 0
            continue
        near, branch = tree.near(node), tree.branch_above(node)
        turn = 0
        if branch is not None and not isinstance(branch, Branch):
            turn = branch.clock if near == branch.from_node else -branch.clock
        hours[node] = (hours[near] + turn) % 12
    return hours


def _clock_flaws(
    at: Place, tie: Switch, *, tree: SupplyTree, hours: Mapping[NodeId, int]
) -> Iterator[GridFlaw]:
    """Only between sources of one voltage: how others stand to each other is not stated."""
    nodes = tree.network.nodes
    one, other = hours[tie.node_a], hours[tie.node_b]
    roots = {nodes[tree.root_of[end]].voltage_v_nominal for end in (tie.node_a, tie.node_b)}
    if one != other and len(roots) == 1:
        yield at.warning(
            "clock-mismatch-across-tie",
            f"across tie {tie.id} the voltages stand {abs(one - other) * 30 % 360} degrees apart: "
            f"{one} o'clock at {tie.node_a}, {other} o'clock at {tie.node_b}",
            remedy="never close it under voltage on both sides; check clock of the transformers",
        )


def _can_pass_a_section(tree: SupplyTree, tie: Switch) -> bool:
    """Whether a part can be cut out above others that the tie then supplies.

    That takes two operable switches on one arm of the ring, above and below that part. With a
    source for each arm one is enough: the part may be the other source itself.
    """
    switches = tree.network.switches
    one, other = tree.switches_to(tie.node_a), tree.switches_to(tie.node_b)
    shared = set(one) & set(other)
    arms = [
        sum(name not in shared and switches[name].control is not Control.NONE for name in arm)
        for arm in (one, other)
    ]
    has_two_sources = tree.root_of[tie.node_a] != tree.root_of[tie.node_b]
    return max(arms) >= (1 if has_two_sources else 2)


def lendings(tree: SupplyTree) -> list[Lending]:
    """Both directions of every tie between two feeders, in the order of the switch file."""
    limit_pct = tree.network.components.limits.loading_pct_max
    if limit_pct is None:
        return []
    needed_w, spare_w = _parts(tree), _spare(tree, limit_pct=limit_pct)
    found: list[Lending] = []
    for _, tie in live_ties(tree):
        feeders = {tree.feeder_of[tie.node_a], tree.feeder_of[tie.node_b]}
        if tie.control is Control.NONE or len(feeders) == 1 or None in feeders:
            continue
        through_w = _switch_w(tree, tie, limit_pct=limit_pct)
        for donor, taker in ((tie.node_a, tie.node_b), (tie.node_b, tie.node_a)):
            found.append(
                Lending(
                    tie=tie,
                    donor=donor,
                    taker=taker,
                    needed_w=needed_w[taker],
                    spare_w=min(spare_w[donor], through_w),
                )
            )
    return found


def _parts(tree: SupplyTree) -> Mapping[NodeId, float]:
    """Node -> load of the part around it that no operable closed switch divides."""
    top: dict[NodeId, NodeId] = {}
    load_w: dict[NodeId, float] = {}
    at_node = dict.fromkeys(tree.order, 0.0)
    for load in tree.network.loads.values():
        if load.node in at_node:
            at_node[load.node] += load.p_w
    for node in tree.order:
        switch = tree.switch_above(node)
        divides = switch is not None and switch.control is not Control.NONE
        is_top = node not in tree.above or divides
        top[node] = node if is_top else top[tree.near(node)]
        load_w[top[node]] = load_w.get(top[node], 0.0) + at_node[node]
    return {node: load_w[part] for node, part in top.items()}


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
