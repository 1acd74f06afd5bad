"""Rule for schematic coordinates: the map, flattened, until a layout draws better ones."""

import math
from dataclasses import replace

from gridops.adapters.completion.wording import some
from gridops.network import Components, Node

SCHEMATIC_WIDTH = 1000.0


def on_the_drawing(components: Components) -> tuple[Components, tuple[str, ...]]:
    """Nodes with a place on the map and none on the drawing get one there."""
    nodes = components.nodes
    placed = [
        (node.longitude_deg, node.latitude_deg)
        for node in nodes
        if node.longitude_deg is not None and node.latitude_deg is not None
    ]
    if not placed or any(node.x is not None for node in nodes):
        return components, ()
    west, east = min(x for x, _ in placed), max(x for x, _ in placed)
    south, north = min(y for _, y in placed), max(y for _, y in placed)
    scale = SCHEMATIC_WIDTH / ((east - west) or 1.0)
    stretch = scale / math.cos(math.radians((south + north) / 2))
    drawn = tuple(_drawn(node, west, north=north, scale=scale, stretch=stretch) for node in nodes)
    said = f"Drawn where they stand on the map, flattened: {some(len(placed), 'node')}."
    return replace(components, nodes=drawn), (said,)


def _drawn(node: Node, west: float, *, north: float, scale: float, stretch: float) -> Node:
    if node.longitude_deg is None or node.latitude_deg is None:
        return node
    return replace(
        node,
        x=round((node.longitude_deg - west) * scale, 1),
        y=round((north - node.latitude_deg) * stretch, 1),
    )
