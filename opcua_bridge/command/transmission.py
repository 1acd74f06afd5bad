"""What one order is on the wire: a write or a method call, as points.csv says."""

from dataclasses import dataclass

from asyncua import ua

from gridops.measurement import Position
from gridops.network import OrderType, Point, SentAs
from opcua_bridge.session.session import Session

_REAL = (OrderType.FLOAT, OrderType.DOUBLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transmission:
    """One request, and all that it says."""

    point: Point
    value: ua.Variant | None
    """None: a method without arguments."""

    async def over(self, session: Session, *, timeout_s: float) -> int:
        """The status code that the server gave it. Raises: as `Session`."""
        point, value = self.point, self.value
        if point.sent_as is SentAs.METHOD or value is None:
            arguments = [] if value is None else [value]
            return await session.call(
                point.object_id, point.node_id, arguments=arguments, timeout_s=timeout_s
            )
        return await session.write(point.node_id, value, timeout_s=timeout_s)

    def __str__(self) -> str:
        point = self.point
        said = "nothing" if self.value is None else f"{self.value.Value} ({point.order_type})"
        if point.sent_as is SentAs.METHOD:
            return f"{point.signal}: call {point.node_id} of {point.object_id} with {said}"
        return f"{point.signal}: write {said} to {point.node_id}"


def transmission(point: Point, position: Position) -> Transmission:
    """How `point` is told to go, or about going, to the definite `position`."""
    stated = point.open_value if position is Position.OPEN else point.close_value
    return Transmission(point=point, value=_variant(stated, point.order_type))


def _variant(stated: float, kind: OrderType) -> ua.Variant | None:
    if kind is OrderType.NONE:
        return None
    if kind in _REAL:
        return ua.Variant(stated, ua.VariantType[kind.value])
    whole = int(stated)
    typed = bool(whole) if kind is OrderType.BOOLEAN else whole
    return ua.Variant(typed, ua.VariantType[kind.value])
