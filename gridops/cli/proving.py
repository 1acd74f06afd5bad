"""The command that plays random outages through planner and guard."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, note, say, show_json, show_table

if TYPE_CHECKING:
    from gridops.bootstrap.proving import Proven

NOTED_EVERY = 10_000
"""Cases between two lines of progress."""
SHOWN_MAX = 20


def add_to(app: typer.Typer) -> None:
    app.command("prove")(prove)


def prove(
    *,
    cases: Annotated[int, typer.Option(min=1, help="How many cases.")] = 1000,
    first: Annotated[int, typer.Option(min=0, help="Number of the first case.")] = 0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; all processors unless given.")
    ] = None,
    case: Annotated[
        int | None, typer.Option(min=0, help="Play this one case and print it in full.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Play random outages through planner and guard; exit code 1 if anything unsafe is found."""
    from gridops.bootstrap import proving

    if case is not None:
        told = proving.told(case)
        say("\n".join(told.lines))
        if told.findings:
            raise typer.Exit(1)
        return
    found = proving.prove(
        cases, first=first, workers=workers or os.cpu_count() or 1, progress=_progress(cases)
    )
    if json:
        show_json(found.to_plain())
    else:
        _show(found)
    if not found.ok:
        raise typer.Exit(1)


def _progress(cases: int) -> Callable[[int], None] | None:
    if not sys.stderr.isatty() and cases < NOTED_EVERY:
        return None
    noted = 0

    def tell(done: int) -> None:
        nonlocal noted
        if done // NOTED_EVERY > noted or done == cases:
            noted = done // NOTED_EVERY
            note(f"{done} of {cases} cases")

    return tell


def _show(found: "Proven") -> None:
    plain = found.to_plain()
    show_table(
        "Cases", ("what", ">how many"), rows=[(k, str(n)) for k, n in plain["counts"].items()]
    )
    if found.findings:
        rows = [(str(n), one.kind, one.text) for n, one in found.findings[:SHOWN_MAX]]
        show_table("Findings", (">case", "kind", "what"), rows=rows)
    say(f"cases {found.first} to {plain['next'] - 1}; digest {plain['digest'][:16]}")
    if found.ok:
        say(
            f"nothing found: at 95 % confidence fewer than {plain['rate_below']:.2g} of the cases"
            " drawn in this way would show anything (3/n)"
        )
    else:
        kinds = ", ".join(f"{n} {kind}" for kind, n in plain["found"].items())
        say(f"found: {kinds}; gridops prove --case N plays one of them")
