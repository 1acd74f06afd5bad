"""What the grid can carry phase by phase, after every closing. Invariants 13 and 15.

Asked only where a grid states phases and the guard was given an engine for them, one of its
own. The rules of `capacity` hold besides: in the mean of the phases.
"""

from gridops.guard.case import Case, Findings, Stage
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import walk
from gridops.powerflow import PhaseVerdict, Violation, ViolationKind

CODES = {
    ViolationKind.PHASE_UNDERVOLTAGE: ("15", "guard-phase-undervoltage"),
    ViolationKind.PHASE_OVERVOLTAGE: ("15", "guard-phase-overvoltage"),
    ViolationKind.PHASE_OVERLOAD: ("13", "guard-phase-overload"),
    ViolationKind.PHASE_SWITCH_RATING: ("13", "guard-phase-rating"),
}
"""Anything else is a state without a solution."""


def phases_within_limits(case: Case) -> Findings:
    """13, 15: voltage and current of every phase of what a closing feeds."""
    if case.phases is None:
        return
    for stage in case.closings:
        found = _judged(case, stage, verdict=case.phases)
        if not found:
            yield None
        yield from (_told(stage, violation) for violation in found)


def _judged(case: Case, stage: Stage, *, verdict: PhaseVerdict) -> tuple[Violation, ...]:
    """The supplied island at the device, by the guard's own walk."""
    reach = walk(case.network, stage.ends, passes=stage.after.last_passed)
    return verdict.check(
        reach.links,
        case.loads,
        dead_sources=case.dead_sources,
        around=stage.ends,
        limits=case.knowledge.limits,
    )


def _told(stage: Stage, violation: Violation) -> GuardViolation:
    element, _, phase = violation.element.rpartition(", phase ")
    if violation.kind not in CODES:
        switch = stage.move.switch
        return stage.broken("13", "guard-no-solution", switch, switch=switch, position="closed")
    invariant, code = CODES[violation.kind]
    return stage.broken(
        invariant,
        code,
        element,
        element=element,
        phase=phase,
        value=round(violation.value, 6),
        limit=round(violation.limit, 6),
    )
