"""What a gap hid: points that read differently after it than before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gridops.events import (
    CurrentMeasured,
    FieldEvent,
    LinkLost,
    LinkRestored,
    LinkTroubled,
    PowerMeasured,
    VoltageMeasured,
)
from gridops.ids import PointId
from gridops.network import Point
from opcua_bridge.link.decode import unreadable
from opcua_bridge.link.partition import is_slow

Link = LinkLost | LinkRestored | LinkTroubled
SLOW_FACTS = CurrentMeasured | PowerMeasured | VoltageMeasured


def differing(
    before: Mapping[PointId, FieldEvent],
    now: Mapping[PointId, FieldEvent],
    *,
    points: Sequence[Point],
) -> list[PointId]:
    """Positions, contacts and currents of faults whose value or quality is another. Not among
    them: what was not known before, and voltages, currents and powers, which always differ."""
    return [
        point.id
        for point in points
        if not is_slow(point) and differ(before.get(point.id), now.get(point.id))
    ]


def differ(before: FieldEvent | None, now: FieldEvent | None) -> bool:
    """Whether both are known and their value or quality is not the same."""
    if before is None or now is None or isinstance(before, Link) or isinstance(now, Link):
        return False
    return before != replace(
        now, at=before.at, source_time=before.source_time, server_time=before.server_time
    )


Subject = tuple[type, str, str]


def subject_of(event: FieldEvent) -> Subject | None:
    """What a position, a contact or the current of a fault speaks of; None of anything else."""
    if isinstance(event, SLOW_FACTS | Link) or not hasattr(event, "switch"):
        return None
    return type(event), event.switch, getattr(event, "part", "")


def by_point(
    known: Collection[FieldEvent], points: Sequence[Point], *, at: datetime
) -> dict[PointId, FieldEvent]:
    """What was known, by the points that it could have come from."""
    said = {subject: event for event in known if (subject := subject_of(event)) is not None}
    subjects = {point.id: subject_of(unreadable(point, at)) for point in points}
    return {point: said[subject] for point, subject in subjects.items() if subject in said}
