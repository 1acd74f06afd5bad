"""`network.toml`: what the grid is, where it comes from, its limits."""

import json
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files.attributes import FORMAT, FORMATS_READ, NETWORK_TABLE, columns
from gridops.adapters.grid_files.cells import format_number
from gridops.adapters.grid_files.sheets import Sheet, read_text
from gridops.errors import GridUnreadable
from gridops.network import Limits
from gridops.network.flaws import Severity

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


def read_header(folder: Path, sheet: Sheet) -> Header:
    """Reads `network.toml`; what cannot be read becomes a flaw in `sheet` and its default.

    Raises: GridUnreadable for a format version other than ours.
    """
    text = read_text(folder / NETWORK_FILE, sheet)
    document: dict[str, object] = {}
    if text is not None:
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as failure:
            found = _LINE.search(str(failure))
            row = int(found.group(1)) if found else None
            sheet.flaw("not-toml", f"is not TOML: {failure}", remedy="mend this line", row=row)
            text = None
    if text is not None:
        _require_our_format(document, folder)
    values = _values(document, sheet) if text is not None else {}
    return _header(values, default_name=folder.name)


def _require_our_format(document: dict[str, object], folder: Path) -> None:
    version = document.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version not in FORMATS_READ:
        said = "names no format version" if version is None else f"is of format {version!r}"
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
            flat[key] = value
    known = columns(NETWORK_TABLE)
    kept: dict[str, object] = {}
    for key, value in flat.items():
        if key not in known:
            near = get_close_matches(key, known, n=3, cutoff=0.5)
            sheet.flaw(
                "unknown-column",
                f"{key!r} is unknown and not read",
                remedy=f"near: {', '.join(near)}" if near else f"known: {', '.join(known)}",
                severity=Severity.WARNING,
            )
        elif not _fits(known[key].kind, value):
            sheet.flaw("wrong-type", f"{key!r} is {value!r}", remedy=f"expected {known[key].kind}")
        else:
            kept[key] = value
    for name, attribute in known.items():
        if attribute.required and name not in flat:
            sheet.flaw("missing-value", f"{name!r} is missing", remedy="add it")
    return kept


def _fits(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return False
    match kind:
        case "number":
            return isinstance(value, int | float) and abs(value) < float("inf")
        case "integer":
            return isinstance(value, int)
        case "texts":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case _:
            return isinstance(value, str)


def _header(values: dict[str, object], *, default_name: str) -> Header:
    """`values` have the types that `_fits` has checked."""

    def number(key: str) -> float:
        return float(str(values.get(key, columns(NETWORK_TABLE)[key].default)))

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
        ),
        about=About(
            title=text("title"),
            licence=text("licence"),
            source=text("source"),
            assumptions=tuple(assumptions) if isinstance(assumptions, list) else (),
        ),
    )


def format_header(header: Header) -> str:
    """The text of `network.toml`; reads back equal.

    Raises: ValueError if a limit is switched off, which a file cannot say.
    """
    lines = [
        f"format = {FORMAT}",
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
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: the escapes of JSON, and DEL, which JSON leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
