"""Two keys for every limit: what the planner lets through, the guard lets through as well."""

from collections import Counter
from dataclasses import replace
from datetime import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from random_feeders import drawings, outage_on

from gridops.adapters.engines import PowerGridModelEngine, PowerGridModelShortCircuit
from gridops.guard import Guard
from gridops.ids import ProfileId
from gridops.network import Components, Control, Limits, LoadClass, Profile, build_network
from gridops.outage import Location, Verdict
from gridops.powerflow import RadialFlow
from gridops.response import Question, knowledge_of, proposal_of
from gridops.restoration import Plan, Situation, propose

HOUR = 3600.0
BOUND: Counter[str] = Counter()
"""Which limits refused something, over all examples."""


def listed(draw_: st.DrawFn, count: int, *values: Any) -> list[Any]:
    return draw_(st.lists(st.sampled_from(values), min_size=count, max_size=count))


def furnished(draw_: st.DrawFn, parts: Components) -> Components:
    """Ratings, capacities, protection and days of every kind, some of them stated."""
    long = draw_(st.sampled_from([1.0, 1.0, 4.0, 10.0]))
    emergency_a = draw_(st.sampled_from([None, 560.0]))
    count = len(parts.switches)
    duty = zip(
        parts.switches,
        listed(draw_, count, None, None, 600.0, 900.0, 1500.0),
        listed(draw_, count, *[None] * 6, 9e3, 14e3),
        listed(draw_, count, *[None] * 6, 4e3, 8e3),
        listed(draw_, count, 2.0, 2.0, 2.0, 900.0, 2400.0),
        strict=True,
    )
    sources = zip(
        parts.sources, listed(draw_, len(parts.sources), None, None, 12e6, 16e6), strict=True
    )
    days = tuple(
        Profile(id=ProfileId(name), name=name, factors=factors)
        for name, factors in (
            ("evening", (*[0.5] * 18, *[1.0] * 6)),
            ("office", (*[0.0] * 8, *[1.0] * 10, *[0.2] * 6)),
        )
    )
    profiles = listed(draw_, len(parts.loads), None, *(day.id for day in days))
    classes = listed(draw_, len(parts.loads), *LoadClass)
    return replace(
        parts,
        branches=tuple(
            replace(b, r_ohm=long * b.r_ohm, x_ohm=long * b.x_ohm, current_a_emergency=emergency_a)
            for b in parts.branches
        ),
        switches=tuple(
            replace(
                s,
                pickup_current_a=pickup if s.protects and pickup else s.pickup_current_a,
                making_current_a=making,
                breaking_current_a=breaking,
                operating_time_s=takes_s,
                control=Control.CREW if takes_s > 60.0 else s.control,
            )
            for s, pickup, making, breaking, takes_s in duty
        ),
        sources=tuple(replace(s, power_va_max=most) for s, most in sources),
        loads=tuple(
            replace(load, profile=day, load_class=kind)
            for load, day, kind in zip(parts.loads, profiles, classes, strict=True)
        ),
        profiles=days,
    )


@st.composite
def outages(draw_: st.DrawFn) -> Situation:
    situation = outage_on(
        draw_(drawings(sections_max=7)),
        megawatts=draw_(st.sampled_from([0.3, 2.0, 3.5, 4.5])),
        fault=draw_(st.integers(0, 20)),
        priorities=[3, 3, 3],
    )
    network = build_network(furnished(draw_, situation.network.components))
    emergency_s = draw_(st.sampled_from([None, HOUR, 8 * HOUR, 8 * HOUR]))
    return replace(
        situation,
        network=network,
        limits=Limits(
            voltage_pu_min=0.9,
            emergency_s=emergency_s,
            fault_in_pickups_min=draw_(st.sampled_from([None, 1.0, 1.2, 1.5])),
        ),
        dark_s=draw_(st.sampled_from([0.0, 0.0, 600.0, HOUR])),
        at=draw_(st.sampled_from([None, time(5, 30), time(15, 30), time(15, 30)])),
    )


def judged(situation: Situation, plan: Plan) -> list[str]:
    """What the guard finds wrong with `plan`, by engines that the planner does not use."""
    network = situation.network
    question = Question(
        network=network,
        snapshot=situation.snapshot,
        closed_before=situation.closed_before,
        location=Location(
            verdict=Verdict.LOCATED, suspects=(), suspected=situation.suspected, evidence=()
        ),
        dark=situation.dark,
        loads=situation.loads,
        limits=situation.limits,
        dark_s=situation.dark_s,
        at=situation.at,
        settings=situation.settings,
    )
    guard = Guard(
        network, PowerGridModelEngine(network), faults=PowerGridModelShortCircuit(network)
    )
    verdict = guard.check_plan(proposal_of(plan), knowledge_of(question))
    return [f"{v.invariant} step {v.step} {v.why.in_english()}" for v in verdict.violations]


@given(situation=outages())
def test_the_guard_passes_what_the_planner_proposes(situation: Situation) -> None:
    plan = propose(situation, RadialFlow(situation.network))
    BOUND.update(r.because for r in plan.rejected)
    assert judged(situation, plan) == []
