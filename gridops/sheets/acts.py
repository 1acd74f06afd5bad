"""What people do with a sheet: why the core refuses it now, and what comes of it."""

from gridops.commands import Intent
from gridops.events import (
    PositionReported,
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
    StepInstructed,
    StepReported,
    TagPlaced,
    TagRemoved,
)
from gridops.events.operator import TagKind
from gridops.events.sheets import StepAct, StepBy
from gridops.ids import SwitchId, TagId
from gridops.reasons import Reason, because
from gridops.sheets.approval import rests_on_what_is, void_approval
from gridops.sheets.course import course_of
from gridops.sheets.judging import verdict_on
from gridops.sheets.sheet import ENDED, Sheet, SheetState, SheetStep, StepState
from gridops.sheets.stepping import (
    advance,
    complete,
    confirmed,
    done,
    failed,
    halt,
    is_there,
    of_step,
    vetoed,
)
from gridops.sheets.surroundings import SheetBegan, StepBegan, StepDone, Surroundings

OnSheet = (
    SheetEdited
    | SheetApproved
    | SheetStarted
    | SheetStopped
    | SheetWithdrawn
    | StepInstructed
    | StepReported
)
SheetAct = SheetDrawn | OnSheet
UNSTARTED = (SheetState.DRAFT, SheetState.APPROVED)
UNDER_WAY = (SheetState.EXECUTING,)
_IN_STATE = {
    SheetEdited: UNSTARTED,
    SheetApproved: UNSTARTED,
    SheetStarted: (SheetState.APPROVED,),
    SheetStopped: UNDER_WAY,
    SheetWithdrawn: UNSTARTED,
    StepInstructed: UNDER_WAY,
    StepReported: (SheetState.EXECUTING, SheetState.STOPPED),
}


def why_refused(sheet: Sheet, around: Surroundings, *, event: OnSheet, grid: str) -> Reason | None:
    """Why the act must not take effect; None when it may. Pure: the control room asks before it
    journals, the desk asks again when it folds."""
    if sheet.state not in _IN_STATE[type(event)]:
        return because("wrong-state", state=sheet.state.value)
    match event:
        case SheetEdited() if event.revision != sheet.revision:
            return because("stale-revision", revision=sheet.revision)
        case SheetEdited() if around.rules.two_person and event.token:
            return because("needs-person")
        case SheetApproved():
            return _why_not_approved(sheet, around, event=event)
        case SheetStarted():
            return _why_not_started(sheet, around, event=event, grid=grid)
        case StepInstructed():
            return _why_not_instructed(sheet, around, event=event)
        case StepReported():
            return _why_not_reported(sheet, event)
        case _:
            return None


def _why_not_approved(sheet: Sheet, around: Surroundings, *, event: SheetApproved) -> Reason | None:
    if event.fingerprint != sheet.fingerprint:
        return because("superseded")
    if around.rules.two_person and event.token:
        return because("needs-person")
    if around.rules.two_person and event.by in sheet.authors:
        return because("own-sheet", user=event.by)
    return _why_unsound(sheet, around, event=event)


def _why_not_started(
    sheet: Sheet, around: Surroundings, *, event: SheetStarted, grid: str
) -> Reason | None:
    if not around.rules.execution_enabled:
        return because("execution-disabled")
    if around.rules.two_person and event.token:
        return because("needs-person")
    if event.fingerprint != sheet.fingerprint:
        return because("superseded")
    if around.rules.two_person and sheet.approved_by in sheet.authors:
        return because("own-sheet", user=sheet.approved_by or "")
    if sheet.expires_at is None or event.at >= sheet.expires_at:
        return because("approval-expired")
    if not rests_on_what_is(sheet, around, at=event.at, grid=grid):
        return because("ground-changed")
    return _why_unsound(sheet, around, event=event)


def _why_unsound(
    sheet: Sheet, around: Surroundings, *, event: SheetApproved | SheetStarted
) -> Reason | None:
    withheld = around.withheld(sheet)
    if withheld is not None:
        return withheld
    if not around.holds_the_fault(sheet, at=event.at):
        return because("sheet-vetoed", invariant="26")
    if around.is_plan_under_way(sheet):
        return because("sheet-vetoed", invariant="21")
    known = around.knowledge(sheet, at=event.at)
    verdict = verdict_on(course_of(sheet), known, guard=around.engines.guard)
    if verdict.passed:
        return None
    return because("sheet-vetoed", invariant=verdict.violations[0].invariant)


def _why_not_instructed(
    sheet: Sheet, around: Surroundings, *, event: StepInstructed
) -> Reason | None:
    step = sheet.next_step()
    if step is None or step.number != event.step:
        return because("not-its-turn", step=event.step)
    if step.draft.by is not StepBy.CREW:
        return because("not-for-a-crew", step=event.step)
    if step.progress.state is StepState.INSTRUCTED:
        return None if not sheet.by_hand else because("instructed-already", step=event.step)
    if step.progress.state is not StepState.NEW:
        return because("not-its-turn", step=event.step)
    if step.switch is not None and step.switch in around.moving_elsewhere(sheet):
        return because("not-its-turn", step=event.step)
    return around.withheld(sheet) or vetoed(sheet, around, step=step, at=event.at)


def _why_not_reported(sheet: Sheet, event: StepReported) -> Reason | None:
    if sheet.state is SheetState.STOPPED:
        told = sheet.step(event.step)
        if told is None:
            return because("nobody-instructed", step=event.step)
        if told in sheet.unheard or (told.is_word_alone and not event.done):
            return None
        return because("nobody-instructed", step=event.step)
    step = sheet.next_step()
    if step is None or step.number != event.step:
        return because("not-its-turn", step=event.step)
    if step.progress.state is StepState.INSTRUCTED:
        return None
    if step.draft.act is StepAct.NOTE and step.progress.state is StepState.NEW:
        return None
    return because("nobody-instructed", step=event.step)


# what comes of it


def begin(sheet: Sheet, around: Surroundings, *, event: SheetStarted) -> list[Intent]:
    sheet.state = SheetState.EXECUTING
    sheet.started_by, sheet.started_at = event.by, event.at
    sheet.note(event.at, because("sheet-started", user=event.by))
    heard = around.hear(SheetBegan(sheet, event.at))
    return heard + advance(sheet, around, at=event.at)


def stopped(sheet: Sheet, around: Surroundings, *, event: SheetStopped) -> list[Intent]:
    why = because("stopped-by-person", user=event.by)
    return halt(sheet, around, at=event.at, why=why)


def withdraw(sheet: Sheet, *, event: SheetWithdrawn) -> None:
    void_approval(sheet)
    sheet.state, sheet.ended_at = SheetState.WITHDRAWN, event.at
    sheet.note(event.at, because("sheet-withdrawn", user=event.by))


def instruct(
    sheet: Sheet, around: Surroundings, *, step: SheetStep, event: StepInstructed
) -> list[Intent]:
    """A crew of a released plan was told already: then it is only put down who took it."""
    told, was_new = step.progress, step.progress.state is StepState.NEW
    told.receiver, told.instructed_by = event.receiver, event.by
    sheet.note(
        event.at,
        because("crew-instructed", step=step.number, user=event.by, receiver=event.receiver),
    )
    if not was_new:
        return []
    told.state, told.begun_at, told.changed_at = StepState.INSTRUCTED, event.at, event.at
    return around.hear(StepBegan(sheet, step, event.at))


def report(
    sheet: Sheet, around: Surroundings, *, step: SheetStep, event: StepReported
) -> list[Intent]:
    """A crew's word. Where telemetry could show it, it has to. Said of a sheet that was stopped
    meanwhile it is a fact like any other, and begins nothing."""
    told = step.progress
    if sheet.state is SheetState.STOPPED:
        told.state, told.confirmed, told.changed_at = StepState.PENDING, True, event.at
    told.reported_by = event.by
    if not event.done:
        words = {"user": event.by, "why": event.note or "-"}
        why = of_step("step-turned-back" if event.turned_back else "step-not-done", step, **words)
        out = None if event.turned_back else step.switch
        return failed(sheet, around, step=step, at=event.at, why=why, leaves_out=out)
    if event.note:
        told.note = of_step("step-said", step, user=event.by, said=event.note)
    if step.position is None or step.switch is None or step.switch not in around.network.switches:
        return _said_done(sheet, around, step=step, event=event)
    if step.switch in around.state.link_of:
        told.state, told.changed_at = StepState.PENDING, event.at
        return confirmed(sheet, around, step=step, at=event.at)
    stands = PositionReported(at=event.at, by=event.by, switch=step.switch, position=step.position)
    if is_there(around.state, step):
        return done(sheet, around, step=step, at=event.at)
    return around.fold(stands)


def _said_done(
    sheet: Sheet, around: Surroundings, *, step: SheetStep, event: StepReported
) -> list[Intent]:
    """Nothing of the grid has moved; an earth leaves its tag, or takes it off."""
    complete(sheet, step, at=event.at)
    intents = around.hear(StepDone(sheet, step, event.at))
    for tagged in _tags(sheet, around, step=step, event=event):
        intents += around.fold(tagged)
    return intents + advance(sheet, around, at=event.at)


def _tags(
    sheet: Sheet, around: Surroundings, *, step: SheetStep, event: StepReported
) -> list[TagPlaced | TagRemoved]:
    at, by, switch = event.at, event.by, step.switch
    if switch is None or switch not in around.network.switches:
        return []
    if step.draft.act is StepAct.EARTH:
        placed = TagPlaced(
            at=at,
            by=by,
            tag=TagId(f"{sheet.id}/S{step.number}"),
            switch=switch,
            kind=TagKind.EARTH_APPLIED,
            reason=sheet.number,
        )
        return [placed]
    if step.draft.act is not StepAct.UNEARTH:
        return []
    earths = _earths_at(around, switch)
    return [TagRemoved(at=at, by=by, tag=tag, switch=switch, reason=sheet.number) for tag in earths]


def _earths_at(around: Surroundings, switch: SwitchId) -> list[TagId]:
    return [
        tag.id
        for tag in around.state.tags.values()
        if tag.switch == switch and tag.kind is TagKind.EARTH_APPLIED
    ]


def has_ended(sheet: Sheet) -> bool:
    """Whether no fact can change it any more."""
    return sheet.state in ENDED and not sheet.awaited and not sheet.unheard
