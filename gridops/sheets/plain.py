"""A sheet as plain data, for the journal: who answers for what, and how far each step was."""

from typing import Any

from gridops.sheets.sheet import Sheet, SheetStep

Plain = dict[str, Any]


def sheet_to_plain(sheet: Sheet) -> Plain:
    return {
        "sheet": sheet.id,
        "number": sheet.number,
        "revision": sheet.revision,
        "state": sheet.state.value,
        "title": sheet.paper.title,
        "by_hand": sheet.by_hand,
        "incident": sheet.incident,
        "plan": sheet.plan,
        "after": sheet.after,
        "fingerprint": sheet.fingerprint,
        "ground": sheet.ground,
        "authors": sorted(sheet.authors),
        "approved_by": sheet.approved_by,
        "started_by": sheet.started_by,
        "gives_up": sorted(sheet.gives_up),
        "guard": {
            "passed": sheet.verdict.passed,
            "checks": sheet.verdict.checks,
            "violations": [
                {"invariant": one.invariant, "step": one.step, "element": one.element}
                for one in sheet.verdict.violations
            ],
        },
        "steps": [_step_to_plain(step) for step in sheet.steps],
    }


def _step_to_plain(step: SheetStep) -> Plain:
    return {
        "number": step.number,
        "act": step.draft.act.value,
        "by": step.draft.by.value,
        "switch": step.draft.switch,
        "text": step.draft.text,
        "state": step.progress.state.value,
        "customers_restored": step.customers_restored,
        "customers_dropped": step.customers_dropped,
    }
