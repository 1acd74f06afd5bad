"""What is done if a step fails, decided beforehand."""

from dataclasses import replace

from gridops.powerflow import PowerFlow
from gridops.restoration.course import (
    left_dark,
    minutes_of,
    moves_of,
    restored_by,
    situation_after,
)
from gridops.restoration.outlook import Branch, BranchCause, OutlookSettings
from gridops.restoration.plan import Plan
from gridops.restoration.propose import propose
from gridops.restoration.scoring import score_of
from gridops.restoration.situation import Situation


def branches_of(
    situation: Situation, plan: Plan, *, engine: PowerFlow, settings: OutlookSettings
) -> tuple[Branch, ...]:
    """For each of the first `steps_max` steps: the device refuses, its telemetry stays silent.

    Guarantees: pure; the planner is asked twice a step. What it is asked is what live operation
    would ask after the same failure: the steps before as carried out, the device not to be used
    again and, after silence, its position unknown; suspected is what was suspected.
    """
    return tuple(
        _branch(situation, plan, step=k, cause=cause, engine=engine, settings=settings)
        for k in range(min(len(plan.steps), settings.steps_max))
        for cause in BranchCause
    )


def failed_at(
    situation: Situation, plan: Plan, *, step: int, cause: BranchCause, settings: OutlookSettings
) -> tuple[Situation, float]:
    """The situation that the failure of `plan.steps[step]` leaves, and when it is known, in
    seconds after the release: at the end of the movement, or when the wait for telemetry is
    over."""
    device = plan.steps[step].switch
    waits_s = settings.telemetry_wait_s if cause is BranchCause.SILENT else 0.0
    at_s = plan.steps[step].done_s + waits_s
    before = situation_after(situation, plan.steps[:step], at_s=at_s)
    unknown = before.snapshot.unknown | ({device} if cause is BranchCause.SILENT else set())
    failed = replace(
        before,
        snapshot=replace(before.snapshot, unknown=unknown),
        unavailable=before.unavailable | {device},
    )
    return failed, at_s


def _branch(
    situation: Situation,
    plan: Plan,
    *,
    step: int,
    cause: BranchCause,
    engine: PowerFlow,
    settings: OutlookSettings,
) -> Branch:
    failed, at_s = failed_at(situation, plan, step=step, cause=cause, settings=settings)
    way_out = propose(failed, engine)
    whole = moves_of(situation, plan.steps)
    course = [*whole[:step], *moves_of(failed, way_out.steps, from_s=at_s)]
    lost = restored_by(plan.steps) & left_dark(failed, way_out)
    sections = situation.network.sections
    weighted = score_of(situation, course).weighted_minutes
    return Branch(
        step=plan.steps[step].number,
        cause=cause,
        at_s=round(at_s, 3),
        plan=way_out,
        customers_at_risk=sum(sections[s].customers for s in lost),
        minutes_at_risk=round(minutes_of(situation, course) - minutes_of(situation, whole), 6),
        weighted_minutes_at_risk=round(weighted - score_of(situation, whole).weighted_minutes, 6),
    )
