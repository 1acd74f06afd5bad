"""Outages of the past from a utility's own table: CSV, read through a mapping file.

docs/minutes.md describes the mapping key by key. All flaws are told at once, each with its line,
and nothing is taken of a table that has any.
"""

import csv
import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gridops.adapters.ruleset_files import line_of
from gridops.errors import FileFlawed
from gridops.ids import FeederId, IncidentId, LoadId, SectionId
from gridops.reliability import (
    Circumstance,
    Interruption,
    InterruptionTable,
    LoadFacts,
    Served,
    table_of,
)

ISO = "iso"
YES = ("yes", "true", "1", "có", "x")
NO = ("no", "false", "0", "không", "")
Count = Annotated[int, Field(ge=1, le=10**9)]


class Twice(StrEnum):
    """What a local time means that the change of the clocks makes come twice."""

    REFUSE = "refuse"
    FIRST = "first"
    SECOND = "second"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Strict):
    """Which column of the table is what."""

    began: str
    ended: str | None = None
    minutes: str | None = None
    customers: str
    event: str | None = None
    load: str | None = None
    feeder: str | None = None
    area: str | None = None
    priority: str | None = None
    cause: str | None = None
    planned: str | None = None
    source_lost: str | None = None
    ground: str | None = None
    power_kw: str | None = None


class Meaning(_Strict):
    """What a word in the column `cause` means."""

    cause: str
    planned: bool = False
    source_lost: bool = False
    grounds: list[str] = []


class CustomersServed(_Strict):
    """`served` for all time, or `months` ("2026-03"), each from its first day on; of groups as far
    as they are known."""

    served: Count | None = None
    months: dict[Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")], Count] = {}
    feeder: dict[str, Count] = {}
    area: dict[str, Count] = {}
    priority: dict[str, Count] = {}
    load: dict[str, Count] = {}


class RecordMapping(_Strict):
    """One mapping file."""

    format: Literal[1]
    time_zone: str
    times: Annotated[list[str], Field(min_length=1)] = [ISO]
    twice: Twice = Twice.REFUSE
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8-sig"
    columns: Columns
    causes: dict[str, Meaning] = {}
    customers: CustomersServed

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("no such time zone")
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A table of the past, ready to be counted."""

    table: InterruptionTable
    served: Served
    zone: ZoneInfo
    rows: int


def read_mapping(file: Path) -> RecordMapping:
    """Raises: FileFlawed with every flaw, each with file and line."""
    try:
        text = file.read_text(encoding="utf-8")
        found = RecordMapping.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "is not UTF-8"
        raise FileFlawed([f"{file}: {told}"], remedy="check path and encoding") from error
    except tomllib.TOMLDecodeError as error:
        raise FileFlawed([f"{file}: is not TOML: {error}"]) from error
    except ValidationError as error:
        flaws = [(line_of(str(f["loc"][-1]), text), _said(f)) for f in error.errors()]
        raise FileFlawed([f"{file}:{line}: {said}" for line, said in sorted(flaws)]) from error
    flaws_here = []
    if (found.columns.ended is None) == (found.columns.minutes is None):
        flaws_here.append(f"{file}:{line_of('[columns', text)}: give either ended or minutes")
    if (found.customers.served is None) == (not found.customers.months):
        flaws_here.append(f"{file}:{line_of('[customers', text)}: give either served or months")
    if flaws_here:
        raise FileFlawed(flaws_here)
    return found


def _said(flaw: Any) -> str:
    return f"{'.'.join(str(part) for part in flaw['loc'])}: {flaw['msg']}"


def read_records(file: Path, mapping: RecordMapping) -> Records:
    """Raises: FileFlawed with every flaw, each with file and row."""
    try:
        with file.open(encoding=mapping.encoding, newline="") as opened:
            reading = _Reading(file, mapping)
            reading.take(csv.DictReader(opened, delimiter=mapping.delimiter, strict=True))
    except (OSError, UnicodeDecodeError, LookupError, csv.Error) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise FileFlawed(
            [f"{file}: cannot be read: {told}"], remedy="check path, encoding and delimiter"
        ) from error
    return reading.records()


@dataclass(slots=True)
class _Reading:
    file: Path
    mapping: RecordMapping
    flaws: list[str] = field(default_factory=list)
    taken: list[Interruption] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    facts: dict[str, LoadFacts] = field(default_factory=dict)
    zone: ZoneInfo = field(init=False)
    _line: int = 1

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.mapping.time_zone)

    def take(self, reader: "csv.DictReader[str]") -> None:
        names = reader.fieldnames or ()
        for what, column in self._columns():
            if column not in names:
                near = ", ".join(difflib.get_close_matches(column, names, n=3)) or "none"
                self._flaw(f"no column {column!r} for {what} (near: {near})")
        if self.flaws:
            return
        for row in reader:
            self._line = reader.line_num
            self._row(row)

    def _columns(self) -> Iterator[tuple[str, str]]:
        for what, column in self.mapping.columns:
            if column is not None:
                yield what, column

    def _flaw(self, what: str) -> None:
        self.flaws.append(f"{self.file}:{self._line}: {what}")

    def _row(self, row: Mapping[str, str | None]) -> None:
        if None in row or None in row.values():
            self._flaw("has not as many cells as the first line")
            return
        before = len(self.flaws)
        cells = {what: (row[column] or "").strip() for what, column in self._columns()}
        began = self._time("began", cells["began"])
        ended = self._end(cells, began)
        customers = self._number("customers", cells["customers"])
        if customers is not None and customers != int(customers):
            self._flaw(f"customers {cells['customers']!r} is no whole number")
        power = self._number("power_kw", cells["power_kw"]) if cells.get("power_kw") else 0.0
        why = self._why(cells)
        if len(self.flaws) > before or began is None or customers is None or why is None:
            return
        load = cells.get("load") or f"row {self._line}"
        priority = cells.get("priority", "")
        if priority and not priority.isdecimal():
            self._flaw(f"priority {priority!r} is no whole number")
            return
        self.facts.setdefault(
            load,
            LoadFacts(area=cells.get("area") or None, priority=int(priority) if priority else None),
        )
        self.lines.append(self._line)
        self.taken.append(
            Interruption(
                load=LoadId(load),
                section=SectionId(""),
                feeder=FeederId(cells["feeder"]) if cells.get("feeder") else None,
                customers=int(customers),
                p_w=(power or 0.0) * 1e3,
                began=began,
                ended=ended,
                incident=IncidentId(cells["event"]) if cells.get("event") else None,
                why=why,
            )
        )

    def _end(self, cells: Mapping[str, str], began: datetime | None) -> datetime | None:
        """None for an empty cell: it still lasts."""
        if cells.get("minutes"):
            minutes = self._number("minutes", cells["minutes"])
            if minutes is None or began is None:
                return None
            return began + timedelta(microseconds=round(minutes * 60e6))
        if not cells.get("ended"):
            return None
        ended = self._time("ended", cells["ended"])
        if began is not None and ended is not None and ended < began:
            self._flaw(f"ends {cells['ended']!r} before it begins {cells['began']!r}")
        return ended

    def _time(self, what: str, text: str) -> datetime | None:
        found = _read_time(text, self.mapping.times)
        if found is None:
            self._flaw(f"{what} {text!r} is no time as {' or '.join(self.mapping.times)}")
            return None
        if found.tzinfo is not None:
            return found.astimezone(UTC)
        first, second = (found.replace(tzinfo=self.zone, fold=k).astimezone(UTC) for k in (0, 1))
        if first == second:
            return first
        if first.astimezone(self.zone).replace(tzinfo=None) != found:
            self._flaw(f"{what} {text!r} does not exist in {self.zone.key}: the clocks skip it")
            return None
        if self.mapping.twice is Twice.REFUSE:
            self._flaw(f"{what} {text!r} comes twice in {self.zone.key}; say which with `twice`")
        return second if self.mapping.twice is Twice.SECOND else first

    def _number(self, what: str, text: str) -> float | None:
        try:
            found = float(text)
        except ValueError:
            found = -1.0
        if not 0.0 <= found <= 1e12:
            self._flaw(f"{what} {text!r} is no number from 0 on")
            return None
        return found

    def _why(self, cells: Mapping[str, str]) -> Circumstance | None:
        word = cells.get("cause", "")
        meant = self.mapping.causes.get(word)
        if meant is None and word and self.mapping.causes:
            near = difflib.get_close_matches(word, list(self.mapping.causes), n=3)
            self._flaw(f"cause {word!r} has no meaning in [causes] (near: {', '.join(near)})")
            return None
        grounds = {*(meant.grounds if meant else ()), *filter(None, [cells.get("ground")])}
        told = {what: self._truth(what, cells.get(what)) for what in ("planned", "source_lost")}
        return Circumstance(
            cause=meant.cause if meant else word or "unknown",
            planned=told["planned"] or bool(meant and meant.planned),
            source_lost=told["source_lost"] or bool(meant and meant.source_lost),
            exclusions=frozenset(grounds),
        )

    def _truth(self, what: str, text: str | None) -> bool:
        if text is None or text.lower() in NO:
            return False
        if text.lower() not in YES:
            self._flaw(f"{what} {text!r} is neither yes nor no")
        return True

    # all rows together

    def records(self) -> Records:
        """Raises: FileFlawed."""
        rows = self._parted()
        if self.flaws:
            raise FileFlawed(sorted(self.flaws, key=_in_rows))
        customers, zone = self.mapping.customers, self.zone
        steps = [
            (datetime.fromisoformat(f"{month}-01").replace(tzinfo=zone).astimezone(UTC), count)
            for month, count in sorted(customers.months.items())
        ] or [(datetime(1970, 1, 1, tzinfo=UTC), customers.served or 0)]
        groups = {name: getattr(customers, name) for name in ("feeder", "area", "priority", "load")}
        table = table_of(rows, self.facts)
        if self.mapping.columns.load is None:
            table = replace(table, are_loads_known=False)
        return Records(table=table, served=Served(tuple(steps), groups), zone=zone, rows=len(rows))

    def _parted(self) -> list[Interruption]:
        """Rows of one event and load that overlap are different customers of it (they came back at
        different times); rows of different events may not: nobody loses supply twice at once."""
        rows = list(self.taken)
        order = sorted(range(len(rows)), key=lambda k: (rows[k].load, rows[k].began, self.lines[k]))
        lanes: list[int] = []
        for k in order:
            one = rows[k]
            lanes = [
                j
                for j in lanes
                if self.taken[j].load == one.load and _runs_into(self.taken[j], one)
            ]
            for j in lanes:
                if one.incident is None or self.taken[j].incident != one.incident:
                    self.flaws.append(
                        f"{self.file}:{self.lines[k]}: {one.load} has no supply already by line"
                        f" {self.lines[j]}"
                    )
            used = {rows[j].load for j in lanes}
            names = (one.load, *(LoadId(f"{one.load} part {n}") for n in range(2, len(lanes) + 2)))
            name = next(each for each in names if each not in used)
            if name != one.load:
                self.facts[name] = self.facts[one.load]
                rows[k] = replace(one, load=name)
            lanes.append(k)
        return rows


def _runs_into(one: Interruption, later: Interruption) -> bool:
    return one.ended is None or one.ended > later.began


def _in_rows(flaw: str) -> tuple[int, str]:
    number = flaw.split(": ", 1)[0].rpartition(":")[2]
    return int(number) if number.isdecimal() else 0, flaw


def _read_time(text: str, formats: Sequence[str]) -> datetime | None:
    for form in formats:
        try:
            if form == ISO:
                return datetime.fromisoformat(text)
            return datetime.strptime(text, form)  # noqa: DTZ007 (the mapping names the zone)
        except ValueError:
            continue
    return None
