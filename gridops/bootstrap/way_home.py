"""The way back to the normal state, as an engineer reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, TypedDict

from gridops.ids import SectionId
from gridops.network import Limits
from gridops.response import Answer
from gridops.response.plain import answer_to_plain
from gridops.restoration import Rejected
from gridops.study import Outcome


@dataclass(frozen=True, slots=True)
class WayHome:
    """A way back to the normal state, as the live engine answers it."""

    outcome: Outcome
    solve_ms: float

    @property
    def answer(self) -> Answer:
        """Plan, fingerprint and the guard's verdict."""
        return self.outcome.answer

    @property
    def stays(self) -> tuple[Rejected, ...]:
        """The switches that stay off their normal position, each with its first reason."""
        return self.answer.plan.rejected

    def to_plain(self) -> dict[str, Any]:
        """The JSON of `gridops return --json`: the shape of a what-if without a fault."""
        network, plan = self.outcome.network, self.answer.plan
        plain = answer_to_plain(
            self.answer,
            network,
            fault=(),
            cause=self.outcome.cause.value,
            tripped=(),
            solve_ms=self.solve_ms,
        )
        for told, step in zip(plain["plan"]["steps"], plan.steps, strict=True):
            told["customers_dropped"] = self._customers(step.sections_dropped)
            told["sections_dropped"] = list(step.sections_dropped)
        away = self.outcome.question.home or frozenset()
        return {
            **plain,
            "location": None,
            "off_normal": [s for s in network.switches if s in away],
            "customers_interrupted_on_the_way": self._customers(plan.dropped),
        }

    def _customers(self, sections: Iterable[SectionId]) -> int:
        return sum(self.outcome.network.sections[s].customers for s in sections)


class State(TypedDict, total=False):
    """The state that the way home begins in; every one may be left out."""

    opened: Sequence[str]
    """Switches that stand open, in departure from the normal state."""
    closed: Sequence[str]
    unavailable: Sequence[str]
    """Switches that cannot be operated."""
    closed_transition: bool
    """False: open before close everywhere (True unless said otherwise)."""
    load_scale: float
    at: time | str | None
    limits: Limits | None
