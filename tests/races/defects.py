"""Defects that a control room could have, each as a patch of the product."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from gridops.commands import Intent, Operate
from gridops.control_room import ControlRoom, Loop
from gridops.events import CommandIssued, LoadShedChanged, ModeChanged, TagPlaced
from gridops.events.codec import from_plain
from gridops.guard import Guard, Verdict, rules
from gridops.guard.case import Case
from gridops.incident import approving, execution, handling
from gridops.incident.lending import Lending
from gridops.incident.model import Incident
from gridops.incident.situation import Situation
from gridops.sheets import Sheet, machine, stepping, surprise
from gridops.sheets.machine import Sheets
from gridops.sheets.surroundings import Surroundings
from gridops.state import LiveState


def _patched(where: object, name: str, made: Callable[[Any], Any]) -> AbstractContextManager[Any]:
    """`made` gets what it replaces."""
    return patch.object(where, name, made(getattr(where, name)))


def no_fingerprint_test() -> AbstractContextManager[Any]:
    def made(real: Any) -> Any:
        def why(here: Situation, incident: Incident, *, event: Any) -> Any:
            shown = incident.proposed
            if shown is not None:
                event = replace(event, plan=shown.id, fingerprint=shown.answer.fingerprint)
            return real(here, incident, event=event)

        return why

    return _patched(execution, "why_not_on_screen", made)


@contextmanager
def nobody_looks_at_a_release_again() -> Iterator[None]:
    with ExitStack() as stack:
        for where in (execution, handling):
            stack.enter_context(patch.object(where, "why_not_released", lambda *_, **__: None))
        stack.enter_context(
            patch("gridops.incident.desk.Desk.why_not_released", lambda *_, **__: None)
        )
        yield


def every_command_is_sent_twice() -> AbstractContextManager[Any]:
    def made(real: Any) -> Any:
        async def twice(loop: Loop, order: Any) -> None:
            await real(loop, order)
            await real(loop, order)

        return twice

    return _patched(Loop, "_send", made)


def a_restart_sends_again() -> AbstractContextManager[Any]:
    """What was issued last, for nobody knows whether it arrived."""

    def made(real: Any) -> Any:
        def start(room: ControlRoom, at: datetime) -> list[Intent]:
            intents: list[Intent] = real(room, at)
            issued = [e for e in room.journal.entries() if e.record.kind == "CommandIssued"]
            for entry in issued[-1:]:
                was = from_plain(entry.record.kind, dict(entry.record.body))
                assert isinstance(was, CommandIssued)
                room.commands_issued.discard(was.command)
                intents.append(_again(was, at))
            return intents

        return start

    return _patched(ControlRoom, "start", made)


def _again(was: CommandIssued, at: datetime) -> Operate:
    return Operate(
        command=was.command,
        incident=was.incident,
        plan=was.plan,
        step=was.step,
        switch=was.switch,
        position=was.position,
        deadline=at + timedelta(seconds=3),
    )


def sent_before_it_is_durable() -> AbstractContextManager[Any]:
    return patch.object(ControlRoom, "issue", lambda *_: [])


def no_deadline() -> AbstractContextManager[Any]:
    """A command that waited for the journal goes out as if it were new."""

    def issue(loop: Loop, intent: Operate) -> None:
        also = loop.room.issue(intent, loop.clock.now())
        if also is not None:
            loop._spawn(loop._operate(intent))
            loop._do(also)

    return patch.object(Loop, "_issue", issue)


def tags_are_not_read() -> AbstractContextManager[Any]:
    def found(_: Case) -> Iterator[None]:
        yield None

    kept = tuple(
        replace(rule, check=found) if rule.invariant == "19" else rule for rule in rules.RULES
    )
    return patch("gridops.guard.guard.RULES", kept)


def _blind_to(kind: type[object]) -> AbstractContextManager[Any]:
    def made(real: Any) -> Any:
        def seen(sheet: Sheet, around: Surroundings, *, change: Any, others: Any) -> Any:
            if isinstance(change.event, kind):
                return None
            return real(sheet, around, change=change, others=others)

        return seen

    return _patched(machine, "surprise", made)


def a_tag_halts_nothing() -> AbstractContextManager[Any]:
    return _blind_to(TagPlaced)


def protection_halts_nothing() -> AbstractContextManager[Any]:
    return patch.object(surprise, "_protection", lambda *_, **__: None)


def a_mode_halts_nothing() -> AbstractContextManager[Any]:
    return _blind_to(ModeChanged)


def nothing_is_withheld() -> AbstractContextManager[Any]:
    """From a plan that is under way."""
    return patch.object(Lending, "withheld", lambda *_: None)


def load_shedding_halts_nothing() -> AbstractContextManager[Any]:
    return _blind_to(LoadShedChanged)


def a_person_halts_nothing() -> AbstractContextManager[Any]:
    return patch.object(handling, "_halted", lambda *_, **__: [])


@contextmanager
def goes_on_after_a_failure() -> Iterator[None]:
    def done(sheet: Sheet, around: Surroundings, *, step: Any, at: datetime, **_: Any) -> Any:
        return stepping.done(sheet, around, step=step, at=at)

    with patch.object(stepping, "failed", done), patch.object(stepping, "_overdue", done):
        yield


def goes_on_without_telemetry() -> AbstractContextManager[Any]:
    """The read-back is enough."""

    def confirmed(sheet: Sheet, around: Surroundings, *, step: Any, at: datetime) -> Any:
        return stepping.done(sheet, around, step=step, at=at)

    return patch.object(stepping, "confirmed", confirmed)


def two_at_once() -> AbstractContextManager[Any]:
    def next_step(sheet: Sheet) -> Any:
        left = (s for s in sheet.steps if not s.progress.is_done and not s.progress.is_open)
        return next(left, None)

    def made(real: Any) -> Any:
        def release(sheets: Sheets, released: Any, around: Any, *, at: datetime) -> Any:
            first = real(sheets, released, around, at=at)
            sheet = sheets.running(released.incident)
            assert sheet is not None
            return [*first, *stepping.advance(sheet, around, at=at)]

        return release

    @contextmanager
    def both() -> Iterator[None]:
        with patch.object(Sheet, "next_step", next_step), _patched(Sheets, "release", made):
            yield

    return both()


def one_person_is_enough() -> AbstractContextManager[Any]:
    return patch.object(execution, "lacks_approval", lambda *_, **__: None)


def an_approval_lasts_for_ever() -> AbstractContextManager[Any]:
    return patch.object(approving, "approved_until", lambda _, at: at + timedelta(days=1))


def execution_is_never_off() -> AbstractContextManager[Any]:
    def made(real: Any) -> Any:
        def why(here: Situation, incident: Incident, *, event: Any) -> Any:
            found = real(here, incident, event=event)
            return None if found == "execution-disabled" else found

        return why

    return _patched(execution, "why_not_on_screen", made)


@contextmanager
def nothing_is_unknown() -> Iterator[None]:
    """What is on its way stands where it stood."""
    with (
        patch.object(LiveState, "is_unknown", lambda *_: False),
        patch.object(LiveState, "_unknown", lambda _: frozenset()),
    ):
        yield


def the_guard_looks_once() -> AbstractContextManager[Any]:
    """When a plan is made, and never again."""

    def passes(*_: Any, **__: Any) -> Verdict:
        return Verdict(passed=True, checks=0, violations=())

    return patch.object(Guard, "check_move", passes)


def the_guard_is_blind() -> AbstractContextManager[Any]:
    def passes(*_: Any, **__: Any) -> Verdict:
        return Verdict(passed=True, checks=0, violations=())

    @contextmanager
    def both() -> Iterator[None]:
        with patch.object(Guard, "check_move", passes), patch.object(Guard, "check_plan", passes):
            yield

    return both()
