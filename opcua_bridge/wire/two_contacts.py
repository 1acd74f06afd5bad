"""A position that two contacts tell: one is made when the switch is closed, one when it is open.

Neither made: it is on its way (intermediate). Both: a contact or a wire is broken, and the
position is bad. Neither of these is ever open or closed.
"""

from collections.abc import Sequence
from datetime import datetime

from gridops.measurement import Position, Quality
from gridops.network import Point
from opcua_bridge.wire.statuses import has_overflowed, quality_of
from opcua_bridge.wire.values import NO_NUMBER, Sample

_WORST = (Quality.BAD, Quality.STALE, Quality.SUBSTITUTED, Quality.GOOD)
_OVERFLOW = 0x480
_POSITION = {
    (False, True): Position.OPEN,
    (True, False): Position.CLOSED,
    (False, False): Position.INTERMEDIATE,
    (True, True): Position.BAD,
}


def addresses_of(point: Point) -> list[str]:
    """Of the variables that tell it: one, or the contact that says closed and the one that says
    open."""
    return [point.node_id, *filter(None, [point.open_node_id])]


def position_sample(samples: Sequence[Sample]) -> Sample:
    """Of the variables of `addresses_of` what they say together: as bad as the worse of them, as
    new as the newer."""
    if len(samples) == 1:
        return samples[0]
    closed, opened = samples
    worse = min(samples, key=lambda sample: _WORST.index(quality_of(sample.status)))
    overflowed = any(has_overflowed(sample.status) for sample in samples)
    return Sample(
        _raw(closed.raw, opened.raw),
        worse.status | _OVERFLOW if overflowed else worse.status,
        _newer(closed.source_time, opened.source_time),
        _newer(closed.server_time, opened.server_time),
    )


def _raw(closed: object, opened: object) -> object:
    made = [bool(each) for each in (closed, opened) if isinstance(each, int) and each in (0, 1)]
    if len(made) < 2:
        return None if closed is None or opened is None else NO_NUMBER
    return int(_POSITION[made[0], made[1]])


def _newer(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [time for time in (one, other) if time is not None]
    return max(known, default=None)
