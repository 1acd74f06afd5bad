"""What if this section failed? Asked of the engine that answers live."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gridops.errors import ScenarioError
from gridops.ids import FeederId, SectionId, SourceId, SwitchId
from gridops.network import Network
from gridops.outage import (
    Cause,
    Heard,
    Location,
    Suspect,
    Verdict,
    indications_in,
    infer,
    locate_lost_supply,
)
from gridops.response import Answer, Engines, Question, answer, with_outlook
from gridops.state import Snapshot
from gridops.study.standing import ANY_DAY, Standing, WhatIf, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The live engine's answer to a study question."""

    network: Network
    faults: tuple[str, ...]
    cause: Cause
    tripped: tuple[SwitchId, ...]
    feeders: tuple[FeederId, ...]
    """Those that lost supply, in grid order."""
    question: Question
    answer: Answer


def looked_around(outcome: Outcome, engines: Engines) -> Outcome:
    """`outcome` with failure branches, alternatives, and what would help. Pure, and some tens
    of times the work of the question itself."""
    answered = with_outlook(outcome.answer, outcome.question, engines=engines)
    return replace(outcome, answer=answered)


def what_if(network: Network, engines: Engines, *, ask: WhatIf) -> Outcome:
    """Faults strike, healthy devices show what they would, the live engine answers.

    Several faults strike at once and are answered by one plan.

    Raises: as `standing` and `strike` do.
    """
    return strike(standing(network, ask), engines, faults=ask.faults)


def strike(before: Standing, engines: Engines, *, faults: tuple[str, ...]) -> Outcome:
    """What `what_if` answers for these faults in a state that stands ready.

    Raises: UnknownId for an id that the grid does not have; ScenarioError for a place that
    has no supply in this state, or without any place.
    """
    network = before.network
    sections = _sections(before, faults)
    struck = _strike(before, sections)
    question = _question(before, struck)
    feeder_of = before.traced.feeder_of
    feeders = {feeder_of[section] for section in question.dark}
    return Outcome(
        network=network,
        faults=faults,
        cause=struck.cause,
        tripped=struck.tripped,
        feeders=tuple(f for f in network.heads if f in feeders),
        question=question,
        answer=answer(question, engines),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Struck:
    cause: Cause
    tripped: tuple[SwitchId, ...]
    flagged: frozenset[SwitchId]
    dead_sources: frozenset[SourceId]
    sections: tuple[SectionId, ...]


def _sections(before: Standing, places: Sequence[str]) -> tuple[SectionId, ...]:
    if not places:
        raise ScenarioError("no fault is given", remedy="name a branch, a node or a section")
    sections = tuple(before.network.section_of(place) for place in places)
    for place, section in zip(places, sections, strict=True):
        if not before.traced.is_supplied(section):
            raise ScenarioError(
                f"{place} has no supply in this state, so nothing happens there",
                remedy="close a switch that feeds it, or ask for another place",
            )
    return sections


def _strike(before: Standing, sections: tuple[SectionId, ...]) -> _Struck:
    """What trips and flags. A fault that no device on the grid clears is cleared by the grid
    above: its source goes dead."""
    seen = [indications_in(before.traced, section) for section in sections]
    tripped = {switch for one in seen for switch in one.tripped}
    dead = {
        before.traced.source_of[section]
        for section, one in zip(sections, seen, strict=True)
        if not one.tripped
    }
    number = before.network.arrays.switches.of
    return _Struck(
        cause=Cause.LOST_SUPPLY if dead else Cause.FAULT,
        tripped=tuple(sorted(tripped, key=number.__getitem__)),
        flagged=frozenset(switch for one in seen for switch in one.flagged),
        dead_sources=frozenset(dead),
        sections=sections,
    )


def _question(before: Standing, struck: _Struck) -> Question:
    after = before.traced
    for switch in struck.tripped:
        after = after.moved(switch, closed=False)
    if struck.dead_sources:
        after = after.with_dead(struck.dead_sources)
    snapshot = before.snapshot_after(
        frozenset(struck.tripped), flagged=struck.flagged, dead_sources=struck.dead_sources
    )
    return Question(
        network=before.network,
        snapshot=snapshot,
        closed_before=before.closed,
        location=_location(before, snapshot, struck=struck),
        dark=frozenset(after.lost_since(before.traced)),
        loads=before.loads,
        limits=before.limits,
        unavailable=before.unavailable,
        at=before.ask.at,
        settings=before.settings,
    )


def _location(before: Standing, snapshot: Snapshot, *, struck: _Struck) -> Location:
    if struck.cause is Cause.LOST_SUPPLY:
        return locate_lost_supply(
            before.network, closed_before=before.closed, dead_sources=struck.dead_sources
        )
    found = [
        infer(
            before.network,
            Heard(
                closed_before=before.closed,
                before=before.traced,
                since=ANY_DAY,
                tripped=(device,),
                flags=snapshot.flags,
            ),
        )
        for device in struck.tripped
    ]
    indicated = _merged(found)
    return indicated if before.ask.as_indicated else _known(struck, indicated)


def _known(struck: _Struck, indicated: Location) -> Location:
    """The place is given; the evidence is what devices would have shown."""
    sections = tuple(dict.fromkeys(struck.sections))
    share = 1.0 / len(sections)
    return Location(
        verdict=Verdict.LOCATED,
        suspects=tuple(Suspect(section=s, probability=share) for s in sections),
        suspected=frozenset(sections),
        evidence=indicated.evidence,
    )


WORST_FIRST = (
    Verdict.CONTRADICTORY,
    Verdict.INSUFFICIENT,
    Verdict.AMBIGUOUS,
    Verdict.LOCATED,
)


def _merged(found: Sequence[Location]) -> Location:
    """Several faults as one location: everything suspected by any, the worst verdict."""
    if len(found) == 1:
        return found[0]
    suspects = [suspect for one in found for suspect in one.suspects]
    total = sum(suspect.probability for suspect in suspects)
    return Location(
        verdict=min((one.verdict for one in found), key=WORST_FIRST.index),
        suspects=tuple(
            replace(suspect, probability=suspect.probability / total)
            for suspect in sorted(suspects, key=lambda suspect: -suspect.probability)
        ),
        suspected=frozenset(section for one in found for section in one.suspected),
        evidence=tuple(item for one in found for item in one.evidence),
    )
