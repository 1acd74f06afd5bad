"""Defects that what carries out sheets could have, each as a patch of the product."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from gridops.alarms import Alarms
from gridops.events import ControlRoomStarted, SheetStarted
from gridops.guard import Verdict
from gridops.incident import lending
from gridops.sheets import Sheet, SheetStep, StepState, acts, approval
from gridops.sheets.machine import Sheets


def _patched(where: object, name: str, made: Callable[[Any], Any]) -> AbstractContextManager[Any]:
    """`made` gets what it replaces."""
    return patch.object(where, name, made(getattr(where, name)))


def whatever_is_there_is_started() -> AbstractContextManager[Any]:
    """The check of the approval is dropped."""

    def made(real: Any) -> Any:
        def why(sheet: Sheet, around: Any, *, event: Any, grid: str) -> Any:
            is_new = sheet.started_at is None
            if isinstance(event, SheetStarted) and is_new:
                return None
            return real(sheet, around, event=event, grid=grid)

        return why

    return _patched(acts, "why_refused", made)


def authors_approve_their_own() -> AbstractContextManager[Any]:
    def made(real: Any) -> Any:
        def why(sheet: Sheet, around: Any, *, event: Any, grid: str) -> Any:
            authors, sheet.authors = sheet.authors, frozenset()
            try:
                return real(sheet, around, event=event, grid=grid)
            finally:
                sheet.authors = authors

        return why

    return _patched(acts, "why_refused", made)


def an_edit_keeps_the_approval() -> AbstractContextManager[Any]:
    return patch.object(approval, "void_approval", lambda _: None)


@contextmanager
def an_approval_outlives_its_ground() -> Iterator[None]:
    def stands(*_: Any, **__: Any) -> bool:
        return True

    name = "rests_on_what_is"
    with patch.object(approval, name, stands), patch.object(acts, name, stands):
        yield


def any_bytes_are_started() -> AbstractContextManager[Any]:
    def made(real: Any) -> Any:
        def why(sheet: Sheet, around: Any, *, event: Any, grid: str) -> Any:
            if isinstance(event, SheetStarted):
                event = replace(event, fingerprint=sheet.fingerprint)
            return real(sheet, around, event=event, grid=grid)

        return why

    return _patched(acts, "why_refused", made)


@contextmanager
def the_guard_passes_every_sheet() -> Iterator[None]:
    def passes(*_: Any, **__: Any) -> Verdict:
        return Verdict(passed=True, checks=0, violations=())

    with patch.object(lending, "verdict_on", passes), patch.object(acts, "verdict_on", passes):
        yield


def two_commands_at_once() -> AbstractContextManager[Any]:
    def next_step(sheet: Sheet) -> Any:
        left = (s for s in sheet.steps if not s.progress.is_done and not s.progress.is_open)
        return next(left, None)

    def made(real: Any) -> Any:
        def twice(sheet: Sheet, around: Any, *, at: Any) -> Any:
            return [*real(sheet, around, at=at), *real(sheet, around, at=at)]

        return twice

    @contextmanager
    def both() -> Iterator[None]:
        with patch.object(Sheet, "next_step", next_step), _patched(acts, "advance", made):
            yield

    return both()


def a_stop_stops_nothing() -> AbstractContextManager[Any]:
    return patch.object(acts, "stopped", lambda *_, **__: [])


def a_crew_is_told_whatever_step() -> AbstractContextManager[Any]:
    return patch.object(acts, "_why_not_instructed", lambda *_, **__: None)


def a_stop_calls_every_crew_back() -> AbstractContextManager[Any]:
    return patch.object(SheetStep, "has_no_word_yet", property(lambda _: False))


def nobody_expects_a_crew_after_a_stop() -> AbstractContextManager[Any]:
    def told(sheets: Sheets) -> Iterator[tuple[Sheet, SheetStep]]:
        every = ((sheet, step) for sheet in sheets.live for step in sheet.steps)
        return (one for one in every if one[1].progress.state is StepState.INSTRUCTED)

    return patch.object(Sheets, "asked_of_crews", told)


def nobody_is_told_of_a_crew_in_doubt() -> AbstractContextManager[Any]:
    return patch.object(Alarms, "_crews_in_doubt", lambda *_: None)


def a_restart_goes_on() -> AbstractContextManager[Any]:
    def restarted(sheets: Sheets, event: ControlRoomStarted, _: Any) -> Any:
        sheets.grid = event.grid_fingerprint
        return []

    return patch.object(Sheets, "_restarted", restarted)
