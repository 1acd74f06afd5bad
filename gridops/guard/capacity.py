"""What the grid can carry, by AC power flow after every step. Invariants 13, 14, 15, 17."""

from collections.abc import Iterator

from gridops.guard.case import Case, Findings, Stage
from gridops.guard.flow import Island, islands_around
from gridops.guard.proposal import GuardViolation
from gridops.network import Transformer

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


def voltage_within_band(case: Case) -> Findings:
    """15: every energised node within the band."""
    low, high = case.knowledge.limits.voltage_pu_min, case.knowledge.limits.voltage_pu_max
    for stage, island in _states(case):
        for node, value in island.result.voltage_pu.items():
            if low is not None and value < low * (1 - TOLERANCE):
                yield _beyond(
                    stage, ("15", "guard-undervoltage"), element=node, value=value, limit=low
                )
            elif high is not None and value > high * (1 + TOLERANCE):
                yield _beyond(
                    stage, ("15", "guard-overvoltage"), element=node, value=value, limit=high
                )
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
                yield (
                    _beyond(stage, words, element=switch, value=value, limit=pickup)
                    if over
                    else None
                )


def _states(case: Case) -> Iterator[State]:
    for stage in case.stages:
        for island in islands_around(case, stage, world=stage.after):
            yield stage, island


def _loading(case: Case, state: State, *, transformers: bool) -> Findings:
    stage, island = state
    limit = case.knowledge.limits.loading_pct_max
    if limit is None:
        return
    invariant = "14" if transformers else "13"
    for branch, value in island.result.loading_pct.items():
        if isinstance(case.network.branches[branch], Transformer) is transformers:
            over = value > limit * (1 + TOLERANCE)
            words = (invariant, "guard-overload")
            yield _beyond(stage, words, element=branch, value=value, limit=limit) if over else None


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
