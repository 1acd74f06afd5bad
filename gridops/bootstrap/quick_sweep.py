"""The N-1 answer of the kernel pass alone, as engineers read it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridops.network import Network
from gridops.powerflow import RadialFlow
from gridops.study import Standing
from gridops.study.quick import QuickRow, quick_rows, quick_summary
from gridops.study.sweep import Round, SweepOf, round_of

if TYPE_CHECKING:
    from pandas import DataFrame

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickSweep:
    """Every place faulted once, in grid order: what one tie per dead part brings back."""

    network: Network
    asked: Round
    rows: tuple[QuickRow, ...]

    @property
    def summary(self) -> Plain:
        """See docs/sweep.md."""
        return quick_summary(self.asked, self.rows)

    def to_plain(self) -> Plain:
        """The JSON of `gridops sweep --quick --json`."""
        return {
            "grid": self.network.name,
            "faults": [],
            "quick": [quick_row_to_plain(row) for row in self.rows],
            "summary": self.summary,
        }

    def to_frame(self) -> "DataFrame":
        """One row a fault, in grid order. Raises: ImportError without pandas (extra `notebook`)."""
        import pandas as pd  # noqa: PLC0415  # 0.4 s that only notebooks pay

        return pd.DataFrame([quick_row_to_plain(row) for row in self.rows])


def quick_row_to_plain(row: QuickRow) -> Plain:
    return {
        "fault": row.place,
        "status": row.status.name.lower(),
        "customers_interrupted": row.interrupted,
        "customers_restored": row.restored,
        "parts": row.components,
        "parts_dark": row.unresolved,
        "checks": row.checks,
        "movements": row.movements,
    }


def run_quick_sweep(before: Standing, what: SweepOf) -> QuickSweep:
    """Raises: ScenarioError where nothing has supply, or for a state that is not radial."""
    asked = round_of(before, what)
    rows = quick_rows(before, RadialFlow(before.network), asked=asked)
    return QuickSweep(network=before.network, asked=asked, rows=rows)
