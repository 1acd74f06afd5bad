"""Which commands there are."""

from typing import Annotated

import typer

from gridops import __version__
from gridops.cli import (
    bench,
    city,
    comparison,
    drawing,
    exchange,
    expected,
    grids,
    journal,
    minutes,
    opcua,
    proving,
    rates,
    returns,
    scenarios,
    service,
    studies,
    sweep,
    users,
)
from gridops.cli.output import say

app = typer.Typer(
    help="Outage automation for medium-voltage grids: locate, isolate, restore, account.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"gridops {__version__}")
        raise typer.Exit


@app.callback()
def _gridops(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The options before the command."""


for group in (
    service,
    journal,
    minutes,
    grids,
    drawing,
    exchange,
    city,
    comparison,
    studies,
    sweep,
    expected,
    returns,
    scenarios,
    rates,
    opcua,
    proving,
    bench,
    users,
):
    group.add_to(app)
