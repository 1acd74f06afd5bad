"""What the grid can carry phase by phase, after every closing and every ring. Invariants 13 and 15.

Asked only where a grid states phases and the guard was given an engine for them, one of its
own. The rules of `capacity` hold besides: in the mean of the phases.
"""

from collections.abc import Mapping

from gridops.guard.case import Case, Findings, Stage
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import walk
from gridops.powerflow import PhaseVerdict, Violation, ViolationKind

VOLTAGES = {
    ViolationKind.PHASE_UNDERVOLTAGE: "guard-phase-undervoltage",
    ViolationKind.PHASE_OVERVOLTAGE: "guard-phase-overvoltage",
}
CURRENTS = {
    ViolationKind.PHASE_OVERLOAD: "guard-phase-overload",
    ViolationKind.PHASE_SWITCH_RATING: "guard-phase-rating",
    ViolationKind.PHASE_NO_SOLUTION: "guard-no-solution",
}


def phase_currents_within_limits(case: Case) -> Findings:
    """13: the current of each phase within rating x limit and below the pick-up; a state
    without a three-phase solution is refused."""
    yield from _findings(case, CURRENTS, invariant="13")


def phase_voltages_within_band(case: Case) -> Findings:
    """15: each phase of every energised node within the band."""
    yield from _findings(case, VOLTAGES, invariant="15")


def _findings(case: Case, codes: Mapping[ViolationKind, str], *, invariant: str) -> Findings:
    if case.phases is None:
        return
    for stage in case.feedings:
        if stage.place not in case.judged:
            case.judged[stage.place] = _judged(case, stage, verdict=case.phases)
        broken = [each for each in case.judged[stage.place] if each.kind in codes]
        if not broken:
            yield None
        for each in broken:
            yield _told(stage, each, words=(invariant, codes[each.kind]))


def _judged(case: Case, stage: Stage, *, verdict: PhaseVerdict) -> tuple[Violation, ...]:
    """Of the supplied island at the device, by the guard's own walk."""
    reach = walk(case.network, stage.ends, passes=stage.after.last_passed)
    return verdict.check(
        reach.links,
        case.loads,
        dead_sources=case.dead_sources,
        around=stage.ends,
        limits=case.knowledge.limits,
    )


def _told(stage: Stage, violation: Violation, *, words: tuple[str, str]) -> GuardViolation:
    invariant, code = words
    element, _, phase = violation.element.rpartition(", phase ")
    if violation.kind is ViolationKind.PHASE_NO_SOLUTION:
        switch = stage.move.switch
        return stage.broken(invariant, code, switch, switch=switch, position="closed")
    return stage.broken(
        invariant,
        code,
        element,
        element=element,
        phase=phase,
        value=round(violation.value, 6),
        limit=round(violation.limit, 6),
    )
