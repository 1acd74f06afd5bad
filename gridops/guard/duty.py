"""What each kind of device may do under voltage, load and fault. Invariant 18."""

from collections.abc import Iterator

from gridops.guard.case import Case, Findings, Stage
from gridops.guard.flow import current_before
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import could_be_live, walk
from gridops.ids import SectionId
from gridops.network import SwitchKind

BREAKS_LOAD = (SwitchKind.BREAKER, SwitchKind.RECLOSER, SwitchKind.LOAD_BREAK_SWITCH)
BREAKS_FAULT = (SwitchKind.BREAKER, SwitchKind.RECLOSER)


def within_duty(case: Case) -> Findings:
    """18: disconnectors and fuses move only where neither side could be live; load-break
    switches break load within their rating, and nothing while a fault could be fed through
    them. What breakers break is asked under 16, that nothing closes onto a possible fault
    under 01."""
    for stage in case.stages:
        kind = case.network.switches[stage.move.switch].kind
        live = any(could_be_live(stage.before, end) for end in stage.ends)
        if kind not in BREAKS_LOAD:
            yield _without_load(stage) if live else None
        elif not stage.move.closes and live and kind not in BREAKS_FAULT:
            yield from _breaking(case, stage)


def _without_load(stage: Stage) -> GuardViolation:
    code = "guard-makes-load" if stage.move.closes else "guard-breaks-load"
    return stage.broken("18", code, stage.move.switch, switch=stage.move.switch)


def _breaking(case: Case, stage: Stage) -> Iterator[GuardViolation | None]:
    yield _load_broken(case, stage)
    switch = stage.move.switch
    for section in _faults_fed_with(case, stage):
        yield stage.broken("18", "guard-breaks-fault", switch, switch=switch, section=section)


def _load_broken(case: Case, stage: Stage) -> GuardViolation | None:
    device = case.network.switches[stage.move.switch]
    flowing, limit = current_before(case, stage), device.current_a_rated
    if flowing is None:
        words = ("18", "guard-no-solution", device.id)
        return stage.broken(*words, switch=device.id, position="closed")
    if flowing > limit:
        words = ("18", "guard-rating", device.id)
        return stage.broken(*words, element=device.id, value=round(flowing, 6), limit=limit)
    return None


def _faults_fed_with(case: Case, stage: Stage) -> list[SectionId]:
    """Suspected sections that could be live together with the device."""
    suspects = case.proposal.fault_zone | case.knowledge.forbidden
    return sorted(
        suspects.intersection(walk(case.network, stage.ends, passes=stage.before.may_pass).sections)
    )
