"""The grid where it lies: true directions, straight lines."""

from collections import deque
from collections.abc import Mapping
from math import cos, radians, sqrt

from gridops.ids import BranchId, NodeId, SwitchId
from gridops.network import Network
from gridops.schematic.graph import Graph, graph_of
from gridops.schematic.shapes import Layout, Point, Wire

KNOWN_SHARE_MIN = 0.5
UNITS_PER_NODE = 4.0
"""The map is about this wide per root of the number of nodes."""


def geographic_layout(network: Network) -> Layout | None:
    """Places projected so that distances hold near the middle (equirectangular), north up.

    A node without coordinates lies on the nearest one that has them, counted in branches and
    switches. None: fewer than half of the nodes have coordinates. Wires are straight, so they
    are not axis-parallel, and crossings are not counted.
    """
    graph = graph_of(network)
    known = _projected(network)
    if not known or len(known) < KNOWN_SHARE_MIN * len(network.nodes):
        return None
    places = _completed(graph, known)
    wires = [
        _straight(places[edge.a], places[edge.b], linked=not edge.closed) for edge in graph.edges
    ]
    drawn = list(zip(graph.edges, wires, strict=True))
    return Layout(
        places=dict(zip(graph.nodes, places, strict=True)),
        branches={BranchId(edge.id): wire for edge, wire in drawn if not edge.is_switch},
        switches={SwitchId(edge.id): wire for edge, wire in drawn if edge.is_switch},
        bars={},
        crossings=None,
    )


def _projected(network: Network) -> dict[NodeId, Point]:
    degrees = {
        node.id: (node.longitude_deg, node.latitude_deg)
        for node in network.nodes.values()
        if node.longitude_deg is not None and node.latitude_deg is not None
    }
    if not degrees:
        return {}
    longitudes = [longitude for longitude, _ in degrees.values()]
    latitudes = [latitude for _, latitude in degrees.values()]
    west, north = min(longitudes), max(latitudes)
    narrow = cos(radians((north + min(latitudes)) / 2))
    extent = max((max(longitudes) - west) * narrow, north - min(latitudes)) or 1.0
    scale = UNITS_PER_NODE * sqrt(len(degrees)) / extent
    return {
        node: Point(
            round((longitude - west) * narrow * scale, 2), round((north - latitude) * scale, 2)
        )
        for node, (longitude, latitude) in degrees.items()
    }


def _completed(graph: Graph, known: Mapping[NodeId, Point]) -> list[Point]:
    """Breadth first from the known nodes; what nothing joins to them lies in the corner."""
    found = {k: known[ident] for k, ident in enumerate(graph.nodes) if ident in known}
    queue = deque(found)
    while queue:
        node = queue.popleft()
        for edge in graph.at[node]:
            far = graph.edges[edge].far(node)
            if far not in found:
                found[far] = found[node]
                queue.append(far)
    return [found.get(k, Point(0.0, 0.0)) for k in range(len(graph.nodes))]


def _straight(a: Point, b: Point, *, linked: bool) -> Wire:
    middle = Point((a.x + b.x) / 2, (a.y + b.y) / 2)
    return Wire((a, b), middle, upright=a.x == b.x and a.y != b.y, linked=linked)
