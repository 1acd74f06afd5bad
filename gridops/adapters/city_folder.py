"""Writes a synthetic city as a grid folder with its README."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files import About, save_grid
from gridops.city import HANOI, build_city
from gridops.city.assumptions import SOURCE, assumptions_of
from gridops.errors import GridUnreadable
from gridops.network import BranchKind, Components, Control, SwitchKind
from gridops.ports import Json

README = "README.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFolder:
    """What was written."""

    folder: Path
    feeders: int
    seed: int
    components: Components

    @property
    def counts(self) -> dict[str, int]:
        """In the order that people ask for it; powers in W, lengths in m."""
        grid = self.components
        remote = sum(switch.control is Control.REMOTE for switch in grid.switches)
        ties = sum(
            not switch.is_normally_closed and switch.kind is SwitchKind.LOAD_BREAK_SWITCH
            for switch in grid.switches
        )
        cable_m = math.fsum(b.length_m for b in grid.branches if b.kind is BranchKind.CABLE)
        return {
            "stations": len(grid.transformers) // 2,
            "feeders": self.feeders,
            "nodes": len(grid.nodes),
            "branches": len(grid.branches),
            "switches": len(grid.switches),
            "remote_switches": remote,
            "ties": ties,
            "loads": len(grid.loads),
            "customers": sum(load.customers for load in grid.loads),
            "generators": len(grid.generators),
            "points": len(grid.points),
            "p_w": round(math.fsum(load.p_w for load in grid.loads)),
            "cable_m": round(cable_m),
            "overhead_m": round(math.fsum(b.length_m for b in grid.branches) - cable_m),
        }

    def to_plain(self) -> dict[str, Json]:
        """What `gridops city --json` prints."""
        return {"grid": str(self.folder), "seed": self.seed, **self.counts}


def write_city(folder: Path, *, feeders: int, seed: int, force: bool = False) -> CityFolder:
    """Builds the city and writes it. The same numbers give the same bytes.

    A folder that holds anything else than an earlier city stays as it is unless `force` is
    set; files of other names are never touched.

    Raises: GridUnreadable if the folder may not or cannot be written; ValueError for numbers
    that `build_city` refuses.
    """
    if not force:
        _require_free(folder)
    components = build_city(feeders, seed=seed)
    written = CityFolder(folder=folder, feeders=feeders, seed=seed, components=components)
    about = About(
        title=f"Synthetic city of {feeders} feeders, seed {seed}",
        licence="Apache-2.0",
        source=SOURCE,
        assumptions=assumptions_of(HANOI),
    )
    save_grid(components, folder, about=about)
    try:
        (folder / README).write_bytes(_readme(written, about).encode())
    except OSError as failure:
        raise GridUnreadable(
            f"cannot be written: {failure.strerror}", where=str(folder), remedy="choose another"
        ) from failure
    return written


def _require_free(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise GridUnreadable("is a file", where=str(folder), remedy="name a folder")
    if any(folder.iterdir()) and not _is_city(folder):
        raise GridUnreadable(
            "holds something that `gridops city` did not make",
            where=str(folder),
            remedy="name an empty or new folder, or add --force to write over it",
        )


def _is_city(folder: Path) -> bool:
    """Whether its `network.toml` says so; one that cannot be read does not."""
    try:
        header = tomllib.loads((folder / NETWORK_FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return header.get("source") == SOURCE


def _readme(written: CityFolder, about: About) -> str:
    rows = [f"| {_word(name)} | {_figure(name, value)} |" for name, value in written.counts.items()]
    lines = [
        f"# {about.title}",
        "",
        "An invented 22 kV grid in the native format of GridOps. It is no picture of any real",
        "grid: real ward names are labels only. The same command writes the same bytes:",
        "",
        f"    gridops city DIR --feeders {written.feeders} --seed {written.seed}",
        "",
        "| what | how many |",
        "|---|---|",
        *rows,
        "",
        "## Assumptions",
        "",
        *(f"- {each}" for each in about.assumptions),
        "",
    ]
    return "\n".join(lines)


_SCALED = {
    "p_w": ("load, MW", 1e6),
    "cable_m": ("cable, km", 1e3),
    "overhead_m": ("overhead, km", 1e3),
}
"""Counts with a unit -> how the README names them, and what it divides them by."""


def _word(name: str) -> str:
    return _SCALED[name][0] if name in _SCALED else name.replace("_", " ")


def _figure(name: str, value: int) -> str:
    return f"{value / _SCALED[name][1]:,.1f}" if name in _SCALED else f"{value:,}"
