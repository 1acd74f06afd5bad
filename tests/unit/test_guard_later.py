"""What loads draw later: cold load pickup, the hours ahead, and ratings for an emergency."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from gridops.ids import BranchId, LoadId, ProfileId, SourceId
from gridops.network import ColdLoad, Limits, LoadClass, Profile, build_network
from tests.guard_desk import GOOD_PLAN, NIGHT, Desk, broken, desk, on, sections, with_transformer

COLD = ColdLoad(residential=3.0, begins_s=300.0, full_s=1800.0, lasts_s=3600.0)
RATED_A = 400.0
"""Of every line of a drawing."""


def why(situation: Desk, plan: str = GOOD_PLAN) -> list[str]:
    return [v.why.in_english() for v in situation.ask(plan).violations]


def cold(dark_s: float, *, c_w: float = 5e6, plan_s: float = 60.0, **more: Any) -> Desk:
    """A and C have been dark for `dark_s`; the last step is done after `plan_s`."""
    situation = desk(p_w={"C": c_w})
    knowledge = {"dark": sections("A B C"), "dark_s": dark_s, "cold_load": COLD, **more}
    return replace(situation, more=knowledge, done_s={3: plan_s / 2, 4: plan_s})


def test_what_was_dark_for_long_draws_more_when_it_comes_back() -> None:
    assert cold(60.0).ask(GOOD_PLAN).passed
    assert cold(240.0).ask(GOOD_PLAN).passed
    found = why(cold(3600.0))
    assert found
    assert found[0].startswith("with the load that comes back at once: ")
    assert broken(cold(3600.0).ask(GOOD_PLAN)) == {"13"}


def test_the_excess_grows_with_the_time_in_the_dark() -> None:
    """400 A are 15.2 MW at 22 kV; 5 MW and a bit times three are more, times two are not."""
    assert cold(1050.0 - 60.0).ask(GOOD_PLAN).passed
    assert not cold(1800.0 - 60.0).ask(GOOD_PLAN).passed
    assert not cold(0.0, plan_s=1800.0).ask(GOOD_PLAN).passed


def test_nothing_is_cold_without_a_table_or_without_the_dark() -> None:
    assert cold(3600.0, cold_load=None).ask(GOOD_PLAN).passed
    assert cold(3600.0, dark=sections("A")).ask(GOOD_PLAN).passed


def test_what_came_back_long_ago_has_settled() -> None:
    drawing = NIGHT + "D [s9] E (t9) A"
    late = {"dark": sections("A B C"), "dark_s": 0.0, "cold_load": replace(COLD, lasts_s=100.0)}
    tie_first = "open s1, open s2, close t1, close b1"
    for apart_s, fits in ((50.0, False), (100.0, True)):
        # C is back after 1800 s; b1 closes later, on to the same busbar.
        situation = desk(drawing.replace("S1 (b1)", "S2 (b1)"), p_w={"C": 4.8e6, "A": 1e5})
        times = {3: 1800.0, 4: 1800.0 + apart_s}
        asked = replace(situation, more=late, done_s=times).ask(tie_first)
        assert (4 in {v.step for v in asked.violations}) is not fits


def test_an_interrupted_section_is_cold_by_its_own_time_in_the_dark() -> None:
    transfer = desk("S1 [b1] A [s1] B (t1) D [b2] S2", fault="", p_w={"B": 5e6})
    told = {"dark_s": 9000.0, "cold_load": COLD}
    declared = transfer.but(interrupts=sections("B"), more=told)
    assert replace(declared, done_s={1: 10.0, 2: 60.0}).ask("open s1, close t1").passed
    slow = replace(declared, done_s={1: 10.0, 2: 1810.0})
    assert broken(slow.ask("open s1, close t1")) == {"13"}


def test_at_execution_the_time_in_the_dark_is_that_of_now() -> None:
    """`dark_s` has grown by what the steps before took, so that is not added again."""
    halfway = cold(1100.0, plan_s=400.0).moved("open s1, open s2, close b1")
    halfway = replace(halfway, done_s={3: 1000.0, 4: 1010.0})
    assert halfway.ask_before(4, GOOD_PLAN).passed
    assert not replace(halfway, done_s={3: 100.0, 4: 1010.0}).ask_before(4, GOOD_PLAN).passed


def test_each_class_of_load_has_its_own_excess() -> None:
    situation = cold(3600.0)
    loads = tuple(
        replace(load, load_class=LoadClass.INDUSTRIAL)
        for load in situation.network.components.loads
    )
    steady = on(build_network(replace(situation.network.components, loads=loads)), situation)
    assert steady.ask(GOOD_PLAN).passed


def test_what_feeds_in_is_not_multiplied() -> None:
    feeding = cold(3600.0, c_w=-5e6)
    assert feeding.ask(GOOD_PLAN).passed


def test_the_protection_must_stand_the_cold_load_too() -> None:
    trips = desk(p_w={"C": 2e6}, change={"b2": {"pickup_current_a": 120.0}})
    told = {"dark": sections("A B C"), "dark_s": 3600.0, "cold_load": COLD}
    assert trips.ask(GOOD_PLAN).passed
    assert broken(replace(trips, more=told).ask(GOOD_PLAN)) == {"13"}


def evening(c_w: float = 6e6, *factors: float, **more: Any) -> Desk:
    """C follows a day in 24 steps; it is 10:30."""
    situation = desk(p_w={"C": c_w})
    day = Profile(
        id=ProfileId("day"), name="day", factors=tuple(factors or ([1.0] * 12 + [3.0] + [1.0] * 11))
    )
    old = situation.network.components
    loads = tuple(replace(x, profile=day.id) if x.id == LoadId("C") else x for x in old.loads)
    network = build_network(replace(old, loads=loads, profiles=(day,)))
    knowledge = {"at": time(10, 30), "ahead_s": 3 * 3600.0, **more}
    return replace(on(network, situation), more=knowledge)


def test_the_last_state_holds_for_the_hours_ahead() -> None:
    found = why(evening())
    assert len(found) == 1 or all("in 1.5 hours" in reason for reason in found)
    assert found[0].startswith("with the load in 1.5 hours: ")
    assert broken(evening().ask(GOOD_PLAN)) == {"13"}


@pytest.mark.parametrize(
    "situation",
    [
        evening(at=None),
        evening(ahead_s=1.4 * 3600.0),
        evening(6e6, *([1.0] * 24)),
        evening(6e6, *([1.0] * 10 + [3.0] * 14)),
        evening(6e6, *([3.0] * 10 + [1.0] * 14)),
    ],
)
def test_nothing_is_said_of_what_does_not_come(situation: Desk) -> None:
    """No hour is known, it comes too late, nothing changes, it is high now, or it was before."""
    assert situation.ask(GOOD_PLAN).passed


def test_the_step_that_begins_just_then_counts_and_days_go_round() -> None:
    assert not evening(ahead_s=1.5 * 3600.0).ask(GOOD_PLAN).passed
    late = evening(6e6, *([1.0] + [3.0] + [1.0] * 22), at=time(23, 50))
    assert "in 1.17 hours" in why(late)[0]


def test_a_load_that_draws_nothing_now_draws_what_the_grid_states() -> None:
    night = evening(17e6, *([0.0] * 11 + [1.0] + [0.0] * 12))
    known = replace(night.knowledge(), loads={})
    assert "13" in broken(night.guard().check_plan(night.proposal(GOOD_PLAN), known))


def test_what_breaks_without_the_plan_is_not_its_fault() -> None:
    """D is too much for b2 in two hours, with C or without."""
    situation = evening()
    old = situation.network.components
    for name, mine in (("D", False), ("C", True)):
        p_w = {"D": 6e6, "C": 1e5} if name == "D" else {"C": 6e6, "D": 1e5}
        loads = tuple(
            replace(
                x,
                p_w=p_w.get(str(x.id), x.p_w),
                q_var=0.0,
                profile=ProfileId("day") if x.id == LoadId(name) else None,
            )
            for x in old.loads
        )
        changed = on(build_network(replace(old, loads=loads)), situation)
        # The tie is closed on to nothing: C is not joined by s2, only its own bit.
        verdict = changed.ask(GOOD_PLAN)
        assert verdict.passed is False
        assert broken(verdict) == {"13"}
        if not mine:
            alone = changed.ask("open s1, open s2, close b1")
            assert alone.passed


EMERGENCY = Limits(emergency_s=3600.0)


def with_emergency(amperes: float | None, **more: Any) -> Desk:
    situation = desk(p_w={"C": 17e6})
    old = situation.network.components
    branches = tuple(replace(b, current_a_emergency=amperes) for b in old.branches)
    switches = tuple(
        replace(s, current_a_rated=2000.0, pickup_current_a=None) for s in old.switches
    )
    network = build_network(replace(old, branches=branches, switches=switches))
    return replace(on(network, situation).but(limits=EMERGENCY), more={"lasts_s": 3600.0, **more})


def test_emergency_ratings_hold_for_a_state_that_lasts_no_longer() -> None:
    assert with_emergency(600.0).ask(GOOD_PLAN).passed
    assert broken(with_emergency(None).ask(GOOD_PLAN)) == {"13"}
    assert broken(with_emergency(420.0).ask(GOOD_PLAN)) == {"13"}
    assert broken(with_emergency(600.0, lasts_s=3601.0).ask(GOOD_PLAN)) == {"13"}
    assert broken(with_emergency(600.0).but(limits=Limits()).ask(GOOD_PLAN)) == {"13"}
    # The emergency rating is a rating of its own, whatever share of the usual one is allowed.
    tight = replace(EMERGENCY, loading_pct_max=50.0)
    assert "overload" not in str(with_emergency(1000.0).but(limits=tight).ask(GOOD_PLAN))


def test_transformers_have_emergency_ratings_as_well() -> None:
    situation = with_transformer(150e3)
    for emergency_va, passes in ((None, False), (160e3, False), (400e3, True)):
        old = situation.network.components
        transformers = tuple(replace(t, power_va_emergency=emergency_va) for t in old.transformers)
        changed = on(build_network(replace(old, transformers=transformers)), situation)
        asked = replace(changed.but(limits=EMERGENCY), more={"lasts_s": 60.0})
        assert asked.ask(GOOD_PLAN).passed is passes


def test_emergency_ratings_while_cold_count_for_as_long_as_that_lasts() -> None:
    situation = with_emergency(1500.0)
    told = {"dark": sections("A B C"), "dark_s": 3600.0, "lasts_s": 60.0}
    for lasts_s, passes in ((1800.0, True), (7200.0, False)):
        table = replace(COLD, lasts_s=lasts_s, residential=1.5)
        asked = replace(situation, more={**told, "cold_load": table})
        asked = asked.but(limits=replace(EMERGENCY, voltage_pu_min=0.5))
        assert asked.ask(GOOD_PLAN).passed is passes


def with_capacity(va: float | None) -> Desk:
    situation = desk()
    old = situation.network.components
    sources = tuple(
        replace(s, power_va_max=va) if s.id == SourceId("S2") else s for s in old.sources
    )
    return on(build_network(replace(old, sources=sources)), situation)


def test_a_source_gives_no_more_than_its_capacity_reactive_power_included() -> None:
    """C and D draw 200 kW, and the lines give more reactive power than they draw: 239 kVA."""
    assert with_capacity(None).ask(GOOD_PLAN).passed
    assert with_capacity(240e3).ask(GOOD_PLAN).passed
    assert broken(with_capacity(230e3).ask(GOOD_PLAN)) == {"14"}
    off = Limits(loading_pct_max=None)
    assert with_capacity(230e3).but(limits=off).ask(GOOD_PLAN).passed


def test_the_lines_of_a_drawing_are_rated_as_these_tests_say() -> None:
    lines = desk().network.components.branches
    assert {b.current_a_max for b in lines} == {RATED_A}
    assert BranchId("C-t1") in {b.id for b in lines}
