"""A CSV file -> columns of text with line numbers; everything odd becomes a flaw."""

import csv
import io
import re
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files.attributes import FORMAT, Attribute
from gridops.errors.severity import Severity
from gridops.network.flaws import GridFlaw

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

FILE_BYTES_MAX = 200 * 1024 * 1024
FLAWS_PER_FILE_MAX = 1000
"""A file in the wrong format would otherwise give one flaw per row, without end."""

_LINE_END = re.compile(rb"\r\n?|\n")
BYTE_ORDER_MARK = "\ufeff"
UNREADABLE_CODES = frozenset(
    {"file-missing", "not-a-file", "file-too-large", "not-utf8", "not-csv"}
)


@dataclass(slots=True)
class Sheet:
    """One file as read: its known columns, not stripped, and the line of each row.

    `ragged` holds the cells of rows whose columns are unsure; `is_whole` is False when an
    unknown part of the file could not be read at all.
    """

    table: str
    flaws: list[GridFlaw] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    columns: dict[str, Sequence[str]] = field(default_factory=dict)
    ragged: list[list[str]] = field(default_factory=list)
    is_whole: bool = False
    line: int = 1
    """Where the row begins that is being read."""

    def flaw(
        self,
        code: str,
        message: str,
        *,
        remedy: str,
        row: int | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        if len(self.flaws) == FLAWS_PER_FILE_MAX:
            code, severity, row = "too-many-flaws", Severity.NOTE, None
            message = f"more than {FLAWS_PER_FILE_MAX} flaws in this file, the rest is left out"
            remedy = "mend these first"
        elif len(self.flaws) > FLAWS_PER_FILE_MAX:
            return
        self.flaws.append(
            GridFlaw(
                code=code,
                severity=severity,
                table=self.table,
                row=row,
                message=message,
                remedy=remedy,
            )
        )


def read_text(path: Path, sheet: Sheet, *, bytes_max: int | None = None) -> str | None:
    """The text of `path`, or None with a flaw that says why not.

    Only a regular file, or a link to one, is opened: a pipe or device might never end.
    """
    most = FILE_BYTES_MAX if bytes_max is None else bytes_max
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
            sheet.flaw("not-a-file", f"is {what}, not a file", remedy="put a file there")
            return None
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as failure:
        sheet.flaw(
            "file-missing", f"cannot be read: {failure.strerror}", remedy="put the file there"
        )
        return None
    if len(data) > most:
        sheet.flaw(
            "file-too-large",
            f"larger than {most / 2**20:g} MiB",
            remedy="split the grid or remove what does not belong to it",
        )
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as failure:
        sheet.flaw(
            "not-utf8",
            f"byte 0x{data[failure.start]:02x} is not UTF-8",
            remedy="save the file as UTF-8",
            row=len(_LINE_END.findall(data, 0, failure.start)) + 1,
        )
        return None
    if text.startswith(BYTE_ORDER_MARK):
        sheet.flaw(
            "byte-order-mark",
            "begins with a byte order mark; it is skipped",
            remedy="save as UTF-8 without BOM",
            row=1,
            severity=Severity.WARNING,
        )
    return text.removeprefix(BYTE_ORDER_MARK)


def read_sheet(
    path: Path, table: str, *, known: Mapping[str, Attribute], version: int = FORMAT
) -> Sheet:
    """The columns of `path` that are known; one that format `version` lacks is an error.

    A row whose length differs from the header's is left out with a flaw. If the header
    itself cannot be used there are no rows.
    """
    sheet = Sheet(table)
    text = read_text(path, sheet)
    if text is None:
        return sheet
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        if not _header_is_usable(header, sheet, known=known):
            return sheet
        _tell_later_columns(header, sheet, known=known, version=version)
        _read_rows(reader, rows, width=len(header), sheet=sheet)
        sheet.is_whole = True
    except csv.Error as failure:
        sheet.flaw(
            "not-csv",
            f"not CSV from here on: {failure}",
            remedy="check the quotes from this line on",
            row=sheet.line,
        )
    columns = zip(header, zip(*rows, strict=True), strict=True) if rows else ()
    sheet.columns = {name: cells for name, cells in columns if name in known}
    return sheet


def _header_is_usable(names: list[str], sheet: Sheet, *, known: Mapping[str, Attribute]) -> bool:
    if not any(names):
        sheet.flaw("header-missing", "has no header", remedy="name the columns in line 1", row=1)
        return False
    separator = next((s for s in (";", "\t", "|") if len(names) == 1 and s in names[0]), None)
    if separator is not None:
        sheet.flaw(
            "wrong-delimiter",
            f"columns are separated by {separator!r}",
            remedy="separate them by commas",
            row=1,
        )
        return False
    twice = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    for name in twice:
        sheet.flaw("duplicate-column", f"column {name!r} comes twice", remedy="keep one", row=1)
    if "" in names:
        sheet.flaw(
            "unknown-column",
            f"columns without a name are not read ({names.count('')})",
            remedy="name them or remove them, empty cells at the end of each line included",
            row=1,
            severity=Severity.WARNING,
        )
    for name in names:
        if name and name not in known:
            what = f"column {name!r}"
            tell_unknown(sheet, name, what=what, known=known, row=1)
    missing = [a.name for a in known.values() if a.required and a.name not in names]
    for name in missing:
        sheet.flaw("missing-column", f"column {name!r} is missing", remedy="add it", row=1)
    return not twice and not missing


def tell_unknown(
    sheet: Sheet, name: str, *, what: str, known: Mapping[str, Attribute], row: int | None = None
) -> None:
    """A warning about `name`, with the names that are near."""
    if len(sheet.flaws) > FLAWS_PER_FILE_MAX:
        return
    near = get_close_matches(name.casefold(), known, n=3, cutoff=0.5)
    sheet.flaw(
        "unknown-column",
        f"{what} is unknown and not read",
        remedy=f"near: {', '.join(near)}" if near else f"known: {', '.join(known)}",
        row=row,
        severity=Severity.WARNING,
    )


def _tell_later_columns(
    names: list[str], sheet: Sheet, *, known: Mapping[str, Attribute], version: int
) -> None:
    for name in names:
        if name in known and known[name].since > version:
            sheet.flaw(
                "column-of-later-format",
                f"format {version} has no column {name!r}",
                remedy=f"write format = {known[name].since} in {NETWORK_FILE}",
                row=1,
            )


def _read_rows(reader: "CsvReader", rows: list[list[str]], *, width: int, sheet: Sheet) -> None:
    sheet.line = reader.line_num + 1
    for cells in reader:
        if len(cells) == width and cells[0] and not cells[0].isspace():
            rows.append(cells)
            sheet.lines.append(sheet.line)
        elif cells and len(cells) != width:
            sheet.flaw(
                "ragged-row",
                f"has {len(cells)} cells, the header has {width}",
                remedy="check commas and quotes in this line",
                row=sheet.line,
            )
            sheet.ragged.append([cell.strip() for cell in cells])
        elif cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
            rows.append(cells)
            sheet.lines.append(sheet.line)
        sheet.line = reader.line_num + 1
