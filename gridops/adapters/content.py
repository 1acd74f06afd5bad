"""Where the shipped grids and scenarios are: in the repository, or inside the installed wheel."""

import difflib
import os.path
from functools import cache
from pathlib import Path

from gridops.errors import GridUnreadable, ScenarioError

_PACKAGE = Path(__file__).resolve().parents[1]
CONTENT_ROOTS = (_PACKAGE.parent, _PACKAGE / "content")
"""The repository first, so that a developer sees an edit at once; then the wheel."""

NETWORK_FILE = "network.toml"


@cache
def content_root() -> Path:
    """The folder that holds `models/` and `simulations/`.

    Raises: GridUnreadable when the installation has lost its content.
    """
    for root in CONTENT_ROOTS:
        if (root / "models" / "attributes.csv").is_file():
            return root
    raise GridUnreadable(
        "the shipped grids are missing from this installation",
        where=str(CONTENT_ROOTS[-1]),
        remedy="install gridops again",
    )


def models_dir() -> Path:
    """Raises: GridUnreadable when the installation has lost its content."""
    return content_root() / "models"


def simulations_dir() -> Path:
    """Raises: GridUnreadable when the installation has lost its content."""
    return content_root() / "simulations"


def shipped_grids() -> tuple[str, ...]:
    """Names of the grids that come with GridOps, sorted."""
    return tuple(sorted(path.parent.name for path in models_dir().glob(f"*/{NETWORK_FILE}")))


def resolve_grid(name_or_dir: str | Path) -> Path:
    """The grid folder that a person means: a directory as given, else a shipped grid.

    `oberrhein`, `models/oberrhein` and `models/oberrhein/` all mean the shipped grid where
    the current directory has nothing of that name.

    Raises: GridUnreadable, with the shipped names that are near.
    """
    given = Path(name_or_dir)
    if os.path.isdir(given):  # noqa: PTH112 (Path.is_dir raises for some names)
        return given
    if os.path.isfile(given):  # noqa: PTH113
        raise GridUnreadable(
            "a grid is a folder, this is a file",
            where=str(given),
            remedy=f"name the folder that holds {NETWORK_FILE}",
        )
    name = given.name if given.parts[:-1] in ((), ("models",)) else ""
    shipped = shipped_grids()
    if name in shipped:
        return models_dir() / name
    near = difflib.get_close_matches(given.name, shipped, n=3, cutoff=0.5)
    raise GridUnreadable(
        "no such grid folder",
        where=str(given),
        remedy=f"near: {', '.join(near)}" if near else f"shipped grids: {', '.join(shipped)}",
    )


def resolve_scenario(name_or_file: str | Path) -> Path:
    """A scenario file as given, else a shipped scenario by its name.

    Raises: ScenarioError, with the shipped names that are near.
    """
    given = Path(name_or_file)
    if given.is_file():
        return given
    shipped = {path.stem: path for path in sorted(simulations_dir().glob("*.toml"))}
    found = shipped.get(given.stem)
    if found is None:
        near = difflib.get_close_matches(given.stem, list(shipped), n=3, cutoff=0.4)
        raise ScenarioError(
            "no such scenario file",
            where=str(given),
            remedy=f"shipped: {', '.join(near or shipped)}",
        )
    return found
