"""What else speaks for or against an opening: load shedding, tests, sectionalisers, voltage."""

import pytest
from detection_night import (
    CLOSED,
    OPEN,
    SHOTS,
    Night,
    announced,
    command,
    moved,
    second,
    tag,
)

from gridops.events import ControlRoomStarted
from gridops.events.operator import TagKind
from gridops.outage import DetectionSettings

LATE = DetectionSettings(reorder_window_s=10.0)
LATERAL = """
    S1 [b1] A [r1] B [s9] C
    A [s2] D
"""
COUNTS = {
    "r1": {"reclose_delays_s": (1.0, 5.0)},
    "s9": {"sectionaliser_counts": 2},
}

# load shedding


def test_a_device_that_load_shedding_holds_open_was_opened_on_purpose() -> None:
    night = Night()
    night.sheds("b1", 0)
    assert night.opens("b1", 0.1) == ["b1 planned (load-shed, 1)"]
    assert night.after(600) == []


def test_load_shedding_that_is_told_after_the_opening_ends_the_wait() -> None:
    night = Night()
    assert night.opens("b1", 0) == ["b1 began"]
    assert night.sheds("b1", 1, source=0) == ["b1 planned (load-shed, 1)"]


def test_when_shedding_ends_and_the_device_closes_it_is_over() -> None:
    night = Night()
    night.sheds("b1", 0)
    night.opens("b1", 0.1)
    night.sheds_no_more("b1", 600)
    assert night.closes("b1", 605) == []
    assert night.opens("b1", 700) == ["b1 began"], "the next opening is a trip"


def test_a_pickup_before_the_shedding_makes_it_a_trip_after_all() -> None:
    night = Night()
    night.picks_up("b1", 0)
    night.sheds("b1", 0.2)
    assert night.opens("b1", 0.5) == ["b1 began"]
    assert night.after(10) == ["b1 fault (stayed-open, 1)"]


def test_a_switch_without_protection_that_is_shed_was_not_opened_by_hand() -> None:
    night = Night()
    night.sheds("s1", 0)
    assert night.opens("s1", 0.1) == ["s1 planned (load-shed, 1)"]


# people and work


def test_an_announcement_does_not_excuse_what_happened_before_it() -> None:
    """The trip was first; its message came after somebody had announced to open the device."""
    night = Night()
    night.say(announced("b1", 10))
    assert night.opens("b1", 11, source=5) == ["b1 began"]


def test_a_late_closing_of_before_does_not_use_up_our_command() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", -8)
    night.say(command("b1", OPEN, 0))
    night.closes("b1", 0.5, source=-7.5)
    assert night.opens("b1", 3) == [], "our own"
    assert night.after(600) == []
    assert night.said == ["b1 began", "b1 momentary (reclosed, 1)"]


def test_we_open_a_recloser_in_the_middle_of_its_shots() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.say(command("b1", OPEN, 0.6))
    assert night.opens("b1", 1.5) == ["b1 planned (commanded-opening, 1)"]
    assert night.after(600) == []


def test_a_tag_that_is_placed_after_the_trip_makes_it_no_planned_work() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.say(tag("b1", TagKind.NO_CLOSE, 5))
    assert night.after(30) == ["b1 fault (stayed-open, 1)"]


def test_an_announced_opening_whose_pickup_is_told_late_is_a_trip() -> None:
    night = Night(settings=LATE)
    night.say(announced("b1", 0))
    assert night.opens("b1", 10) == []
    assert night.picks_up("b1", 14, source=9.8) == ["b1 began"]
    night.after(60)
    assert night.said[-1] == "b1 fault (stayed-open, 1)"


# test mode


def test_openings_lockouts_and_pickups_under_test_are_no_facts() -> None:
    night = Night()
    night.under_test("b1", 0)
    night.picks_up("b1", 1)
    night.opens("b1", 1.1)
    night.locks_out("b1", 1.2)
    assert night.after(600) == []
    assert night.said == []


def test_where_a_device_stands_after_its_test_is_learnt_and_no_operation() -> None:
    night = Night()
    night.under_test("b1", 0)
    night.opens("b1", 10)
    night.tested("b1", 60)
    assert night.opens("b1", 61) == []
    night.closes("b1", 70)
    assert night.opens("b1", 100) == ["b1 began"], "this is one"


def test_an_opening_that_overtook_the_word_of_the_test_is_taken_back() -> None:
    night = Night()
    assert night.opens("b1", 1) == ["b1 began"]
    assert night.under_test("b1", 2, source=0) == ["b1 telemetry (test-mode, 1)"]
    assert night.after(600) == []


def test_a_trip_of_before_the_test_stays_a_trip() -> None:
    night = Night()
    night.opens("b1", 0)
    night.under_test("b1", 2)
    assert night.after(10) == ["b1 fault (stayed-open, 1)"]


# sectionalisers


def test_a_sectionaliser_that_opens_in_the_dead_time_has_the_fault_behind_it() -> None:
    night = Night(LATERAL, change=COUNTS)
    night.opens("r1", 0)
    night.closes("r1", 1)
    night.opens("r1", 1.5)
    assert night.opens("s9", 3) == ["s9 began"]
    night.closes("r1", 6.5)
    night.after(60)
    assert night.said[2:] == [
        "s9 fault (sectionaliser-opened, 1)",
        "r1 momentary (reclosed, 2)",
    ]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (3, 0, 1, 2, 4), (4, 3, 2, 1, 0)])
def test_the_sectionaliser_may_be_heard_of_before_the_recloser(order: tuple[int, ...]) -> None:
    story = [
        ("r1", OPEN, 0.0),
        ("r1", CLOSED, 1.0),
        ("r1", OPEN, 1.5),
        ("s9", OPEN, 3.0),
        ("r1", CLOSED, 6.5),
    ]
    night = Night(LATERAL, change=COUNTS, settings=LATE)
    for place, number in enumerate(order):
        switch, position, source = story[number]
        night.say(moved(switch, position, 7 + place / 10, source=source))
    night.after(60)
    assert sorted(said for said in night.said if "began" not in said) == [
        "r1 momentary (reclosed, 2)",
        "s9 fault (sectionaliser-opened, 1)",
    ]


def test_a_sectionaliser_that_opens_under_load_was_opened_by_hand() -> None:
    night = Night(LATERAL, change=COUNTS)
    assert night.opens("s9", 0) == []
    assert night.after(5) == ["s9 planned (opened-by-hand, 1)"]


def test_an_announced_opening_of_a_sectionaliser_is_planned() -> None:
    night = Night(LATERAL, change=COUNTS)
    night.say(announced("s9", 0))
    assert night.opens("s9", 10) == ["s9 planned (commanded-opening, 1)"]


# voltage


def test_voltage_behind_a_device_that_reads_open_doubts_the_reading() -> None:
    night = Night()
    night.opens("b1", 0)
    night.voltage("A", 22e3, 3)
    assert night.after(10) == ["b1 telemetry (voltage-behind-open, 1)"]


def test_voltage_that_is_fed_from_elsewhere_doubts_nothing() -> None:
    night = Night()
    night.opens("b1", 0)
    night.closes("t1", 2)
    night.voltage("A", 22e3, 3)
    assert night.after(10) == ["b1 fault (stayed-open, 1)"]


def test_voltage_of_before_the_opening_doubts_nothing() -> None:
    night = Night()
    night.voltage("A", 22e3, -1)
    night.opens("b1", 0)
    assert night.after(10) == ["b1 fault (stayed-open, 1)"]


def test_one_voltage_against_lockout_or_pickup_is_a_wrong_voltage() -> None:
    night = Night()
    night.picks_up("b1", -0.5)
    night.opens("b1", 0)
    night.voltage("A", 22e3, 3)
    assert night.after(10) == ["b1 fault (stayed-open, 1)"]


def test_a_voltage_detector_further_on_doubts_the_reading_as_well() -> None:
    night = Night()
    night.opens("b1", 0)
    night.sees_voltage("s1", 3)
    assert night.after(10) == ["b1 telemetry (voltage-behind-open, 1)"]


def test_no_voltage_behind_a_device_that_reads_closed_tells_of_a_lost_opening() -> None:
    night = Night()
    assert night.voltage("A", 0.0, 0) == []
    night.after(2)
    assert night.asked == ["b1"]
    assert night.after(60) == ["b1 began", "b1 fault (opening-lost, 1)"]


def test_a_voltage_detector_alone_tells_of_a_lost_opening_too() -> None:
    night = Night()
    night.sees_no_voltage("s1", 0)
    assert night.after(60) == ["b1 began", "b1 fault (opening-lost, 1)"]


def test_a_device_that_says_it_is_closed_against_its_voltage_is_a_question_for_people() -> None:
    night = Night()
    night.closes("b1", -60)
    night.voltage("A", 0.0, 0)
    night.after(2)
    night.closes("b1", 3, source=-60)
    assert night.after(60) == ["b1 began", "b1 telemetry (no-voltage-behind-closed, 0)"]


def test_the_opening_that_comes_after_its_voltage_is_an_ordinary_one() -> None:
    night = Night()
    night.voltage("A", 0.0, 0.2)
    assert night.opens("b1", 1.5, source=0) == ["b1 began"]
    assert night.locks_out("b1", 1.6) == ["b1 fault (locked-out, 1)"]
    assert night.asked == []
    assert night.after(60) == []


def test_voltage_that_comes_back_asks_nothing() -> None:
    night = Night()
    night.voltage("A", 0.0, 0)
    night.voltage("A", 22e3, 1)
    assert night.after(60) == []
    assert night.asked == []


def test_lost_supply_is_not_taken_for_a_lost_opening() -> None:
    night = Night()
    night.voltage("S1", 0.0, 0)
    night.voltage("A", 0.0, 0.1)
    assert night.after(60) == ["b1 lost_supply (supply-lost-above, 0)"]


def test_an_undervoltage_trip_is_lost_supply_though_its_clock_is_a_second_behind() -> None:
    night = Night()
    night.voltage("S1", 0.0, 0)
    night.opens("b1", 1, source=-1)
    assert night.after(10) == ["b1 lost_supply (supply-lost-above, 1)"]


# the link


def test_a_link_that_dies_after_the_reclose_leaves_open_whether_it_held() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.link_dies(1)
    assert night.after(60) == ["b1 telemetry (link-down, 1)"]
    night.link_returns(90, gap_since=1)
    assert night.opens("b1", 90, source=1.5) == ["b1 began"], "it did not"


def test_a_link_that_dies_after_the_reclose_has_held_takes_nothing_back() -> None:
    night = Night(change=SHOTS, settings=LATE)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.link_dies(5)
    assert night.after(60) == ["b1 momentary (reclosed, 1)"]


def test_a_link_that_dies_after_the_lockout_takes_nothing_back() -> None:
    night = Night(change=SHOTS, settings=LATE)
    night.opens("b1", 0)
    night.locks_out("b1", 0.1)
    night.link_dies(1)
    assert night.after(60) == ["b1 fault (locked-out, 1)"]


def test_a_link_that_dies_and_returns_within_the_dead_time_changes_nothing() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.opens("b1", 1)
    night.link_dies(3)
    night.link_returns(8, gap_since=3)
    night.opens("b1", 8, source=1)
    night.closes("b1", 16)
    assert night.after(18) == ["b1 momentary (reclosed, 2)"]


def test_a_restart_in_the_dead_time_leaves_the_question_open() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.say(
        ControlRoomStarted(at=second(2), epoch=2, grid="g", grid_fingerprint="f", settings="")
    )
    assert night.after(60) == ["b1 telemetry (link-down, 1)"]
