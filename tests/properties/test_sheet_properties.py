"""Whatever people do with a sheet, in whatever order, and whatever the field answers: nothing is
commanded that was not approved byte for byte, and never two things at once (28, 29)."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from gridops.events import SheetApproved, SheetEdited
from gridops.events.operator import Mode
from gridops.events.sheets import StepAct
from gridops.measurement import Position
from gridops.sheets import Sheet, SheetState, StepState
from tests.playbook import OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_sheets import (
    ApprovesSheet,
    Draws,
    Edits,
    Instructs,
    Reports,
    Starts,
    Stops,
    Withdraws,
)
from tests.playbook_words import Done, Moved, Put, ReadBack, Refused, Restarted, Tagged, TimedOut

TWO = replace(SETTINGS, two_person=True)
PEOPLE = st.sampled_from(("lan", "mai", "binh"))
SHEETS = st.sampled_from(("P1", "P1", "P2"))
TEXTS = st.sampled_from(("open s4, close t1", "open s4, (open s3), close t1", "open s4, note work"))
ANSWERS = (Done, ReadBack, Refused, TimedOut)


@st.composite
def days(draw: st.DrawFn) -> Sequence[object]:
    """What people do, and how the field answers the last order (a class)."""
    edit = st.builds(Edits, text=TEXTS, by=PEOPLE, sheet=SHEETS, gives_up=st.just("E"))
    act = st.one_of(
        st.builds(Draws, text=TEXTS, by=PEOPLE, gives_up=st.just("E")),
        edit,
        st.builds(ApprovesSheet, by=PEOPLE, sheet=SHEETS),
        st.builds(Starts, by=PEOPLE, sheet=SHEETS),
        st.builds(Stops, sheet=SHEETS),
        st.builds(Withdraws, sheet=SHEETS),
        st.builds(Instructs, step=st.integers(1, 3), sheet=SHEETS),
        st.builds(Reports, step=st.integers(1, 3), sheet=SHEETS, done=st.booleans()),
        st.just(Tagged("t1")),
        st.just(Put(Mode.DISABLED, "Fb2")),
        st.just(Moved("s3", OPEN)),
        st.just(Restarted()),
        st.builds(Wait, st.sampled_from((1.0, 15.0, 400.0))),
        st.sampled_from(ANSWERS),
        st.sampled_from(ANSWERS),
    )
    transfer = Draws("open s4, close t1", by="lan", gives_up="E")
    begun = [transfer, ApprovesSheet(draw(PEOPLE)), draw(st.one_of(edit, st.just(Wait(1.0)), act))]
    begun.append(Starts(draw(PEOPLE)))
    return [*begun[: draw(st.integers(2, 4))], *draw(st.lists(act, max_size=12))]


@given(days())
def test_i28_i29_only_what_was_approved_is_commanded_and_one_thing_at_a_time(
    day: Sequence[object],
) -> None:
    play = Playbook(settings=TWO)
    for word in day:
        fact = _answer(word, play) if isinstance(word, type) else word
        if fact is None or (getattr(fact, "sheet", None) or "P1") not in _known(play, fact):
            continue
        orders = len(play.orders)
        play.forget() >> fact  # type: ignore[operator]
        play.forget()
        for order in play.orders[orders:]:
            _was_approved(play, play.desk.sheets.sheets[order.sheet], order.step)  # type: ignore[index]
        for sheet in play.desk.sheets.sheets.values():
            open_steps = [s for s in sheet.steps if s.progress.is_open]
            assert len(open_steps) <= 1
            assert sheet.state in (SheetState.EXECUTING, SheetState.STOPPED) or not open_steps
    commands = [order.command for order in play.orders]
    assert len(commands) == len(set(commands))
    event(f"{min(len(commands), 3)} commands")


def _answer(kind: type, play: Playbook) -> Fact | None:
    for sheet in play.desk.sheets.live:
        for step in sheet.steps:
            if step.progress.state is StepState.PENDING and step.switch is not None:
                found: Fact = kind(step.switch)
                return found
    return None


def _known(play: Playbook, fact: object) -> set[str]:
    made = {str(ident) for ident in play.desk.sheets.sheets}
    return made if isinstance(fact, Edits | ApprovesSheet | Starts) else made | {"P1", "P2"}


def _was_approved(play: Playbook, sheet: Sheet, number: int) -> None:
    """By the facts alone: the last approval of this sheet came after its last edit, named these
    bytes, and by nobody who wrote it."""
    facts = [f for f in play.facts if getattr(f, "sheet", None) == sheet.id]
    approvals = [k for k, f in enumerate(facts) if isinstance(f, SheetApproved)]
    step = sheet.steps[number - 1]
    agreed = [facts[k] for k in approvals]
    assert any(
        isinstance(f, SheetApproved)
        and f.fingerprint == sheet.fingerprint
        and f.by not in sheet.authors
        for f in agreed
    )
    assert sheet.verdict.passed
    assert not step.draft.deleted
    assert step.position is (Position.CLOSED if step.draft.act is StepAct.CLOSE else Position.OPEN)
    assert sheet.started_at is not None
    edits = [f for f in facts if isinstance(f, SheetEdited)]
    assert all(f.at <= sheet.started_at for f in edits if f.revision < sheet.revision)
