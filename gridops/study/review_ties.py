"""Normally open switches: can closing them ever help?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridops.ids import NodeId, SwitchId
from gridops.network import Branch, Control, Switch
from gridops.network.flaws import GridFlaw, Place
from gridops.study.review_lending import Lending, live_ties
from gridops.study.review_tree import SupplyTree


def tie_flaws(tree: SupplyTree, lendings: list[Lending]) -> Iterator[GridFlaw]:
    lending_of: dict[SwitchId, list[Lending]] = {}
    for lending in lendings:
        lending_of.setdefault(lending.tie.id, []).append(lending)
    hours, rise = phase_hours(tree), _rise(tree)
    for index, tie in live_ties(tree):
        at = Place("switches", index, (tie.id,))
        yield from _clock_flaws(at, tie, tree=tree, hours=hours)
        if tie.control is Control.NONE:
            what = f"normally open {tie.kind} {tie.id} cannot be operated"
            yield at.warning("tie-inoperable", what, remedy="set control to remote or crew")
        elif not _can_pass_a_section(tree, tie, rise=rise):
            yield at.warning(
                "tie-without-use",
                f"no section on the ring over {tie.id} lies between two operable switches: after "
                "no fault of a section does closing it help anybody",
                remedy="put operable switches on the way, or remove the tie",
            )
        elif lending_of.get(tie.id) and not any(x.can_help for x in lending_of[tie.id]):
            yield _too_weak(at, max(lending_of[tie.id], key=lambda lending: lending.margin_w))


def _too_weak(at: Place, best: Lending) -> GridFlaw:
    return at.warning(
        "tie-too-weak",
        f"tie {best.tie.id} can lift nothing at the stated load: {best.why_not}",
        remedy="check ratings and lines on both sides, or divide the part at its end by a switch",
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
        apart_deg = 30 * min((one - other) % 12, (other - one) % 12)
        yield at.warning(
            "clock-mismatch-across-tie",
            f"across tie {tie.id} the voltages stand {apart_deg} degrees apart: "
            f"{one} o'clock at {tie.node_a}, {other} o'clock at {tie.node_b}",
            remedy="never close it under voltage on both sides; check clock of the transformers",
        )


@dataclass(frozen=True, slots=True)
class _Rise:
    """The way up from each node, laid in runs: from any node few runs lead to its source."""

    tree: SupplyTree
    operable: Mapping[NodeId, int]
    """Node -> switches between it and its source that somebody can operate."""
    start: Mapping[NodeId, NodeId]
    """Node -> the uppermost node of its run."""
    depth: Mapping[NodeId, int]

    def meeting(self, one: NodeId, other: NodeId) -> NodeId:
        """Where the ways up from two nodes of one source meet. Cost is logarithmic."""
        while self.start[one] != self.start[other]:
            if self.depth[self.start[one]] < self.depth[self.start[other]]:
                one, other = other, one
            one = self.tree.near(self.start[one])
        return min(one, other, key=self.depth.__getitem__)


def _can_pass_a_section(tree: SupplyTree, tie: Switch, *, rise: _Rise) -> bool:
    """Whether a part can be cut out above others that the tie then supplies.

    That takes two operable switches on one arm of the ring, above and below that part. With a
    source for each arm one is enough: the part may be the other source itself.
    """
    ends = tie.node_a, tie.node_b
    if tree.root_of[tie.node_a] != tree.root_of[tie.node_b]:
        return any(rise.operable[end] for end in ends)
    shared = rise.operable[rise.meeting(*ends)]
    return any(rise.operable[end] - shared >= 2 for end in ends)


def _rise(tree: SupplyTree) -> _Rise:
    """Each run goes on to the child that most nodes hang on. Cost is linear."""
    size = dict.fromkeys(tree.order, 1)
    heavy: dict[NodeId, NodeId] = {}
    for node in reversed(tree.order):
        if node in tree.above:
            near = tree.near(node)
            size[near] += size[node]
            if near not in heavy or size[heavy[near]] < size[node]:
                heavy[near] = node
    operable, depth, start = dict[NodeId, int](), dict[NodeId, int](), dict[NodeId, NodeId]()
    for node in tree.order:
        if node not in tree.above:
            operable[node], depth[node], start[node] = 0, 0, node
            continue
        near, switch = tree.near(node), tree.switch_above(node)
        counts = switch is not None and switch.control is not Control.NONE
        operable[node], depth[node] = operable[near] + counts, depth[near] + 1
        start[node] = start[near] if heavy[near] == node else node
    return _Rise(tree, operable, start, depth)
