"""How a virtual RTU takes orders: by writes and calls, with or without selecting first."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from asyncua import ua

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import OrderType, Point, Signal
from gridops.virtual_field import OrderAnswer
from opcua_bridge.field_server.answers import CODE_OF_ANSWER
from opcua_bridge.wire.statuses import NOT_SELECTED

TakeOrder = Callable[[SwitchId, Position], OrderAnswer | Awaitable[OrderAnswer]]
"""What a device answers to an order, at once or in a while."""

SELECTED_S = 30.0
"""A selection that nobody uses or cancels ends by itself."""

_Selection = tuple[Position | None, float]
"""Where to (None: both ways), and until when by the clock of the event loop."""


class Orders:
    """The devices of one RTU, as visitors command them.

    A device that has a point to select it takes a command only in the way and within the time
    that it was selected for, once.
    """

    def __init__(self, points: Iterable[Point], *, order: TakeOrder) -> None:
        self._order = order
        self._selects = {p.element for p in points if p.signal is Signal.SELECT}
        self._selected: dict[str, _Selection] = {}

    async def take(self, point: Point, value: ua.Variant | None) -> int:
        """The status code of the answer to `value` at `point`, which is one of `ORDERS`."""
        flaw = _flaw_in(point, value)
        if flaw:
            return flaw
        said = _position(point, value)
        if point.signal is Signal.CANCEL:
            self._selected.pop(point.element, None)
            return ua.StatusCodes.Good
        if point.signal is Signal.SELECT:
            return self._select(point.element, said)
        if said is None:
            return ua.StatusCodes.BadOutOfRange
        if point.element in self._selects and not self._use(point.element, said):
            return NOT_SELECTED
        answer = self._order(SwitchId(point.element), said)
        return CODE_OF_ANSWER[await answer if isinstance(answer, Awaitable) else answer]

    def is_selected(self, switch: str) -> bool:
        _, until = self._selected.get(switch, (None, 0.0))
        return asyncio.get_running_loop().time() < until

    def _select(self, switch: str, position: Position | None) -> int:
        if self.is_selected(switch):
            return CODE_OF_ANSWER[OrderAnswer.REFUSED_BUSY]
        self._selected[switch] = (position, asyncio.get_running_loop().time() + SELECTED_S)
        return ua.StatusCodes.Good

    def _use(self, switch: str, position: Position) -> bool:
        is_selected = self.is_selected(switch)
        way, _ = self._selected.pop(switch, (None, 0.0))
        return is_selected and way in (None, position)


def _flaw_in(point: Point, value: ua.Variant | None) -> int:
    """A status code, 0 where there is none."""
    if value is None or point.order_type is OrderType.NONE:
        is_meant = value is None and point.order_type is OrderType.NONE
        return 0 if is_meant else ua.StatusCodes.BadTypeMismatch
    if value.is_array or value.VariantType.name != point.order_type.value:
        return ua.StatusCodes.BadTypeMismatch
    known = (point.open_value, point.close_value)
    return 0 if value.Value in known else ua.StatusCodes.BadOutOfRange


def _position(point: Point, value: ua.Variant | None) -> Position | None:
    """Where to; None where nothing is said."""
    if value is None:
        return None
    return Position.OPEN if value.Value == point.open_value else Position.CLOSED
