"""Orders: does what is said of each point that is only ever sent to go together?"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType

from gridops.network.components import (
    ORDERS,
    Feedback,
    OrderType,
    Point,
    SentAs,
    Signal,
)
from gridops.network.flaws import Gaps, GridFlaw, Place
from gridops.network.network import Components

RANGES: Mapping[OrderType, tuple[int, int]] = MappingProxyType(
    {
        OrderType.BOOLEAN: (0, 1),
        OrderType.SBYTE: (-(2**7), 2**7 - 1),
        OrderType.BYTE: (0, 2**8 - 1),
        OrderType.INT16: (-(2**15), 2**15 - 1),
        OrderType.UINT16: (0, 2**16 - 1),
        OrderType.INT32: (-(2**31), 2**31 - 1),
        OrderType.UINT32: (0, 2**32 - 1),
    }
)
"""Least and greatest whole number of each type that holds whole numbers."""

_ABOUT_ORDERS = ("sent_as", "object_id", "order_type")
_ABOUT_COMMANDS = ("feedback", "feedback_s")
_DEFAULTS = {each.name: each.default for each in fields(Point)}


def order_flaws(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    commanded = {(p.element, p.link) for p in components.points if p.signal is Signal.COMMAND}
    has_gaps = bool(gaps.ids.get("points")) or "points" in gaps.tables
    for index, point in enumerate(components.points):
        place = Place("points", index, (point.id, point.element))
        for what, remedy in _misfits(point):
            yield place.error("order-misfit", f"point {point.id} {what}", remedy=remedy)
        follows = point.signal in (Signal.SELECT, Signal.CANCEL) and not has_gaps
        if follows and (point.element, point.link) not in commanded:
            yield place.error(
                "select-without-command",
                f"point {point.id} is to {point.signal} {point.element}, which has no command"
                f" point on link {point.link}",
                remedy="add the command point, or remove this one",
            )


def _misfits(point: Point) -> Iterator[tuple[str, str]]:
    """(what is wrong, the remedy)."""
    stray = [*_stray(point, _ABOUT_ORDERS, allowed=point.signal in ORDERS)]
    stray += _stray(point, _ABOUT_COMMANDS, allowed=point.signal is Signal.COMMAND)
    if stray:
        yield f"states {', '.join(stray)}, which {point.signal} does not have", "leave it empty"
    if point.signal not in ORDERS:
        return
    if (point.sent_as is SentAs.METHOD) != bool(point.object_id):
        yield "has no object with its method", "object_id and sent_as method go together"
    if point.order_type is OrderType.NONE:
        if point.sent_as is SentAs.WRITE or point.signal is Signal.COMMAND:
            yield "sends nothing that tells open from closed", "give order_type"
        return
    for name in ("open_value", "close_value"):
        if not _fits(getattr(point, name), point.order_type):
            value = f"{getattr(point, name):g}"
            yield f"has the {name} {value}, which is no {point.order_type}", f"mend {name}"
    if point.signal is Signal.COMMAND and point.open_value == point.close_value:
        yield "sends the same to open and to close", "mend open_value or close_value"
    yield from _feedback_misfits(point)


def _feedback_misfits(point: Point) -> Iterator[tuple[str, str]]:
    if point.feedback is Feedback.ANSWER and point.feedback_s is not None:
        yield "waits for no feedback but states feedback_s", "leave feedback_s empty"
    if point.feedback_s is not None and not 0.0 < point.feedback_s <= 600.0:
        yield f"waits {point.feedback_s:g} s for its feedback", "give 0 to 600 s, or none"


def _stray(point: Point, names: tuple[str, ...], *, allowed: bool) -> list[str]:
    return [] if allowed else [n for n in names if getattr(point, n) != _DEFAULTS[n]]


def _fits(value: float, kind: OrderType) -> bool:
    if kind not in RANGES:
        return True
    least, greatest = RANGES[kind]
    return math.isfinite(value) and value == int(value) and least <= value <= greatest
