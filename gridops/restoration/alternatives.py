"""The best few different plans, and what each would cost against the one that was taken."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from gridops.powerflow import PowerFlow
from gridops.restoration.course import figures_of, restored_by, switches_of
from gridops.restoration.outlook import Alternative, Figures, OutlookSettings
from gridops.restoration.plan import By, Plan
from gridops.restoration.propose import propose
from gridops.restoration.situation import Situation

SHARE = 0.01
"""What makes less of a difference is none."""


def alternatives_of(
    situation: Situation, plan: Plan, *, engine: PowerFlow, settings: OutlookSettings
) -> tuple[Alternative, ...]:
    """Plans of the same planner for the same outage with something left out that `plan` uses:
    the crew, one of the switches that it closes, one that it opens.

    Guarantees: pure; at most `alternatives_tried_max` questions and `alternatives_max` answers,
    best first by the objective. Each restores somebody, and differs from `plan` and from those
    before it by what it closes, or by more than 1 % of the customers or the minutes. One that
    only leaves steps of the plan out counts if it restores as many.
    """
    own = figures_of(situation, plan)
    found = [
        propose(changed, engine)
        for changed in islice(_without(situation, plan), settings.alternatives_tried_max)
    ]
    found = [other for other in found if restored_by(other.steps)]
    kept = [plan]
    for other in sorted(found, key=lambda other: other.score):
        cut = set(switches_of(other)) <= set(switches_of(plan))
        if cut and other.customers.until_repair > plan.customers.until_repair:
            continue
        if all(_differs(situation, other, than=one) for one in kept):
            kept.append(other)
    return tuple(
        _compared(situation, plan, other=other, own=own)
        for other in kept[1 : settings.alternatives_max + 1]
    )


def _differs(situation: Situation, other: Plan, *, than: Plan) -> bool:
    closes = [{s.switch for s in plan.steps if s.closes} for plan in (other, than)]
    if closes[0] != closes[1]:
        return True
    one, two = figures_of(situation, other), figures_of(situation, than)
    customers = abs(one.customers_restored - two.customers_restored)
    minutes = abs(one.minutes - two.minutes)
    return customers > SHARE * two.customers_restored or minutes > SHARE * two.minutes


def _without(situation: Situation, plan: Plan) -> Iterator[Situation]:
    """What closes goes first: another tie is the difference that people ask about."""
    if any(step.by is By.CREW for step in plan.steps):
        yield replace(situation, settings=replace(situation.settings, crew_available=False))
    ordered = sorted(plan.steps, key=lambda step: (not step.closes, step.number))
    for step in ordered:
        yield replace(situation, unavailable=situation.unavailable | {step.switch})


def _compared(situation: Situation, plan: Plan, *, other: Plan, own: Figures) -> Alternative:
    figures = figures_of(situation, other)
    its, others = switches_of(plan), switches_of(other)
    return Alternative(
        plan=other,
        figures=figures,
        without=tuple(s for s in its if s not in others),
        instead=tuple(s for s in others if s not in its),
        customers_less=own.customers_restored - figures.customers_restored,
        minutes_more=round(figures.minutes - own.minutes, 6),
        movements_more=figures.movements - own.movements,
    )
