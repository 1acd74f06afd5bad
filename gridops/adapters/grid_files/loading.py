"""A grid folder -> components and every flaw, each with file and row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files.about import About, read_header
from gridops.adapters.grid_files.attributes import (
    NETWORK_TABLE,
    OPTIONAL_TABLES,
    Attribute,
    columns,
)
from gridops.adapters.grid_files.cells import BadCell, parse_cell
from gridops.adapters.grid_files.sheets import UNREADABLE_CODES, Sheet, read_sheet
from gridops.errors import GridInvalid, GridUnreadable
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    Generator,
    GeneratorKind,
    IndicatorKind,
    Link,
    Load,
    LoadClass,
    Network,
    Node,
    NodeKind,
    Point,
    Profile,
    Shunt,
    Signal,
    Source,
    Switch,
    SwitchKind,
    Transformer,
    build_network,
)
from gridops.network.flaws import Gaps, GridFlaw
from gridops.network.validation import validate

T = TypeVar("T")
ENUMS: Mapping[tuple[str, str], type] = {
    ("nodes", "kind"): NodeKind,
    ("branches", "kind"): BranchKind,
    ("switches", "kind"): SwitchKind,
    ("switches", "control"): Control,
    ("switches", "indicator"): IndicatorKind,
    ("loads", "load_class"): LoadClass,
    ("generators", "kind"): GeneratorKind,
    ("points", "signal"): Signal,
}
"""Which enumeration a `choice` column holds."""

COMPONENT_TYPES: Mapping[str, type] = {
    "nodes": Node,
    "branches": Branch,
    "transformers": Transformer,
    "switches": Switch,
    "sources": Source,
    "profiles": Profile,
    "loads": Load,
    "generators": Generator,
    "shunts": Shunt,
    "links": Link,
    "points": Point,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFiles:
    """A grid folder as read: what could be read, and everything that is wrong."""

    components: Components
    about: About
    flaws: tuple[GridFlaw, ...]
    lines: Mapping[str, Sequence[int]]
    """Table -> line of each element in its file."""

    @property
    def has_errors(self) -> bool:
        return any(flaw.is_error for flaw in self.flaws)


@dataclass(slots=True)
class _Reading:
    """What comes together while the tables are read."""

    lines: dict[str, list[int]] = field(default_factory=dict)
    """Table -> line of each element that was read."""
    unread_ids: dict[str, set[str]] = field(default_factory=dict)
    unread_nodes: set[str] = field(default_factory=set)
    unread_tables: set[str] = field(default_factory=set)
    flaws: list[GridFlaw] = field(default_factory=list)

    def gaps(self) -> Gaps:
        return Gaps(
            ids={table: frozenset(ids) for table, ids in self.unread_ids.items()},
            nodes=frozenset(self.unread_nodes),
            tables=frozenset(self.unread_tables),
        )

    def with_row(self, flaw: GridFlaw) -> GridFlaw:
        if flaw.index is None:
            return flaw
        return replace(flaw, row=self.lines[flaw.table][flaw.index])


def read_grid(folder: Path) -> GridFiles:
    """Reads and validates everything; flaws are results, in file order within each check.

    Raises: GridUnreadable if the folder is not there, or its format version is not ours.
    """
    if not folder.is_dir():
        raise GridUnreadable(
            "no such grid folder", where=str(folder), remedy=f"name a folder with {NETWORK_FILE}"
        )
    reading = _Reading()
    top = Sheet(NETWORK_TABLE)
    header = read_header(folder, top)
    reading.flaws += top.flaws
    components = Components(
        name=header.name,
        frequency_hz=header.frequency_hz,
        limits=header.limits,
        nodes=_table(folder, "nodes", kind=Node, reading=reading),
        branches=_table(folder, "branches", kind=Branch, reading=reading),
        transformers=_table(folder, "transformers", kind=Transformer, reading=reading),
        switches=_table(folder, "switches", kind=Switch, reading=reading),
        sources=_table(folder, "sources", kind=Source, reading=reading),
        profiles=_table(folder, "profiles", kind=Profile, reading=reading),
        loads=_table(folder, "loads", kind=Load, reading=reading),
        generators=_table(folder, "generators", kind=Generator, reading=reading),
        shunts=_table(folder, "shunts", kind=Shunt, reading=reading),
        links=_table(folder, "links", kind=Link, reading=reading),
        points=_table(folder, "points", kind=Point, reading=reading),
    )
    found = validate(components, reading.gaps())
    flaws = (*reading.flaws, *(reading.with_row(flaw) for flaw in found))
    return GridFiles(components=components, about=header.about, flaws=flaws, lines=reading.lines)


def read_components(folder: Path) -> tuple[Components, tuple[GridFlaw, ...]]:
    """The components that could be read, and every flaw of the folder.

    Raises: GridUnreadable if the folder is not there, or its format version is not ours.
    """
    files = read_grid(folder)
    return files.components, files.flaws


def load_grid(folder: Path) -> Network:
    """The network of a grid folder. Warnings and notes do not hinder.

    Raises:
        GridUnreadable: the folder or a file is missing, not text, or of a format version
            that we do not read.
        GridInvalid: there are errors; `flaws` holds every flaw, warnings included.
    """
    files = read_grid(folder)
    for flaw in files.flaws:
        if flaw.code in UNREADABLE_CODES:
            raise GridUnreadable(flaw.message, where=str(folder / flaw.file), remedy=flaw.remedy)
    if files.has_errors:
        raise GridInvalid(str(folder), files.flaws)
    return build_network(files.components)


def _table(folder: Path, table: str, *, kind: type[T], reading: _Reading) -> tuple[T, ...]:
    reading.lines[table] = []
    reading.unread_ids[table] = set()
    path = folder / f"{table}.csv"
    if table in OPTIONAL_TABLES and not path.exists():
        return ()
    sheet = read_sheet(path, table, known=columns(table))
    if not sheet.is_whole:
        reading.unread_tables.add(table)
    for cells_of_ragged in sheet.ragged:
        reading.unread_ids[table].update(cells_of_ragged)
        reading.unread_nodes.update(cells_of_ragged)
    elements: list[T] = []
    for line, cells in sheet.rows:
        values = _row_values(line, cells, sheet=sheet)
        if values is None:
            _remember_unread(table, cells, reading=reading)
            continue
        elements.append(kind(**values))
        reading.lines[table].append(line)
    reading.flaws += sheet.flaws
    return tuple(elements)


def _row_values(line: int, cells: Mapping[str, str], *, sheet: Sheet) -> dict[str, Any] | None:
    """The fields of one element, or None if a cell cannot be read (all of them are told)."""
    values: dict[str, Any] = {}
    is_whole = True
    for attribute in columns(sheet.table).values():
        text = cells.get(attribute.name, "")
        try:
            value = _value(attribute, text)
        except BadCell as expected:
            is_whole = False
            _tell_bad_cell(attribute, text, sheet=sheet, expected=str(expected), row=line)
        else:
            values.update(value)
    return values if is_whole else None


def _value(attribute: Attribute, text: str) -> dict[str, Any]:
    """The field by name; empty if the cell leaves it to its default. Raises: BadCell."""
    if not text:
        if attribute.required:
            raise BadCell(f"a value ({attribute.type})")
        return {}
    value = parse_cell(attribute, text)
    enum = ENUMS.get((attribute.table, attribute.name))
    return {attribute.name: value if enum is None else enum(value)}


def _tell_bad_cell(
    attribute: Attribute, text: str, *, sheet: Sheet, expected: str, row: int
) -> None:
    shown = text if len(text) <= 40 else f"{text[:40]}..."
    sheet.flaw(
        "wrong-type" if text else "missing-value",
        f"{attribute.name} is {shown!r}" if text else f"{attribute.name} is empty",
        remedy=f"expected {expected}",
        row=row,
    )


def _remember_unread(table: str, cells: Mapping[str, str], *, reading: _Reading) -> None:
    if ident := cells.get("id"):
        reading.unread_ids[table].add(ident)
    reading.unread_nodes.update(
        cells[name]
        for name, attribute in columns(table).items()
        if attribute.refers_to == "nodes" and cells.get(name)
    )
