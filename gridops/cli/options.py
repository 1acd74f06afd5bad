"""Options that take more than one word to read, and commands with many of them."""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from gridops.bootstrap.workbench import Departures
    from gridops.network import Limits

Options = TypeVar("Options")
Ids = list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """How a study departs from the normal state; commands that ask what-ifs share them."""

    open: Annotated[Ids, typer.Option(metavar="ID", help="Switch open before the fault.")] = None
    close: Annotated[Ids, typer.Option(metavar="ID", help="Switch closed before the fault.")] = None
    unavailable: Annotated[
        Ids, typer.Option(metavar="ID", help="Switch that nobody can operate.")
    ] = None
    load_scale: Annotated[str, typer.Option(metavar="X", help="Multiplies every load.")] = "1.0"
    limit: Annotated[
        Ids,
        typer.Option(
            metavar="NAME=VALUE",
            help="voltage_pu_min, voltage_pu_max, loading_pct_max, emergency_s or "
            "fault_in_pickups_min; the value none lifts it.",
        ),
    ] = None
    at: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="Local time of day, by the load profiles.")
    ] = None
    as_indicated: Annotated[
        bool,
        typer.Option(
            "--as-indicated",
            help="Fence all that the indicators leave in doubt, as live operation does.",
        ),
    ] = False

    shed: Annotated[
        bool,
        typer.Option(
            "--shed",
            help="Supplied load of priority 4, then 3, may stay dark where that brings back more.",
        ),
    ] = False

    def read(self) -> "StudyRead":
        """Raises: typer.BadParameter that tells everything that is wrong."""
        from gridops.network import Limits

        at, scale, _ = all_of(
            lambda: clock_time(self.at),
            lambda: load_scale(self.load_scale),
            lambda: changed_limits(Limits(), self.limit or ()),
        )
        return StudyRead(options=self, at=at, load_scale=scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRead:
    """The same options in the words of the workbench."""

    options: StudyOptions
    at: time | None
    load_scale: float

    def departures(self, limits: "Limits") -> "Departures":
        """`limits`: those of the grid, which the options change."""
        options = self.options
        return {
            "opened": options.open or (),
            "closed": options.close or (),
            "unavailable": options.unavailable or (),
            "load_scale": self.load_scale,
            "at": self.at,
            "limits": changed_limits(limits, options.limit or ()),
            "as_indicated": options.as_indicated,
            "shedding": options.shed,
        }


class SeveralWrong(typer.BadParameter):
    """Everything that is wrong with the options, in one line."""

    def __init__(self, wrong: Sequence[typer.BadParameter]) -> None:
        self.wrong = wrong
        first, *others = wrong
        told = [first.message, *(f"{error.param_hint}: {error.message}" for error in others)]
        super().__init__("; ".join(told), param_hint=first.param_hint)


def all_of(*reads: Callable[[], Any]) -> list[Any]:
    """What each gives. Raises: typer.BadParameter that tells what is wrong with all of them."""
    found, wrong = [], list[typer.BadParameter]()
    for read in reads:
        try:
            found.append(read())
        except SeveralWrong as error:
            wrong.extend(error.wrong)
        except typer.BadParameter as error:
            wrong.append(error)
    if wrong:
        raise SeveralWrong(wrong) if len(wrong) > 1 else wrong[0]
    return found


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
    values = all_of(*(lambda change=change: _limit(limits, change) for change in changes))
    return replace(limits, **dict(values))


def _limit(limits: "Limits", change: str) -> tuple[str, float | None]:
    known = [each.name for each in fields(limits)]
    name, equals, value = change.partition("=")
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.5) or known
        raise _bad("--limit", f"no limit is called {name!r} (near: {', '.join(near)})")
    if not equals:
        raise _bad("--limit", f"{change!r} gives no value (write {name}=0.9 or {name}=none)")
    return name, None if value == "none" else _positive("--limit", value)


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
