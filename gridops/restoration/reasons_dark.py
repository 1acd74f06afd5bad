"""Which limit keeps a healthy section dark."""

from collections.abc import Iterator, Mapping, Sequence

from gridops.ids import SectionId, SwitchId
from gridops.isolation import Unusable
from gridops.restoration.part import bits, grown
from gridops.restoration.plan import Rejected
from gridops.restoration.scope import Ground, Scope, Why

STRUCTURAL = ("dead-source", "loop", "forbidden", "duty")
"""What no deed of today changes; any other refusal of a tie is the better reason."""


def why_dark(scope: Scope, rejected: Sequence[Rejected], *, section: SectionId) -> Why:
    """The reason code and the element of the grid that keeps `section` dark, which is dark,
    not suspected itself, and not restored; `rejected` is what the search refused.

    Nearest at hand first: people or doubt at the section itself; the switch that the fence had
    to do without; of the ties that reach it, the one that is nearest to carrying it, then one
    that may not be used; what keeps it from its dark neighbours that come back.
    `not-looked-at`: nothing was found against a tie that the search did not use.
    """
    ground = scope.ground
    if section in scope.blocked:
        return scope.blocked[section]
    if section in ground.situation.forbidden:
        return "forbidden", section
    if section in ground.fence.dead_ends:
        return "no-tie", section
    if section in ground.fence.zone:
        return _why_given_up(ground, section)
    unit = next((k for k, u in enumerate(scope.units) if section in u.sections), None)
    if unit is None:
        return _why_no_unit(ground, section)
    return _why_not_tied(scope, rejected, unit=unit, section=section)


def _why_given_up(ground: Ground, section: SectionId) -> Why:
    """The switch by which the fence took it in: the one nearer to it, where several did."""
    network, fence = ground.network, ground.fence
    unusable: Mapping[SwitchId, Unusable] = {u.switch: u for u in fence.unusable}
    reached = [s for s in network.sections if s in ground.situation.suspected]
    taken: dict[SectionId, SwitchId | None] = dict.fromkeys(reached)
    for one in reached:  # grows while it is walked
        for switch in network.sections[one].switches:
            other = network.across(switch, one)
            if switch in unusable and other in fence.zone and other not in taken:
                taken[other] = switch
                reached.append(other)
    by = taken.get(section)
    if by is None:
        return "no-fence", section
    return unusable[by].because, unusable[by].element


def _why_no_unit(ground: Ground, section: SectionId) -> Why:
    """Dark, but supplied by what the positions say; or the busbar of a dead infeed."""
    snapshot = ground.situation.snapshot
    path = ground.live.path(section)
    if ground.live.is_supplied(section) and path:
        doubtful = [switch for switch in path if switch in snapshot.unknown]
        return "unknown-position", doubtful[0] if doubtful else path[-1]
    return "dead-source", section


def _why_not_tied(
    scope: Scope, rejected: Sequence[Rejected], *, unit: int, section: SectionId
) -> Why:
    group = grown(1 << unit, scope.ends)
    at_hand = (*scope.ties, *scope.ties_left_out)
    ties = [tie.switch for tie in at_hand if group >> tie.unit & 1]
    tried = [r for r in rejected if r.option and set(r.option) <= set(ties)]
    if tried:
        nearest = min(tried, key=lambda r: (len(r.option) > 1, _excess(r)))
        return nearest.because, nearest.element
    if ties:
        return _why_not_used(scope, ties, unit=unit)
    sections = {s for k in bits(group) for s in scope.units[k].sections}
    refused = [r for r in scope.rejected if _is_at(scope, r, sections=sections)]
    if refused:
        best = min(refused, key=lambda r: r.because in STRUCTURAL)
        return best.because, best.element
    return next(_why_cut_off(scope, sections), ("no-tie", section))


def _excess(refused: Rejected) -> float:
    """How far beyond its limit, relative to it; what has no figure is farthest."""
    if refused.value is None or not refused.limit:
        return float("inf")
    return abs(refused.value - refused.limit) / refused.limit


def _why_not_used(scope: Scope, ties: Sequence[SwitchId], *, unit: int) -> Why:
    sections, network = scope.units[unit].sections, scope.ground.network
    loads = scope.ground.situation.loads
    drawn = [loads[x].p_w for s in sections for x in network.sections[s].loads if x in loads]
    if not any(drawn) and not scope.units[unit].weight:
        return "nothing-gained", sections[0]
    return "not-looked-at", ties[0]


def _is_at(scope: Scope, refused: Rejected, *, sections: set[SectionId]) -> bool:
    ends = [scope.ground.network.section_ends[switch] for switch in refused.option]
    return any(end in sections for pair in ends for end in pair)


def _why_cut_off(scope: Scope, sections: set[SectionId]) -> Iterator[Why]:
    """What lies between a group without ties and its dark neighbours, in grid order."""
    ground, network = scope.ground, scope.ground.network
    inside = {s for unit in scope.units for s in unit.sections}
    edge = [
        (switch, network.across(switch, section))
        for section in network.sections
        if section in sections
        for switch in network.sections[section].switches
    ]
    for switch, other in edge:
        if other in scope.blocked:
            yield scope.blocked[other]
        elif other in inside - sections:
            is_closed = switch in ground.closed
            why = ground.why_not_open(switch) if is_closed else ground.why_not_close(switch)
            if why is not None:
                yield why, switch
