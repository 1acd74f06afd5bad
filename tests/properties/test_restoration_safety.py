"""Whatever the grid, the fault and the doubt: what no plan may do, by a trace of the test's own."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from random_feeders import drawings, outage_on

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import SectionId, SwitchId
from gridops.network import Limits, Network
from gridops.powerflow import RadialFlow, violations
from gridops.restoration import PRIORITY_WEIGHTS, Plan, Proof, Situation, propose
from gridops.restoration.fingerprint import fingerprint
from tests.radial_sweep import RadialSweep


@st.composite
def outages(draw_: st.DrawFn, *, doubt: bool = False, sections_max: int = 8) -> Situation:
    """A fault somewhere on a random grid, at light or heavy load, with limits that may bind."""
    text = draw_(drawings(sections_max=sections_max))
    situation = outage_on(
        text,
        megawatts=draw_(st.sampled_from([0.1, 1.5, 3.0, 4.5])),
        fault=draw_(st.integers(0, 20)),
        priorities=draw_(st.lists(st.integers(1, 4), min_size=3, max_size=3)),
    )
    limits = Limits(voltage_pu_min=draw_(st.sampled_from([0.95, 0.985])))
    situation = replace(situation, limits=limits)
    if not doubt:
        return situation
    switches = sorted(situation.network.switches)
    unknown = frozenset(draw_(st.lists(st.sampled_from(switches), max_size=2)))
    unavailable = frozenset(draw_(st.lists(st.sampled_from(switches), max_size=2)))
    snapshot = replace(situation.snapshot, unknown=unknown)
    return replace(situation, snapshot=snapshot, unavailable=unavailable)


def plan_of(situation: Situation) -> Plan:
    return propose(situation, RadialFlow(situation.network))


def states(situation: Situation, plan: Plan) -> Iterator[frozenset[SwitchId]]:
    closed = set(situation.snapshot.closed)
    yield frozenset(closed)
    for step in plan.steps:
        (closed.add if step.closes else closed.discard)(step.switch)
        yield frozenset(closed)


def reached(network: Network, closed: frozenset[SwitchId], start: set[SectionId]) -> set[SectionId]:
    """Everything joined to `start`, by repeating until nothing changes."""
    found = set(start)
    grew = True
    while grew:
        grew = False
        for switch in closed:
            ends = set(network.section_ends[switch])
            if ends & found and not ends <= found:
                found |= ends
                grew = True
    return found


def live(situation: Situation, closed: frozenset[SwitchId]) -> set[SectionId]:
    network = situation.network
    starts = {network.section_of_node[source.node] for source in network.sources.values()}
    return reached(network, closed, starts)


@given(situation=outages(doubt=True))
def test_nothing_suspected_is_energised_whatever_the_unknown_positions_are(
    situation: Situation,
) -> None:
    unknown = situation.snapshot.unknown
    plan = plan_of(situation)
    for closed in states(situation, plan) if plan.steps else ():
        for some in itertools.chain.from_iterable(
            itertools.combinations(sorted(unknown), k) for k in range(len(unknown) + 1)
        ):
            state = closed - unknown | frozenset(some)
            assert not situation.suspected & live(situation, state)


@given(situation=outages(doubt=True))
def test_every_state_is_radial_and_nobody_is_dropped(situation: Situation) -> None:
    network = situation.network
    plan = plan_of(situation)
    before = live(situation, situation.snapshot.closed)
    for closed in states(situation, plan):
        now = live(situation, closed)
        assert before <= now
        before = now
        roots = {network.section_of_node[s.node] for s in network.sources.values()}
        inside = [s for s in closed if network.section_ends[s][0] in now]
        assert len(inside) == len(now) - len(roots)


@given(situation=outages(doubt=True))
def test_no_switch_moves_that_may_not_and_none_twice(situation: Situation) -> None:
    plan = plan_of(situation)
    moved = [step.switch for step in plan.steps]
    assert len(moved) == len(set(moved))
    assert not set(moved) & (situation.unavailable | situation.snapshot.unknown)


@given(situation=outages())
def test_the_second_engine_finds_every_state_within_limits(situation: Situation) -> None:
    network = situation.network
    rated = {s.id: s.current_a_rated for s in network.switches.values()}
    plan = plan_of(situation)
    sweep = RadialSweep(network)
    first, *rest = states(situation, plan)
    at_first = sweep.solve(first, situation.loads)
    already = {v.element for v in violations(at_first, situation.limits, rated_a=rated)}
    tight = replace(
        situation.limits,
        voltage_pu_min=(situation.limits.voltage_pu_min or 0) - 1e-5,
        loading_pct_max=(situation.limits.loading_pct_max or 0) + 1e-3,
    )
    for closed in rest:
        broken = violations(sweep.solve(closed, situation.loads), tight, rated_a=rated)
        assert {v.element for v in broken} <= already


@given(situation=outages(sections_max=6))
def test_an_optimal_plan_restores_no_less_than_brute_force(situation: Situation) -> None:
    """Over every setting of the switches beside the dark part, the fence left open."""
    plan = plan_of(situation)
    if plan.proof is not Proof.OPTIMAL:
        return
    network = situation.network
    fenced = set(plan.fence)
    free = [
        s
        for s, ends in network.section_ends.items()
        if s not in fenced and situation.dark & set(ends) and not set(ends) & plan.suspected
    ]
    if len(free) > 8:
        return
    fixed = situation.snapshot.closed - fenced - set(free)
    best = max(
        weight_if_good(situation, plan, fixed | frozenset(some))
        for k in range(len(free) + 1)
        for some in itertools.combinations(free, k)
    )
    restored = {s for step in plan.steps for s in step.sections_restored}
    assert weight(situation, restored) >= best - 1e-6


def weight(situation: Situation, restored: set[SectionId]) -> float:
    network = situation.network
    return sum(
        load.customers * PRIORITY_WEIGHTS[load.priority]
        for section in restored & situation.dark
        for load in network.loads_of_section[section]
    )


def weight_if_good(situation: Situation, plan: Plan, closed: frozenset[SwitchId]) -> float:
    """What is restored in this state, or nothing if it is unsafe."""
    network = situation.network
    now = live(situation, closed)
    roots = {network.section_of_node[s.node] for s in network.sources.values()}
    inside = [s for s in closed if network.section_ends[s][0] in now]
    if now & plan.suspected or len(inside) != len(now) - len(roots):
        return 0.0
    flow = RadialSweep(network).solve(closed, situation.loads)
    rated = {
        s.id: min(s.current_a_rated, s.pickup_current_a or 1e9) for s in network.switches.values()
    }
    before = RadialSweep(network).solve(situation.snapshot.closed, situation.loads)
    was = {v.element for v in violations(before, situation.limits, rated_a=rated)}
    if was or violations(flow, situation.limits, rated_a=rated):
        return 0.0
    return weight(situation, now)


@given(situation=outages(doubt=True))
def test_the_same_situation_gives_the_same_bytes(situation: Situation) -> None:
    again = replace(situation, dark=frozenset(sorted(situation.dark, reverse=True)))
    engine = RadialFlow(situation.network)
    engine.solve(frozenset(), {})
    assert fingerprint(plan_of(situation)) == fingerprint(propose(again, engine))


@given(situation=outages(doubt=True))
def test_judging_by_what_is_added_finds_the_same_plan_as_solving_every_state(
    situation: Situation,
) -> None:
    network = situation.network
    quick = propose(situation, RadialFlow(network))
    for slow in (RadialSweep(network), PowerGridModelEngine(network)):
        other = propose(situation, slow)
        assert [replace(s, check=None) for s in quick.steps] == [
            replace(s, check=None) for s in other.steps
        ]
        assert (quick.proof, quick.unserved) == (other.proof, other.unserved)
        assert [(r.option, r.because, r.element) for r in quick.rejected] == [
            (r.option, r.because, r.element) for r in other.rejected
        ]


@given(situation=outages(doubt=True))
def test_what_is_interrupted_is_either_restored_or_listed(situation: Situation) -> None:
    plan = plan_of(situation)
    restored = {s for step in plan.steps for s in step.sections_restored}
    unserved = {u.section for u in plan.unserved}
    assert restored | unserved | situation.suspected >= situation.dark
    assert not restored & unserved
    tally = plan.customers
    assert tally.interrupted == tally.restored_by_switching + tally.until_repair
    assert tally.restored_by_switching == sum(step.customers_restored for step in plan.steps)
    assert plan.minutes.with_plan <= plan.minutes.without + 1e-9
