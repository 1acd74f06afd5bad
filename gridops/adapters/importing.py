"""What an importer brings: the grid, and everything that it assumed or left out."""

from collections.abc import Callable
from dataclasses import dataclass

from gridops.network import Components


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A grid from a foreign format.

    `components` hold only what the source says or an assumption names; `assumptions` are one
    sentence each, and go into `network.toml` and the README of the grid.
    """

    components: Components
    assumptions: tuple[str, ...]
    title: str = ""
    licence: str = ""
    source: str = ""


Importer = Callable[[str], Imported]
"""Source (a path or a code) -> grid. Raises: GridUnreadable with place and remedy."""
