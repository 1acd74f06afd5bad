"""An OpenDSS script is read and vetted here, before any of it is executed.

A script is a program: it can start a shell, write files, load libraries. So only statements
that describe a circuit pass, files come from the source folder alone, and redirects are
followed here, never by the engine. What comes out is one flat list of statements, each with
the place that it stands at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gridops.adapters.opendss_grid.statements import (
    BLOCK_COMMENT_END,
    BLOCK_COMMENT_START,
    REPORTS,
    pieces,
    refusal,
    uncommented,
    verb_of,
    words,
)
from gridops.errors import GridUnreadable

FILES_MAX = 1000
DEPTH_MAX = 20
FILE_BYTES_MAX = 50_000_000
STATEMENTS_MAX = 1_000_000
_FOLLOWED = ("redirect", "compile")
_READS_A_FILE = ("buscoords", "latlongcoords")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Statement:
    """One line that may be executed, in `folder`."""

    text: str
    file: str
    row: int
    folder: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.row}"


@dataclass(frozen=True, slots=True)
class Script:
    """`reports` only print, draw or write: they are never executed."""

    statements: tuple[Statement, ...]
    reports: tuple[Statement, ...] = ()


@dataclass(slots=True)
class _Reader:
    root: Path
    stack: list[Path] = field(default_factory=list)
    files: int = 0
    statements: list[Statement] = field(default_factory=list)
    reports: list[Statement] = field(default_factory=list)
    last_class: str = ""


def read_script(master: Path) -> Script:
    """Every statement of `master` and of the files that it redirects to, in order.

    Files are read within the folder of `master` and nowhere else; names match regardless of
    case, as on the system that most scripts were written on.

    Raises: GridUnreadable, with file and row, for a file that is missing, is not text, lies
        outside the folder or redirects to itself, and for a statement that is not allowed.
    """
    if not is_file(master):
        raise GridUnreadable(
            "there is no such file", where=str(master), remedy="name the master .dss file"
        )
    reader = _Reader(root=master.resolve().parent)
    _read(reader, master.resolve(), asked_at="")
    return Script(tuple(reader.statements), tuple(reader.reports))


def is_file(path: Path) -> bool:
    """Whether it can be one: a path that is too long, or has a character that none has, is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _read(reader: _Reader, file: Path, *, asked_at: str) -> Path:
    """Appends the statements of `file`. Returns the folder that it leaves behind."""
    reader.files += 1
    if file in reader.stack:
        raise GridUnreadable(
            f"{file.name} redirects to itself", where=asked_at, remedy="break the circle"
        )
    if len(reader.stack) >= DEPTH_MAX or reader.files > FILES_MAX:
        bound = f"more than {FILES_MAX} files, or {DEPTH_MAX} within each other"
        raise GridUnreadable(bound, where=asked_at, remedy="write fewer, larger files")
    reader.stack.append(file)
    folder = file.parent
    for row, text in _lines(file, asked_at or str(file)):
        statement = Statement(text, str(file.relative_to(reader.root)), row, str(folder))
        folder = _take(reader, statement, folder=folder)
    reader.stack.pop()
    return folder


def _lines(file: Path, asked_at: str) -> Iterator[tuple[int, str]]:
    """Rows that say something, without comments. Raises: GridUnreadable."""
    if file.stat().st_size > FILE_BYTES_MAX:
        raise GridUnreadable(
            f"{file.name} is larger than {FILE_BYTES_MAX} bytes", where=asked_at, remedy="split it"
        )
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = file.read_bytes().decode("latin-1")
    if "\0" in text:
        raise GridUnreadable(f"{file.name} is not text", where=asked_at, remedy="name a text file")
    is_comment = False
    for row, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith(BLOCK_COMMENT_START):
            is_comment = True
        if is_comment:
            is_comment = BLOCK_COMMENT_END not in line
            continue
        kept = uncommented(line).strip()
        if kept:
            yield row, kept


def _take(reader: _Reader, statement: Statement, *, folder: Path) -> Path:
    """Vets one statement and keeps or follows it. Returns the folder of the next one."""
    verb = verb_of(statement.text)
    if verb in REPORTS:
        # Of which object a following `~` line would speak is no longer sure.
        reader.last_class = ""
        reader.reports.append(statement)
        return folder
    reader.last_class, why = refusal(statement.text, verb, last_class=reader.last_class)
    if why is not None:
        raise GridUnreadable(why.what, where=statement.where, remedy=why.remedy)
    if verb in _FOLLOWED:
        target = _named_file(reader, statement, folder=folder)
        left_in = _read(reader, target, asked_at=statement.where)
        return left_in if verb == "compile" else folder
    if verb in _READS_A_FILE:
        target = _named_file(reader, statement, folder=folder)
        statement = Statement(f'{verb} "{target}"', statement.file, statement.row, str(folder))
    else:
        _require_paths_inside(reader, statement, folder=folder)
    reader.statements.append(statement)
    if len(reader.statements) > STATEMENTS_MAX:
        raise GridUnreadable(
            f"more than {STATEMENTS_MAX} statements", where=statement.where, remedy="split the grid"
        )
    return folder


def _named_file(reader: _Reader, statement: Statement, *, folder: Path) -> Path:
    """The existing file that the second word names. Raises: GridUnreadable."""
    named = words(statement.text)[1:]
    name = next((word.value for word in named), "")
    if not name:
        raise GridUnreadable("names no file", where=statement.where, remedy="name the file to read")
    file = _inside(reader, name, statement=statement, folder=folder)
    found = _present(file)
    if found is None:
        raise GridUnreadable(
            f"there is no file {name}",
            where=statement.where,
            remedy="add the file, or mend its name",
        )
    _require_inside(reader, found, name=name, statement=statement)
    return found


def _inside(reader: _Reader, name: str, *, statement: Statement, folder: Path) -> Path:
    path = name.replace("\\", "/")
    if path.startswith(("/", "~")) or _DRIVE.match(path):
        raise _outside(name, statement)
    file = folder / path
    _require_inside(reader, file, name=name, statement=statement)
    return file


def _require_inside(reader: _Reader, file: Path, *, name: str, statement: Statement) -> None:
    if not file.resolve().is_relative_to(reader.root):
        raise _outside(name, statement)


def _require_paths_inside(reader: _Reader, statement: Statement, *, folder: Path) -> None:
    """Any value that could be a path (of a curve, a shape) must stay in the folder."""
    for piece in pieces(statement.text):
        is_path = any(c in piece for c in "/\\") or ".." in piece
        if is_path and any(c.isalpha() for c in piece):
            _inside(reader, piece, statement=statement, folder=folder)


def _present(file: Path) -> Path | None:
    """The file itself, or the only one whose path differs in case alone."""
    if is_file(file):
        return file.resolve()
    if not file.parent.is_dir():
        return None
    near = [p for p in file.parent.iterdir() if p.name.lower() == file.name.lower()]
    return near[0].resolve() if len(near) == 1 and near[0].is_file() else None


def _outside(name: str, statement: Statement) -> GridUnreadable:
    return GridUnreadable(
        f"{name} lies outside the folder of the master file",
        where=statement.where,
        remedy="copy the file into the folder and name it without a path",
    )
