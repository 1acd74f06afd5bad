"""From what an incident knows to a plan on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.commands import AskOperator, Intent, StartTimer
from gridops.events.operator import Mode
from gridops.ids import FeederId, LoadId, PlanId, SectionId, SwitchId
from gridops.incident.model import (
    Incident,
    IncidentSettings,
    Phase,
    Progress,
    Proposed,
)
from gridops.measurement import Measured, Quality, Reading
from gridops.network import IndicatorKind, Network
from gridops.outage import Cause, Location, locate, locate_lost_supply
from gridops.reasons import because
from gridops.response import Answer, Engines, Question, answer
from gridops.state import Energisation, LiveState, energise


@dataclass(slots=True, kw_only=True)
class Situation:
    """What planning and execution look at; the desk's own state, shared by reference."""

    network: Network
    state: LiveState
    engines: Engines
    settings: IncidentSettings
    incidents: dict[str, Incident]

    def others(self, incident: Incident) -> list[Incident]:
        return [i for i in self.incidents.values() if i.is_open and i.id != incident.id]


def plan_again(here: Situation, incident: Incident, at: datetime) -> list[Intent]:
    """Locates, plans and has the guard look; the incident is PROPOSED (or CLOSED) after it.

    An unchanged plan keeps its id, so that it never changes under the operator's finger.
    """
    before = energise(here.network, incident.closed_before)
    withheld = _withheld(here, incident, before)
    incident.location = where_is_it(here, incident)
    if withheld is not None:
        feeder, mode = withheld
        incident.phase = Phase.PROPOSED
        incident.proposed = None
        incident.note(at, because("mode-withholds", feeder=feeder, mode=mode.value))
        return []
    found = answer(question_of(here, incident, at), here.engines)
    return _put_up(incident, found, at)


def _put_up(incident: Incident, found: Answer, at: datetime) -> list[Intent]:
    was = incident.proposed
    incident.phase = Phase.PROPOSED
    if was is not None and was.released_at is None and _same(was.answer, found):
        return []
    incident.plans_made += 1
    plan = PlanId(f"{incident.id}/P{incident.plans_made}")
    incident.proposed = Proposed(
        id=plan,
        proposed_at=at,
        answer=found,
        progress=[Progress() for _ in found.plan.steps],
    )
    _note_proposal(incident, incident.proposed, at)
    return [AskOperator(incident=incident.id, plan=plan)]


def _same(one: Answer, other: Answer) -> bool:
    return (
        one.fingerprint == other.fingerprint
        and one.verdict == other.verdict
        and one.location == other.location
    )


def _note_proposal(incident: Incident, proposed: Proposed, at: datetime) -> None:
    plan, verdict = proposed.answer.plan, proposed.answer.verdict
    if not verdict.passed:
        first = verdict.violations[0].invariant
        incident.note(at, because("guard-veto", plan=proposed.id, invariant=first))
    elif not plan.steps:
        incident.note(at, because("no-safe-plan", steps=0))
    else:
        incident.note(
            at,
            because(
                "plan-proposed",
                plan=proposed.id,
                customers=int(plan.customers.restored_by_switching),
                steps=len(plan.steps),
            ),
        )


def where_is_it(here: Situation, incident: Incident) -> Location:
    """The location by everything read since the opening.

    After a repair nothing is suspected any more; the evidence stays as it was.
    """
    if incident.cause is Cause.LOST_SUPPLY:
        found = locate_lost_supply(
            here.network,
            closed_before=incident.closed_before,
            dead_sources=here.state.dead_sources,
        )
    else:
        found = locate(
            here.network,
            closed_before=incident.closed_before,
            tripped=tuple(incident.devices),
            flags=readings(here, incident),
            since=incident.opened_at,
            settings=here.settings.location,
        )
    if not incident.repaired:
        return found
    return Location(
        verdict=found.verdict,
        suspects=found.suspects,
        suspected=frozenset(),
        evidence=found.evidence,
    )


def readings(here: Situation, incident: Incident) -> dict[SwitchId, Measured[Reading]]:
    """What every fitted indicator says; one that never spoke has failed, it is not "no"."""
    silent = Measured(Reading.FAILED, Quality.BAD, incident.opened_at)
    return {
        switch.id: incident.flags.get(switch.id, here.state.flags.get(switch.id, silent))
        for switch in here.network.switches.values()
        if switch.indicator is not IndicatorKind.NONE
    }


def question_of(here: Situation, incident: Incident, at: datetime) -> Question:
    location = incident.location
    if location is None:
        raise ValueError(f"incident {incident.id} is not located yet")
    return Question(
        network=here.network,
        snapshot=here.state.snapshot(at),
        closed_before=incident.closed_before,
        location=location,
        dark=dark_of(here, incident),
        loads={LoadId(load): power for load, power in incident.loads.items()},
        limits=here.settings.limits or here.network.limits,
        unavailable=_unavailable(here, incident),
        forbidden=forbidden_for(here, incident),
        settings=here.settings.plan,
    )


def dark_of(here: Situation, incident: Incident) -> frozenset[SectionId]:
    """What this incident has to care for: its zone as far as it is dark now.

    A later incident whose device lies within takes its part over.
    """
    now = here.state.energisation
    dark = {s for s in incident.zone if not now.is_supplied(s)}
    for other in here.others(incident):
        if other.learnt_at > incident.learnt_at:
            dark -= other.zone
    return frozenset(dark)


def forbidden_for(here: Situation, incident: Incident) -> frozenset[SectionId]:
    """The suspected sections of every other open incident."""
    return frozenset(s for other in here.others(incident) for s in other.suspected)


def _unavailable(here: Situation, incident: Incident) -> frozenset[SwitchId]:
    """Failed in this incident, at work for another, or on a feeder that is disabled."""
    busy = set(incident.unavailable)
    for other in here.others(incident):
        if other.phase is Phase.EXECUTING and other.proposed is not None:
            busy |= {step.switch for step in other.proposed.answer.plan.steps}
    feeder_of = here.state.energisation.feeder_of
    disabled = {f for f in here.network.heads if here.state.mode_of(f) is Mode.DISABLED}
    for switch, ends in here.network.section_ends.items():
        if any(feeder_of.get(end) in disabled for end in ends):
            busy.add(switch)
    return frozenset(busy)


def feeders_of(incident: Incident, before: Energisation) -> tuple[FeederId, ...]:
    """The feeders that lost supply, in grid order."""
    hit = {before.feeder_of.get(section) for section in incident.zone}
    return tuple(feeder for feeder in before.network.heads if feeder in hit)


def _withheld(
    here: Situation, incident: Incident, before: Energisation
) -> tuple[FeederId, Mode] | None:
    for feeder in feeders_of(incident, before):
        mode = here.state.mode_of(feeder)
        if mode in (Mode.DISABLED, Mode.RESTORE_ONLY):
            return feeder, mode
    return None


def is_automatic(here: Situation, incident: Incident) -> bool:
    """Whether every feeder that lost supply may be handled without a person."""
    feeders = feeders_of(incident, energise(here.network, incident.closed_before))
    return (
        here.settings.execution_enabled
        and not incident.latched
        and bool(feeders)
        and all(here.state.mode_of(feeder) is Mode.AUTOMATIC for feeder in feeders)
    )


def refresh_soon(here: Situation, incident: Incident, at: datetime) -> Sequence[Intent]:
    """Look again when the news has settled; many changes at once cost one plan."""
    due = at + timedelta(seconds=here.settings.refresh_s)
    return [StartTimer(timer=incident.timer("refresh"), due=due)]
