"""What can be wrong with a grid, as data."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridops.errors.severity import Severity

TOLD_MAX = 20
"""A mistake that runs through a whole table is told this often, and then counted."""
IDS_TOLD_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFlaw:
    """One flaw. `code` is stable: documentation, tests and filters refer to it."""

    code: str
    severity: Severity
    table: str
    """`nodes`, `branches`, ...; `network` for what concerns no single row."""
    index: int | None = None
    """Which element of its table, counting from 0; None: the whole table."""
    row: int | None = None
    """Line of the file as an editor counts; only a loader knows it."""
    ids: tuple[str, ...] = ()
    message: str
    remedy: str

    @property
    def file(self) -> str:
        return f"{self.table}.toml" if self.table == "network" else f"{self.table}.csv"

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        return f"{place}: {self.message} ({self.remedy})"


@dataclass(frozen=True, slots=True)
class Place:
    """The element that flaws are found at."""

    table: str
    index: int
    ids: tuple[str, ...]

    def error(self, code: str, message: str, *, remedy: str) -> GridFlaw:
        return self._flaw(Severity.ERROR, code, message=message, remedy=remedy)

    def warning(self, code: str, message: str, *, remedy: str) -> GridFlaw:
        return self._flaw(Severity.WARNING, code, message=message, remedy=remedy)

    def note(self, code: str, message: str, *, remedy: str) -> GridFlaw:
        return self._flaw(Severity.NOTE, code, message=message, remedy=remedy)

    def _flaw(self, severity: Severity, code: str, *, message: str, remedy: str) -> GridFlaw:
        return GridFlaw(
            code=code,
            severity=severity,
            table=self.table,
            index=self.index,
            ids=self.ids,
            message=message,
            remedy=remedy,
        )


def told(flaws: Iterable[GridFlaw]) -> Iterator[GridFlaw]:
    """The first `TOLD_MAX` of each code; what is left over is counted in one flaw per code."""
    count: Counter[str] = Counter()
    left: dict[str, list[GridFlaw]] = {}
    for flaw in flaws:
        count[flaw.code] += 1
        if count[flaw.code] <= TOLD_MAX:
            yield flaw
        else:
            left.setdefault(flaw.code, []).append(flaw)
    for rest in left.values():
        yield replace(
            rest[0],
            ids=tuple(flaw.ids[0] for flaw in rest[:IDS_TOLD_MAX] if flaw.ids),
            message=f"{len(rest)} more like these; the next: {rest[0].message}",
        )


def gathered(code: str, found: Sequence[Place], *, message: str, remedy: str) -> Iterator[GridFlaw]:
    """One note for many elements: `message`, their count, the first ids; nothing for none."""
    if not found:
        return
    ids = tuple(place.ids[0] for place in found[:IDS_TOLD_MAX])
    more = ", ..." if len(found) > IDS_TOLD_MAX else ""
    yield Place(found[0].table, found[0].index, ids).note(
        code, f"{message} ({len(found)}): {', '.join(ids)}{more}", remedy=remedy
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Rows that are in the files but could not be read.

    Validation takes them into account so that one bad cell does not look like ten flaws:
    a reference to such a row does not dangle, and a node that such a row names may well be
    supplied through it.
    """

    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Table -> ids of unread rows."""
    nodes: frozenset[str] = frozenset()
    """Nodes that unread rows refer to."""
    tables: frozenset[str] = frozenset()
    """Tables of which an unknown part is missing."""

    def has(self, table: str, ident: str) -> bool:
        return table in self.tables or ident in self.ids.get(table, frozenset())


NO_GAPS = Gaps()
