"""Commands that bring grids in from other formats and out to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.grids import GridFolder
from gridops.cli.output import AsJson, note, say, show_json

if TYPE_CHECKING:
    from gridops.adapters.import_folder import ImportedFolder

ASSUMPTIONS_SHOWN = 40
"""On a terminal; `network.toml`, the README and `--json` have all of them."""


def add_to(app: typer.Typer) -> None:
    app.command("import")(import_)
    app.command("export")(export)


def import_(
    name: Annotated[str, typer.Argument(metavar="FORMAT", help="pandapower, simbench, ...")],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A file, or a code.")],
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The grid folder to write.")],
    bare: Annotated[bool, typer.Option("--bare", help="Only what the source says.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write into any folder.")] = False,
    json: AsJson = False,
) -> None:
    """Bring in a grid of another format: pandapower, simbench, cgmes, opendss."""
    from gridops.adapters.import_folder import import_to_folder

    done = import_to_folder(name, source, folder=folder, bare=bare, force=force)
    if json:
        show_json(
            {
                "grid": done.report.grid,
                "folder": str(folder),
                "format": name,
                "assumptions": list(done.assumptions),
                "check": done.report.to_plain(),
            }
        )
    else:
        _show(done)
    if not done.report.ok:
        raise typer.Exit(1)


def export(
    name: Annotated[str, typer.Argument(metavar="FORMAT", help="pandapower or geojson.")],
    folder: GridFolder,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    json: AsJson = False,
) -> None:
    """Write a grid in another format: pandapower, geojson."""
    from gridops.adapters.content import resolve_grid
    from gridops.adapters.exporters import export_to_file
    from gridops.adapters.grid_files import load_grid

    network = load_grid(resolve_grid(folder))
    export_to_file(name, network, file=file, force=force)
    if json:
        show_json({"grid": network.name, "format": name, "file": str(file)})
    else:
        say(f"{file}: {network.name} as {name}, {len(network.nodes)} nodes")


def _show(done: "ImportedFolder") -> None:
    for each in done.assumptions[:ASSUMPTIONS_SHOWN]:
        say(f"- {each}")
    rest = len(done.assumptions) - ASSUMPTIONS_SHOWN
    if rest > 0:
        say(f"- and {rest} more, see {done.folder / 'README.md'}")
    errors = sum(flaw.is_error for flaw in done.report.flaws)
    others = len(done.report.flaws) - errors
    verdict = "ok" if done.report.ok else "written, but cannot be used yet"
    say(f"{len(done.assumptions)} assumptions")
    say(f"{done.folder}: {verdict}; {errors} errors, {others} warnings and notes")
    if done.report.flaws:
        note(f"gridops check {done.folder} lists them with file and row")
