"""The command that holds two versions of a grid against each other."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, say, show_json, show_table

if TYPE_CHECKING:
    from gridops.bootstrap.compare import Compared
    from gridops.network.changes import GridChanges

SHOWN_MAX = 40
"""Rows of one table on the screen; --json has them all."""


def add_to(app: typer.Typer) -> None:
    app.command("compare")(compare)


def compare(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The grid that runs.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new version.")],
    *,
    journal: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The journal of the running installation."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Say what differs between two versions of a grid, and what taking in the new would break."""
    from gridops.bootstrap.compare import compare_grids

    compared = compare_grids(old, new, journal_url=journal)
    if json:
        show_json(compared.to_plain())
    else:
        _show(compared)
    if not compared.ok:
        raise typer.Exit(1)


def _show(compared: "Compared") -> None:
    changes, findings = compared.comparison.changes, compared.comparison.findings
    _show_rows(changes)
    _show_topology(changes)
    if findings:
        rows = [(str(f.severity), f.code, f.message, f.remedy) for f in findings]
        _table("Taking it in", ("", "code", "what", "remedy"), rows=rows)
    say(f"{compared.old.network.name} -> {compared.new.network.name}: {changes.summary()}")
    blocking = len(compared.comparison.blocking)
    against = "the normal state" if compared.sequence is None else f"entry {compared.sequence}"
    verdict = f"{blocking} findings block taking it in" if blocking else "nothing blocks"
    say(f"Against {against}: {verdict}, {len(findings) - blocking} warnings")


def _show_rows(changes: "GridChanges") -> None:
    from gridops.bootstrap.compare import shown

    rows: list[tuple[str, str, str]] = []
    for table in changes.tables:
        rows += [(table.table, f"+ {ident}", "") for ident in table.added]
        rows += [(table.table, f"- {ident}", "") for ident in table.removed]
        for row in table.changed:
            said = (f"{f.field}: {shown(f.old)} -> {shown(f.new)}" for f in row.fields)
            rows.append((table.table, f"~ {row.ident}", "; ".join(said)))
        if table.reordered:
            rows.append((table.table, "", "in another order"))
    if rows:
        _table("Rows", ("table", "row", "what changes"), rows=rows)
    guesses = [(g.table, g.old, g.new) for g in changes.renamed]
    if guesses:
        _table("Perhaps only renamed", ("table", "old", "new"), rows=guesses)


def _show_topology(changes: "GridChanges") -> None:
    if changes.sections:
        rows = [
            (each.fate.value, ", ".join(each.old) or "-", ", ".join(each.new) or "-")
            for each in changes.sections
        ]
        _table("Sections", ("what", "old", "new"), rows=rows)
    if changes.feeders:
        feeders = [
            (
                each.feeder,
                f"{each.source_old or '-'} -> {each.source_new or '-'}",
                f"{_or_dash(each.customers_old)} -> {_or_dash(each.customers_new)}",
                _few([*(f"+{g}" for g in each.loads_gained), *(f"-{g}" for g in each.loads_lost)]),
            )
            for each in changes.feeders
        ]
        _table("Feeders", ("feeder", "source", "customers", "loads"), rows=feeders)


def _or_dash(count: int | None) -> str:
    return "-" if count is None else str(count)


def _few(words: Sequence[str]) -> str:
    more = f" and {len(words) - 5} more" if len(words) > 5 else ""
    return f"{', '.join(words[:5])}{more}"


def _table(title: str, columns: Sequence[str], *, rows: Iterable[Sequence[str]]) -> None:
    told = list(rows)
    show_table(title, columns, rows=told[:SHOWN_MAX])
    if len(told) > SHOWN_MAX:
        say(f"... and {len(told) - SHOWN_MAX} more; --json has them all")
