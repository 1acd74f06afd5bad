"""Devices, customers and points for a grid that has only lines and loads, by fixed rules.

Reference grids say nothing about telecontrol, protection or customers. These rules add them,
deterministically, so that a converted grid can be operated; each grid's README repeats them.
They are plausible, not measured: replace them by the utility's own data where there is any.
"""

import math
from collections import deque
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from gridops.adapters.completion.customers import with_customers
from gridops.adapters.completion.drawing import on_the_drawing
from gridops.adapters.completion.telemetry import (
    field_link,
    point_of,
    signals_of,
    substation_link,
)
from gridops.ids import FeederId, LinkId, NodeId, SectionId, SwitchId
from gridops.network import (
    Components,
    Control,
    IndicatorKind,
    Network,
    NodeKind,
    Point,
    Signal,
    Switch,
    SwitchKind,
    build_network,
)

TELECONTROL_EVERY = 3
"""Every third station along a feeder, counted from its head, has an RTU."""
OPERATING_TIME_S_REMOTE = 12.0
OPERATING_TIME_S_BREAKER = 2.0
OPERATING_TIME_S_CREW = 1800.0
BREAKER_CURRENT_A_RATED = 1250.0
BREAKER_RATINGS_A = (BREAKER_CURRENT_A_RATED, 1600.0, 2000.0, 2500.0)
"""A breaker carries all that it does not trip: the smallest of these above its pick-up."""
PICKUP_OF_AMPACITY = 1.2
PICKUP_STEP_A = 10.0
TRIP_DELAY_S = 0.5

RULES = (
    "Each line leaving a 20 kV busbar begins with a feeder breaker, telecontrolled, pick-up "
    "1.2 times the rating of its first line, trip after 0.5 s, no reclosing, with lockout.",
    "Telecontrolled with a non-directional indicator, 12 s: the outgoing side of every third "
    "station from the feeder head, and every switch of both stations of each tie line.",
    "All other switches are crew operated, 30 minutes, without telemetry; switches carry 630 A.",
    "One customer per 1.5 kW of load; MV loads are one industrial customer each; every 24th "
    "load is critical, loads from 370 kW are commercial, the rest residential.",
    "Priorities: critical 1, commercial 2, residential 3, industrial 4.",
    "Areas are squares of the map, A1 in the north-west to D5 in the south-east.",
    "Per substation one RTU for busbar and breakers and one concentrator for its stations.",
)


@dataclass(frozen=True)
class _Walk:
    """The normal state of the bare grid, from the sources outward."""

    network: Network

    @cached_property
    def busbars(self) -> Mapping[SectionId, str]:
        """Sections with a source -> id of their low-voltage busbar, the name of the area."""
        found: dict[SectionId, str] = {}
        for section in self.network.sections.values():
            if section.sources:
                lowest = min(
                    (self.network.nodes[n] for n in section.nodes),
                    key=lambda node: node.voltage_v_nominal,
                )
                found[section.id] = lowest.id
        return found

    @cached_property
    def heads(self) -> frozenset[SwitchId]:
        """Normally closed switches out of a busbar section."""
        return frozenset(
            switch.id
            for switch in self.network.switches.values()
            if switch.is_normally_closed
            and len(set(self.network.section_ends[switch.id]) & self.busbars.keys()) == 1
        )

    @cached_property
    def fed_through(self) -> Mapping[SectionId, SwitchId | None]:
        """Section -> the switch that supplies it, in breadth-first order."""
        found: dict[SectionId, SwitchId | None] = dict.fromkeys(self.busbars)
        queue = deque(found)
        while queue:
            section = queue.popleft()
            for name in self.network.sections[section].switches:
                other = self.network.across(name, section)
                if other not in found and self.network.switches[name].is_normally_closed:
                    found[other] = name
                    queue.append(other)
        return found

    @cached_property
    def station_count(self) -> Mapping[SectionId, int]:
        """How many stations current passes up to and including this section."""
        count: dict[SectionId, int] = {}
        for section, through in self.fed_through.items():
            before = 0 if through is None else count[self.network.across(through, section)]
            count[section] = before + int(through is not None and self.is_station(section))
        return count

    @cached_property
    def area_of(self) -> Mapping[SectionId, str]:
        """Section -> the busbar that supplies it."""
        area: dict[SectionId, str] = {}
        for section, through in self.fed_through.items():
            up = None if through is None else self.network.across(through, section)
            area[section] = self.busbars[section] if up is None else area[up]
        return area

    def is_station(self, section: SectionId) -> bool:
        """A place where a switchgear stands, not the line between two of them."""
        return any(
            self.network.nodes[node].kind is not NodeKind.TERMINAL
            for node in self.network.sections[section].nodes
        )

    def outgoing(self, section: SectionId) -> tuple[SwitchId, ...]:
        """Normally closed switches through which `section` supplies others."""
        return tuple(
            name
            for name in self.network.sections[section].switches
            if self.fed_through.get(self.network.across(name, section)) == name
        )


def enrich(components: Components, *, remote_everywhere: bool = False) -> Components:
    """The grid with feeder heads, telecontrol, indicators, protection, customers and points.

    `remote_everywhere` telecontrols every switch instead of those of `telecontrolled`. The
    references of `components` must hold, and its normal state be radial. Deterministic.
    """
    walk = _Walk(build_network(components))
    remote = frozenset(walk.network.switches) if remote_everywhere else telecontrolled(walk)
    heads = [switch for switch in components.switches if switch.id in walk.heads]
    feeders = {head.id: FeederId(f"F{k}") for k, head in enumerate(heads, start=1)}
    switches = tuple(_device(s, feeders, remote=remote, walk=walk) for s in components.switches)
    peopled, _ = with_customers(replace(components, switches=switches))
    drawn, _ = on_the_drawing(peopled)
    return with_telemetry(drawn)


def with_telemetry(components: Components) -> Components:
    """The grid with links and points for its remote switches and busbars, nothing else changed.

    The references of `components` must hold, and its normal state be radial. Deterministic.
    """
    walk = _Walk(build_network(components))
    links = tuple(
        link
        for area in walk.busbars.values()
        for link in (substation_link(NodeId(area)), field_link(NodeId(area)))
    )
    points = _points(components, walk)
    used = {point.link for point in points}
    return replace(components, links=tuple(k for k in links if k.id in used), points=points)


def telecontrolled(walk: _Walk) -> frozenset[SwitchId]:
    """Heads; the outgoing side of every third station; both stations of every tie line."""
    chosen: set[SwitchId] = set(walk.heads)
    for section, count in walk.station_count.items():
        if count and count % TELECONTROL_EVERY == 0 and walk.is_station(section):
            chosen.update(walk.outgoing(section))
    for switch in walk.network.switches.values():
        if not switch.is_normally_closed:
            for station in _stations_at(walk, switch.id):
                chosen.update(walk.network.sections[station].switches)
    return frozenset(chosen)


def _stations_at(walk: _Walk, tie: SwitchId) -> list[SectionId]:
    """The stations at an open switch and at the far end of its line."""
    near: list[SectionId] = []
    for section in walk.network.section_ends[tie]:
        if walk.is_station(section):
            near.append(section)
            continue
        others = [walk.network.across(s, section) for s in walk.network.sections[section].switches]
        near += [other for other in others if walk.is_station(other)]
    return list(dict.fromkeys(near))


def _device(
    switch: Switch,
    feeders: Mapping[SwitchId, FeederId],
    *,
    remote: AbstractSet[SwitchId],
    walk: _Walk,
) -> Switch:
    if switch.id in feeders:
        pickup_a = _pickup_a(walk, switch.id)
        return replace(
            switch,
            name=f"Breaker {feeders[switch.id]}",
            kind=SwitchKind.BREAKER,
            control=Control.REMOTE,
            operating_time_s=OPERATING_TIME_S_BREAKER,
            feeder=feeders[switch.id],
            current_a_rated=min((a for a in BREAKER_RATINGS_A if a >= pickup_a), default=pickup_a),
            pickup_current_a=pickup_a,
            trip_delay_s=TRIP_DELAY_S,
            lockout_point=True,
        )
    if switch.id in remote:
        return replace(
            switch,
            control=Control.REMOTE,
            operating_time_s=OPERATING_TIME_S_REMOTE,
            indicator=IndicatorKind.NON_DIRECTIONAL,
        )
    return replace(switch, control=Control.CREW, operating_time_s=OPERATING_TIME_S_CREW)


def _pickup_a(walk: _Walk, head: SwitchId) -> float:
    """1.2 times the rating of the first line, rounded up: above any load it may carry."""
    ends = walk.network.section_ends[head]
    outside = next(s for s in ends if s not in walk.busbars)
    ratings = [
        branch.current_a_max
        for branch in walk.network.components.branches
        if walk.network.section_of_branch[branch.id] == outside
    ]
    largest_a = max(ratings, default=BREAKER_CURRENT_A_RATED)
    return math.ceil(largest_a * PICKUP_OF_AMPACITY / PICKUP_STEP_A) * PICKUP_STEP_A


def _points(components: Components, walk: _Walk) -> tuple[Point, ...]:
    points: list[Point] = []
    for section, area in walk.busbars.items():
        link = LinkId(f"SS{area}")
        points += [
            point_of(link, node, signal=Signal.VOLTAGE)
            for node in walk.network.sections[section].nodes
            if walk.network.nodes[node].kind is NodeKind.BUSBAR
        ]
    for switch in components.switches:
        if switch.control is not Control.REMOTE:
            continue
        side = next(s for s in walk.network.section_ends[switch.id] if s in walk.area_of)
        prefix = "SS" if switch.feeder is not None else "FD"
        link = LinkId(f"{prefix}{walk.area_of[side]}")
        points += [point_of(link, switch.id, signal=signal) for signal in signals_of(switch)]
    return tuple(points)
