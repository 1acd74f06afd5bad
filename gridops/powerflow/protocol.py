"""The `PowerFlow` protocol, and limits -> violations."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gridops.ids import BranchId, LoadId, NodeId, SourceId, SwitchId
from gridops.network import Limits


@dataclass(frozen=True, slots=True)
class LoadPower:
    """Constant power of one load; consumed is positive."""

    p_w: float
    q_var: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowResult:
    """The AC solution of one state.

    Only energised elements are listed: a node that is missing has no supply.
    `loading_pct` is the larger end current over `current_a_max` (for a transformer the
    larger end apparent power over its rating). `switch_current_a` lists closed, energised
    switches. `converged` False: the state is beyond what the grid can carry; the mappings
    are then empty.
    """

    converged: bool
    engine: str
    voltage_pu: Mapping[NodeId, float]
    current_a: Mapping[BranchId, float]
    loading_pct: Mapping[BranchId, float]
    switch_current_a: Mapping[SwitchId, float]
    source_p_w: Mapping[SourceId, float]


class PowerFlow(Protocol):
    """Solves one switch state.

    Guarantees: a pure function of its arguments (deterministic; no state that a caller can
    see); a state without a solution comes back as `converged=False`, never as an exception.
    """

    @property
    def name(self) -> str: ...

    def solve(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        dead_sources: AbstractSet[SourceId] = frozenset(),
    ) -> FlowResult:
        """Loads that `loads` leaves out draw nothing; loads on dark nodes are ignored."""
        ...


class ViolationKind(StrEnum):
    UNDERVOLTAGE = "undervoltage"
    OVERVOLTAGE = "overvoltage"
    OVERLOAD = "overload"
    SWITCH_RATING = "switch-rating"
    NO_SOLUTION = "no-solution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One limit that a state breaks. `value` and `limit` share a unit: pu, % or A."""

    kind: ViolationKind
    element: str
    value: float
    limit: float


def violations(
    result: FlowResult, limits: Limits, rated_a: Mapping[SwitchId, float]
) -> tuple[Violation, ...]:
    """Every broken limit, worst excess first within its kind; empty means within limits.

    `rated_a` is what each switch may carry; with `limits.loading_pct_max` None switch ratings
    are not checked either.
    """
    raise NotImplementedError
