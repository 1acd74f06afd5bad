"""Which incidents an opening may still belong to, by the clocks of the field."""

from datetime import datetime, timedelta

from gridops.incident.model import Incident, IncidentSettings, Origin, Phase
from gridops.outage import Cause, OperationBegan

UNDECIDED = (Phase.DETECTING, Phase.SETTLING)
LOOKED_AT = (Phase.PROPOSED, Phase.STOPPED)


def is_joinable(incident: Incident) -> bool:
    """Whether another device may still turn out to belong to it: nothing was switched yet."""
    if incident.phase in UNDECIDED:
        return True
    proposed = incident.proposed
    untouched = proposed is None or proposed.released_at is None
    return incident.phase in LOOKED_AT and untouched and incident.plans_released == 0


def is_open_to(
    incident: Incident, fact: OperationBegan, *, at: datetime, settings: IncidentSettings
) -> bool:
    """Whether the opening may belong to it by its time alone. An alarm, or a guess, may become a
    trip at any time."""
    if incident.origin is not Origin.TRIPPED:
        return True
    return is_near(incident, fact, at=at, settings=settings)


def is_near(
    incident: Incident, fact: OperationBegan, *, at: datetime, settings: IncidentSettings
) -> bool:
    """Whether the opening lies within `join_s` of those of the incident, by source time where
    that can be trusted; while a device may still reclose everything near it is."""
    if incident.pending and incident.phase in UNDECIDED:
        return True
    moment = _trusted(fact.opened_at, at, settings=settings)
    begin, end = _span(incident, settings)
    return begin <= moment <= end


def may_be_one(incident: Incident) -> bool:
    """Whether it may still turn out to be one event with another: something tripped, and nothing
    was switched yet."""
    tripped = incident.origin is Origin.TRIPPED and incident.cause is not Cause.LOST_SUPPLY
    return tripped and incident.is_open and is_joinable(incident)


def overlap_in_time(one: Incident, other: Incident, *, settings: IncidentSettings) -> bool:
    """Whether the openings of one lie within `join_s` of those of the other."""
    begin, end = _span(one, settings)
    return begin <= _last(other, settings) and _first(other, settings) <= end


def has_not_held(former: Incident, opened_at: datetime, *, settings: IncidentSettings) -> bool:
    """Whether an opening at `opened_at` answers a closing that gave supply back to `former`."""
    hold = timedelta(seconds=settings.trial_hold_s)
    early = timedelta(seconds=settings.detection.reorder_tolerance_s)
    return any(
        one.closed_at - early <= opened_at <= one.closed_at + hold for one in former.trying.values()
    )


def _span(incident: Incident, settings: IncidentSettings) -> tuple[datetime, datetime]:
    join = timedelta(seconds=settings.join_s)
    return _first(incident, settings) - join, _last(incident, settings) + join


def _first(incident: Incident, settings: IncidentSettings) -> datetime:
    return _trusted(incident.opened_at, incident.learnt_at, settings=settings)


def _last(incident: Incident, settings: IncidentSettings) -> datetime:
    """Late reclosing shots are trusted as the first opening is."""
    begin = _first(incident, settings)
    return max(begin, incident.last_opened_at) if begin == incident.opened_at else begin


def _trusted(source_time: datetime, at: datetime, *, settings: IncidentSettings) -> datetime:
    """A clock that is far off orders nothing: what it says happened when it was heard of."""
    is_off = abs((at - source_time).total_seconds()) > settings.clock_trust_s
    return at if is_off else source_time
