"""Buses -> nodes, and a node of its own for every line or transformer end with a switch."""

from collections.abc import Iterator
from dataclasses import dataclass

from gridops.adapters.pandapower_grid.kept import kept_id, restored
from gridops.adapters.pandapower_grid.reading import Reading, Row, place_of, rounded
from gridops.adapters.terminals import terminal
from gridops.ids import NodeId
from gridops.network import Node, NodeKind

MAP_EXTENT_DEG = 3.0
"""Coordinates that span more, or leave the globe, are a drawing and no map."""


@dataclass(frozen=True, slots=True)
class _Place:
    longitude_deg: float | None = None
    latitude_deg: float | None = None
    x: float | None = None
    y: float | None = None


_NOWHERE = _Place()


def nodes_of(reading: Reading) -> dict[NodeId, Node]:
    """Buses in the order of their numbers, then terminals in the order of the switches.

    Fills `reading.nodes` and `reading.terminals`.
    """
    places = _places(reading)
    kinds = _kinds(reading)
    found: dict[NodeId, Node] = {}
    for row in reading.rows("bus"):
        ident = NodeId(kept_id(row) or str(row.index))
        place = places.get(row.index, _NOWHERE)
        node = Node(
            id=ident,
            name=row.text("name", f"Bus {row.index}"),
            kind=kinds.get(row.index, NodeKind.JOINT),
            voltage_v_nominal=rounded(row.number("vn_kv") * 1e3),
            station=row.text("substation"),
            longitude_deg=place.longitude_deg,
            latitude_deg=place.latitude_deg,
            x=place.x,
            y=place.y,
        )
        reading.nodes[row.index] = ident
        found[ident] = restored(node, row)
    for end in _terminals(reading, found):
        found[end.id] = end
    return found


def _kinds(reading: Reading) -> dict[int, NodeKind]:
    kinds = {row.whole("bus"): NodeKind.STATION for row in reading.rows("load")}
    for row in reading.rows("trafo"):
        kinds |= dict.fromkeys((row.whole("hv_bus"), row.whole("lv_bus")), NodeKind.BUSBAR)
    for table in ("ext_grid", "gen"):
        for row in reading.rows(table):
            if table == "ext_grid" or row.flag("slack", default=False):
                kinds[row.whole("bus")] = NodeKind.BUSBAR
    return kinds


def _places(reading: Reading) -> dict[int, _Place]:
    """On the map if they can be degrees, else on the drawing."""
    found = {row.index: place for row in reading.rows("bus") if (place := place_of(row))}
    if not found:
        return {}
    xs, ys = [x for x, _ in found.values()], [y for _, y in found.values()]
    extent = max(max(xs) - min(xs), max(ys) - min(ys))
    on_the_globe = max(map(abs, xs)) <= 180 and max(map(abs, ys)) <= 90
    surveyed = not all((2 * each).is_integer() for each in (*xs, *ys))
    if on_the_globe and surveyed and extent <= MAP_EXTENT_DEG:
        return {
            bus: _Place(longitude_deg=round(x, 6), latitude_deg=round(y, 6))
            for bus, (x, y) in found.items()
        }
    reading.notes.say(
        "The coordinates cannot be degrees (they span more than a grid does, or are all whole or "
        "half): they are taken as a drawing, with y upwards."
    )
    return {bus: _Place(x=rounded(x), y=rounded(-y)) for bus, (x, y) in found.items()}


def _terminals(reading: Reading, found: dict[NodeId, Node]) -> Iterator[Node]:
    """`L7.12` is the end of line 7 at bus 12, behind its switch (or the last of several)."""
    ends: dict[tuple[str, int], tuple[int, int]] = {}
    for row in reading.rows("line"):
        ends["l", row.index] = row.whole("from_bus"), row.whole("to_bus")
    for row in reading.rows("trafo"):
        ends["t", row.index] = row.whole("hv_bus"), row.whole("lv_bus")
    for row in reading.rows("switch"):
        letter, element, bus = row.text("et"), row.whole("element"), row.whole("bus")
        buses = ends.get((letter, element), ())
        if bus not in buses or any(each not in reading.nodes for each in buses):
            continue
        key = letter, element, bus
        if key in reading.terminals:
            continue
        ident = NodeId(f"{letter.upper()}{element}.{bus}")
        reading.terminals[key] = ident
        other = next((each for each in buses if each != bus), bus)
        yield terminal(ident, found[reading.nodes[bus]], far=found[reading.nodes[other]])


def is_at(row: Row, reading: Reading) -> bool:
    """Whether a switch row joins two nodes that are there."""
    bus, element, letter = row.whole("bus"), row.whole("element"), row.text("et")
    if bus not in reading.nodes:
        return False
    if letter == "b":
        return element in reading.nodes
    return (letter, element, bus) in reading.terminals
