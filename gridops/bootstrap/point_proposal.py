"""Proposed points as files: what is sure as a points.csv, the rest to be filled in."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gridops.adapters.content import resolve_grid
from gridops.adapters.grid_files import grid_texts, load_grid, read_grid
from gridops.errors import SettingsError
from gridops.ids import LinkId, PointId
from gridops.network import Network, Point, Signal, build_network

SURE = "points.csv"
OPEN = "points_open.csv"
OPEN_COLUMNS = ("element", "signal", "node_id", "maybe", "confidence", "why", "path", "type")
POINTS_MISSING = frozenset(
    {"remote-without-position", "remote-without-command", "lockout-without-point"}
)
FILLED_BYTES_MAX = 64 * 1024 * 1024


def grid_being_mapped(grid: str) -> Network:
    """A grid that may still lack points; nothing else may be wrong with it.

    Raises: GridUnreadable, GridInvalid.
    """
    folder = resolve_grid(grid)
    files = read_grid(folder)
    if all(flaw.code in POINTS_MISSING for flaw in files.flaws if flaw.is_error):
        return build_network(files.components)
    return load_grid(folder)


def write_proposal(
    grid: str, proposal: Mapping[str, Any], *, above: float, folder: Path
) -> tuple[int, int]:
    """Writes both files and gives how many rows are new in the one and stand in the other.

    points.csv holds what the grid has, what was stated, and proposals of at least `above`: it
    can take the place of the grid's. points_open.csv has every other variable, the best guess
    in words beside it; element and signal are empty, and no guess becomes a point by itself.

    Raises: SettingsError if one of the files is there already or cannot be written;
    GridUnreadable, GridInvalid.
    """
    network = grid_being_mapped(grid)
    rows: Sequence[Mapping[str, Any]] = proposal["rows"]
    sure = [*proposal["stated"], *(row for row in rows if row["confidence"] >= above)]
    rest = [*(row for row in rows if row["confidence"] < above), *proposal["left"]]
    points = _points(network, LinkId(proposal["link"]), rows=sure)
    parts = replace(network.components, points=(*network.components.points, *points))
    _write_new(folder / SURE, grid_texts(parts)[SURE])
    _write_new(folder / OPEN, _open_text(rest))
    return len(points), len(rest)


def read_filled(path: Path) -> dict[str, tuple[str, str]]:
    """Node id -> element and signal, of the rows where both are filled in.

    Raises: SettingsError for a file that is none, a row that is half filled, a node twice.
    """
    stated: dict[str, tuple[str, str]] = {}
    for line, row in enumerate(_rows_of(path), start=2):
        element, signal = (row.get("element") or "").strip(), (row.get("signal") or "").strip()
        node = row.get("node_id") or ""
        if not element and not signal:
            continue
        if not (element and signal and node):
            raise SettingsError(
                "element, signal and node_id belong together",
                where=f"{path}:{line}",
                remedy="fill in all, or leave element and signal empty",
            )
        if node in stated or (element, signal) in stated.values():
            raise SettingsError(
                f"{node!r} or {element} {signal} stands there twice",
                where=f"{path}:{line}",
                remedy="each node is one point, and each point one node",
            )
        stated[node] = (element, signal)
    return stated


def _rows_of(path: Path) -> list[dict[str, str | None]]:
    try:
        if path.stat().st_size > FILLED_BYTES_MAX:
            raise SettingsError("it is too large", where=str(path), remedy="check the file")
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        if not {"element", "signal", "node_id"} <= set(reader.fieldnames or ()):
            raise SettingsError(
                "it lacks a column",
                where=str(path),
                remedy=f"give the {OPEN} that `gridops opcua map` wrote, filled in",
            )
        return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(
            f"it cannot be read ({type(error).__name__})", where=str(path), remedy="check the file"
        ) from error


def _points(network: Network, link: LinkId, *, rows: Sequence[Mapping[str, Any]]) -> list[Point]:
    """With ids that no point of the grid has."""
    known = {str(point.id) for point in network.components.points}
    points = []
    for row in rows:
        name = f"{row['element']}.{row['signal']}"
        while name in known:
            name += "_2"
        known.add(name)
        points.append(
            Point(
                id=PointId(name),
                link=link,
                element=row["element"],
                signal=Signal(row["signal"]),
                node_id=row["node_id"],
            )
        )
    return points


def _open_text(rest: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, OPEN_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rest:
        guess = f"{row['element']} {row['signal']}" if "element" in row else ""
        writer.writerow(
            {
                "element": "",
                "signal": "",
                "node_id": row["node_id"],
                "maybe": guess,
                "confidence": row.get("confidence", ""),
                "why": row.get("why", ""),
                # a path begins with a stroke, so that no spreadsheet takes it for a formula
                "path": f"/{row['path']}",
                "type": row["type"],
            }
        )
    return out.getvalue()


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError as error:
        raise SettingsError(
            "it is there already", where=str(path), remedy="choose another folder"
        ) from error
    except OSError as error:
        raise SettingsError(
            f"it cannot be written ({error.strerror})", where=str(path), remedy="choose another"
        ) from error
