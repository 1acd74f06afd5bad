"""What devices tell beside one flag: direction, phases, voltage loss, sizes, meters."""

from dataclasses import replace
from typing import Any

import pytest
from virtual_field_story import CALM, FEEDER, LATERAL, Story, at, recloser, with_points

from gridops.errors import ScenarioError
from gridops.ids import GeneratorId, LoadId, NodeId
from gridops.measurement import Position, Reading
from gridops.network import (
    Generator,
    GeneratorKind,
    IndicatorKind,
    Network,
    Signal,
    build_network,
    draw,
)
from gridops.powerflow import FaultKind, Level, RadialShortCircuit
from gridops.virtual_field import FieldSettings, Misbehaviour

DIRECTIONAL = {"indicator": IndicatorKind.DIRECTIONAL}
NEEDS_LOSS = {"indicator_needs_voltage_loss": True}
PHASE_FLAGS = ("fault_flag_a", "fault_flag_b", "fault_flag_c", "fault_flag_n")


def said(told: list[str], *words: str) -> list[str]:
    return [line for line in told if any(f" {word} " in line for word in words)]


def flags(story: Story, until_s: float = 600) -> list[str]:
    return [line for line in story.tell(until_s) if "fault_flag" in line]


def with_generator(drawing: str, node: str, kind: GeneratorKind, **change: Any) -> Network:
    drawn = draw(drawing, change=change)
    generator = Generator(
        id=GeneratorId("G"), name="G", node=NodeId(node), kind=kind,
        power_va_rated=1e6, p_w=-5e5, q_var=0.0,
    )  # fmt: skip
    return build_network(replace(drawn.components, generators=(generator,)))


def with_part_points(network: Network, device: str) -> Network:
    return with_points(network, *((device, Signal(flag)) for flag in PHASE_FLAGS))


# --- direction and backfeed ---------------------------------------------------------------


def directed(drawing: str, *devices: str) -> Network:
    drawn = draw(drawing, change=dict.fromkeys(devices, DIRECTIONAL))
    return with_points(drawn, *((device, Signal.FAULT_FLAG_REVERSE) for device in devices))


def test_a_directional_indicator_tells_from_which_side_the_current_came() -> None:
    story = Story(directed("S1 [b1] A [s1] B [s2] C [b2] S2", "s1", "s2"))
    story.field.strike("B", at(1))
    assert flags(story) == ["1.2 s1 fault_flag yes", "1.2 s2 fault_flag_reverse yes"]


def test_the_current_goes_round_a_ring_in_both_directions() -> None:
    ring = "S1 [b1] A [s1] B [s2] C [s3] D [b2] S1"
    story = Story(directed(ring, "s1", "s2", "s3"))
    story.field.strike("A", at(1))
    assert flags(story) == [
        "1.2 s1 fault_flag_reverse yes",
        "1.2 s2 fault_flag_reverse yes",
        "1.2 s3 fault_flag_reverse yes",
    ]


def test_a_directional_flag_resets_whole() -> None:
    story = Story(
        with_points(
            draw(FEEDER, change={"s1": DIRECTIONAL, "b1": recloser(0.5)}),
            ("s1", Signal.FAULT_FLAG_REVERSE),
        ),
        FieldSettings(),
    )
    story.field.strike("B", at(1), clears_after_openings=1)
    assert flags(story) == ["1.2 s1 fault_flag yes", "62 s1 fault_flag no"]


def test_without_backfeed_a_generator_behind_the_fault_flags_nothing() -> None:
    story = Story(with_generator(FEEDER, "C", GeneratorKind.HYDRO))
    story.field.strike("B", at(1))
    assert flags(story) == ["1.2 s1 fault_flag yes"]


BACKFEED = replace(CALM, backfeed=True)


def test_with_backfeed_an_indicator_behind_the_fault_flags_as_well() -> None:
    story = Story(with_generator(FEEDER, "C", GeneratorKind.HYDRO), BACKFEED)
    story.field.strike("B", at(1))
    assert flags(story) == ["1.2 s1 fault_flag yes", "1.2 s2 fault_flag yes"]


def test_a_directional_indicator_knows_backfeed_from_the_grid() -> None:
    network = with_generator(FEEDER, "C", GeneratorKind.HYDRO, s1=DIRECTIONAL, s2=DIRECTIONAL)
    points = [(device, Signal.FAULT_FLAG_REVERSE) for device in ("s1", "s2")]
    story = Story(with_points(network, *points), BACKFEED)
    story.field.strike("B", at(1))
    assert flags(story) == ["1.2 s1 fault_flag yes", "1.2 s2 fault_flag_reverse yes"]


def test_inverters_feed_faults_only_where_that_is_said() -> None:
    network = with_generator(FEEDER, "C", GeneratorKind.PHOTOVOLTAIC)
    for inverters, flagged in ((False, {"s1"}), (True, {"s1", "s2"})):
        story = Story(network, replace(BACKFEED, backfeed_inverters=inverters))
        story.field.strike("B", at(1))
        assert {line.split()[1] for line in flags(story)} == flagged


def test_backfeed_trips_no_relay() -> None:
    """A generator on the neighbouring feeder: its own breaker sees the current, and holds."""
    network = with_generator("S1 [b1] A\nS1 [b2] C [s2] D", "D", GeneratorKind.HYDRO)
    story = Story(network, BACKFEED)
    story.field.strike("A", at(1))
    told = story.tell(600)
    assert said(told, "b2") == []
    assert said(told, "s2") == ["1.2 s2 fault_flag yes"]


def test_a_generator_that_has_tripped_does_not_feed_the_next_fault() -> None:
    network = with_generator(FEEDER, "C", GeneratorKind.HYDRO, b1=recloser(20.0))
    story = Story(network, replace(BACKFEED, reset_after_s=5.0, generators_return_s=60.0))
    story.field.strike("B", at(1), clears_after_openings=1)  # closed at 21.5, flags reset at 26.5
    story.field.strike("B", at(40), clears_after_openings=1)
    told = [line for line in flags(story) if " s2 " in line]
    assert told == ["1.2 s2 fault_flag yes", "26.5 s2 fault_flag no"]


# --- phases -------------------------------------------------------------------------------


def test_the_phases_of_an_earth_fault_are_flagged() -> None:
    story = Story(with_part_points(draw(FEEDER), "s1"))
    story.field.strike("B", at(1), phases="an")
    assert flags(story) == [
        "1.2 s1 fault_flag yes",
        "1.2 s1 fault_flag_a yes",
        "1.2 s1 fault_flag_n yes",
    ]


def test_a_fault_between_all_phases_has_no_residual_current() -> None:
    story = Story(with_part_points(draw(FEEDER), "s1"))
    story.field.strike("B", at(1))
    assert {line.split()[2] for line in flags(story)} == {"fault_flag", *PHASE_FLAGS[:3]}


def test_an_indicator_with_crossed_sensors_names_another_phase() -> None:
    story = Story(with_part_points(draw(FEEDER), "s1"))
    story.misbehave("s1", Misbehaviour.INDICATOR_WRONG_PHASE)
    story.field.strike("B", at(1), phases="cn")
    assert {line.split()[2] for line in flags(story)} == {
        "fault_flag", "fault_flag_a", "fault_flag_n",
    }  # fmt: skip


@pytest.mark.parametrize("phases", ["", "n", "aa", "x", "abcx"])
def test_phases_that_cannot_be_are_refused(phases: str) -> None:
    with pytest.raises(ScenarioError, match="phases"):
        Story(FEEDER).field.strike("B", at(1), phases=phases)


def test_a_fuse_that_blows_in_one_phase_loses_that_phase_only() -> None:
    drawn = draw("S1 [b1] A [f1] B [s1] C")
    losses = [Signal.VOLTAGE_LOSS, Signal.VOLTAGE_LOSS_A, Signal.VOLTAGE_LOSS_B]
    story = Story(with_points(drawn, *(("s1", signal) for signal in losses)))
    story.field.strike("C", at(1), phases="a")
    told = story.tell(600)
    assert said(told, "f1", "b1") == ["1 b1 protection yes", "1.1 b1 protection no"]
    assert said(told, *losses) == ["1.6 s1 voltage_loss_a yes"]
    assert not story.dark


def test_a_fuse_that_blew_in_one_phase_is_renewed_by_hand() -> None:
    story = Story(with_points(draw("S1 [b1] A [f1] B [s1] C"), ("s1", Signal.VOLTAGE_LOSS_A)))
    story.field.strike("C", at(1), phases="an")
    story.field.repair("C", at(50))
    story.hand("f1", Position.CLOSED, 60)
    assert said(story.tell(600), "voltage_loss_a") == [
        "1.6 s1 voltage_loss_a yes",
        "60 s1 voltage_loss_a no",
    ]


def test_a_fault_in_a_second_phase_opens_what_is_left_of_the_fuses() -> None:
    story = Story("S1 [b1] A [f1] B")
    story.field.strike("B", at(1), phases="an")
    story.field.strike("B", at(10), phases="bcn")
    assert said(story.tell(600), "position") == ["10.1 f1 position open"]
    assert story.dark == {"SB"}


# --- voltage loss -------------------------------------------------------------------------

NEEDY = {"s1": NEEDS_LOSS, "r1": NEEDS_LOSS, "s2": NEEDS_LOSS, "s3": NEEDS_LOSS}
CHAIN = "S1 [b1] A [s1] B [r1] C [s2] D [s3] E"


def test_an_indicator_that_needs_voltage_loss_is_silent_above_the_device_that_cleared() -> None:
    story = Story(CHAIN, change=NEEDY)
    story.field.strike("D", at(1))
    assert flags(story) == ["1.3 r1 fault_flag yes", "1.3 s2 fault_flag yes"]


def test_all_flag_if_the_head_breaker_had_to_clear() -> None:
    story = Story(CHAIN, change=NEEDY)
    story.misbehave("r1", Misbehaviour.STUCK)
    story.field.strike("D", at(1))
    assert [line.split()[1] for line in flags(story)] == ["s1", "r1", "s2"]


def test_supply_that_goes_long_after_the_current_is_no_reason_to_flag() -> None:
    story = Story(CHAIN, change=NEEDY)
    story.field.strike("D", at(1))
    story.hand("b1", Position.OPEN, 30)
    assert [line.split()[1] for line in flags(story)] == ["r1", "s2"]


def test_a_voltage_detector_watches_the_load_side() -> None:
    points = [(device, Signal.VOLTAGE_LOSS) for device in ("r1", "s1", "s2")]
    story = Story(with_points(draw(CHAIN), *points))
    story.field.strike("D", at(1))
    assert said(story.tell(600), "voltage_loss") == [
        "1.6 r1 voltage_loss yes",
        "1.6 s2 voltage_loss yes",
    ]


def test_a_voltage_detector_ignores_a_dead_time_shorter_than_its_delay() -> None:
    network = with_points(draw(FEEDER, change={"b1": recloser(0.3)}), ("s1", Signal.VOLTAGE_LOSS))
    story = Story(network)
    story.field.strike("B", at(1), clears_after_openings=1)
    assert said(story.tell(600), "voltage_loss") == []


def test_a_voltage_detector_at_a_tie_watches_both_sides() -> None:
    ring = draw("S1 [b1] A (t1) B [b2] S2")
    story = Story(with_points(ring, ("t1", Signal.VOLTAGE_LOSS)))
    story.field.strike("A", at(1))
    assert said(story.tell(600), "voltage_loss") == ["2 t1 voltage_loss yes"]


# --- indicators that go wrong -------------------------------------------------------------


def test_a_stuck_flag_stays_until_it_is_mended() -> None:
    story = Story(FEEDER, FieldSettings(), change={"b1": recloser(0.5)})
    story.misbehave("s1", Misbehaviour.INDICATOR_STUCK)
    story.field.strike("B", at(1), clears_after_openings=1)
    assert flags(story, 3600) == ["1.2 s1 fault_flag yes"]
    story.field.behave("s1", Misbehaviour.INDICATOR_STUCK, at=at(4000))
    assert flags(story, 7200) == ["4060 s1 fault_flag no"]


def test_a_late_indicator_flags_after_everybody_else() -> None:
    story = Story(FEEDER)
    story.misbehave("s1", Misbehaviour.INDICATOR_LATE, slow_s=25.0)
    story.field.strike("C", at(1))
    assert flags(story) == ["1.2 s2 fault_flag yes", "26.2 s1 fault_flag yes"]


# --- sectionalisers -----------------------------------------------------------------------


def test_a_sectionaliser_opens_in_the_dead_time_after_its_count() -> None:
    change = {"b1": recloser(0.5, 20.0), "s1": {"sectionaliser_counts": 2}}
    story = Story(FEEDER, change=change)
    story.field.strike("B", at(1))
    told = story.tell(600)
    assert said(told, "position") == [
        "1.5 b1 position open",
        "2 b1 position closed",
        "2.5 b1 position open",
        "2.8 s1 position open",
        "22.5 b1 position closed",
    ]
    assert story.dark == {"SB", "SC"}


def test_a_sectionaliser_does_not_count_what_a_device_below_it_clears() -> None:
    change = {"r1": recloser(0.5, 5.0), "s1": {"sectionaliser_counts": 1}}
    story = Story(CHAIN, change=change)
    story.field.strike("C", at(1))
    assert said(story.tell(600), "s1") == ["1.2 s1 fault_flag yes"]


def test_a_sectionaliser_forgets_its_count() -> None:
    change = {"b1": recloser(0.5, 20.0), "s1": {"sectionaliser_counts": 2}}
    story = Story(FEEDER, change=change)
    story.field.strike("B", at(1), clears_after_openings=1)
    story.field.strike("B", at(100), clears_after_openings=1)
    assert "s1 position" not in " ".join(story.tell(600))
    story.field.strike("B", at(610), clears_after_openings=2)
    assert "611.8 s1 position open" in story.tell(700)


# --- what protection measures -------------------------------------------------------------


def test_protection_reports_how_large_the_fault_was() -> None:
    network = with_points(draw(CHAIN), ("b1", Signal.FAULT_CURRENT), ("r1", Signal.FAULT_CURRENT))
    engine = RadialShortCircuit(network)
    story = Story(network)
    story.field.measure_faults(engine)
    story.field.strike("D", at(1), phases="bc")
    told = said(story.tell(600), "fault_current_a")
    node = network.section("SD").nodes
    at_ends = engine.currents(
        network.normally_closed, at=node, kind=FaultKind.TWO_PHASE, level=Level.MAX
    ).ik_a
    for device, line in zip(("b1", "r1"), told, strict=True):
        when, who, _, size = line.split()
        assert (when, who) == ("1", device)
        assert min(at_ends.values()) * 0.999 <= float(size) <= max(at_ends.values()) * 1.001


def test_earth_faults_have_no_size_that_could_be_known() -> None:
    network = with_points(draw(FEEDER), ("b1", Signal.FAULT_CURRENT))
    story = Story(network)
    story.field.measure_faults(RadialShortCircuit(network))
    story.field.strike("B", at(1), phases="an")
    assert said(story.tell(600), "fault_current_a") == []


def test_an_earth_fault_that_trips_nothing_is_signalled_on_its_way() -> None:
    network = with_points(draw(LATERAL), ("b1", Signal.EARTH_FAULT), ("r1", Signal.EARTH_FAULT))
    story = Story(network)
    story.field.strike("B", at(1), phases="an", trips=False)
    story.field.repair("B", at(100))
    assert story.tell(600) == [
        "1 b1 earth_fault yes",
        "1.2 s1 fault_flag yes",
        "100 b1 earth_fault no",
    ]
    assert not story.dark


# --- meters -------------------------------------------------------------------------------

METERED = replace(CALM, meters_report=True)


def words(story: Story, until_s: float) -> list[tuple[float, str, str, int, str]]:
    story.tell(until_s)
    return [
        (
            (word.at - at(0)).total_seconds(),
            word.load,
            "gone" if word.has_voltage is Reading.NO else "back",
            word.meters,
            word.phases,
        )
        for word in story.field.take_meter_reports()
    ]


def test_meters_tell_late_and_in_batches_what_they_lost_and_have_back() -> None:
    story = Story("S1 [b1] A [r1] B", METERED)
    story.field.strike("B", at(1))
    story.field.repair("B", at(100))
    story.hand("r1", Position.CLOSED, 110)
    assert words(story, 600) == [(60, "B", "gone", 100, "abc"), (165, "B", "back", 100, "abc")]


def test_meters_say_nothing_of_a_reclosing() -> None:
    story = Story("S1 [b1] A", METERED, change={"b1": recloser(20.0)})
    story.field.strike("A", at(1), clears_after_openings=1)
    assert words(story, 600) == []


def test_meters_of_one_phase_tell_of_a_fuse_and_only_some_get_through() -> None:
    story = Story("S1 [b1] A [f1] B", replace(METERED, meter_heard_share=0.5))
    story.field.strike("B", at(1), phases="an")
    assert words(story, 600) == [(60, "B", "gone", 17, "a")]


def test_a_meter_may_speak_without_cause() -> None:
    story = Story(FEEDER)
    story.field.say_meters(LoadId("B"), lost=True, at=at(5), meters=3)
    assert words(story, 600) == [(5, "B", "gone", 3, "")]


def test_a_point_may_say_what_is_not_so() -> None:
    story = Story(with_points(draw(FEEDER), ("b1", Signal.LOAD_SHED)))
    story.field.say("b1", Signal.LOAD_SHED, value=True, at=at(5))
    assert story.tell(600) == ["5 b1 load_shed yes"]
    with pytest.raises(ScenarioError, match="no point"):
        story.field.say("b1", Signal.TEST_MODE, value=True, at=at(700))
