"""What a gap hid: points that read differently after it than before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled
from gridops.ids import PointId
from gridops.network import Point
from opcua_bridge.link.partition import is_slow

Link = LinkLost | LinkRestored | LinkTroubled


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
