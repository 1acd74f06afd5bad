"""Commands about grid folders."""

from typing import Annotated

import typer

from gridops.cli.output import AsJson, show_json
from gridops.errors.severity import Severity

GridFolder = Annotated[
    str, typer.Argument(metavar="DIR", help="A grid folder, or the name of a shipped grid.")
]
Lowest = Annotated[
    Severity, typer.Option("--severity", help="List this and what is graver: error, warning, note.")
]
Whole = Annotated[bool, typer.Option("--all", help="Cut no list short.")]


def add_to(app: typer.Typer) -> None:
    app.command("check")(check)


def check(
    folder: GridFolder,
    *,
    severity: Lowest = Severity.NOTE,
    whole: Whole = False,
    json: AsJson = False,
) -> None:
    """Validate a grid: all flaws at once, with file and row; a grade per feeder.

    Without errors the normal state is reviewed too: power flow, protection, ties, feeders.
    """
    from gridops.adapters.content import resolve_grid
    from gridops.adapters.grid_files import check_grid
    from gridops.cli.grid_report import at_least, show_report

    report = check_grid(resolve_grid(folder))
    shown = at_least(report.flaws, severity)
    if json:
        show_json(report.to_plain(shown))
    else:
        show_report(report, shown=shown, is_whole=whole)
    if not report.ok:
        raise typer.Exit(1)
