"""What each group of customers had: when supply went, when it came back, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridops.ids import FeederId, IncidentId, InterruptionId, LoadId, SectionId

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

    `customers` and `p_w` are those of the instant before, frozen. `ended` None: still dark.
    A customer counts once per `incident`; without one, interruptions that touch are one.
    """

    load: LoadId
    section: SectionId
    feeder: FeederId | None
    customers: int
    p_w: float
    began: datetime
    ended: datetime | None = None
    incident: IncidentId | None = None
    why: Circumstance = UNEXPLAINED
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
    revisions: int = 0
    """How often something was laid over what was booked."""

    def duration(self, until: datetime) -> timedelta:
        """How long it lasted; one that still lasts is counted to `until`. Never negative."""
        ended = until if self.ended is None else self.ended
        return max(ended - self.began, timedelta(0))


@dataclass(frozen=True, slots=True)
class Episode:
    """All that one event cost one group of customers: the unit that a rule-set counts."""

    pieces: tuple[Interruption, ...]
    """In order of time."""

    @property
    def first(self) -> Interruption:
        return self.pieces[0]

    def duration(self, until: datetime) -> timedelta:
        return sum((piece.duration(until) for piece in self.pieces), timedelta(0))

    def customer_ticks(self, until: datetime) -> int:
        """Customers x time in whole microseconds: exact, whatever the order of addition."""
        return sum(piece.customers * (piece.duration(until) // TICK) for piece in self.pieces)

    def energy_wh(self, until: datetime) -> float:
        """Energy not supplied: pre-fault power, frozen, times the time without supply."""
        return sum(piece.p_w * (piece.duration(until) // TICK) for piece in self.pieces) / (
            TICKS_PER_HOUR
        )

    @property
    def losses(self) -> int:
        """How often supply went away; pieces that touch are one loss."""
        pairs = zip(self.pieces, self.pieces[1:], strict=False)
        return 1 + sum(not _touch(one, other) for one, other in pairs)


def episodes(interruptions: Iterable[Interruption]) -> tuple[Episode, ...]:
    """Groups by load and event, in order of beginning, then of load id.

    Pieces of one load belong together when they share an incident, or when one begins the
    instant the other ends. So splitting an interruption never changes an index.
    """
    of_load: dict[LoadId, list[Interruption]] = {}
    for one in sorted(interruptions, key=_in_time):
        of_load.setdefault(one.load, []).append(one)
    found = [episode for pieces in of_load.values() for episode in _of_one_load(pieces)]
    return tuple(sorted(found, key=lambda e: (e.first.began, e.first.load)))


def _of_one_load(pieces: Iterable[Interruption]) -> list[Episode]:
    groups: list[list[Interruption]] = []
    latest: list[Interruption] = []
    by_incident: dict[IncidentId, list[Interruption]] = {}
    for piece in pieces:
        group = by_incident.get(piece.incident) if piece.incident is not None else None
        if latest and piece.incident is None and _touch(latest[-1], piece):
            group = latest
        if group is None:
            group = []
            groups.append(group)
        group.append(piece)
        latest = group
        if piece.incident is not None:
            by_incident[piece.incident] = group
    return [Episode(tuple(group)) for group in groups]


def _touch(one: Interruption, other: Interruption) -> bool:
    return one.ended is not None and one.ended == other.began


def _in_time(one: Interruption) -> tuple[datetime, LoadId, bool, datetime]:
    """Ended before lasting, so that pieces that touch stay neighbours."""
    return one.began, one.load, one.ended is None, one.ended or one.began
