"""From the state that any plan leaves: the way back to the normal state."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_feeders import drawings, outage_on

from gridops.adapters.engines import PowerGridModelEngine
from gridops.guard import Guard, Knowledge
from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Quality
from gridops.network import Limits, Network, build_network
from gridops.powerflow import RadialFlow, violations
from gridops.response import proposal_of
from gridops.restoration import (
    Plan,
    PlanSettings,
    Situation,
    off_normal,
    propose,
    return_to_normal,
)
from gridops.restoration.fingerprint import fingerprint
from gridops.restoration.objective import minutes_counted, weight_of_section
from gridops.state import Energisation, energise


@pytest.fixture(autouse=True, scope="module")
def kernels() -> None:
    """Machine code is made before anything is drawn, where it is not kept from another run."""
    drawn = outage_on(
        "S1 [b1] A0 [s1] A1 [s2] A2 (t1) B0 [b2] S2", megawatts=0.1, fault=1, priorities=(3, 3, 3)
    )
    way_back(after(drawn, propose(drawn, RadialFlow(drawn.network))))


@st.composite
def repaired(draw_: st.DrawFn, *, one_busbar: bool = False, doubt: bool = False) -> Situation:
    """A fault on a random grid, its plan carried out, then repaired: nothing is suspected."""
    text = draw_(drawings())
    if one_busbar:
        text = text.replace("S2", "S1").replace("S3", "S1")
    situation = outage_on(
        text,
        megawatts=draw_(st.sampled_from([0.1, 1.5, 3.0])),
        fault=draw_(st.integers(0, 20)),
        priorities=draw_(st.lists(st.integers(1, 4), min_size=3, max_size=3)),
    )
    limits = Limits(voltage_pu_min=draw_(st.sampled_from([0.95, 0.985])))
    situation = replace(situation, limits=limits)
    plan = propose(situation, RadialFlow(situation.network))
    situation = after(situation, plan)
    if one_busbar:
        situation = replace(situation, network=with_rings(situation, draw_))
    if doubt:
        switches = sorted(situation.network.switches)
        some = st.lists(st.sampled_from(switches), max_size=2).map(frozenset)
        snapshot = replace(situation.snapshot, unknown=draw_(some))
        situation = replace(situation, snapshot=snapshot, unavailable=draw_(some))
    return situation


def with_rings(situation: Situation, draw_: st.DrawFn) -> Network:
    parts = situation.network.components
    switches = tuple(replace(s, closes_ring=draw_(st.booleans())) for s in parts.switches)
    return build_network(replace(parts, switches=switches))


def after(situation: Situation, plan: Plan) -> Situation:
    at = situation.snapshot.at
    moved = {s.switch: Measured(s.position, Quality.GOOD, at) for s in plan.steps}
    snapshot = replace(situation.snapshot, positions={**situation.snapshot.positions, **moved})
    back = {s for step in plan.steps for s in step.sections_restored}
    return replace(situation, snapshot=snapshot, dark=situation.dark - back, suspected=frozenset())


def way_back(situation: Situation) -> Plan:
    network = situation.network
    engine = RadialFlow(network, meshed=PowerGridModelEngine(network))
    return return_to_normal(situation, engine)


def states(situation: Situation, plan: Plan) -> Iterator[Energisation]:
    network = situation.network
    closed = set(situation.snapshot.closed)
    yield energise(network, frozenset(closed))
    for step in plan.steps:
        (closed.add if step.closes else closed.discard)(step.switch)
        yield energise(network, frozenset(closed))


ANY = st.one_of(repaired(), repaired(one_busbar=True), repaired(doubt=True))


@given(situation=ANY)
def test_it_ends_in_the_normal_state_or_says_what_stays_and_why(situation: Situation) -> None:
    plan = way_back(situation)
    *_, last = states(situation, plan)
    stays = off_normal(situation.network, last.closed)
    assert tuple(r.option[0] for r in plan.rejected) == stays
    assert all(r.because != "not-looked-at" for r in plan.rejected)
    assert {u.section for u in plan.unserved} == situation.dark - last.source_of.keys()
    moved = [step.switch for step in plan.steps]
    assert len(moved) == len(set(moved))
    assert not set(moved) & (situation.unavailable | situation.snapshot.unknown)


@given(situation=ANY)
def test_only_who_is_declared_is_dropped_and_all_have_supply_again(situation: Situation) -> None:
    plan = way_back(situation)
    for (before, now), step in zip(
        itertools.pairwise(states(situation, plan)), plan.steps, strict=True
    ):
        assert set(now.lost_since(before)) == set(step.sections_dropped)
        assert set(now.gained_since(before)) == set(step.sections_restored)
    first, *_, last = [
        energise(situation.network, situation.snapshot.closed),
        *states(situation, plan),
    ]
    assert first.source_of.keys() <= last.source_of.keys()


@given(situation=ANY)
def test_every_state_is_radial_or_a_declared_ring_that_the_next_step_opens(
    situation: Situation,
) -> None:
    network = situation.network
    plan = way_back(situation)
    seen = list(states(situation, plan))
    for k, live in enumerate(seen):
        assert live.parallels == ()
        if live.loops:
            closing, opening = plan.steps[k - 1], plan.steps[k]
            assert closing.closes
            assert network.switches[closing.switch].closes_ring
            assert not opening.closes
            assert not opening.sections_dropped
            assert seen[k + 1].loops == ()
    assert seen[-1].loops == ()


@given(situation=ANY)
def test_a_second_engine_finds_every_state_within_limits(situation: Situation) -> None:
    network = situation.network
    rated = {s.id: s.current_a_rated for s in network.switches.values()}
    loose = replace(situation.limits, voltage_pu_min=situation.limits.voltage_pu_min - 1e-5)  # type: ignore[operator]
    engine = PowerGridModelEngine(network)
    plan = way_back(situation)
    for live, step in zip(list(states(situation, plan))[1:], plan.steps, strict=True):
        around = network.section_ends[step.switch]
        flow = engine.solve(live.closed, situation.loads, around=around)
        assert violations(flow, replace(loose, loading_pct_max=100.001), rated_a=rated) == ()


@given(situation=ANY)
def test_the_guard_passes_every_way(situation: Situation) -> None:
    plan = way_back(situation)
    known = Knowledge(
        network=situation.network,
        snapshot=situation.snapshot,
        limits=situation.limits,
        loads=situation.loads,
        busy=situation.unavailable,
    )
    guard = Guard(situation.network, PowerGridModelEngine(situation.network))
    verdict = guard.check_plan(proposal_of(plan), known)
    assert verdict.violations == ()


@given(situation=repaired())
def test_no_other_order_costs_less(situation: Situation) -> None:
    """By brute force over every order of the switches that go home."""
    plan = way_back(situation)
    wanted = off_normal(situation.network, situation.snapshot.closed)
    if len(wanted) > 5 or plan.rejected:
        return
    best = min(
        (
            cost
            for order in itertools.permutations(wanted)
            if (cost := costs(situation, order)) is not None
        ),
        default=None,
    )
    assert best is not None
    assert plan.score.weighted_minutes <= best + 1e-9


def costs(situation: Situation, order: tuple[SwitchId, ...]) -> float | None:
    """Weighted minutes of this order without any waiting; None: it makes a ring, breaks a limit
    or a duty, or leaves somebody dark."""
    network = situation.network
    live = energise(network, situation.snapshot.closed)
    since: dict[SectionId, float] = dict.fromkeys(situation.dark, 0.0)
    now_s = may_close_s = minutes = 0.0
    rated = {
        s.id: min(s.current_a_rated, s.pickup_current_a or 1e9) for s in network.switches.values()
    }
    engine = RadialFlow(network)
    for switch in order:
        device = network.switches[switch]
        ends = network.section_ends[switch]
        if not device.breaks_load and any(live.is_supplied(end) for end in ends):
            return None
        after_it = live.moved(switch, closed=device.is_normally_closed)
        flow = engine.solve(after_it.closed, situation.loads, around=ends)
        if after_it.loops or violations(flow, situation.limits, rated_a=rated):
            return None
        dropped = after_it.lost_since(live)
        if device.is_normally_closed:
            now_s = max(now_s, may_close_s)
        elif dropped:
            now_s = max(now_s, may_close_s - device.operating_time_s)
        now_s += device.operating_time_s
        if device.is_normally_closed:
            may_close_s = now_s + situation.settings.closing_gap_s
        for section in after_it.gained_since(live):
            began = since.pop(section)
            minutes += weight_of_section(network, section) * minutes_counted(
                now_s - began, dark_s=0.0
            )
        since.update(dict.fromkeys(dropped, now_s))
        live = after_it
    return None if since else minutes


@given(situation=repaired(doubt=True))
def test_the_same_situation_gives_the_same_bytes(situation: Situation) -> None:
    again = replace(situation, dark=frozenset(sorted(situation.dark, reverse=True)))
    assert fingerprint(way_back(situation)) == fingerprint(way_back(again))


@given(situation=repaired(one_busbar=True))
def test_rings_never_cost_more_than_none(situation: Situation) -> None:
    without = replace(situation, settings=PlanSettings(closed_transition=False))
    closed, opened = way_back(situation), way_back(without)
    if not closed.rejected and not opened.rejected:
        assert closed.score.weighted_minutes <= opened.score.weighted_minutes
