"""From one OPC UA value to one event. Pure, total: no answer of a server makes it raise."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gridops.errors import TelemetryRejected
from gridops.events import FieldEvent
from gridops.measurement import Quality
from gridops.network import Point
from gridops.state.point_values import plain_value
from gridops.state.telemetry import event_of
from opcua_bridge.wire.statuses import has_overflowed, quality_of
from opcua_bridge.wire.values import Sample

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No telecontrolled device stamped before; 1601 and 1970 are clocks that were never set."""
FUTURE_TOLERANCE = timedelta(seconds=5)
"""How far a device's clock may run ahead of ours before its stamp is worthless."""


@dataclass(frozen=True, slots=True)
class Decoded:
    event: FieldEvent
    rejected: str = ""
    """Why the value was not believed; the event then carries quality BAD."""
    is_time_ours: bool = False
    """The source gave no usable time: `source_time` is the server's, or when we received it."""
    has_overflowed: bool = False


def decode(point: Point, value: Sample, *, at: datetime) -> Decoded:
    """What `value`, received at `at`, says about `point` (any signal but COMMAND)."""
    code, raw = value.status, plain_value(point, value.raw)
    source_time, is_ours = _time_of(value, at)
    rejected = ""
    try:
        event = event_of(
            point,
            raw,
            quality=quality_of(code),
            source_time=source_time,
            at=at,
            server_time=value.server_time,
        )
    except TelemetryRejected as rejection:
        rejected = str(rejection)
        event = event_of(
            point,
            None,
            quality=Quality.BAD,
            source_time=source_time,
            at=at,
            server_time=value.server_time,
        )
    return Decoded(event, rejected, is_ours, has_overflowed(code))


def unreadable(point: Point, at: datetime) -> FieldEvent:
    """The point has no value that anything may lean on."""
    return event_of(point, None, quality=Quality.BAD, source_time=at, at=at)


def _time_of(value: Sample, at: datetime) -> tuple[datetime, bool]:
    """The source's time, else the server's, else ours; never later than `at`.

    A value without a usable time keeps its quality: it is as true as its status says, only
    its age is less well known, and no confirmation of a command leans on a device's clock.
    """
    for stamp, is_ours in ((value.source_time, False), (value.server_time, True)):
        if stamp is None:
            continue
        aware = stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)
        if EARLIEST <= aware <= at + FUTURE_TOLERANCE:
            return min(aware, at), is_ours
    return at, True
