"""How a server of ours tells a point as points.csv says that its link reads it."""

from collections.abc import Iterator
from typing import NamedTuple

from asyncua import ua

from gridops.measurement import Position, Quality
from gridops.network import ORDERS, OrderType, Point
from gridops.state.point_values import has_codes, takes_truths, told_value
from gridops.state.telemetry import CONTACTS, MEASUREMENTS, Raw
from gridops.virtual_field import PointValue
from opcua_bridge.wire.statuses import CODE_OF_QUALITY
from opcua_bridge.wire.two_contacts import addresses_of

_MADE = {
    Position.OPEN: (False, True),
    Position.CLOSED: (True, False),
    Position.INTERMEDIATE: (False, False),
    Position.BAD: (True, True),
}
"""The contact that says closed, and the one that says open."""


class Told(NamedTuple):
    node_id: str
    value: Raw
    status: int


def told(value: PointValue) -> Iterator[Told]:
    """One for each variable of the point."""
    point, status = value.point, CODE_OF_QUALITY[value.quality]
    if point.open_node_id:
        made = _MADE[Position(int(value.value))]
        for node_id, is_made in zip(addresses_of(point), made, strict=True):
            yield Told(node_id, is_made, status)
        return
    raw = told_value(point, value.value)
    if raw is None:
        nothing: Raw = False if takes_truths(point) else 0
        yield Told(point.node_id, nothing, CODE_OF_QUALITY[Quality.BAD])
    else:
        yield Told(point.node_id, raw, status)


def kind_of(point: Point) -> ua.VariantType:
    """OPC UA type of its variables; `Null` of an order without a value."""
    if point.signal in ORDERS:
        kind = point.order_type
        return ua.VariantType.Null if kind is OrderType.NONE else ua.VariantType[kind.value]
    if point.signal in CONTACTS or point.open_node_id or takes_truths(point):
        return ua.VariantType.Boolean
    if point.signal in MEASUREMENTS:
        return ua.VariantType.Double
    if not has_codes(point):
        return ua.VariantType.Byte
    is_whole = all(code == int(code) for code in (point.open_value, point.close_value))
    return ua.VariantType.Int32 if is_whole else ua.VariantType.Double
