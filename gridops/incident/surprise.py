"""What halts a plan under way, and what makes a proposal worth a second look."""

from dataclasses import dataclass

from gridops.commands import Intent
from gridops.events import (
    AutomationEnabled,
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LoadShedChanged,
    LocalControlChanged,
    ModeChanged,
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    PositionReported,
    ProtectionPickedUp,
    ReclosingReported,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
    TestModeChanged,
    VoltageLossChanged,
    VoltageMeasured,
)
from gridops.ids import SectionId, SwitchId
from gridops.incident.execution import AUTOMATION, already_there, concerned, step_done
from gridops.incident.model import Incident, StepState
from gridops.incident.planning import may_go_by_itself, withheld_by
from gridops.incident.situation import Situation
from gridops.measurement import Reading
from gridops.reasons import Reason, because


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact, and what it changed in the live state."""

    event: Event
    moved: SwitchId | None = None
    """The switch that is known to stand elsewhere than before."""
    requalified: bool = False
    """A position is trusted more, or less, than before."""
    supply: bool = False
    """Somebody gained or lost supply."""
    gained: tuple[SectionId, ...] = ()
    """The sections that got supply by the closing of `moved`."""
    shed: bool = False
    """Load shedding begins, or ceases, to hold the whole system off."""
    heard: bool = False
    """It was evidence for the incident that is told of it."""


def is_news(change: Change) -> bool:
    """Whether the fact can change a location or a plan. Measurements alone cannot, unless they
    say that a source died or came back."""
    if change.moved is not None or change.requalified or change.supply:
        return True
    if change.heard or change.shed:
        return True
    return isinstance(
        change.event,
        FaultFlagChanged
        | VoltageLossChanged
        | TestModeChanged
        | LocalControlChanged
        | TagPlaced
        | TagRemoved
        | LinkLost
        | LinkRestored
        | ModeChanged
        | AutomationEnabled
        | PermitIssued
        | PermitReturned
        | ReclosingReported
        | PhasingDoubted
        | PhasingVerified,
    )


def step_reported(here: Situation, incident: Incident, *, event: Event) -> list[Intent] | None:
    """A step is done when telemetry shows it: a confirmed command's at the first such reading,
    a crew's also by a person's word. None: the fact completes no step."""
    if not isinstance(event, SwitchMoved | PositionReported) or incident.proposed is None:
        return None
    found = incident.proposed.next_step()
    if found is None:
        return None
    step, progress = found
    awaited = progress.state is StepState.INSTRUCTED or (
        progress.state is StepState.PENDING and progress.confirmed
    )
    if awaited and step.switch == event.switch and already_there(here, step):
        return step_done(here, incident, found=found, at=event.at)
    return None


def surprise(here: Situation, incident: Incident, *, change: Change) -> Reason | None:
    """Why the plan must not go on; None if the fact was to be expected (invariant 34)."""
    match change.event:
        case ProtectionPickedUp(reading=Reading.YES):
            return _protection(here, incident, event=change.event)
        case SwitchMoved() | PositionReported() if change.moved is not None:
            return _moved(here, incident, switch=change.moved)
        case TagPlaced() if change.event.switch in _left(incident):
            return because("stopped-tag", device=change.event.switch)
        case LinkLost() if _carries(here, incident, event=change.event):
            return because("stopped-link", link=change.event.link)
        case ModeChanged() if _lowered(here, incident):
            return because("stopped-mode")
        case LoadShedChanged() if change.shed and here.state.modes.shed_since is not None:
            return because("stopped-load-shed", device=change.event.switch)
        case VoltageMeasured() if change.supply:
            return _died(here, incident, event=change.event)
        case _:
            return None


def _protection(here: Situation, incident: Incident, *, event: ProtectionPickedUp) -> Reason | None:
    released = incident.proposed.released_at if incident.proposed else None
    is_late_echo = released is not None and event.source_time < released
    if is_late_echo or event.switch not in concerned(here, incident):
        return None
    return because("stopped-protection", device=event.switch)


def _moved(here: Situation, incident: Incident, *, switch: SwitchId) -> Reason | None:
    """A switch that another plan moves changes what the guard sees next, and is no surprise."""
    if any(_is_expected(here, one, switch=switch) for one in here.open.values()):
        return None
    if switch not in concerned(here, incident):
        return None
    return because("stopped-moved", device=switch)


def _is_expected(here: Situation, incident: Incident, *, switch: SwitchId) -> bool:
    """Whether the plan itself has put the switch where it stands now, or is moving it there."""
    stands = here.state.positions[switch].value
    for step, progress in incident.proposed.steps() if incident.proposed else ():
        if step.switch != switch:
            continue
        if progress.is_open and (stands is step.position or not stands.is_definite):
            return True
        if progress.is_done and stands is step.position:
            return True
    return False


def _died(here: Situation, incident: Incident, *, event: VoltageMeasured) -> Reason | None:
    """Whether a source that the plan leans on lost its voltage. One that came back is the
    guard's business: it looks for parallel infeeds before each step."""
    dead = [s.id for s in here.state.sources_at(event.node) if s.id in here.state.dead_sources]
    if not dead:
        return None
    source_of = here.state.energisation.with_dead(frozenset()).source_of
    for switch in sorted(_left(incident), key=here.network.arrays.switches.of.__getitem__):
        ends = here.network.section_ends[switch]
        if any(source_of.get(end) in dead for end in ends):
            return because("supply-lost-above", device=switch)
    return None


def _carries(here: Situation, incident: Incident, *, event: LinkLost) -> bool:
    return any(here.state.link_of.get(switch) == event.link for switch in _left(incident))


def _left(incident: Incident) -> set[SwitchId]:
    """The switches of the steps that are not done yet."""
    if incident.proposed is None:
        return set()
    return {step.switch for step, progress in incident.proposed.steps() if not progress.is_done}


def _lowered(here: Situation, incident: Incident) -> bool:
    """Whether a feeder of this incident may no longer be handled, or not by itself."""
    by = incident.proposed.released_by if incident.proposed else None
    if by == AUTOMATION and not may_go_by_itself(here, incident):
        return True
    return withheld_by(here, incident) is not None
