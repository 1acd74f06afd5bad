"""The three lines of an incident, in the documents of the commands."""

from typing import Any

from gridops.incident import Incident, Phase, Told, explanation_of
from gridops.incident.explanation import devices_of
from gridops.incident.explanation_where import Clocks
from gridops.network import Names
from gridops.outage import Cause
from gridops.response import Answer
from gridops.study import Outcome

Plain = dict[str, Any]


def explained(plain: Plain, told: Told) -> Plain:
    """`plain` with `explanation` at the end of its location: codes, and the English of them."""
    names = Names(told.network)
    lines = [{"code": line.code, "text": line.in_english(names)} for line in explanation_of(told)]
    return {**plain, "location": {**plain["location"], "explanation": lines}}


def told_of_study(outcome: Outcome) -> Told:
    return Told(
        network=outcome.network,
        cause=outcome.cause,
        phase=Phase.PROPOSED,
        devices=outcome.tripped if outcome.cause is Cause.FAULT else (),
        feeders=outcome.feeders,
        customers=int(outcome.answer.plan.customers.interrupted),
        location=outcome.answer.location,
        answer=outcome.answer,
    )


def told_of_first_plan(incident: Incident, first: Answer) -> Told:
    """As it was when the first plan was proposed."""
    at = incident.concluded_at or incident.learnt_at
    return Told(
        network=incident.network,
        cause=incident.cause,
        phase=Phase.PROPOSED,
        devices=devices_of(incident),
        origin=incident.origin,
        feeders=incident.feeders,
        customers=int(first.plan.customers.interrupted),
        clocks=Clocks(incident.opened_at, incident.learnt_at, at),
        location=first.location,
        answer=first,
        flags=incident.flags,
    )
