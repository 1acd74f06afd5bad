"""What each step of a sheet does to supply, and where the grid is tightest after it."""

from collections.abc import Collection
from dataclasses import dataclass

from gridops.guard import Knowledge
from gridops.ids import SectionId
from gridops.measurement import Position
from gridops.network import SwitchSet
from gridops.powerflow import FlowResult, LoadPowers, PowerFlow
from gridops.restoration import By, Situation, StepCheck
from gridops.restoration.checks import check_of
from gridops.restoration.schedule import Move
from gridops.sheets.course import Course
from gridops.sheets.stretches import SwitchStep
from gridops.state import Energisation, energise


@dataclass(frozen=True, slots=True)
class Passage:
    """One movement that is left, with supply before and after it, positions as best known."""

    line: SwitchStep
    before: Energisation
    after: Energisation

    @property
    def gained(self) -> tuple[SectionId, ...]:
        return self.after.gained_since(self.before)

    @property
    def dropped(self) -> tuple[SectionId, ...]:
        return self.after.lost_since(self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one step does; of a step that moves nothing, or is behind, nothing."""

    check: StepCheck | None = None
    sections_restored: tuple[SectionId, ...] = ()
    sections_dropped: tuple[SectionId, ...] = ()
    customers_restored: int = 0
    customers_dropped: int = 0


NOTHING = Effect()


def passages_of(course: Course, knowledge: Knowledge) -> tuple[Passage, ...]:
    """Every movement that is left, in order. Steps must have no flaw of form."""
    network, snapshot = knowledge.network, knowledge.snapshot
    live = energise(
        network, network.switch_set(snapshot.closed), dead_sources=snapshot.dead_sources
    )
    found = []
    for number, step in course.numbered():
        if step.switch is None or not step.moves or number in course.done:
            continue
        line = SwitchStep(number, step, step.switch)
        after = live.moved(line.switch, closed=line.position is Position.CLOSED)
        found.append(Passage(line, live, after))
        live = after
    return tuple(found)


def effects_of(
    course: Course,
    knowledge: Knowledge,
    *,
    passages: Collection[Passage],
    planner: PowerFlow,
) -> tuple[Effect, ...]:
    """One for each step of the sheet, struck-out ones included."""
    situation = situation_of(knowledge)
    solves = _Solves(planner, situation)
    by_number = {p.line.number: _effect(p, situation, solves=solves) for p in passages}
    return tuple(by_number.get(k, NOTHING) for k in range(1, len(course.steps) + 1))


def _effect(passage: Passage, situation: Situation, *, solves: "_Solves") -> Effect:
    sections = situation.network.sections
    gained, dropped = passage.gained, passage.dropped
    move = Move(
        switch=passage.line.switch,
        position=passage.line.position,
        by=By(passage.line.step.by.value),
        starts_s=0.0,
        done_s=0.0,
        closed=passage.after.closed,
        restored=gained,
        dropped=dropped,
    )
    return Effect(
        check=check_of(situation, move, judge=solves),
        sections_restored=gained,
        sections_dropped=dropped,
        customers_restored=sum(sections[s].customers for s in gained),
        customers_dropped=sum(sections[s].customers for s in dropped),
    )


def situation_of(knowledge: Knowledge, *, waiting: frozenset[SectionId] | None = None) -> Situation:
    """In the planner's words. Nothing is suspected: what may hold a fault is out of bounds.
    `waiting` is to get supply; None: what is dark."""
    return Situation(
        network=knowledge.network,
        snapshot=knowledge.snapshot,
        closed_before=knowledge.closed_before or knowledge.network.normally_closed,
        suspected=frozenset(),
        dark=knowledge.dark if waiting is None else waiting,
        loads=LoadPowers.of(knowledge.network, knowledge.loads),
        limits=knowledge.limits,
        unavailable=knowledge.busy,
        forbidden=knowledge.forbidden,
        dark_s=knowledge.dark_s,
        at=knowledge.at,
    )


@dataclass(frozen=True, slots=True)
class _Solves:
    """The planner's engine with the loads of the situation."""

    planner: PowerFlow
    situation: Situation

    def flow(self, closed: SwitchSet, around: frozenset[SectionId]) -> FlowResult:
        return self.planner.solve(
            closed,
            self.situation.loads,
            dead_sources=self.situation.snapshot.dead_sources,
            around=sorted(around),
        )
