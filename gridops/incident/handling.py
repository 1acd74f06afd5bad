"""What an open incident does about a fact."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Protocol

from gridops.commands import Intent, ScanDevices, StartTimer
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    GridTakenIn,
    IncidentHalted,
    NormalAccepted,
    OfferTaken,
    PatrolReported,
    PlanApproved,
    PlanReleased,
    RepairReported,
    ReplanRequested,
    TimerExpired,
    TrialReported,
)
from gridops.ids import SwitchId
from gridops.incident.approving import approved
from gridops.incident.ending import accepted, close, rest
from gridops.incident.execution import (
    is_sound,
    release,
    stop,
    use_again,
    why_not_approved,
    why_not_released,
)
from gridops.incident.expecting import OVERDUE, overdue
from gridops.incident.intake import keep
from gridops.incident.latching import person_halted, tell_latches
from gridops.incident.locating import where_is_it
from gridops.incident.model import Incident, Origin, Phase
from gridops.incident.news import is_news
from gridops.incident.offering import (
    consider,
    consider_what_is_left,
    considered,
    take,
)
from gridops.incident.planning import (
    ask,
    is_automatic,
    put_up,
    refresh_soon,
    withheld_by,
    withhold,
)
from gridops.incident.relations import LOOKED_AT, UNDECIDED
from gridops.incident.run_limits import LIMIT, WARN, ran_long, watched
from gridops.incident.situation import Situation, dark_of
from gridops.incident.starting_again import regrounded, restarted
from gridops.incident.trials import held, reported, watch
from gridops.network import IndicatorKind
from gridops.outage import Cause, OperationConcluded
from gridops.reasons import because
from gridops.response import Aim, Answer, Question, answer
from gridops.sheets import AUTOMATION, Change

AWAITING = (Phase.SETTLING, Phase.PROPOSED, Phase.STOPPED)
"""Phases in which the answer to a question is of use."""
Act = (
    PlanReleased
    | PlanApproved
    | OfferTaken
    | ReplanRequested
    | IncidentHalted
    | RepairReported
    | NormalAccepted
    | PatrolReported
    | TrialReported
)


_OF_ONE_ALONE = RepairReported | PlanReleased | PlanApproved | OfferTaken | NormalAccepted


def concluded(here: Situation, incident: Incident, *, fact: OperationConcluded) -> list[Intent]:
    """What its operation turned out to be. Nothing is decided while another device of the same
    incident may still reclose."""
    at = fact.concluded_at
    if incident.phase not in UNDECIDED:
        return refresh_soon(here, incident, at=at) if incident.phase in LOOKED_AT else []
    if incident.cause in (Cause.FAULT, Cause.LOST_SUPPLY):
        return _settle(here, incident, at=at)
    if incident.pending or incident.phase is Phase.SETTLING:
        return []
    if incident.cause is Cause.PLANNED and dark_of(here, incident):
        incident.phase = Phase.RESTORED
    else:
        close(incident, at, why=because("incident-closed", cause=incident.cause.value))
    return []


def _settle(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Give the indicators time, and ask them again meanwhile."""
    if incident.phase is Phase.SETTLING or incident.concluded_at is None:
        return []
    incident.phase = Phase.SETTLING
    window_s = here.settings.indicator_window_s
    incident.note(at, because("awaiting-indicators", seconds=window_s))
    due = at + timedelta(seconds=window_s)
    return [
        ScanDevices(switches=_indicators(here, incident)),
        StartTimer(timer=incident.timer("settle"), due=due),
    ]


def _indicators(here: Situation, incident: Incident) -> tuple[SwitchId, ...]:
    """Those at the zone, in file order."""
    network = here.network
    fitted = {
        switch
        for section in incident.zone
        for switch in network.sections[section].switches
        if network.switches[switch].indicator is not IndicatorKind.NONE
    }
    return tuple(sorted(fitted, key=network.arrays.switches.of.__getitem__))


def tell(here: Situation, incident: Incident, *, change: Change) -> list[Intent]:
    """The incident hears of a fact that the live state has taken in already."""
    event = change.event
    if not incident.is_open:
        return []
    change = replace(change, heard=keep(here, incident, event=event))
    use_again(here, incident, change=change)
    match event:
        case TimerExpired():
            return _timer(here, incident, event=event)
        case CommandConfirmed() | CommandRejected() | CommandTimedOut():
            return []  # the sheet hears of it, and tells
        case (
            PlanReleased()
            | PlanApproved()
            | OfferTaken()
            | ReplanRequested()
            | IncidentHalted()
            | RepairReported()
            | NormalAccepted()
            | PatrolReported()
            | TrialReported()
        ):
            return (
                _person(here, incident, event=event)
                if _is_meant(here, incident, event=event)
                else []
            )
        case ControlRoomStarted():
            return restarted(here, incident, at=event.at)
        case GridTakenIn():
            return regrounded(here, incident, event=event)
        case _:
            pass
    return [*watch(here, incident, change=change), *_news(here, incident, change=change)]


# the passing of time


def _timer(here: Situation, incident: Incident, *, event: TimerExpired) -> list[Intent]:
    for what, ring in _CLOCKS.items():
        if event.timer == incident.timer(what):
            return ring(here, incident, at=event.at)
    if held(here, incident, timer=event.timer, at=event.at):
        return _heard_more(here, incident, at=event.at)
    return []


def _heard_more(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Evidence came without an event of its own."""
    incident.again = incident.again or incident.question is not None
    return refresh_soon(here, incident, at=at) if incident.phase in LOOKED_AT else []


def _settled(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    if incident.phase is not Phase.SETTLING:
        return []
    if incident.pending:
        # Another device may still reclose; detection settles that within its own limits.
        due = at + timedelta(seconds=here.settings.refresh_s)
        return [StartTimer(timer=incident.timer("settle"), due=due)]
    if incident.halted:
        incident.phase = Phase.STOPPED
        return []
    return plan(here, incident, at=at)


def _refresh(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    incident.refresh_due = None
    is_moving = incident.phase is Phase.STOPPED and incident.in_flight is not None
    if is_moving or (incident.pending and incident.phase in LOOKED_AT):
        return refresh_soon(here, incident, at=at)
    if incident.phase in (Phase.PROPOSED, Phase.STOPPED) and not incident.halted:
        return plan(here, incident, at=at)
    if incident.phase is Phase.RESTORED and incident.considering is None:
        return consider_what_is_left(here, incident, at=at)
    return []


def _expired(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Nobody has released it for long: look at everything again."""
    proposed = incident.proposed
    if incident.phase is not Phase.PROPOSED or proposed is None or at < proposed.expires_at:
        return []
    return plan(here, incident, at=at)


def _held_long_enough(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    due = incident.home_due
    if incident.phase is not Phase.RESTORED or incident.halted or due is None or at < due:
        return []
    return plan(here, incident, at=at)


class _Ring(Protocol):
    def __call__(self, here: Situation, incident: Incident, *, at: datetime) -> list[Intent]: ...


_CLOCKS: Mapping[str, _Ring] = MappingProxyType(
    {
        "settle": _settled,
        "refresh": _refresh,
        "return": _held_long_enough,
        "expiry": _expired,
        WARN: partial(ran_long, what=WARN),
        LIMIT: partial(ran_long, what=LIMIT),
        OVERDUE: overdue,
    }
)


def plan(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Asks for a plan from what is known now. If everybody has supply that is the way back to
    the normal state, when it is time for it; else the end of the incident."""
    if incident.origin is not Origin.EARTH_FAULT and not dark_of(here, incident):
        rested = rest(here, incident, at=at)
        if rested is not None:
            return rested
        if incident.phase is Phase.RESTORED:
            incident.phase, incident.proposed = Phase.PROPOSED, None
    else:
        incident.home_due = None
    withheld = withheld_by(here, incident)
    if withheld is None:
        return ask(here, incident, at=at)
    incident.refresh_due = None
    incident.location = where_is_it(here, incident, at=at)
    withhold(incident, at, why=withheld)
    return []


def solved(
    here: Situation, incident: Incident, *, found: Answer | None, at: datetime
) -> list[Intent]:
    """The answer to the incident's question, worked out while the world went on. None: nobody
    has worked it out, so it is done here."""
    question, incident.question = incident.question, None
    if question is None or incident.phase not in AWAITING:
        return []
    if incident.halted:
        incident.phase = Phase.STOPPED
        return []
    if incident.in_flight is not None:
        return refresh_soon(here, incident, at=at)
    if incident.pending and incident.phase in LOOKED_AT:
        return refresh_soon(here, incident, at=at)
    if incident.pending:
        due = at + timedelta(seconds=here.settings.refresh_s)
        return [StartTimer(timer=incident.timer("settle"), due=due)]
    withheld = withheld_by(here, incident)
    if withheld is not None:
        incident.location = question.location
        withhold(incident, at, why=withheld)
        return []
    intents = put_up(here, incident, found=found or answer(question, here.engines), at=at)
    intents += _by_itself(here, incident, at=at)
    return intents + _afterwards(here, incident, question=question, at=at)


def _afterwards(
    here: Situation, incident: Incident, *, question: Question, at: datetime
) -> list[Intent]:
    """A plan is on the screen: what may follow while people read it."""
    if incident.phase is not Phase.PROPOSED:
        return []
    if incident.again:
        return refresh_soon(here, incident, at=at)
    return consider(here, incident, question=question)


def thoroughly_solved(
    here: Situation,
    incident: Incident,
    *,
    found: Answer | None,
    nothing_better: bool,
    at: datetime,
) -> list[Intent]:
    """The answer to a thorough question: an offer, or, where nobody has to decide between two
    plans, a proposal."""
    again = incident.again
    intents = considered(here, incident, found=found, nothing_better=nothing_better, at=at)
    if intents:
        intents += _by_itself(here, incident, at=at)
    if again and incident.phase in (Phase.PROPOSED, Phase.RESTORED):
        intents += refresh_soon(here, incident, at=at)
    return intents


def _by_itself(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """The way back to the normal state is a person's decision: nobody waits for it."""
    proposed = incident.proposed
    if proposed is None or proposed.answer.aim is not Aim.RESTORE or not proposed.answer.plan.steps:
        return []
    tell_latches(here, incident, at=at)
    if not is_automatic(here, incident) or not is_sound(here, incident, at=at):
        return []
    watching = watched(here, incident, at=at)
    return [*watching, *release(here, incident, at=at, by=AUTOMATION)]


# people


def _is_meant(here: Situation, incident: Incident, *, event: Act) -> bool:
    """What is said of an incident that has become a part of this one is said of this one; but
    a repair of a part is none of the whole, and a plan is released under its own name. A fault
    that was found concerns everybody in whose zone it lies."""
    if event.incident == incident.id:
        return True
    found = event.place if isinstance(event, PatrolReported) and event.found else ""
    if _is_place(here, found) and here.network.section_of(found) in incident.zone:
        return True
    is_of_part = isinstance(event, _OF_ONE_ALONE)
    return not is_of_part and event.incident in incident.took_over


def _person(here: Situation, incident: Incident, *, event: Act) -> list[Intent]:
    match event:
        case PlanReleased() | PlanApproved() | OfferTaken():
            return _chosen(here, incident, event=event)
        case IncidentHalted():
            return _halted(here, incident, event=event)
        case RepairReported() if incident.phase in UNDECIDED:
            # Nobody knows yet what would have been repaired.
            seconds = here.settings.indicator_window_s
            incident.note(event.at, because("awaiting-indicators", seconds=seconds))
            return []
        case RepairReported():
            incident.repaired = True
            incident.note(event.at, because("repair-reported", user=event.by))
        case PatrolReported():
            return _patrolled(here, incident, event=event)
        case TrialReported():
            reported(here, incident, event=event)
            return _reconsider(here, incident, at=event.at)
        case NormalAccepted():
            return accepted(here, incident, event=event)
        case ReplanRequested() if incident.home_due is not None:
            incident.home_due = event.at  # a person need not wait for the hold time
        case ReplanRequested():
            pass
    return _asked(here, incident, at=event.at)


def _patrolled(here: Situation, incident: Incident, *, event: PatrolReported) -> list[Intent]:
    """What a crew saw; a place that the grid does not have is noted and says nothing."""
    code = "crew-found" if event.found else "crew-found-nothing"
    incident.note(event.at, because(code, place=event.place, user=event.by))
    if _is_place(here, event.place):
        incident.heard.patrolled[event.place] = event.found
    return _reconsider(here, incident, at=event.at)


def _is_place(here: Situation, ident: str) -> bool:
    network = here.network
    return any(ident in table for table in (network.branches, network.sections, network.nodes))


def _reconsider(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """A person has said more about where the fault is: also a plan that is done is looked at
    again, for what it had to leave in the dark."""
    if incident.phase is Phase.RESTORED and incident.cause is Cause.FAULT:
        if not dark_of(here, incident):
            return []
        incident.phase, incident.proposed = Phase.PROPOSED, None
    return _heard_more(here, incident, at=at)


def joined(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Another device, or another incident, turned out to belong to it: what was concluded from
    the first alone is looked at again."""
    if incident.phase in LOOKED_AT:
        incident.phase = Phase.DETECTING
        incident.unask()
        incident.proposed, incident.location = None, None
    decided = incident.concluded_at is not None and not incident.pending
    if decided and incident.cause in (Cause.FAULT, Cause.LOST_SUPPLY):
        return _settle(here, incident, at=at)
    return []


def _chosen(
    here: Situation, incident: Incident, *, event: PlanReleased | PlanApproved | OfferTaken
) -> list[Intent]:
    if isinstance(event, OfferTaken):
        return take(here, incident, event=event)
    if isinstance(event, PlanApproved):
        why = why_not_approved(here, incident, event=event)
        if why is None:
            approved(incident, event=event)
        else:
            incident.note(event.at, because("approval-refused", plan=event.plan, why=why))
        return []
    why = why_not_released(here, incident, event=event)
    if why is None:
        return release(here, incident, at=event.at, by=event.by)
    incident.note(event.at, because("release-refused", plan=event.plan, why=why))
    return []


def _halted(here: Situation, incident: Incident, *, event: IncidentHalted) -> list[Intent]:
    """Before there is a plan the word is kept until there could be one."""
    incident.halted = True
    why = because("stopped-by-person", user=event.by)
    person_halted(here, incident, at=event.at, by=event.by, why=why)
    if incident.phase in UNDECIDED:
        incident.latched = True
        incident.note(event.at, why)
        return []
    return stop(here, incident, at=event.at, why=why)


def _asked(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """A person wants a plan. What is not known is read again; what a command is doing at this
    moment is waited for."""
    incident.halted = False
    is_mere_work = incident.cause is Cause.PLANNED and not incident.repaired
    if incident.phase in (*UNDECIDED, Phase.EXECUTING) or is_mere_work:
        return []
    if incident.in_flight is not None:
        return refresh_soon(here, incident, at=at)
    if incident.phase is Phase.RESTORED:
        incident.phase = Phase.PROPOSED
        incident.proposed = None
    return [*_scan(here, incident), *plan(here, incident, at=at)]


def _scan(here: Situation, incident: Incident) -> list[Intent]:
    unknown = tuple(
        switch
        for switch, ends in here.network.section_ends.items()
        if any(end in incident.zone for end in ends)
        and here.state.is_unknown(switch)
        and switch in here.state.link_of
    )
    return [ScanDevices(switches=unknown)] if unknown else []


# everything else


def _news(here: Situation, incident: Incident, *, change: Change) -> list[Intent]:
    at = change.event.at
    if incident.phase is Phase.EXECUTING or not is_news(change):
        return []
    is_out = incident.question is not None or incident.considering is not None
    incident.again = incident.again or is_out
    if incident.phase is Phase.PROPOSED:
        return refresh_soon(here, incident, at=at)
    waits = incident.phase is Phase.RESTORED or (
        incident.phase is Phase.STOPPED and incident.in_flight is None
    )
    if waits and not dark_of(here, incident):
        rested = rest(here, incident, at=at)
        return plan(here, incident, at=at) if rested is None else rested
    return []
