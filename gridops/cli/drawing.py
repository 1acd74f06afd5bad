"""The command that draws a grid."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.grids import GridFolder
from gridops.cli.output import AsJson, say, show_json

if TYPE_CHECKING:
    from gridops.network import Network
    from gridops.schematic import Layout

PictureFile = Annotated[str, typer.Argument(metavar="FILE.svg", help="Where to write it.")]


def add_to(app: typer.Typer) -> None:
    app.command("draw")(draw)


def draw(
    folder: GridFolder,
    file: PictureFile,
    *,
    geographic: Annotated[
        bool, typer.Option("--geographic", help="By coordinates instead of as a schematic.")
    ] = False,
    write_places: Annotated[
        bool,
        typer.Option(
            "--write-places",
            help="Write the places into nodes.csv, over any there: the console keeps them.",
        ),
    ] = False,
    json: AsJson = False,
) -> None:
    """Draw a grid in its normal state as a one-line diagram."""
    from gridops.adapters.content import resolve_grid
    from gridops.adapters.grid_files import load_grid
    from gridops.errors import GridOpsError
    from gridops.schematic import layout, picture

    if geographic and write_places:
        raise typer.BadParameter("a map is no schematic", param_hint="--write-places")

    if Path(file).suffix.lower() != ".svg":
        raise typer.BadParameter(f"{file!r} is no SVG file (write NAME.svg)", param_hint="FILE.svg")
    where = resolve_grid(folder)
    if write_places and not Path(folder).is_dir():
        raise GridOpsError(
            "is a grid that comes along, its places stay",
            where=folder,
            remedy=f"copy {where} first",
        )
    network = load_grid(where)
    drawn = _by_coordinates(network) if geographic else layout(network)
    try:
        Path(file).write_text(picture(network, drawn), encoding="utf-8")
    except OSError as error:
        raise GridOpsError(
            f"cannot be written: {error.strerror}", where=file, remedy="choose another place"
        ) from error
    if write_places:
        _write_places(where, drawn)
    if json:
        show_json({"grid": network.name, "file": file, "crossings": drawn.crossings})
    else:
        crossings = "" if drawn.crossings is None else f", {drawn.crossings} crossings"
        say(f"{network.name}: drawn to {file}, {len(network.nodes)} nodes{crossings}")


def _write_places(folder: Path, drawn: "Layout") -> None:
    """Raises: GridUnreadable if the folder cannot be written."""
    from dataclasses import replace

    from gridops.adapters.grid_files import read_grid, save_grid

    files = read_grid(folder)
    nodes = tuple(
        replace(node, x=drawn.places[node.id].x, y=drawn.places[node.id].y)
        for node in files.components.nodes
    )
    save_grid(replace(files.components, nodes=nodes), folder, about=files.about)


def _by_coordinates(network: "Network") -> "Layout":
    from gridops.errors import GridOpsError
    from gridops.schematic import geographic_layout

    found = geographic_layout(network)
    if found is None:
        raise GridOpsError(
            "fewer than half of the nodes have coordinates",
            where=network.name,
            remedy="draw it without --geographic",
        )
    return found
