"""The command that makes a synthetic city."""

from pathlib import Path
from typing import Annotated

import typer

from gridops.cli.output import AsJson, say, show_json

FEEDERS_MIN, FEEDERS_MAX, SEED_MAX = 5, 2000, 2**63 - 1
"""As `gridops.city` has them (a test compares); imported only when the command runs."""


def add_to(app: typer.Typer) -> None:
    app.command("city")(city)


def city(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; may be new.")],
    *,
    feeders: Annotated[int, typer.Option(help=f"{FEEDERS_MIN} to {FEEDERS_MAX}.")] = 30,
    seed: Annotated[int, typer.Option(help="Another seed is another city of like size.")] = 1,
    force: Annotated[
        bool, typer.Option("--force", help="Write over what is no city in DIR.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Write a synthetic city grid: stations, feeders, ties, devices, customers and points."""
    _require("--feeders", feeders, span=(FEEDERS_MIN, FEEDERS_MAX))
    _require("--seed", seed, span=(0, SEED_MAX))
    from gridops.adapters.city_folder import write_city

    written = write_city(folder, feeders=feeders, seed=seed, force=force)
    if json:
        show_json(written.to_plain())
        return
    for name, value in written.to_plain().items():
        say(f"{name:<16} {value:,}" if isinstance(value, int) else f"{name:<16} {value}")


def _require(option: str, value: int, *, span: tuple[int, int]) -> None:
    low, high = span
    if not low <= value <= high:
        raise typer.BadParameter(
            f"{value} is not possible, give a whole number from {low} to {high}", param_hint=option
        )
