"""Answers of the workbench as engineers read them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridops.bootstrap.explaining import explained, told_of_study
from gridops.outage import Cause
from gridops.response import Answer
from gridops.response.plain import answer_to_plain
from gridops.study import Outcome

if TYPE_CHECKING:
    from pandas import DataFrame


NESTED = ("check", "expects")
"""What a step holds that is no cell of a table."""


@dataclass(frozen=True, slots=True)
class Result:
    """One what-if, as the live engine answers it. `solve_ms` is wall-clock time, without the
    outlook."""

    outcome: Outcome
    solve_ms: float

    @property
    def answer(self) -> Answer:
        """Location, plan, fingerprint, the guard's verdict and the outlook."""
        return self.outcome.answer

    @property
    def cause(self) -> Cause:
        return self.outcome.cause

    def to_plain(self) -> dict[str, Any]:
        """The JSON of `gridops whatif --json`."""
        plain = answer_to_plain(
            self.answer,
            self.outcome.network,
            fault=self.outcome.faults,
            cause=self.outcome.cause.value,
            tripped=self.outcome.tripped,
            solve_ms=self.solve_ms,
        )
        return explained(plain, told_of_study(self.outcome))

    def to_frame(self) -> "DataFrame":
        """One row a step. Raises: ImportError without pandas (extra `notebook`)."""
        import pandas as pd  # noqa: PLC0415  # 0.4 s that only notebooks pay

        rows = [
            {**{k: v for k, v in step.items() if k not in NESTED}, **step["check"]}
            for step in self.to_plain()["plan"]["steps"]
        ]
        return pd.DataFrame(rows)
