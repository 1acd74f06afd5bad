"""Values: does what is said of how a point is read go together?"""

import math
from collections.abc import Iterator

from gridops.network.components import ORDERS, Point, Signal
from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components

_MEASURED = (Signal.VOLTAGE, Signal.CURRENT, Signal.FAULT_CURRENT, Signal.POWER)
_DBPOS = (1.0, 2.0)


def value_flaws(components: Components) -> Iterator[GridFlaw]:
    for index, point in enumerate(components.points):
        for what, remedy in _misfits(point):
            yield Place("points", index, (point.id, point.element)).error(
                "value-misfit", f"point {point.id} {what}", remedy=remedy
            )


def _misfits(point: Point) -> Iterator[tuple[str, str]]:
    """(what is wrong, the remedy)."""
    codes = (point.open_value, point.close_value)
    is_position = point.signal is Signal.POSITION
    if codes != _DBPOS and not is_position and point.signal not in ORDERS:
        yield (
            f"states open_value or close_value, which {point.signal} does not have",
            "leave them empty",
        )
    if is_position:
        yield from _position_misfits(point)
    elif point.open_node_id:
        yield f"states open_node_id, which {point.signal} does not have", "leave it empty"
    is_contact = not is_position and point.signal not in (*ORDERS, *_MEASURED)
    if point.inverted and not is_contact:
        remedy = "exchange open_value and close_value" if is_position else "write no"
        yield f"is inverted, which no {point.signal} can be", remedy
    if point.scale != 1.0 and point.signal not in _MEASURED:
        yield f"states a scale, which {point.signal} does not have", "leave it empty"
    elif not math.isfinite(point.scale) or point.scale == 0.0:
        yield f"has the scale {point.scale:g}", "give V, A or W per 1 of the server's number"


def _position_misfits(point: Point) -> Iterator[tuple[str, str]]:
    codes = (point.open_value, point.close_value)
    if codes[0] == codes[1] or not all(map(math.isfinite, codes)):
        yield "reads the same as open and as closed", "mend open_value or close_value"
    elif point.open_node_id and codes != _DBPOS:
        yield "has two contacts, and codes as well", "leave open_value and close_value empty"
