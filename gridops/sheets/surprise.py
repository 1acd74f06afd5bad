"""What halts a sheet under way (invariant 34), and what completes its step."""

from collections.abc import Iterable

from gridops.events import (
    LinkLost,
    LoadShedChanged,
    ModeChanged,
    PermitIssued,
    PositionReported,
    ProtectionPickedUp,
    SwitchMoved,
    TagPlaced,
    VoltageMeasured,
)
from gridops.ids import SwitchId
from gridops.measurement import Reading
from gridops.reasons import Reason, because
from gridops.sheets.sheet import Sheet, SheetStep, StepState
from gridops.sheets.stepping import concerned, is_awaited, is_there, vetoed
from gridops.sheets.surroundings import Change, Surroundings
from gridops.state.work import WorkEvent


def shown_by(
    sheet: Sheet, around: Surroundings, *, event: SwitchMoved | PositionReported
) -> SheetStep | None:
    """The step that the fact shows to be done: a confirmed command's at the first such reading, a
    crew's also by a person's word. None: it completes no step."""
    step = sheet.next_step()
    if step is None or step.switch != event.switch or not is_awaited(step):
        return None
    return step if is_there(around.state, step) else None


def surprise(
    sheet: Sheet, around: Surroundings, *, change: Change, others: Iterable[Sheet]
) -> Reason | None:
    """Why the sheet must not go on; None if the fact was to be expected. `others` are those whose
    movements may be expected too."""
    match change.event:
        case ProtectionPickedUp(reading=Reading.YES):
            return _protection(sheet, around, event=change.event)
        case SwitchMoved() | PositionReported() if change.moved is not None:
            return _moved(sheet, around, switch=change.moved, others=others)
        case TagPlaced() | PermitIssued():
            return _locked(sheet, around, event=change.event)
        case LinkLost() if _carries(sheet, around, event=change.event):
            return because("stopped-link", link=change.event.link)
        case ModeChanged() if around.withheld(sheet) is not None:
            return because("stopped-mode")
        case LoadShedChanged() if change.shed and around.state.modes.shed_since is not None:
            return because("stopped-load-shed", device=change.event.switch)
        case VoltageMeasured() if change.supply:
            return _died(sheet, around, event=change.event)
        case _:
            return None


def taken_back(sheet: Sheet, around: Surroundings, *, change: Change) -> Reason | None:
    """Why a crew must not do any more what it was told; None: it may. A command is gone in a
    moment, a crew is on its way for long: what the guard is told meanwhile counts for it."""
    step, event = sheet.next_step(), change.event
    is_news = isinstance(event, TagPlaced | WorkEvent)
    is_news = is_news or (change.moved is not None and sheet.by_hand)
    if step is None or not is_news or step.progress.state is not StepState.INSTRUCTED:
        return None
    return vetoed(sheet, around, step=step, at=event.at)


def _protection(sheet: Sheet, around: Surroundings, *, event: ProtectionPickedUp) -> Reason | None:
    is_late_echo = sheet.started_at is not None and event.source_time < sheet.started_at
    if is_late_echo or event.switch not in concerned(sheet, around):
        return None
    return because("stopped-protection", device=event.switch)


def _moved(
    sheet: Sheet, around: Surroundings, *, switch: SwitchId, others: Iterable[Sheet]
) -> Reason | None:
    """A switch that another sheet moves changes what the guard sees next, and is no surprise."""
    if any(_is_expected(one, around, switch=switch) for one in others):
        return None
    if switch not in concerned(sheet, around):
        return None
    return because("stopped-moved", device=switch)


def _is_expected(sheet: Sheet, around: Surroundings, *, switch: SwitchId) -> bool:
    """Whether the sheet itself has put the switch where it stands now, or is moving it there."""
    stands = around.state.positions[switch].value
    for step in sheet.steps:
        if step.switch != switch or step.position is None:
            continue
        if step.progress.is_open and (stands is step.position or not stands.is_definite):
            return True
        if step.progress.is_done and stands is step.position:
            return True
    return False


def _locked(
    sheet: Sheet, around: Surroundings, *, event: TagPlaced | PermitIssued
) -> Reason | None:
    if isinstance(event, PermitIssued):
        is_here = not sheet.by_hand and _is_at_work(sheet, around, event=event)
        return because("stopped-permit", permit=event.permit) if is_here else None
    return because("stopped-tag", device=event.switch) if _is_anothers(event, sheet) else None


def _is_anothers(event: TagPlaced, sheet: Sheet) -> bool:
    """The tags of its own earths are what the sheet is about."""
    return event.switch in _left(sheet) and not event.tag.startswith(f"{sheet.id}/")


def _is_at_work(sheet: Sheet, around: Surroundings, *, event: PermitIssued) -> bool:
    """Whether people may be from now on where the rest of a plan switches, or supplies. A sheet by
    hand is often what they wait for: there the guard looks before each step."""
    left = [step for step in sheet.steps if not step.progress.is_done]
    fed = {section for step in left for section in step.sections_restored}
    ends = {e for switch in _left(sheet) for e in around.network.section_ends[switch]}
    return bool((fed | ends) & {*event.sections} or _left(sheet) & {*event.isolated_by})


def _died(sheet: Sheet, around: Surroundings, *, event: VoltageMeasured) -> Reason | None:
    """Whether a source that the sheet leans on lost its voltage. One that came back is the
    guard's business: it looks for parallel infeeds before each step."""
    state = around.state
    dead = [s.id for s in state.sources_at(event.node) if s.id in state.dead_sources]
    if not dead:
        return None
    source_of = state.energisation.with_dead(frozenset()).source_of
    for switch in sorted(_left(sheet), key=around.network.arrays.switches.of.__getitem__):
        ends = around.network.section_ends[switch]
        if any(source_of.get(end) in dead for end in ends):
            return because("supply-lost-above", device=switch)
    return None


def _carries(sheet: Sheet, around: Surroundings, *, event: LinkLost) -> bool:
    return any(around.state.link_of.get(switch) == event.link for switch in _left(sheet))


def _left(sheet: Sheet) -> set[SwitchId]:
    """The switches of the steps that are not done yet."""
    return {
        step.switch for step in sheet.steps if step.switch is not None and not step.progress.is_done
    }
