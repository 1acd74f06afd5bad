"""The grid as the diagram needs it: once per session, it does not change while running."""

from collections.abc import Iterator, Mapping

from gridops.api.feed import to_json
from gridops.api.words import Plain
from gridops.ids import NodeId
from gridops.measurement import Position
from gridops.network import Branch, Network
from gridops.schematic import Point, layout
from gridops.state import energise

GEO_SCALE = 10_000.0
"""Schematic units per degree, for grids that only have geographic coordinates."""


def grid_view(network: Network, fingerprint: str) -> Plain:
    """Every node has x and y: those of the grid if all have them, else projected from
    coordinates if all have them and few are drawn, else those of the schematic layout, in
    which nodes that the grid draws keep their place.
    """
    return dict(_parts(network, fingerprint))


def grid_json(network: Network, fingerprint: str) -> bytes:
    """`grid_view` as JSON in UTF-8, made part by part: all the rows of a city at once would
    take three times the memory."""
    parts = (
        f"{to_json(name)}:{to_json(part)}".encode() for name, part in _parts(network, fingerprint)
    )
    return b"{" + b",".join(parts) + b"}"


def _parts(network: Network, fingerprint: str) -> Iterator[tuple[str, object]]:
    yield "name", network.name
    yield "fingerprint", fingerprint
    yield "customers", network.customers
    yield "frequency_hz", network.components.frequency_hz
    yield "nodes", _nodes(network)
    yield "branches", _branches(network)
    yield "switches", _switches(network)
    yield "sections", _sections(network)
    yield "feeders", feeders_view(network)


def _nodes(network: Network) -> list[Plain]:
    places = _places(network)
    return [
        {
            "id": node.id,
            "name": node.name,
            "kind": node.kind.value,
            "x": places[node.id][0],
            "y": places[node.id][1],
            "station": node.station,
            "section": network.section_of_node[node.id],
            "longitude_deg": node.longitude_deg,
            "latitude_deg": node.latitude_deg,
        }
        for node in network.nodes.values()
    ]


def _branches(network: Network) -> list[Plain]:
    return [
        {
            "id": branch.id,
            "name": branch.name,
            "kind": branch.kind.value if isinstance(branch, Branch) else "transformer",
            "from": branch.from_node,
            "to": branch.to_node,
            "section": network.section_of_branch[branch.id],
            "length_m": branch.length_m if isinstance(branch, Branch) else 0.0,
        }
        for branch in network.branches.values()
    ]


def _sections(network: Network) -> list[Plain]:
    return [
        {
            "id": section.id,
            "customers": section.customers,
            "p_w": section.p_w,
            "nodes": list(section.nodes),
            "branches": list(section.branches),
            "loads": [{"id": load, "name": network.loads[load].name} for load in section.loads],
        }
        for section in network.sections.values()
    ]


def feeders_view(network: Network) -> list[Plain]:
    """Customers are those of the normal state."""
    normal = network.normally_closed
    customers = dict.fromkeys(network.heads, 0)
    for section, feeder in energise(network, normal).feeder_of.items():
        if feeder is not None:
            customers[feeder] += network.sections[section].customers
    return [
        {
            "id": feeder,
            "name": network.switches[head].name,
            "head": head,
            "customers": customers[feeder],
        }
        for feeder, head in network.heads.items()
    ]


def _switches(network: Network) -> list[Plain]:
    return [
        {
            "id": switch.id,
            "name": switch.name,
            "kind": switch.kind.value,
            "a": switch.node_a,
            "b": switch.node_b,
            "control": switch.control.value,
            "feeder": switch.feeder,
            "indicator": switch.indicator.value,
            "tie": switch.normal_position is Position.OPEN,
            "normal": "open" if switch.normal_position is Position.OPEN else "closed",
            "sections": list(network.section_ends[switch.id]),
            "current_a_rated": switch.current_a_rated,
        }
        for switch in network.switches.values()
    ]


def _places(network: Network) -> Mapping[NodeId, tuple[float, float]]:
    """One kind of place for all nodes: two kinds would not fit on one drawing."""
    nodes = network.nodes.values()
    drawn = {n.id: Point(n.x, n.y) for n in nodes if n.x is not None and n.y is not None}
    if len(drawn) == len(network.nodes):
        return drawn
    located = {
        n.id: (n.longitude_deg * GEO_SCALE, -n.latitude_deg * GEO_SCALE)
        for n in nodes
        if n.longitude_deg is not None and n.latitude_deg is not None
    }
    if len(located) == len(network.nodes) and 2 * len(drawn) < len(network.nodes):
        return located
    return {node: (place.x, place.y) for node, place in layout(network, drawn).places.items()}
