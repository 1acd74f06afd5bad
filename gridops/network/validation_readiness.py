"""How ready a feeder is for outage automation, graded A to E, with the reasons."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gridops.ids import FeederId, SectionId
from gridops.network.components import Control, IndicatorKind, Signal, Switch
from gridops.network.network import Network

GRADES = "ABCDE"
ZONE_SHARE_GOOD = 0.35
"""A fault in the largest remote zone keeps at most this share of the customers waiting."""
ZONE_SHARE_FAIR = 0.70
INDICATED_SHARE_GOOD = 0.8
INDICATED_SHARE_FAIR = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederReadiness:
    feeder: FeederId
    grade: str
    """A ready, E not usable for automation."""
    reasons: tuple[str, ...]
    """Why it is not better; empty for an A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a feeder is not better."""

    lost: int
    """Grades; 0 for what is only worth saying."""
    reason: str
    """A sentence with the figures."""


NO_FINDINGS: Mapping[FeederId, Sequence[Finding]] = MappingProxyType({})


def readiness(
    network: Network, findings: Mapping[FeederId, Sequence[Finding]] = NO_FINDINGS
) -> tuple[FeederReadiness, ...]:
    """One grade per feeder, in the order of the switch file.

    A feeder begins at A and loses one grade (two if grave) for each of: customers that a
    fault in its largest remotely fenced zone leaves waiting; zone boundaries that do not
    tell where fault current passed; no remote tie to another feeder; and what `findings`
    (of a review of the normal state) adds. A head that is not remote is an E.
    """
    feeder_of = _normal_feeders(network)
    points = {(point.element, point.signal) for point in network.components.points}
    own: dict[FeederId, list[SectionId]] = {feeder: [] for feeder in network.heads}
    for section in network.sections:
        if section in feeder_of:
            own[feeder_of[section]].append(section)
    return tuple(
        _graded(
            network,
            feeder,
            found=[
                *_own_findings(
                    network, feeder, own=own[feeder], feeder_of=feeder_of, points=points
                ),
                *findings.get(feeder, ()),
            ],
        )
        for feeder in network.heads
    )


def _normal_feeders(network: Network) -> dict[SectionId, FeederId]:
    """Section -> the feeder that supplies it in the normal state."""
    found: dict[SectionId, FeederId] = {}
    seen = {network.section_of_node[s.node] for s in network.sources.values()}
    queue = deque(s for s in network.sections if s in seen)
    while queue:
        section = queue.popleft()
        for name in network.sections[section].switches:
            switch = network.switches[name]
            other = network.across(name, section)
            if other in seen or not switch.is_normally_closed:
                continue
            seen.add(other)
            feeder = switch.feeder or found.get(section)
            if feeder is not None:
                found[other] = feeder
            queue.append(other)
    return found


def _graded(network: Network, feeder: FeederId, *, found: list[Finding]) -> FeederReadiness:
    head = network.heads[feeder]
    if network.switches[head].control is not Control.REMOTE:
        reason = f"head {head} is not remote"
        return FeederReadiness(feeder=feeder, grade="E", reasons=(reason,))
    lost = sum(finding.lost for finding in found)
    reasons = tuple(finding.reason for finding in found)
    return FeederReadiness(feeder=feeder, grade=GRADES[min(lost, len(GRADES) - 1)], reasons=reasons)


def _own_findings(
    network: Network,
    feeder: FeederId,
    *,
    own: list[SectionId],
    feeder_of: Mapping[SectionId, FeederId],
    points: set[tuple[str, Signal]],
) -> Iterator[Finding]:
    for lost, reason in (
        _zone_finding(network, own),
        _indicator_finding(network, feeder, own=own, points=points),
        _tie_finding(network, feeder, own=own, feeder_of=feeder_of),
    ):
        if lost:
            yield Finding(lost=lost, reason=reason)
    head = network.heads[feeder]
    if not network.switches[head].lockout_point:
        yield Finding(lost=0, reason=f"head {head} does not report its lockout")


def _switches_of(network: Network, own: list[SectionId]) -> list[Switch]:
    """Every switch with an end in `own`, once."""
    names = dict.fromkeys(name for s in own for name in network.sections[s].switches)
    return [network.switches[name] for name in names]


def _is_fence(switch: Switch) -> bool:
    return switch.control is Control.REMOTE and switch.breaks_load


def _zone_finding(network: Network, own: list[SectionId]) -> tuple[int, str]:
    customers = sum(network.sections[s].customers for s in own)
    if not customers:
        return 0, ""
    share = max(_zone_customers(network, own)) / customers
    reason = (
        f"a fault in the largest remote zone keeps {share:.0%} of {customers} customers waiting"
    )
    return int(share > ZONE_SHARE_GOOD) + int(share > ZONE_SHARE_FAIR), reason


def _zone_customers(network: Network, own: list[SectionId]) -> list[int]:
    """Customers of each zone: sections that no remote load-breaking switch separates."""
    left = dict.fromkeys(own)
    zones: list[int] = []
    while left:
        queue, customers = deque([next(iter(left))]), 0
        left.pop(queue[0])
        while queue:
            section = queue.popleft()
            customers += network.sections[section].customers
            beside = dict.fromkeys(_unfenced_neighbours(network, section))
            for other in [s for s in beside if s in left]:
                left.pop(other)
                queue.append(other)
        zones.append(customers)
    return zones


def _unfenced_neighbours(network: Network, section: SectionId) -> list[SectionId]:
    switches = [network.switches[name] for name in network.sections[section].switches]
    return [
        network.across(switch.id, section)
        for switch in switches
        if switch.is_normally_closed and not _is_fence(switch)
    ]


def _indicator_finding(
    network: Network, feeder: FeederId, *, own: list[SectionId], points: set[tuple[str, Signal]]
) -> tuple[int, str]:
    inside = set(own)
    fences = [
        switch
        for switch in _switches_of(network, own)
        if _is_fence(switch)
        and switch.is_normally_closed
        and switch.feeder is None
        and set(network.section_ends[switch.id]) <= inside
    ]
    if not fences:
        return 1, f"no remote switch divides feeder {feeder} of {len(own)} sections"
    telling = sum(_tells(switch, points) for switch in fences)
    share = telling / len(fences)
    reason = f"{telling} of {len(fences)} remote switches tell whether fault current passed"
    return int(share < INDICATED_SHARE_GOOD) + int(share < INDICATED_SHARE_FAIR), reason


def _tells(switch: Switch, points: set[tuple[str, Signal]]) -> bool:
    flags = switch.indicator is not IndicatorKind.NONE and (switch.id, Signal.FAULT_FLAG) in points
    return flags or (switch.protects and (switch.id, Signal.PROTECTION) in points)


def _tie_finding(
    network: Network,
    feeder: FeederId,
    *,
    own: list[SectionId],
    feeder_of: Mapping[SectionId, FeederId],
) -> tuple[int, str]:
    inside = set(own)
    ties = [
        switch
        for switch in _switches_of(network, own)
        if not switch.is_normally_closed and len(inside & set(network.section_ends[switch.id])) == 1
    ]
    to_others = [
        switch
        for switch in ties
        if any(feeder_of.get(s, feeder) != feeder for s in network.section_ends[switch.id])
    ]
    if not to_others:
        return 2, f"no tie joins feeder {feeder} to another"
    if not any(_is_fence(switch) for switch in to_others):
        return 1, f"each of {len(to_others)} ties to other feeders needs a crew"
    return 0, ""
