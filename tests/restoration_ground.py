"""What the slow planner may work on: which sections, which switches, which fences.

Written from docs/restoration.md; shares no code with `gridops.isolation` or `gridops.restoration`.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Control, Network, Switch, SwitchKind
from gridops.restoration.situation import Situation

WEIGHTS = {1: 1000.0, 2: 4.0, 3: 2.0, 4: 1.0}
BREAK_FAULTS = (SwitchKind.BREAKER, SwitchKind.RECLOSER)
BREAK_LOAD = (*BREAK_FAULTS, SwitchKind.LOAD_BREAK_SWITCH)


@dataclass(frozen=True, slots=True)
class Zone:
    """What stays dark around the fault, and what is opened for it."""

    sections: frozenset[SectionId]
    to_open: tuple[SwitchId, ...]
    later: tuple[SwitchId, ...] = ()
    """Opened by a crew on the way, around `sections`; until all of them are, `held` stays dark
    as well. Then what was opened first may close again."""
    held: frozenset[SectionId] = frozenset()


def weight(network: Network, section: SectionId) -> float:
    loads = [
        load for load in network.loads.values() if network.section_of_node[load.node] == section
    ]
    return sum(load.customers * WEIGHTS[load.priority] for load in loads)


def power_w(situation: Situation, section: SectionId) -> float:
    at = situation.network.section_of_node
    loads = [x.id for x in situation.network.loads.values() if at[x.node] == section]
    return sum(situation.loads[x].p_w for x in loads if x in situation.loads)


def flood(
    network: Network, start: AbstractSet[SectionId], passes: Callable[[SwitchId], bool]
) -> set[SectionId]:
    """All that switches which let pass join to `start`."""
    found, waiting = set(start), list(start)
    while waiting:
        section = waiting.pop()
        for switch in network.sections[section].switches:
            if passes(switch):
                fresh = set(network.section_ends[switch]) - found
                found |= fresh
                waiting += fresh
    return found


def live_sections(
    situation: Situation, closed: AbstractSet[SwitchId], *, dead_too: bool = False
) -> set[SectionId]:
    """`dead_too`: sources that are dead now have come back."""
    network = situation.network
    dead = frozenset[SourceId]() if dead_too else situation.snapshot.dead_sources
    roots = {network.section_of_node[s.node] for s in network.sources.values() if s.id not in dead}
    return flood(network, roots, closed.__contains__)


def might_be_live(situation: Situation, closed: AbstractSet[SwitchId]) -> set[SectionId]:
    """Every unknown position closed, dead sources come back: what a device may have to break."""
    return live_sections(situation, closed | situation.snapshot.unknown, dead_too=True)


def possibly_live(situation: Situation) -> set[SectionId]:
    return live_sections(situation, situation.snapshot.closed | situation.snapshot.unknown)


def movable(
    situation: Situation, switch: Switch, *, closing: bool, crew: bool, live: AbstractSet[SectionId]
) -> bool:
    """Whether anybody may move it, with `live` possibly supplied."""
    tags = [tag.kind for tag in situation.snapshot.tags.get(switch.id, ())]
    forbids = any(k is not TagKind.CAUTION for k in tags) if closing else TagKind.NO_OPERATE in tags
    out_of_reach = (
        (switch.control is Control.REMOTE and switch.id in situation.snapshot.unreachable)
        or (switch.control is Control.CREW and not crew)
        or switch.control is Control.NONE
    )
    under_load = bool(set(live).intersection(situation.network.section_ends[switch.id]))
    return not (
        forbids
        or out_of_reach
        or switch.id in situation.unavailable
        or switch.id in situation.snapshot.unknown
        or (under_load and switch.kind not in BREAK_LOAD)
    )


def zones(situation: Situation) -> list[Zone]:
    """What is given up: by remote switches alone, with the crew's, and first the one, then the
    other if that is tighter."""
    remote = _zone(situation, crew=False)
    either = _zone(situation, crew=True) if situation.settings.crew_available else remote
    found = [zone for zone in (remote, either) if zone is not None]
    if remote is not None and either is not None and either.sections < remote.sections:
        later = tuple(s for s in either.to_open if s not in remote.to_open)
        held = remote.sections - either.sections
        found.append(Zone(either.sections, remote.to_open, later, held))
    return list(dict.fromkeys(found))


def _zone(situation: Situation, *, crew: bool) -> Zone | None:
    network = situation.network
    live = possibly_live(situation)
    might = might_be_live(situation, situation.snapshot.closed)
    given_up, to_open = set(situation.suspected), set()
    waiting = sorted(given_up)
    while waiting:
        section = waiting.pop()
        if section in live and network.sections[section].sources:
            return None
        for switch in network.sections[section].switches:
            beyond = network.across(switch, section)
            if beyond in given_up:
                continue
            if _bounds(situation, network.switches[switch], crew=crew, live=might):
                to_open.add(switch)
                continue
            if beyond in live:
                return None
            given_up.add(beyond)
            waiting.append(beyond)
    given_up |= _dead_ends(situation, given_up)
    edge = [s for s in to_open if len(given_up.intersection(network.section_ends[s])) == 1]
    closed = sorted(s for s in edge if s in situation.snapshot.closed)
    return Zone(frozenset(given_up), tuple(closed))


def _dead_ends(situation: Situation, given_up: AbstractSet[SectionId]) -> set[SectionId]:
    """What closed switches join to the zone and neither a source nor a generator could feed but
    through it, whatever anybody closes."""
    network = situation.network
    found: set[SectionId] = set()
    for switch in situation.snapshot.closed:
        one, other = network.section_ends[switch]
        if (one in given_up) == (other in given_up):
            continue
        start = other if one in given_up else one
        outside = {s for s, ends in network.section_ends.items() if given_up.isdisjoint(ends)}
        reach = flood(network, {start}, outside.__contains__)
        if not any(network.sections[s].sources or network.sections[s].generators for s in reach):
            found |= reach
    return found


def _bounds(
    situation: Situation, switch: Switch, *, crew: bool, live: AbstractSet[SectionId]
) -> bool:
    if switch.id in situation.snapshot.unknown or switch.kind is SwitchKind.FUSE:
        return False
    if situation.snapshot.positions[switch.id].value is Position.OPEN:
        return True
    at_live = bool(set(live).intersection(situation.network.section_ends[switch.id]))
    if at_live and switch.kind not in BREAK_FAULTS:
        return False
    return movable(situation, switch, closing=False, crew=crew, live=live)
