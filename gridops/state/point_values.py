"""Between the values of a foreign server and the plain ones that `telemetry` understands.

points.csv says of a point what it reads differently: positions in codes of their own, contacts
that mean the opposite, measurements in other units.
"""

from gridops.measurement import Position
from gridops.network import Point, Signal
from gridops.state.telemetry import CONTACTS, MEASUREMENTS, Raw

NO_CODE = -1
"""No double point: what reads as neither open nor closed."""
_DBPOS = (float(Position.OPEN), float(Position.CLOSED))
_TRUTHS = frozenset({0.0, 1.0})


def has_codes(point: Point) -> bool:
    """Whether a position is told in codes of its own."""
    return point.signal is Signal.POSITION and (point.open_value, point.close_value) != _DBPOS


def takes_truths(point: Point) -> bool:
    """Whether a position with codes of its own may be told by true and false."""
    return has_codes(point) and {point.open_value, point.close_value} <= _TRUTHS


def plain_value(point: Point, value: object) -> object:
    """What `value` of the server means in the plain form of its signal. What cannot be a value of
    this point stays as it is, to be rejected; never raises."""
    if not isinstance(value, int | float):
        return value
    if has_codes(point):
        if isinstance(value, bool) and not takes_truths(point):
            return value
        if value == point.open_value:
            return int(Position.OPEN)
        return int(Position.CLOSED) if value == point.close_value else NO_CODE
    if point.inverted and point.signal in CONTACTS and value in (0, 1):
        return not value
    if point.scale != 1.0 and point.signal in MEASUREMENTS and not isinstance(value, bool):
        try:
            return float(value) * point.scale
        except OverflowError:
            return float("inf")
    return value


def told_value(point: Point, value: Raw) -> Raw | None:
    """What a server tells that means `value`: `plain_value` turns it back. None: it has no word
    for that, as codes have none for intermediate positions."""
    if has_codes(point):
        code = {Position.OPEN: point.open_value, Position.CLOSED: point.close_value}.get(
            Position(int(value))
        )
        if code is None:
            return None
        return bool(code) if takes_truths(point) else _whole(code)
    if point.inverted and point.signal in CONTACTS:
        return not value
    if point.scale != 1.0 and point.signal in MEASUREMENTS:
        return value / point.scale
    return value


def _whole(code: float) -> Raw:
    return int(code) if code == int(code) else code
