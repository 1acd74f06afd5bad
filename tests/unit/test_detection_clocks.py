"""Clocks that are off, by how much they matter, and times that cannot be."""

from datetime import datetime, timedelta

import pytest
from detection_night import CLOSED, OPEN, SHOTS, Night, moved, second

from gridops.events import LinkLost, LinkRestored, SwitchMoved
from gridops.ids import LinkId, SwitchId
from gridops.outage.detection_clock import ClockRule, Clocks, LinkTimes, plausible_time
from tests.playbook import Playbook

HOUR = 3600.0
RULE = ClockRule(delay_s_max=15, ahead_s_max=2, off_s_min=60)
RTU = LinkId("rtu")


def test_a_time_is_bounded_by_its_arrival_and_by_what_came_before() -> None:
    at, earliest = second(100), second(85)
    assert plausible_time(second(90), at=at, earliest=earliest) == second(90)
    assert plausible_time(second(101), at=at, earliest=earliest) == at
    assert plausible_time(second(-HOUR), at=at, earliest=earliest) == earliest
    assert plausible_time(second(-HOUR), at=at, earliest=None) == second(-HOUR)


def test_just_after_a_gap_a_change_may_be_as_old_as_the_gap() -> None:
    links = LinkTimes()
    assert links.earliest(RTU, second(0), delay_s_max=15) == second(-15)
    links.lost(LinkLost(at=second(10), link=RTU, why="timeout"))
    assert links.lost_at(RTU) == second(10)
    links.restored(LinkRestored(at=second(900), link=RTU, epoch=2, gap_since=second(9)))
    assert links.lost_at(RTU) is None
    assert links.earliest(RTU, second(910), delay_s_max=15) == second(9)
    assert links.earliest(RTU, second(916), delay_s_max=15) == second(901)


def stamped(clocks: Clocks, source: float, at: float) -> datetime:
    return clocks.stamp(SwitchId("b1"), second(source), at=second(at), link=None, rule=RULE).order


def test_a_clock_that_is_set_back_is_followed_and_set_right_again_as_well() -> None:
    clocks = Clocks()
    assert stamped(clocks, 0, 0) == second(0)
    assert stamped(clocks, 1 - HOUR, 1) == second(1)
    assert stamped(clocks, 2 - HOUR, 4) == second(2), "it keeps its distances"
    assert stamped(clocks, 5, 5) == second(5)


def test_a_message_that_is_only_late_changes_no_clock() -> None:
    clocks = Clocks()
    stamped(clocks, 0, 0)
    assert stamped(clocks, -40, 1) == second(-40)
    assert stamped(clocks, 2, 2) == second(2)


def test_a_clock_an_hour_ahead_dates_the_outage_by_the_arrival() -> None:
    night = Night()
    night.opens("b1", 10, source=10 + HOUR)
    night.locks_out("b1", 10.2, source=10.2 + HOUR)
    assert night.said == ["b1 began", "b1 fault (locked-out, 1)"]
    assert night.last.opened_at == second(10)
    (why,) = night.last.besides
    assert (why.code, why.params["seconds"]) == ("clock-off", 3600)


def test_a_clock_an_hour_behind_changes_nothing_of_the_story() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0, source=-HOUR)
    night.closes("b1", 0.5, source=0.5 - HOUR)
    night.opens("b1", 1, source=1 - HOUR)
    night.closes("b1", 16, source=16 - HOUR)
    assert night.after(18) == ["b1 momentary (reclosed, 2)"]
    assert night.last.opened_at == second(0)
    assert [why.params["seconds"] for why in night.last.besides] == [-3600]


def test_two_devices_whose_clocks_are_an_hour_apart_tripped_together() -> None:
    """r1 behind b1 trips with it; its clock is an hour behind."""
    night = Night()
    night.opens("b1", 0)
    night.locks_out("b1", 0.1)
    assert night.opens("r1", 0.6, source=0.4 - HOUR) == ["r1 began"]
    assert night.locks_out("r1", 0.7, source=0.5 - HOUR) == ["r1 fault (locked-out, 1)"]


def test_a_clock_set_back_in_the_dead_time_does_not_hide_the_reclose() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5, source=0.5 - HOUR)
    assert night.after(3) == ["b1 momentary (reclosed, 1)"]


def test_a_lockout_of_another_clock_still_belongs_to_its_opening() -> None:
    night = Night()
    night.opens("b1", 0, source=-HOUR)
    assert night.locks_out("b1", 0.2, source=0.2 - HOUR) == ["b1 fault (locked-out, 1)"]


def test_two_words_of_a_clock_ahead_keep_their_own_order() -> None:
    """The closing overtakes the opening; both are stamped in the future."""
    night = Night(change=SHOTS)
    night.picks_up("b1", 0, source=HOUR)
    night.closes("b1", 1, source=HOUR + 0.9)
    night.opens("b1", 1.1, source=HOUR + 0.4)
    night.after(60)
    assert night.said[-1] == "b1 momentary (reclosed, 1)"
    assert abs(night.last.opened_at - second(0.4)) <= timedelta(seconds=0.2)


def test_a_clock_that_is_a_little_ahead_is_not_worth_a_word() -> None:
    night = Night()
    night.opens("b1", 0, source=0.8)
    night.locks_out("b1", 0.1, source=0.9)
    assert night.last.opened_at == second(0)
    assert night.last.besides == ()


def test_positions_read_again_after_a_gap_are_old_and_not_a_clock_that_is_off() -> None:
    night = Night()
    night.closes("b1", -60)
    night.link_dies(0)
    night.link_returns(90, gap_since=-1)
    night.say(moved("b1", OPEN, 90.2, source=-30))
    night.after(200)
    assert night.last.opened_at == second(-1), "not before the link was last known to be whole"
    assert night.last.besides == ()


def test_a_position_that_did_not_change_in_the_gap_changes_nothing() -> None:
    night = Night()
    night.closes("b1", -60)
    night.link_dies(0)
    night.link_returns(90, gap_since=-1)
    assert night.say(moved("b1", CLOSED, 90.2, source=-60)) == []
    assert night.after(200) == []


@pytest.mark.parametrize("off_s", [-HOUR, HOUR])
def test_an_incident_is_not_dated_by_a_clock_that_is_an_hour_off(off_s: float) -> None:
    play = Playbook()
    off = timedelta(seconds=off_s)
    for seconds, position in ((10, OPEN), (11, CLOSED), (12, OPEN)):
        at = play.now + timedelta(seconds=seconds)
        play.feed(
            SwitchMoved(at=at, source_time=at + off, switch=SwitchId("b1"), position=position)
        )
    incident = play.incident()
    assert abs(incident.opened_at - play.now - timedelta(seconds=10)) <= timedelta(seconds=15)


def test_a_scan_that_repeats_last_week_s_word_is_no_clock_that_was_set_back() -> None:
    """b1 picked up for what r1 has cleared; asked, it says as ever: closed since last week."""
    night = Night(change=SHOTS)
    week_s = 7 * 24 * HOUR
    night.say(moved("b1", CLOSED, -week_s))
    night.picks_up("b1", 0)
    assert night.say(moved("b1", CLOSED, 3, source=-week_s)) == []
    assert night.after(60) == []
    night.opens("b1", 100)
    night.locks_out("b1", 100.1)
    assert night.last.opened_at == second(100)
    assert night.last.besides == ()
