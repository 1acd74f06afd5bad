"""Commands about grid folders."""

from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, say, show_json, show_table

if TYPE_CHECKING:
    from gridops.adapters.grid_files import GridReport

GridFolder = Annotated[
    str, typer.Argument(metavar="DIR", help="A grid folder, or the name of a shipped grid.")
]


def add_to(app: typer.Typer) -> None:
    app.command("check")(check)


def check(folder: GridFolder, *, json: AsJson = False) -> None:
    """Validate a grid: all flaws at once, with file and row; a grade per feeder."""
    from gridops.adapters.content import resolve_grid
    from gridops.adapters.grid_files import check_grid

    report = check_grid(resolve_grid(folder))
    if json:
        show_json(report.to_plain())
    else:
        _show(report)
    if not report.ok:
        raise typer.Exit(1)


def _show(report: "GridReport") -> None:
    if report.flaws:
        rows = []
        for flaw in report.flaws:
            place = flaw.file if flaw.row is None else f"{flaw.file}:{flaw.row}"
            rows.append((str(flaw.severity), place, flaw.message, flaw.remedy))
        show_table("Flaws", ("severity", "where", "what", "remedy"), rows=rows)
    graded = [(each.feeder, each.grade, "; ".join(each.reasons)) for each in report.feeders]
    show_table("Feeders", ("feeder", "grade", "why not better"), rows=graded)
    errors = sum(flaw.is_error for flaw in report.flaws)
    others = len(report.flaws) - errors
    verdict = "ok" if report.ok else "cannot be used"
    say(f"{report.grid}: {verdict}; {errors} errors, {others} warnings and notes")
