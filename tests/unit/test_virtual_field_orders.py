"""Orders, hands, sources, links and meters of the virtual field."""

from dataclasses import replace

import pytest
from virtual_field_story import CLOSED, FEEDER, OPEN, RING, START, Story, at, recloser, with_points

from gridops.errors import ScenarioError, UnknownId
from gridops.ids import LinkId, SourceId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Control, Network, Signal, build_network, draw
from gridops.powerflow import LoadPower
from gridops.virtual_field import Misbehaviour, OrderAnswer, VirtualField
from tests.radial_sweep import RadialSweep

# --- orders and hands ----------------------------------------------------------------------


def test_an_order_moves_the_switch_after_its_operating_time() -> None:
    story = Story(RING)
    assert story.order("s1", OPEN, at_s=10) is OrderAnswer.ACCEPTED
    assert story.field.next_due() == at(10)
    assert story.tell(10) == ["10 s1 position intermediate"]
    assert story.dark == set()
    assert story.field.next_due() == at(12)
    assert story.tell(20) == ["12 s1 position open"]
    assert story.dark == {"SB"}


def test_an_order_to_where_it_stands_is_read_back_at_once() -> None:
    story = Story(RING)
    assert story.order("s1", CLOSED, at_s=10) is OrderAnswer.ACCEPTED
    assert story.tell(20) == ["10 s1 position closed"]


def test_a_switch_without_a_remote_drive_takes_no_order_but_a_hand_moves_it() -> None:
    story = Story(RING, change={"s1": {"control": Control.CREW}})
    assert story.order("s1", OPEN, at_s=10) is OrderAnswer.REFUSED_NOT_REMOTE
    story.hand("s1", OPEN, 20)
    assert story.tell(60) == ["20 s1 position open"]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Misbehaviour.REFUSE, OrderAnswer.REFUSED_FAILED),
        (Misbehaviour.LOCAL, OrderAnswer.REFUSED_LOCAL),
    ],
)
def test_a_device_refuses_until_it_behaves_again(kind: Misbehaviour, answer: OrderAnswer) -> None:
    story = Story(RING)
    story.misbehave("s1", kind, at=at(5))
    story.field.behave(SwitchId("s1"), kind, at=at(20))
    assert story.order("s1", OPEN, at_s=10) is answer
    assert story.tell(15) == []
    assert story.order("s1", OPEN, at_s=20) is OrderAnswer.ACCEPTED


def test_local_control_is_said_where_the_point_is_fitted() -> None:
    story = Story(with_points(draw(RING), ("s1", Signal.LOCAL)))
    story.misbehave("s1", Misbehaviour.LOCAL, at=at(5))
    story.field.behave(SwitchId("s1"), Misbehaviour.LOCAL, at=at(9))
    assert story.tell(60) == ["5 s1 local yes", "9 s1 local no"]


def test_a_stuck_switch_accepts_and_says_nothing_more() -> None:
    story = Story(RING)
    story.misbehave("s1", Misbehaviour.STUCK)
    assert story.order("s1", OPEN, at_s=10) is OrderAnswer.ACCEPTED
    assert story.tell(600) == []


def test_a_slow_switch_takes_its_time_and_is_busy_until_then() -> None:
    story = Story(RING)
    story.misbehave("s1", Misbehaviour.SLOW, slow_s=30.0)
    story.order("s1", OPEN, at_s=10)
    assert story.order("s1", OPEN, at_s=20) is OrderAnswer.REFUSED_BUSY
    assert story.tell(60) == ["10 s1 position intermediate", "40 s1 position open"]


def test_a_hand_overrules_an_order_under_way() -> None:
    story = Story(RING)
    story.order("s1", OPEN, at_s=10)
    story.hand("s1", CLOSED, 11)
    assert story.tell(600) == ["10 s1 position intermediate", "11 s1 position closed"]
    assert not story.dark


def test_a_disconnector_is_interlocked_while_live_and_free_when_dead() -> None:
    story = Story("S1 [b1] A [d1] B")
    assert story.order("d1", OPEN, at_s=5) is OrderAnswer.REFUSED_INTERLOCK
    story.hand("b1", OPEN, 10)
    assert story.order("d1", OPEN, at_s=20) is OrderAnswer.ACCEPTED


@pytest.mark.parametrize("position", [Position.INTERMEDIATE, Position.BAD])
def test_an_order_to_nowhere_is_refused(position: Position) -> None:
    assert Story(RING).order("s1", position, at_s=10) is OrderAnswer.REFUSED_INVALID


def test_a_trip_during_an_operation_is_not_undone_by_a_reclose() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(5.0)})
    story.order("b1", OPEN, at_s=9.8)
    story.field.strike("A", at(10))
    told = story.tell(600)
    assert "10.5 b1 position open" in told
    assert told[-1] == "11.8 b1 position open"


def test_a_fault_is_fenced_and_everyone_healthy_comes_back() -> None:
    story = Story("S1 [b1] A [s1] B [s2] C (t1) D [b2] S2")
    story.field.strike("B", at(1))
    story.tell(20)
    assert story.dark == {"SA", "SB", "SC"}
    for second, switch, position in (
        (30, "s1", OPEN),
        (40, "s2", OPEN),
        (50, "b1", CLOSED),
        (60, "t1", CLOSED),
    ):
        assert story.order(switch, position, at_s=second) is OrderAnswer.ACCEPTED
    told = story.tell(3600)
    assert "52 b1 lockout no" in told
    assert not [line for line in told if line.endswith("protection yes")]
    assert story.dark == {"SB"}


# --- sources, links, meters ------------------------------------------------------------------


def test_lost_supply_makes_it_dark_without_any_protection() -> None:
    story = Story(with_points(draw(FEEDER), ("S1", Signal.VOLTAGE)))
    story.field.lose_source(SourceId("S1"), at(5))
    story.field.restore_source(SourceId("S1"), at(65))
    assert story.tell(10) == ["5 S1 voltage_v 0.0"]
    assert story.dark == {"SS1", "SA", "SB", "SC"}
    assert story.tell(70) == ["65 S1 voltage_v 22000.0"]


def test_a_cut_link_changes_nothing_in_the_field() -> None:
    story = Story(FEEDER)
    story.field.cut_link(LinkId("rtu"), at(5))
    story.field.strike("C", at(6))
    story.field.heal_link(LinkId("rtu"), at(60))
    assert "6.5 b1 position open" in story.tell(10)
    assert story.field.links_cut == {"rtu"}
    story.tell(60)
    assert story.field.links_cut == frozenset()


def metered() -> Network:
    return with_points(
        draw(RING),
        ("b1", Signal.CURRENT),
        ("b1", Signal.POWER),
        ("b2", Signal.POWER),
        ("t1", Signal.POWER),
        ("S1", Signal.VOLTAGE),
        ("B", Signal.VOLTAGE),
    )


def reads(field: VirtualField, element: str, signal: Signal) -> float:
    return float(field.values()[f"{element}.{signal}"].value)


def test_meters_follow_the_power_flow_and_power_has_the_sign_of_the_switch() -> None:
    network = metered()
    field = VirtualField(network, RadialSweep(network), start=START)
    solved = RadialSweep(network).solve(
        field.closed, {e.id: LoadPower(e.p_w, e.q_var) for e in network.loads.values()}
    )
    assert reads(field, "B", Signal.VOLTAGE) == pytest.approx(22_000 * solved.voltage_pu["B"])
    assert reads(field, "b1", Signal.CURRENT) == pytest.approx(solved.switch_current_a["b1"])
    assert reads(field, "b1", Signal.POWER) == pytest.approx(solved.source_p_w["S1"], rel=1e-3)
    # b2 is drawn from C to S2, so its feed flows against it
    assert reads(field, "b2", Signal.POWER) == pytest.approx(-solved.source_p_w["S2"], rel=1e-3)
    assert reads(field, "t1", Signal.POWER) == 0.0


def test_power_is_what_the_loads_draw_at_their_voltage() -> None:
    parts = metered().components
    heavy = tuple(replace(x, p_w=12e6, constant_impedance_share=0.8) for x in parts.loads)
    network = build_network(replace(parts, loads=heavy))
    field = VirtualField(network, RadialSweep(network), start=START)
    solved = RadialSweep(network).solve(
        field.closed, {e.id: LoadPower(e.p_w, e.q_var) for e in network.loads.values()}
    )
    assert solved.voltage_pu["B"] < 0.985
    ahead_w = 3 * network.branches["S1-b1"].r_ohm * solved.current_a["S1-b1"] ** 2
    at_head_w = solved.source_p_w["S1"] - ahead_w
    assert reads(field, "b1", Signal.POWER) == pytest.approx(at_head_w, rel=1e-5)


def test_a_transferred_load_moves_from_one_head_to_the_other() -> None:
    network = metered()
    story = Story(network)
    story.hand("s1", OPEN, 5)
    story.hand("t1", CLOSED, 10)
    story.tell(20)
    assert reads(story.field, "b1", Signal.POWER) == pytest.approx(100e3, rel=1e-3)
    assert reads(story.field, "b2", Signal.POWER) == pytest.approx(-200e3, rel=1e-3)
    assert reads(story.field, "t1", Signal.POWER) == pytest.approx(-100e3, rel=1e-3)


def test_what_is_dead_reads_zero() -> None:
    story = Story(metered())
    story.field.strike("A", at(1))
    story.tell(60)
    for element, signal in (("B", Signal.VOLTAGE), ("b1", Signal.CURRENT), ("b1", Signal.POWER)):
        assert reads(story.field, element, signal) == 0.0
    assert reads(story.field, "S1", Signal.VOLTAGE) == 22_000.0


def test_even_a_load_within_the_deadband_reads_zero_when_dead() -> None:
    drawn = draw("S1 [b1] A", p_w={"A": 500.0})
    story = Story(with_points(drawn, ("b1", Signal.POWER)))
    assert reads(story.field, "b1", Signal.POWER) == pytest.approx(500.0, rel=1e-2)
    story.hand("b1", OPEN, 5)
    story.tell(10)
    assert reads(story.field, "b1", Signal.POWER) == 0.0


def test_a_change_within_the_deadband_is_not_worth_a_word() -> None:
    drawn = draw("S1 [b1] A [s1] B", p_w={"B": 500.0})
    story = Story(with_points(drawn, ("b1", Signal.POWER)))
    story.hand("s1", OPEN, 5)
    assert story.tell(10) == ["5 s1 position open"]


def test_meters_without_a_solution_say_that_they_are_stale() -> None:
    story = Story(metered())
    before = reads(story.field, "b1", Signal.CURRENT)
    story.hand("t1", CLOSED, 5)  # two sources in parallel: a radial engine has no answer
    story.tell(10)
    value = story.field.values()["b1.current_a"]
    assert (value.value, value.quality) == (before, Quality.STALE)
    assert story.field.values()["B.voltage_v"].quality is Quality.STALE
    assert story.field.values()["b1.p_w"].quality is Quality.STALE
    story.hand("t1", OPEN, 15)
    story.tell(20)
    assert story.field.values()["b1.current_a"].quality is Quality.GOOD


# --- time and ids --------------------------------------------------------------------------


def test_the_beginning_is_in_the_values_not_in_the_changes() -> None:
    field = Story(FEEDER).field
    assert field.next_due() is None
    assert field.advance(at(10)) == []
    assert {p: v.value for p, v in field.values().items() if v.point.element == "s1"} == {
        "s1.position": 2,
        "s1.fault_flag": False,
    }


def test_the_past_cannot_be_changed() -> None:
    story = Story(FEEDER)
    story.tell(10)
    for late in (
        lambda: story.field.strike("A", at(9)),
        lambda: story.order("s1", OPEN, at_s=9),
        lambda: story.field.advance(at(9)),
    ):
        with pytest.raises(ScenarioError, match="has passed"):
            late()


def test_unknown_ids_are_refused_with_those_that_are_near() -> None:
    field = Story(FEEDER).field
    with pytest.raises(UnknownId, match="near: S1"):
        field.lose_source(SourceId("S11"), at(5))
    with pytest.raises(UnknownId):
        field.strike("nowhere", at(5))
    with pytest.raises(UnknownId):
        field.order(SwitchId("b11"), OPEN, at=at(5))
    with pytest.raises(UnknownId):
        field.cut_link(LinkId("rtu2"), at(5))


def test_what_makes_no_sense_is_refused() -> None:
    field = Story(FEEDER).field
    with pytest.raises(ScenarioError, match="openings"):
        field.strike("A", at(5), clears_after_openings=0)
    with pytest.raises(ScenarioError, match="INTERMEDIATE"):
        field.operate_by_hand(SwitchId("s1"), Position.INTERMEDIATE, at=at(5))
