"""What people do about alarms. That there is one follows from the other facts."""

from dataclasses import dataclass
from datetime import datetime

from gridops.events.operator import _ByPerson
from gridops.ids import AlarmId


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledged(_ByPerson):
    """I have seen it, and see to it. Of one alarm, or of all of a kind at one place."""

    alarm: AlarmId
    seen: int
    """How far the screen had told: what came, or grew worse, after that stays unacknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmShelved(_ByPerson):
    """Let it not be told for a while. It comes back by itself, and at once if it grows worse."""

    alarm: AlarmId
    seen: int
    """As of an acknowledgement: nobody hides what they have not been told."""
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmUnshelved(_ByPerson):
    """Let it be told again."""

    alarm: AlarmId
