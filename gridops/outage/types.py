"""What detection and location conclude."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Reading
from gridops.reasons import Reason


class Cause(StrEnum):
    """Why supply went away (or did not)."""

    FAULT = "fault"
    LOST_SUPPLY = "lost_supply"
    MOMENTARY = "momentary"
    PLANNED = "planned"
    TELEMETRY = "telemetry"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationBegan:
    """A protective device opened by itself: a pending operation, not yet an outage."""

    device: SwitchId
    opened_at: datetime
    """Source time of the first opening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationConcluded:
    """What the opening turned out to be. Exactly one follows each `OperationBegan`;
    for planned openings and lost supply it comes without one."""

    device: SwitchId
    cause: Cause
    opened_at: datetime
    """Source time at which supply was first lost."""
    concluded_at: datetime
    """`at` of the event that settled it."""
    openings: int
    reason: Reason


class Verdict(StrEnum):
    LOCATED = "located"
    AMBIGUOUS = "ambiguous"
    CONTRADICTORY = "contradictory"
    INSUFFICIENT = "insufficient"


class Role(StrEnum):
    SUPPORTS = "supports"
    AGAINST = "against"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one device said, and what it meant for the best hypothesis."""

    device: SwitchId
    reading: Reading
    role: Role
    why: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    section: SectionId
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where the fault is, ranked, with the evidence.

    `suspects` sum to one, most probable first, ties in section order of the grid.
    `suspected` are those that the evidence cannot rule out with any one device wrong (see
    `LocationSettings.malfunctions_tolerated`): all of it must be fenced. Empty only with the
    verdict INSUFFICIENT when nothing is dark.
    """

    verdict: Verdict
    suspects: tuple[Suspect, ...]
    suspected: frozenset[SectionId]
    evidence: tuple[Evidence, ...]
