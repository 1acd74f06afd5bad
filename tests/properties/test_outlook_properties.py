"""Whatever the grid, the fault and the failure: what no branch, no alternative, no help may do."""

from collections.abc import Iterator
from dataclasses import replace

from doubtful_outages import outages
from hypothesis import given, settings

from gridops.adapters.engines import PowerGridModelEngine
from gridops.guard import Guard, Knowledge
from gridops.ids import SectionId, SwitchId
from gridops.network import Network
from gridops.powerflow import RadialFlow
from gridops.response import proposal_of
from gridops.restoration import (
    Branch,
    BranchCause,
    Outlook,
    OutlookSettings,
    Plan,
    Situation,
    outlook_of,
    propose,
)
from gridops.restoration.branches import failed_at
from gridops.restoration.outlook_of import QUICK

FEW = OutlookSettings(steps_max=6, alternatives_tried_max=4, helps_tried_max=6)


def looked_at(situation: Situation) -> tuple[Plan, Outlook]:
    engine = RadialFlow(situation.network)
    plan = propose(situation, engine)
    return plan, outlook_of(situation, plan, engine=engine, settings=FEW)


def failure_of(situation: Situation, plan: Plan, branch: Branch) -> Situation:
    step = branch.step - 1
    return failed_at(situation, plan, step=step, cause=branch.cause, settings=FEW)[0]


def live(network: Network, closed: frozenset[SwitchId]) -> set[SectionId]:
    """Everything joined to a source, by repeating until nothing changes."""
    found = {network.section_of_node[source.node] for source in network.sources.values()}
    grew = True
    while grew:
        joined = {
            end
            for s in closed
            if found & set(network.section_ends[s])
            for end in network.section_ends[s]
        }
        grew = not joined <= found
        found |= joined
    return found


def courses(situation: Situation, plan: Plan, branch: Branch) -> Iterator[frozenset[SwitchId]]:
    """Every state of plan and branch, for every position that the failed device may have, and
    every one that was unknown before."""
    device = plan.steps[branch.step - 1].switch
    closed = set(situation.snapshot.closed)
    doubt = situation.snapshot.unknown
    if branch.cause is BranchCause.SILENT:
        doubt |= {device}
    for step in (*plan.steps[: branch.step - 1], *branch.plan.steps):
        (closed.add if step.closes else closed.discard)(step.switch)
        yield frozenset(closed) - doubt
        yield frozenset(closed) | doubt


@settings(deadline=None)
@given(situation=outages())
def test_plan_and_branch_never_energise_the_suspect(situation: Situation) -> None:
    plan, found = looked_at(situation)
    for branch in found.branches:
        for closed in courses(situation, plan, branch):
            assert not situation.suspected & live(situation.network, closed)


@settings(deadline=None)
@given(situation=outages())
def test_the_guard_accepts_every_branch_from_where_the_failure_leaves_the_grid(
    situation: Situation,
) -> None:
    plan, found = looked_at(situation)
    network = situation.network
    guard = Guard(network, PowerGridModelEngine(network))
    for branch in found.branches:
        failed = failure_of(situation, plan, branch)
        assert plan.steps[branch.step - 1].switch not in {s.switch for s in branch.plan.steps}
        verdict = guard.check_plan(
            proposal_of(branch.plan),
            Knowledge(
                network=network,
                snapshot=failed.snapshot,
                limits=failed.limits,
                loads=failed.loads,
                forbidden=failed.forbidden,
                busy=failed.unavailable,
            ),
        )
        assert verdict.passed, verdict.violations


@settings(deadline=None)
@given(situation=outages())
def test_the_branch_is_what_live_operation_would_propose(situation: Situation) -> None:
    plan, found = looked_at(situation)
    for branch in found.branches:
        failed = failure_of(situation, plan, branch)
        quick = replace(failed.settings, **QUICK)
        alone = propose(replace(failed, settings=quick), RadialFlow(situation.network))
        assert branch.plan == alone


@settings(deadline=None)
@given(situation=outages())
def test_alternatives_differ_and_helps_gain(situation: Situation) -> None:
    plan, found = looked_at(situation)
    moved = [tuple(step.switch for step in plan.steps)]
    for other in found.alternatives:
        moved.append(tuple(step.switch for step in other.plan.steps))
        gone = set(moved[0]) - set(moved[-1])
        assert set(other.without) == gone
        assert not set(other.instead) & set(moved[0])
    assert len(set(moved)) == len(moved)
    dark = {u.section for u in plan.unserved} | plan.suspected
    for one in found.helps:
        assert one.customers_more >= 0
        assert one.minutes_less > 0
        assert set(one.sections) <= dark


@settings(deadline=None)
@given(situation=outages())
def test_the_same_question_gives_the_same_outlook(situation: Situation) -> None:
    assert looked_at(situation) == looked_at(situation)
