"""The way back to the normal state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from gridops.cli.figures import clock, count, or_dash
from gridops.cli.grids import GridFolder
from gridops.cli.incident_tables import guard_in_words, limit_in_words
from gridops.cli.options import changed_limits, clock_time, command_with, load_scale
from gridops.cli.outlook_tables import show_expected
from gridops.cli.output import AsJson, say, show_json, show_table
from gridops.errors import UnknownId

Ids = list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnOptions:
    folder: GridFolder
    open: Annotated[
        Ids, typer.Option(metavar="ID", help="Switch that stands open, though closed normally.")
    ] = None
    close: Annotated[
        Ids, typer.Option(metavar="ID", help="Switch that stands closed, though open normally.")
    ] = None
    unavailable: Annotated[
        Ids, typer.Option(metavar="ID", help="Switch that nobody can operate.")
    ] = None
    no_ring: Annotated[
        bool,
        typer.Option("--no-ring", help="Open before close, also where a ring would be allowed."),
    ] = False
    load_scale: Annotated[str, typer.Option(metavar="X", help="Multiplies every load.")] = "1.0"
    limit: Annotated[
        Ids, typer.Option(metavar="NAME=VALUE", help="As of whatif; the value none lifts it.")
    ] = None
    at: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="Local time of day, by the load profiles.")
    ] = None
    json: AsJson = False


def add_to(app: typer.Typer) -> None:
    app.command("return")(command_with(ReturnOptions, way_home))


def way_home(options: ReturnOptions) -> None:
    """Ask the live engine how switches go back to their normal position after a repair."""
    at = clock_time(options.at)
    scale = load_scale(options.load_scale)
    from gridops.bootstrap.workbench import open_grid

    grid = open_grid(options.folder)
    try:
        result = grid.return_to_normal(
            opened=options.open or (),
            closed=options.close or (),
            unavailable=options.unavailable or (),
            closed_transition=not options.no_ring,
            load_scale=scale,
            at=at,
            limits=changed_limits(grid.network.limits, options.limit or ()),
        )
    except UnknownId as error:
        error.where = options.folder
        raise
    plain = result.to_plain()
    if options.json:
        show_json(plain)
    else:
        _show(plain)


def _show(plain: Mapping[str, Any]) -> None:
    plan = plain["plan"]
    say(f"Off their normal position: {', '.join(plain['off_normal'])}.")
    if plan["steps"]:
        columns = ("step", "do", "by", ">from", ">to", ">back", ">interrupted")
        more = (">voltage min", ">loading max", "tightest at")
        title = f"Way back ({plan['proof']})"
        show_table(title, (*columns, *more), rows=[_row(step) for step in plan["steps"]])
    else:
        say("No switch can go back to its normal position now.")
    show_expected(plan["steps"])
    if plan["rejected"]:
        rows = [(", ".join(r["option"]), r["because"], limit_in_words(r)) for r in plan["rejected"]]
        show_table("Stays", ("switch", "because", "at"), rows=rows)
    minutes = plain["customer_minutes"]
    say(
        f"Interrupted on the way: {count(plain['customers_interrupted_on_the_way'])} customers;"
        f" customer minutes {minutes['with_plan']:.1f}."
    )
    for line in guard_in_words(plain["guard"]):
        say(line)


def _row(step: Mapping[str, Any]) -> tuple[str, ...]:
    check = step["check"]
    back, dropped = step["customers_restored"], step["customers_dropped"]
    return (
        str(step["number"]),
        f"{step['action']} {step['switch']}",
        step["by"],
        clock(step["starts_s"]),
        clock(step["done_s"]),
        count(back) if back else "",
        count(dropped) if dropped else "",
        or_dash(check["voltage_pu_min"], "{:.3f} pu"),
        or_dash(check["loading_pct_max"], "{:.0f} %"),
        check["limiting"] or "",
    )
