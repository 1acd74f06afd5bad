"""What a person says of minutes that were booked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridops.events.operator import _ByPerson
from gridops.ids import IncidentId, InterruptionId


class Corrected(StrEnum):
    """What of an interruption may be corrected."""

    CAUSE = "cause"
    PLANNED = "planned"
    SOURCE_LOST = "source_lost"
    GROUNDS = "grounds"
    BEGAN = "began"
    ENDED = "ended"
    CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesCorrected(_ByPerson):
    """What was booked is not what happened. Nothing is overwritten: this is laid over what was
    booked, and over former corrections, field by field; None leaves a field as it is.

    Of one interruption, or (`cause`, `planned`, `source_lost`, `grounds` only) of all that an
    incident cost, also what is booked with it later.
    """

    reason: str
    incident: IncidentId | None = None
    interruption: InterruptionId | None = None
    cause: str | None = None
    planned: bool | None = None
    source_lost: bool | None = None
    grounds: tuple[str, ...] | None = None
    """By which a rule-set may exclude; replaces all that were there."""
    began: datetime | None = None
    ended: datetime | None = None
    customers: int | None = None
    as_booked: tuple[Corrected, ...] = ()
    """These are again what was booked, whatever was said of them."""
