"""How long an approval holds: until it is over, or until what it rests on is not what it was."""

from datetime import datetime, timedelta

from gridops.commands import Intent, StartTimer
from gridops.events import Event, OperatorEvent, SheetApproved, TimerExpired
from gridops.reasons import because
from gridops.sheets.course import course_of
from gridops.sheets.ground import ground_of, still_stands
from gridops.sheets.sheet import Sheet, SheetState
from gridops.sheets.surroundings import Surroundings


def approve(sheet: Sheet, around: Surroundings, *, event: SheetApproved, grid: str) -> list[Intent]:
    """Nothing moves by it. What it rests on is kept as a digest (invariant 27)."""
    sheet.state = SheetState.APPROVED
    sheet.approved_by, sheet.approved_at = event.by, event.at
    sheet.expires_at = event.at + timedelta(seconds=around.rules.approval_expiry_s)
    sheet.ground = _ground_now(sheet, around, at=event.at, grid=grid)
    sheet.note(event.at, because("sheet-approved", user=event.by))
    return [StartTimer(timer=sheet.timer("expiry"), due=sheet.expires_at)]


def void_approval(sheet: Sheet) -> None:
    """It is a draft (again)."""
    sheet.state = SheetState.DRAFT
    sheet.approved_by = sheet.approved_at = sheet.expires_at = sheet.look_due = None
    sheet.ground = ""


def expire(sheet: Sheet, at: datetime) -> None:
    is_due = sheet.expires_at is not None and at >= sheet.expires_at
    if sheet.state is SheetState.APPROVED and is_due:
        void_approval(sheet)
        sheet.note(at, because("approval-expired"))


def rests_on_what_is(sheet: Sheet, around: Surroundings, *, at: datetime, grid: str) -> bool:
    """Whether nothing relevant has changed since it was approved (invariant 27)."""
    return still_stands(sheet.ground, _ground_now(sheet, around, at=at, grid=grid))


def look(sheet: Sheet, around: Surroundings, *, event: Event, grid: str) -> list[Intent]:
    """Voids an approval whose ground is gone: at once when a person has said something; when the
    field has, within `refresh_s`, which is as often as proposals are looked at. What time alone
    changes is seen with the next fact; a start asks by itself in any case."""
    if sheet.state is not SheetState.APPROVED:
        return []
    is_its_time = isinstance(event, TimerExpired) and event.timer == sheet.timer("ground")
    if is_its_time:
        sheet.look_due = None
    if is_its_time or isinstance(event, OperatorEvent):
        if not rests_on_what_is(sheet, around, at=event.at, grid=grid):
            void_approval(sheet)
            sheet.note(event.at, because("ground-changed"))
        return []
    if isinstance(event, TimerExpired) or sheet.look_due is not None:
        return []
    sheet.look_due = event.at + timedelta(seconds=around.rules.refresh_s)
    return [StartTimer(timer=sheet.timer("ground"), due=sheet.look_due)]


def _ground_now(sheet: Sheet, around: Surroundings, *, at: datetime, grid: str) -> str:
    return ground_of(course_of(sheet), around.knowledge(sheet, at=at), grid=grid)
