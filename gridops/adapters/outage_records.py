"""Outages of the past from a utility's own table: CSV, read through a mapping file.

docs/minutes.md describes the mapping key by key. All flaws are told at once, each with its line,
and nothing is taken of a table that has any.
"""

import csv
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal
from unicodedata import normalize
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gridops.adapters.ruleset_files import line_of, read_toml, told_by
from gridops.errors import FileFlawed, GridOpsError
from gridops.ids import FeederId, IncidentId, LoadId, SectionId
from gridops.reliability import (
    Circumstance,
    Interruption,
    InterruptionTable,
    Served,
    table_of,
)
from gridops.reliability.periods import ALWAYS, YEARS

ISO = "iso"
YES = ("yes", "true", "1", "có", "x")
NO = ("no", "false", "0", "không", "")
MINUTES_MAX = 100 * 366 * 24 * 60
TOLD_MAX = 300
"""Letters of one flaw: a cell may hold a book."""
PARTS_MAX = 100
"""Groups of customers of one load and event that are without supply at once."""
WITH_POINT = re.compile(r"\d+(\.\d*)?([eE]\+?\d+)?", re.ASCII)
WITH_COMMA = re.compile(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+(,\d*)?", re.ASCII)
PROBE = datetime(2001, 2, 13, 14, 15, 16, tzinfo=UTC)
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
    decimal: Literal[".", ","] = "."
    columns: Columns
    causes: dict[str, Meaning] = {}
    customers: CustomersServed

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("no such time zone")
        return name

    @field_validator("times")
    @classmethod
    def _name_a_day(cls, forms: list[str]) -> list[str]:
        for form in forms:
            if form != ISO and not _says_the_day(form):
                raise ValueError(f"{form!r} is no way to write a day; such as %d/%m/%Y %H:%M:%S")
        return forms

    @field_validator("delimiter")
    @classmethod
    def _parts_cells(cls, sign: str) -> str:
        if sign in '"\r\n':
            raise ValueError("cannot part cells")
        return sign

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, name: str) -> str:
        try:
            "a".encode(name)
        except (LookupError, ValueError):
            raise ValueError("no such encoding; such as utf-8-sig, utf-16, cp1258") from None
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
    text, plain = read_toml(file)
    try:
        found = RecordMapping.model_validate(plain)
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
    return f"{'.'.join(str(part) for part in flaw['loc'])}: {told_by(flaw)}"


def read_records(file: Path, mapping: RecordMapping) -> Records:
    """Raises: FileFlawed with every flaw, each with file and row; GridOpsError for a file that
    cannot be read at all."""
    reading = _Reading(file, mapping)
    try:
        with file.open(encoding=mapping.encoding, newline="") as opened:
            reading.take(csv.DictReader(opened, delimiter=mapping.delimiter, strict=True))
    except OSError as error:
        raise GridOpsError(
            f"cannot be read: {error.strerror}", where=str(file), remedy="check the path"
        ) from error
    except UnicodeError as error:
        raise GridOpsError(
            f"is not written in {mapping.encoding}",
            where=f"{file}{_undecodable(file, mapping.encoding)}",
            remedy="name its `encoding` in the mapping, such as cp1258 or utf-16",
        ) from error
    return reading.records()


def _undecodable(file: Path, encoding: str) -> str:
    """The first line that cannot be read, where lines can be told before reading them."""
    if not encoding.lower().startswith("utf-8"):
        return ""
    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return f":{number}"
    return ""


def _says_the_day(form: str) -> bool:
    try:
        found = datetime.strptime(PROBE.strftime(form), form)  # noqa: DTZ007 (only the day matters)
    except (ValueError, re.error):
        return False
    return found.date() == PROBE.date()


@dataclass(slots=True)
class _Reading:
    file: Path
    mapping: RecordMapping
    flaws: list[str] = field(default_factory=list)
    taken: list[Interruption] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    """Of which load a name is a part."""
    zone: ZoneInfo = field(init=False)
    _words: dict[str, str] = field(default_factory=dict)  # names, each kept once
    _whys: dict[tuple[str | None, ...], Circumstance] = field(default_factory=dict)
    _line: int = 1

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.mapping.time_zone)

    def take(self, reader: "csv.DictReader[str]") -> None:
        """Raises: GridOpsError for an empty file."""
        self._line = 0
        try:
            self._head(reader)
            for row in () if self.flaws else reader:
                self._line = reader.line_num
                self._row(row)
        except csv.Error as error:
            self._line += 1
            self._flaw(f"from here on it is no CSV: {error} (is a quotation mark left open?)")

    def _head(self, reader: "csv.DictReader[str]") -> None:
        if reader.fieldnames is None:
            raise GridOpsError(
                "is empty", where=str(self.file), remedy="export it with a first line of names"
            )
        self._line = 1
        names = [normalize("NFC", name).strip() for name in reader.fieldnames]
        reader.fieldnames = names
        for what, column in self._columns():
            if column not in names:
                near = ", ".join(difflib.get_close_matches(column, names, n=3)) or "none"
                self._flaw(
                    f"no column {column!r} for {what} (near: {near}){self._parted_by(names)}"
                )
            elif names.count(column) > 1:
                self._flaw(f"column {column!r} for {what} stands {names.count(column)} times")

    def _parted_by(self, names: Sequence[str]) -> str:
        others = [sign for sign in ";\t|," if len(names) == 1 and sign in names[0]]
        return f"; is the `delimiter` {others[0]!r}?" if others else ""

    def _columns(self) -> Iterator[tuple[str, str]]:
        for what, column in self.mapping.columns:
            if column is not None:
                yield what, column

    def _flaw(self, what: str) -> None:
        half = TOLD_MAX // 2
        told = what if len(what) <= TOLD_MAX else f"{what[:half]} ... {what[-half:]}"
        self.flaws.append(f"{self.file}:{self._line}: {told}")

    def _row(self, row: Mapping[str, str | None]) -> None:
        if None in row or None in row.values():
            self._flaw("has not as many cells as the first line")
            return
        if not any(row.values()):
            return
        before = len(self.flaws)
        cells = {
            what: normalize("NFC", row[column] or "").strip() for what, column in self._columns()
        }
        for what in cells.keys() & {"load", "feeder", "event"}:
            cells[what] = self._words.setdefault(cells[what], cells[what])
        began = self._time("began", cells["began"])
        ended = self._end(cells, began)
        customers = self._customers(cells)
        power = self._number("power_kw", cells["power_kw"]) if cells.get("power_kw") else 0.0
        why = self._why(cells)
        if len(self.flaws) > before or began is None or customers is None or why is None:
            return
        load = cells.get("load") or f"row {self._line}"
        priority = cells.get("priority", "")
        if not re.fullmatch(r"\d{0,3}", priority, re.ASCII):
            self._flaw(f"priority {priority!r} is no whole number from 0 to 999")
            return
        self.lines.append(self._line)
        self.taken.append(
            Interruption(
                load=LoadId(load),
                section=SectionId(""),
                feeder=FeederId(cells["feeder"]) if cells.get("feeder") else None,
                customers=customers,
                p_w=(power or 0.0) * 1e3,
                began=began,
                ended=ended,
                incident=IncidentId(cells["event"]) if cells.get("event") else None,
                why=why,
                area=cells.get("area") or None,
                priority=int(priority) if priority else None,
            )
        )

    def _end(self, cells: Mapping[str, str], began: datetime | None) -> datetime | None:
        """None for an empty cell: it still lasts."""
        if cells.get("minutes"):
            minutes = self._number("minutes", cells["minutes"], most=MINUTES_MAX)
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
        if found.year not in YEARS:
            self._flaw(f"{what} {text!r} lies outside the years {YEARS[0]} to {YEARS[-1]}")
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

    def _customers(self, cells: Mapping[str, str]) -> int | None:
        found = self._number("customers", cells["customers"])
        if found is None:
            return None
        if found != int(found):
            self._flaw(f"customers {cells['customers']!r} is no whole number")
        served = self.mapping.customers
        everybody = max(served.months.values(), default=served.served or 0)
        of_load = served.load.get(cells.get("load", ""), everybody)
        if found > min(everybody, of_load):
            whose = "all that are served" if everybody <= of_load else f"load {cells['load']}"
            self._flaw(
                f"customers {cells['customers']!r} are more than the {min(everybody, of_load)} of"
                f" {whose} (mapping: [customers])"
            )
        return int(found)

    def _number(self, what: str, text: str, *, most: float = 1e9) -> float | None:
        form, other = WITH_POINT, WITH_COMMA
        plain = text
        if self.mapping.decimal == ",":
            form, other = other, form
            plain = text.replace(".", "").replace(",", ".")
        if form.fullmatch(text) and float(plain) <= most:
            return float(plain)
        hint = "; is the `decimal` another?" if other.fullmatch(text) else ""
        self._flaw(f"{what} {text!r} is no number from 0 to {most:.0f}{hint}")
        return None

    def _why(self, cells: Mapping[str, str]) -> Circumstance | None:
        told = tuple(map(cells.get, ("cause", "ground", "planned", "source_lost")))
        found = self._whys.get(told) or self._meant(cells)
        return found if found is None else self._whys.setdefault(told, found)

    def _meant(self, cells: Mapping[str, str]) -> Circumstance | None:
        word = cells.get("cause", "")
        meant = self.mapping.causes.get(word)
        if meant is None and word and self.mapping.causes:
            near = difflib.get_close_matches(word, list(self.mapping.causes), n=3)
            self._flaw(f"cause {word!r} has no meaning in [causes] (near: {', '.join(near)})")
            return None
        grounds = {*(meant.grounds if meant else ()), *filter(None, [cells.get("ground")])}
        told = {what: self._truth(what, cells.get(what)) for what in ("planned", "source_lost")}
        if None in told.values():
            return None
        return Circumstance(
            cause=meant.cause if meant else word or "unknown",
            planned=told["planned"] or bool(meant and meant.planned),
            source_lost=told["source_lost"] or bool(meant and meant.source_lost),
            exclusions=frozenset(grounds),
        )

    def _truth(self, what: str, text: str | None) -> bool | None:
        if text is None or text.lower() in NO:
            return False
        if text.lower() not in YES:
            self._flaw(f"{what} {text!r} is neither yes nor no")
            return None
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
        groups = {
            name: {key: ((ALWAYS, n),) for key, n in getattr(customers, name).items()}
            for name in ("feeder", "area", "priority", "load")
        }
        are_loads_known = self.mapping.columns.load is not None
        table = replace(table_of(rows, part_of=self.parts), are_loads_known=are_loads_known)
        return Records(table=table, served=Served(tuple(steps), groups), zone=zone, rows=len(rows))

    def _parted(self) -> list[Interruption]:
        """Rows of one event and load that overlap are different customers of it (they came back at
        different times); rows of different events may not: nobody loses supply twice at once."""
        rows = list(self.taken)
        order = sorted(range(len(rows)), key=lambda k: (rows[k].load, rows[k].began))
        lanes: list[int] = []
        for k in order:
            one = rows[k]
            lanes = [
                j
                for j in lanes
                if self.taken[j].load == one.load and _runs_into(self.taken[j], one)
            ]
            if (flaw := self._clash(lanes, k)) is not None:
                self.flaws.append(f"{self.file}:{self.lines[k]}: {flaw}")
                if _last(one) > max(_last(self.taken[j]) for j in lanes):
                    lanes = [k]
                continue
            used = {rows[j].load for j in lanes}
            names = (one.load, *(LoadId(f"{one.load} part {n}") for n in range(2, len(lanes) + 2)))
            name = next(each for each in names if each not in used)
            if name != one.load:
                self.parts[name] = one.load
                rows[k] = replace(one, load=name)
            lanes.append(k)
        return rows

    def _clash(self, lanes: Sequence[int], k: int) -> str | None:
        """Why row `k` cannot be beside the rows of its load that last when it begins; the first
        reason, so that a table of nothing but flaws takes no longer than another."""
        one = self.taken[k]
        for j in lanes:
            if one.incident is None or self.taken[j].incident != one.incident:
                return f"{one.load} has no supply already by line {self.lines[j]}"
            if self.taken[j] == one:
                return f"says the same as line {self.lines[j]}: take one of them out"
        known = self.mapping.customers.load.get(one.load)
        at_once = one.customers + sum(self.taken[j].customers for j in lanes)
        if lanes and known is not None and at_once > known:
            return f"with line {self.lines[lanes[-1]]} {at_once} of {known} customers of {one.load}"
        if len(lanes) >= PARTS_MAX:
            return f"{one.load} is in more than {PARTS_MAX} parts at once"
        return None


def _runs_into(one: Interruption, later: Interruption) -> bool:
    return one.ended is None or one.ended > later.began


def _last(one: Interruption) -> float:
    return inf if one.ended is None else one.ended.timestamp()


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
