"""What the grid can carry, by AC power flow after every step. Invariants 13, 14, 15, 17."""

from collections.abc import Iterator, Mapping

from gridops.guard.case import Case, Findings, Stage
from gridops.guard.flow import Island, islands_around
from gridops.guard.proposal import GuardViolation
from gridops.ids import BranchId
from gridops.network import Transformer

TOLERANCE = 1e-6
"""Relative: two engines may differ by so much, and a limit is no sharper."""


def loading_within_limits(case: Case) -> Findings:
    """13: lines and switches within rating x limit; a state without a solution is refused."""
    for stage, island in _states(case):
        if not island.result.converged:
            position = "closed" if stage.move.closes else "open"
            switch = stage.move.switch
            yield stage.broken("13", "guard-no-solution", switch, switch=switch, position=position)
        yield from _loading(case, stage, island.result.loading_pct, transformers=False)
        yield from _ratings(case, stage, island)


def transformers_within_limits(case: Case) -> Findings:
    """14: transformers within rating x limit."""
    for stage, island in _states(case):
        yield from _loading(case, stage, island.result.loading_pct, transformers=True)


def voltage_within_band(case: Case) -> Findings:
    """15: every energised node within the band."""
    low, high = case.knowledge.limits.voltage_pu_min, case.knowledge.limits.voltage_pu_max
    for stage, island in _states(case):
        for node, value in island.result.voltage_pu.items():
            if low is not None and value < low * (1 - TOLERANCE):
                yield _beyond(stage, ("15", "guard-undervoltage"), node, (value, low))
            elif high is not None and value > high * (1 + TOLERANCE):
                yield _beyond(stage, ("15", "guard-overvoltage"), node, (value, high))
            else:
                yield None


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
                yield _beyond(stage, words, switch, (value, pickup)) if over else None


def _states(case: Case) -> Iterator[tuple[Stage, Island]]:
    for stage in case.stages:
        for island in islands_around(case, stage, stage.after):
            yield stage, island


def _loading(
    case: Case, stage: Stage, loading_pct: Mapping[BranchId, float], *, transformers: bool
) -> Findings:
    limit = case.knowledge.limits.loading_pct_max
    if limit is None:
        return
    invariant = "14" if transformers else "13"
    for branch, value in loading_pct.items():
        if isinstance(case.network.branches[branch], Transformer) is transformers:
            over = value > limit * (1 + TOLERANCE)
            words = (invariant, "guard-overload")
            yield _beyond(stage, words, branch, (value, limit)) if over else None


def _ratings(case: Case, stage: Stage, island: Island) -> Findings:
    limit_pct = case.knowledge.limits.loading_pct_max
    if limit_pct is None:
        return
    for switch, value in island.result.switch_current_a.items():
        limit = case.network.switches[switch].current_a_rated * limit_pct / 100.0
        over = value > limit * (1 + TOLERANCE)
        yield _beyond(stage, ("13", "guard-rating"), switch, (value, limit)) if over else None


def _beyond(
    stage: Stage, words: tuple[str, str], element: str, pair: tuple[float, float]
) -> GuardViolation:
    invariant, code = words
    value, limit = (round(x, 6) for x in pair)
    return stage.broken(invariant, code, element, element=element, value=value, limit=limit)
