"""Rows and columns of a mixed-integer programme, gathered one by one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gridops.network import Values

Terms = Mapping[int, float]
"""Coefficient by column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the solver says. `bound`: no solution costs less; infinite: there is none.
    `values` None: none was found within the nodes allowed."""

    values: Values | None
    bound: float


@dataclass(slots=True)
class Programme:
    """Minimises `cost` times the columns, within their bounds and the rows."""

    cost: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    constant: float = 0.0
    row_low: list[float] = field(default_factory=list)
    row_high: list[float] = field(default_factory=list)
    row_of: list[int] = field(default_factory=list)
    column_of: list[int] = field(default_factory=list)
    value_of: list[float] = field(default_factory=list)
    limit_row: int | None = None

    def column(self, low: float, high: float, *, cost: float = 0.0, is_binary: bool = False) -> int:
        """The number of a new column."""
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(int(is_binary))
        return len(self.cost) - 1

    def row(self, terms: Terms, *, low: float = -math.inf, high: float = math.inf) -> None:
        """Scaled so that no coefficient is above 1: the solver's tolerance is absolute."""
        number = len(self.row_low)
        unit = max(max(map(abs, terms.values()), default=1.0), 1.0)
        self.row_low.append(low / unit)
        self.row_high.append(high / unit)
        for column, value in terms.items():
            self.row_of.append(number)
            self.column_of.append(column)
            self.value_of.append(value / unit)

    @property
    def unit(self) -> float:
        """Of cost, as the solver is shown it."""
        return max(max(map(abs, self.cost), default=1.0), 1.0) / COST_MAX

    def below(self, limit: float) -> None:
        """Only what costs no more than `limit` counts from now on."""
        if self.limit_row is None:
            self.limit_row = len(self.row_low)
            self.row({k: cost for k, cost in enumerate(self.cost) if cost})
        self.row_high[self.limit_row] = (limit - self.constant) / (self.unit * COST_MAX)

    def solve(self, *, nodes_max: int, gap: float) -> Answer:
        """By HiGHS. `gap` is relative to the cost. Bounded by nodes, never by time."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 (seconds of start)
        from scipy.sparse import csr_array  # noqa: PLC0415

        shape = len(self.row_low), len(self.cost)
        matrix = csr_array((self.value_of, (self.row_of, self.column_of)), shape=shape)
        unit = self.unit
        found = milp(
            np.array(self.cost) / unit,
            integrality=np.array(self.whole),
            bounds=Bounds(np.array(self.low), np.array(self.high)),
            constraints=LinearConstraint(matrix, np.array(self.row_low), np.array(self.row_high)),
            options={"node_limit": nodes_max, "mip_rel_gap": gap},
        )
        if found.status == INFEASIBLE:
            return Answer(values=None, bound=math.inf)
        dual = found.mip_dual_bound
        bound = (
            -math.inf if dual is None or not math.isfinite(dual) else dual * unit + self.constant
        )
        return Answer(values=found.x, bound=bound)


COST_MAX = 1e3
"""The largest cost that the solver is shown."""
INFEASIBLE = 2
"""Status of `scipy.optimize.milp`."""
