"""Failure rates, repair and replacement times."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Protocol

from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components

FAILURES_PER_KM_MAX = 10.0
FAILURES_MAX = 10.0
KM_MIN = 0.1
"""Even a short line has its two ends."""
TABLES = ("nodes", "branches", "transformers", "switches", "loads")


class _Row(Protocol):
    @property
    def id(self) -> str: ...


def _columns(components: Components, ending: str) -> Iterator[tuple[str, Sequence[_Row], str]]:
    """(table, rows, column) for every column of that ending in which anything is given."""
    for table in TABLES:
        rows: Sequence[_Row] = getattr(components, table)
        for column in fields(rows[0]) if rows else ():  # type: ignore[arg-type]  # dataclasses
            if column.name.endswith(ending) and any(map(attrgetter(column.name), rows)):
                yield table, rows, column.name


def reliability_errors(components: Components) -> Iterator[GridFlaw]:
    yield from _negative(components, "failures_per_year", code="failures-negative")
    yield from _negative(components, "repair_time_s", code="repair-time-negative")
    yield from _negative(components, "replacement_time_s", code="repair-time-negative")


def _negative(components: Components, ending: str, *, code: str) -> Iterator[GridFlaw]:
    for table, rows, column in _columns(components, ending):
        for index, row in enumerate(rows):
            value = getattr(row, column)
            if value is not None and value < 0:
                yield Place(table, index, (row.id,)).error(
                    code, f"{column} of {row.id} is {value:g}", remedy="it cannot be below 0"
                )


def reliability_suspicions(components: Components) -> Iterator[GridFlaw]:
    for table, rows, column in _columns(components, "failures_per_year"):
        for index, row in enumerate(rows):
            value = getattr(row, column)
            long_km = getattr(row, "length_m", 0.0) / 1e3
            most = FAILURES_PER_KM_MAX * max(long_km, KM_MIN) if long_km else FAILURES_MAX
            if value is not None and value > most:
                long = f" over {long_km:g} km" if long_km else ""
                yield Place(table, index, (row.id,)).warning(
                    "failures-suspect",
                    f"{column} of {row.id} is {value:g}{long}",
                    remedy="failures of this one element per year, not per 100 km or per 1000",
                )
