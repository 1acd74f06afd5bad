"""What could come back, and by which switches: the dark healthy part as a small graph.

Its points are *units* (dark sections that no usable switch separates), its edges the switches
between them, its ties the open switches to what is supplied.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SwitchId
from gridops.isolation import Devices, Fence, hangs_on, kept_alive
from gridops.network import Network, SwitchSet
from gridops.restoration.objective import weight_of_section
from gridops.restoration.plan import Rejected
from gridops.restoration.situation import Situation
from gridops.state import Energisation, Snapshot, energise

WORK_TAGS = (TagKind.EARTH_APPLIED, TagKind.HOT_LINE)

Why = tuple[str, str]
"""Reason code and the element that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Sections that come back together or not at all."""

    sections: tuple[SectionId, ...]
    weight: float
    """Customers, each counted by the weight of its load's priority."""
    cuts: tuple[SwitchId, ...]
    """Closed switches to what must stay dark: opened before the unit is energised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A usable switch between two units, by their indices."""

    switch: SwitchId
    units: tuple[int, int]
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """An open switch that may be closed between a supplied section and a unit."""

    switch: SwitchId
    unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The state once the fence is open: `closed` by best knowledge, `live` what it supplies.

    `possibly` is what could be live with every unknown position taken as closed; `might` the
    same with sources that are dead now and may come back. `kept` may carry voltage whatever the
    sources do, since a generator can keep it alive. `at_fault` hangs on what another incident
    suspects.
    """

    situation: Situation
    devices: Devices
    fence: Fence
    closed: SwitchSet
    live: Energisation
    possibly: Energisation
    might: Energisation
    kept: frozenset[SectionId]
    at_fault: frozenset[SectionId] = frozenset()

    @property
    def network(self) -> Network:
        return self.situation.network

    def why_not_open(self, switch: SwitchId) -> str | None:
        carrying = self._carrying()
        ends = self.network.section_ends[switch] if self.at_fault else ()
        fed = any(end in carrying and end in self.at_fault for end in ends)
        if fed and not self.network.switches[switch].breaks_fault:
            return "duty"
        return self.devices.why_not_open(switch, carrying)

    def why_not_close(self, switch: SwitchId) -> str | None:
        return self.devices.why_not_close(switch, self._carrying())

    def _carrying(self) -> AbstractSet[SectionId]:
        supplied = self.might.source_of.keys()
        return supplied | self.kept if self.kept else supplied

    def closed_at(self, section: SectionId) -> Iterator[tuple[SwitchId, SectionId]]:
        """The closed switches at `section` and what lies across."""
        for switch in self.network.sections[section].switches:
            if switch in self.closed:
                yield switch, self.network.across(switch, section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the search works on."""

    ground: Ground
    units: tuple[Unit, ...]
    edges: tuple[Edge, ...]
    ties: tuple[Tie, ...]
    ties_left_out: tuple[Tie, ...]
    """More than the settings let the search look at."""
    blocked: Mapping[SectionId, Why]
    """Healthy dark sections that nothing may energise, and why."""
    rejected: tuple[Rejected, ...]
    """Ties that may not be used."""
    ends: tuple[int, ...]
    """By edge: the two units that it joins, as a mask."""
    edges_at: tuple[int, ...]
    """By unit: the edges that end at it, as a mask."""
    closed_edges: int
    """As a mask."""


def scope_of(situation: Situation, devices: Devices, *, fence: Fence) -> Scope:
    """Leaves out every section whose energising could reach, through a switch of unknown
    position or one that cannot be opened, what must stay dark.

    Sections that touch a switch of unknown position stay dark: no argument about them holds.
    """
    network = situation.network
    closed = network.switch_set(situation.snapshot.closed) - set(fence.to_open)
    dead = situation.snapshot.dead_sources
    live = energise(network, closed, dead_sources=dead)
    may_conduct = closed | situation.snapshot.unknown
    possibly = energise(network, may_conduct, dead_sources=dead) if may_conduct != closed else live
    ground = Ground(
        situation=situation,
        devices=devices,
        fence=fence,
        closed=closed,
        live=live,
        possibly=possibly,
        might=energise(network, may_conduct) if dead else possibly,
        kept=kept_alive(network, may_conduct.__contains__),
        at_fault=hangs_on(network, situation.forbidden, may_conduct=may_conduct.__contains__),
    )
    never = _never(situation, fence)
    number = network.arrays.sections.of
    mine = [
        section
        for section in sorted(situation.dark - never, key=number.__getitem__)
        if not live.is_supplied(section)
    ]
    blocked = {s: why for s in mine if (why := _why_blocked(ground, s)) is not None}
    groups = _inseparable(ground, [s for s in mine if s not in blocked])
    for group in groups:
        why = _why_lost(ground, group)
        if why is not None:
            blocked.update(dict.fromkeys(group, why))
    groups = [group for group in groups if group[0] not in blocked]
    unit_of = {section: k for k, group in enumerate(groups) for section in group}
    units, edges = _graph(ground, groups, unit_of=unit_of)
    ties, rejected = _ties(ground, set(mine), unit_of=unit_of)
    return Scope(
        ground=ground,
        units=units,
        edges=edges,
        ties=ties[: situation.settings.ties_max],
        ties_left_out=ties[situation.settings.ties_max :],
        blocked=blocked,
        rejected=rejected,
        ends=tuple(1 << edge.units[0] | 1 << edge.units[1] for edge in edges),
        edges_at=_edges_at(units, edges),
        closed_edges=sum(1 << k for k, edge in enumerate(edges) if edge.closed),
    )


def _edges_at(units: Sequence[Unit], edges: Sequence[Edge]) -> tuple[int, ...]:
    at = [0] * len(units)
    for k, edge in enumerate(edges):
        for unit in edge.units:
            at[unit] |= 1 << k
    return tuple(at)


def _never(situation: Situation, fence: Fence) -> frozenset[SectionId]:
    """The zone, what is forbidden, and busbars whose own infeed is dead: feeding those would
    feed the grid above."""
    network = situation.network
    dead = {
        network.section_of_node[network.sources[s].node] for s in situation.snapshot.dead_sources
    }
    return fence.zone | situation.forbidden | dead


def _why_blocked(ground: Ground, section: SectionId) -> Why | None:
    """People may work at a device tagged as earthed or for hot-line work; a generator that can
    keep an island alive may have done so, out of step with the grid; nothing can be argued about
    what lies at a switch of unknown position, or may be live through one."""
    snapshot = ground.situation.snapshot
    at_it = ground.network.sections[section].switches
    for switch in at_it:
        if any(tag.kind in WORK_TAGS for tag in snapshot.tags.get(switch, ())):
            return "tag", switch
    for generator in ground.network.sections[section].generators:
        if ground.network.generators[generator].island_capable:
            return "generator-island", generator
    if not any(s in snapshot.unknown for s in at_it):
        at_it = ground.possibly.path(section)
    return next((("unknown-position", s) for s in at_it if s in snapshot.unknown), None)


def _inseparable(ground: Ground, free: Sequence[SectionId]) -> list[list[SectionId]]:
    """Groups of sections joined by closed switches that cannot be opened, in grid order."""
    inside = set(free)
    groups: list[list[SectionId]] = []
    taken: set[SectionId] = set()
    for first in free:
        if first in taken:
            continue
        taken.add(first)
        group = [first]
        for section in group:  # grows while it is walked
            joined = [
                other
                for switch, other in ground.closed_at(section)
                if other in inside and ground.why_not_open(switch) is not None
            ]
            new = [other for other in dict.fromkeys(joined) if other not in taken]
            taken.update(new)
            group.extend(new)
        groups.append(group)
    return groups


def _why_lost(ground: Ground, group: Sequence[SectionId]) -> Why | None:
    """A group that cannot be cut off from what must stay dark, or holds a ring, is lost."""
    inside = set(group)
    stuck: dict[SwitchId, None] = {}
    for section in group:
        for switch, other in ground.closed_at(section):
            because = ground.why_not_open(switch)
            if because is None:
                continue
            if other not in inside:
                return because, switch
            stuck[switch] = None
    if len(stuck) >= len(group):
        return "loop", next(reversed(stuck))
    return None


def _graph(
    ground: Ground, groups: Sequence[Sequence[SectionId]], *, unit_of: Mapping[SectionId, int]
) -> tuple[tuple[Unit, ...], tuple[Edge, ...]]:
    cuts: list[list[SwitchId]] = [[] for _ in groups]
    edges: list[Edge] = []
    for switch in _switches_at(ground.network, unit_of):
        one, other = ground.network.section_ends[switch]
        a, b = unit_of.get(one), unit_of.get(other)
        closed = switch in ground.closed
        if a is not None and b is not None and a != b:
            why = ground.why_not_open(switch) if closed else ground.why_not_close(switch)
            if why is None:
                edges.append(Edge(switch=switch, units=(a, b), closed=closed))
            continue
        within = a if a is not None else b
        if within is not None and closed and ground.why_not_open(switch) is None:
            cuts[within].append(switch)
    units = tuple(
        Unit(
            sections=tuple(group),
            weight=sum(weight_of_section(ground.network, section) for section in group),
            cuts=tuple(cut),
        )
        for group, cut in zip(groups, cuts, strict=True)
    )
    return units, tuple(edges)


def _switches_at(network: Network, sections: Iterable[SectionId]) -> list[SwitchId]:
    """In grid order, each once."""
    found = {switch for section in sections for switch in network.sections[section].switches}
    return sorted(found, key=network.arrays.switches.of.__getitem__)


def _ties(
    ground: Ground, mine: set[SectionId], *, unit_of: Mapping[SectionId, int]
) -> tuple[tuple[Tie, ...], tuple[Rejected, ...]]:
    """The open switches at the edge of the dark part, sorted into usable and refused."""
    ties: list[Tie] = []
    refused: list[Rejected] = []
    for switch in _switches_at(ground.network, mine):
        one, other = ground.network.section_ends[switch]
        if (one in mine) == (other in mine) or ground.devices.is_closed(switch):
            continue
        near, far = (one, other) if one in mine else (other, one)
        if far in ground.fence.zone:
            continue
        why = _why_no_tie(ground, switch, far=far)
        if why is not None:
            refused.append(Rejected(option=(switch,), because=why[0], element=why[1]))
        elif near in unit_of:
            ties.append(Tie(switch=switch, unit=unit_of[near]))
    return tuple(ties), tuple(refused)


def _why_no_tie(ground: Ground, switch: SwitchId, *, far: SectionId) -> Why | None:
    if far in ground.situation.forbidden:
        return "forbidden", far
    if not ground.live.is_supplied(far):
        return "dead-source", far
    because = ground.why_not_close(switch)
    if because is not None:
        return because, switch
    return _why_no_donor(ground, far)


def _why_no_donor(ground: Ground, far: SectionId) -> Why | None:
    """A donor feeder must be radial, free of hot-line work, and its every position known:
    no argument about its loading holds otherwise."""
    network, snapshot = ground.network, ground.situation.snapshot
    if not (snapshot.unknown or ground.live.loops or _is_hot(snapshot)):
        return None
    feeder = [far]
    seen = {far}
    links: dict[SwitchId, None] = {}
    for section in feeder:  # grows while it is walked
        if network.sections[section].sources:
            continue
        for switch in network.sections[section].switches:
            if switch in snapshot.unknown:
                return "unknown-position", switch
            if any(tag.kind is TagKind.HOT_LINE for tag in snapshot.tags.get(switch, ())):
                return "tag", switch
        for switch, other in ground.closed_at(section):
            links[switch] = None
            if other not in seen:
                seen.add(other)
                feeder.append(other)
    if len(links) >= len(feeder):
        return "loop", next(reversed(links))
    return None


def _is_hot(snapshot: Snapshot) -> bool:
    """Whether hot-line work goes on anywhere."""
    return any(tag.kind is TagKind.HOT_LINE for tags in snapshot.tags.values() for tag in tags)
