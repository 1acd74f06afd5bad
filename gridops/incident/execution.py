"""Carrying out a released plan: it becomes a sheet, and the incident hears of every step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from gridops.commands import Intent
from gridops.events import (
    LocalControlChanged,
    PlanApproved,
    PlanReleased,
    PositionReported,
    SwitchMoved,
)
from gridops.guard import Knowledge
from gridops.ids import FeederId, SwitchId, UserName
from gridops.incident.approving import approver_of, lacks_approval, why_not_on_screen
from gridops.incident.ending import rest
from gridops.incident.latching import person_halted, run_stopped
from gridops.incident.locating import where_is_it
from gridops.incident.model import Incident, LeftOut, Phase, Proposed
from gridops.incident.offering import consider_what_is_left
from gridops.incident.planning import question_of, refresh_soon
from gridops.incident.situation import Situation, dark_of
from gridops.measurement import Position, Quality, Reading
from gridops.reasons import Reason, because
from gridops.response import knowledge_of, proposal_of
from gridops.sheets import (
    AUTOMATION,
    Change,
    Released,
    Sheet,
    SheetBegan,
    SheetDone,
    SheetHalted,
    SheetNews,
    StepBegan,
    StepDone,
    StepState,
)
from gridops.sheets.stepping import of_step
from gridops.state import Latch


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
    if not holds_the_fault(here, incident, proposed=proposed, at=at):
        return False
    if here.sheets.by_hand_about(incident.id):
        return False  # one of the two at a time (21)
    known = known_for(here, incident, proposed=proposed, at=at)
    return here.engines.guard.check_plan(proposal_of(proposed.answer.plan), known).passed


def holds_the_fault(
    here: Situation, incident: Incident, *, proposed: Proposed, at: datetime
) -> bool:
    """Late evidence may move the fault out of the fence."""
    return where_is_it(here, incident, at=at).suspected <= proposed.answer.plan.suspected


def known_for(
    here: Situation, incident: Incident, *, proposed: Proposed, at: datetime
) -> Knowledge:
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
    released = Released(
        incident=incident.id,
        plan_id=proposed.id,
        plan=proposed.answer.plan,
        verdict=proposed.answer.verdict,
        by=by,
        approved_by=approver_of(here, proposed, by=by, at=at),
    )
    return here.sheets.release(released, here.around, at=at)


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


# what the sheet tells


def hear_plan(here: Situation, incident: Incident, *, news: SheetNews) -> list[Intent]:
    """Of the sheet that a plan of the incident was released as. What an older one still has to
    tell is put down, and does not touch the plan that is on the screen by now."""
    sheet, proposed = news.sheet, incident.proposed
    is_ours = proposed is not None and proposed.id == sheet.plan
    if is_ours and proposed is not None:
        proposed.progress = [replace(step.progress) for step in sheet.steps]
    match news:
        case StepBegan() | StepDone():
            _step(incident, news)
        case SheetDone() if is_ours and proposed is not None:
            return _completed(here, incident, proposed=proposed, at=news.at)
        case SheetHalted():
            _leave_out(here, incident, news=news)
            if is_ours:
                _by_a_person(here, incident, news=news)
                return _stopped(here, incident, at=news.at, why=news.why)
            if incident.phase is Phase.PROPOSED:  # a crew of the older one has turned back
                return refresh_soon(here, incident, at=news.at)
        case _:
            pass
    return []


def _leave_out(here: Situation, incident: Incident, *, news: SheetHalted) -> None:
    switch = news.leaves_out
    known = None if switch is None else here.state.positions.get(switch)
    if switch is None or known is None:
        return
    stood = here.state.last_definite.get(switch, known.value)
    is_local = news.why.code == "step-refused-local"
    incident.unavailable[switch] = LeftOut(stood=stood, is_local=is_local)


def use_again(here: Situation, incident: Incident, *, change: Change) -> None:
    """A switch that is seen to have moved works, whoever moved it; one that nobody works on site
    any more takes commands again."""
    event = change.event
    if not isinstance(event, SwitchMoved | PositionReported | LocalControlChanged):
        return
    left_out = incident.unavailable.get(event.switch)
    if left_out is None:
        return
    if isinstance(event, LocalControlChanged):
        is_free = event.reading is Reading.NO and event.quality is Quality.GOOD
        works = left_out.is_local and is_free
    else:
        stands = here.state.positions[event.switch].value
        works = stands is not left_out.stood and not here.state.is_unknown(event.switch)
    if works:
        del incident.unavailable[event.switch]
        incident.note(event.at, because("device-again", device=event.switch))


def hear_by_hand(
    here: Situation,
    incident: Incident | None,
    *,
    news: SheetNews,
    feeders_of: Callable[[SwitchId], Sequence[FeederId]],
) -> list[Intent]:
    """Of a sheet that a person wrote. Automation keeps its hands off feeders that are worked on."""
    sheet = news.sheet
    match news:
        case SheetBegan():
            _work_by_hand(here, sheet, at=news.at, feeders_of=feeders_of)
            if incident is not None:
                incident.plans_released += 1
                by = sheet.started_by or AUTOMATION
                incident.note(news.at, because("sheet-began", sheet=sheet.id, user=by))
        case StepBegan() | StepDone() if incident is not None and news.step.position is not None:
            _step(incident, news)
        case SheetDone() if incident is not None:
            incident.note(news.at, because("sheet-done", sheet=sheet.id))
        case SheetHalted() if incident is not None:
            incident.note(news.at, news.why)
            _leave_out(here, incident, news=news)
        case _:
            pass
    return []


def _work_by_hand(
    here: Situation,
    sheet: Sheet,
    *,
    at: datetime,
    feeders_of: Callable[[SwitchId], Sequence[FeederId]],
) -> None:
    for switch in sheet.switches:
        why = because("worked-by-hand", device=switch)
        here.state.modes.latch(feeders_of(switch), Latch(since=at, why=why, by=sheet.started_by))


def _step(incident: Incident, news: StepBegan | StepDone) -> None:
    step, at = news.step, news.at
    if step.switch is not None:
        incident.moved.add(step.switch)
    match step.progress.state:
        case StepState.INSTRUCTED:
            incident.note(at, of_step("step-instructed", step))
        case StepState.PENDING:
            incident.note(at, of_step("step-sent", step))
        case StepState.PREVIOUSLY_COMPLETED:
            incident.note(at, of_step("step-already-done", step))
        case _:
            if step.position is Position.CLOSED:
                incident.closed_at = at
            incident.note(at, of_step("step-confirmed", step))


def _by_a_person(here: Situation, incident: Incident, *, news: SheetHalted) -> None:
    user = news.why.params.get("user")
    if news.why.code == "stopped-by-person" and isinstance(user, str):
        incident.halted = True
        person_halted(here, incident, at=news.at, by=UserName(user), why=news.why)


def stop(here: Situation, incident: Incident, *, at: datetime, why: Reason) -> list[Intent]:
    """Nothing further of the plan is sent. A new one is made from the actual state, unless a
    person said stop: then it waits for their word."""
    sheet = here.sheets.running(incident.id)
    if sheet is not None:
        return here.sheets.stop(sheet, here.around, at=at, why=why)
    return _stopped(here, incident, at=at, why=why)


def _stopped(here: Situation, incident: Incident, *, at: datetime, why: Reason) -> list[Intent]:
    if incident.proposed is not None and incident.proposed.released_by == AUTOMATION:
        run_stopped(here, incident, at=at, why=why)
    incident.phase = Phase.STOPPED
    incident.latched = True
    incident.withdraw_offer(at)
    incident.note(at, why)
    for progress in incident.proposed.progress if incident.proposed is not None else ():
        if progress.state in (StepState.NEW, StepState.INSTRUCTED):
            progress.state = StepState.ABORTED
    return [] if incident.halted else refresh_soon(here, incident, at=at)
