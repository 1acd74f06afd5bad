"""A switching sheet as it is shown: its line in the list, and whole to one person."""

from collections.abc import Callable, Iterable
from datetime import datetime

from gridops.api.incident_view import check_view, verdict_view
from gridops.api.words import Plain, instant, reason
from gridops.events import (
    OperatorEvent,
    SheetApproved,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
)
from gridops.ids import SheetId, UserName
from gridops.reasons import Reason
from gridops.sheets import Sheet, SheetState, SheetStep
from gridops.sheets.drafting import Drafted
from gridops.sheets.sheet import ENDED
from gridops.sheets.templates import Template

ENDED_SHEETS_MAX = 20
"""Ended sheets that stay on the screen, the latest."""
ETAG_LETTERS = 16

Ask = Callable[[OperatorEvent], Reason | None]
"""Why the core would refuse an act now; None: it would take it."""


def etag_of(sheet: Sheet) -> str:
    """Another one after each edit and whenever the sheet's state changes; steps that go on do not
    change it."""
    return f'"{sheet.revision}.{sheet.fingerprint[:ETAG_LETTERS]}.{sheet.state.value}"'


def sheets_view(sheets: Iterable[Sheet]) -> Plain:
    """Those that have not ended, and the latest that have; any whose crew is in doubt."""
    known = list(sheets)
    hidden = {s.id for s in [s for s in known if s.state in ENDED][:-ENDED_SHEETS_MAX]}
    shown = (s for s in known if s.id not in hidden or s.crews_in_doubt)
    return {sheet.id: sheet_row(sheet) for sheet in shown}


def sheet_row(sheet: Sheet) -> Plain:
    return {**_head(sheet), "steps": [_line(step) for step in sheet.steps]}


def sheet_view(sheet: Sheet, *, by: UserName, at: datetime, ask: Ask | None) -> Plain:
    """`ask` None: this person has no permission to switch, and may do nothing."""
    refused = None if ask is None else _refusals(sheet, by=by, at=at, ask=ask)
    return {
        **_head(sheet),
        "etag": etag_of(sheet),
        "authors": sorted(sheet.authors),
        "judged_at": instant(sheet.judged_at),
        "guard": verdict_view(sheet.verdict),
        "steps": [step_view(step) for step in sheet.steps],
        "may": {act: refused is not None and refused[act] is None for act in ACTS},
        "why_not": [] if refused is None else _why_not(sheet, refused),
        "timeline": [
            {"at": instant(note.at), **(reason(note.reason) or {})} for note in sheet.timeline
        ],
    }


ACTS = ("edit", "approve", "start", "stop", "withdraw")


def _refusals(sheet: Sheet, *, by: UserName, at: datetime, ask: Ask) -> dict[str, Reason | None]:
    ident: SheetId = sheet.id
    acts: dict[str, OperatorEvent] = {
        "edit": SheetEdited(
            at=at,
            by=by,
            sheet=ident,
            revision=sheet.revision,
            paper=sheet.paper,
            steps=tuple(step.draft for step in sheet.steps),
            gives_up=tuple(sorted(sheet.gives_up)),
        ),
        "approve": SheetApproved(at=at, by=by, sheet=ident, fingerprint=sheet.fingerprint),
        "start": SheetStarted(at=at, by=by, sheet=ident, fingerprint=sheet.fingerprint),
        "stop": SheetStopped(at=at, by=by, sheet=ident),
        "withdraw": SheetWithdrawn(at=at, by=by, sheet=ident),
    }
    return {act: ask(event) for act, event in acts.items()}


def _why_not(sheet: Sheet, refused: dict[str, Reason | None]) -> list[Plain | None]:
    following = {SheetState.DRAFT: "approve", SheetState.APPROVED: "start"}
    why = refused.get(following.get(sheet.state, ""))
    return [] if why is None else [reason(why)]


def _head(sheet: Sheet) -> Plain:
    paper = sheet.paper
    return {
        "id": sheet.id,
        "number": sheet.number,
        "title": paper.title,
        "planned": paper.planned,
        "by_hand": sheet.by_hand,
        "state": sheet.state.value,
        "revision": sheet.revision,
        "fingerprint": sheet.fingerprint,
        "incident": sheet.incident,
        "plan": sheet.plan,
        "after": sheet.after,
        "prepared_by": sheet.prepared_by,
        "prepared_at": instant(sheet.prepared_at),
        "approved_by": sheet.approved_by,
        "approved_at": instant(sheet.approved_at),
        "expires_at": instant(sheet.expires_at),
        "started_by": sheet.started_by,
        "started_at": instant(sheet.started_at),
        "ended_at": instant(sheet.ended_at),
        "issuer": paper.issuer,
        "receiver": paper.receiver,
        "supervisor": paper.supervisor,
        "operator": paper.operator,
        "gives_up": sorted(sheet.gives_up),
        "crews_in_doubt": [step.number for step in sheet.crews_in_doubt],
        "passed": sheet.verdict.passed,
    }


def _line(step: SheetStep) -> Plain:
    draft, progress = step.draft, step.progress
    return {
        "number": step.number,
        "act": draft.act.value,
        "by": draft.by.value,
        "switch": draft.switch,
        "text": draft.text,
        "state": progress.state.value,
        "note": reason(progress.note),
        "begun_at": instant(progress.begun_at),
        "changed_at": instant(progress.changed_at),
        "receiver": progress.receiver,
        "instructed_by": progress.instructed_by,
        "reported_by": progress.reported_by,
        "customers_restored": step.customers_restored,
        "customers_dropped": step.customers_dropped,
        "sections_restored": list(step.sections_restored),
        "sections_dropped": list(step.sections_dropped),
    }


def step_view(step: SheetStep) -> Plain:
    return {**_line(step), "check": None if step.check is None else check_view(step.check)}


def template_view(template: Template) -> Plain:
    return {
        "id": template.id,
        "title": template.title,
        "title_vi": template.title_vi,
        "parameters": [
            {
                "name": parameter.name,
                "kind": parameter.kind.value,
                "title": parameter.title,
                "title_vi": parameter.title_vi,
                "needed": parameter.needed,
            }
            for parameter in template.parameters
        ],
    }


def written_view(title: str, drafted: Drafted) -> Plain:
    """As a draft is sent."""
    return {
        "title": title,
        "planned": True,
        **dict.fromkeys(("issuer", "receiver", "supervisor", "operator"), ""),
        "steps": [
            {
                "act": step.act.value,
                "by": step.by.value,
                "switch": step.switch,
                "text": step.text,
                "deleted": step.deleted,
            }
            for step in drafted.steps
        ],
        "gives_up": list(drafted.gives_up),
        **dict.fromkeys(("incident", "plan", "after")),
    }


def judged_view(sheet: Sheet) -> Plain:
    """Of one that was judged and is not kept."""
    return {
        "guard": verdict_view(sheet.verdict),
        "steps": [step_view(step) for step in sheet.steps],
        "customers_restored": sum(step.customers_restored for step in sheet.steps),
        "customers_dropped": sum(step.customers_dropped for step in sheet.steps),
    }
