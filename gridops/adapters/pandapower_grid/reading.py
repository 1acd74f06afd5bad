"""Rows of a pandapower table, read with care: what is absent or absurd is told, not guessed."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gridops.errors import GridUnreadable
from gridops.ids import NodeId
from gridops.network import Branch

SIGNIFICANT_DIGITS = 12
FIGURE_MAX = 1e12
"""No figure of a grid is larger in any of pandapower's units; some exports write a largest number
for "not known"."""
ROW = "gridops_row"
"""Where an element of ours stood in its table; the order of a net that we made."""
NAMED_MAX = 10
"""How many ids a sentence names before it only counts."""


@dataclass(slots=True)
class Notes:
    """Sentences about what was assumed, converted or left out, one for each sort."""

    _ids: dict[str, dict[str, None]] = field(default_factory=dict)

    def say(self, sentence: str) -> None:
        """`sentence` once; it ends with a full stop."""
        self._ids.setdefault(sentence, {})

    def say_of(self, ident: str, sentence: str) -> None:
        """`sentence` once, with the ids of all that it is said of."""
        self._ids.setdefault(sentence, {})[ident] = None

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(
            f"{sentence.removesuffix('.')} ({named(list(ids))})." if ids else sentence
            for sentence, ids in self._ids.items()
        )


def named(ids: list[str]) -> str:
    """`3: a, b, c`, and an ellipsis where there are more than a sentence can hold."""
    shown = ", ".join(ids[:NAMED_MAX])
    return f"{len(ids)}: {shown}{', ...' if len(ids) > NAMED_MAX else ''}"


@dataclass(slots=True)
class Row:
    """One row. Values that it must have and has not are collected, not raised at once."""

    table: str
    index: int
    values: dict[str, Any]
    absent: list[str]

    def number(self, column: str, default: float | None = None) -> float:
        """Without a default the row must have it; then 1.0 stands in, and the net is refused."""
        value: Any = self.values.get(column)
        if is_stated(value):
            if is_figure(value):
                return float(value)
        elif default is not None:
            return default
        self.absent.append(f"{self.table} {self.index}: {column} is {value}")
        return 1.0

    def positive(self, column: str, default: float | None = None) -> float:
        """As `number`; what is zero or less counts as absent."""
        number = self.number(column, default)
        if number > 0:
            return number
        self.absent.append(f"{self.table} {self.index}: {column} is {number:g}")
        return 1.0

    def states(self, column: str) -> bool:
        return is_stated(self.values.get(column))

    def whole(self, column: str, default: int | None = None) -> int:
        return round(self.number(column, default))

    def text(self, column: str, default: str = "") -> str:
        value = self.values.get(column)
        return str(value) if is_stated(value) and str(value) else default

    def flag(self, column: str, *, default: bool) -> bool:
        """As `number`; a text, or a number other than 0 and 1, is no flag."""
        value: Any = self.values.get(column)
        if not is_stated(value):
            return default
        if not isinstance(value, str) and is_figure(value) and float(value) in (0.0, 1.0):
            return bool(value)
        self.absent.append(f"{self.table} {self.index}: {column} is {value}")
        return default


def is_stated(value: object) -> bool:
    """Whether a cell holds anything; pandas spells nothing in four ways."""
    if value is None:
        return False
    if isinstance(value, float):
        return not math.isnan(value)
    return type(value).__name__ not in ("NAType", "NaTType")


def is_figure(value: object) -> bool:
    """Whether it is a number that a grid can have."""
    try:
        return abs(float(value)) < FIGURE_MAX  # type: ignore[arg-type]  # what is none, raises
    except (TypeError, ValueError, OverflowError):
        return False


@dataclass(slots=True)
class Reading:
    """What comes together while the tables of one net are walked."""

    net: Any
    notes: Notes = field(default_factory=Notes)
    absent: list[str] = field(default_factory=list)
    nodes: dict[int, NodeId] = field(default_factory=dict)
    """Bus in service -> its node."""
    carried: set[tuple[str, str]] = field(default_factory=set)
    """(table, column) of what is carried in this net, though not in every one."""
    terminals: dict[tuple[str, int, int], NodeId] = field(default_factory=dict)
    """(`l` or `t`, element, bus) -> the node between that element and its switch."""

    spare: dict[int, Branch] = field(default_factory=dict)
    """Line out of service between buses in service -> what it would be, for a net without
    switches: completion may make a tie of it."""

    @property
    def where(self) -> str:
        return str(self.net["name"] or "pandapower net")

    def rows(self, table: str, *, idle: bool = False) -> Iterator[Row]:
        """Rows in service (or those that are not), in the order of their numbers."""
        if table not in self.net or not len(self.net[table]):
            return
        frame = self.net[table].sort_index()
        if ROW in frame:
            frame = frame.sort_values(ROW, kind="stable", na_position="last")
        for index, values in zip(frame.index, frame.to_dict("records"), strict=True):
            row = Row(table, int(index), values, self.absent)
            if row.flag("in_service", default=True) is not idle:
                yield row

    def served(self, table: str, *columns: str) -> Iterator[Row]:
        """Rows in service whose buses are so too; of the others it is said that they are left
        out."""
        for row in self.rows(table):
            if all(row.whole(column) in self.nodes for column in columns):
                yield row
            else:
                self.notes.say_of(
                    f"{table} {row.index}", "At a bus that is out of service or absent: left out."
                )

    def node(self, row: Row, column: str = "bus") -> NodeId:
        """Only for `served` rows."""
        return self.nodes[row.whole(column)]

    def end(self, letter: str, row: Row, *, column: str) -> NodeId:
        """Where a line or transformer ends: behind its switch if it has one there."""
        bus = row.whole(column)
        return self.terminals.get((letter, row.index, bus), self.nodes[bus])

    def require_whole(self) -> None:
        """Raises: GridUnreadable with everything that the net should state and does not."""
        if self.absent:
            raise GridUnreadable(
                f"the net lacks figures ({named(self.absent)})",
                where=self.where,
                remedy="state them in the net",
            )


def rounded(value: float) -> float:
    """12 significant digits: beyond them, machines differ in the last bit. Never -0."""
    return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}") + 0.0


def place_of(row: Row) -> tuple[float, float] | None:
    """The first two coordinates of the GeoJSON point in `geo`."""
    geo = row.values.get("geo")
    if not is_stated(geo) or not geo:
        return None
    try:
        point = json.loads(geo) if isinstance(geo, str) else geo
        first, second = point["coordinates"][:2]
        return float(first), float(second)
    except (ValueError, TypeError, KeyError) as failure:
        raise GridUnreadable(
            f"geo is no GeoJSON point: {geo!s:.80}",
            where=f"{row.table} {row.index}",
            remedy='write {"type": "Point", "coordinates": [longitude, latitude]} or nothing',
        ) from failure
