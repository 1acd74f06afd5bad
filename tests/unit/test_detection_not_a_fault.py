"""Openings that are no fault: our own, announced, tagged, by hand; supply lost from above."""

import pytest
from detection_night import (
    CLOSED,
    OPEN,
    Night,
    announced,
    command,
    tag,
)

from gridops.events.operator import TagKind

# planned work


def test_our_own_opening_is_silent() -> None:
    night = Night()
    for switch in ("b1", "s1"):
        night.say(command(switch, OPEN, 0))
        assert night.opens(switch, 2) == []
    assert night.after(600) == []


def test_our_own_command_covers_one_opening_only() -> None:
    night = Night()
    night.say(command("b1", OPEN, 0))
    night.opens("b1", 2)
    night.say(command("b1", CLOSED, 10))
    night.closes("b1", 12)
    assert night.opens("b1", 13) == ["b1 began"], "closed onto a fault"


def test_a_command_long_ago_does_not_excuse_a_trip() -> None:
    night = Night()
    night.say(command("b1", OPEN, 0))
    assert night.opens("b1", 61) == ["b1 began"]


def test_an_announced_opening_is_planned_work() -> None:
    night = Night()
    night.say(announced("b1", 0))
    assert night.opens("b1", 300) == ["b1 planned (commanded-opening, 1)"]
    assert night.after(600) == []


def test_an_announced_closing_does_not_excuse_an_opening() -> None:
    night = Night()
    night.say(announced("b1", 0, CLOSED))
    assert night.opens("b1", 1) == ["b1 began"]


@pytest.mark.parametrize("kind", [TagKind.NO_CLOSE, TagKind.NO_OPERATE, TagKind.EARTH_APPLIED])
def test_an_opening_under_a_work_tag_is_planned(kind: TagKind) -> None:
    night = Night()
    night.say(tag("b1", kind, 0))
    assert night.opens("b1", 5) == ["b1 planned (tagged-opening, 1)"]


@pytest.mark.parametrize("kind", [TagKind.HOT_LINE, TagKind.CAUTION])
def test_a_trip_under_hot_line_work_is_a_trip(kind: TagKind) -> None:
    night = Night()
    night.say(tag("b1", kind, 0))
    assert night.opens("b1", 5) == ["b1 began"]


def test_protection_that_was_first_makes_an_announced_opening_a_trip() -> None:
    night = Night()
    night.say(announced("b1", 0))
    night.picks_up("b1", 9.5)
    assert night.opens("b1", 10) == ["b1 began"]


def test_a_switch_that_cannot_trip_was_opened_by_somebody() -> None:
    night = Night()
    assert night.opens("s1", 0) == ["s1 planned (opened-by-hand, 1)"]


def test_an_opening_that_leaves_nobody_dark_is_nothing() -> None:
    night = Night()
    night.say(command("t1", CLOSED, 0))
    night.closes("t1", 1)
    assert night.opens("s1", 5) == []
    assert night.opens("b1", 6) == ["b1 began"], "now A and D are on their own"


def test_a_switch_opened_in_the_dark_is_nothing() -> None:
    night = Night()
    night.opens("b1", 0)
    night.after(10)
    assert night.opens("s1", 20) == []
    assert night.opens("r1", 20) == []


# lost supply


def test_a_busbar_without_voltage_and_without_pickup_is_lost_supply() -> None:
    night = Night("S1 [b1] A [s1] B\nS1 [b2] C\nS2 [b3] D")
    assert night.voltage("S1", 0.0, 0) == []
    assert night.after(2) == [
        "b1 lost_supply (supply-lost-above, 0)",
        "b2 lost_supply (supply-lost-above, 0)",
    ]
    assert night.voltage("S1", 0.0, 60) == []
    assert night.after(600) == []


def test_a_dip_is_no_outage() -> None:
    night = Night()
    night.voltage("S1", 900.0, 0)
    assert night.voltage("S1", 22e3, 1.5) == []
    assert night.after(60) == []


def test_the_dip_of_a_near_fault_does_not_hide_its_trip() -> None:
    night = Night()
    night.voltage("S1", 900.0, 0)
    night.picks_up("b1", 0.0)
    assert night.opens("b1", 0.5) == ["b1 began"]
    night.voltage("S1", 22e3, 0.6)
    assert night.locks_out("b1", 0.7) == ["b1 fault (locked-out, 1)"]


def test_a_head_that_picked_up_under_a_dead_busbar_has_the_fault_behind_it() -> None:
    night = Night("S1 [b1] A\nS1 [b2] C")
    night.picks_up("b2", 0)
    night.voltage("S1", 0.0, 1)
    assert night.after(3) == [
        "b1 lost_supply (supply-lost-above, 0)",
        "b2 fault (device-picked-up, 0)",
    ]


def test_a_head_that_opens_for_want_of_voltage_has_lost_supply_not_a_fault() -> None:
    night = Night()
    night.voltage("S1", 0.0, 0)
    assert night.opens("b1", 1) == ["b1 began"]
    assert night.after(10) == ["b1 lost_supply (supply-lost-above, 1)"]


def test_supply_that_comes_and_goes_is_lost_twice() -> None:
    night = Night()
    for s in (0, 100):
        night.voltage("S1", 0.0, s)
        assert night.after(s + 2) == ["b1 lost_supply (supply-lost-above, 0)"]
        night.voltage("S1", 22e3, s + 60)
