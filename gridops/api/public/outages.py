"""What the public may know of each outage, worked out from incidents and the ledger.

Whatever leaves here is made of areas, closed sets of words, times and rounded counts. Ids of the
grid, names and what people wrote have no place in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from uuid import UUID, uuid5

from gridops.api.public.places import Places
from gridops.control_room import ControlRoom
from gridops.incident import Incident, Origin, Phase
from gridops.outage import Cause
from gridops.reliability import Interruption
from gridops.restoration import By
from gridops.sheets import StepState

OUTAGES_MAX = 500
"""The latest; further ones are counted."""
CLOSED_LOOKED_AT_MAX = 500
"""Incidents that are closed, the latest."""
UNEXPLAINED_AFTER = timedelta(seconds=60)
"""Supply that is lost without an incident is told of after so long: it may come back by itself."""
NAMESPACE = UUID("6f3a1c0e-2b1d-5b0e-9a53-7b1f0f5c7a11")
CREW_TOLD = frozenset(
    {
        StepState.INSTRUCTED,
        StepState.PENDING,
        StepState.COMPLETED,
        StepState.PREVIOUSLY_COMPLETED,
    }
)


class Status(StrEnum):
    """How far it is, for whoever waits for supply."""

    ASSESSING = "assessing"
    CREW_SENT = "crew_sent"
    RESTORING = "restoring"
    AWAITING_REPAIR = "awaiting_repair"
    """Switching is done; who has no supply yet waits for the repair."""
    RESTORED = "restored"


class CrewStatus(StrEnum):
    """`CrewStatusKind` of IEC 61968-3, as far as a control room knows."""

    AWAITING = "awaitingCrewAssignment"
    ASSIGNED = "assigned"
    ARRIVED = "arrived"
    COMPLETE = "fieldComplete"


class Why(StrEnum):
    FAULT = "fault"
    LOST_SUPPLY = "lost_supply"
    PLANNED_WORK = "planned_work"
    UNKNOWN = "unknown"


WHY = {
    Cause.FAULT: Why.FAULT,
    Cause.LOST_SUPPLY: Why.LOST_SUPPLY,
    Cause.PLANNED: Why.PLANNED_WORK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a utility decides about its public page."""

    customers_min: int = 10
    """Counts are rounded down to multiples of this; a smaller one is not told."""
    restored_shown: timedelta = timedelta(hours=2)
    """How long an outage that is over still stands there."""

    def told(self, count: int) -> int | None:
        """None: fewer than the least that is told."""
        return count // self.customers_min * self.customers_min or None


@dataclass(frozen=True, slots=True)
class Told:
    """When supply was expected back, as it was told at one time."""

    told_at: datetime
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicOutage:
    """One incident in one area."""

    mrid: UUID
    """A digest of the incident, the area and when it was learnt of: the same after a restart. No
    secret is in it: who tries all numbers and instants finds them."""
    area: str
    status: Status
    crew: CrewStatus
    why: Why
    is_predicted: bool
    """Concluded from calls and meters; no device has reported it."""
    began: datetime
    ended: datetime | None
    expected: tuple[Told, ...] = ()
    """Every time that was told, the latest last; empty: being assessed, nothing is guessed."""
    customers: int | None
    """Those who lost supply; this and the counts below as `Rules.told` has them."""
    customers_out: int | None
    customers_restored: int | None
    customers_of_area: int | None

    @property
    def is_planned(self) -> bool:
        return self.why is Why.PLANNED_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything that may be said at one moment."""

    at: datetime
    is_current: bool
    """False: the control room does not see the whole field now."""
    outages: tuple[PublicOutage, ...]
    """The latest first."""
    unlisted: int
    """How many more there are."""

    def within(self, areas: Sequence[str]) -> list[PublicOutage]:
        return [outage for outage in self.outages if outage.area in areas]


def board_of(
    room: ControlRoom, places: Places, *, rules: Rules, now: datetime, is_current: bool
) -> Board:
    """Cost: linear in the lasting interruptions and in those of the latest incidents."""
    found = [
        outage
        for incident, pieces in _handled(room)
        for outage in _by_area(room, places, rules=rules, incident=incident, pieces=pieces)
        if outage.ended is None or now - outage.ended <= rules.restored_shown
    ]
    unexplained = [
        piece
        for piece in room.books.ledger.lasting
        if piece.incident is None and now - piece.began >= UNEXPLAINED_AFTER
    ]
    found += _by_area(room, places, rules=rules, incident=None, pieces=unexplained)
    found.sort(key=lambda one: (one.began, one.area, one.mrid), reverse=True)
    return Board(
        at=now,
        is_current=is_current,
        outages=tuple(found[:OUTAGES_MAX]),
        unlisted=max(0, len(found) - OUTAGES_MAX),
    )


def _handled(room: ControlRoom) -> Iterator[tuple[Incident, list[Interruption]]]:
    """The incidents that the public may hear of, with who lost supply by them."""
    desk = room.desk
    closed = (one for one in reversed(desk.incidents.values()) if not one.is_open)
    latest = islice(closed, CLOSED_LOOKED_AT_MAX)
    for incident in (*desk.open_incidents.values(), *latest):
        told = incident.cause in WHY and incident.concluded_at is not None
        if told and (pieces := room.books.ledger.of(incident.id)):
            yield incident, pieces


def _by_area(
    room: ControlRoom,
    places: Places,
    *,
    rules: Rules,
    incident: Incident | None,
    pieces: Iterable[Interruption],
) -> Iterator[PublicOutage]:
    of_area: dict[str, list[Interruption]] = defaultdict(list)
    for piece in pieces:
        # A load that the grid does not have any more is told of in no area.
        of_area[places.area_of.get(piece.load, "")].append(piece)
    for area, its in of_area.items():
        if rules.told(places.customers_of.get(area, 0)) is not None:
            yield _outage(room, places, rules=rules, incident=incident, area=(area, its))


def _outage(
    room: ControlRoom,
    places: Places,
    *,
    rules: Rules,
    incident: Incident | None,
    area: tuple[str, list[Interruption]],
) -> PublicOutage:
    name, pieces = area
    everybody = {piece.load: piece.customers for piece in pieces}
    out = {piece.load: piece.customers for piece in pieces if piece.ended is None}
    customers, customers_out = sum(everybody.values()), sum(out.values())
    began = min(piece.began for piece in pieces)
    crew = CrewStatus.AWAITING if incident is None else _crew(room, incident)
    return PublicOutage(
        mrid=_mrid(incident, name, began=began),
        area=name,
        status=_status(incident, crew=crew, is_over=not out),
        crew=crew if out else CrewStatus.COMPLETE,
        why=Why.UNKNOWN if incident is None else WHY[incident.cause],
        is_predicted=incident is not None and _is_predicted(incident),
        began=began,
        ended=None if out else max(piece.ended for piece in pieces if piece.ended is not None),
        expected=() if incident is None or not out else _told(incident),
        customers=rules.told(customers),
        customers_out=rules.told(customers_out),
        customers_restored=rules.told(customers - customers_out),
        customers_of_area=rules.told(places.customers_of[name]),
    )


def _told(incident: Incident) -> tuple[Told, ...]:
    """The incident speaks for all its areas: whoever is back sooner is glad."""
    last = incident.expected[-1] if incident.expected else None
    if last is None or last.latest is None:
        return ()
    return tuple(
        Told(one.told_at, one.earliest, one.latest)
        for one in incident.expected
        if one.earliest is not None and one.latest is not None
    )


def _mrid(incident: Incident | None, area: str, *, began: datetime) -> UUID:
    ident, at = ("", began) if incident is None else (incident.id, incident.learnt_at)
    return uuid5(NAMESPACE, f"{ident}\n{area}\n{at.isoformat()}")


def _is_predicted(incident: Incident) -> bool:
    return incident.origin is Origin.PREDICTED and bool(incident.presumed_open)


def _crew(room: ControlRoom, incident: Incident) -> CrewStatus:
    """By what people have reported and what crews were told; a crew is never guessed."""
    permits = room.desk.state.work.permits.values()
    at_work = any(incident.zone.intersection(permit.sections) for permit in permits)
    if at_work or incident.heard.patrolled:
        return CrewStatus.ARRIVED
    proposed = incident.proposed
    steps = () if proposed is None or proposed.released_at is None else proposed.steps()
    if any(step.by is By.CREW and progress.state in CREW_TOLD for step, progress in steps):
        return CrewStatus.ASSIGNED
    return CrewStatus.AWAITING


def _status(incident: Incident | None, *, crew: CrewStatus, is_over: bool) -> Status:
    if is_over:
        return Status.RESTORED
    if incident is None:
        return Status.ASSESSING
    if incident.phase is Phase.EXECUTING or incident.repaired:
        return Status.RESTORING
    if crew is not CrewStatus.AWAITING:
        return Status.CREW_SENT
    return Status.AWAITING_REPAIR if incident.phase is Phase.RESTORED else Status.ASSESSING
