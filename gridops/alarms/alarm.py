"""One alarm: whether what it tells of stands, who has seen it, and whether it is on the shelf."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridops.ids import AlarmId, UserName
from gridops.reasons import Reason


class AlarmKind(StrEnum):
    INCIDENT = "incident"
    """One outage, or an earth fault that did not trip: with all that was heard of it."""
    LINK = "link"
    """A server is not connected: what is behind it is not seen."""
    TROUBLE = "trouble"
    """A link lost or distorted something that somebody has to see to. It passes at once."""
    LOAD_SHED = "load_shed"
    LATCH = "latch"
    """Automation is off on a feeder until a person enables it again."""
    MOVED = "moved"
    """A switch moved, nobody had asked for it, and no outage explains it. It passes at once."""
    POSITION = "position"
    """A switch that is reached says neither open nor closed."""
    OUTCOME = "outcome"
    """Nobody knows where the last command has left a switch."""
    CREW = "crew"
    """A sheet was stopped, and nobody has said what its crew did."""
    FLAG = "flag"
    """An indicator saw fault current, and no outage explains it."""


class Priority(StrEnum):
    """By what becomes of it if nobody does anything, and how soon. Ordered: the gravest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlarmState(StrEnum):
    UNACKNOWLEDGED = "unacknowledged"
    """It stands, and nobody has seen it yet."""
    RETURNED = "returned"
    """It is over, and nobody has seen it."""
    ACKNOWLEDGED = "acknowledged"
    """It stands; somebody sees to it."""
    SHELVED = "shelved"


def alarm_id(kind: AlarmKind, subject: str) -> AlarmId:
    return AlarmId(f"{kind.value}:{subject}")


def group_id(kind: AlarmKind, place: str) -> AlarmId:
    return AlarmId(f"{kind.value}@{place}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Not told until then, whether it comes and goes or stays; told again at once when it grows
    worse."""

    by: UserName
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What there is to say of something that stands."""

    why: Reason
    priority: Priority
    weights: tuple[int, ...] = ()
    """How bad it is: it grows worse when any of them grows."""


@dataclass(slots=True, kw_only=True)
class Alarm:
    """`raised` numbers are counted over all alarms, so that one number says how far somebody has
    seen any of them."""

    kind: AlarmKind
    subject: str
    """The incident, link, switch, feeder or sheet it is about."""
    place: str
    """The link, feeder or, if it stands alone, the subject that it is told together with."""
    told: Told
    worst: tuple[int, ...]
    """The greatest weights that it had since it came, or since it was shelved last."""
    shown_from: datetime
    """What is over by then was none."""
    since: datetime
    """When it came, and was not known before."""
    last: datetime
    """When it came, or grew worse, last."""
    raised: int
    """The number of that."""
    standing: bool = True
    times: int = 1
    """How often it came."""
    seen: int = 0
    """The number up to which it was acknowledged."""
    seen_by: UserName | None = None
    seen_at: datetime | None = None
    shelf: Shelf | None = None

    @property
    def id(self) -> AlarmId:
        return alarm_id(self.kind, self.subject)

    @property
    def group(self) -> AlarmId:
        return group_id(self.kind, self.place)

    @property
    def is_seen(self) -> bool:
        return self.raised <= self.seen

    def grows_with(self, told: Told) -> bool:
        return any(now > was for was, now in zip(self.worst, told.weights, strict=True))

    def is_shelved(self, now: datetime) -> bool:
        return self.shelf is not None and now < self.shelf.until

    def state(self, now: datetime) -> AlarmState | None:
        """None: there is nothing to tell."""
        if now < self.shown_from:
            return None
        if self.is_shelved(now):
            return AlarmState.SHELVED
        if not self.is_seen:
            return AlarmState.UNACKNOWLEDGED if self.standing else AlarmState.RETURNED
        return AlarmState.ACKNOWLEDGED if self.standing else None

    def changes_at(self, now: datetime) -> datetime | None:
        """When `state` is another one although nothing happens; None: never."""
        due = [self.shown_from] if self.shelf is None else [self.shown_from, self.shelf.until]
        return min((at for at in due if at > now), default=None)
