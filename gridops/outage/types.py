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
    besides: tuple[Reason, ...] = ()
    """What else mattered: a clock that is off, a message that never came."""


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

    device: str
    """Id of the device; of a meter or call that of the load, of a crew's word that of a section."""
    reading: Reading
    role: Role
    why: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    section: SectionId
    probability: float


class AdviceKind(StrEnum):
    READ = "read"
    """Get the reading of a device that gives none."""
    PATROL = "patrol"
    """Look at the section."""
    TRIAL = "trial"
    """Open the switch and close above it: does the part before it hold?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing that would tell more, and what it is worth."""

    kind: AdviceKind
    target: str
    """The device to read or to open, or the section to look at."""
    takes_s: float
    customer_minutes: float
    """Expected saving against waiting until a crew has found the fault; positive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where the fault is, ranked, with the evidence.

    `suspects`: the probability of each section to hold a fault, given that there is one; most
    probable first, ties in section order of the grid. They sum to one, and to one more than that
    as far as two faults are probable.
    `suspected` is what must be fenced: the fewest sections that hold every fault with
    `LocationSettings.hold_probability`, and whatever any one wrong device could hide
    (`malfunctions_tolerated`). Empty only with the verdict INSUFFICIENT when nothing is dark.
    """

    verdict: Verdict
    suspects: tuple[Suspect, ...]
    suspected: frozenset[SectionId]
    evidence: tuple[Evidence, ...]
    p_no_fault: float = 0.0
    """That there is no fault at all."""
    p_two_faults: float = 0.0
    """That there are two, given that there is one."""
    p_trouble: float = 0.0
    """That what was read has nothing to do with the grid."""
    advice: tuple[Advice, ...] = ()
    """The most useful first; empty where the section is known well enough."""
    zones: tuple[tuple[SectionId, ...], ...] = ()
    """The sections of `suspects`, together what no word tells apart, in the order of `suspects`."""
