"""What no step of a sheet may be, whatever the state of the grid. Invariants 20 and 36."""

from collections.abc import Iterator

from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.guard import GuardViolation
from gridops.network import Network
from gridops.reasons import Param, because
from gridops.sheets.course import STEPS_MAX, Course

Findings = Iterator[GuardViolation | None]
"""One item for each single check, as the guard counts them."""

BY_CREW_ALONE = frozenset({StepAct.CHECK_DEAD, StepAct.EARTH, StepAct.UNEARTH})
"""Nobody checks for voltage or earths from a desk: the grid model has no earth switches to
command (04)."""


def flaws_of_form(course: Course, network: Network) -> Findings:
    """Steps without a switch, of an unknown switch, empty steps, an act that cannot be, sections
    that the grid does not have. With one of these nothing else can be asked."""
    lines = list(course.numbered())
    if not lines:
        yield broken("36", None, "", "sheet-without-steps")
    if len(course.steps) > STEPS_MAX:
        words = ("36", None, "", "guard-too-long")
        yield broken(*words, value=len(course.steps), limit=STEPS_MAX)
    for number, step in lines:
        yield _line(number, step, network=network)
    for section in sorted(course.gives_up | course.suspected):
        known = section in network.sections
        words = ("36", None, section, "guard-no-such-element")
        yield None if known else broken(*words, element=section)
    for switch in course.fence:
        known = switch in network.switches
        words = ("36", None, switch, "guard-no-such-element")
        yield None if known else broken(*words, element=switch)


def _line(number: int, step: StepDraft, *, network: Network) -> GuardViolation | None:
    switch = step.switch
    if switch is not None and switch not in network.switches:
        return broken("36", number, switch, "guard-no-such-element", element=switch)
    if step.act is StepAct.NOTE:
        return None if step.text.strip() else broken("36", number, "", "sheet-empty-note")
    if switch is None:
        return broken("36", number, "", "sheet-no-switch", act=step.act.value)
    if step.act in BY_CREW_ALONE and step.by is not StepBy.CREW:
        words = ("20", number, switch, "sheet-by-crew-alone")
        return broken(*words, act=step.act.value, switch=switch)
    return None


def broken(
    invariant: str, step: int | None, element: str, code: str, /, **params: Param
) -> GuardViolation:
    """What a rule of sheets found, in the guard's own shape."""
    return GuardViolation(
        invariant=invariant, step=step, element=element, why=because(code, **params)
    )
