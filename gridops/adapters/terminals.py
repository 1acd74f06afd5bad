"""Where a line ends behind a switch: a node of its own, for completion and importers alike."""

from gridops.ids import NodeId
from gridops.network import Node, NodeKind

TERMINAL_OFFSET = 0.15
"""How far along its line a terminal is drawn."""


def terminal(ident: NodeId, near: Node, *, far: Node) -> Node:
    """The point between a switch at `near` and a branch that goes on to `far`."""
    return Node(
        id=ident,
        name=str(ident),
        kind=NodeKind.TERMINAL,
        voltage_v_nominal=near.voltage_v_nominal,
        station=near.station,
        longitude_deg=_between(near.longitude_deg, far.longitude_deg),
        latitude_deg=_between(near.latitude_deg, far.latitude_deg),
        x=_between(near.x, far.x),
        y=_between(near.y, far.y),
    )


def _between(near: float | None, far: float | None) -> float | None:
    if near is None or far is None:
        return None
    return round(near + TERMINAL_OFFSET * (far - near), 6)
