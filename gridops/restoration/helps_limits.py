"""How much more a limiting element would have to bear for more to come back."""

import math
from collections.abc import Iterator, Sequence

from gridops.ids import BranchId, SourceId, SwitchId
from gridops.network import AnyBranch, Branch, Network
from gridops.powerflow import FlowResult, ViolationKind, emergency_pct
from gridops.restoration.fault_limits import faults_of
from gridops.restoration.gains import Gains
from gridops.restoration.outlook import Help, HelpKind, Need
from gridops.restoration.plan import Plan, Rejected
from gridops.restoration.plan_flows import flows_of
from gridops.restoration.relaxed import Uprated, uprated, with_lowest
from gridops.restoration.situation import Situation

OPTIONS_MAX = 3
"""Refused options of each kind of limit that are looked into."""
ELEMENTS_MAX = 4
"""Elements on one way that may have to bear more; a way that asks for more is no help."""
LOADED = (
    ViolationKind.OVERLOAD.value,
    ViolationKind.SWITCH_RATING.value,
    ViolationKind.SOURCE_CAPACITY.value,
)


def limit_helps(gains: Gains) -> Iterator[Help]:
    """For what stays dark by a limit: single ties first, as `rejected` has them."""
    refused = gains.plan.rejected
    loaded = [r for r in refused if r.option and _is_load(gains, r)]
    seen: set[tuple[str, ...]] = set()
    for option in loaded[:OPTIONS_MAX]:
        help_ = _rating_help(gains, option)
        if help_ is not None and _elements(help_) not in seen:
            seen.add(_elements(help_))
            yield help_
    low = [r for r in refused if _limit_of(r) == ViolationKind.UNDERVOLTAGE.value]
    for option in low[:OPTIONS_MAX]:
        help_ = _voltage_help(gains, option)
        if help_ is not None and _elements(help_) not in seen:
            seen.add(_elements(help_))
            yield help_


def _limit_of(refused: Rejected) -> str:
    """That of cold load and of the hours ahead is the one that breaks by it."""
    return refused.breaks or refused.because


def _is_load(gains: Gains, refused: Rejected) -> bool:
    network, element = gains.situation.network, refused.element
    rated = (network.branches, network.switches, network.sources)
    return _limit_of(refused) in LOADED and any(element in kind for kind in rated)


def _elements(found: Help) -> tuple[str, ...]:
    return tuple(need.element for need in found.needs)


def _rating_help(gains: Gains, refused: Rejected) -> Help | None:
    """Relaxes the element that `refused` names, then what limits the same option next, until
    something is gained; then reads from the flow how much each has to bear."""
    elements = [refused.element]
    faults = faults_of(gains.engine, gains.situation.network)
    while len(elements) <= ELEMENTS_MAX:
        changed = uprated(gains.situation, elements)
        branches = [BranchId(e) for e in elements if e in gains.situation.network.branches]
        other = gains.planned(changed, Uprated(gains.engine, branches, faults=faults))
        if other is None:
            return None
        needs = _needs(gains, other, elements=elements)
        first = needs[0].element if needs else ""
        found = gains.help_by(HelpKind.RATING, first, other=other, needs=needs)
        if found is not None and needs:
            return found
        following = [
            r.element for r in other.rejected if r.option == refused.option and _is_load(gains, r)
        ]
        if not following or following[0] in elements:
            return None
        elements.append(following[0])
    return None


def _needs(gains: Gains, other: Plan, *, elements: Sequence[str]) -> list[Need]:
    """What each element carries at most in the states that `other` passes through, where that
    is more than it may."""
    flows = flows_of(gains.situation, other, engine=gains.engine)
    found = []
    for element in elements:
        has, unit = _may_carry(gains.situation, element)
        carried = [_carried(gains.situation.network, flow, element=element) for flow in flows]
        needs = max(carried, default=0.0)
        if needs > has:
            needs = math.ceil(100.0 * needs) / 100.0
            found.append(Need(element=element, unit=unit, has=round(has, 2), needs=needs))
    return found


def _may_carry(situation: Situation, element: str) -> tuple[float, str]:
    """What its rating, its emergency rating or its own protection lets it carry for now."""
    network, limits = situation.network, situation.limits
    most_pct = limits.loading_pct_max or 100.0
    if element in network.switches:
        switch = network.switches[SwitchId(element)]
        rated_a = switch.current_a_rated * most_pct / 100.0
        pickup_a = switch.pickup_current_a
        return (rated_a if pickup_a is None else min(rated_a, pickup_a)), "A"
    if element in network.sources:
        return network.sources[SourceId(element)].power_va_max or math.inf, "VA"
    branch = network.branches[BranchId(element)]
    emergency = emergency_pct(network, limits, lasts_s=situation.settings.outage_s)
    share = max(most_pct, emergency.get(branch.id, most_pct)) / 100.0
    rated, unit = _rating(branch)
    return rated * share, unit


def _rating(branch: AnyBranch) -> tuple[float, str]:
    if isinstance(branch, Branch):
        return branch.current_a_max, "A"
    return branch.power_va_rated, "VA"


def _carried(network: Network, flow: FlowResult, *, element: str) -> float:
    if element in network.switches:
        return flow.switch_current_a.get(SwitchId(element), 0.0)
    if element in network.sources:
        source = SourceId(element)
        p_w, q_var = flow.source_p_w.get(source, 0.0), flow.source_q_var.get(source, 0.0)
        return math.hypot(p_w, q_var)
    branch = BranchId(element)
    return flow.loading_pct.get(branch, 0.0) / 100.0 * _rating(network.branches[branch])[0]


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
    flows = flows_of(gains.situation, other, engine=gains.engine)
    lowest = min(((v, n) for flow in flows for n, v in flow.voltage_pu.items()), default=None)
    if lowest is None or lowest[0] >= limit:
        return None
    needs = math.floor(1e6 * lowest[0]) / 1e6
    need = Need(element=lowest[1], unit="pu", has=limit, needs=needs)
    return gains.help_by(HelpKind.VOLTAGE, need.element, other=other, needs=(need,))
