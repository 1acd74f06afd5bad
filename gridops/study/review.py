"""The normal state reviewed: what only a power flow and a walk along the feeders can tell."""

from collections.abc import Mapping
from dataclasses import dataclass

from gridops.ids import FeederId
from gridops.network import Network
from gridops.network.flaws import GridFlaw, told
from gridops.network.validation_readiness import Finding
from gridops.powerflow import FaultKind, Level, PowerFlow, RadialShortCircuit
from gridops.state import energise
from gridops.study.review_feeders import empty_end_flaws, feeder_flaws, feeder_parts
from gridops.study.review_findings import feeder_findings
from gridops.study.review_flow import flow_flaws, normal_flows, pickup_flaws
from gridops.study.review_lending import lendings
from gridops.study.review_protection import grading_flaws, guards, reach_flaws, reaches
from gridops.study.review_ties import tie_flaws
from gridops.study.review_tree import supply_tree, switch_places


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    flaws: tuple[GridFlaw, ...]
    findings: Mapping[FeederId, tuple[Finding, ...]]
    """What the review adds to the readiness of each feeder."""


def review(network: Network, engine: PowerFlow) -> Review:
    """Reviews a grid that validation found no errors in.

    One power flow without generators, one more with them where there are any, and walks of
    linear cost. Each code is told `TOLD_MAX` times, and counted from there on.
    """
    tree, places = supply_tree(network), switch_places(network)
    closed = network.normally_closed
    parts = feeder_parts(network, energise(network, closed))
    flows = normal_flows(network, engine)
    guard_of = guards(tree)
    faults = RadialShortCircuit(network).currents(
        closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN
    )
    found = reaches(tree, guard_of, faults=faults)
    lent = lendings(tree, flows[0].result)
    broken = tuple(flow_flaws(tree, flows))
    flaws = (
        *broken,
        *pickup_flaws(network, flows, places=places),
        *reach_flaws(found, places),
        *grading_flaws(tree, guard_of, places=places),
        *tie_flaws(tree, lent),
        *feeder_flaws(network, parts, places=places),
        *empty_end_flaws(network),
    )
    return Review(
        flaws=tuple(told(flaws)),
        findings=feeder_findings(tree, parts, reaches=found, lendings=lent, broken=broken),
    )
