"""Components -> a grid folder: the same grid gives the same bytes."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Literal

from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files.about import About, Header, format_header
from gridops.adapters.grid_files.attributes import (
    FORMAT,
    FORMATS_READ,
    LEFT_OUT_IF_EMPTY,
    Attribute,
    columns,
)
from gridops.adapters.grid_files.column_cells import format_column
from gridops.adapters.grid_files.loading import read_grid
from gridops.errors import GridUnreadable
from gridops.network import TABLES, Components

NO_ABOUT = About()


def save_grid(components: Components, folder: Path, *, about: About = NO_ABOUT) -> None:
    """Writes all files of the native format; files of other names stay untouched.

    Reading the folder gives equal components. Line ends are LF on every platform.

    Raises:
        GridUnreadable: the folder cannot be written.
        ValueError: a limit is switched off, which a file cannot say.
    """
    files = grid_texts(components, about)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
        for table in sorted(LEFT_OUT_IF_EMPTY):
            if f"{table}.csv" not in files:
                (folder / f"{table}.csv").unlink(missing_ok=True)
    except OSError as failure:
        raise GridUnreadable(
            f"cannot be written: {failure.strerror}", where=str(folder), remedy="choose another"
        ) from failure


def grid_texts(
    components: Components, about: About = NO_ABOUT, *, version: int = FORMAT
) -> dict[str, str]:
    """File name -> content. Columns that are at their default in every row are left out, and
    so are tables of `LEFT_OUT_IF_EMPTY` without rows.

    Raises: ValueError for what format `version` cannot say.
    """
    header = Header(
        name=components.name,
        frequency_hz=components.frequency_hz,
        limits=components.limits,
        about=about,
        format=version,
    )
    texts = {NETWORK_FILE: format_header(header)}
    for table in TABLES:
        elements: Sequence[object] = getattr(components, table)
        known = list(columns(table).values())
        text = _csv(elements, known)
        if known[0].since > version and elements:
            raise ValueError(f"format {version} has no {table}")
        if known[0].since > version or (table in LEFT_OUT_IF_EMPTY and not elements):
            continue
        told = text.partition("\n")[0].split(",")
        later = [a.name for a in known if a.since > version and a.name in told]
        if later:
            raise ValueError(f"format {version} has no {', '.join(later)} in {table}")
        texts[f"{table}.csv"] = text
    return texts


def texts_of(components: Components, fingerprint: str) -> dict[str, str] | None:
    """What `grid_texts` says in the format version in which these components have this
    fingerprint; None if in none.

    A journal may name a grid by the fingerprint that an earlier GridOps gave it.
    """
    for version in sorted(FORMATS_READ, reverse=True):
        try:
            texts = grid_texts(components, version=version)
        except ValueError:
            continue
        if fingerprint_of(texts) == fingerprint:
            return texts
    return None


def grid_fingerprint(grid: Path | Components) -> str:
    """SHA-256 of what the engine computes with, as hex digits.

    A folder and the components read from it have the same fingerprint; the papers (title,
    source, assumptions), the layout of the files and their comments do not count.

    Raises: GridUnreadable if the folder is not there, or its format version is not ours.
    """
    components = grid if isinstance(grid, Components) else read_grid(grid).components
    return fingerprint_of(grid_texts(components))


def fingerprint_of(texts: Mapping[str, str]) -> str:
    """That of the grid whose `grid_texts` these are."""
    digest = hashlib.sha256()
    for name, text in texts.items():
        data = text.encode()
        digest.update(f"{name}\n{len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def _csv(elements: Sequence[object], attributes: Sequence[Attribute]) -> str:
    kept: dict[str, list[str]] = {}
    for attribute in attributes:
        column = format_column(list(map(attrgetter(attribute.name), elements)))
        if attribute.required or column.count(attribute.default) < len(column):
            kept[attribute.name] = column
    rows = [tuple(kept), *zip(*kept.values(), strict=True)]
    text = "\n".join(map(",".join, rows)) + "\n"
    if _is_plain(text, rows=len(rows), columns=len(kept)):
        return text
    text = _joined(rows, csv.QUOTE_MINIMAL)
    return text if "\r" not in text else _joined(rows, csv.QUOTE_ALL)


def _is_plain(text: str, *, rows: int, columns: int) -> bool:
    """Whether no cell holds anything that must be quoted: a row of one cell might be empty."""
    separators = text.count(",") == rows * (columns - 1) and text.count("\n") == rows
    return separators and columns > 1 and '"' not in text and "\r" not in text


def _joined(rows: Sequence[Sequence[str]], quoting: Literal[0, 1]) -> str:
    """Minimal quoting leaves a carriage return bare, which would end the row for a reader."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    return text.getvalue()
