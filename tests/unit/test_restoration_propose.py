"""What the planner answers, one drawn grid at a time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from outages import after_trip, closed_by, sections, shown, tagged

from gridops.adapters.engines import PowerGridModelEngine
from gridops.events.operator import TagKind
from gridops.ids import SourceId, SwitchId
from gridops.network import Control, Limits, SwitchKind, build_network
from gridops.restoration import Plan, PlanSettings, Proof, Situation, propose

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"


def plan_of(situation: Situation) -> Plan:
    return propose(situation, PowerGridModelEngine(situation.network))


def refusals(plan: Plan) -> dict[tuple[str, ...], str]:
    return {tuple(r.option): r.because for r in plan.rejected}


def test_a_fault_in_the_middle_is_fed_from_both_ends() -> None:
    plan = plan_of(after_trip(RING, suspected="B"))
    assert shown(plan) == ["open s1", "open s2", "close b1 -> A", "close t1 -> C"]
    assert plan.fence == ("s1", "s2")
    assert plan.proof is Proof.OPTIMAL
    assert (plan.customers.interrupted, plan.customers.restored_by_switching) == (300, 200)
    assert plan.unserved == ()


def test_steps_follow_each_other_and_closings_keep_their_gap() -> None:
    plan = plan_of(after_trip(RING, suspected="B"))
    assert [(s.starts_s, s.done_s) for s in plan.steps] == [(0, 2), (2, 4), (4, 6), (11, 13)]
    assert [s.number for s in plan.steps] == [1, 2, 3, 4]


def test_minutes_count_each_section_until_its_own_step_and_the_rest_until_repair() -> None:
    plan = plan_of(after_trip(RING, suspected="B"))
    until_repair = 4 * 60
    assert plan.minutes.without == 300 * until_repair
    expected = 100 * 6 / 60 + 100 * 13 / 60 + 100 * until_repair
    assert plan.minutes.with_plan == pytest.approx(expected)


def test_a_fault_in_the_head_section_leaves_all_to_the_tie() -> None:
    plan = plan_of(after_trip(RING, suspected="A"))
    assert shown(plan) == ["open s1", "close t1 -> B C"]
    assert plan.fence == ("b1", "s1")


def test_a_step_shows_where_it_is_tightest() -> None:
    plan = plan_of(after_trip(RING, suspected="A", p_w={"B": 2e6, "C": 2e6, "D": 2e6}))
    opening, closing = (step.check for step in plan.steps)
    assert (opening.voltage_pu_min, opening.loading_pct_max) == (None, None)
    # 6 MW over 2 km, 4 MW over 2 km, 2 MW over 2 km; r P + x Q with Q = 0.3 P
    drop_pu = (6 + 4 + 2) * 2 * (0.12 + 0.3 * 0.11) / 22**2
    assert closing.voltage_pu_min == pytest.approx(1 - drop_pu, abs=3e-4)
    assert closing.loading_pct_max == pytest.approx(100 * 6.27e6 / (3**0.5 * 22e3 * 400), rel=0.02)
    assert closing.limiting == "D-b2"


TWO_TIES = """
S1 [b1] A [s1] B [s2] C [s3] D
B (t1) X [b2] S2
D (t2) Y [b3] S3
"""


def test_two_ties_share_what_neither_can_carry_alone() -> None:
    situation = after_trip(
        TWO_TIES, suspected="A", p_w={"B": 4e6, "C": 4e6, "D": 4e6, "X": 4e6, "Y": 4e6}
    )
    plan = plan_of(situation)
    assert plan.customers.restored_by_switching == 300
    assert {"close t1", "close t2"} <= {step.split(" ->")[0] for step in shown(plan)}
    assert refusals(plan)["t1",] == "overload"
    assert refusals(plan)["t2",] == "overload"
    assert plan.proof is Proof.OPTIMAL


def test_a_tie_too_weak_for_all_takes_the_customers_who_count_most() -> None:
    """400 A at 22 kV are 15.2 MVA: D and C with either H or B fit, all four do not."""
    text = "S1 [b1] A [s1] C [s2] H\nC [s3] B\nC (t1) D [b2] S2"
    power = {"C": 1e6, "H": 4e6, "B": 4e6, "D": 6e6}
    loads: dict[str, Any] = {
        "suspected": "A",
        "p_w": power,
        "customers": {"H": 50, "B": 400},
    }
    by_count = plan_of(after_trip(text, **loads))
    assert shown(by_count) == ["open s1", "open s2", "close t1 -> C B"]
    by_priority = plan_of(after_trip(text, priority={"H": 1}, **loads))
    assert shown(by_priority) == ["open s1", "open s3", "close t1 -> C H"]
    (dark,) = by_priority.unserved
    assert (dark.section, dark.because) == ("SB", "overload")
    assert by_priority.proof is Proof.OPTIMAL
    assert by_priority.customers.until_repair == 100 + 400
    impedances = plan_of(with_loads(after_trip(text, **loads), constant_impedance_share=0.2))
    assert shown(impedances) == shown(by_count)
    assert impedances.proof is Proof.GAP, "a lower voltage may lift an overload"


def with_loads(situation: Situation, **change: Any) -> Situation:
    parts = situation.network.components
    loads = tuple(replace(load, **change) for load in parts.loads)
    return replace(situation, network=build_network(replace(parts, loads=loads)))


def test_a_voltage_too_low_at_the_far_end_is_a_limit_too() -> None:
    situation = after_trip(RING, suspected="A", p_w={"B": 2e6, "C": 2e6, "D": 2e6})
    strict = replace(situation, limits=Limits(voltage_pu_min=0.995))
    plan = plan_of(strict)
    assert refusals(plan)["t1",] == "undervoltage"
    assert shown(plan) == ["open s1", "open s2", "close t1 -> C"]
    without = replace(situation, limits=Limits(voltage_pu_min=None))
    assert shown(plan_of(without)) == ["open s1", "close t1 -> B C"]


@pytest.mark.parametrize(
    ("because", "changes"),
    [
        ("tag", {"snapshot": tagged("t1", TagKind.NO_CLOSE)}),
        ("unreachable", {"snapshot": {"unreachable": frozenset({SwitchId("t1")})}}),
        ("not-operable", {"unavailable": frozenset({SwitchId("t1")})}),
        ("dead-source", {"snapshot": {"dead_sources": frozenset({SourceId("S2")})}}),
    ],
)
def test_a_tie_that_may_not_be_used_is_refused_with_its_reason(
    because: str, changes: Mapping[str, Any]
) -> None:
    situation = after_trip(RING, suspected="A")
    fields = dict(changes)
    snapshot = replace(situation.snapshot, **fields.pop("snapshot", {}))
    plan = plan_of(replace(situation, snapshot=snapshot, **fields))
    assert plan.steps == ()
    assert refusals(plan)["t1",] == because
    assert {(u.section, u.because) for u in plan.unserved} == {("SB", because), ("SC", because)}


def test_a_tie_of_unknown_position_may_feed_the_fault_and_forbids_everything() -> None:
    situation = after_trip(RING, suspected="A")
    snapshot = replace(situation.snapshot, unknown=frozenset({SwitchId("t1")}))
    plan = plan_of(replace(situation, snapshot=snapshot))
    assert plan.steps == ()
    assert [(r.option, r.because, r.element) for r in plan.rejected] == [
        (("s1",), "unknown-position", "t1"),
        ((), "no-fence", "SB"),
    ]
    assert {(u.section, u.because) for u in plan.unserved} == {
        ("SB", "no-fence"),
        ("SC", "no-fence"),
    }


def test_a_tie_that_only_closes_under_load_by_name_is_refused_for_its_duty() -> None:
    change = {"t1": {"kind": SwitchKind.DISCONNECTOR}}
    plan = plan_of(after_trip(RING, suspected="A", change=change))
    assert (plan.steps, refusals(plan)["t1",]) == ((), "duty")


def test_without_a_tie_there_is_no_step_and_every_section_says_so() -> None:
    plan = plan_of(after_trip("S1 [b1] A [s1] B", suspected="A"))
    assert plan.steps == ()
    assert [(u.section, u.because) for u in plan.unserved] == [("SB", "no-tie")]
    assert plan.minutes.with_plan == plan.minutes.without


def test_a_fence_switch_of_no_use_widens_the_fence() -> None:
    situation = after_trip("S1 [b1] A [s1] B [s2] C [s3] E (t1) D [b2] S2", suspected="B")
    plan = plan_of(replace(situation, unavailable=frozenset({SwitchId("s2")})))
    assert shown(plan) == ["open s1", "open s3", "close b1 -> A", "close t1 -> E"]
    assert plan.fence == ("s1", "s3")
    assert plan.suspected == {"SB", "SC"}
    assert [(u.section, u.because, u.element) for u in plan.unserved] == [
        ("SC", "not-operable", "s2")
    ]


def test_a_fault_that_cannot_be_fenced_gets_no_plan() -> None:
    situation = after_trip("S1 [b1] A (t1) D [b2] S2", suspected="A")
    snapshot = replace(situation.snapshot, unknown=frozenset({SwitchId("t1")}))
    plan = plan_of(replace(situation, snapshot=snapshot))
    assert plan.steps == ()
    assert refusals(plan) == {("t1",): "unknown-position", (): "no-fence"}


def test_nothing_of_another_incident_is_energised() -> None:
    situation = after_trip("S1 [b1] A [s1] B [s2] C (t1) D [b2] S2", suspected="A")
    plan = plan_of(replace(situation, forbidden=sections("B")))
    assert shown(plan) == ["open s1", "open s2", "close t1 -> C"]
    assert [(u.section, u.because) for u in plan.unserved] == [("SB", "forbidden")]


def test_a_section_at_a_switch_of_unknown_position_stays_dark() -> None:
    text = "S1 [b1] A [s1] B [s2] C [s3] E (t1) D [b2] S2"
    situation = after_trip(text, suspected="A")
    snapshot = replace(situation.snapshot, unknown=frozenset({SwitchId("s2")}))
    plan = plan_of(replace(situation, snapshot=snapshot))
    assert shown(plan) == ["open s1", "open s3", "close t1 -> E"]
    assert {(u.section, u.because) for u in plan.unserved} == {
        ("SB", "unknown-position"),
        ("SC", "unknown-position"),
    }


def test_what_needs_a_crew_comes_after_what_does_not() -> None:
    text = "S1 [b1] A [s1] B\nA [s2] C\nB (t1) X [b2] S2\nC (t2) Y [b3] S3"
    change = {"t1": {"control": Control.CREW, "operating_time_s": 1800.0}}
    plan = plan_of(after_trip(text, suspected="A", change=change))
    assert shown(plan) == ["open s1", "open s2", "close t2 -> C", "close t1 -> B"]
    assert [step.by.value for step in plan.steps] == ["remote"] * 3 + ["crew"]
    assert plan.steps[-1].done_s == 2 + 2 + 2 + 5 + 1800
    assert plan.proof is Proof.OPTIMAL


def test_without_a_crew_its_switches_are_refused() -> None:
    change = {"t1": {"control": Control.CREW}}
    situation = after_trip(RING, suspected="A", change=change)
    alone = replace(situation, settings=PlanSettings(crew_available=False))
    assert refusals(plan_of(alone)) == {("t1",): "not-operable"}
    assert shown(plan_of(situation)) == ["open s1", "close t1 -> B C"]


def test_after_the_repair_the_feeder_goes_back_the_way_it_was_fed() -> None:
    situation = after_trip(RING, suspected="", open_=("s1",))
    plan = plan_of(replace(situation, dark=sections("A", "B", "C")))
    assert plan.customers.until_repair == 0
    assert plan.fence == ()
    assert closed_by(plan) >= {"b1"}


def test_supply_lost_from_above_is_restored_without_feeding_the_dead_busbar() -> None:
    situation = after_trip("S1 [b1] A [s1] B (t1) D [b2] S2", suspected="", tripped="")
    snapshot = replace(situation.snapshot, dead_sources=frozenset({SourceId("S1")}))
    plan = plan_of(replace(situation, snapshot=snapshot, dark=sections("S1", "A", "B")))
    assert shown(plan) == ["open b1", "close t1 -> A B"]


def test_a_load_at_the_pickup_of_the_donors_protection_is_too_much() -> None:
    change = {"b2": {"pickup_current_a": 150.0}}
    power = {"B": 2e6, "C": 2e6, "D": 2e6}
    plan = plan_of(after_trip(RING, suspected="A", p_w=power, change=change))
    assert refusals(plan)["t1",] == "switch-rating"
    assert shown(plan) == ["open s1", "open s2", "close t1 -> C"]


def test_an_island_without_a_tie_of_its_own_is_fed_through_its_neighbour() -> None:
    text = "S1 [b1] A [s1] B\nA [s2] C\nB (t2) C\nB (t1) D [b2] S2"
    plan = plan_of(after_trip(text, suspected="A"))
    assert shown(plan) == ["open s1", "open s2", "close t1 -> B", "close t2 -> C"]


def test_the_same_situation_gives_the_same_plan_whatever_the_order_of_its_sets() -> None:
    situation = after_trip(TWO_TIES, suspected="A", p_w={"B": 4e6, "C": 4e6, "D": 4e6})
    again = replace(situation, dark=frozenset(sorted(situation.dark, reverse=True)))
    assert plan_of(situation) == plan_of(again)
