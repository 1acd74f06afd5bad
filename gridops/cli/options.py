"""Options that take more than one word to read, and commands with many of them."""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import time
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from gridops.network import Limits

Options = TypeVar("Options")


def command_with(options: type[Options], run: Callable[[Options], None]) -> Callable[..., None]:
    """`run` as a command whose parameters are the fields of the dataclass `options`."""

    def command(**given: object) -> None:
        run(options(**given))

    command.__doc__ = run.__doc__
    command.__signature__ = inspect.signature(options)  # type: ignore[attr-defined]  # read by typer
    return command


def changed_limits(limits: "Limits", changes: Sequence[str]) -> "Limits":
    """`limits` with each `NAME=VALUE` of `changes` in force; the value `none` lifts a limit.

    Raises: typer.BadParameter for an unknown name (with those that are near) or a value that
    is no positive number.
    """
    known = [each.name for each in fields(limits)]
    values: dict[str, float | None] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5) or known
            raise _bad("--limit", f"no limit is called {name!r} (near: {', '.join(near)})")
        if not equals:
            raise _bad("--limit", f"{change!r} gives no value (write {name}=0.9 or {name}=none)")
        values[name] = None if value == "none" else _positive("--limit", value)
    return replace(limits, **values)


def load_scale(text: str) -> float:
    """Raises: typer.BadParameter unless `text` is a positive number."""
    return _positive("--load-scale", text)


def clock_time(text: str | None) -> time | None:
    """Raises: typer.BadParameter unless `text` is a time of day as HH:MM, or None."""
    if text is None:
        return None
    from gridops.errors import ScenarioError
    from gridops.network.profiles import time_of_day

    try:
        return time_of_day(text)
    except ScenarioError as error:
        raise _bad("--at", str(error)) from error


def _positive(option: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
        raise _bad(option, f"{text!r} is no positive number")
    return value


def _bad(option: str, why: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint=option)
