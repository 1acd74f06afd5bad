"""What the benchmark says: rows, each our figure beside that of one peer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from gridops.bench.measuring import Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. Less is better in every unit, so `ratio` is theirs over ours.

    `agree`: whether both gave the same answer; None where nothing was compared. `difference` is
    the largest between the two answers and `tolerance` what it may be, both in the answer's own
    unit. `wanted` is the ratio that the goal asks for, `ours_wanted` our figure at best effort on
    the machine that the goals were set on.
    """

    goal: str
    what: str
    ours: float | None
    peer: str | None = None
    theirs: float | None = None
    unit: str = "s"
    ratio: float | None = None
    wanted: float | None = None
    agree: bool | None = None
    ours_quartiles: tuple[float, float] | None = None
    theirs_quartiles: tuple[float, float] | None = None
    ours_wanted: float | None = None
    difference: float | None = None
    tolerance: float | None = None
    on: str = ""
    """The input."""
    how: str = ""
    """The peer's settings."""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is what the goal asks for; None if it asks for none, or there is
        none."""
        if self.wanted is None or self.ratio is None:
            return None
        return self.ratio >= self.wanted

    def to_plain(self) -> dict[str, object]:
        """As `gridops bench --json` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run."""

    machine: Mapping[str, object]
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """No answer differs from a peer's."""
        return all(row.agree is not False for row in self.rows)

    def to_plain(self) -> dict[str, object]:
        """The document of `gridops bench --json`."""
        return {"machine": dict(self.machine), "rows": [row.to_plain() for row in self.rows]}


def quartiles(spread: Spread) -> tuple[float, float]:
    return spread.low, spread.high
