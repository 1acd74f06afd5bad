"""How does this grid go back to its normal state? Asked of the engine that answers live."""

from gridops.errors import ScenarioError
from gridops.network import Network
from gridops.outage import Cause, Location, Verdict
from gridops.response import Engines, Question, answer
from gridops.restoration import off_normal
from gridops.state import energise
from gridops.study.standing import WhatIf, standing
from gridops.study.what_if import Outcome


def way_home(network: Network, engines: Engines, *, ask: WhatIf) -> Outcome:
    """The way from the state of `ask`, whose faults play no part, to the normal state. Nothing
    is suspected, and whoever has supply normally and not now waits for it.

    Raises: as `standing` does; ScenarioError for a state that is the normal one.
    """
    now = standing(network, ask)
    away = off_normal(network, now.closed)
    if not away:
        raise ScenarioError(
            "every switch stands at its normal position", remedy="name switches to open or close"
        )
    normally = energise(network, network.normally_closed)
    question = Question(
        network=network,
        snapshot=now.snapshot,
        closed_before=network.normally_closed,
        location=Location(verdict=Verdict.LOCATED, suspects=(), suspected=frozenset(), evidence=()),
        dark=frozenset(now.traced.lost_since(normally)),
        loads=now.loads,
        limits=now.limits,
        unavailable=now.unavailable,
        at=ask.at,
        home=frozenset(away),
        settings=now.settings,
    )
    concerned = {*question.dark, *(s for a in away for s in network.section_ends[a])}
    feeder_of = normally.feeder_of
    feeders = {feeder_of.get(section) for section in concerned}
    return Outcome(
        network=network,
        faults=(),
        cause=Cause.PLANNED,
        tripped=(),
        feeders=tuple(f for f in network.heads if f in feeders),
        question=question,
        answer=answer(question, engines),
    )
