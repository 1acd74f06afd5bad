"""What halts a plan under way, and what makes a proposal worth a second look."""

from gridops.commands import Intent
from gridops.events import (
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    ModeChanged,
    PositionReported,
    ProtectionPickedUp,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
)
from gridops.events.operator import Mode
from gridops.ids import SectionId, SwitchId
from gridops.incident.execution import already_there, step_done
from gridops.incident.model import Incident, StepState
from gridops.incident.planning import Situation, feeders_of
from gridops.measurement import Measured, Position, Reading
from gridops.reasons import Reason, because
from gridops.state import energise

Was = Measured[Position] | None
"""Where the switch of the event stood before it; None for events of another kind."""


def is_news(event: Event, was: Was) -> bool:
    """Whether the fact can change a location or a plan. Measurements alone cannot."""
    match event:
        case SwitchMoved() | PositionReported():
            return _changed(event, was)
        case FaultFlagChanged() | LocalControlChanged() | TagPlaced() | TagRemoved():
            return True
        case LinkLost() | LinkRestored() | ModeChanged():
            return True
        case _:
            return False


def _changed(event: SwitchMoved | PositionReported, was: Was) -> bool:
    if was is None:
        return True
    if isinstance(event, SwitchMoved) and event.quality is not was.quality:
        return True
    return was.value is not event.position


def step_reported(here: Situation, incident: Incident, event: Event) -> list[Intent]:
    """A step is done when telemetry shows it: a confirmed command's at the first such reading,
    a crew's also by a person's word."""
    if not isinstance(event, SwitchMoved | PositionReported) or incident.proposed is None:
        return []
    found = incident.proposed.next_step()
    if found is None:
        return []
    step, progress = found
    awaited = progress.state is StepState.INSTRUCTED or progress.confirmed
    if awaited and step.switch == event.switch and already_there(here, step):
        return step_done(here, incident, found, event.at)
    return []


def surprise(here: Situation, incident: Incident, event: Event, was: Was) -> Reason | None:
    """Why the plan must not go on; None if the fact was to be expected (invariant 34)."""
    match event:
        case ProtectionPickedUp(reading=Reading.YES):
            return _protection(here, incident, event)
        case SwitchMoved() | PositionReported():
            return _moved(here, incident, event, was)
        case TagPlaced() if event.switch in _left(incident):
            return because("stopped-tag", device=event.switch)
        case LinkLost() if any(here.state.link_of.get(s) == event.link for s in _left(incident)):
            return because("stopped-link", link=event.link)
        case ModeChanged() if _lowered(here, incident):
            return because("stopped-mode")
        case _:
            return None


def _protection(here: Situation, incident: Incident, event: ProtectionPickedUp) -> Reason | None:
    released = incident.proposed.released_at if incident.proposed else None
    is_late_echo = released is not None and event.source_time < released
    if is_late_echo or event.switch not in _concerned(here, incident):
        return None
    return because("stopped-protection", device=event.switch)


def _moved(
    here: Situation, incident: Incident, event: SwitchMoved | PositionReported, was: Was
) -> Reason | None:
    if not _changed(event, was) or event.switch not in _concerned(here, incident):
        return None
    has_moved = was is None or was.value is not event.position
    if event.switch in _moving(incident) or not has_moved:
        return None
    return because("stopped-moved", device=event.switch)


def _moving(incident: Incident) -> set[SwitchId]:
    """Switches of this plan that have been commanded: their movement is expected."""
    if incident.proposed is None:
        return set()
    return {
        step.switch
        for step, progress in zip(
            incident.proposed.answer.plan.steps, incident.proposed.progress, strict=True
        )
        if progress.is_open or progress.is_done
    }


def _left(incident: Incident) -> set[SwitchId]:
    if incident.proposed is None:
        return set()
    return {
        step.switch
        for step, progress in zip(
            incident.proposed.answer.plan.steps, incident.proposed.progress, strict=True
        )
        if not progress.is_done
    }


def _concerned(here: Situation, incident: Incident) -> set[SwitchId]:
    """Every switch of the dark zone and of the feeders that the plan leans on."""
    now = here.state.energisation
    touched: set[SectionId] = set(incident.zone)
    plan_switches = (
        [step.switch for step in incident.proposed.answer.plan.steps] if incident.proposed else []
    )
    ends = [end for switch in plan_switches for end in here.network.section_ends[switch]]
    feeders = {now.feeder_of.get(end) for end in ends} - {None}
    touched |= {s for s, feeder in now.feeder_of.items() if feeder in feeders}
    return {
        switch
        for switch, (one, other) in here.network.section_ends.items()
        if one in touched or other in touched
    }


def _lowered(here: Situation, incident: Incident) -> bool:
    """Whether a feeder of this incident may no longer be handled."""
    before = energise(here.network, incident.closed_before)
    return any(
        here.state.mode_of(feeder) in (Mode.DISABLED, Mode.RESTORE_ONLY)
        for feeder in feeders_of(incident, before)
    )
