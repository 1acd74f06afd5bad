"""Switching sheets made by hand, as no machine needs to have made them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gridops.events.sheets import SheetPaper, StepAct, StepBy, StepDraft
from gridops.guard import GuardViolation, Verdict
from gridops.ids import SheetId, SwitchId, UserName
from gridops.reasons import because
from gridops.sheets import Progress, Sheet, SheetState, SheetStep, StepState
from gridops.sheets.sheet import fingerprint_of

T0 = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
PASSED = Verdict(passed=True, checks=1_204, violations=())


VETOED = Verdict(
    passed=False,
    checks=7,
    violations=(
        GuardViolation(
            invariant="19",
            step=1,
            element="s1",
            why=because("guard-tag", switch="s1", kind="no_close", user="lan"),
        ),
    ),
)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def line(said: str, text: str = "", **change: Any) -> StepDraft:
    """`open s1`, `crew earth s1`, `note`: one line as somebody would say it."""
    words = said.split()
    by = StepBy.CREW if words[0] == "crew" else StepBy.REMOTE
    act, *switch = words[1:] if by is StepBy.CREW else words
    named = SwitchId(switch[0]) if switch else None
    return StepDraft(act=StepAct(act), by=by, switch=named, text=text, **change)


def paper(title: str = "Cô lập RMU Giảng Võ", **change: Any) -> SheetPaper:
    return SheetPaper(title=title, **change)


def sheet(
    *lines: StepDraft,
    state: SheetState = SheetState.DRAFT,
    states: Sequence[StepState] = (),
    of: SheetPaper | None = None,
    **change: Any,
) -> Sheet:
    """`states` of its steps, the first ones; the rest are new."""
    steps = []
    for k, draft in enumerate(lines):
        default = StepState.DELETED if draft.deleted else StepState.NEW
        reached = states[k] if k < len(states) else default
        moved = None if reached is StepState.NEW else after(60 * k)
        begun = None if moved is None else moved - timedelta(seconds=20)
        progress = Progress(state=reached, begun_at=begun, changed_at=moved)
        steps.append(SheetStep(number=k + 1, draft=draft, progress=progress))
    said: dict[str, Any] = {
        "id": SheetId("P1"),
        "number": "01/11/2026",
        "prepared_by": UserName("lan"),
        "prepared_at": T0,
        "authors": frozenset({UserName("lan")}),
        "verdict": PASSED,
        "judged_at": T0,
        "fingerprint": fingerprint_of(tuple(lines), grid="f"),
    }
    return Sheet(state=state, paper=of or paper(), steps=steps, **{**said, **change})
