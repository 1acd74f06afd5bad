"""Carrying out a released plan: one command at a time, each confirmed, stop on surprise."""

from datetime import datetime, timedelta

from gridops.commands import Intent, Operate, StartTimer
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    PlanReleased,
)
from gridops.ids import CommandId, UserName
from gridops.incident.model import Incident, Phase, Progress, Proposed, StepState
from gridops.incident.planning import Situation, dark_of, question_of, refresh_soon
from gridops.measurement import Position
from gridops.reasons import Reason, because
from gridops.response import knowledge_of, proposal_of
from gridops.restoration import By, Step

WORDS = {Position.OPEN: "open", Position.CLOSED: "closed"}
AUTOMATION = UserName("automation")


def why_not_released(here: Situation, incident: Incident, event: PlanReleased) -> str | None:
    """A code that says why this release must not take effect; None when it may.

    Pure: the control room asks before it journals, the desk asks again when it folds.
    """
    proposed = incident.proposed
    if not here.settings.execution_enabled:
        return "execution-disabled"
    if incident.phase is not Phase.PROPOSED or proposed is None:
        return "nothing-proposed"
    if event.plan != proposed.id or event.fingerprint != proposed.answer.fingerprint:
        return "superseded"
    if not proposed.answer.verdict.passed:
        return "guard-veto"
    if not proposed.answer.plan.steps:
        return "no-steps"
    return None


def release(here: Situation, incident: Incident, at: datetime, *, by: UserName) -> list[Intent]:
    """Starts the plan that is on the screen; the caller has checked that it may."""
    proposed = incident.proposed
    if proposed is None:
        return []
    proposed.released_by = by
    proposed.released_at = at
    incident.phase = Phase.EXECUTING
    if by == AUTOMATION:
        incident.note(at, because("released-automatically", plan=proposed.id))
    else:
        incident.note(at, because("plan-released", plan=proposed.id, user=by))
    return advance(here, incident, at)


def advance(here: Situation, incident: Incident, at: datetime) -> list[Intent]:
    """The next command, if the guard lets it pass; the end of the plan, if none is left."""
    proposed = incident.proposed
    if proposed is None or incident.phase is not Phase.EXECUTING:
        return []
    while (found := proposed.next_step()) is not None:
        step, progress = found
        if progress.is_open:
            return []
        if not already_there(here, step):
            return _begin(here, incident, found, at)
        progress.state = StepState.PREVIOUSLY_COMPLETED
        progress.changed_at = at
        incident.note(at, _of_step("step-already-done", step))
    return _completed(here, incident, proposed, at)


def already_there(here: Situation, step: Step) -> bool:
    known = here.state.positions[step.switch]
    return known.value is step.position and not here.state.is_unknown(step.switch)


def _begin(
    here: Situation,
    incident: Incident,
    found: tuple[Step, Progress],
    at: datetime,
) -> list[Intent]:
    proposed = incident.proposed
    if proposed is None:
        return []
    step, progress = found
    wait = _closing_gap(here, proposed, step, at)
    if wait is not None:
        return [StartTimer(timer=incident.timer("gap"), due=wait)]
    verdict = here.engines.guard.check_move(
        proposal_of(proposed.answer.plan),
        step.number,
        knowledge_of(question_of(here, incident, at)),
    )
    if not verdict.passed:
        first = verdict.violations[0]
        return stop(
            here,
            incident,
            at,
            _of_step("step-vetoed", step, invariant=first.invariant),
        )
    progress.changed_at = at
    if step.by is By.CREW:
        progress.state = StepState.INSTRUCTED
        incident.note(at, _of_step("step-instructed", step))
        return []
    progress.state = StepState.PENDING
    progress.command = CommandId(f"{proposed.id}/S{step.number}")
    incident.note(at, _of_step("step-sent", step))
    return [
        Operate(
            command=progress.command,
            incident=incident.id,
            plan=proposed.id,
            step=step.number,
            switch=step.switch,
            position=step.position,
            deadline=at + timedelta(seconds=here.settings.command_deadline_s),
        )
    ]


def _closing_gap(here: Situation, proposed: Proposed, step: Step, at: datetime) -> datetime | None:
    """When the next closing may begin, if that is not yet."""
    if not step.closes:
        return None
    closings = [
        progress.changed_at
        for other, progress in zip(proposed.answer.plan.steps, proposed.progress, strict=True)
        if other.closes and progress.state is StepState.COMPLETED and progress.changed_at
    ]
    if not closings:
        return None
    earliest = max(closings) + timedelta(seconds=here.settings.closing_gap_s)
    return earliest if at < earliest else None


def _completed(
    here: Situation, incident: Incident, proposed: Proposed, at: datetime
) -> list[Intent]:
    incident.phase = Phase.RESTORED
    back = int(proposed.answer.plan.customers.restored_by_switching)
    incident.note(at, because("plan-completed", plan=proposed.id, customers=back))
    if not dark_of(here, incident) and not incident.suspected:
        close(incident, at, because("supply-back"))
    return []


def close(incident: Incident, at: datetime, why: Reason) -> None:
    incident.phase = Phase.CLOSED
    incident.note(at, why)


def outcome(
    here: Situation,
    incident: Incident,
    event: CommandConfirmed | CommandRejected | CommandTimedOut,
) -> list[Intent]:
    """What a command came to. Anything but a confirmation ends this plan."""
    found = incident.proposed.step_of(event.command) if incident.proposed else None
    if found is None:
        return []
    step, progress = found
    progress.changed_at = event.at
    match event:
        case CommandConfirmed():
            progress.confirmed = True
            return step_done(here, incident, found, event.at) if already_there(here, step) else []
        case CommandRejected():
            why = _of_step("step-refused", step, why=event.why)
        case CommandTimedOut():
            why = _of_step("step-unconfirmed", step, why=event.why)
    progress.state = StepState.FAILED
    progress.note = why
    incident.unavailable.add(step.switch)
    return stop(here, incident, event.at, why)


def step_done(
    here: Situation, incident: Incident, found: tuple[Step, Progress], at: datetime
) -> list[Intent]:
    step, progress = found
    progress.state = StepState.COMPLETED
    progress.changed_at = at
    incident.note(at, _of_step("step-confirmed", step))
    return advance(here, incident, at)


def stop(here: Situation, incident: Incident, at: datetime, why: Reason) -> list[Intent]:
    """Nothing further of this plan is sent. A new one is made from the actual state."""
    incident.phase = Phase.STOPPED
    incident.latched = True
    incident.note(at, why)
    if incident.proposed is not None:
        for progress in incident.proposed.progress:
            if progress.state in (StepState.NEW, StepState.INSTRUCTED):
                progress.state = StepState.ABORTED
    return [] if incident.halted else list(refresh_soon(here, incident, at))


def _of_step(code: str, step: Step, **more: str) -> Reason:
    params: dict[str, str | int | float] = {"step": step.number, "switch": step.switch, **more}
    if code in ("step-sent", "step-instructed", "step-confirmed", "step-already-done"):
        params["position"] = WORDS[step.position]
    return because(code, **params)
