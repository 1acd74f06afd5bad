"""Rules for links and points: what the control room can see and do over OPC UA."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from gridops.adapters.completion.devices import Feeding
from gridops.adapters.completion.station import Edge, Station, ends_of
from gridops.adapters.completion.wording import some
from gridops.ids import BranchId, LinkId, NodeId, PointId, SectionId
from gridops.network import (
    Components,
    Control,
    IndicatorKind,
    Link,
    NodeKind,
    Point,
    Signal,
    Switch,
    build_network,
)


@dataclass(frozen=True)
class Areas:
    """What one substation RTU and one concentrator look after: a busbar and what it supplies.

    An area is named after the first busbar in file order of those that closed switches, lines
    of the substation and voltage regulators join.
    """

    feeding: Feeding

    @cached_property
    def of_node(self) -> Mapping[NodeId, NodeId]:
        """Node of a substation -> its area. A node above several belongs to the first."""
        station = self.feeding.station
        found = self._joined_to_heads()
        for node in reversed(list(station.above)):
            parent = station.parent(node)
            if parent is not None and node in found and parent not in found:
                found[parent] = found[node]
        for node in station.above:
            parent = station.parent(node)
            if parent is not None and node not in found and parent in found:
                found[node] = found[parent]
        return found

    def _joined_to_heads(self) -> dict[NodeId, NodeId]:
        """Nodes that are joined to the busbar of a feeder head -> area."""
        network, station = self.feeding.network, self.feeding.station
        starts = {station.upper_end(network.switches[head]) for head in self.feeding.heads}
        found: dict[NodeId, NodeId] = {}
        for node in network.nodes:
            if node not in starts or node in found:
                continue
            joined = self._joined(node)
            busbars = [
                n for n in network.nodes if n in joined and network.nodes[n].kind is NodeKind.BUSBAR
            ]
            found.update(dict.fromkeys(joined, busbars[0] if busbars else node))
        return found

    def _joined(self, start: NodeId) -> dict[NodeId, None]:
        station = self.feeding.station
        found = {start: None}
        queue = [start]
        while queue:
            node = queue.pop()
            for edge in self._joining.get(node, ()):
                new = [e for e in ends_of(edge) if e not in found and e in station.above]
                found.update(dict.fromkeys(new))
                queue += new
        return found

    @cached_property
    def _joining(self) -> Mapping[NodeId, Sequence[Edge]]:
        """Node -> what joins busbars of one substation there."""
        network, station = self.feeding.network, self.feeding.station
        components, nodes = network.components, network.nodes
        closed = [s for s in components.switches if s.is_normally_closed]
        lines = [b for b in components.branches if b.id in station.substation_lines]
        regulators = [
            t
            for t in components.transformers
            if nodes[t.from_node].voltage_v_nominal == nodes[t.to_node].voltage_v_nominal
        ]
        found: dict[NodeId, list[Edge]] = {}
        edges: tuple[Edge, ...] = (*closed, *lines, *regulators)
        for edge in edges:
            for end in ends_of(edge):
                found.setdefault(end, []).append(edge)
        return found

    @cached_property
    def of_section(self) -> Mapping[SectionId, NodeId]:
        """Supplied section -> the area that it hangs on."""
        network, found = self.feeding.network, dict[SectionId, NodeId]()
        for node, area in self.of_node.items():
            found.setdefault(network.section_of_node[node], area)
        for section, through in self.feeding.fed_through.items():
            if through is not None and section not in found:
                up = network.across(through, section)
                if up in found:
                    found[section] = found[up]
        return found

    @cached_property
    def names(self) -> tuple[NodeId, ...]:
        return tuple(n for n in self.feeding.network.nodes if n in set(self.of_node.values()))


def with_telemetry(
    components: Components, substation_lines: AbstractSet[BranchId] = frozenset()
) -> tuple[Components, tuple[str, ...]]:
    """The grid with links and points for its telecontrolled switches, unless it has points."""
    if components.points or components.links:
        return components, ()
    station = Station(components, substation_lines=substation_lines)
    areas = Areas(Feeding(build_network(components), station))
    links = tuple(
        link for area in areas.names for link in (substation_link(area), field_link(area))
    )
    points = _points(components, areas)
    used = {point.link for point in points}
    links = tuple(link for link in links if link.id in used)
    said = (
        "Each substation has an RTU for busbar and breakers and a concentrator for its stations; "
        "telemetered are position and command of each telecontrolled switch, its indicator, "
        "protection and lockout, current and power of feeder heads, voltage of busbars: "
        f"{some(len(links), 'OPC UA link')}, {some(len(points), 'point')}.",
    )
    return replace(components, links=links, points=points), said


def _points(components: Components, areas: Areas) -> tuple[Point, ...]:
    points: list[Point] = []
    for area in areas.names:
        points += [
            point_of(LinkId(f"SS{_plain(area)}"), node.id, signal=Signal.VOLTAGE)
            for node in components.nodes
            if areas.of_node.get(node.id) == area and node.kind is NodeKind.BUSBAR
        ]
    for switch in components.switches:
        link = _link_of(switch, areas) if switch.control is Control.REMOTE else None
        if link is not None:
            points += [point_of(link, switch.id, signal=signal) for signal in signals_of(switch)]
    return tuple(points)


def _link_of(switch: Switch, areas: Areas) -> LinkId | None:
    """The RTU for what stands in a substation, the concentrator for the field."""
    feeding = areas.feeding
    ends = feeding.network.section_ends[switch.id]
    area = next((areas.of_section[s] for s in ends if s in areas.of_section), None)
    if area is None:
        return None
    inside = switch.feeder is not None or switch.id in feeding.incomers
    return LinkId(f"{'SS' if inside else 'FD'}{_plain(area)}")


def signals_of(switch: Switch) -> tuple[Signal, ...]:
    """What a telecontrolled switch reports and takes."""
    signals = [Signal.POSITION, Signal.COMMAND]
    if switch.indicator is not IndicatorKind.NONE:
        signals.append(Signal.FAULT_FLAG)
    if switch.protects:
        signals.append(Signal.PROTECTION)
    if switch.lockout_point:
        signals.append(Signal.LOCKOUT)
    if switch.feeder is not None:
        signals += [Signal.CURRENT, Signal.POWER]
    return tuple(signals)


def point_of(link: LinkId, element: str, *, signal: Signal) -> Point:
    name = f"{element}.{signal}"
    return Point(id=PointId(name), link=link, element=element, signal=signal, node_id=name)


def _plain(area: NodeId) -> str:
    """Fit for an id and a URN."""
    return re.sub(r"[^\w.-]+", "-", area)


def substation_link(area: NodeId) -> Link:
    return Link(
        id=LinkId(f"SS{_plain(area)}"),
        name=f"Substation RTU at busbar {area}",
        namespace_uri=f"urn:gridops:rtu:ss{_plain(area)}",
    )


def field_link(area: NodeId) -> Link:
    return Link(
        id=LinkId(f"FD{_plain(area)}"),
        name=f"Field concentrator of busbar {area}",
        namespace_uri=f"urn:gridops:rtu:fd{_plain(area)}",
    )
