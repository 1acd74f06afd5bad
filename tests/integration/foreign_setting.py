"""A server as utilities have them: identifiers of every kind, in several namespaces."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gridops.ids import LinkId
from gridops.network import IDENTITY_NODE_ID, NO_IDENTITY, Network, Point, build_network
from tests.integration.opcua_setting import RTU, ring

PLANT, METERS = "urn:vendor:plant;1", "http://vendor.example/meters/"
ADDRESSES = {
    # the same number in both: who binds by an index of yesterday moves another switch
    "t1.position": "nsu=urn:vendor:plant%3B1;i=1001",
    "s1.position": f"nsu={METERS};i=1001",
    "t1.command": "nsu=urn:vendor:plant%3B1;i=4294967295",
    "s1.command": f"nsu={METERS};s=a;b=c",
    "b1.position": f"nsu={METERS};g=09087e75-8e5e-499b-954f-f2a9603db28a",
    "b1.command": "nsu=urn:vendor:plant%3B1;g=72962b91-fa75-4ae6-8d28-b404dc7daf63",
    "b2.position": "nsu=urn:vendor:plant%3B1;b=M/RbKBsRVkePCePcx24oRA==",
    "b2.command": f"nsu={METERS};b=/w==",
    "S1.voltage_v": "ns=1;i=7",
    "S2.voltage_v": "ns=2;s=S2.voltage_v",
}
"""The others keep a string in the namespace of the link."""


def foreign(points: Sequence[Point] = (), *, identity_node_id: str = IDENTITY_NODE_ID) -> Network:
    """The ring on one server with three namespaces."""
    parts = ring(points).components
    (link,) = parts.links
    link = replace(link, namespaces=(METERS, PLANT), identity_node_id=identity_node_id)
    return build_network(
        replace(
            parts,
            links=(link,),
            points=tuple(replace(p, node_id=ADDRESSES.get(p.id, p.node_id)) for p in parts.points),
        )
    )


def nameless() -> Network:
    """The same, whose server does not say who it is."""
    return foreign(identity_node_id=NO_IDENTITY)


def whose_link(grid: Network, *, link: LinkId = RTU) -> list[Point]:
    return [point for point in grid.components.points if point.link == link]


VALUES: Mapping[str, Mapping[str, object]] = {
    "b1.position": {"open_value": 0.0, "close_value": 1.0},
    "t1.position": {"open_node_id": f"nsu={METERS};i=1002"},
    "s1.position": {"open_value": 10.0, "close_value": 20.0},
    "s1.local": {"inverted": True},
    "S1.voltage_v": {"scale": 1000.0},
}
"""b1 true or false, t1 by two contacts, s1 in codes of a maker; remote for local, kV for V."""


def told_otherwise(grid: Network) -> Network:
    parts = grid.components
    points = tuple(
        replace(p, **VALUES.get(p.id, {}))  # type: ignore[arg-type]
        for p in parts.points
    )
    return build_network(replace(parts, points=points))
