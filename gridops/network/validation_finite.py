"""Numbers that are none. Files cannot hold them; an importer that divides by zero can."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Protocol

from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components


class _Row(Protocol):
    @property
    def id(self) -> str: ...


_NUMERIC = ("float", "float | None")


def finite_flaws(components: Components) -> Iterator[GridFlaw]:
    """One error per cell that is infinite or not a number."""
    for table in fields(components):
        rows = getattr(components, table.name)
        if not isinstance(rows, tuple) or not rows:
            continue
        for column in _numeric_columns(rows[0]):
            yield from _column_flaws(table.name, rows, column=column)


def _numeric_columns(row: object) -> list[str]:
    return [
        each.name
        for each in fields(row)  # type: ignore[arg-type]  # every row is a dataclass
        if each.type in (float, float | None, *_NUMERIC)
    ]


def _column_flaws(table: str, rows: Sequence[_Row], *, column: str) -> Iterator[GridFlaw]:
    total = sum(filter(None, map(attrgetter(column), rows)))
    if math.isfinite(total):
        return
    for index, row in enumerate(rows):
        value = getattr(row, column)
        if value is not None and not math.isfinite(value):
            yield Place(table, index, (row.id,)).error(
                "not-finite",
                f"{column} of {row.id} is {value}",
                remedy="give a number, or leave the cell empty where that is allowed",
            )
