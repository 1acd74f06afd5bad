"""Back to the normal state: which way, in which order, and what stays and why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.events.operator import TagKind
from gridops.ids import GeneratorId, NodeId, SwitchId, TagId, UserName
from gridops.measurement import Measured, Position, Quality
from gridops.network import Generator, GeneratorKind, Limits, build_network, draw
from gridops.powerflow import LoadPower, RadialFlow
from gridops.restoration import (
    Plan,
    PlanSettings,
    Proof,
    Situation,
    off_normal,
    return_to_normal,
)
from gridops.state import LiveState, Tag, energise

NIGHT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
TWO_BUSBARS = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
ONE_BUSBAR = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S1"
RING = {"s2": {"closes_ring": True}}


def standing(
    drawing: str,
    *,
    closed: str,
    settings: PlanSettings | None = None,
    **drawn: Mapping[str, Any],
) -> Situation:
    """A repaired grid with these switches closed and the others open; who is dark now and has
    supply normally waits for it."""
    network = draw(drawing, **drawn)
    now = {SwitchId(s) for s in closed.split()}
    positions = {
        s: Measured(Position.CLOSED if s in now else Position.OPEN, Quality.GOOD, NIGHT)
        for s in network.switches
    }
    blank = LiveState(network=network).snapshot(NIGHT)
    normally = energise(network, network.normally_closed)
    return Situation(
        network=network,
        snapshot=replace(blank, positions=positions, unknown=frozenset(), unreachable=frozenset()),
        closed_before=network.normally_closed,
        suspected=frozenset(),
        dark=frozenset(s for s in energise(network, now).dark if normally.is_supplied(s)),
        loads={load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()},
        limits=network.limits,
        settings=settings or PlanSettings(),
    )


def back(situation: Situation) -> Plan:
    network = situation.network
    return return_to_normal(situation, RadialFlow(network, meshed=PowerGridModelEngine(network)))


def steps(plan: Plan) -> list[str]:
    return [f"{'close' if s.closes else 'open'} {s.switch}" for s in plan.steps]


def reasons(plan: Plan) -> dict[str, tuple[str, str]]:
    return {r.option[0]: (r.because, r.element) for r in plan.rejected}


def test_what_is_dark_comes_back_first_then_the_lent_part_goes_home() -> None:
    plan = back(standing(TWO_BUSBARS, closed="b1 t1 b2"))
    assert steps(plan) == ["close s1", "open t1", "close s2"]
    assert plan.steps[0].sections_restored == ("SB",)
    assert plan.steps[0].customers_restored == 100
    assert plan.steps[1].sections_dropped == plan.steps[2].sections_restored == ("SC",)
    assert plan.steps[2].customers_restored == 0
    assert plan.dropped == {"SC"}
    assert plan.proof is Proof.OPTIMAL
    assert plan.rejected == ()
    assert plan.suspected == frozenset()
    assert plan.fence == ()


def test_the_dropped_part_waits_for_two_movements_alone() -> None:
    plan = back(standing(TWO_BUSBARS, closed="b1 t1 b2"))
    assert [(s.starts_s, s.done_s) for s in plan.steps] == [(0.0, 2.0), (5.0, 7.0), (7.0, 9.0)]
    assert plan.minutes.with_plan == pytest.approx((100 * 2.0 + 100 * 2.0) / 60.0)
    assert plan.minutes.without == 100 * 240.0
    assert plan.score.weighted_minutes == pytest.approx(2 * 100 * (2.0 + 2.0) / 60.0)
    assert plan.score.movements == 3


def test_a_head_breaker_comes_before_what_hangs_on_it() -> None:
    plan = back(standing(TWO_BUSBARS, closed="t1 b2 s2"))
    assert steps(plan) == ["close b1", "open t1", "close s1"]


def test_a_declared_ring_on_one_busbar_interrupts_nobody() -> None:
    plan = back(standing(ONE_BUSBAR, closed="b1 s1 t1 b2", change=RING))
    assert steps(plan) == ["close s2", "open t1"]
    assert plan.dropped == frozenset()
    assert plan.minutes.with_plan == 0.0
    assert plan.score.weighted_minutes == 0.0


@pytest.mark.parametrize(
    ("drawing", "change", "settings"),
    [
        (ONE_BUSBAR, {}, PlanSettings()),
        (ONE_BUSBAR, {"t1": {"closes_ring": True}}, PlanSettings()),
        (ONE_BUSBAR, RING, PlanSettings(closed_transition=False)),
        (TWO_BUSBARS, RING, PlanSettings()),
    ],
    ids=["undeclared", "another-switch", "by-setting", "two-busbars"],
)
def test_no_ring_is_closed_where_none_is_allowed(
    drawing: str, change: Mapping[str, Any], settings: PlanSettings
) -> None:
    plan = back(standing(drawing, closed="b1 s1 t1 b2", change=change, settings=settings))
    assert steps(plan) == ["open t1", "close s2"]
    assert plan.dropped == {"SC"}


def test_a_ring_that_breaks_a_limit_is_not_closed() -> None:
    """The ring carries C twice over: once the short way, once the weak one."""
    busy = {"A": 6e6, "B": 6e6, "C": 0.2e6, "D": 0.1e6}
    change = {**RING, "t1": {"current_a_rated": 20.0}}
    plan = back(standing(ONE_BUSBAR, closed="b1 s1 t1 b2", change=change, p_w=busy))
    assert steps(plan) == ["open t1", "close s2"]


def test_without_an_engine_for_rings_none_is_closed() -> None:
    situation = standing(ONE_BUSBAR, closed="b1 s1 t1 b2", change=RING)
    plan = return_to_normal(situation, RadialFlow(situation.network))
    assert steps(plan) == ["open t1", "close s2"]


def test_of_two_lent_parts_each_is_dropped_alone() -> None:
    """B hangs on t1, C on t2: C cannot go home before B has."""
    drawing = "S1 [b1] A [s1] B [s2] C (t2) E [b3] S3\nB (t1) D [b2] S2"
    plan = back(standing(drawing, closed="b1 t1 b2 t2 b3"))
    assert steps(plan) == ["open t1", "close s1", "open t2", "close s2"]
    assert [s.sections_dropped for s in plan.steps] == [("SB",), (), ("SC",), ()]


def test_a_part_that_lent_further_is_not_dropped_twice() -> None:
    """t1 feeds B and, over n1, also C, which hangs on A normally: first C leaves, then B."""
    drawing = "S1 [b1] A [s1] B (n1) C [s2] A\nB (t1) D [b2] S2"
    drawing = drawing.replace("n1", "t9")
    plan = back(standing(drawing, closed="b1 t1 t9 b2"))
    assert steps(plan) == ["open t9", "close s2", "open t1", "close s1"]
    assert [s.sections_dropped for s in plan.steps] == [("SC",), (), ("SB",), ()]


def test_a_disconnector_moves_while_its_part_is_dead() -> None:
    drawing = "S1 [b1] A [s1] B (d1) C (t1) D [b2] S2\nC [s2] A"
    plan = back(standing(drawing, closed="b1 s1 b2 t1"))
    assert steps(plan) == ["open t1", "close s2"]
    apart = back(standing("S1 [b1] A [s1] B [d1] C (t1) D [b2] S2", closed="b1 t1 b2 s1"))
    assert steps(apart) == []
    assert reasons(apart) == {"d1": ("duty", "d1"), "t1": ("duty", "d1")}


def test_a_load_break_switch_that_carries_more_than_it_breaks_stays() -> None:
    """t1 feeds C with 53 A, its rating is 50 A."""
    weak = {"p_w": {"C": 2e6}, "change": {"t1": {"current_a_rated": 50.0}}}
    plan = back(standing(TWO_BUSBARS, closed="b1 s1 t1 b2", **weak))
    assert steps(plan) == []
    assert reasons(plan)["t1"] == ("duty", "t1")
    breaker = back(
        standing(
            TWO_BUSBARS.replace("t1", "b9"),
            closed="b1 s1 b9 b2",
            p_w={"C": 2e6},
            change={"b9": {"current_a_rated": 50.0}},
        )
    )
    assert steps(breaker) == ["open b9", "close s2"]


def test_an_island_that_a_generator_may_keep_alive_is_not_dropped() -> None:
    """C goes back to S1 with a moment in the dark, in which G could run on out of step."""
    before = standing(TWO_BUSBARS, closed="b1 s1 t1 b2")
    generator = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId("C"),
        kind=GeneratorKind.HYDRO,
        power_va_rated=1e6,
        p_w=-5e5,
        q_var=0.0,
    )
    for island_capable, moved in ((False, ["open t1", "close s2"]), (True, [])):
        of_it = replace(generator, island_capable=island_capable)
        network = build_network(replace(before.network.components, generators=(of_it,)))
        plan = back(replace(before, network=network))
        assert steps(plan) == moved
    assert reasons(plan)["t1"] == ("generator-island", "G")


def tagged(situation: Situation, switch: str, kind: TagKind) -> Situation:
    ident = SwitchId(switch)
    tag = Tag(
        id=TagId("T"), switch=ident, kind=kind, by=UserName("lan"), placed_at=NIGHT, reason=""
    )
    return replace(situation, snapshot=replace(situation.snapshot, tags={ident: (tag,)}))


@pytest.mark.parametrize("kind", [TagKind.NO_CLOSE, TagKind.NO_OPERATE, TagKind.EARTH_APPLIED])
def test_a_tag_on_the_way_home_keeps_the_part_where_it_is(kind: TagKind) -> None:
    plan = back(tagged(standing(TWO_BUSBARS, closed="b1 s1 t1 b2"), "s2", kind))
    assert steps(plan) == []
    assert {because for because, _ in reasons(plan).values()} == {"tag"}
    assert set(reasons(plan)) == {"s2", "t1"}


def test_a_caution_forbids_nothing() -> None:
    plan = back(tagged(standing(TWO_BUSBARS, closed="b1 s1 t1 b2"), "s2", TagKind.CAUTION))
    assert steps(plan) == ["open t1", "close s2"]


def test_one_part_goes_home_although_another_has_to_stay() -> None:
    drawing = "S1 [b1] A [s1] B (t1) D [b2] S2\nA [s2] C (t2) D"
    situation = tagged(standing(drawing, closed="b1 t1 t2 b2"), "s2", TagKind.NO_CLOSE)
    plan = back(situation)
    assert steps(plan) == ["open t1", "close s1"]
    assert reasons(plan) == {"s2": ("tag", "s2"), "t2": ("tag", "s2")}
    assert plan.proof is Proof.OPTIMAL


def test_an_unknown_position_on_the_part_keeps_it_where_it_is() -> None:
    situation = standing(TWO_BUSBARS, closed="b1 s1 t1 b2")
    unknown = frozenset({SwitchId("s1")})
    plan = back(replace(situation, snapshot=replace(situation.snapshot, unknown=unknown)))
    assert steps(plan) == []
    assert set(reasons(plan).values()) == {("unknown-position", "s1")}


def test_an_unreachable_device_is_named() -> None:
    situation = standing(TWO_BUSBARS, closed="b1 s1 t1 b2")
    lost = frozenset({SwitchId("s2")})
    plan = back(replace(situation, snapshot=replace(situation.snapshot, unreachable=lost)))
    assert steps(plan) == []
    assert set(reasons(plan).values()) == {("unreachable", "s2")}


def test_nobody_is_dropped_for_a_truck() -> None:
    crew = {"s2": {"control": "crew", "operating_time_s": 1800.0}}
    drawn = standing(TWO_BUSBARS, closed="b1 s1 t1 b2", change=crew)
    plan = back(drawn)
    assert steps(plan) == []
    assert reasons(plan) == {"s2": ("interruption", "s2"), "t1": ("interruption", "s2")}
    patient = replace(drawn, settings=PlanSettings(interruption_s_max=3600.0))
    assert steps(back(patient)) == ["open t1", "close s2"]


def test_a_normal_state_that_breaks_a_limit_now_is_not_gone_back_to() -> None:
    situation = standing(
        TWO_BUSBARS, closed="b1 s1 t1 b2", p_w={"A": 12e6, "B": 4e6, "C": 3e6, "D": 1e6}
    )
    situation = replace(situation, limits=Limits(voltage_pu_min=0.9, loading_pct_max=110.0))
    plan = back(situation)
    assert steps(plan) == []
    assert {because for because, _ in reasons(plan).values()} == {"overload"}
    (stays,) = [r for r in plan.rejected if r.option == ("s2",)]
    assert stays.value is not None
    assert stays.limit == 110.0
    assert stays.value > 110.0


def test_a_dead_busbar_takes_nobody_home() -> None:
    situation = standing(TWO_BUSBARS, closed="s1 s2 t1 b2")
    dead = frozenset({next(s for s in situation.network.sources if s == "S1")})
    plan = back(replace(situation, snapshot=replace(situation.snapshot, dead_sources=dead)))
    assert steps(plan) == []
    assert reasons(plan)["b1"] == ("dead-source", "SS1")


def test_what_another_incident_suspects_is_left_alone() -> None:
    situation = standing(TWO_BUSBARS, closed="b1 t1 b2")
    section = situation.network.section_of("B")
    plan = back(replace(situation, forbidden=frozenset({section}), dark=frozenset()))
    assert steps(plan) == []
    assert {because for because, _ in reasons(plan).values()} == {"forbidden"}


def test_what_somebody_else_opened_stays_dark() -> None:
    plan = back(replace(standing(TWO_BUSBARS, closed="b1 t1 b2"), dark=frozenset()))
    assert steps(plan) == []
    assert set(reasons(plan).values()) == {("forbidden", "SB")}


def test_only_what_is_asked_for_goes_home() -> None:
    drawing = "S1 [b1] A [s1] B (t1) D [b2] S2\nA [s2] C (t2) D"
    situation = standing(drawing, closed="b1 t1 t2 b2")
    engine = RadialFlow(situation.network)
    plan = return_to_normal(situation, engine, among=(SwitchId("t2"), SwitchId("s2")))
    assert steps(plan) == ["open t2", "close s2"]
    assert plan.rejected == ()


def test_a_grid_in_its_normal_state_needs_nothing() -> None:
    situation = standing(TWO_BUSBARS, closed="b1 s1 s2 b2")
    assert off_normal(situation.network, situation.snapshot.closed) == ()
    plan = back(situation)
    assert (plan.steps, plan.rejected, plan.proof) == ((), (), Proof.OPTIMAL)


def test_many_parts_go_home_one_after_the_other() -> None:
    lines = [f"S1 [b{k}] A{k} [s{k}] B{k} (t{k}) D{k} [b{k + 50}] S2" for k in range(10, 18)]
    away = " ".join(f"b{k} t{k} b{k + 50}" for k in range(10, 18))
    plan = back(standing("\n".join(lines), closed=away))
    assert len(plan.steps) == 16
    assert plan.proof is Proof.HEURISTIC
    assert all(
        opens.sections_dropped == closes.sections_restored
        for opens, closes in zip(plan.steps[::2], plan.steps[1::2], strict=True)
    )


def test_a_device_closes_no_ring_that_it_could_not_close_onto_a_fault() -> None:
    weak = {"s2": {"closes_ring": True, "making_current_a": 100.0}}
    plan = back(standing(ONE_BUSBAR, closed="b1 s1 t1 b2", change=weak))
    assert steps(plan) == []
    assert reasons(plan)["s2"] == ("fault-level", "s2")


def test_a_busbar_without_room_takes_nobody_home() -> None:
    situation = standing(TWO_BUSBARS, closed="b1 s1 t1 b2", p_w=dict.fromkeys("ABCD", 1e6))
    parts = situation.network.components
    small = tuple(replace(s, power_va_max=2.5e6 if s.id == "S1" else None) for s in parts.sources)
    network = build_network(replace(parts, sources=small))
    plan = back(replace(situation, network=network))
    assert steps(plan) == []
    assert {because for because, _ in reasons(plan).values()} == {"source-capacity"}
