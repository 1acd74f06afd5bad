"""What each group of customers had: when supply went, when it came back, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridops.ids import FeederId, IncidentId, InterruptionId, LoadId, SectionId
from gridops.network import Profile

UNKNOWN_CAUSE = "unknown"
NO_LEDGER = InterruptionId("")
TICK = timedelta(microseconds=1)
TICKS_PER_HOUR = timedelta(hours=1) // TICK


class Hand(StrEnum):
    """Who took supply, or gave it back."""

    PROTECTION = "protection"
    """A device by itself: it tripped, or reclosed."""
    AUTOMATION = "automation"
    """A plan that nobody released by hand."""
    DISPATCHER = "dispatcher"
    """A person from afar: by a plan, by a sheet, or by a switching that was announced."""
    CREW = "crew"
    """A person at the switch."""
    SOURCE = "source"
    """The grid above lost its voltage, or has it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstance:
    """Why supply was lost, as far as it is known by now. Kept, never used to filter at
    intake: what counts is the business of a rule-set."""

    cause: str = UNKNOWN_CAUSE
    """The value of a `Cause` (fault, lost_supply, momentary, planned ...) or "unknown"."""
    planned: bool = False
    source_lost: bool = False
    """Supply was lost from above."""
    exclusions: frozenset[str] = frozenset()
    """Further grounds that a rule-set may exclude by, such as "major-event-day"."""


UNEXPLAINED = Circumstance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """One group of customers (a load) without supply, in field source time.

    `customers`, `p_w`, `area`, `priority` and `profile` are those of the instant before, frozen: a
    later version of the grid changes nothing of them. `ended` None: still dark.
    A customer counts once per `incident`; without one, or where it `goes_on`, interruptions that
    touch are one.
    """

    load: LoadId
    section: SectionId
    feeder: FeederId | None
    customers: int
    p_w: float
    """That was measured before the loss, or else the stated one."""
    began: datetime
    ended: datetime | None = None
    incident: IncidentId | None = None
    why: Circumstance = UNEXPLAINED
    area: str | None = None
    priority: int | None = None
    profile: Profile | None = None
    """That the load follows over a day."""
    p_at: datetime | None = None
    """The instant before which `p_w` was measured, whatever became of `began` since. None: nothing
    measured it, and it is the load at factor 1 of the profile."""
    is_clamped: bool = False
    """A late or contradictory source time was moved to keep times in order."""
    id: InterruptionId = NO_LEDGER
    began_within_s: float = 0.0
    """How far `began` may be off: nobody can tell a slow clock from a slow message, so as far as
    the word of the device and its arrival were apart."""
    ended_within_s: float = 0.0
    taken_by: Hand | None = None
    """None: not known, as where meters alone told of it."""
    restored_by: Hand | None = None
    is_presumed: bool = False
    """It began with the first report of a meter or caller; no device told of it."""
    is_end_reported: bool = False
    """A person said that it is repaired; no meter and no device told of voltage yet."""
    goes_on: bool = False
    """Whoever was dark before was so all the time, as far as anybody knows: with the interruption
    that ends where this one begins it is one, whatever incident each was booked with."""
    revisions: int = 0
    """How often something was laid over what was booked."""

    def duration(self, until: datetime) -> timedelta:
        """How long it lasted; one that still lasts is counted to `until`. Never negative."""
        ended = until if self.ended is None else self.ended
        return max(ended - self.began, timedelta(0))
