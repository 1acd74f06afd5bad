"""Faults, protection, indicators and hands in the virtual field, told as dialogues.

`Story` plays a drawn grid; `tell(seconds)` runs it and writes down what the field said,
one line per value: seconds since the start, element, signal, value.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridops.errors import ScenarioError, UnknownId
from gridops.ids import LinkId, SourceId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Control, Network, Point, Signal, build_network, draw
from gridops.powerflow import RadialSweep
from gridops.virtual_field import (
    FieldSettings,
    Misbehaviour,
    OrderAnswer,
    PointValue,
    VirtualField,
)
from gridops.virtual_field.fault_current import fault_current_path

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
FEEDER = "S1 [b1] A [s1] B [s2] C"
RING = "S1 [b1] A [s1] B (t1) C [b2] S2"
LATERAL = "S1 [b1] A [s1] B\nA [r1] D [s3] E"
OPEN, CLOSED = Position.OPEN, Position.CLOSED
CALM = FieldSettings(reset_after_s=1e6)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def written(value: PointValue) -> str:
    said: object = value.value
    if value.point.signal is Signal.POSITION:
        said = Position(int(value.value)).name.lower()
    elif isinstance(value.value, bool):
        said = "yes" if value.value else "no"
    seconds = (value.source_time - START).total_seconds()
    return f"{seconds:g} {value.point.element} {value.point.signal} {said}"


class Story:
    def __init__(
        self,
        drawing: str | Network,
        settings: FieldSettings = CALM,
        change: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        network = draw(drawing, change=change) if isinstance(drawing, str) else drawing
        self.field = VirtualField(network, RadialSweep(network), start=START, settings=settings)

    def tell(self, until_s: float) -> list[str]:
        return [written(value) for value in self.field.advance(at(until_s))]

    def order(self, switch: str, position: Position, at_s: float) -> OrderAnswer:
        return self.field.order(SwitchId(switch), position, at(at_s))

    def hand(self, switch: str, position: Position, at_s: float) -> None:
        self.field.operate_by_hand(SwitchId(switch), position, at(at_s))

    def misbehave(self, device: str, kind: Misbehaviour, **how: Any) -> None:
        self.field.misbehave(SwitchId(device), kind, **how)

    @property
    def dark(self) -> set[str]:
        return set(self.field.dark)


def recloser(*dead_times_s: float) -> dict[str, Any]:
    return {"reclose_delays_s": dead_times_s}


def with_points(network: Network, *points: tuple[str, Signal]) -> Network:
    added = tuple(
        Point(id=f"{e}.{s}", link=LinkId("rtu"), element=e, signal=s, node_id=f"{e}.{s}")
        for e, s in points
    )
    return build_network(replace(network.components, points=(*network.components.points, *added)))


# --- which way fault current takes -------------------------------------------------------


def path(
    drawing: str, fault: str, *closed: str, live: tuple[str, ...] = ("SS1",)
) -> dict[str, int]:
    return fault_current_path(draw(drawing), set(closed), live, fault)


def test_fault_current_passes_every_switch_from_the_source_to_the_fault_and_no_other() -> None:
    assert path(LATERAL, "SE", "b1", "s1", "r1", "s3") == {"s3": 0, "r1": 1, "b1": 2}


def test_two_sources_feed_a_fault_between_them_from_both_sides() -> None:
    both = path(RING, "SB", "b1", "s1", "t1", "b2", live=("SS1", "SS2"))
    assert both == {"s1": 0, "t1": 0, "b1": 1, "b2": 1}


def test_a_closed_ring_feeds_a_fault_both_ways_round() -> None:
    ring = "S1 [b1] A [s1] B [s2] C [b2] S1\nB [r1] D"
    assert path(ring, "SD", "b1", "s1", "s2", "b2", "r1") == {
        "r1": 0, "s1": 1, "s2": 1, "b1": 2, "b2": 2,
    }  # fmt: skip


def test_a_fault_without_a_source_draws_no_current() -> None:
    assert path(RING, "SB", "s1", "b2", live=("SS1", "SS2")) == {}


# --- protection ------------------------------------------------------------------------------


def test_a_permanent_fault_trips_the_head_breaker_and_flags_the_way_to_it() -> None:
    story = Story(FEEDER)
    story.field.strike("B", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.2 s1 fault_flag yes",
        "1.5 b1 position open",
        "1.5 b1 lockout yes",
    ]
    assert story.dark == {"SA", "SB", "SC"}


def test_a_transient_fault_clears_on_the_first_reclose_momentary() -> None:
    story = Story(FEEDER, change={"b1": recloser(0.5, 20.0)})
    story.field.strike("B", at(1), clears_after_openings=1)
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.2 s1 fault_flag yes",
        "1.5 b1 position open",
        "2 b1 position closed",
        "2 b1 protection no",
    ]
    assert not story.dark


def test_a_stubborn_transient_fault_clears_on_the_second_reclose() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5, 20.0)})
    story.field.strike("A", at(1), clears_after_openings=2)
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.5 b1 position open",
        "2 b1 position closed",
        "2.5 b1 position open",
        "22.5 b1 position closed",
        "22.5 b1 protection no",
    ]


def test_a_permanent_fault_uses_all_shots_up_and_locks_out() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5, 20.0)})
    story.field.strike("A", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.5 b1 position open",
        "2 b1 position closed",
        "2.5 b1 position open",
        "22.5 b1 position closed",
        "23 b1 position open",
        "23 b1 lockout yes",
    ]


def test_shots_are_forgotten_once_the_breaker_has_held_for_its_reclaim_time() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5)})
    story.field.strike("A", at(0), clears_after_openings=1)
    story.field.strike("A", at(100), clears_after_openings=1)
    told = story.tell(600)
    assert [line for line in told if "position" in line] == [
        "0.5 b1 position open",
        "1 b1 position closed",
        "100.5 b1 position open",
        "101 b1 position closed",
    ]


def test_a_second_fault_within_the_reclaim_time_finds_no_shot_left() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5)})
    story.field.strike("A", at(0), clears_after_openings=1)
    story.field.strike("A", at(10), clears_after_openings=1)
    assert story.tell(600)[-2:] == ["10.5 b1 position open", "10.5 b1 lockout yes"]


def test_the_recloser_on_the_lateral_is_faster_and_the_head_breaker_only_picks_up() -> None:
    story = Story(LATERAL)
    story.field.strike("E", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1 r1 protection yes",
        "1.1 r1 position open",
        "1.1 b1 protection no",
        "1.1 r1 lockout yes",
        "1.2 r1 fault_flag yes",
        "1.2 s3 fault_flag yes",
    ]
    assert story.dark == {"SD", "SE"}


def test_on_equal_delay_the_device_nearest_to_the_fault_trips() -> None:
    story = Story("S1 [b1] A [b2] B [b3] C")
    story.field.strike("C", at(1))
    told = story.tell(600)
    assert [line for line in told if "open" in line] == ["1.5 b3 position open"]


def test_a_faster_device_upstream_trips_first_as_badly_coordinated() -> None:
    story = Story("S1 [b1] A [r1] B", change={"b1": {"trip_delay_s": 0.05}})
    story.field.strike("B", at(1))
    told = story.tell(600)
    assert "1.05 b1 position open" in told
    assert "1.05 r1 protection no" in told
    assert story.dark == {"SA", "SB"}


def test_a_stuck_recloser_is_backed_up_by_the_breaker_upstream() -> None:
    story = Story(LATERAL)
    story.misbehave("r1", Misbehaviour.STUCK)
    story.field.strike("D", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1 r1 protection yes",
        "1.2 r1 fault_flag yes",
        "1.5 b1 position open",
        "1.5 r1 protection no",
        "1.5 b1 lockout yes",
    ]


def test_a_device_without_a_lockout_point_locks_out_in_silence() -> None:
    story = Story("S1 [b1] A", change={"b1": {"lockout_point": False}})
    story.field.strike("A", at(1))
    assert story.tell(600) == ["1 b1 protection yes", "1.5 b1 position open"]


def test_a_lockout_signal_can_get_lost() -> None:
    story = Story("S1 [b1] A")
    story.misbehave("b1", Misbehaviour.NO_LOCKOUT_SIGNAL)
    story.field.strike("A", at(1))
    assert story.tell(600) == ["1 b1 protection yes", "1.5 b1 position open"]


def test_closing_onto_a_fault_trips_again_without_reclosing() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5)})
    story.field.strike("A", at(1))
    story.tell(60)
    assert story.order("b1", CLOSED, 100) is OrderAnswer.ACCEPTED
    assert story.tell(600) == [
        "100 b1 position intermediate",
        "102 b1 lockout no",
        "102 b1 position closed",
        "102.5 b1 position open",
        "102.5 b1 lockout yes",
    ]


def test_after_repair_the_breaker_closes_and_holds() -> None:
    story = Story("S1 [b1] A")
    story.field.strike("A", at(1))
    story.field.repair("A", at(50))
    story.tell(60)
    story.order("b1", CLOSED, 100)
    assert story.tell(600) == [
        "100 b1 position intermediate",
        "102 b1 lockout no",
        "102 b1 position closed",
        "102 b1 protection no",
    ]
    assert not story.dark


def test_a_load_break_switch_closed_onto_a_fault_makes_the_donor_trip() -> None:
    story = Story(RING)
    story.field.strike("B", at(1))
    story.tell(60)
    story.order("t1", CLOSED, 100)
    assert [line for line in story.tell(600) if "open" in line] == ["102.5 b2 position open"]


def test_an_opening_on_order_ends_the_reclosing() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(20.0)})
    story.field.strike("A", at(1))
    story.tell(5)
    assert story.order("b1", OPEN, 10) is OrderAnswer.ACCEPTED
    assert story.tell(600) == ["10 b1 position open"]


def test_two_faults_at_once_are_cleared_by_two_breakers() -> None:
    story = Story(RING)
    story.field.strike("A", at(1))
    story.field.strike("C", at(1))
    told = story.tell(600)
    assert [line for line in told if "open" in line] == [
        "1.5 b1 position open",
        "1.5 b2 position open",
    ]
    assert story.dark == {"SA", "SB", "SC"}


def test_a_fault_in_a_dark_section_waits_for_the_supply() -> None:
    story = Story("S1 (b1) A")
    story.field.strike("A", at(1))
    assert story.tell(60) == []
    story.hand("b1", CLOSED, 100)
    assert story.tell(600) == [
        "100 b1 position closed",
        "100 b1 protection yes",
        "100.5 b1 position open",
        "100.5 b1 lockout yes",
    ]


def test_the_fuse_nearest_to_the_fault_blows_and_nobody_hears_of_it() -> None:
    drawn = draw("S1 [b1] A [f1] D [f2] E")
    silent = tuple(p for p in drawn.components.points if p.element not in ("f1", "f2"))
    story = Story(build_network(replace(drawn.components, points=silent)))
    story.field.strike("E", at(1))
    assert story.tell(600) == ["1 b1 protection yes", "1.1 b1 protection no"]
    assert story.dark == {"SE"}


def test_a_recloser_on_its_fast_curve_saves_the_fuse() -> None:
    fast = {"r1": {"trip_delay_s": 0.02} | recloser(0.5)}
    story = Story("S1 [b1] A [r1] D [f1] E", change=fast)
    story.field.strike("E", at(1), clears_after_openings=1)
    told = story.tell(600)
    assert "1.02 r1 position open" in told
    assert not [line for line in told if " f1 " in line]
    assert not story.dark


# --- indicators --------------------------------------------------------------------------


def test_a_flag_resets_once_supply_has_been_back_for_a_minute() -> None:
    story = Story(FEEDER, FieldSettings(), change={"b1": recloser(0.5)})
    story.field.strike("B", at(1), clears_after_openings=1)
    assert "62 s1 fault_flag no" in story.tell(600)


def test_an_opened_fence_keeps_its_flag() -> None:
    story = Story(FEEDER, FieldSettings())
    story.field.strike("B", at(1))
    story.hand("s1", OPEN, 50)
    story.hand("b1", CLOSED, 60)
    assert not [line for line in story.tell(3600) if "fault_flag no" in line]


def test_a_flag_does_not_reset_while_reclosing_goes_on() -> None:
    story = Story(FEEDER, FieldSettings(), change={"b1": recloser(0.5, 70.0)})
    story.field.strike("B", at(1))
    assert not [line for line in story.tell(3600) if "fault_flag no" in line]


def test_a_silent_indicator_stays_silent() -> None:
    story = Story(FEEDER)
    story.misbehave("s1", Misbehaviour.INDICATOR_SILENT)
    story.field.strike("C", at(1))
    told = story.tell(600)
    assert [line for line in told if "fault_flag" in line] == ["1.2 s2 fault_flag yes"]


def test_a_stray_indicator_flags_without_cause_and_resets_as_any_other() -> None:
    story = Story(FEEDER, FieldSettings())
    story.misbehave("s2", Misbehaviour.INDICATOR_STRAY, at=at(5))
    assert story.tell(600) == ["5 s2 fault_flag yes", "65 s2 fault_flag no"]


# --- orders and hands ----------------------------------------------------------------------


def test_an_order_moves_the_switch_after_its_operating_time() -> None:
    story = Story(RING)
    assert story.order("s1", OPEN, 10) is OrderAnswer.ACCEPTED
    assert story.field.next_due() == at(10)
    assert story.tell(10) == ["10 s1 position intermediate"]
    assert story.dark == set()
    assert story.field.next_due() == at(12)
    assert story.tell(20) == ["12 s1 position open"]
    assert story.dark == {"SB"}


def test_an_order_to_where_it_stands_is_read_back_at_once() -> None:
    story = Story(RING)
    assert story.order("s1", CLOSED, 10) is OrderAnswer.ACCEPTED
    assert story.tell(20) == ["10 s1 position closed"]


def test_a_switch_without_a_remote_drive_takes_no_order_but_a_hand_moves_it() -> None:
    story = Story(RING, change={"s1": {"control": Control.CREW}})
    assert story.order("s1", OPEN, 10) is OrderAnswer.REFUSED_NOT_REMOTE
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
    story.field.behave(SwitchId("s1"), kind, at(20))
    assert story.order("s1", OPEN, 10) is answer
    assert story.tell(15) == []
    assert story.order("s1", OPEN, 20) is OrderAnswer.ACCEPTED


def test_local_control_is_said_where_the_point_is_fitted() -> None:
    story = Story(with_points(draw(RING), ("s1", Signal.LOCAL)))
    story.misbehave("s1", Misbehaviour.LOCAL, at=at(5))
    story.field.behave(SwitchId("s1"), Misbehaviour.LOCAL, at(9))
    assert story.tell(60) == ["5 s1 local yes", "9 s1 local no"]


def test_a_stuck_switch_accepts_and_says_nothing_more() -> None:
    story = Story(RING)
    story.misbehave("s1", Misbehaviour.STUCK)
    assert story.order("s1", OPEN, 10) is OrderAnswer.ACCEPTED
    assert story.tell(600) == []


def test_a_slow_switch_takes_its_time_and_is_busy_until_then() -> None:
    story = Story(RING)
    story.misbehave("s1", Misbehaviour.SLOW, slow_s=30.0)
    story.order("s1", OPEN, 10)
    assert story.order("s1", OPEN, 20) is OrderAnswer.REFUSED_BUSY
    assert story.tell(60) == ["10 s1 position intermediate", "40 s1 position open"]


def test_a_disconnector_is_interlocked_while_live_and_free_when_dead() -> None:
    story = Story("S1 [b1] A [d1] B")
    assert story.order("d1", OPEN, 5) is OrderAnswer.REFUSED_INTERLOCK
    story.hand("b1", OPEN, 10)
    assert story.order("d1", OPEN, 20) is OrderAnswer.ACCEPTED


@pytest.mark.parametrize("position", [Position.INTERMEDIATE, Position.BAD])
def test_an_order_to_nowhere_is_refused(position: Position) -> None:
    assert Story(RING).order("s1", position, 10) is OrderAnswer.REFUSED_INVALID


def test_a_trip_during_an_operation_is_not_undone_by_a_reclose() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(5.0)})
    story.order("b1", OPEN, 9.8)
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
        assert story.order(switch, position, second) is OrderAnswer.ACCEPTED
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
        field.closed, {load.id: load for load in network.loads.values()}
    )
    assert reads(field, "B", Signal.VOLTAGE) == pytest.approx(22_000 * solved.voltage_pu["B"])
    assert reads(field, "b1", Signal.CURRENT) == pytest.approx(solved.switch_current_a["b1"])
    assert reads(field, "b1", Signal.POWER) == pytest.approx(solved.source_p_w["S1"], rel=1e-3)
    # b2 is drawn from C to S2, so its feed flows against it
    assert reads(field, "b2", Signal.POWER) == pytest.approx(-solved.source_p_w["S2"], rel=1e-3)
    assert reads(field, "t1", Signal.POWER) == 0.0


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


def test_meters_without_a_solution_say_that_they_are_stale() -> None:
    story = Story(metered())
    before = reads(story.field, "b1", Signal.CURRENT)
    story.hand("t1", CLOSED, 5)  # two sources in parallel: a radial engine has no answer
    story.tell(10)
    value = story.field.values()["b1.current_a"]
    assert (value.value, value.quality) == (before, Quality.STALE)
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
        lambda: story.order("s1", OPEN, 9),
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
        field.order(SwitchId("b11"), OPEN, at(5))
    with pytest.raises(UnknownId):
        field.cut_link(LinkId("rtu2"), at(5))


def test_what_makes_no_sense_is_refused() -> None:
    field = Story(FEEDER).field
    with pytest.raises(ScenarioError, match="openings"):
        field.strike("A", at(5), clears_after_openings=0)
    with pytest.raises(ScenarioError, match="INTERMEDIATE"):
        field.operate_by_hand(SwitchId("s1"), Position.INTERMEDIATE, at(5))
