"""Closings as tests: what was energised and held does not hold the fault; what tripped does.

Nobody has to report it: the machine watches its own closings and those of people alike.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gridops.commands import Intent, StartTimer
from gridops.events import TrialReported
from gridops.ids import SectionId, SwitchId, TimerId
from gridops.incident.model import Incident, Origin, Trying
from gridops.incident.relations import UNDECIDED
from gridops.incident.situation import Situation
from gridops.outage import OperationBegan
from gridops.outage.heard import Trial
from gridops.reasons import because
from gridops.sheets import Change
from gridops.state import Energisation

TRYING_MAX = 32
"""Closings that are watched at a time; the oldest goes."""
PREFIX = "trial-"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a trip said to closings that came just before it."""

    trials: tuple[Trial, ...] = ()
    same: Incident | None = None
    """The incident that the trip is a part of: nothing else lost supply by it."""
    others: tuple[Incident, ...] = ()
    """Incidents whose closing was answered by the trip of somebody else."""


def watch(here: Situation, incident: Incident, *, change: Change) -> list[Intent]:
    """Remembers what the closing of a switch energised of the zone."""
    switch, event = change.moved, change.event
    if switch is None or switch not in here.state.closed or not _is_tried(incident):
        return []
    if switch in incident.pending:
        return []
    sections = frozenset(change.gained) & incident.zone
    if not sections:
        return _answered_before(here, incident, switch=switch, change=change)
    closed_at = getattr(event, "source_time", event.at)
    until = event.at + timedelta(seconds=here.settings.trial_hold_s)
    _forget_old(incident, event.at)
    incident.trying[switch] = Trying(switch, sections, closed_at, until)
    if not sections & incident.suspected:
        return []
    return [StartTimer(timer=incident.timer(f"{PREFIX}{switch}"), due=until)]


def _is_tried(incident: Incident) -> bool:
    return (
        incident.phase not in UNDECIDED
        and incident.origin is Origin.TRIPPED
        and not incident.repaired
    )


def _forget_old(incident: Incident, at: datetime) -> None:
    oldest = at - timedelta(seconds=1)
    kept = {s: one for s, one in incident.trying.items() if one.until >= oldest}
    incident.trying = dict(list(kept.items())[-TRYING_MAX + 1 :])


def _answered_before(
    here: Situation, incident: Incident, *, switch: SwitchId, change: Change
) -> list[Intent]:
    """The trip was heard of before the closing that it answered: what the closing would have
    energised behind the device that tripped."""
    event = change.event
    closed_at = getattr(event, "source_time", event.at)
    hold = timedelta(seconds=here.settings.trial_hold_s)
    for other in here.others(incident):
        if other.origin is not Origin.TRIPPED or other.opened_at < closed_at - _tolerance(here):
            continue
        if other.opened_at > closed_at + hold:
            continue
        traced = here.state.energisation
        for device in other.devices:
            traced = traced.moved(device, closed=True)
        sections = traced.behind(switch) & incident.zone
        if sections:
            trial = Trial(sections=sections, held=False)
            _take(incident, trial, switch=switch, device=other.devices[0], at=event.at)
            other.heard.tried(trial)
            other.zone |= traced.behind(switch)
    return []


def held(here: Situation, incident: Incident, *, timer: TimerId, at: datetime) -> bool:
    """The time of a trial is over: whether something new is known by it."""
    what = f"incident:{incident.id}:{PREFIX}"
    if not timer.startswith(what):
        return False
    trying = incident.trying.pop(SwitchId(timer.removeprefix(what)), None)
    now = here.state.energisation
    if trying is None or not all(now.is_supplied(s) for s in trying.sections):
        return False
    incident.heard.tried(Trial(sections=trying.sections, held=True))
    incident.note(at, because("closing-held", switch=trying.switch))
    return True


def answered_by(
    here: Situation, fact: OperationBegan, *, before: Energisation, at: datetime
) -> Answered:
    """Whether the opening of a protective device follows a closing: then what the closing
    energised holds a fault, the same or a second one."""
    lost = before.behind(fact.device)
    trials: list[Trial] = []
    same: Incident | None = None
    others: list[Incident] = []
    for incident in here.open.values():
        hits = [one for one in incident.trying.values() if _follows(here, one, fact=fact)]
        sections = frozenset(s for one in hits for s in one.sections) & lost
        if not sections:
            continue
        trial = Trial(sections=sections, held=False)
        trials.append(trial)
        for one in hits:
            incident.trying.pop(one.switch, None)
        _take(incident, trial, switch=hits[-1].switch, device=fact.device, at=at)
        if lost <= incident.zone:
            same = incident
        else:
            others.append(incident)
    return Answered(tuple(trials), same, tuple(others))


def _follows(here: Situation, trying: Trying, *, fact: OperationBegan) -> bool:
    hold = timedelta(seconds=here.settings.trial_hold_s)
    earliest = trying.closed_at - _tolerance(here)
    return earliest <= fact.opened_at <= trying.closed_at + hold


def _tolerance(here: Situation) -> timedelta:
    return timedelta(seconds=here.settings.detection.reorder_tolerance_s)


def _take(
    incident: Incident, trial: Trial, *, switch: SwitchId, device: SwitchId, at: datetime
) -> None:
    if incident.repaired:
        # Until it is located again, which a person's stop may put off, anything may hold it.
        incident.repaired = False
        if incident.location is not None:
            incident.location = replace(incident.location, suspected=incident.zone)
    elif incident.location is not None and not trial.sections & incident.location.suspected:
        incident.outlasting |= incident.location.suspected
    incident.heard.tried(trial)
    incident.note(at, because("closing-tripped", switch=switch, device=device))


def reported(here: Situation, incident: Incident, *, event: TrialReported) -> None:
    """A person's word about a closing; what it energised is taken from what was seen of it, else
    from where the switches stand."""
    switch = event.switch
    sections = _tried_by(here, incident, switch=switch, held=event.held)
    incident.trying.pop(switch, None)
    code = "closing-held" if event.held else "closing-tripped"
    params = {"switch": switch} if event.held else {"switch": switch, "device": switch}
    if sections:
        incident.heard.tried(Trial(sections=sections, held=event.held))
    incident.note(event.at, because(code, **params))


def _tried_by(
    here: Situation, incident: Incident, *, switch: SwitchId, held: bool
) -> frozenset[SectionId]:
    known = incident.trying.get(switch)
    if known is not None:
        return known.sections
    if switch not in here.network.switches:
        return frozenset()
    traced = here.state.energisation.moved(switch, closed=True)
    if not held:
        return frozenset(traced.gained_since(here.state.energisation)) & incident.zone
    return traced.behind(switch) & incident.zone
