"""The `PowerFlow` protocol, and limits -> violations."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import numpy as np

from gridops.ids import BranchId, GeneratorId, LoadId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import Limits
from gridops.powerflow.results import ByNumber

K = TypeVar("K", bound=str)


@dataclass(frozen=True, slots=True)
class LoadPower:
    """Power of one load or generator at nominal voltage; consumed is positive."""

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
    source_q_var: Mapping[SourceId, float] = field(default_factory=dict)


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
        around: Collection[SectionId] | None = None,
    ) -> FlowResult:
        """Loads and generators that are left out draw nothing, nor do those on dark nodes.

        Shunts of the network always take part where there is voltage. With `around` only the
        islands that these sections lie in are solved and listed: all that closed switches join
        to them, sibling feeders on the same source included. The cost then goes with those
        islands, not with the grid. Raises: KeyError for an id that the grid does not have.
        """
        ...


class ViolationKind(StrEnum):
    UNDERVOLTAGE = "undervoltage"
    OVERVOLTAGE = "overvoltage"
    OVERLOAD = "overload"
    SWITCH_RATING = "switch-rating"
    SOURCE_CAPACITY = "source-capacity"
    NO_SOLUTION = "no-solution"
    PROTECTION_REACH = "protection-reach"
    FAULT_LEVEL = "fault-level"
    COLD_LOAD = "cold-load"
    LOOK_AHEAD = "look-ahead"
    PHASE_UNDERVOLTAGE = "phase-undervoltage"
    PHASE_OVERVOLTAGE = "phase-overvoltage"
    PHASE_OVERLOAD = "phase-overload"
    PHASE_SWITCH_RATING = "phase-switch-rating"
    PHASE_NO_SOLUTION = "phase-no-solution"
    """Phase by phase (`PhaseVerdict`); `element` names the phase too."""
    PHASE_UNCHECKED = "phase-unchecked"
    """The three-phase checks that one search may spend are spent."""

    @property
    def is_of_a_phase(self) -> bool:
        """Told by a three-phase verdict. More load on other phases may heal it."""
        return self.value.startswith("phase-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One limit that a state breaks. `value` and `limit` share a unit: pu, %, A or VA."""

    kind: ViolationKind
    element: str
    value: float
    limit: float
    breaks: ViolationKind | None = None
    """Of cold load and of a look ahead: the limit that breaks by it."""
    in_s: float | None = None
    """Of a look ahead: how long after the plan the state is that breaks it."""


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
    result: FlowResult,
    limits: Limits,
    *,
    rated_a: Mapping[SwitchId, float],
    emergency_pct: Mapping[BranchId, float] = MappingProxyType({}),
    source_va: Mapping[SourceId, float] = MappingProxyType({}),
) -> tuple[Violation, ...]:
    """Every broken limit, worst excess first within its kind; empty means within limits.

    `rated_a` is what each switch may carry; with `limits.loading_pct_max` None neither switch
    ratings nor sources are checked. `emergency_pct` is how far some branches may be loaded
    instead, `source_va` what sources can give. A state without a solution breaks `NO_SOLUTION`
    and nothing else.
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
        found += _overloaded(result.loading_pct, most, emergency_pct=emergency_pct)
        found += _beyond_rating(result.switch_current_a, rated_a, loading_pct_max=most)
        found += _beyond_capacity(result, source_va)
    return tuple(found)


def _overloaded(
    loading_pct: Mapping[BranchId, float], most: float, *, emergency_pct: Mapping[BranchId, float]
) -> list[Violation]:
    over = _above(ViolationKind.OVERLOAD, loading_pct, limit=most)
    if not emergency_pct:
        return over
    raised = (
        replace(v, limit=max(most, emergency_pct.get(BranchId(v.element), most))) for v in over
    )
    return [v for v in raised if v.value > v.limit * (1 + LIMIT_TOLERANCE)]


def _beyond_capacity(result: FlowResult, source_va: Mapping[SourceId, float]) -> list[Violation]:
    found: list[Violation] = []
    for source, limit in source_va.items():
        p_w = result.source_p_w.get(source, 0.0)
        drawn_va = math.hypot(p_w, result.source_q_var.get(source, 0.0))
        if drawn_va > limit * (1 + LIMIT_TOLERANCE):
            kind = ViolationKind.SOURCE_CAPACITY
            found.append(Violation(kind=kind, element=source, value=drawn_va, limit=limit))
    return found


def _below(kind: ViolationKind, values: Mapping[K, float], *, limit: float) -> list[Violation]:
    bound = limit * (1 - LIMIT_TOLERANCE)
    low = sorted((v, e) for e, v in _where(values, lambda value: value < bound))
    return [Violation(kind=kind, element=e, value=v, limit=limit) for v, e in low]


def _above(kind: ViolationKind, values: Mapping[K, float], *, limit: float) -> list[Violation]:
    bound = limit * (1 + LIMIT_TOLERANCE)
    high = sorted((-v, e) for e, v in _where(values, lambda value: value > bound))
    return [Violation(kind=kind, element=e, value=-v, limit=limit) for v, e in high]


def _where(values: Mapping[K, float], beyond: Callable[[Any], Any]) -> Iterable[tuple[K, float]]:
    """The entries whose value is `beyond`; at the speed of arrays where there are arrays."""
    if not isinstance(values, ByNumber):
        return [(e, v) for e, v in values.items() if beyond(v)]
    rows = np.flatnonzero(beyond(values.values_of))
    ids, numbers = values.kind.ids, values.numbers
    return [(ids[numbers[row]], float(values.values_of[row])) for row in rows.tolist()]


def _beyond_rating(
    current_a: Mapping[SwitchId, float],
    rated_a: Mapping[SwitchId, float],
    *,
    loading_pct_max: float,
) -> list[Violation]:
    """Ratings scale with the loading limit: 120 % for an emergency holds for switches too."""
    excess: list[tuple[float, Violation]] = []
    for switch, value in _perhaps_over(current_a, rated_a, loading_pct_max=loading_pct_max):
        limit = rated_a.get(switch, float("inf")) * loading_pct_max / 100.0
        if value > limit * (1 + LIMIT_TOLERANCE):
            kind = ViolationKind.SWITCH_RATING
            broken = Violation(kind=kind, element=switch, value=value, limit=limit)
            excess.append((limit / value, broken))
    return [broken for _, broken in sorted(excess, key=lambda e: (e[0], e[1].element))]


def _perhaps_over(
    current_a: Mapping[SwitchId, float],
    rated_a: Mapping[SwitchId, float],
    *,
    loading_pct_max: float,
) -> Iterable[tuple[SwitchId, float]]:
    """Every current that could be beyond its rating; where there are arrays, only those that are
    beyond all but a thousandth of it."""
    if not (isinstance(current_a, ByNumber) and isinstance(rated_a, ByNumber)):
        return current_a.items()
    if len(rated_a.numbers) != len(rated_a.kind):
        return current_a.items()
    share = loading_pct_max / 100.0 * (1 - 1e-3)
    rows = np.flatnonzero(current_a.values_of > rated_a.values_of[current_a.numbers] * share)
    ids, numbers = current_a.kind.ids, current_a.numbers
    return [(ids[numbers[row]], float(current_a.values_of[row])) for row in rows.tolist()]
