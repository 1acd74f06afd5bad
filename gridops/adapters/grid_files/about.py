"""`network.toml`: what the grid is, where it comes from, its limits."""

import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files.attributes import FORMAT, FORMATS_READ, NETWORK_TABLE, columns
from gridops.adapters.grid_files.cells import format_number
from gridops.adapters.grid_files.sheets import Sheet, read_text, tell_unknown
from gridops.errors import GridUnreadable
from gridops.network import Limits

BYTES_MAX = 2**20
DOTS_PER_LINE_MAX = 1_000
"""`a.b.c` is a key of three parts, and the time to read one grows with the parts' square."""
_LINE = re.compile(r"line (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The grid's papers: everything of `network.toml` that the engine does not compute with."""

    title: str = ""
    licence: str = ""
    source: str = ""
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`network.toml` as read."""

    name: str
    frequency_hz: float
    limits: Limits
    about: About
    format: int = FORMAT


def read_header(folder: Path, sheet: Sheet) -> Header:
    """Reads `network.toml`; what cannot be read becomes a flaw in `sheet` and its default.

    Raises: GridUnreadable for a format version other than ours.
    """
    text = read_text(folder / NETWORK_FILE, sheet, bytes_max=BYTES_MAX)
    document = None if text is None else _parsed(text, sheet)
    if document is None:
        return _header({}, default_name=folder.name)
    _require_our_format(document, folder)
    return _header(_values(document, sheet), default_name=folder.name)


def _parsed(text: str, sheet: Sheet) -> dict[str, object] | None:
    """The document, or None with a flaw."""
    for row, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > DOTS_PER_LINE_MAX:
            what = f"has more than {DOTS_PER_LINE_MAX} dots in one line"
            sheet.flaw("not-toml", what, remedy="break this line", row=row)
            return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as failure:  # tomllib lets some of these through
        found = _LINE.search(str(failure))
        row_of_failure = int(found.group(1)) if found else None
        what = f"is not TOML: {failure}"
        sheet.flaw("not-toml", what, remedy="mend this line", row=row_of_failure)
        return None


def _require_our_format(document: dict[str, object], folder: Path) -> None:
    version = document.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version not in FORMATS_READ:
        said = "names no format version" if version is None else f"is of format {_shown(version)}"
        raise GridUnreadable(
            f"{said}; this version of GridOps reads formats {' and '.join(map(str, FORMATS_READ))}",
            where=str(folder / NETWORK_FILE),
            remedy=f"write `format = {FORMAT}` if it is, else use the version that wrote it",
        )


def _values(document: dict[str, object], sheet: Sheet) -> dict[str, object]:
    """Flat `limits.x` -> value, each of the right type."""
    flat: dict[str, object] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{inner}": each for inner, each in value.items()})
        else:
            flat[repr(key) if "." in key else key] = value  # "limits.x" is not limits.x
    known = columns(NETWORK_TABLE)
    kept: dict[str, object] = {}
    for key, value in flat.items():
        if key not in known:
            tell_unknown(sheet, key, what=_shown(key), known=known)
        elif not _fits(known[key].kind, value):
            expected = "one line of text" if key == "name" else known[key].kind
            what = f"{key!r} is {_shown(value)}"
            sheet.flaw("wrong-type", what, remedy=f"expected {expected}")
        else:
            kept[key] = value
    for name, attribute in known.items():
        if attribute.required and name not in flat:
            sheet.flaw("missing-value", f"{name!r} is missing", remedy="add it")
    return kept


def _shown(value: object) -> str:
    """`repr`, cut where it is long; it may fail for numbers and nests that TOML can hold."""
    try:
        shown = repr(value)
    except (ValueError, RecursionError):
        return "far too much"
    return shown if len(shown) <= 40 else f"{shown[:40]}..."


def _fits(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return False
    match kind:
        case "number":
            return isinstance(value, int | float) and abs(value) <= sys.float_info.max
        case "integer":
            return isinstance(value, int)
        case "id":
            return isinstance(value, str) and value.isprintable()
        case "texts":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case _:
            return isinstance(value, str)


def _header(values: dict[str, object], *, default_name: str) -> Header:
    """`values` have the types that `_fits` has checked."""

    def number(key: str) -> float:
        return float(cast(float | str, values.get(key, columns(NETWORK_TABLE)[key].default)))

    def text(key: str) -> str:
        return str(values.get(key, ""))

    assumptions = values.get("assumptions", [])
    return Header(
        name=text("name") or default_name,
        frequency_hz=number("frequency_hz"),
        limits=Limits(
            voltage_pu_min=number("limits.voltage_pu_min"),
            voltage_pu_max=number("limits.voltage_pu_max"),
            loading_pct_max=number("limits.loading_pct_max"),
            emergency_s=number("limits.emergency_s") if "limits.emergency_s" in values else None,
            fault_in_pickups_min=number("limits.fault_in_pickups_min"),
        ),
        about=About(
            title=text("title"),
            licence=text("licence"),
            source=text("source"),
            assumptions=tuple(assumptions) if isinstance(assumptions, list) else (),
        ),
        format=cast(int, values.get("format", FORMAT)),
    )


def format_header(header: Header) -> str:
    """The text of `network.toml`; reads back equal.

    Raises: ValueError if a limit is switched off, which a file cannot say, or the papers
        are longer than what is read.
    """
    lines = [
        f"format = {header.format}",
        f"name = {_quoted(header.name)}",
        f"title = {_quoted(header.about.title)}",
        f"frequency_hz = {format_number(header.frequency_hz)}",
        f"licence = {_quoted(header.about.licence)}",
        f"source = {_quoted(header.about.source)}",
        "assumptions = [",
        *(f"    {_quoted(each)}," for each in header.about.assumptions),
        "]",
        "",
        "[limits]",
    ]
    for name in ("voltage_pu_min", "voltage_pu_max", "loading_pct_max"):
        value: float | None = getattr(header.limits, name)
        if value is None:
            raise ValueError(f"limit {name} is switched off; a grid file must state it")
        lines.append(f"{name} = {format_number(value)}")
    lines += _optional_limits(header.limits)
    text = "\n".join(lines) + "\n"
    has_long_line = any(line.count(".") > DOTS_PER_LINE_MAX for line in lines)
    if has_long_line or len(text.encode()) > BYTES_MAX:
        raise ValueError("title, source or assumptions are too long to be read back: shorten them")
    return text


def _optional_limits(limits: Limits) -> list[str]:
    """Those that differ from what a file without them says."""
    usual = Limits()
    if limits.fault_in_pickups_min is None:
        raise ValueError("limit fault_in_pickups_min is switched off; a grid file must state it")
    return [
        f"{name} = {format_number(value)}"
        for name in ("emergency_s", "fault_in_pickups_min")
        if (value := getattr(limits, name)) is not None and value != getattr(usual, name)
    ]


def _quoted(text: str) -> str:
    """A TOML basic string: the escapes of JSON, and DEL, which JSON leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
