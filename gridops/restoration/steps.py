"""A movement as the plan tells it."""

from gridops.restoration.plan import Step, StepCheck
from gridops.restoration.schedule import Move
from gridops.restoration.situation import Situation, power_w_of


def step_of(situation: Situation, number: int, *, move: Move, check: StepCheck) -> Step:
    """Customers and power count what the outage took, not what the plan dropped itself."""
    sections = situation.network.sections
    back = [s for s in move.restored if s in situation.dark]
    return Step(
        number=number,
        switch=move.switch,
        position=move.position,
        by=move.by,
        starts_s=round(move.starts_s, 3),
        done_s=round(move.done_s, 3),
        customers_restored=sum(sections[s].customers for s in back),
        p_restored_w=sum(power_w_of(situation, s) for s in back),
        sections_restored=move.restored,
        sections_dropped=move.dropped,
        sections_handed_over=move.handed_over,
        check=check,
    )
