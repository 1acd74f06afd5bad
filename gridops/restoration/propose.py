"""From a situation to a plan."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from gridops.ids import SectionId
from gridops.isolation import NoFence, Unusable
from gridops.measurement import Position
from gridops.powerflow import PowerFlow
from gridops.restoration.checks import check_of
from gridops.restoration.part import bits
from gridops.restoration.phase_checks import phase_check_of
from gridops.restoration.plan import (
    Minutes,
    Plan,
    Proof,
    Rejected,
    Step,
    StepCheck,
    Tally,
    Unserved,
)
from gridops.restoration.schedule import Move
from gridops.restoration.scope import Scope, Why
from gridops.restoration.scoring import score_of
from gridops.restoration.search import group_of, ties_of
from gridops.restoration.situation import Situation, power_w_of
from gridops.restoration.stages import Course, Stage, courses, refused
from gridops.restoration.timing import EQUAL


def propose(situation: Situation, engine: PowerFlow) -> Plan:
    """The plan for `situation`, by the objective of docs/restoration.md.

    Guarantees: pure and deterministic; work is bounded by counts in `PlanSettings`, never by
    time. Every state that the plan passes through was solved by `engine` and keeps to the
    limits wherever the plan adds load; it is radial there, feeds no suspected or forbidden
    section whatever the unknown positions are, and drops nobody. If nothing can be restored
    that way the plan has no steps and says why.

    With a `phase_verdict` in the situation every state that a closing leaves passes it too.
    """
    found = courses(situation, engine)
    if isinstance(found, NoFence):
        return _no_fence(situation, found)
    best = min(found, key=lambda course: course.score)
    return _planned(situation, best, floor=min(course.floor_minutes for course in found))


def _planned(situation: Situation, course: Course, *, floor: float) -> Plan:
    moves = [(stage, move) for stage in course.stages for move in stage.moves]
    restored_at_s = {section: move.done_s for _, move in moves for section in move.restored}
    rejected = (*_given_up(course.fence.unusable), *refused(course.stages))
    proof, gap_pct = _proof(situation, course, floor=floor)
    last = course.stages[-1].scope
    return Plan(
        fence=course.fence.switches,
        suspected=course.fence.zone,
        steps=tuple(_step(stage, k, move=move) for k, (stage, move) in enumerate(moves, start=1)),
        shed=(),
        proof=proof,
        gap_pct=gap_pct,
        rejected=rejected,
        unserved=_unserved(situation, last, rejected=rejected, restored_at_s=restored_at_s),
        score=course.score,
        phases=phase_check_of(situation),
        **_tallies(situation, restored_at_s),
    )


def _proof(situation: Situation, course: Course, *, floor: float) -> tuple[Proof, float]:
    """The gap: of the weighted minutes that could be saved at the very most, the share that is
    not."""
    minutes = course.score.weighted_minutes
    if minutes <= floor + EQUAL * max(abs(floor), 1.0):
        return Proof.OPTIMAL, 0.0
    nothing = score_of(situation, ()).weighted_minutes
    return Proof.GAP, round(100.0 * (minutes - floor) / (nothing - floor), 6)


def _step(stage: Stage, number: int, *, move: Move) -> Step:
    situation = stage.scope.ground.situation
    sections = situation.network.sections
    nothing = StepCheck(voltage_pu_min=None, loading_pct_max=None, limiting=None)
    closes = move.position is Position.CLOSED
    return Step(
        number=number,
        switch=move.switch,
        position=move.position,
        by=move.by,
        starts_s=round(move.starts_s, 3),
        done_s=round(move.done_s, 3),
        customers_restored=sum(sections[s].customers for s in move.restored),
        p_restored_w=sum(power_w_of(situation, s) for s in move.restored),
        sections_restored=move.restored,
        sections_dropped=move.dropped,
        check=check_of(situation, move, judge=stage.judge) if closes else nothing,
    )


def _given_up(unusable: Sequence[Unusable]) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(option=(u.switch,), because=u.because, element=u.element) for u in unusable
    )


def _unserved(
    situation: Situation,
    scope: Scope,
    *,
    rejected: Sequence[Rejected],
    restored_at_s: Mapping[SectionId, float],
) -> tuple[Unserved, ...]:
    """Every section that is not suspected itself and stays dark, in grid order."""
    listed = []
    for section in situation.network.sections:
        healthy = section in situation.dark and section not in situation.suspected
        if healthy and section not in restored_at_s:
            because, element = _why_dark(scope, rejected, section=section)
            listed.append(Unserved(section=section, because=because, element=element))
    return tuple(listed)


def _why_dark(scope: Scope, rejected: Sequence[Rejected], *, section: SectionId) -> Why:
    """The limit nearest at hand: of the section itself, of the fence, of a tie in its part."""
    ground = scope.ground
    if section in scope.blocked:
        return scope.blocked[section]
    if section in ground.situation.forbidden:
        return "forbidden", section
    if section in ground.fence.zone:
        at_it = ground.network.sections[section].switches
        unusable = ground.fence.unusable
        near = next((u for u in unusable if u.switch in at_it), unusable[0])
        return near.because, near.element
    unit = next((k for k, u in enumerate(scope.units) if section in u.sections), None)
    if unit is None:
        return "dead-source", section
    near_by = {tie.switch for tie in ties_of(scope, unit)}
    ties = [r for r in rejected if near_by and near_by.issuperset(r.option)]
    ties += [r for r in scope.rejected if _is_at(scope, r, units=group_of(scope, unit))]
    return (ties[0].because, ties[0].element) if ties else ("no-tie", section)


def _is_at(scope: Scope, refused_tie: Rejected, *, units: int) -> bool:
    sections = {s for k in bits(units) for s in scope.units[k].sections}
    ends = [scope.ground.network.section_ends[switch] for switch in refused_tie.option]
    return any(end in sections for pair in ends for end in pair)


def _no_fence(situation: Situation, found: NoFence) -> Plan:
    network = situation.network
    healthy = [s for s in network.sections if s in situation.dark - situation.suspected]
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
        **_tallies(situation, {}),
    )


class _Tallies(TypedDict):
    customers: Tally
    p_w: Tally
    minutes: Minutes


def _tallies(situation: Situation, restored_at_s: Mapping[SectionId, float]) -> _Tallies:
    """What all of `dark` loses, and what the plan gives back of it."""
    sections = situation.network.sections
    repair_s = situation.settings.repair_s
    dark = [s for s in sections if s in situation.dark]
    back = [s for s in dark if s in restored_at_s]
    customers = sum(sections[s].customers for s in dark)
    customers_back = sum(sections[s].customers for s in back)
    power_w = sum(power_w_of(situation, s) for s in dark)
    power_back_w = sum(power_w_of(situation, s) for s in back)
    dark_s = sum(sections[s].customers * restored_at_s.get(s, repair_s) for s in dark)
    return _Tallies(
        customers=Tally(
            interrupted=customers,
            restored_by_switching=customers_back,
            until_repair=customers - customers_back,
        ),
        p_w=Tally(
            interrupted=power_w,
            restored_by_switching=power_back_w,
            until_repair=power_w - power_back_w,
        ),
        minutes=Minutes(with_plan=dark_s / 60.0, without=customers * repair_s / 60.0),
    )
