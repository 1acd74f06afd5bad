"""The command that faults everything once."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.grids import GridFolder
from gridops.cli.options import StudyOptions, all_of, command_with
from gridops.cli.output import AsJson, note, show_json, show_json_with
from gridops.cli.sweep_tables import show_quick_sweep, show_sweep
from gridops.errors import GridOpsError

if TYPE_CHECKING:
    from gridops.bootstrap.quick_sweep import QuickSweep
    from gridops.bootstrap.sweep import Progress, Sweep
    from gridops.bootstrap.sweep_workers import Workers

DASK = "dask://"
WORKERS_MAX = 256


class What(StrEnum):
    SECTIONS = "sections"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOptions(StudyOptions):
    folder: GridFolder
    what: Annotated[What, typer.Option(help="What is faulted, one by one.")] = What.SECTIONS
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="N|dask://HOST:PORT",
            help="Processes, or a Dask scheduler; as many processes as cores if not said.",
        ),
    ] = None
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keeps what is finished; the same command with it goes on where it stopped.",
        ),
    ] = None
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one line for each fault, worst first."),
    ] = None
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="One tie for each dead part, in one pass without plans; tells where only a plan"
            " could tell.",
        ),
    ] = False
    worst: Annotated[
        int, typer.Option(min=1, metavar="N", help="So many faults in the table, worst first.")
    ] = 20
    json: AsJson = False


def add_to(app: typer.Typer) -> None:
    app.command("sweep")(command_with(SweepOptions, sweep))


def sweep(options: SweepOptions) -> None:
    """Fault every section (or branch) once and see what switching brings back.

    Exit code 1: the guard refuses a plan.
    """
    study, workers, _ = all_of(
        options.read, lambda: _workers(options.workers), lambda: _fits(options)
    )
    from gridops.bootstrap.workbench import open_grid

    grid = open_grid(options.folder)
    departures = study.departures(grid.network.limits)
    try:
        if options.quick:
            _show_quick(grid.quick_sweep(options.what.value, **departures), options)
            return
        with _progress() as progress:
            found = grid.sweep(
                options.what.value,
                workers=workers,
                resume=options.resume,
                progress=progress,
                **departures,
            )
    except KeyboardInterrupt as error:
        raise _stopped(options.resume) from error
    except GridOpsError as error:
        error.where = error.where or options.folder
        raise
    _show(found, options)


def _show(found: "Sweep", options: SweepOptions) -> None:
    """Raises: typer.Exit if the guard refuses a plan."""
    if options.csv is not None:
        _write_csv(found, options.csv)
    if options.json:
        document = {"grid": found.network.name, "faults": None, "summary": found.summary}
        show_json_with(document, "faults", listed=found.documents())
    else:
        show_sweep(found.summary, found.rows, listed=options.worst)
    if found.summary["guard"]["vetoed"]:
        raise typer.Exit(1)


def _show_quick(found: "QuickSweep", options: SweepOptions) -> None:
    if options.json:
        show_json(found.to_plain())
    else:
        show_quick_sweep(found.summary, found.rows, listed=options.worst)


def _fits(options: SweepOptions) -> None:
    """Raises: typer.BadParameter for an option that a quick answer has no use for."""
    given = {"--resume": options.resume, "--csv": options.csv, "--workers": options.workers}
    used = [name for name, value in given.items() if value is not None]
    if options.quick and used:
        raise typer.BadParameter(f"takes no {', '.join(used)}", param_hint="--quick")


def _workers(text: str | None) -> "Workers":
    """Raises: typer.BadParameter for neither a count nor the address of a scheduler."""
    if text is None or (text.startswith(DASK) and ":" in text.removeprefix(DASK)):
        return text
    if text.isascii() and text.isdigit() and 1 <= int(text) <= WORKERS_MAX:
        return int(text)
    raise typer.BadParameter(
        f"{text!r} is neither 1 to {WORKERS_MAX} processes nor dask://HOST:PORT",
        param_hint="--workers",
    )


def _stopped(resume: Path | None) -> GridOpsError:
    if resume is None:
        return GridOpsError("stopped, nothing is kept", remedy="--resume FILE would keep it")
    return GridOpsError("stopped", where=str(resume), remedy="the same command again goes on")


@contextmanager
def _progress() -> Iterator["Progress | None"]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), "sections", TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sweep")
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _write_csv(found: "Sweep", path: Path) -> None:
    from gridops.bootstrap.sweep import row_to_plain
    from gridops.study.sweep_rows import worst_first

    lines = [row_to_plain(row) for row in worst_first(found.rows)]
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(lines[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
    except OSError as error:
        raise GridOpsError(
            f"cannot be written: {error.strerror}", where=str(path), remedy="check the folder"
        ) from error
    note(f"wrote {path}")
