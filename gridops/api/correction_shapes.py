"""Corrections and versions of interruptions, field by field."""

from gridops.api.shapes import Shape
from gridops.events.minutes import Corrected


class CorrectionShape(Shape):
    at: str
    by: str
    reason: str
    incident: str | None
    interruption: str | None
    fields: list[Corrected]
    as_booked: list[Corrected]
    """Those of them that are again what was booked."""


class VersionShape(Shape):
    told_at: str | None
    """Null: as it was booked."""
    by: str | None
    """Null: a device; of a later version a meter."""
    reason: str
    cause: str
    planned: bool
    source_lost: bool
    grounds: list[str]
    began: str
    began_within_s: float
    """How far off it may be: as far as the clock of whoever told it differed from ours."""
    ended: str | None
    ended_within_s: float
    customers: int


class HistoryShape(Shape):
    interruption: str
    load: str
    section: str
    feeder: str | None
    incident: str | None
    revisions: int
    versions: list[VersionShape]
    """As it was booked, then the newest 99, oldest first; the last one holds."""
