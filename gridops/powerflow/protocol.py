"""The `PowerFlow` protocol, and limits -> violations."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, TypeVar

from gridops.ids import BranchId, GeneratorId, LoadId, NodeId, SourceId, SwitchId
from gridops.network import Limits

K = TypeVar("K", bound=str)


@dataclass(frozen=True, slots=True)
class LoadPower:
    """Constant power of one load or generator; consumed is positive."""

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


NO_GENERATORS: Mapping[GeneratorId, LoadPower] = MappingProxyType({})
"""All have tripped: what a plan must hold with."""


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
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        dead_sources: AbstractSet[SourceId] = frozenset(),
    ) -> FlowResult:
        """Loads and generators that are left out draw nothing, nor do those on dark nodes.

        Shunts of the network always take part where there is voltage.
        """
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


def no_solution(engine: str) -> FlowResult:
    """What an engine gives back when a state has no solution."""
    return FlowResult(
        converged=False,
        engine=engine,
        voltage_pu={},
        current_a={},
        loading_pct={},
        switch_current_a={},
        source_p_w={},
    )


LIMIT_TOLERANCE = 1e-9
"""Relative: a value that equals its limit but for rounding keeps it."""


def violations(
    result: FlowResult, limits: Limits, *, rated_a: Mapping[SwitchId, float]
) -> tuple[Violation, ...]:
    """Every broken limit, worst excess first within its kind; empty means within limits.

    `rated_a` is what each switch may carry; with `limits.loading_pct_max` None switch ratings
    are not checked either. A state without a solution breaks `NO_SOLUTION` and nothing else.
    """
    if not result.converged:
        return (
            Violation(kind=ViolationKind.NO_SOLUTION, element=result.engine, value=0.0, limit=0.0),
        )
    low, high, most = limits.voltage_pu_min, limits.voltage_pu_max, limits.loading_pct_max
    found: list[Violation] = []
    if low is not None:
        found += _below(ViolationKind.UNDERVOLTAGE, result.voltage_pu, limit=low)
    if high is not None:
        found += _above(ViolationKind.OVERVOLTAGE, result.voltage_pu, limit=high)
    if most is not None:
        found += _above(ViolationKind.OVERLOAD, result.loading_pct, limit=most)
        found += _beyond_rating(result.switch_current_a, rated_a, loading_pct_max=most)
    return tuple(found)


def _below(kind: ViolationKind, values: Mapping[K, float], *, limit: float) -> list[Violation]:
    low = [(v, e) for e, v in values.items() if v < limit * (1 - LIMIT_TOLERANCE)]
    return [Violation(kind=kind, element=e, value=v, limit=limit) for v, e in sorted(low)]


def _above(kind: ViolationKind, values: Mapping[K, float], *, limit: float) -> list[Violation]:
    high = [(-v, e) for e, v in values.items() if v > limit * (1 + LIMIT_TOLERANCE)]
    return [Violation(kind=kind, element=e, value=-v, limit=limit) for v, e in sorted(high)]


def _beyond_rating(
    current_a: Mapping[SwitchId, float],
    rated_a: Mapping[SwitchId, float],
    *,
    loading_pct_max: float,
) -> list[Violation]:
    """Ratings scale with the loading limit: 120 % for an emergency holds for switches too."""
    excess: list[tuple[float, Violation]] = []
    for switch, value in current_a.items():
        limit = rated_a.get(switch, float("inf")) * loading_pct_max / 100.0
        if value > limit * (1 + LIMIT_TOLERANCE):
            kind = ViolationKind.SWITCH_RATING
            broken = Violation(kind=kind, element=switch, value=value, limit=limit)
            excess.append((limit / value, broken))
    return [broken for _, broken in sorted(excess, key=lambda e: (e[0], e[1].element))]
