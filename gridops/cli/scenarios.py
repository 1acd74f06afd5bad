"""Commands that play stories."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, note, say, show_json
from gridops.errors import UnknownId

if TYPE_CHECKING:
    from gridops.bootstrap.simulate import Played


def add_to(app: typer.Typer) -> None:
    app.command("simulate")(simulate)


def simulate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Scenario files, or names of shipped ones."),
    ],
    *,
    json: AsJson = False,
) -> None:
    """Play scenarios through the whole engine on a simulated clock."""
    from gridops.adapters.content import resolve_scenario
    from gridops.adapters.scenario_files import load_scenario

    files = [resolve_scenario(file) for file in files]
    for file in files:
        load_scenario(file)  # a typing error in the last file shows before the first is played
    played = []
    for one in _played(files):
        played.append(one)
        if not json:
            _show(one)
    if json:
        show_json({"scenarios": [one.to_plain() for one in played]})
    missed = sum(bool(one.misses) for one in played)
    if not json:
        say(f"{len(played)} scenarios, {missed} not as written")
    if missed:
        raise typer.Exit(1)


def _played(files: Sequence[Path]) -> Iterator["Played"]:
    from gridops.bootstrap.simulate import play

    for number, file in enumerate(files, start=1):
        if sys.stderr.isatty():
            note(f"{number}/{len(files)} {file}")
        try:
            yield play(file)
        except UnknownId as error:
            error.where = str(file)
            raise


def _show(played: "Played") -> None:
    verdict = "missed" if played.misses else "ok"
    say(f"{verdict:<7} {played.file.stem:<28} {played.scenario.title}")
    for miss in played.misses:
        say(f"          {miss}")
