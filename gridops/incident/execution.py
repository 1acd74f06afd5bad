"""Carrying out a released plan: one command at a time, each confirmed, stop on surprise."""

from datetime import datetime, timedelta

from gridops.commands import Intent, Operate, ScanDevices, StartTimer
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    PlanApproved,
    PlanReleased,
)
from gridops.guard import Knowledge
from gridops.ids import CommandId, SwitchId, UserName
from gridops.incident.approving import lacks_approval, why_not_on_screen
from gridops.incident.ending import rest
from gridops.incident.latching import run_stopped
from gridops.incident.locating import where_is_it
from gridops.incident.model import Incident, Phase, Progress, Proposed, StepState
from gridops.incident.offering import consider_what_is_left
from gridops.incident.planning import may_go_by_itself, question_of, refresh_soon
from gridops.incident.situation import Situation, dark_of
from gridops.measurement import Position
from gridops.reasons import Reason, because
from gridops.response import knowledge_of, proposal_of
from gridops.restoration import By, Step

WORDS = {Position.OPEN: "open", Position.CLOSED: "closed"}
AUTOMATION = UserName("automation")
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


def why_not_released(here: Situation, incident: Incident, *, event: PlanReleased) -> str | None:
    """A code that says why this release must not take effect; None when it may.

    Asks the guard once more, by what is known now. Pure: the control room asks before it
    journals, the desk asks again when it folds.
    """
    why = why_not_on_screen(here, incident, event=event)
    if why is None and incident.proposed is not None:
        why = lacks_approval(here, incident.proposed, by=event.by, at=event.at)
    return why or (None if is_sound(here, incident, at=event.at) else "guard-veto")


def why_not_approved(here: Situation, incident: Incident, *, event: PlanApproved) -> str | None:
    """A code that says why this approval must not take effect; None when it may. Pure, and asked
    twice, as for a release."""
    if not here.settings.two_person:
        return "one-person-releases"
    why = why_not_on_screen(here, incident, event=event)
    return why or (None if is_sound(here, incident, at=event.at) else "guard-veto")


def is_sound(here: Situation, incident: Incident, *, at: datetime) -> bool:
    """Whether the guard passed the proposal, and passes it again by what is known now; and
    whether it still keeps apart all that may hold the fault."""
    proposed = incident.proposed
    if proposed is None or not proposed.answer.verdict.passed:
        return False
    if not _holds_the_fault(here, incident, proposed=proposed, at=at):
        return False
    known = _known(here, incident, proposed=proposed, at=at)
    return here.engines.guard.check_plan(proposal_of(proposed.answer.plan), known).passed


def _holds_the_fault(
    here: Situation, incident: Incident, *, proposed: Proposed, at: datetime
) -> bool:
    """Late evidence may move the fault out of the fence."""
    return where_is_it(here, incident, at=at).suspected <= proposed.answer.plan.suspected


def _known(here: Situation, incident: Incident, *, proposed: Proposed, at: datetime) -> Knowledge:
    return knowledge_of(question_of(here, incident, at=at, where=proposed.answer.location))


def release(here: Situation, incident: Incident, *, at: datetime, by: UserName) -> list[Intent]:
    """Starts the plan that is on the screen; the caller has checked that it may."""
    proposed = incident.proposed
    if proposed is None:
        return []
    proposed.released_by = by
    proposed.released_at = at
    incident.plans_released += 1
    incident.phase = Phase.EXECUTING
    incident.withdraw_offer(at)
    incident.unask()
    if by == AUTOMATION:
        incident.note(at, because("released-automatically", plan=proposed.id))
    else:
        incident.note(at, because("plan-released", plan=proposed.id, user=by))
    return advance(here, incident, at=at)


def advance(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """The next command, if the guard lets it pass; the end of the plan, if none is left."""
    proposed = incident.proposed
    if proposed is None or incident.phase is not Phase.EXECUTING:
        return []
    while (found := proposed.next_step()) is not None:
        step, progress = found
        if progress.is_open:
            return []
        if not already_there(here, step):
            return _begin(here, incident, found=found, at=at)
        incident.moved.add(step.switch)
        progress.state = StepState.PREVIOUSLY_COMPLETED
        progress.changed_at = at
        incident.note(at, _of_step("step-already-done", step))
    return _completed(here, incident, proposed=proposed, at=at)


def already_there(here: Situation, step: Step) -> bool:
    known = here.state.positions[step.switch]
    return known.value is step.position and not here.state.is_unknown(step.switch)


def _begin(
    here: Situation,
    incident: Incident,
    *,
    found: tuple[Step, Progress],
    at: datetime,
) -> list[Intent]:
    proposed = incident.proposed
    if proposed is None:
        return []
    step, progress = found
    if proposed.released_by == AUTOMATION and not may_go_by_itself(here, incident):
        return stop(here, incident, at=at, why=because("stopped-not-automatic"))
    wait = _wait(here, incident, step=step, at=at)
    if wait is not None:
        return [StartTimer(timer=incident.timer("gap"), due=wait)]
    if not _holds_the_fault(here, incident, proposed=proposed, at=at):
        return stop(here, incident, at=at, why=_of_step("step-vetoed", step, invariant="26"))
    verdict = here.engines.guard.check_move(
        proposal_of(proposed.answer.plan),
        step.number,
        knowledge=_known(here, incident, proposed=proposed, at=at),
    )
    if not verdict.passed:
        first = verdict.violations[0]
        return stop(
            here,
            incident,
            at=at,
            why=_of_step("step-vetoed", step, invariant=first.invariant),
        )
    progress.changed_at = at
    incident.moved.add(step.switch)
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


def _wait(here: Situation, incident: Incident, *, step: Step, at: datetime) -> datetime | None:
    """When the step may be looked at again, if it must not begin yet: the gap between two
    closings, or a switch that another plan is moving within what this one leans on."""
    earliest = _earliest(here, incident, step=step)
    if earliest is not None and at < earliest:
        return earliest
    moving = {other.in_flight for other in here.others(incident)} - {None}
    if moving and moving & concerned(here, incident):
        return at + timedelta(seconds=here.settings.refresh_s)
    return None


def _earliest(here: Situation, incident: Incident, *, step: Step) -> datetime | None:
    """The gap after the last closing: before a closing, and before an opening that drops
    somebody for the closing that follows."""
    if incident.closed_at is None or not (step.closes or step.sections_dropped):
        return None
    takes_s = 0.0 if step.closes else here.network.switches[step.switch].operating_time_s
    return incident.closed_at + timedelta(seconds=here.settings.closing_gap_s - takes_s)


def concerned(here: Situation, incident: Incident) -> set[SwitchId]:
    """Every switch of the dark zone and of the feeders that the plan leans on."""
    feeder_of = here.state.energisation.feeder_of
    plan_switches = (
        [step.switch for step in incident.proposed.answer.plan.steps] if incident.proposed else []
    )
    ends = [end for switch in plan_switches for end in here.network.section_ends[switch]]
    feeders = {feeder_of.get(end) for end in ends} - {None}
    touched = {s for s, feeder in feeder_of.items() if feeder in feeders} | incident.zone
    return {
        switch
        for switch, (one, other) in here.network.section_ends.items()
        if one in touched or other in touched
    }


def _completed(
    here: Situation, incident: Incident, *, proposed: Proposed, at: datetime
) -> list[Intent]:
    """Repaired while the plan ran: what it had to leave dark is planned for as well."""
    incident.phase = Phase.RESTORED
    back = int(proposed.answer.plan.customers.restored_by_switching)
    incident.note(at, because("plan-completed", plan=proposed.id, customers=back))
    if not dark_of(here, incident):
        return [] if incident.suspected else _rest(here, incident, at=at)
    if not incident.repaired or not proposed.answer.location.suspected:
        return consider_what_is_left(here, incident, at=at)
    incident.phase = Phase.PROPOSED
    return refresh_soon(here, incident, at=at)


def _rest(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    rested = rest(here, incident, at=at)
    if rested is not None:
        return rested
    incident.phase = Phase.PROPOSED
    return refresh_soon(here, incident, at=at)


def outcome(
    here: Situation,
    incident: Incident,
    *,
    event: CommandConfirmed | CommandRejected | CommandTimedOut,
) -> list[Intent]:
    """What a command came to. Anything but a confirmation ends this plan."""
    found = incident.proposed.step_of(event.command) if incident.proposed else None
    if found is None:
        return []
    step, progress = found
    if progress.state is not StepState.PENDING:
        return []
    leaves_out = True
    match event:
        case CommandConfirmed():
            return _confirmed(here, incident, found=found, at=event.at)
        case CommandRejected():
            leaves_out = event.code not in NOT_THE_DEVICE
            why = _of_step(REFUSED.get(event.code, "step-refused"), step, why=event.why)
        case CommandTimedOut():
            why = _of_step("step-unconfirmed", step, why=event.why)
    if leaves_out:
        incident.unavailable.add(step.switch)
    return _failed(here, incident, found=found, at=event.at, why=why)


def _confirmed(
    here: Situation, incident: Incident, *, found: tuple[Step, Progress], at: datetime
) -> list[Intent]:
    """The read-back came over the command's own session; telemetry has to show it as well."""
    step, progress = found
    progress.confirmed = True
    if already_there(here, step):
        return step_done(here, incident, found=found, at=at)
    due = at + timedelta(seconds=here.settings.telemetry_wait_s)
    return [
        ScanDevices(switches=(step.switch,)),
        StartTimer(timer=incident.timer("telemetry"), due=due),
    ]


def telemetry_missing(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """The wait for the telemetry of a confirmed command is over. Where the switch stands is
    unknown until somebody hears from it."""
    found = next(
        (
            (step, progress)
            for step, progress in (incident.proposed.steps() if incident.proposed else ())
            if progress.state is StepState.PENDING and progress.confirmed
        ),
        None,
    )
    if found is None:
        return []
    incident.unavailable.add(found[0].switch)
    why = _of_step("step-unconfirmed", found[0], why="no-telemetry")
    return _failed(here, incident, found=found, at=at, why=why)


def _failed(
    here: Situation,
    incident: Incident,
    *,
    found: tuple[Step, Progress],
    at: datetime,
    why: Reason,
) -> list[Intent]:
    _, progress = found
    progress.state = StepState.FAILED
    progress.changed_at = at
    progress.note = why
    return stop(here, incident, at=at, why=why)


def step_done(
    here: Situation, incident: Incident, *, found: tuple[Step, Progress], at: datetime
) -> list[Intent]:
    """Telemetry shows the step. Goes on with the next one if the plan is still under way."""
    step, progress = found
    progress.state = StepState.COMPLETED
    progress.changed_at = at
    if step.closes:
        incident.closed_at = at
    incident.note(at, _of_step("step-confirmed", step))
    return advance(here, incident, at=at)


def stop(here: Situation, incident: Incident, *, at: datetime, why: Reason) -> list[Intent]:
    """Nothing further of this plan is sent. A new one is made from the actual state, unless a
    person said stop: then it waits for their word."""
    if incident.proposed is not None and incident.proposed.released_by == AUTOMATION:
        run_stopped(here, incident, at=at, why=why)
    incident.phase = Phase.STOPPED
    incident.latched = True
    incident.withdraw_offer(at)
    incident.note(at, why)
    if incident.proposed is not None:
        for progress in incident.proposed.progress:
            if progress.state in (StepState.NEW, StepState.INSTRUCTED):
                progress.state = StepState.ABORTED
    return [] if incident.halted else refresh_soon(here, incident, at=at)


def _of_step(code: str, step: Step, **more: str) -> Reason:
    params: dict[str, str | int | float] = {"step": step.number, "switch": step.switch, **more}
    if code in ("step-sent", "step-instructed", "step-confirmed", "step-already-done"):
        params["position"] = WORDS[step.position]
    return because(code, **params)
