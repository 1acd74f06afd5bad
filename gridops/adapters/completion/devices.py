"""Rules for protection, telecontrol and indicators."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from gridops.adapters.completion.station import Station, ends_of
from gridops.adapters.completion.wording import listed, some
from gridops.adapters.importing import Imported
from gridops.ids import NodeId, SectionId, SwitchId
from gridops.network import (
    Branch,
    Components,
    Control,
    IndicatorKind,
    Network,
    NodeKind,
    Switch,
    SwitchKind,
    Transformer,
    build_network,
)

TELECONTROL_EVERY = 3
"""Every third station along a feeder, counted from its head, has an RTU."""
OPERATING_TIME_S_REMOTE = 12.0
OPERATING_TIME_S_BREAKER = 2.0
PICKUP_OF_AMPACITY = 1.2
PICKUP_OF_TRANSFORMER = 1.5
PICKUP_STEP_A = 10.0
RATINGS_A = (1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0)
"""Rated currents that switchgear of a substation is built for (IEC 60059, R10 series)."""
RATING_A_MEANT = 10e3
"""A line that may carry more has no rating; importers write a large one for it."""
PICKUP_OF_LOAD = 2.0
LOAD_A_MIN = 50.0
PICKUP_A_DEFAULT = 1500.0
"""Where a feeder begins with a transformer and no line says what may flow."""
TRIP_DELAY_S = 0.5
GRADING_S = 0.3
"""How much longer each breaker above the feeders waits than the one below it."""
_BREAKS_LOAD = (SwitchKind.BREAKER, SwitchKind.RECLOSER, SwitchKind.LOAD_BREAK_SWITCH)


@dataclass(frozen=True)
class Feeding:
    """The normal state, section by section, from the substations outward."""

    network: Network
    station: Station

    @cached_property
    def heads(self) -> frozenset[SwitchId]:
        return frozenset(self.network.heads.values())

    @cached_property
    def incomers(self) -> frozenset[SwitchId]:
        """Breakers of a substation that belong to no feeder."""
        switches = self.network.switches
        return frozenset(s for s in self.inside if switches[s].kind is SwitchKind.BREAKER)

    @cached_property
    def inside(self) -> frozenset[SwitchId]:
        """Switches of a substation that belong to no feeder."""
        return frozenset(
            switch.id
            for switch in self.network.switches.values()
            if switch.feeder is None
            and all(end in self.station.above for end in ends_of(switch))
            and not any(self.station.is_in_a_bay(end) for end in ends_of(switch))
        )

    @cached_property
    def _levels(self) -> Mapping[NodeId, int]:
        """Node of a substation -> how many incomers stand below it, at most in a row."""
        levels = dict.fromkeys(self.station.above, 0)
        for node in reversed(list(self.station.above)):
            parent, edge = self.station.parent(node), self.station.above[node]
            if parent is not None:
                passed = isinstance(edge, Switch) and edge.id in self.incomers
                levels[parent] = max(levels[parent], levels[node] + int(passed))
        return levels

    def trip_delay_s(self, incomer: Switch) -> float:
        """Longer than that of every breaker below it."""
        upper = self.station.upper_end(incomer)
        below = [n for n in ends_of(incomer) if n != upper and upper is not None]
        level = max((self._levels[node] for node in below), default=0) + 1
        return round(TRIP_DELAY_S + GRADING_S * level, 3)

    @cached_property
    def fed_through(self) -> Mapping[SectionId, SwitchId | None]:
        """Section -> the switch that supplies it; None in a substation. Breadth first."""
        inside = [node for node in self.station.above if not self.station.is_in_a_bay(node)]
        within = {self.network.section_of_node[node] for node in inside}
        found: dict[SectionId, SwitchId | None] = {
            section: None for section in self.network.sections if section in within
        }
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


def with_devices(
    components: Components, imported: Imported, *, remote_everywhere: bool = False
) -> tuple[Components, tuple[str, ...]]:
    """The grid with protection and, unless it has any, telecontrol and indicators.

    `components` are those of `imported` with a head for each feeder.
    """
    lines = imported.substation_lines
    components, said_of_ratings = _with_ratings(components, imported)
    station = Station(components, substation_lines=lines)
    feeding = Feeding(build_network(components), station)
    has_telecontrol = any(s.control is Control.REMOTE for s in components.switches)
    remote = frozenset[SwitchId]()
    if not has_telecontrol:
        remote = _drivable(feeding) if remote_everywhere else telecontrolled(feeding)
    switches = tuple(_device(switch, feeding, remote=remote) for switch in components.switches)
    switches, said_of_heads = _with_ratings_of_heads(switches, imported)
    telecontrol = _telecontrol_rules(switches, feeding, everywhere=remote_everywhere)
    said = (
        *said_of_ratings,
        *_protection_rules(components.switches, switches, feeding=feeding),
        *said_of_heads,
        *(() if has_telecontrol else telecontrol),
    )
    return replace(components, switches=switches), said


def _with_ratings(components: Components, imported: Imported) -> tuple[Components, tuple[str, ...]]:
    """Switches between the grid above and the feeders can carry their transformer."""
    station = Station(components, substation_lines=imported.substation_lines)
    feeding = Feeding(build_network(components), station)
    rated: dict[SwitchId, float] = {}
    for ident in sorted(feeding.inside & imported.unstated_ratings):
        amperes = _transformer_current_a(feeding, feeding.network.switches[ident])
        if amperes is not None:
            rated[ident] = _rating_a(amperes)
    if not rated:
        return components, ()
    said = (
        "Rated for the current of their transformer, at least 1,250 A: "
        f"{some(len(rated), 'switch')} between the grid above and the feeders."
    )
    switches = tuple(
        replace(s, current_a_rated=rated[s.id]) if s.id in rated else s for s in components.switches
    )
    return replace(components, switches=switches), (said,)


def _with_ratings_of_heads(
    switches: tuple[Switch, ...], imported: Imported
) -> tuple[tuple[Switch, ...], tuple[str, ...]]:
    """A head whose rating no source states carries all that it does not trip."""
    stated = {s.id for s in imported.components.switches} - imported.unstated_ratings
    raised = {
        s.id: _rating_a(s.pickup_current_a)
        for s in switches
        if s.feeder is not None
        and s.id not in stated
        and s.pickup_current_a is not None
        and s.pickup_current_a > s.current_a_rated
    }
    if not raised:
        return switches, ()
    said = (
        "Rated for their pick-up, with the next standard current: "
        f"{some(len(raised), 'feeder breaker')} ({listed(list(raised))})."
    )
    return tuple(
        replace(s, current_a_rated=raised[s.id]) if s.id in raised else s for s in switches
    ), (said,)


def _rating_a(amperes: float) -> float:
    """The next standard rating of a substation's switchgear; past the largest, whole amperes."""
    return next((rating for rating in RATINGS_A if rating >= amperes), float(math.ceil(amperes)))


def telecontrolled(feeding: Feeding) -> frozenset[SwitchId]:
    """Breakers of substations; the outgoing side of every third station; both stations of
    every tie line. Only what breaks load: a disconnector or fuse has no drive, nor has a switch
    that nobody may operate."""
    network = feeding.network
    chosen: set[SwitchId] = set(feeding.heads) | set(feeding.incomers)
    for section, count in feeding.station_count.items():
        if count and count % TELECONTROL_EVERY == 0 and feeding.is_station(section):
            chosen.update(feeding.outgoing(section))
    for switch in network.switches.values():
        if not switch.is_normally_closed:
            chosen.add(switch.id)
            for station in _stations_at(feeding, switch.id):
                chosen.update(network.sections[station].switches)
    return _drivable(feeding) & chosen


def _drivable(feeding: Feeding) -> frozenset[SwitchId]:
    return frozenset(s.id for s in feeding.network.switches.values() if _can_be_driven(s))


def _can_be_driven(switch: Switch) -> bool:
    return switch.kind in _BREAKS_LOAD and switch.control is not Control.NONE


def _stations_at(feeding: Feeding, tie: SwitchId) -> list[SectionId]:
    """The stations at an open switch and at the far end of its line; never a substation."""
    network = feeding.network
    near: list[SectionId] = []
    for section in network.section_ends[tie]:
        if feeding.is_station(section):
            near.append(section)
            continue
        others = [network.across(s, section) for s in network.sections[section].switches]
        near += [other for other in others if feeding.is_station(other)]
    return [each for each in dict.fromkeys(near) if feeding.fed_through.get(each, "") is not None]


def _device(switch: Switch, feeding: Feeding, *, remote: AbstractSet[SwitchId]) -> Switch:
    is_head, is_incomer = switch.feeder is not None, switch.id in feeding.incomers
    if is_head or is_incomer:
        switch = _protected(switch, feeding, is_head=is_head)
        if switch.id not in remote:
            return switch
        return replace(
            switch,
            control=Control.REMOTE,
            operating_time_s=OPERATING_TIME_S_BREAKER,
            lockout_point=switch.protects,
        )
    if switch.id not in remote:
        return switch
    indicator = switch.indicator
    if indicator is IndicatorKind.NONE:
        indicator = IndicatorKind.NON_DIRECTIONAL
    return replace(
        switch,
        control=Control.REMOTE,
        operating_time_s=OPERATING_TIME_S_REMOTE,
        indicator=indicator,
    )


def _protected(switch: Switch, feeding: Feeding, *, is_head: bool) -> Switch:
    """With a pick-up current, unless the source gives one or nothing says how high."""
    if switch.protects:
        return switch
    if is_head:
        pickup_a = _head_pickup_a(feeding, switch.id)
        return replace(switch, pickup_current_a=pickup_a, trip_delay_s=TRIP_DELAY_S)
    rated_a = _transformer_current_a(feeding, switch)
    if rated_a is None:
        return switch
    pickup_a = _stepped(rated_a * PICKUP_OF_TRANSFORMER)
    return replace(switch, pickup_current_a=pickup_a, trip_delay_s=feeding.trip_delay_s(switch))


def _head_pickup_a(feeding: Feeding, head: SwitchId) -> float:
    """1.2 times the best rating of the lines in the first section that has any.

    Where they have none, twice the current of all loads that the head supplies.
    """
    network = feeding.network
    downstream = [s for s, through in feeding.fed_through.items() if through == head]
    while downstream:
        branches = [network.branches[b] for s in downstream for b in network.sections[s].branches]
        lines = [line.current_a_max for line in branches if isinstance(line, Branch)]
        if lines and max(lines) < RATING_A_MEANT:
            return _stepped(max(lines) * PICKUP_OF_AMPACITY)
        if lines:
            return _stepped(max(_load_current_a(feeding, head), LOAD_A_MIN) * PICKUP_OF_LOAD)
        downstream = _next(feeding, downstream)
    return PICKUP_A_DEFAULT


def _next(feeding: Feeding, sections: Sequence[SectionId]) -> list[SectionId]:
    return [
        feeding.network.across(name, section)
        for section in sections
        for name in feeding.outgoing(section)
    ]


def _load_current_a(feeding: Feeding, head: SwitchId) -> float:
    """Of all loads beyond `head` at their stated power and nominal voltage."""
    network = feeding.network
    power_va = 0j
    sections = [s for s, through in feeding.fed_through.items() if through == head]
    while sections:
        loads = [load for section in sections for load in network.loads_of_section[section]]
        power_va += sum((complex(load.p_w, load.q_var) for load in loads), 0j)
        sections = _next(feeding, sections)
    volts = network.nodes[network.switches[head].node_a].voltage_v_nominal
    return abs(power_va) / (math.sqrt(3) * volts)


def _stepped(amperes: float) -> float:
    """Rounded up to what a relay is set to."""
    return math.ceil(amperes / PICKUP_STEP_A) * PICKUP_STEP_A


def _transformer_current_a(feeding: Feeding, switch: Switch) -> float | None:
    """Rated current of the transformer above, else of those below, at the switch's voltage."""
    station, voltages = feeding.station, feeding.network.nodes
    node: NodeId | None = station.upper_end(switch) or switch.node_a
    volts = voltages[switch.node_a].voltage_v_nominal
    while node is not None:
        edge = station.above[node]
        if isinstance(edge, Transformer):
            return edge.power_va_rated / (math.sqrt(3) * volts)
        node = station.parent(node)
    below = [t.power_va_rated for t in _transformers_below(feeding, switch)]
    return sum(below) / (math.sqrt(3) * volts) if below else None


def _transformers_below(feeding: Feeding, switch: Switch) -> list[Transformer]:
    station = feeding.station
    found = []
    for node, edge in station.above.items():
        if not isinstance(edge, Transformer):
            continue
        above: NodeId | None = node
        while above is not None:
            passed = station.above[above]
            if isinstance(passed, Switch) and passed.id == switch.id:
                found.append(edge)
                break
            above = station.parent(above)
    return found


def _protection_rules(
    before: Sequence[Switch], after: Sequence[Switch], *, feeding: Feeding
) -> list[str]:
    given = {
        new.id for old, new in zip(before, after, strict=True) if new.protects and not old.protects
    }
    heads, incomers = len(given & feeding.heads), len(given & feeding.incomers)
    said = []
    if heads:
        said.append(
            f"Pick-up at {PICKUP_OF_AMPACITY:g} times the rating of the first line "
            f"({PICKUP_OF_LOAD:g} times the current of all loads where it has no rating), trip "
            f"after {TRIP_DELAY_S:g} s, no reclosing: {some(heads, 'feeder breaker')}."
        )
    if incomers:
        said.append(
            f"Pick-up at {PICKUP_OF_TRANSFORMER:g} times the rated current of the transformer, "
            f"trip {GRADING_S:g} s after the breaker below it: {some(incomers, 'breaker')} between "
            "the grid above and the feeders."
        )
    unprotected = [s.id for s in after if s.breaks_fault and not s.protects]
    if unprotected:
        said.append(
            "No protection, because nothing says how it is graded: "
            f"{some(len(unprotected), 'breaker')} ({listed(unprotected)})."
        )
    return said


def _telecontrol_rules(
    switches: Sequence[Switch], feeding: Feeding, *, everywhere: bool
) -> list[str]:
    remote = [switch for switch in switches if switch.control is Control.REMOTE]
    inside = sum(s.id in feeding.heads or s.id in feeding.incomers for s in remote)
    crew = len(switches) - len(remote)
    where = (
        "every other switch that breaks load"
        if everywhere
        else "the outgoing side of every third station from the feeder head, and every switch of "
        "both stations of each tie line; never disconnectors and fuses"
    )
    rules = (
        (
            inside,
            f"Breakers of substations, telecontrolled ({OPERATING_TIME_S_BREAKER:g} s), reporting "
            "their lockout",
        ),
        (
            len(remote) - inside,
            f"Telecontrolled ({OPERATING_TIME_S_REMOTE:g} s) with a non-directional fault "
            f"indicator: {where}",
        ),
        (crew, "Operated by a crew, without telemetry"),
    )
    return [f"{rule}: {some(count, 'switch')}." for count, rule in rules if count]
