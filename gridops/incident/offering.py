"""A better plan than the one on the screen: looked for beside it, offered, taken by a person.

The first plan is made without load transfer and goes on the screen at once. What a thorough
search finds meanwhile never replaces it by itself: a person takes it, or it falls away. Only where
the plan on the screen moves nothing and nobody is needed, or where nothing is on the screen, does
it go there.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from gridops.commands import AskOperator, Intent, Solve, StartTimer
from gridops.events import OfferTaken
from gridops.incident.locating import where_is_it
from gridops.incident.model import Gain, Incident, Offer, Phase, Progress, Proposed
from gridops.incident.planning import (
    is_automatic,
    next_plan,
    of_now,
    put_up,
    question_of,
    same_plan,
    withheld_by,
)
from gridops.incident.situation import Situation, dark_of
from gridops.network import Network
from gridops.reasons import Reason, because
from gridops.response import Aim, Answer, Question, answer
from gridops.restoration import Plan

GAIN_MIN = 1e-6
"""Weighted minutes: what gains less is not offered."""


def gain_of(offered: Plan, *, over: Plan, network: Network) -> Gain:
    """What `offered` brings, and costs, beyond `over`."""
    return Gain(
        customers=int(offered.customers.restored_by_switching),
        instead=int(over.customers.restored_by_switching),
        minutes=round(over.minutes.with_plan - offered.minutes.with_plan, 3),
        steps=len(offered.steps) - len(over.steps),
        interrupted=sum(network.sections[s].customers for s in offered.dropped),
        interrupted_s=_interrupted_s(offered),
    )


def _interrupted_s(plan: Plan) -> float:
    """From the opening that drops a section to the closing that gives it back."""
    since: dict[str, float] = {}
    longest = 0.0
    for step in plan.steps:
        for section in step.sections_restored:
            if section in since:
                longest = max(longest, step.done_s - since.pop(section))
        since |= dict.fromkeys(step.sections_dropped, step.done_s)
    return round(longest, 3)


def is_better(found: Answer, *, than: Answer | None) -> bool:
    """Whether a person should hear of `found`. `than` None: nothing is on the screen."""
    plan = found.plan
    if found.aim is not Aim.RESTORE or not found.verdict.passed or not plan.steps:
        return False
    if than is None:
        return plan.customers.restored_by_switching > 0
    if not than.verdict.passed:
        return True
    return plan.score.weighted_minutes < than.plan.score.weighted_minutes - GAIN_MIN


def shown(incident: Incident) -> Answer | None:
    """The answer that a better one has to beat; None after a plan is done."""
    if incident.phase is not Phase.PROPOSED or incident.proposed is None:
        return None
    return incident.proposed.answer


def consider(here: Situation, incident: Incident, *, question: Question) -> list[Intent]:
    """Has `question` answered thoroughly: with load transfer, and with what stands around the
    plan on the screen."""
    incident.ticket += 1
    incident.again = False
    incident.considering = replace(question, settings=here.settings.plan)
    return [Solve(incident=incident.id, ticket=incident.ticket, thorough=True)]


def consider_what_is_left(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """A plan is done and leaves healthy sections in the dark: neighbours may make room."""
    healthy = dark_of(here, incident) - incident.suspected
    if not healthy or not here.settings.plan.load_transfer:
        return []
    if withheld_by(here, incident) is not None:
        return []
    where = where_is_it(here, incident, at=at)
    return consider(here, incident, question=question_of(here, incident, at=at, where=where))


def considered(
    here: Situation,
    incident: Incident,
    *,
    found: Answer | None,
    nothing_better: bool,
    at: datetime,
) -> list[Intent]:
    """The thorough answer. None: nobody has worked it out, so it is done here, unless it is known
    to be no better. Intents are given only where it went on the screen."""
    question, incident.considering = incident.considering, None
    if question is None or nothing_better or not _is_welcome(here, incident):
        return []
    found = found or answer(question, here.engines)
    before = shown(incident)
    if not is_better(found, than=before):
        return []
    incident.is_thorough = True
    nobody_waits = before is None or not (before.plan.steps and before.verdict.passed)
    if before is None or (nobody_waits and is_automatic(here, incident)):
        return put_up(here, incident, found=found, at=at)
    incident.is_thorough = False
    _offer(incident, found, over=before.plan, question=question, at=at)
    return []


def _is_welcome(here: Situation, incident: Incident) -> bool:
    if incident.phase not in (Phase.PROPOSED, Phase.RESTORED) or incident.halted:
        return False
    is_busy = incident.pending or incident.in_flight is not None
    return not is_busy and withheld_by(here, incident) is None


def _offer(
    incident: Incident, found: Answer, *, over: Plan, question: Question, at: datetime
) -> None:
    """An offer that comes again keeps its id."""
    was = incident.last_offer
    if was is not None and same_plan(was.answer, found):
        ident, found = was.id, of_now(was.answer, found)
    else:
        ident = next_plan(incident)
    offer = Offer(
        id=ident,
        answer=found,
        question=question,
        gain=gain_of(found.plan, over=over, network=question.network),
        offered_at=at,
    )
    incident.offer = incident.last_offer = offer
    incident.note(at, _note(offer))


def _note(offer: Offer) -> Reason:
    gain = offer.gain
    if not gain.interrupted:
        return because(
            "plan-offered",
            plan=offer.id,
            customers=gain.customers,
            instead=gain.instead,
            minutes=gain.minutes,
            steps=gain.steps,
        )
    return because(
        "plan-offered-interrupts",
        plan=offer.id,
        customers=gain.customers,
        instead=gain.instead,
        minutes=gain.minutes,
        steps=gain.steps,
        interrupted=gain.interrupted,
        seconds=gain.interrupted_s,
    )


def why_not_taken(here: Situation, incident: Incident, *, event: OfferTaken) -> str | None:
    """A code that says why the offer cannot be taken; None when it may. Taking it moves nothing:
    the guard is asked again when the plan is released."""
    offer, proposed = incident.offer, incident.proposed
    if incident.phase is not Phase.PROPOSED or offer is None or proposed is None:
        return "nothing-offered"
    if event.plan != offer.id or event.fingerprint != offer.answer.fingerprint:
        return "superseded"
    if event.at >= proposed.expires_at:
        return "expired"
    return "mode-withholds" if withheld_by(here, incident) is not None else None


def take(here: Situation, incident: Incident, *, event: OfferTaken) -> list[Intent]:
    """The offer goes on the screen, to be released like any other plan."""
    why = why_not_taken(here, incident, event=event)
    offer = incident.offer
    if why is not None or offer is None:
        why = why or "nothing-offered"
        incident.note(event.at, because("offer-refused", plan=event.plan, why=why))
        return []
    incident.offer, incident.last_offer, incident.is_thorough = None, None, True
    expires_at = event.at + timedelta(seconds=here.settings.approval_expiry_s)
    taken = Proposed(
        id=offer.id,
        proposed_at=event.at,
        expires_at=expires_at,
        answer=offer.answer,
        progress=[Progress() for _ in offer.answer.plan.steps],
    )
    incident.show(taken, at=event.at)
    incident.note(event.at, because("offer-taken", plan=offer.id, user=event.by))
    return [
        StartTimer(timer=incident.timer("expiry"), due=expires_at),
        AskOperator(incident=incident.id, plan=offer.id),
        *consider(here, incident, question=offer.question),
    ]
