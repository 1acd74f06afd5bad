"""Grid -> GeoJSON (RFC 7946): nodes as points, branches and switches as lines, on WGS 84."""

from collections.abc import Iterator, Mapping
from typing import Any

from gridops.errors import GridUnreadable
from gridops.ids import NodeId, SectionId
from gridops.network import Branch, Network, Node
from gridops.state import energise


def geojson_of(network: Network) -> dict[str, Any]:
    """A FeatureCollection of all nodes, branches, transformers and switches, in file order.

    `feeder` is what supplies the element in the normal state. An element with an end that has no
    coordinates has the geometry `null`, which RFC 7946 allows for what is not located.

    Raises: GridUnreadable if no node has coordinates.
    """
    places = {
        node.id: [node.longitude_deg, node.latitude_deg]
        for node in network.nodes.values()
        if node.longitude_deg is not None and node.latitude_deg is not None
    }
    if not places:
        raise GridUnreadable(
            "no node has coordinates, so there is no map",
            where=network.name,
            remedy="fill in longitude_deg and latitude_deg in nodes.csv (WGS 84)",
        )
    closed = network.normally_closed
    feeders = energise(network, closed).feeder_of
    features = [
        *_nodes(network, places, feeders=feeders),
        *_branches(network, places, feeders=feeders),
        *_switches(network, places, feeders=feeders),
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(ident: str, geometry: object, *, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "id": ident, "geometry": geometry, "properties": properties}


def _nodes(
    network: Network, places: Mapping[NodeId, Any], *, feeders: Mapping[SectionId, Any]
) -> Iterator[dict[str, Any]]:
    customers: dict[NodeId, int] = {}
    power_w: dict[NodeId, float] = {}
    for load in network.loads.values():
        customers[load.node] = customers.get(load.node, 0) + load.customers
        power_w[load.node] = power_w.get(load.node, 0.0) + load.p_w
    for node in network.nodes.values():
        section = network.section_of_node[node.id]
        place = places.get(node.id)
        yield _feature(
            f"node/{node.id}",
            None if place is None else {"type": "Point", "coordinates": place},
            properties={
                "element": "node",
                "id": node.id,
                "name": node.name,
                "kind": str(node.kind),
                **_station(node),
                "voltage_v_nominal": node.voltage_v_nominal,
                "section": section,
                "feeder": feeders.get(section),
                "customers": customers.get(node.id, 0),
                "p_w": power_w.get(node.id, 0.0),
            },
        )


def _station(node: Node) -> dict[str, str]:
    return {"station": node.station} if node.station else {}


def _line(places: Mapping[NodeId, Any], ends: tuple[NodeId, NodeId]) -> dict[str, Any] | None:
    if not all(end in places for end in ends):
        return None
    return {"type": "LineString", "coordinates": [places[end] for end in ends]}


def _branches(
    network: Network, places: Mapping[NodeId, Any], *, feeders: Mapping[SectionId, Any]
) -> Iterator[dict[str, Any]]:
    for branch in network.components.all_branches:
        section = network.section_of_branch[branch.id]
        is_line = isinstance(branch, Branch)
        what = "branch" if is_line else "transformer"
        yield _feature(
            f"{what}/{branch.id}",
            _line(places, (branch.from_node, branch.to_node)),
            properties={
                "element": what,
                "id": branch.id,
                "name": branch.name,
                "from_node": branch.from_node,
                "to_node": branch.to_node,
                "section": section,
                "feeder": feeders.get(section),
                "customers": network.sections[section].customers,
                **_ratings(branch),
            },
        )


def _ratings(branch: Any) -> dict[str, Any]:
    if isinstance(branch, Branch):
        return {
            "kind": str(branch.kind),
            "length_m": branch.length_m,
            "current_a_max": branch.current_a_max,
        }
    return {
        "kind": "transformer",
        "power_va_rated": branch.power_va_rated,
        "voltage_v_from": branch.voltage_v_from,
        "voltage_v_to": branch.voltage_v_to,
    }


def _switches(
    network: Network, places: Mapping[NodeId, Any], *, feeders: Mapping[SectionId, Any]
) -> Iterator[dict[str, Any]]:
    for switch in network.switches.values():
        ends = network.section_ends[switch.id]
        fed_by = [feeders[end] for end in ends if feeders.get(end) is not None]
        yield _feature(
            f"switch/{switch.id}",
            _line(places, (switch.node_a, switch.node_b)),
            properties={
                "element": "switch",
                "id": switch.id,
                "name": switch.name,
                "kind": str(switch.kind),
                "normal_position": switch.normal_position.name.lower(),
                "control": str(switch.control),
                "indicator": str(switch.indicator),
                "current_a_rated": switch.current_a_rated,
                "pickup_current_a": switch.pickup_current_a,
                "head_of": switch.feeder,
                "sections": list(ends),
                "feeders": list(dict.fromkeys(fed_by)),
            },
        )
