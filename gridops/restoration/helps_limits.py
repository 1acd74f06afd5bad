"""How much more a limiting element would have to bear for more to come back."""

import math
from collections.abc import Iterator, Sequence

from gridops.ids import BranchId, SwitchId
from gridops.network import Branch, Network
from gridops.powerflow import FlowResult, LoadPowers, ViolationKind
from gridops.restoration.course import moved
from gridops.restoration.gains import Gains
from gridops.restoration.outlook import Help, HelpKind, Need
from gridops.restoration.plan import Plan, Rejected
from gridops.restoration.relaxed import Uprated, uprated, with_lowest

OPTIONS_MAX = 3
"""Refused options of each kind of limit that are looked into."""
ELEMENTS_MAX = 4
"""Elements on one way that may have to bear more; a way that asks for more is no help."""
LOADED = (ViolationKind.OVERLOAD.value, ViolationKind.SWITCH_RATING.value)


def limit_helps(gains: Gains) -> Iterator[Help]:
    """For what stays dark by a limit: single ties first, as `rejected` has them."""
    refused = gains.plan.rejected
    loaded = [r for r in refused if r.because in LOADED and r.option]
    seen: set[tuple[str, ...]] = set()
    for option in loaded[:OPTIONS_MAX]:
        help_ = _rating_help(gains, option)
        if help_ is not None and _elements(help_) not in seen:
            seen.add(_elements(help_))
            yield help_
    low = [r for r in refused if r.because == ViolationKind.UNDERVOLTAGE.value]
    for option in low[:OPTIONS_MAX]:
        help_ = _voltage_help(gains, option)
        if help_ is not None and _elements(help_) not in seen:
            seen.add(_elements(help_))
            yield help_


def _elements(found: Help) -> tuple[str, ...]:
    return tuple(need.element for need in found.needs)


def _rating_help(gains: Gains, refused: Rejected) -> Help | None:
    """Relaxes the element that `refused` names, then what limits the same option next, until
    something is gained; then reads from the flow how much each has to bear."""
    elements = [refused.element]
    while len(elements) <= ELEMENTS_MAX:
        changed = uprated(gains.situation, elements)
        branches = [BranchId(e) for e in elements if e in gains.situation.network.branches]
        other = gains.planned(changed, Uprated(gains.engine, branches))
        if other is None:
            return None
        needs = _needs(gains, other, elements=elements)
        first = needs[0].element if needs else ""
        found = gains.help_by(HelpKind.RATING, first, other=other, needs=needs)
        if found is not None and needs:
            return found
        following = [
            r.element for r in other.rejected if r.option == refused.option and r.because in LOADED
        ]
        if not following or following[0] in elements:
            return None
        elements.append(following[0])
    return None


def _needs(gains: Gains, other: Plan, *, elements: Sequence[str]) -> list[Need]:
    """What each element carries at most in the states that `other` passes through, where that
    is more than it may; by the loading limit of the situation."""
    situation, network = gains.situation, gains.situation.network
    flows = _flows(gains, other)
    share = (situation.limits.loading_pct_max or 100.0) / 100.0
    found = []
    for element in elements:
        has, unit = _rating(network, element)
        carried = max((_carried(network, flow, element=element) for flow in flows), default=0.0)
        if carried > has * share:
            needs = math.ceil(100.0 * carried / share) / 100.0
            found.append(Need(element=element, unit=unit, has=round(has, 2), needs=needs))
    return found


def _flows(gains: Gains, plan: Plan) -> list[FlowResult]:
    situation, network = gains.situation, gains.situation.network
    loads = LoadPowers.of(network, situation.loads)
    closed = network.switch_set(situation.snapshot.closed)
    flows = []
    for step in plan.steps:
        closed = moved(closed, step)
        flows.append(
            gains.engine.solve(
                closed,
                loads,
                dead_sources=situation.snapshot.dead_sources,
                around=sorted(set(network.section_ends[step.switch])),
            )
        )
    return flows


def _rating(network: Network, element: str) -> tuple[float, str]:
    """What it may carry, or below what its own protection trips."""
    if element in network.switches:
        switch = network.switches[SwitchId(element)]
        pickup = switch.pickup_current_a
        rated = switch.current_a_rated
        return (rated if pickup is None else min(rated, pickup)), "A"
    branch = network.branches[BranchId(element)]
    if isinstance(branch, Branch):
        return branch.current_a_max, "A"
    return branch.power_va_rated, "VA"


def _carried(network: Network, flow: FlowResult, *, element: str) -> float:
    if element in network.switches:
        return flow.switch_current_a.get(SwitchId(element), 0.0)
    loading_pct = flow.loading_pct.get(BranchId(element), 0.0)
    return loading_pct / 100.0 * _rating(network, element)[0]


def _voltage_help(gains: Gains, refused: Rejected) -> Help | None:
    """With the voltage that the option falls to permitted, what comes back, and the voltage
    that this takes in the end."""
    situation = gains.situation
    limit = situation.limits.voltage_pu_min
    if refused.value is None or limit is None:
        return None
    other = gains.planned(with_lowest(situation, refused.value))
    if other is None:
        return None
    flows = _flows(gains, other)
    lowest = min(((v, n) for flow in flows for n, v in flow.voltage_pu.items()), default=None)
    if lowest is None or lowest[0] >= limit:
        return None
    needs = math.floor(1e6 * lowest[0]) / 1e6
    need = Need(element=lowest[1], unit="pu", has=limit, needs=needs)
    return gains.help_by(HelpKind.VOLTAGE, need.element, other=other, needs=(need,))
