"""The judgement on a sheet: the guard's verdict and the power flow of every step, at each edit,
at the approval, at the start and before each step is carried out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gridops.events.sheets import StepBy
from gridops.guard import Guard, GuardViolation, Knowledge, Move, Proposal, Verdict
from gridops.guard.world import World
from gridops.ids import SectionId
from gridops.measurement import Position
from gridops.response import Engines
from gridops.sheets.course import Course
from gridops.sheets.effects import NOTHING, Effect, Passage, effects_of, passages_of
from gridops.sheets.form import broken, flaws_of_form
from gridops.sheets.stretches import Stretch, SwitchStep, knowledge_at, laid_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a sheet would do, and whether it may."""

    verdict: Verdict
    """Of the guard over every step that is left, in order, and of the rules for earths."""
    effects: tuple[Effect, ...]
    """One for each step of the sheet, struck-out ones included."""
    undeclared: tuple[SectionId, ...] = ()
    """Supplied sections with customers that it drops without saying so, in grid order."""


def judged(course: Course, knowledge: Knowledge, *, engines: Engines) -> Judged:
    """The whole of what is left of a sheet, from the state that `knowledge` holds.

    Pure: the same question gives the same answer, and changes nothing. With a flaw of form
    (an unknown switch, a step without one, an act that cannot be) nothing else is asked, and
    every such flaw is named. What the sheet gives up may stand in `knowledge.allowed_dark`, or not.
    """
    flaws = list(flaws_of_form(course, knowledge.network))
    if any(flaws):
        return Judged(verdict=_verdict(flaws), effects=(NOTHING,) * len(course.steps))
    passages = passages_of(course, knowledge)
    return Judged(
        verdict=_verdict(
            [*flaws, *_Judge(course, knowledge, passages=passages).findings(engines.guard)]
        ),
        effects=effects_of(course, knowledge, passages=passages, planner=engines.planner),
        undeclared=_undeclared(course, knowledge, passages=passages),
    )


def verdict_on(course: Course, knowledge: Knowledge, *, guard: Guard) -> Verdict:
    """The verdict of `judged` alone, without a power flow of the planner's: what is asked before
    each step."""
    flaws = list(flaws_of_form(course, knowledge.network))
    if any(flaws):
        return _verdict(flaws)
    passages = passages_of(course, knowledge)
    return _verdict([*flaws, *_Judge(course, knowledge, passages=passages).findings(guard)])


class _Judge:
    """Puts one stretch after the other to the guard."""

    def __init__(
        self, course: Course, knowledge: Knowledge, *, passages: Sequence[Passage]
    ) -> None:
        self._course = course
        self._knowledge = knowledge
        self._passages = {passage.line.number: passage for passage in passages}
        self._laid = laid_out(course, knowledge)
        self._now_s = 0.0

    def findings(self, guard: Guard) -> Iterator[GuardViolation | None]:
        yield from self._laid.findings
        yield from self._confirmed()
        yield from self._declared()
        is_next = self._course.running
        for stretch in self._laid.stretches:
            if stretch.left:
                verdict = self._asked(stretch, guard, is_next=is_next)
                yield from verdict.violations
                yield from [None] * (verdict.checks - len(verdict.violations))
                is_next = False

    def _asked(self, stretch: Stretch, guard: Guard, *, is_next: bool) -> Verdict:
        interrupts = self._interrupts(stretch, is_next=is_next)
        behind = [_move(line, done_s=0.0) for line in stretch.behind] if is_next else []
        known = self._known(stretch, given_up=self._course.gives_up - interrupts)
        left = [self._timed(line) for line in stretch.left]
        proposal = Proposal(
            moves=(*behind, *left),
            suspected=self._course.suspected,
            fence=self._course.fence,
            interrupts=interrupts,
            grid_fingerprint=self._knowledge.grid_fingerprint,
        )
        if is_next:
            return guard.check_move(proposal, left[0].number, knowledge=known)
        return guard.check_plan(proposal, known)

    def _known(self, stretch: Stretch, *, given_up: frozenset[SectionId]) -> Knowledge:
        """What was dropped before the stretch is dark, and while people work that may be for
        long: it comes back cold."""
        at_hand = self._knowledge
        others = at_hand.allowed_dark - self._course.gives_up
        at_hand = replace(at_hand, allowed_dark=others | given_up)
        known = knowledge_at(stretch, at_hand)
        if not stretch.moved_to:
            return known
        first = self._passages[stretch.left[0].number]
        before = [p for n, p in self._passages.items() if n < first.line.number]
        dropped = {section for passage in before for section in passage.dropped}
        dark = frozenset(s for s in at_hand.dark | dropped if not first.before.is_supplied(s))
        return replace(known, dark=dark, dark_s=max(at_hand.dark_s + self._now_s, at_hand.lasts_s))

    def _interrupts(self, stretch: Stretch, *, is_next: bool) -> frozenset[SectionId]:
        """Those given up that the stretch drops and supplies again: the guard sees to both."""
        passages = [self._passages[line.number] for line in stretch.left]
        dropped = {section for passage in passages for section in passage.dropped}
        if is_next:
            dropped |= passages[0].before.dark
        back = (s for s in self._course.gives_up & dropped if passages[-1].after.is_supplied(s))
        return frozenset(back) - self._course.suspected - self._knowledge.forbidden

    def _confirmed(self) -> Iterator[GuardViolation | None]:
        """07: while a sheet runs, what is behind it still shows in the field, stretches before
        an earth included."""
        stretches = self._laid.stretches if self._course.running else ()
        last = {line.switch: line for stretch in stretches for line in stretch.behind}
        now = World(network=self._knowledge.network, snapshot=self._knowledge.snapshot)
        for switch, line in last.items():
            reached = now.last_passed(switch) == (line.position is Position.CLOSED)
            shown = reached and not now.is_unknown(switch)
            words = ("07", None, switch, "guard-step-not-confirmed")
            yield None if shown else broken(*words, switch=switch)

    def _declared(self) -> Iterator[GuardViolation | None]:
        """36: what a sheet gives up it drops, if it had supply: who approves it sees exactly
        whom it takes supply from."""
        if self._course.done or self._course.running or not self._course.gives_up:
            return
        passages = self._passages.values()
        dropped = {section for passage in passages for section in passage.dropped}
        begins = next((passage.before for passage in passages), None)
        for section in sorted(self._course.gives_up):
            kept = section not in dropped and (begins is None or begins.is_supplied(section))
            words = ("36", None, section, "sheet-gives-up-nothing")
            yield broken(*words, section=section) if kept else None

    def _timed(self, line: SwitchStep) -> Move:
        """As if every device took its time and nothing else did: nothing is known of people."""
        self._now_s += self._knowledge.network.switches[line.switch].operating_time_s
        return _move(line, done_s=self._now_s)


def _move(line: SwitchStep, *, done_s: float) -> Move:
    return Move(
        number=line.number,
        switch=line.switch,
        position=line.position,
        by_remote=line.step.by is StepBy.REMOTE,
        done_s=done_s,
    )


def _undeclared(
    course: Course, knowledge: Knowledge, *, passages: Sequence[Passage]
) -> tuple[SectionId, ...]:
    network = knowledge.network
    spared = course.gives_up | course.suspected | knowledge.allowed_dark
    dropped = {section for passage in passages for section in passage.dropped} - spared
    number = network.arrays.sections.of
    asked = (s for s in dropped if network.sections[s].customers)
    return tuple(sorted(asked, key=number.__getitem__))


def _verdict(findings: Iterable[GuardViolation | None]) -> Verdict:
    """By steps, what holds for the whole sheet first; each finding once."""
    listed = list(findings)
    found = dict.fromkeys(finding for finding in listed if finding is not None)
    violations = tuple(sorted(found, key=lambda violation: violation.step or 0))
    return Verdict(passed=not violations, checks=len(listed), violations=violations)
