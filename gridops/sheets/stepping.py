"""Carrying a sheet out: one step at a time, each confirmed, stop on surprise.

Plans that were released and sheets that were written by hand go the same way. The crew's steps of
a released plan are told to them at once; those of a sheet by hand wait until a person has
instructed somebody by name.
"""

from datetime import datetime, timedelta

from gridops.commands import Intent, Operate, ScanDevices, StartTimer
from gridops.events import CommandConfirmed, CommandRejected, CommandTimedOut
from gridops.events.sheets import StepBy
from gridops.ids import CommandId, SwitchId
from gridops.measurement import Position
from gridops.reasons import Reason, because
from gridops.sheets.sheet import Sheet, SheetState, SheetStep, StepState
from gridops.sheets.surroundings import SheetDone, SheetHalted, StepBegan, StepDone, Surroundings
from gridops.state import LiveState

WORDS = {Position.OPEN: "open", Position.CLOSED: "closed"}
REFUSED = {
    "device-local": "step-refused-local",
    "device-interlocked": "step-refused-interlock",
    "command-not-allowed": "step-not-allowed",
    "too-many-commands": "step-too-many-commands",
    "command-rehearsed": "step-rehearsed",
    "command-not-journalled": "step-not-journalled",
}
"""What is told of a refusal that is more than a no."""
NOT_THE_DEVICE = frozenset({"too-many-commands", "command-rehearsed", "command-not-journalled"})
"""Refusals that say nothing about the device: further plans may use it."""
WITH_POSITION = frozenset({"step-sent", "step-instructed", "step-confirmed", "step-already-done"})
Outcome = CommandConfirmed | CommandRejected | CommandTimedOut


def advance(sheet: Sheet, around: Surroundings, *, at: datetime) -> list[Intent]:
    """The next command, if the guard lets it pass; the end of the sheet, if none is left."""
    if sheet.state is not SheetState.EXECUTING:
        return []
    intents: list[Intent] = []
    while (step := sheet.next_step()) is not None:
        if step.progress.is_open:
            return intents
        if not is_there(around.state, step):
            return intents + _begin(sheet, around, step=step, at=at)
        step.progress.state = StepState.PREVIOUSLY_COMPLETED
        step.progress.changed_at = at
        sheet.note(at, of_step("step-already-done", step))
        intents += around.hear(StepDone(sheet, step, at))
    sheet.state, sheet.ended_at = SheetState.COMPLETED, at
    sheet.note(at, because("sheet-completed"))
    return intents + around.hear(SheetDone(sheet, at))


def is_there(state: LiveState, step: SheetStep) -> bool:
    """Whether its switch is known to stand where the step leaves it; no other step ever is."""
    known = None if step.switch is None else state.positions.get(step.switch)
    if known is None or step.switch is None or step.position is None:
        return False
    return known.value is step.position and not state.is_unknown(step.switch)


def waits_for_person(sheet: Sheet, step: SheetStep) -> bool:
    """Whether somebody has to instruct a crew, or to say that it is done, before it goes on."""
    if step.position is None:
        return True
    return sheet.by_hand and step.draft.by is StepBy.CREW


def _begin(
    sheet: Sheet,
    around: Surroundings,
    *,
    step: SheetStep,
    at: datetime,
) -> list[Intent]:
    why = around.withheld(sheet)
    if why is not None:
        return halt(sheet, around, at=at, why=why)
    if waits_for_person(sheet, step) or step.switch is None or step.position is None:
        return []
    wait = _wait(sheet, around, step=step, at=at)
    if wait is not None:
        return [StartTimer(timer=sheet.timer("gap"), due=wait)]
    why = vetoed(sheet, around, step=step, at=at)
    if why is not None:
        return halt(sheet, around, at=at, why=why)
    step.progress.begun_at = step.progress.changed_at = at
    if step.draft.by is StepBy.CREW:
        step.progress.state = StepState.INSTRUCTED
        sheet.note(at, of_step("step-instructed", step))
        return around.hear(StepBegan(sheet, step, at))
    step.progress.state = StepState.PENDING
    step.progress.command = CommandId(f"{sheet.orders_as}/S{step.number}")
    sheet.note(at, of_step("step-sent", step))
    return [*around.hear(StepBegan(sheet, step, at)), _order(sheet, around, step=step, at=at)]


def _order(sheet: Sheet, around: Surroundings, *, step: SheetStep, at: datetime) -> Operate:
    command, switch, position = step.progress.command, step.switch, step.position
    if command is None or switch is None or position is None:
        raise AssertionError(f"step {step.number} of {sheet.id} commands nothing")
    return Operate(
        command=command,
        incident=sheet.incident,
        plan=None if sheet.by_hand else sheet.plan,
        step=step.number,
        switch=switch,
        position=position,
        deadline=at + timedelta(seconds=around.rules.command_deadline_s),
        sheet=sheet.id if sheet.by_hand else None,
    )


def vetoed(sheet: Sheet, around: Surroundings, *, step: SheetStep, at: datetime) -> Reason | None:
    """Why the step must not be carried out by what is known now; None: it may."""
    if not around.holds_the_fault(sheet, at=at):
        return of_step("step-vetoed", step, invariant="26")
    verdict = around.verdict(sheet, step, at=at)
    if verdict.passed:
        return None
    return of_step("step-vetoed", step, invariant=verdict.violations[0].invariant)


def _wait(
    sheet: Sheet,
    around: Surroundings,
    *,
    step: SheetStep,
    at: datetime,
) -> datetime | None:
    """When the step may be looked at again, if it must not begin yet: the gap between two
    closings, or a switch that another sheet is moving within what this one leans on."""
    earliest = _earliest(sheet, around, step=step)
    if earliest is not None and at < earliest:
        return earliest
    moving = around.moving_elsewhere(sheet)
    if moving and moving & concerned(sheet, around):
        return at + timedelta(seconds=around.rules.refresh_s)
    return None


def _earliest(sheet: Sheet, around: Surroundings, *, step: SheetStep) -> datetime | None:
    """The gap after the last closing: before a closing, and before an opening that drops
    somebody for the closing that follows."""
    closed_at = around.closed_at(sheet)
    closes = step.position is Position.CLOSED
    if closed_at is None or step.switch is None or not (closes or step.sections_dropped):
        return None
    takes_s = 0.0 if closes else around.network.switches[step.switch].operating_time_s
    return closed_at + timedelta(seconds=around.rules.closing_gap_s - takes_s)


def concerned(sheet: Sheet, around: Surroundings) -> set[SwitchId]:
    """Every switch of the dark zone and of the feeders that the sheet leans on."""
    feeder_of = around.state.energisation.feeder_of
    ends = [end for switch in sheet.switches for end in around.network.section_ends[switch]]
    feeders = {feeder_of.get(end) for end in ends} - {None}
    touched = {s for s, feeder in feeder_of.items() if feeder in feeders} | around.zone(sheet)
    if sheet.by_hand:
        touched |= set(ends)
    return {
        switch
        for switch, (one, other) in around.network.section_ends.items()
        if one in touched or other in touched
    }


# what became of a step


def outcome(sheet: Sheet, around: Surroundings, *, step: SheetStep, event: Outcome) -> list[Intent]:
    """What a command came to. A refusal fails the step; without an answer it stays pending on a
    sheet that is stopped."""
    if step.progress.state is not StepState.PENDING:
        return []
    match event:
        case CommandConfirmed():
            return confirmed(sheet, around, step=step, at=event.at)
        case CommandRejected():
            why = of_step(REFUSED.get(event.code, "step-refused"), step, why=event.why)
            out = None if event.code in NOT_THE_DEVICE else step.switch
            return failed(sheet, around, step=step, at=event.at, why=why, leaves_out=out)
        case CommandTimedOut():
            why = of_step("step-unconfirmed", step, why=event.why)
            return _overdue(sheet, around, step=step, at=event.at, why=why)


def confirmed(sheet: Sheet, around: Surroundings, *, step: SheetStep, at: datetime) -> list[Intent]:
    """The command was read back, or the crew reported it done; telemetry has to show it as
    well."""
    step.progress.confirmed = True
    if step.switch is None or is_there(around.state, step):
        return done(sheet, around, step=step, at=at)
    due = at + timedelta(seconds=around.rules.telemetry_wait_s)
    return [
        ScanDevices(switches=(step.switch,)),
        StartTimer(timer=sheet.timer("telemetry"), due=due),
    ]


def telemetry_missing(sheet: Sheet, around: Surroundings, *, at: datetime) -> list[Intent]:
    """The wait for the telemetry of a step is over. Where the switch stands is unknown until
    somebody hears from it; that is no failure of the step."""
    for step in sheet.steps:
        told = step.progress
        if told.state is StepState.PENDING and told.confirmed and not told.overdue:
            why = of_step("step-unconfirmed", step, why="no-telemetry")
            return _overdue(sheet, around, step=step, at=at, why=why)
    return []


def _overdue(
    sheet: Sheet, around: Surroundings, *, step: SheetStep, at: datetime, why: Reason
) -> list[Intent]:
    step.progress.overdue = True
    step.progress.changed_at = at
    step.progress.note = why
    return halt(sheet, around, at=at, why=why, leaves_out=step.switch)


def failed(
    sheet: Sheet,
    around: Surroundings,
    *,
    step: SheetStep,
    at: datetime,
    why: Reason,
    leaves_out: SwitchId | None,
) -> list[Intent]:
    step.progress.state = StepState.FAILED
    step.progress.changed_at = at
    step.progress.note = why
    return halt(sheet, around, at=at, why=why, leaves_out=leaves_out)


def is_awaited(step: SheetStep) -> bool:
    """Whether telemetry, or a person's word where there is none, completes the step."""
    told = step.progress
    if told.state is StepState.INSTRUCTED or step.has_no_word_yet:
        return True
    return told.state is StepState.PENDING and (told.confirmed or told.overdue)


def done(
    sheet: Sheet,
    around: Surroundings,
    *,
    step: SheetStep,
    at: datetime,
) -> list[Intent]:
    """The step is shown to be done. Goes on with the next one if the sheet is still under way."""
    complete(sheet, step, at=at)
    intents = around.hear(StepDone(sheet, step, at))
    return intents + advance(sheet, around, at=at)


def complete(sheet: Sheet, step: SheetStep, *, at: datetime) -> None:
    step.progress.state = StepState.COMPLETED
    step.progress.changed_at = at
    code = "step-confirmed" if step.position is not None else "step-reported"
    sheet.note(at, of_step(code, step))


def halt(
    sheet: Sheet,
    around: Surroundings,
    *,
    at: datetime,
    why: Reason,
    leaves_out: SwitchId | None = None,
) -> list[Intent]:
    """Nothing further of this sheet is begun. What is commanded stays pending: nobody can call it
    back."""
    if sheet.state is SheetState.EXECUTING:
        sheet.state, sheet.ended_at = SheetState.STOPPED, at
    sheet.note(at, why)
    for step in sheet.steps:
        if step.progress.state in (StepState.NEW, StepState.INSTRUCTED):
            step.progress.state = StepState.ABORTED
    return around.hear(SheetHalted(sheet, at, why, leaves_out))


def of_step(code: str, step: SheetStep, **more: str) -> Reason:
    params: dict[str, str | int | float] = {
        "step": step.number,
        "switch": step.switch or "",
        **more,
    }
    if code in WITH_POSITION and step.position is not None:
        params["position"] = WORDS[step.position]
    return because(code, **params)
