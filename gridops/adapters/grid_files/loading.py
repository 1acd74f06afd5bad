"""A grid folder -> components and every flaw, each with file and row."""

import os.path
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import Enum
from functools import cache
from itertools import compress, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from gridops.adapters.collector import collector_paused
from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files.about import About, read_header
from gridops.adapters.grid_files.attributes import (
    NETWORK_TABLE,
    OPTIONAL_TABLES,
    Attribute,
    columns,
)
from gridops.adapters.grid_files.column_cells import parse_column
from gridops.adapters.grid_files.sheets import UNREADABLE_CODES, Sheet, read_sheet
from gridops.errors import GridInvalid, GridUnreadable
from gridops.errors.severity import Severity
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Connection,
    Control,
    Feedback,
    Generator,
    GeneratorKind,
    IndicatorKind,
    IndicatorTrust,
    Link,
    Load,
    LoadClass,
    Network,
    Node,
    NodeKind,
    OrderType,
    PhasedKind,
    Phasing,
    Point,
    Profile,
    SentAs,
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
ENUMS: Mapping[tuple[str, str], type[Enum]] = {
    ("nodes", "kind"): NodeKind,
    ("branches", "kind"): BranchKind,
    ("switches", "kind"): SwitchKind,
    ("switches", "control"): Control,
    ("switches", "indicator"): IndicatorKind,
    ("switches", "indicator_trust"): IndicatorTrust,
    ("loads", "load_class"): LoadClass,
    ("generators", "kind"): GeneratorKind,
    ("points", "signal"): Signal,
    ("points", "sent_as"): SentAs,
    ("points", "order_type"): OrderType,
    ("points", "feedback"): Feedback,
    ("phasing", "kind"): PhasedKind,
    ("phasing", "connection"): Connection,
    ("phasing", "connection_to"): Connection,
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
    "phasing": Phasing,
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

    version: int
    """The format that the folder says it is of."""
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


@collector_paused()
def read_grid(folder: Path) -> GridFiles:
    """Reads and validates everything; flaws are results, in file order within each check.

    Raises: GridUnreadable if the folder is not there, or its format version is not ours.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 (Path.is_dir raises for some names)
        raise GridUnreadable(
            "no such grid folder", where=str(folder), remedy=f"name a folder with {NETWORK_FILE}"
        )
    top = Sheet(NETWORK_TABLE)
    header = read_header(folder, top)
    reading = _Reading(version=header.format, flaws=list(top.flaws))
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
        phasing=_table(folder, "phasing", kind=Phasing, reading=reading),
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


@collector_paused()
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
    if table in OPTIONAL_TABLES and not os.path.lexists(path):  # a broken link is a flaw
        return ()
    known = columns(table)
    if known["id"].since > reading.version:
        reading.flaws.append(_later_table(table, reading.version))
        reading.unread_tables.add(table)
        return ()
    sheet = read_sheet(path, table, known=known, version=reading.version)
    if not sheet.is_whole:
        reading.unread_tables.add(table)
    for cells_of_ragged in sheet.ragged:
        reading.unread_ids[table].update(cells_of_ragged)
        reading.unread_nodes.update(cells_of_ragged)
    values, unread = _values(sheet, defaults=_defaults(table))
    for place in unread:
        _remember_unread(sheet, place, reading=reading)
    reading.flaws += sheet.flaws
    if unread:
        whole = [place not in unread for place in range(len(sheet.lines))]
        values = {name: list(compress(column, whole)) for name, column in values.items()}
        sheet.lines = list(compress(sheet.lines, whole))
    reading.lines[table] = sheet.lines
    return filled(kind, values, count=len(sheet.lines))


def _later_table(table: str, version: int) -> GridFlaw:
    return GridFlaw(
        code="table-of-later-format",
        severity=Severity.ERROR,
        table=table,
        message=f"format {version} has no file {table}.csv",
        remedy=f"write format = {columns(table)['id'].since} in {NETWORK_FILE}",
    )


def filled(kind: type[T], values: Mapping[str, Iterable[object]], *, count: int) -> tuple[T, ...]:
    """Elements with these columns as fields; a field without a column is at its default.

    `kind` is a dataclass with slots and no `__post_init__` (a test holds that): filling slot
    by slot gives what calling it row by row does, in a quarter of the time.
    """
    elements = [object.__new__(kind) for _ in range(count)]
    for each in fields(kind):  # type: ignore[arg-type]
        column = values[each.name] if each.name in values else repeat(each.default)
        put = getattr(kind, each.name).__set__
        deque(map(put, elements, column), maxlen=0)
    return tuple(elements)


@cache
def _defaults(table: str) -> Mapping[str, object]:
    """Field -> what it is where the cell is empty; None for a field that must be given."""
    return {
        each.name: None if each.default is MISSING else each.default
        for each in fields(COMPONENT_TYPES[table])
    }


def _values(
    sheet: Sheet, *, defaults: Mapping[str, object]
) -> tuple[dict[str, list[Any]], frozenset[int]]:
    """The fields column by column, and the places of rows with a cell that cannot be read.

    Every such cell is told, row by row.
    """
    values: dict[str, list[Any]] = {}
    bad: list[tuple[int, int, Attribute, str]] = []
    known = columns(sheet.table).values()
    for order, attribute in enumerate(known):
        if attribute.name not in sheet.columns:
            continue
        enum = ENUMS.get((sheet.table, attribute.name))
        cells = sheet.columns[attribute.name]
        values[attribute.name], complaints = parse_column(
            attribute, cells, enum=enum, default=defaults[attribute.name]
        )
        bad += [(place, order, attribute, expected) for place, expected in complaints.items()]
    for place, _, attribute, expected in sorted(bad, key=itemgetter(0, 1)):
        text = sheet.columns[attribute.name][place].strip()
        line = sheet.lines[place]
        _tell_bad_cell(attribute, text, sheet=sheet, expected=expected, row=line)
    return values, frozenset(place for place, *_ in bad)


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


def _remember_unread(sheet: Sheet, place: int, *, reading: _Reading) -> None:
    """What other tables may rightly refer to: the row's id, and the nodes that it names."""
    for name, cells in sheet.columns.items():
        text = cells[place].strip()
        if name == "id" and text:
            reading.unread_ids[sheet.table].add(text)
        if columns(sheet.table)[name].refers_to == "nodes" and text:
            reading.unread_nodes.add(text)
