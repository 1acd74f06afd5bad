"""Commands that run the service, and the one that looks after it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gridops.cli.output import AsJson, say, show_json, show_table

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="Settings (TOML).")
]
GridName = Annotated[
    str | None,
    typer.Option("--grid", metavar="DIR", help="A grid folder, or the name of a shipped grid."),
]


class Link(StrEnum):
    OPCUA = "opcua"
    VIRTUAL = "virtual"
    NONE = "none"


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)
    app.command("serve")(serve)
    app.command("doctor")(doctor)


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Release by itself, report the outcome and end.")
    ] = False,
    grid: GridName = None,
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What happens, as a scenario file.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Run the main job on a virtual field over real OPC UA: trip, locate, restore, account."""
    raise NotImplementedError


def serve(
    *,
    grid: GridName = None,
    link: Annotated[
        Link | None, typer.Option(help="How the field is reached; none runs without one.")
    ] = None,
    settings: SettingsFile = None,
) -> None:
    """Run the control room with its API and console."""
    from gridops.settings import load_settings

    overrides: dict[str, object] = {}
    if grid is not None:
        overrides["grid"] = grid
    if link is not None:
        overrides["link"] = {"kind": link.value}
    found = load_settings(settings, overrides)
    from gridops.bootstrap.serve import serve as run

    run(found)


def doctor(*, settings: SettingsFile = None, json: AsJson = False) -> None:
    """Say what is wrong with this installation, and the remedy."""
    from gridops.cli.doctor import doctor as examine

    report = examine(settings)
    if json:
        show_json(report.as_plain())
    else:
        rows = [(f.state.value, f.check, f.found, f.remedy) for f in report.findings]
        show_table("Installation", ("", "check", "found", "remedy"), rows)
        say("ok" if report.ok else "something is wrong; see the remedies")
    if not report.ok:
        raise typer.Exit(1)
