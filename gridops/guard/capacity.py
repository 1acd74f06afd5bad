"""What the grid can carry, by AC power flow after every step. Invariants 13, 14, 15, 17."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from typing import TypeVar

import numpy as np

from gridops.guard.case import Case, Findings, Island, Stage
from gridops.guard.flow import islands_after, islands_in, islands_with
from gridops.guard.later_loads import cold_loads, loads_ahead
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import World
from gridops.ids import BranchId
from gridops.network import Indices, Numbering, Transformer, Values
from gridops.powerflow import ByNumber, LoadPowers
from gridops.reasons import Param, because

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


def cold_load_within_limits(case: Case) -> Findings:
    """13: every limit holds after a closing, and once a ring is open again, also while what comes
    back draws more than before."""
    table = case.knowledge.cold_load
    if table is None:
        return
    for stage in case.feedings:
        loads = cold_loads(case, stage, table=table)
        if loads is None:
            continue
        for island in islands_with(case, stage, world=stage.after, loads=loads):
            found = _limits(case, (stage, island), lasts_s=table.lasts_s)
            first = next((v for v in found if v is not None), None)
            yield None if first is None else _later(first, "guard-cold-load")


def hours_ahead_within_limits(case: Case) -> Findings:
    """13: every limit holds in the last state with the loads of the hours ahead, or what breaks
    it would break as much without the plan."""
    for stage in case.closings:
        islands = islands_in(case, stage, world=case.last)
        sections = [section for island in islands for section in island.sections]
        for in_s, loads in loads_ahead(case, sections):
            yield _in_hour(case, stage, in_s=in_s, loads=loads)


def transformers_within_limits(case: Case) -> Findings:
    """14: transformers within rating x limit."""
    for stage, island in _states(case):
        yield from _loading(case, (stage, island), transformers=True)


def sources_within_capacity(case: Case) -> Findings:
    """14: what is drawn from each source is within its capacity."""
    for state in _states(case):
        yield from _sources(case, state)


def voltage_within_band(case: Case) -> Findings:
    """15: every energised node within the band."""
    for state in _states(case):
        yield from _voltage(case, state)


def protection_stands_the_load(case: Case) -> Findings:
    """17, in part: no protective device carries its pick-up current after a step.

    Not asked when loading limits are switched off for a study.
    """
    for state in _states(case):
        yield from _pickups(case, state)


def _in_hour(case: Case, stage: Stage, *, in_s: float, loads: LoadPowers) -> GuardViolation | None:
    found = _broken_with(case, stage, world=case.last, loads=loads)
    if not found:
        return None
    before = {
        (v.why.code, v.element): v for v in _broken_with(case, stage, world=case.now, loads=loads)
    }
    worse = (v for v in found if _is_worse(v, before.get((v.why.code, v.element))))
    first = next(worse, None)
    hours = round(in_s / 3600.0, 2)
    return None if first is None else _later(first, "guard-hours-ahead", value=hours)


def _broken_with(
    case: Case, stage: Stage, *, world: World, loads: LoadPowers
) -> list[GuardViolation]:
    """The limits that a state breaks with these loads."""
    return [
        violation
        for island in islands_with(case, stage, world=world, loads=loads)
        for violation in _limits(case, (stage, island), lasts_s=case.knowledge.lasts_s)
        if violation is not None
    ]


def _is_worse(found: GuardViolation, before: GuardViolation | None) -> bool:
    """Where there is no solution without the plan either, having none is no worse."""
    if before is None:
        return True
    if found.why.code == "guard-no-solution":
        return False
    value, usual = (float(str(v.why.params["value"])) for v in (found, before))
    low = found.why.code == "guard-undervoltage"
    return value < _least(usual) if low else value > _most(usual)


def _later(found: GuardViolation, code: str, **params: Param) -> GuardViolation:
    return replace(found, invariant="13", why=because(code, whys=(found.why,), **params))


def _limits(case: Case, state: State, *, lasts_s: float) -> Findings:
    """Every limit of one state; without a solution no other is asked."""
    stage, island = state
    if not island.result.converged:
        position = "closed" if stage.move.closes else "open"
        switch = stage.move.switch
        yield stage.broken("13", "guard-no-solution", switch, switch=switch, position=position)
        return
    yield from _voltage(case, state)
    for transformers in (False, True):
        yield from _loading(case, state, transformers=transformers, lasts_s=lasts_s)
    yield from _ratings(case, state)
    yield from _sources(case, state)
    yield from _pickups(case, state)


def _states(case: Case) -> Iterator[State]:
    for stage in case.stages:
        for island in islands_after(case, stage):
            yield stage, island


def _listed(kind: Numbering[K], values: Mapping[K, float]) -> tuple[Indices, Values]:
    """Numbers and values of what a result lists."""
    if isinstance(values, ByNumber) and values.kind is kind:
        return values.numbers, values.values_of
    return kind.numbers(values), np.fromiter(values.values(), np.float64, len(values))


def _voltage(case: Case, state: State) -> Findings:
    stage, island = state
    limits = case.knowledge.limits
    low = -math.inf if limits.voltage_pu_min is None else limits.voltage_pu_min
    high = math.inf if limits.voltage_pu_max is None else limits.voltage_pu_max
    nodes = case.network.arrays.nodes
    numbers, values = _listed(nodes, island.result.voltage_pu)
    broken = (values < _least(low)) | (values > _most(high))
    yield from repeat(None, len(values) - int(np.count_nonzero(broken)))
    for row in np.flatnonzero(broken).tolist():
        value, node = float(values[row]), nodes.ids[numbers[row]]
        code, limit = ("guard-undervoltage", low) if value < low else ("guard-overvoltage", high)
        yield _beyond(stage, ("15", code), element=node, value=value, limit=limit)


def _pickups(case: Case, state: State) -> Findings:
    stage, island = state
    if case.knowledge.limits.loading_pct_max is None:
        return
    for switch, value in island.result.switch_current_a.items():
        limit = case.network.switches[switch].pickup_current_a
        if limit is not None:
            words = ("17", "guard-trips-on-load")
            trips = value >= limit
            yield _beyond(stage, words, element=switch, value=value, limit=limit) if trips else None


def _sources(case: Case, state: State) -> Findings:
    stage, island = state
    if case.knowledge.limits.loading_pct_max is None:
        return
    for source, p_w in island.result.source_p_w.items():
        limit = case.network.sources[source].power_va_max
        if limit is None:
            continue
        value = math.hypot(p_w, island.result.source_q_var.get(source, 0.0))
        over = value > _most(limit)
        words = ("14", "guard-source-capacity")
        yield _beyond(stage, words, element=source, value=value, limit=limit) if over else None


def _loading(
    case: Case, state: State, *, transformers: bool, lasts_s: float | None = None
) -> Findings:
    """`lasts_s`: for so long the state may last; None: as long as the plan may have to hold."""
    stage, island = state
    limit = case.knowledge.limits.loading_pct_max
    if limit is None:
        return
    invariant = "14" if transformers else "13"
    branches = case.network.arrays.branches
    numbers, values = _listed(branches, island.result.loading_pct)
    # Lines are numbered first, then transformers.
    asked = (numbers >= len(case.network.components.branches)) == transformers
    over = np.flatnonzero(asked & (values > _most(limit)))
    yield from repeat(None, int(np.count_nonzero(asked)) - len(over))
    for row in over.tolist():
        value, branch = float(values[row]), branches.ids[numbers[row]]
        lasts = case.knowledge.lasts_s if lasts_s is None else lasts_s
        most = _allowed_pct(case, branch, limit=limit, lasts_s=lasts)
        words = (invariant, "guard-overload")
        over_all = value > _most(most)
        yield _beyond(stage, words, element=branch, value=value, limit=most) if over_all else None


def _allowed_pct(case: Case, ident: BranchId, *, limit: float, lasts_s: float) -> float:
    """The limit on loading, or the emergency rating in percent of the permanent one if that is
    more and may be used for so long; the limit is of the permanent one only."""
    branch = case.network.branches[ident]
    if isinstance(branch, Transformer):
        emergency, usual = branch.power_va_emergency, branch.power_va_rated
    else:
        emergency, usual = branch.current_a_emergency, branch.current_a_max
    if emergency is None or not case.knowledge.limits.allows_emergency(lasts_s):
        return limit
    return max(limit, 100.0 * emergency / usual)


def _ratings(case: Case, state: State) -> Findings:
    stage, island = state
    limit_pct = case.knowledge.limits.loading_pct_max
    if limit_pct is None:
        return
    for switch, value in island.result.switch_current_a.items():
        limit = case.network.switches[switch].current_a_rated * limit_pct / 100.0
        over = value > _most(limit)
        yield (
            _beyond(stage, ("13", "guard-rating"), element=switch, value=value, limit=limit)
            if over
            else None
        )


def _most(limit: float) -> float:
    """What keeps to an upper limit is no more than this."""
    return limit * (1 + TOLERANCE)


def _least(limit: float) -> float:
    """What keeps to a lower limit is no less than this."""
    return limit * (1 - TOLERANCE)


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
