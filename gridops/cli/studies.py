"""Commands that ask the engine questions."""

from dataclasses import dataclass
from typing import Annotated

import typer

from gridops.cli.grids import GridFolder
from gridops.cli.incident_tables import show_incident
from gridops.cli.options import changed_limits, clock_time, command_with, load_scale
from gridops.cli.output import AsJson, show_json
from gridops.errors import UnknownId

Ids = list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfOptions:
    folder: GridFolder
    fault: Annotated[
        list[str],
        typer.Option(metavar="ID", help="Branch, node or section that fails; repeat for more."),
    ]
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
    at = clock_time(options.at)
    scale = load_scale(options.load_scale)
    from gridops.bootstrap.workbench import open_grid

    grid = open_grid(options.folder)
    limits = changed_limits(grid.network.limits, options.limit or ())
    try:
        result = grid.what_if(
            faults=options.fault,
            opened=options.open or (),
            closed=options.close or (),
            unavailable=options.unavailable or (),
            load_scale=scale,
            at=at,
            limits=limits,
            as_indicated=options.as_indicated,
            outlook=not options.no_outlook,
        )
    except UnknownId as error:
        error.where = options.folder
        raise
    plain = result.to_plain()
    if options.json:
        show_json(plain)
    else:
        show_incident(plain)
