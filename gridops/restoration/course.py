"""A plan followed for some steps: the situation that it leaves, and what the whole costs."""

from collections.abc import Sequence
from dataclasses import replace

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Position, Quality
from gridops.network import SwitchSet
from gridops.restoration.outlook import Figures
from gridops.restoration.plan import By, Plan, Step
from gridops.restoration.schedule import Move
from gridops.restoration.scoring import dark_spells
from gridops.restoration.situation import Situation


def situation_after(situation: Situation, steps: Sequence[Step], *, at_s: float) -> Situation:
    """When `steps` have gone as planned, `at_s` after the release; the end of repair stays
    where it was."""
    snapshot, settings = situation.snapshot, situation.settings
    moved = {
        step.switch: Measured(step.position, Quality.GOOD, snapshot.at)
        for step in steps
        if step.switch in snapshot.positions
    }
    dark = set(situation.dark)
    returned = {s: (when_s - at_s, spell) for s, (when_s, spell) in situation.returned.items()}
    for step in steps:
        dark.update(step.sections_dropped)
        dark.difference_update(step.sections_restored)
        spell_s = situation.dark_s + step.done_s
        returned |= dict.fromkeys(step.sections_restored, (step.done_s - at_s, spell_s))
    return replace(
        situation,
        returned=returned,
        snapshot=replace(
            snapshot,
            positions={**snapshot.positions, **moved},
            unknown=snapshot.unknown - moved.keys(),
        ),
        dark=frozenset(dark),
        dark_s=situation.dark_s + at_s,
        settings=settings.later(at_s),
    )


def moves_of(situation: Situation, steps: Sequence[Step], *, from_s: float = 0.0) -> list[Move]:
    """The steps as movements from `situation` on, `from_s` later than they say."""
    closed = situation.network.switch_set(situation.snapshot.closed)
    moves = []
    for step in steps:
        closed = moved(closed, step)
        moves.append(
            Move(
                switch=step.switch,
                position=step.position,
                by=step.by,
                starts_s=step.starts_s + from_s,
                done_s=step.done_s + from_s,
                closed=closed,
                restored=step.sections_restored,
                dropped=step.sections_dropped,
                handed_over=step.sections_handed_over,
            )
        )
    return moves


def moved(closed: SwitchSet, step: Step) -> SwitchSet:
    """The closed switches once `step` is done."""
    return closed | {step.switch} if step.position is Position.CLOSED else closed - {step.switch}


def minutes_of(situation: Situation, moves: Sequence[Move]) -> float:
    """Plain customer minutes from the release to the end of repair, those dropped included."""
    sections = situation.network.sections
    return sum(
        sections[spell.section].customers * spell.lasts_s / 60.0
        for spell in dark_spells(situation, moves)
    )


def restored_by(steps: Sequence[Step]) -> frozenset[SectionId]:
    """What has supply by `steps` and is not dropped again."""
    back: set[SectionId] = set()
    for step in steps:
        back.difference_update(step.sections_dropped)
        back.update(step.sections_restored)
    return frozenset(back)


def left_dark(situation: Situation, plan: Plan) -> frozenset[SectionId]:
    """What is without supply when the plan is through."""
    dark = set(situation.dark)
    for step in plan.steps:
        dark.update(step.sections_dropped)
        dark.difference_update(step.sections_restored)
    return frozenset(dark)


def switches_of(plan: Plan) -> tuple[SwitchId, ...]:
    """What the plan moves, once each, in its order."""
    return tuple(dict.fromkeys(step.switch for step in plan.steps))


def figures_of(situation: Situation, plan: Plan) -> Figures:
    checks = [step.check for step in plan.steps]
    loadings = [c.loading_pct_max for c in checks if c.loading_pct_max is not None]
    voltages = [c.voltage_pu_min for c in checks if c.voltage_pu_min is not None]
    return Figures(
        customers_restored=int(plan.customers.restored_by_switching),
        minutes=round(minutes_of(situation, moves_of(situation, plan.steps)), 6),
        weighted_minutes=plan.score.weighted_minutes,
        movements=len(plan.steps),
        crew_movements=sum(step.by is By.CREW for step in plan.steps),
        loading_pct_max=max(loadings, default=None),
        voltage_pu_min=min(voltages, default=None),
    )
