"""Where load may be moved to make room: the dark part, the feeders that its ties reach, and the
feeders that these can hand load to.

Cost goes with those feeders, never with the grid.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SourceId, SwitchId
from gridops.isolation import Devices, Fence
from gridops.network import Control
from gridops.powerflow import LoadPowers
from gridops.restoration.objective import weight_of_section
from gridops.restoration.scope import Ground, Scope, Tie, scope_of
from gridops.restoration.situation import Situation

NOT_MOVED = 1
"""Load of this priority stays where it is and on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Sections that hang together whatever the search does."""

    sections: tuple[SectionId, ...]
    weight: float
    """Customers, each counted by the weight of its load's priority."""
    is_dark: bool
    is_root: bool
    """Holds a source."""
    stays: bool
    """Supplied, and must go on being supplied as it is."""
    cuts: tuple[SwitchId, ...]
    """Of a dark one: closed switches that are opened before it is energised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A usable switch between two groups, by their indices."""

    switch: SwitchId
    groups: tuple[int, int]
    closed: bool
    takes_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What load transfer works on. `fed_by[g]` is the line that supplies group g now, or -1."""

    scope: Scope
    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    fed_by: tuple[int, ...]
    group_of: Mapping[SectionId, int]

    @property
    def ground(self) -> Ground:
        return self.scope.ground

    @property
    def is_whole(self) -> bool:
        """Whether every tie of the dark part is among the lines: what is found out about the
        region holds for all plans then."""
        lines = {line.switch for line in self.lines}
        left_out = self.scope.ties_left_out
        return not left_out and all(tie.switch in lines for tie in self.scope.ties)

    @property
    def situation(self) -> Situation:
        return self.scope.ground.situation

    def child_of(self, group: int) -> int:
        """The end of the line that feeds `group` now which is not `group`."""
        a, b = self.lines[self.fed_by[group]].groups
        return b if a == group else a


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far load transfer looks. Every count bounds work."""

    hops: int = 1
    """0: no load moves. 1: feeders that ties of the dark part reach may hand load on; 2: so may
    those that these reach, and so on."""
    within: bool = False
    """Also where no supplied load could move, to pack the dark part anew."""
    feeders_max: int = 10
    """Feeders looked at, those nearest to the dark part in grid order first."""


def region_of(
    situation: Situation,
    devices: Devices,
    *,
    fence: Fence,
    reach: Reach,
    sources: AbstractSet[SourceId] | None = None,
) -> Region | None:
    """None where nothing dark can come back at all, or nothing supplied may be moved.

    `sources`: those whose trees may change, and no other; None: any.
    """
    scope = scope_of(situation, devices, fence=fence)
    if sources is not None:
        kept = tuple(t for t in scope.ties if _hangs_on(scope, t, sources=sources))
        scope = replace(scope, ties=kept)
    if not scope.ties or not scope.units or reach.hops < 1:
        return None
    free, fixed = _feeders(scope, reach, sources=sources)
    usable = dict(_usable(scope, free=free, every=free | fixed))
    _leave_one_end(scope, usable)
    _leave_what_has_one_way(scope, usable, live=[*free, *fixed])
    groups = _grouped(scope, usable, live=[*free, *fixed])
    group_of = {section: k for k, group in enumerate(groups) for section in group.sections}
    lines = tuple(
        Line(
            switch=switch,
            groups=(group_of[one], group_of[other]),
            closed=closed,
            takes_s=scope.ground.network.switches[switch].operating_time_s,
        )
        for switch, closed in usable.items()
        for one, other in [scope.ground.network.section_ends[switch]]
        if group_of[one] != group_of[other]
    )
    if not reach.within and not _may_hand_over(lines, groups):
        return None
    fed_by = _fed_by(scope.ground, groups, lines=lines)
    return Region(scope=scope, groups=groups, lines=lines, fed_by=fed_by, group_of=group_of)


def _may_hand_over(lines: Sequence[Line], groups: Sequence[Group]) -> bool:
    """Whether any supplied group could go from one feeder to another: by an open line between
    them, or through the dark part, by two ties."""
    dark = [sum(groups[k].is_dark for k in line.groups) for line in lines]
    if any(count == 0 and not line.closed for line, count in zip(lines, dark, strict=True)):
        return True
    return dark.count(1) > 1 and dark.count(0) > 0


def _hangs_on(scope: Scope, tie: Tie, *, sources: AbstractSet[SourceId]) -> bool:
    source_of = scope.ground.live.source_of
    ends = scope.ground.network.section_ends[tie.switch]
    return any(scope.ground.live.is_supplied(e) and source_of[e] in sources for e in ends)


def _feeders(
    scope: Scope, reach: Reach, *, sources: AbstractSet[SourceId] | None
) -> tuple[dict[SectionId, None], dict[SectionId, None]]:
    """The sections of feeders whose switches may move, and of those that may only take on."""
    ground = scope.ground
    ends = ground.network.section_ends
    edge = [e for tie in scope.ties for e in ends[tie.switch] if ground.live.is_supplied(e)]
    free: dict[SectionId, None] = {}
    found: dict[SectionId, None] = {}
    left = reach.feeders_max
    for hop in range(reach.hops + 1):
        found = {}
        for section in edge:
            if section in free or section in found or left <= 0:
                continue
            if sources is not None and ground.live.source_of[section] not in sources:
                continue
            feeder = feeder_of(ground, section)
            if feeder is None and ground.network.sections[section].sources:
                feeder = [section]
            if feeder is not None:
                left -= 1
                found.update(dict.fromkeys(feeder))
        if hop < reach.hops:
            free.update(found)
            edge = list(_handed_to(ground, found))
    return free, {section: None for section in found if section not in free}


def _handed_to(ground: Ground, sections: Iterable[SectionId]) -> Iterator[SectionId]:
    """Supplied sections across the open switches that may be closed."""
    network = ground.network
    for section in sections:
        for switch in network.sections[section].switches:
            other = network.across(switch, section)
            is_tie = switch not in ground.closed and ground.live.is_supplied(other)
            if is_tie and ground.why_not_close(switch) is None:
                yield other


def feeder_of(ground: Ground, first: SectionId) -> list[SectionId] | None:
    """All that hangs together with `first` below its source, the source's section last looked
    at; all that hangs on the source if `first` holds it. None where no argument about its
    loading holds: a ring, an unknown position, hot-line work, or what is off limits."""
    network, snapshot = ground.network, ground.situation.snapshot
    feeder = [first]
    links: set[SwitchId] = set()
    for section in feeder:  # grows while it is walked
        if section in ground.situation.forbidden or section in ground.fence.zone:
            return None
        if network.sections[section].sources and section != first:
            continue
        for switch in network.sections[section].switches:
            tags = snapshot.tags.get(switch, ())
            if switch in snapshot.unknown or any(t.kind is TagKind.HOT_LINE for t in tags):
                return None
        for switch, other in ground.closed_at(section):
            links.add(switch)
            if other not in feeder:
                feeder.append(other)
    return None if len(links) >= len(feeder) else feeder


def _usable(
    scope: Scope, *, free: Mapping[SectionId, None], every: Mapping[SectionId, None]
) -> Iterator[tuple[SwitchId, bool]]:
    """Switches that may move, and whether they are closed."""
    ground, network = scope.ground, scope.ground.network
    for edge in scope.edges:
        yield edge.switch, edge.closed
    for tie in scope.ties:
        if any(end in every for end in network.section_ends[tie.switch]):
            yield tie.switch, False
    for section in free:
        for switch in network.sections[section].switches:
            other = network.across(switch, section)
            if other == section or other not in every:
                continue
            closed = switch in ground.closed
            why = ground.why_not_open(switch) if closed else ground.why_not_close(switch)
            if why is None and (not closed or other in free):
                yield switch, closed


def _leave_one_end(scope: Scope, usable: dict[SwitchId, bool]) -> None:
    """Of the two switches of a section that draws nothing one is enough: the one that is open,
    or else the quicker, which parts the same load no later than the other."""
    network = scope.ground.network
    for switch in list(usable):
        for section in network.section_ends[switch]:
            at = network.sections[section]
            pair = [s for s in at.switches if s in usable]
            is_bare = not (at.loads or at.sources or at.generators)
            if is_bare and len(at.switches) == len(pair) == 2 and all(usable[s] for s in pair):
                pair.sort(key=lambda s: _cost_of_use(scope, s))
                del usable[pair[1]]
            elif is_bare and len(at.switches) == len(pair) == 2 and any(usable[s] for s in pair):
                del usable[next(s for s in pair if usable[s])]


def _leave_what_has_one_way(
    scope: Scope, usable: dict[SwitchId, bool], *, live: Sequence[SectionId]
) -> None:
    """What is supplied and has no second way to be stays on its switch."""
    groups = _grouped(scope, usable, live=live)
    group_of = {section: k for k, group in enumerate(groups) for section in group.sections}
    ends_of = scope.ground.network.section_ends
    at: list[dict[SwitchId, int]] = [{} for _ in groups]
    for switch in usable:
        a, b = (group_of[end] for end in ends_of[switch])
        at[a][switch], at[b][switch] = b, a
    waiting = list(range(len(groups)))
    for number in waiting:  # grows while it is walked
        if len(at[number]) != 1 or groups[number].is_dark or groups[number].is_root:
            continue
        switch, other = next(iter(at[number].items()))
        if usable[switch]:
            del usable[switch], at[number][switch], at[other][switch]
            waiting.append(other)


def _cost_of_use(scope: Scope, switch: SwitchId) -> tuple[float, bool, int]:
    network = scope.ground.network
    device = network.switches[switch]
    number = network.arrays.switches.of[switch]
    return device.operating_time_s, device.control is not Control.REMOTE, number


def _grouped(
    scope: Scope, usable: Mapping[SwitchId, bool], *, live: Sequence[SectionId]
) -> tuple[Group, ...]:
    """Dark units, and supplied sections, joined over the closed switches that stay closed."""
    dark = {section: unit for unit in scope.units for section in unit.sections}
    inside = dark.keys() | set(live)
    groups: list[Group] = []
    taken: set[SectionId] = set()
    for first in [*dark, *live]:
        if first in taken:
            continue
        taken.add(first)
        group = [first]
        for section in group:  # grows while it is walked
            joined = [o for s, o in scope.ground.closed_at(section) if s not in usable]
            joined = [o for o in joined if o in inside and (o in dark) == (first in dark)]
            joined += dark[section].sections if section in dark else ()
            new = [o for o in dict.fromkeys(joined) if o not in taken]
            taken.update(new)
            group.extend(new)
        units = [dark[s] for s in group if s in dark]
        cuts = tuple(dict.fromkeys(cut for unit in units for cut in unit.cuts))
        groups.append(_described(scope, group, is_dark=first in dark, cuts=cuts))
    return tuple(groups)


def _described(
    scope: Scope, group: Sequence[SectionId], *, is_dark: bool, cuts: tuple[SwitchId, ...]
) -> Group:
    network = scope.ground.network
    loads = [load for section in group for load in network.loads_of_section[section]]
    generators = [network.generators[g] for s in group for g in network.sections[s].generators]
    # Dropped for a moment it may run on, out of step with what takes its island over.
    keeps = any(generator.island_capable for generator in generators)
    return Group(
        sections=tuple(group),
        weight=sum(weight_of_section(network, section) for section in group),
        is_dark=is_dark,
        is_root=not is_dark and any(network.sections[section].sources for section in group),
        stays=not is_dark and (keeps or any(load.priority == NOT_MOVED for load in loads)),
        cuts=cuts,
    )


def _fed_by(ground: Ground, groups: Sequence[Group], *, lines: Sequence[Line]) -> tuple[int, ...]:
    line_of = {line.switch: k for k, line in enumerate(lines) if line.closed}
    found: list[int] = []
    for group in groups:
        through = [ground.live.fed_through.get(s) for s in group.sections]
        found.append(next((line_of[s] for s in through if s is not None and s in line_of), -1))
    return tuple(found)


def load_may_relieve(situation: Situation) -> bool:
    """Whether more load at one place may lower the current at another."""
    powers = LoadPowers.of(situation.network, situation.loads)
    feeds_in = bool(np.any(powers.p_w < 0) or np.any(powers.q_var < 0))
    return feeds_in or bool(np.any(situation.network.arrays.load_impedance_share))
