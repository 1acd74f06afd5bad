"""Commands that ask the engine questions."""

from dataclasses import dataclass
from typing import Annotated

import typer

from gridops.cli.grids import GridFolder
from gridops.cli.incident_tables import show_incident
from gridops.cli.options import StudyOptions, command_with
from gridops.cli.output import AsJson, show_json
from gridops.errors import GridOpsError


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfOptions(StudyOptions):
    folder: GridFolder
    fault: Annotated[
        list[str],
        typer.Option(metavar="ID", help="Branch, node or section that fails; repeat for more."),
    ]
    no_outlook: Annotated[
        bool,
        typer.Option(
            "--no-outlook",
            help="Leave out failure branches, alternatives, and what would help.",
        ),
    ] = False
    json: AsJson = False


def add_to(app: typer.Typer) -> None:
    app.command("whatif")(command_with(WhatIfOptions, what_if))


def what_if(options: WhatIfOptions) -> None:
    """Ask the live engine what a fault would do and what it would propose."""
    study = options.read()
    from gridops.bootstrap.workbench import open_grid

    grid = open_grid(options.folder)
    departures = study.departures(grid.network.limits)
    try:
        result = grid.what_if(faults=options.fault, outlook=not options.no_outlook, **departures)
    except GridOpsError as error:
        error.where = error.where or options.folder
        raise
    plain = result.to_plain()
    if options.json:
        show_json(plain)
    else:
        show_incident(plain)
