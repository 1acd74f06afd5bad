"""A second person for a release: who has agreed to the plan on the screen, and until when."""

from collections.abc import Callable
from datetime import datetime, timedelta

from gridops.events import OperatorEvent, PersonEntitled, PlanApproved, PlanReleased, SheetApproved
from gridops.ids import UserName
from gridops.incident.model import Incident, Phase, Proposed
from gridops.incident.planning import withheld_by
from gridops.incident.situation import Situation
from gridops.reasons import Reason, because
from gridops.sheets import SheetState
from gridops.sheets.approval import void_approval


def why_not_on_screen(
    here: Situation, incident: Incident, *, event: PlanReleased | PlanApproved
) -> str | None:
    """A code that says why this is no plan that may be carried out, the guard and further people
    apart; None when it is one."""
    proposed = incident.proposed
    if not here.settings.execution_enabled:
        return "execution-disabled"
    if here.settings.two_person and event.token:
        return "needs-person"
    if incident.phase is not Phase.PROPOSED or proposed is None:
        return "nothing-proposed"
    is_on_screen = event.plan == proposed.id and event.fingerprint == proposed.answer.fingerprint
    if not is_on_screen or proposed.released_at is not None:
        return "superseded"
    if event.at >= proposed.expires_at:
        return "expired"
    withheld = withheld_by(here, incident)
    if withheld is not None:
        return withheld.code if withheld.code == "load-shed-withholds" else "mode-withholds"
    return None if proposed.answer.plan.steps else "no-steps"


def approved(incident: Incident, *, event: PlanApproved) -> None:
    """Who agrees once more agrees from then on."""
    if incident.proposed is not None:
        incident.proposed.approvals[event.by] = event.at
        incident.note(event.at, because("plan-approved", plan=event.plan, user=event.by))


def approved_until(here: Situation, at: datetime) -> datetime:
    """When an approval that was given at `at` ends."""
    return at + timedelta(seconds=here.settings.approval_expiry_s)


def lacks_approval(
    here: Situation, proposed: Proposed, *, by: UserName | None, at: datetime
) -> str | None:
    """A code that says what is missing for a release of `proposed` by `by`; None: nothing.
    Without `by`: by anybody."""
    if not here.settings.two_person:
        return None
    others = [given for user, given in proposed.approvals.items() if user != by]
    if any(at < approved_until(here, given) for given in others):
        return None
    if others:
        return "approval-expired"
    return "own-approval" if by in proposed.approvals else "needs-approval"


def approver_of(
    here: Situation, proposed: Proposed, *, by: UserName, at: datetime
) -> UserName | None:
    """Who has agreed last that `by` releases it, and whose word still counts; None: nobody."""
    others = {
        user: given
        for user, given in proposed.approvals.items()
        if user != by and at < approved_until(here, given)
    }
    return max(others, key=others.__getitem__, default=None)


def void_approvals(
    here: Situation, event: PersonEntitled, *, why_not: Callable[[OperatorEvent], Reason | None]
) -> None:
    """Takes back what `event.user` has approved, has not begun, and could not approve now: of
    plans and of sheets. `why_not` is asked as if they approved of it once more."""
    at, user = event.at, event.user
    void = because("approval-void", user=user)
    for incident in here.open.values():
        plan = incident.proposed
        if plan is None or plan.released_at is not None or user not in plan.approvals:
            continue
        again = PlanApproved(
            at=at,
            by=user,
            incident=incident.id,
            plan=plan.id,
            fingerprint=plan.answer.fingerprint,
        )
        if why_not(again) is not None:
            del plan.approvals[user]
            incident.note(at, void)
    for sheet in here.sheets.live:
        if sheet.state is not SheetState.APPROVED or sheet.approved_by != user:
            continue
        if why_not(SheetApproved(at=at, by=user, sheet=sheet.id, fingerprint=sheet.fingerprint)):
            void_approval(sheet)
            sheet.note(at, void)
