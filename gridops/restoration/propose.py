"""From a situation to a plan."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gridops.ids import LoadId, SectionId
from gridops.isolation import NoFence, Unusable
from gridops.measurement import Position
from gridops.powerflow import PowerFlow
from gridops.restoration.checks import check_of
from gridops.restoration.judge import Judge
from gridops.restoration.objective import Score, minutes_counted, weight_of_section
from gridops.restoration.phase_checks import phase_check_of
from gridops.restoration.plan import FoundBy, Plan, Proof, Rejected, StepCheck, Unserved
from gridops.restoration.schedule import Move
from gridops.restoration.scoring import score_of
from gridops.restoration.shedding import shed
from gridops.restoration.situation import Situation
from gridops.restoration.stages import Course, courses, refused
from gridops.restoration.steps import step_of
from gridops.restoration.tallies import left_dark, tallies_of
from gridops.restoration.timing import EQUAL
from gridops.restoration.told import does_as_told
from gridops.restoration.transfer import Effort, improve
from gridops.restoration.transfer_scope import Reach
from gridops.restoration.unserved import in_grid_order, unserved_in

GAP_PCT_ENOUGH = 0.1
"""Load is not moved for less than this share of what could be saved: it interrupts people."""


def propose(situation: Situation, engine: PowerFlow) -> Plan:
    """The plan for `situation`, by the objective of docs/restoration.md.

    Guarantees: pure and deterministic; work is bounded by counts in `PlanSettings`, never by
    time. Every state that the plan passes through was solved by `engine` and keeps to the
    limits wherever the plan adds load; it is radial there, or has one declared ring that the next
    step opens, feeds no suspected or forbidden section whatever the unknown positions are, and
    drops nobody but whom `Plan.dropped` names, for the time of a load transfer. If
    nothing can be restored that way the plan has no steps and says why.

    With `load_transfer` in the settings neighbour feeders are asked to hand load on where time
    alone does not show that nothing better can be had. With a `phase_verdict` in the situation
    every state that a closing leaves passes it too.
    """
    found = courses(situation, engine)
    if isinstance(found, NoFence):
        return _no_fence(situation, found)
    best = min(found, key=lambda course: course.score)
    line = _Line.of(best, floor=min(course.floor_minutes for course in found))
    earliest = min(course.time_floor_minutes for course in found)
    if situation.settings.load_transfer and _missed_pct(line, floor=earliest) > GAP_PCT_ENOUGH:
        line = _transferred(line, engine, among=found)
    if situation.settings.shedding:
        least = min(earliest, _soonest(situation, found))
        if _missed_pct(line, floor=least) > 0.0:
            line = _shed(replace(line, floor=least), engine, among=found)
    return _planned(situation, line)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What is done, and how good it is known to be."""

    course: Course
    """Its fence, and what was refused on the way to it."""
    moves: tuple[tuple[Judge, Move], ...]
    score: Score
    floor: float
    """Nothing within the rules has fewer weighted minutes."""
    found_by: FoundBy
    refused: tuple[Rejected, ...] = ()

    @classmethod
    def of(cls, course: Course, *, floor: float) -> "_Line":
        moves = tuple((stage.judge, move) for stage in course.stages for move in stage.moves)
        packed = any(stage.found.packed for stage in course.stages)
        found_by = FoundBy.PACKING if packed else FoundBy.TIES
        return cls(course=course, moves=moves, score=course.score, floor=floor, found_by=found_by)


def _transferred(line: _Line, engine: PowerFlow, *, among: Sequence[Course]) -> _Line:
    """`line`, or one by load transfer that is better. With its floor: what neither can beat.

    Transfers are looked for behind one fence, of two that cost the same that which may gain more;
    a course that fences twice stands by its own.
    """
    plain = [course for course in among if len(course.stages) == 1]
    course = min(plain, key=lambda c: (c.score.weighted_minutes, c.time_floor_minutes, c.score))
    ground = course.stages[0].scope.ground
    moved = improve(
        course.situation,
        engine,
        devices=ground.devices,
        fence=course.fence,
        incumbent=line.score,
        effort=Effort(reach=Reach(within=not course.stages[0].found.exhausted)),
    )
    if moved is None:
        return line
    others = [c.time_floor_minutes for c in among if c is not course]
    floor = min([max(moved.bound, course.time_floor_minutes), *others])
    if not moved.moves or not does_as_told(course.situation, moved.moves):
        return replace(line, floor=floor, refused=moved.rejected)
    judge = course.stages[0].judge
    return _Line(
        course=course,
        moves=tuple((judge, move) for move in moved.moves),
        score=moved.score,
        floor=floor,
        found_by=FoundBy.TRANSFER,
        refused=moved.rejected,
    )


def _shed(line: _Line, engine: PowerFlow, *, among: Sequence[Course]) -> _Line:
    """`line`, or one that sheds supplied load and is better; behind one fence, as transfers are."""
    plain = [course for course in among if len(course.stages) == 1]
    course = min(plain, key=lambda c: (c.score.weighted_minutes, c.time_floor_minutes, c.score))
    stage = course.stages[0]
    found = shed(stage.scope, engine, best=line.score)
    if found is None or not does_as_told(course.situation, found.moves):
        return line
    return replace(
        line,
        course=course,
        moves=tuple((stage.judge, move) for move in found.moves),
        score=found.score,
        found_by=FoundBy.SHEDDING,
    )


def _soonest(situation: Situation, among: Sequence[Course]) -> float:
    """Where a course may fence twice, no plan has fewer weighted minutes: everybody healthy is back
    as soon as the first fence is open. Whom shedding would let back before the second fence, the
    courses, which shed nobody, do not tell."""
    if len(among) == 1:
        return math.inf
    soonest_s = min(course.stages[0].judge.timing.fence_s for course in among)
    zone = frozenset[SectionId].intersection(*(course.fence.zone for course in among))
    latest, soonest = (
        minutes_counted(until_s, dark_s=situation.dark_s)
        for until_s in (situation.settings.repair_s, soonest_s)
    )
    back = in_grid_order(situation, situation.dark - zone)
    could = sum(weight_of_section(situation.network, section) for section in back)
    return score_of(situation, ()).weighted_minutes - could * (latest - soonest)


def _loads_shed(situation: Situation, moves: Sequence[Move]) -> tuple[LoadId, ...]:
    dark = left_dark(situation, moves) - situation.dark
    at = situation.network.loads_of_section
    return tuple(load.id for section in in_grid_order(situation, dark) for load in at[section])


def _planned(situation: Situation, line: _Line) -> Plan:
    course = line.course
    moves = [move for _, move in line.moves]
    rejected = [*_given_up(course.fence.unusable), *refused(course.stages), *line.refused]
    proof, gap_pct = _proof(line)
    left = left_dark(situation, moves)
    last = course.stages[-1].scope
    steps = [
        step_of(situation, k, move=move, check=_check(situation, move, judge=judge))
        for k, (judge, move) in enumerate(line.moves, start=1)
    ]
    return Plan(
        fence=course.fence.switches,
        suspected=course.fence.zone,
        steps=tuple(steps),
        shed=_loads_shed(situation, moves),
        proof=proof,
        gap_pct=gap_pct,
        found_by=line.found_by,
        rejected=tuple(rejected),
        unserved=unserved_in(situation, last, rejected=rejected, left=left),
        score=line.score,
        phases=phase_check_of(situation),
        **tallies_of(situation, moves),
    )


def _reaches(score: Score, floor: float) -> bool:
    return score.weighted_minutes <= floor + EQUAL * max(abs(floor), 1.0)


def _proof(line: _Line) -> tuple[Proof, float]:
    missed_pct = _missed_pct(line, floor=line.floor)
    return (Proof.GAP, round(missed_pct, 6)) if missed_pct else (Proof.OPTIMAL, 0.0)


def _missed_pct(line: _Line, *, floor: float) -> float:
    """Of the weighted minutes that could be saved at the very most, the share that is not."""
    if _reaches(line.score, floor):
        return 0.0
    nothing = score_of(line.course.situation, ()).weighted_minutes
    return 100.0 * (line.score.weighted_minutes - floor) / (nothing - floor)


def _check(situation: Situation, move: Move, *, judge: Judge) -> StepCheck:
    if move.position is Position.CLOSED or move.handed_over:
        return check_of(situation, move, judge=judge)
    return StepCheck(voltage_pu_min=None, loading_pct_max=None, limiting=None)


def _given_up(unusable: Sequence[Unusable]) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(option=(u.switch,), because=u.because, element=u.element) for u in unusable
    )


def _no_fence(situation: Situation, found: NoFence) -> Plan:
    healthy = in_grid_order(situation, situation.dark - situation.suspected)
    return Plan(
        fence=(),
        suspected=situation.suspected,
        steps=(),
        shed=(),
        proof=Proof.OPTIMAL,
        gap_pct=0.0,
        rejected=(
            *_given_up(found.unusable),
            Rejected(option=(), because="no-fence", element=found.reached),
        ),
        unserved=tuple(
            Unserved(section=s, because="no-fence", element=found.reached) for s in healthy
        ),
        score=score_of(situation, ()),
        **tallies_of(situation, ()),
    )
