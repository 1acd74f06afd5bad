"""The normal state under its stated load: solvable, within limits, below every pick-up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridops.errors.severity import Severity
from gridops.ids import FeederId, NodeId, SwitchId
from gridops.network import Network
from gridops.network.flaws import GridFlaw, Place
from gridops.powerflow import FlowResult, LoadPower, PowerFlow, Violation, ViolationKind, violations
from gridops.study.review_tree import SupplyTree, switch_places

WITHOUT_GENERATORS = "without generators"
WITH_GENERATORS = "with generators"


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalFlow:
    """One solution of the normal state, and how its generators ran."""

    case: str
    result: FlowResult


def normal_flows(network: Network, engine: PowerFlow) -> tuple[NormalFlow, ...]:
    """Without generators, as plans must hold; and with them where there are any."""
    closed = network.normally_closed
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    alone = NormalFlow(case=WITHOUT_GENERATORS, result=engine.solve(closed, loads))
    if not network.generators:
        return (NormalFlow(case="", result=alone.result),)
    feeding = {g.id: LoadPower(g.p_w, g.q_var) for g in network.generators.values()}
    helped = engine.solve(closed, loads, generators=feeding)
    return alone, NormalFlow(case=WITH_GENERATORS, result=helped)


def flow_flaws(tree: SupplyTree, flows: tuple[NormalFlow, ...]) -> Iterator[GridFlaw]:
    """What is beyond a limit in several flows is told once, in the first of them."""
    network = tree.network
    places, switches = _places(network), switch_places(network)
    rated_a = {s.id: s.current_a_rated for s in network.switches.values()}
    told: set[tuple[ViolationKind, str]] = set()
    for flow in flows:
        if not flow.result.converged:
            yield _unsolvable(network, flow)
            continue
        broken = violations(flow.result, network.components.limits, rated_a=rated_a)
        new = [v for v in broken if (v.kind, v.element) not in told]
        told.update((v.kind, v.element) for v in new)
        for violation in new:
            if violation.kind is ViolationKind.OVERLOAD:
                yield _overload(places[violation.element], violation, case=flow.case)
            elif violation.kind is ViolationKind.SWITCH_RATING:
                at = switches[SwitchId(violation.element)]
                yield _switch_overload(at, violation, case=flow.case)
        yield from _voltage_flaws(tree, new, case=flow.case)


def _places(network: Network) -> Mapping[str, Place]:
    parts = network.components
    places = {str(b.id): Place("branches", k, (b.id,)) for k, b in enumerate(parts.branches)}
    places |= {t.id: Place("transformers", k, (t.id,)) for k, t in enumerate(parts.transformers)}
    return places


def _when(case: str) -> str:
    return f" ({case})" if case else ""


def _unsolvable(network: Network, flow: NormalFlow) -> GridFlaw:
    total_w = sum(load.p_w for load in network.loads.values())
    return GridFlaw(
        code="normal-state-unsolvable",
        severity=Severity.ERROR,
        table="network",
        message=f"no power flow carries {total_w:.4g} W in the normal state{_when(flow.case)}",
        remedy="check the units of loads and impedances, and the normal positions",
    )


def _overload(at: Place, violation: Violation, *, case: str) -> GridFlaw:
    return at.warning(
        "normal-overload",
        f"{violation.element} carries {violation.value:.1f} % of its rating in the normal state, "
        f"allowed is {violation.limit:g} %{_when(case)}",
        remedy="check load and rating, or move a normally open point",
    )


def _switch_overload(at: Place, violation: Violation, *, case: str) -> GridFlaw:
    return at.warning(
        "normal-switch-overload",
        f"switch {violation.element} carries {violation.value:.1f} A in the normal state, "
        f"allowed is {violation.limit:g} A{_when(case)}",
        remedy="check load and current_a_rated, or move a normally open point",
    )


def _voltage_flaws(tree: SupplyTree, found: list[Violation], *, case: str) -> Iterator[GridFlaw]:
    """One flaw per feeder and side, at its worst node."""
    row = {node: index for index, node in enumerate(tree.network.nodes)}
    of_feeder: dict[tuple[ViolationKind, FeederId | None], list[Violation]] = {}
    for violation in found:
        if violation.kind in (ViolationKind.UNDERVOLTAGE, ViolationKind.OVERVOLTAGE):
            feeder = tree.feeder_of[NodeId(violation.element)]
            of_feeder.setdefault((violation.kind, feeder), []).append(violation)
    for (kind, feeder), broken in of_feeder.items():
        worst, is_low = broken[0], kind is ViolationKind.UNDERVOLTAGE
        code = "normal-undervoltage" if is_low else "normal-overvoltage"
        ids = (worst.element,) if feeder is None else (worst.element, feeder)
        where = "above all feeders" if feeder is None else f"of feeder {feeder}"
        side, extreme = ("below", "lowest") if is_low else ("above", "highest")
        yield Place("nodes", row[NodeId(worst.element)], ids).warning(
            code,
            f"nodes {where} {side} {worst.limit:g} pu in the normal state ({len(broken)}), the "
            f"{extreme} is {worst.element} at {worst.value:.4f} pu{_when(case)}",
            remedy="check source voltage, taps, loads and line data",
        )


def pickup_flaws(
    network: Network, flows: tuple[NormalFlow, ...], *, places: Mapping[SwitchId, Place]
) -> Iterator[GridFlaw]:
    """Protection that would trip on nothing but load."""
    for switch in network.switches.values():
        pickup_a = switch.pickup_current_a
        current_a = max(flow.result.switch_current_a.get(switch.id, 0.0) for flow in flows)
        if pickup_a is not None and current_a >= pickup_a:
            yield places[switch.id].warning(
                "pickup-below-load",
                f"{switch.kind} {switch.id} picks up at {pickup_a:g} A but carries "
                f"{current_a:.1f} A in the normal state",
                remedy="check pickup_current_a and the loads behind it",
            )
