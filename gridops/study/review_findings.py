"""What the review of the normal state means for the readiness of each feeder."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TypeVar

from gridops.ids import BranchId, FeederId, NodeId, SwitchId
from gridops.network import Signal
from gridops.network.flaws import GridFlaw
from gridops.network.validation_readiness import Finding
from gridops.study.review_feeders import FeederParts
from gridops.study.review_lending import Lending
from gridops.study.review_protection import Reach
from gridops.study.review_tree import SupplyTree

T = TypeVar("T")
BEYOND_TIES_SHARE_GOOD = 0.3
UNINDICATED_SHARE_GOOD = 0.5


def feeder_findings(
    tree: SupplyTree,
    parts: Sequence[FeederParts],
    *,
    reaches: Sequence[Reach],
    lendings: Sequence[Lending],
    broken: Sequence[GridFlaw],
) -> Mapping[FeederId, tuple[Finding, ...]]:
    """Findings per feeder; one grade for each kind of them, however often it is found."""
    blind = _by_feeder((tree.feeder_of[r.switch.node_b], r) for r in reaches if r.in_pickups < 1)
    lent = _by_feeder((tree.feeder_of[x.taker], x) for x in lendings)
    beyond = _by_feeder((_feeder_of(tree, flaw), flaw) for flaw in broken)
    measured = {p.element for p in tree.network.components.points if p.signal is Signal.CURRENT}
    return {
        part.feeder: (
            *_flow_finding(beyond.get(part.feeder, [])),
            *_reach_finding(blind.get(part.feeder, [])),
            *_lending_finding(lent.get(part.feeder, [])),
            *_share_findings(part),
            *_head_finding(part, measured),
        )
        for part in parts
    }


def _by_feeder(pairs: Iterable[tuple[FeederId | None, T]]) -> Mapping[FeederId, list[T]]:
    found: dict[FeederId, list[T]] = {}
    for feeder, item in pairs:
        if feeder is not None:
            found.setdefault(feeder, []).append(item)
    return found


def _feeder_of(tree: SupplyTree, flaw: GridFlaw) -> FeederId | None:
    """The feeder that a broken limit lies in; None above all feeders."""
    network = tree.network
    if flaw.table == "nodes":
        return tree.feeder_of.get(NodeId(flaw.ids[0]))
    if flaw.table == "switches":
        switch = network.switches[SwitchId(flaw.ids[0])]
        ends = switch.node_a, switch.node_b
    elif flaw.ids:
        branch = network.branches[BranchId(flaw.ids[0])]
        ends = branch.from_node, branch.to_node
    else:
        return None
    return tree.feeder_of.get(ends[0]) or tree.feeder_of.get(ends[1])


def _flow_finding(broken: Sequence[GridFlaw]) -> Iterator[Finding]:
    if broken:
        more = f", and {len(broken) - 1} limits more" if len(broken) > 1 else ""
        yield Finding(lost=1, reason=f"{broken[0].message}{more}")


def _reach_finding(blind: Sequence[Reach]) -> Iterator[Finding]:
    if blind:
        worst = min(blind, key=lambda reach: reach.in_pickups)
        yield Finding(
            lost=1,
            reason=f"{worst.switch.id} does not see a fault at {worst.node}: it draws "
            f"{worst.current_a:.0f} A, pick-up is {worst.switch.pickup_current_a:g} A",
        )


def _lending_finding(lent: Sequence[Lending]) -> Iterator[Finding]:
    if lent and not any(lending.can_help for lending in lent):
        best = max(lent, key=lambda lending: lending.margin_w)
        yield Finding(
            lost=1,
            reason=f"none of {len(lent)} ties to other feeders can lift anything at the stated "
            f"load: at {best.tie.id} {best.why_not}",
        )


def _share_findings(part: FeederParts) -> Iterator[Finding]:
    customers = max(part.customers, 1)
    if part.beyond_ties > BEYOND_TIES_SHARE_GOOD * customers:
        yield Finding(
            lost=1,
            reason=f"no tie can bring back {part.beyond_ties} of {part.customers} customers",
        )
    if part.unindicated > UNINDICATED_SHARE_GOOD * customers:
        yield Finding(
            lost=1,
            reason=f"{part.unindicated} of {part.customers} customers sit behind switches that "
            "do not tell whether fault current passed",
        )


def _head_finding(part: FeederParts, measured: Set[str]) -> Iterator[Finding]:
    """A reason, but no grade: loads are then taken as stated, not as measured."""
    if part.head not in measured:
        yield Finding(lost=0, reason=f"head {part.head} does not measure its current")
