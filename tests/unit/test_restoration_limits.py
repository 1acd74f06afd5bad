"""Emergency ratings, sources, faults, cold load, the hours ahead, generators."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from outages import after_trip, shown

from gridops.adapters.engines import PowerGridModelEngine
from gridops.guard import Guard
from gridops.ids import GeneratorId, NodeId, ProfileId, SectionId
from gridops.network import (
    Control,
    Generator,
    GeneratorKind,
    Limits,
    Profile,
    build_network,
)
from gridops.powerflow import RadialFlow
from gridops.restoration import Plan, PlanSettings, Proof, Rejected, Situation, propose
from gridops.study.random_trials import guarded

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
HOUR = 3600.0


def plan_of(situation: Situation) -> Plan:
    return propose(situation, RadialFlow(situation.network))


def refusal(plan: Plan, *ties: str) -> Rejected:
    return {tuple(r.option): r for r in plan.rejected}[ties]


def changed(situation: Situation, table: str, **fields: Any) -> Situation:
    """`fields` of every element of `table`, each a value or a value by id."""
    parts = situation.network.components

    def of(row: Any) -> Any:
        values = {k: v.get(row.id) if isinstance(v, Mapping) else v for k, v in fields.items()}
        return replace(row, **{k: v for k, v in values.items() if v is not None})

    rows = tuple(of(row) for row in getattr(parts, table))
    return replace(situation, network=build_network(replace(parts, **{table: rows})))


# Emergency ratings -------------------------------------------------------------------------

HEAVY = {"B": 6e6, "C": 6e6, "D": 6e6}
"""18.8 MVA over D-b2, whose 400 A are 15.2 MVA."""


def uprated(*, emergency_s: float | None, repair_s: float) -> Plan:
    heavy = changed(
        after_trip(RING, suspected="A", p_w=HEAVY), "branches", current_a_emergency=520.0
    )
    limits = Limits(emergency_s=emergency_s)
    return plan_of(replace(heavy, limits=limits, settings=PlanSettings(repair_s=repair_s)))


def test_an_emergency_rating_carries_until_the_repair() -> None:
    plan = uprated(emergency_s=4 * HOUR, repair_s=4 * HOUR)
    assert shown(plan) == ["open s1", "close t1 -> B C"]
    assert plan.proof is Proof.OPTIMAL
    assert plan.steps[-1].check.emergency == ("D-b2", "S2-b2")


@pytest.mark.parametrize("emergency_s", [None, 2 * HOUR])
def test_an_emergency_rating_is_of_no_use_when_the_repair_takes_longer(
    emergency_s: float | None,
) -> None:
    plan = uprated(emergency_s=emergency_s, repair_s=4 * HOUR)
    refused = refusal(plan, "t1")
    assert (refused.because, refused.element, refused.limit) == ("overload", "D-b2", 100.0)
    assert "close t1 -> B C" not in shown(plan)
    assert all(step.check.emergency == () for step in plan.steps)


def test_more_than_the_emergency_rating_is_refused_with_that_limit() -> None:
    heavy = after_trip(RING, suspected="A", p_w={**HEAVY, "D": 10e6})
    heavy = changed(heavy, "branches", current_a_emergency=520.0)
    plan = plan_of(replace(heavy, limits=Limits(emergency_s=4 * HOUR)))
    assert refusal(plan, "t1").limit == pytest.approx(130.0)


# Sources -----------------------------------------------------------------------------------


def test_a_source_gives_no_more_than_it_can() -> None:
    """3 x 2 MW are 6.3 MVA, and a few losses."""
    light = after_trip(RING, suspected="A", p_w={"B": 2e6, "C": 2e6, "D": 2e6})
    plan = plan_of(changed(light, "sources", power_va_max={"S2": 6e6}))
    refused = refusal(plan, "t1")
    assert (refused.because, refused.element, refused.limit) == ("source-capacity", "S2", 6e6)
    assert refused.value == pytest.approx(6.28e6, rel=0.02)
    assert shown(plan) == ["open s1", "open s2", "close t1 -> C"]
    enough = plan_of(changed(light, "sources", power_va_max={"S2": 6.6e6}))
    assert shown(enough) == ["open s1", "close t1 -> B C"]


# Reach of protection -----------------------------------------------------------------------

LONG = {"r_ohm": 1.2, "x_ohm": 1.1}


def far_away(pickup_a: float, *, least: float | None = 1.2, before_a: float = 300.0) -> Plan:
    """Every line has 1.2 + j1.1 ohm, the source 0.19 + j1.93. Seven lines lie between S2 and the
    far end of B: 11000 / |8.59 + j9.63| = 852 A; five up to that of C: 1137 A."""
    situation = after_trip(
        RING,
        suspected="A",
        change={"b2": {"pickup_current_a": pickup_a}, "b1": {"pickup_current_a": before_a}},
        p_w={"A": 1e5, "B": 1e5, "C": 1e5, "D": 1e5},
    )
    situation = changed(situation, "branches", **LONG)
    return plan_of(replace(situation, limits=Limits(fault_in_pickups_min=least)))


def test_protection_must_see_a_fault_at_the_new_end() -> None:
    plan = far_away(750.0)
    refused = refusal(plan, "t1")
    assert (refused.because, refused.element) == ("protection-reach", "b2")
    assert refused.value == pytest.approx(852, abs=1)
    assert refused.limit == pytest.approx(1.2 * 750)
    assert shown(plan) == ["open s1", "open s2", "close t1 -> C"]
    (dark,) = plan.unserved
    assert (dark.section, dark.because, dark.element) == ("SB", "protection-reach", "b2")


@pytest.mark.parametrize(("pickup_a", "least"), [(700.0, 1.2), (750.0, 1.1), (750.0, None)])
def test_where_it_sees_the_fault_or_is_not_asked_all_comes_back(
    pickup_a: float, least: float | None
) -> None:
    assert shown(far_away(pickup_a, least=least)) == ["open s1", "close t1 -> B C"]


def test_what_was_as_blind_before_the_outage_is_not_the_plans_doing() -> None:
    """What is the far end from S2 was the near one from S1, three lines away: 1703 A. With a
    pick-up of 1600 A b1 saw 1.06 times that, b2 will see 1.14 times its own."""
    assert shown(far_away(750.0, before_a=1600.0)) == ["open s1", "close t1 -> B C"]


def test_a_recloser_on_the_way_takes_over_what_the_breaker_cannot_see() -> None:
    text = "S1 [b1] A [s1] B [r2] C (t1) D [b2] S2"
    situation = after_trip(
        text,
        suspected="A",
        change={"b2": {"pickup_current_a": 750.0}, "r2": {"pickup_current_a": 300.0}},
        p_w={"A": 1e5, "B": 1e5, "C": 1e5, "D": 1e5},
    )
    plan = plan_of(changed(situation, "branches", **LONG))
    assert shown(plan) == ["open s1", "close t1 -> B C"]


# Fault level -------------------------------------------------------------------------------


def test_nothing_closes_onto_a_fault_level_that_it_does_not_stand() -> None:
    """1.1 * 22 kV behind 250 MVA and two lines: 5.4 kA, and a peak of about 9 kA."""
    situation = after_trip(RING, suspected="A")
    plan = plan_of(changed(situation, "switches", making_current_a={"t1": 8e3}))
    refused = refusal(plan, "t1")
    assert (refused.because, refused.element, refused.limit) == ("fault-level", "t1", 8e3)
    assert plan.steps == ()
    strong = plan_of(changed(situation, "switches", making_current_a={"t1": 16e3}))
    assert shown(strong) == ["open s1", "close t1 -> B C"]


def test_what_would_trip_must_be_able_to_break_the_higher_fault_level() -> None:
    text = "S1 [b1] A [s1] X [r2] C (t1) D [b2] S2"
    situation = after_trip(text, suspected="A")
    plan = plan_of(changed(situation, "switches", breaking_current_a={"r2": 4.2e3}))
    strong = plan_of(changed(situation, "switches", breaking_current_a={"r2": 12.5e3}))
    assert shown(strong) == ["open s1", "close t1 -> X C"]
    assert shown(plan) == ["open s1", "close t1 -> X C"], "as high as before, from S1"
    nearer = changed(situation, "sources", short_circuit_va={"S2": 800e6})
    refused = refusal(plan_of(changed(nearer, "switches", breaking_current_a={"r2": 4.2e3})), "t1")
    assert (refused.because, refused.element) == ("fault-level", "r2")


# Cold load ---------------------------------------------------------------------------------

WARM = {"B": 3e6, "C": 3e6, "D": 6e6}
"""12.5 MVA of 15.2; with B and C twice, 18.8."""
BY_CREW = {"t1": {"control": Control.CREW, "operating_time_s": 1800.0}}


def test_remote_switching_meets_no_cold_load() -> None:
    assert shown(plan_of(after_trip(RING, suspected="A", p_w=WARM)))[-1] == "close t1 -> B C"


def test_what_a_crew_brings_back_after_half_an_hour_draws_twice() -> None:
    plan = plan_of(after_trip(RING, suspected="A", p_w=WARM, change=BY_CREW))
    refused = refusal(plan, "t1")
    assert (refused.because, refused.element) == ("cold-load", "D-b2")
    assert (refused.breaks, refused.limit) == ("overload", 100.0)
    assert refused.value == pytest.approx(100 * 18.9 / 15.24, rel=0.01)
    assert shown(plan) == ["open s1", "open s2", "close t1 -> C"]
    (dark,) = plan.unserved
    assert (dark.section, dark.because) == ("SB", "cold-load")


def test_an_outage_that_is_old_already_draws_twice_by_remote_as_well() -> None:
    old = replace(after_trip(RING, suspected="A", p_w=WARM), dark_s=HOUR)
    assert refusal(plan_of(old), "t1").because == "cold-load"


def test_an_emergency_rating_bears_cold_load_until_it_has_gone() -> None:
    crew = after_trip(RING, suspected="A", p_w=WARM, change=BY_CREW)
    crew = changed(crew, "branches", current_a_emergency=520.0)
    for_an_hour = replace(crew, limits=Limits(emergency_s=HOUR))
    assert shown(plan_of(for_an_hour))[-1] == "close t1 -> B C"
    for_less = replace(crew, limits=Limits(emergency_s=HOUR - 1))
    assert refusal(plan_of(for_less), "t1").because == "cold-load"


def wide_then_tight(dark_s: float) -> Plan:
    """By remote s3 parts the fault and D comes back; a crew at s2 lets C follow half an hour
    later, while D still draws twice if it was dark for an hour: 5 + 3 x 4 MW are 17.8 MVA."""
    situation = after_trip(
        "S1 [b1] A [s1] B [s2] C [s3] D (t1) E [b2] S2",
        suspected="B",
        p_w={"A": 1e6, "B": 1e6, "C": 3e6, "D": 3e6, "E": 5e6},
        change={"s2": {"control": Control.CREW, "operating_time_s": 1800.0}},
    )
    return plan_of(replace(situation, dark_s=dark_s))


def test_what_an_earlier_stage_brought_back_is_still_cold() -> None:
    assert shown(wide_then_tight(0.0))[-1] == "close s3 -> C"
    old = wide_then_tight(HOUR)
    assert "close t1 -> D" in shown(old)
    assert [dark.section for dark in old.unserved] == ["SC"]


# The hours ahead ---------------------------------------------------------------------------


def in_the_evening(*loads: str, text: str = RING, **told: Any) -> Situation:
    """`loads` draw twice as much from 18:00 on."""
    situation = after_trip(text, suspected="A", **told)
    parts = situation.network.components
    day = Profile(id=ProfileId("day"), name="day", factors=(*[0.5] * 18, *[1.0] * 6))
    rows = tuple(replace(x, profile=day.id) if x.id in loads else x for x in parts.loads)
    return replace(
        situation,
        network=build_network(replace(parts, profiles=(day,), loads=rows)),
        at=time.fromisoformat("15:30"),
    )


def test_a_plan_must_hold_until_the_evening() -> None:
    """12.5 MVA now, 18.8 with B and C twice."""
    plan = plan_of(in_the_evening("B", "C", p_w=WARM))
    refused = refusal(plan, "t1")
    assert (refused.because, refused.element) == ("look-ahead", "D-b2")
    assert (refused.breaks, refused.in_s) == ("overload", 2.5 * HOUR)
    assert shown(plan) == ["open s1", "open s2", "close t1 -> C"]


@pytest.mark.parametrize(
    "told",
    [
        {"at": None},
        {"at": time.fromisoformat("13:30")},
        {"settings": PlanSettings(repair_s=2 * HOUR)},
        {"settings": PlanSettings(look_ahead_s=2 * HOUR)},
    ],
    ids=["no time", "evening is later", "repaired before", "asked for less"],
)
def test_nobody_asks_for_what_lies_beyond_the_repair_or_the_look(told: dict[str, Any]) -> None:
    plan = plan_of(replace(in_the_evening("B", "C", p_w=WARM), **told))
    assert shown(plan)[-1] == "close t1 -> B C"


def test_what_breaks_in_the_evening_anyway_is_not_the_plans_doing() -> None:
    text = f"{RING}\nS2 [b3] E"
    told: dict[str, Any] = {"p_w": {**WARM, "E": 10e6}}
    plan = plan_of(in_the_evening("E", text=text, **told))
    assert shown(plan)[-1] == "close t1 -> B C"


# Generators and parallels ------------------------------------------------------------------


def with_generator(situation: Situation, node: str, **change: Any) -> Situation:
    generator = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId(node),
        kind=GeneratorKind.HYDRO,
        power_va_rated=5e6,
        p_w=-4e6,
        q_var=0.0,
        **change,
    )
    parts = replace(situation.network.components, generators=(generator,))
    return replace(situation, network=build_network(parts))


def test_generators_count_for_nothing_where_they_trip_with_the_outage() -> None:
    heavy = after_trip(RING, suspected="A", p_w=HEAVY)
    assert plan_of(with_generator(heavy, "C")) == plan_of(heavy)


def test_generators_of_the_donor_count_for_nothing() -> None:
    heavy = after_trip(RING, suspected="A", p_w=HEAVY)
    assert plan_of(with_generator(heavy, "D")) == plan_of(heavy)


def test_an_island_that_a_generator_may_keep_alive_is_cut_off_and_left_alone() -> None:
    ring = RING.replace("s1", "r1")
    plan = plan_of(with_generator(after_trip(ring, suspected="A"), "B", island_capable=True))
    assert shown(plan) == ["open r1", "open s2", "close t1 -> C"]
    (dark,) = plan.unserved
    assert (dark.section, dark.because, dark.element) == ("SB", "generator-island", "G")


@pytest.mark.parametrize(("switch", "parted"), [("s1", False), ("d1", False), ("b4", True)])
def test_only_a_breaker_parts_a_fault_that_a_generator_may_feed(switch: str, parted: bool) -> None:
    """A at fault, the generator in B: what joins them may carry the fault's current."""
    ring = RING.replace("s1", switch)
    told = with_generator(after_trip(ring, suspected="A"), "B", island_capable=True)
    plan = plan_of(told)
    assert (switch in [step.switch for step in plan.steps]) is parted
    guard = Guard(told.network, PowerGridModelEngine(told.network))
    assert guarded(guard, told, plan=plan).violations == ()


@pytest.mark.parametrize(("switch", "parted"), [("s1", False), ("b4", True)])
def test_the_fault_of_another_incident_is_parted_by_breakers_alone(
    switch: str, parted: bool
) -> None:
    """A may hold another fault, which the generator in A may feed; E is at fault."""
    ring = RING.replace("s1", switch).replace("S1 [b1] A", "S1 [b1] E [b5] A")
    told = with_generator(after_trip(ring, suspected="E"), "A", island_capable=True)
    told = replace(told, forbidden=frozenset({SectionId("SA")}))
    plan = plan_of(told)
    assert (switch in [step.switch for step in plan.steps]) is parted
    guard = Guard(told.network, PowerGridModelEngine(told.network))
    assert guarded(guard, told, plan=plan).violations == ()


def test_a_disconnector_does_not_part_an_island_that_a_generator_may_keep_alive() -> None:
    """A is healthy and stays dark with B: d1 between them may carry load."""
    ring = RING.replace("s1", "d1")
    told = with_generator(after_trip(ring, suspected="C"), "B", island_capable=True)
    plan = plan_of(told)
    assert [step.switch for step in plan.steps] == []
    assert {u.section: u.because for u in plan.unserved} == {"SA": "duty", "SB": "duty"}
    guard = Guard(told.network, PowerGridModelEngine(told.network))
    assert guarded(guard, told, plan=plan).violations == ()


def test_a_dark_part_between_two_ties_is_never_joined_to_both() -> None:
    text = f"{RING}\nB (t2) E [b3] S3"
    plan = plan_of(after_trip(text, suspected="A"))
    closing = {step.switch for step in plan.steps if step.closes}
    assert len(closing & {"t1", "t2"}) == 1
    assert plan.customers.restored_by_switching == 200
