"""What if this section failed? Asked of the engine that answers live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from gridops.errors import ScenarioError
from gridops.events import FaultFlagChanged, LinkRestored, SwitchMoved, VoltageMeasured
from gridops.ids import FeederId, LoadId, SectionId, SourceId, SwitchId
from gridops.measurement import Position, Reading
from gridops.network import IndicatorKind, Limits, Network
from gridops.network.profiles import factor_of
from gridops.outage import (
    Cause,
    Location,
    LocationSettings,
    Suspect,
    Verdict,
    expected_indications,
    locate,
    locate_lost_supply,
)
from gridops.powerflow import LoadPower
from gridops.response import Answer, Engines, Question, answer
from gridops.restoration import PlanSettings
from gridops.state import Energisation, LiveState, energise

ANY_DAY = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""A study has no date; evidence and snapshot only need one and the same instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """One question. Places are branches, nodes or sections."""

    faults: tuple[str, ...]
    opened: tuple[str, ...] = ()
    """Switches open before the fault, in departure from the normal state."""
    closed: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    load_scale: float = 1.0
    at: time | None = None
    """Local time of day whose profile factors hold; None: every load as the grid states it."""
    as_indicated: bool = False
    """False: the fault is known where it is, as after a patrol, and exactly its sections are
    fenced. True: what the indicators leave in doubt is fenced as well, as it would be live."""
    limits: Limits | None = None
    plan: PlanSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The live engine's answer to a study question."""

    network: Network
    faults: tuple[str, ...]
    cause: Cause
    tripped: tuple[SwitchId, ...]
    feeders: tuple[FeederId, ...]
    """Those that lost supply, in grid order."""
    answer: Answer


def what_if(network: Network, engines: Engines, *, ask: WhatIf) -> Outcome:
    """Faults strike, healthy devices show what they would, the live engine answers.

    Several faults strike at once and are answered by one plan.

    Raises: UnknownId for an id that the grid does not have; ScenarioError for a place that
    has no supply in the state asked for, a scale that is not positive, or a time of day where
    no load of the grid has a profile.
    """
    loads = _loads(network, ask)
    sections = _sections(network, ask.faults)
    closed = _closed(network, ask)
    before = energise(network, closed)
    for place, section in zip(ask.faults, sections, strict=True):
        if not before.is_supplied(section):
            raise ScenarioError(
                f"{place} has no supply in this state, so nothing happens there",
                remedy="close a switch that feeds it, or ask for another place",
            )
    struck = _strike(network, before, closed=closed, sections=sections)
    question = _question(network, ask, struck=struck, loads=loads)
    return Outcome(
        network=network,
        faults=ask.faults,
        cause=struck.cause,
        tripped=struck.tripped,
        feeders=tuple(f for f in network.heads if f in _feeders(before, question.dark)),
        answer=answer(question, engines),
    )


def _feeders(before: Energisation, dark: frozenset[SectionId]) -> set[FeederId | None]:
    return {before.feeder_of[section] for section in dark}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Struck:
    cause: Cause
    tripped: tuple[SwitchId, ...]
    flagged: frozenset[SwitchId]
    dead_sources: frozenset[SourceId]
    closed_before: frozenset[SwitchId]
    sections: tuple[SectionId, ...]


def _loads(network: Network, ask: WhatIf) -> dict[LoadId, LoadPower]:
    if not ask.load_scale > 0.0:
        raise ScenarioError(
            f"a load scale of {ask.load_scale} means nothing", remedy="give a number above 0"
        )
    if ask.at is not None and all(load.profile is None for load in network.loads.values()):
        raise ScenarioError(
            f"grid {network.name} has no load profiles: every time of day is alike",
            remedy="name profiles in loads.csv, or use a load scale",
        )
    scaled = (
        (load, ask.load_scale * factor_of(network, load.profile, at=ask.at))
        for load in network.loads.values()
    )
    return {load.id: LoadPower(load.p_w * by, load.q_var * by) for load, by in scaled}


def _sections(network: Network, places: Sequence[str]) -> tuple[SectionId, ...]:
    if not places:
        raise ScenarioError("no fault is given", remedy="name a branch, a node or a section")
    return tuple(network.section_of(place) for place in places)


def _closed(network: Network, ask: WhatIf) -> frozenset[SwitchId]:
    opened = {network.switch(ident).id for ident in ask.opened}
    closed = {network.switch(ident).id for ident in ask.closed}
    both = sorted(opened & closed)
    if both:
        raise ScenarioError(f"{', '.join(both)} cannot be open and closed", remedy="name it once")
    normal = {s.id for s in network.switches.values() if s.is_normally_closed}
    return frozenset((normal - opened) | closed)


def _strike(
    network: Network,
    before: Energisation,
    *,
    closed: frozenset[SwitchId],
    sections: tuple[SectionId, ...],
) -> _Struck:
    """What trips and flags. A fault that no device on the grid clears is cleared by the grid
    above: its source goes dead."""
    seen = [expected_indications(network, closed, section=section) for section in sections]
    tripped = {switch for one in seen for switch in one.tripped}
    dead = {
        before.source_of[section]
        for section, one in zip(sections, seen, strict=True)
        if not one.tripped
    }
    return _Struck(
        cause=Cause.LOST_SUPPLY if dead else Cause.FAULT,
        tripped=tuple(switch for switch in network.switches if switch in tripped),
        flagged=frozenset(switch for one in seen for switch in one.flagged),
        dead_sources=frozenset(dead),
        closed_before=closed,
        sections=sections,
    )


def _question(
    network: Network, ask: WhatIf, *, struck: _Struck, loads: Mapping[LoadId, LoadPower]
) -> Question:
    state = _state(network, struck)
    after = energise(network, state.closed, dead_sources=struck.dead_sources)
    before = energise(network, struck.closed_before)
    lost = frozenset(s for s in after.dark if before.is_supplied(s))
    return Question(
        network=network,
        snapshot=state.snapshot(ANY_DAY),
        closed_before=struck.closed_before,
        location=_location(network, state, struck=struck, as_indicated=ask.as_indicated),
        dark=lost,
        loads=loads,
        limits=ask.limits or network.limits,
        unavailable=frozenset(network.switch(ident).id for ident in ask.unavailable),
        at=ask.at,
        settings=ask.plan or PlanSettings(),
    )


def _state(network: Network, struck: _Struck) -> LiveState:
    """The live state as a healthy field would have reported it."""
    state = LiveState(network=network)
    for link in network.links:
        state.apply(LinkRestored(at=ANY_DAY, link=link, epoch=1, gap_since=None))
    closed = struck.closed_before - set(struck.tripped)
    for switch in network.switches.values():
        position = Position.CLOSED if switch.id in closed else Position.OPEN
        state.apply(
            SwitchMoved(at=ANY_DAY, source_time=ANY_DAY, switch=switch.id, position=position)
        )
        if switch.indicator is not IndicatorKind.NONE:
            reading = Reading.YES if switch.id in struck.flagged else Reading.NO
            state.apply(
                FaultFlagChanged(at=ANY_DAY, source_time=ANY_DAY, switch=switch.id, reading=reading)
            )
    for source in struck.dead_sources:
        state.apply(
            VoltageMeasured(
                at=ANY_DAY,
                source_time=ANY_DAY,
                node=network.sources[source].node,
                voltage_v=0.0,
            )
        )
    return state


def _location(
    network: Network, state: LiveState, *, struck: _Struck, as_indicated: bool
) -> Location:
    if struck.cause is Cause.LOST_SUPPLY:
        return locate_lost_supply(
            network, closed_before=struck.closed_before, dead_sources=struck.dead_sources
        )
    found = [
        locate(
            network,
            closed_before=struck.closed_before,
            tripped=(device,),
            flags=state.flags,
            since=ANY_DAY,
            settings=LocationSettings(),
        )
        for device in struck.tripped
    ]
    indicated = _merged(found)
    return indicated if as_indicated else _known(struck, indicated)


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
