"""What the grid can carry, by AC power flow after every step. Invariants 13, 14, 15, 17."""

import math
from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import TypeVar

import numpy as np

from gridops.guard.case import Case, Findings, Island, Stage
from gridops.guard.flow import islands_after
from gridops.guard.proposal import GuardViolation
from gridops.network import Indices, Numbering, Values
from gridops.powerflow import ByNumber

K = TypeVar("K", bound=str)
State = tuple[Stage, Island]
TOLERANCE = 1e-6
"""Relative: two engines may differ by so much, and a limit is no sharper."""


def loading_within_limits(case: Case) -> Findings:
    """13: lines and switches within rating x limit; a state without a solution is refused."""
    for stage, island in _states(case):
        if not island.result.converged:
            position = "closed" if stage.move.closes else "open"
            switch = stage.move.switch
            yield stage.broken("13", "guard-no-solution", switch, switch=switch, position=position)
        yield from _loading(case, (stage, island), transformers=False)
        yield from _ratings(case, (stage, island))


def transformers_within_limits(case: Case) -> Findings:
    """14: transformers within rating x limit."""
    for stage, island in _states(case):
        yield from _loading(case, (stage, island), transformers=True)


def sources_within_capacity(case: Case) -> Findings:
    """14: what is drawn from each source is within its capacity x limit."""
    limit_pct = case.knowledge.limits.loading_pct_max
    if limit_pct is None:
        return
    for stage, island in _states(case):
        for source, p_w in island.result.source_p_w.items():
            capacity_va = case.network.sources[source].power_va_max
            if capacity_va is None:
                continue
            value = math.hypot(p_w, island.result.source_q_var.get(source, 0.0))
            limit = capacity_va * limit_pct / 100.0
            over = value > limit * (1 + TOLERANCE)
            words = ("14", "guard-source-capacity")
            yield (
                _beyond(stage, words, element=source, value=value, limit=limit) if over else None
            )


def voltage_within_band(case: Case) -> Findings:
    """15: every energised node within the band."""
    limits = case.knowledge.limits
    low = -math.inf if limits.voltage_pu_min is None else limits.voltage_pu_min
    high = math.inf if limits.voltage_pu_max is None else limits.voltage_pu_max
    nodes = case.network.arrays.nodes
    for stage, island in _states(case):
        numbers, values = _listed(nodes, island.result.voltage_pu)
        broken = (values < low * (1 - TOLERANCE)) | (values > high * (1 + TOLERANCE))
        yield from repeat(None, len(values) - int(np.count_nonzero(broken)))
        for row in np.flatnonzero(broken).tolist():
            value, node = float(values[row]), nodes.ids[numbers[row]]
            code, limit = (
                ("guard-undervoltage", low) if value < low else ("guard-overvoltage", high)
            )
            yield _beyond(stage, ("15", code), element=node, value=value, limit=limit)


def protection_stands_the_load(case: Case) -> Findings:
    """17, in part: no protective device carries its pick-up current after a step.

    Not asked when loading limits are switched off for a study.
    """
    if case.knowledge.limits.loading_pct_max is None:
        return
    for stage, island in _states(case):
        for switch, value in island.result.switch_current_a.items():
            pickup = case.network.switches[switch].pickup_current_a
            if pickup is not None:
                over = value >= pickup
                words = ("17", "guard-trips-on-load")
                yield (
                    _beyond(stage, words, element=switch, value=value, limit=pickup)
                    if over
                    else None
                )


def _states(case: Case) -> Iterator[State]:
    for stage in case.stages:
        for island in islands_after(case, stage):
            yield stage, island


def _listed(kind: Numbering[K], values: Mapping[K, float]) -> tuple[Indices, Values]:
    """Numbers and values of what a result lists."""
    if isinstance(values, ByNumber) and values.kind is kind:
        return values.numbers, values.values_of
    return kind.numbers(values), np.fromiter(values.values(), np.float64, len(values))


def _loading(case: Case, state: State, *, transformers: bool) -> Findings:
    stage, island = state
    limit = case.knowledge.limits.loading_pct_max
    if limit is None:
        return
    invariant = "14" if transformers else "13"
    branches = case.network.arrays.branches
    numbers, values = _listed(branches, island.result.loading_pct)
    # Lines are numbered first, then transformers.
    asked = (numbers >= len(case.network.components.branches)) == transformers
    over = np.flatnonzero(asked & (values > limit * (1 + TOLERANCE)))
    yield from repeat(None, int(np.count_nonzero(asked)) - len(over))
    for row in over.tolist():
        value, branch = float(values[row]), branches.ids[numbers[row]]
        words = (invariant, "guard-overload")
        yield _beyond(stage, words, element=branch, value=value, limit=limit)


def _ratings(case: Case, state: State) -> Findings:
    stage, island = state
    limit_pct = case.knowledge.limits.loading_pct_max
    if limit_pct is None:
        return
    for switch, value in island.result.switch_current_a.items():
        limit = case.network.switches[switch].current_a_rated * limit_pct / 100.0
        over = value > limit * (1 + TOLERANCE)
        yield (
            _beyond(stage, ("13", "guard-rating"), element=switch, value=value, limit=limit)
            if over
            else None
        )


def _beyond(
    stage: Stage, words: tuple[str, str], *, element: str, value: float, limit: float
) -> GuardViolation:
    invariant, code = words
    return stage.broken(
        invariant,
        code,
        element,
        element=element,
        value=round(value, 6),
        limit=round(limit, 6),
    )
