"""Reclosing, lockouts and messages that are lost, late or repeated, shot by shot."""

import pytest
from detection_night import OPEN, SHOTS, Night, second, tag

from gridops.events.operator import TagKind
from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.outage import DetectionSettings, OperationBegan

LATE = DetectionSettings(reorder_window_s=10.0)
FOUR = {"b1": {"reclose_delays_s": (0.5, 15.0, 40.0, 180.0)}}
NO_POINT = {"b1": {"reclose_delays_s": (0.5, 15.0), "lockout_point": False}}

# shots


def test_four_shots_with_dead_times_of_minutes_are_one_operation() -> None:
    night, s = Night(change=FOUR), 0.0
    for dead_time_s in FOUR["b1"]["reclose_delays_s"]:
        night.opens("b1", s)
        night.closes("b1", s + dead_time_s)
        s += dead_time_s + 0.6
    night.opens("b1", s)
    assert night.locks_out("b1", s) == ["b1 fault (locked-out, 5)"]
    assert night.said == ["b1 began", "b1 fault (locked-out, 5)"]


def test_the_third_shot_holds_after_forty_seconds() -> None:
    night = Night(change=FOUR)
    for opened, closed in ((0, 0.5), (1, 16), (16.5, 56.5)):
        night.opens("b1", opened)
        night.closes("b1", closed)
    assert night.after(58.4) == []
    assert night.after(58.5) == ["b1 momentary (reclosed, 3)"]


def test_a_dead_time_of_three_minutes_is_waited_for() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (180.0,)}})
    night.opens("b1", 0)
    assert night.after(179) == []
    night.closes("b1", 180)
    assert night.after(182) == ["b1 momentary (reclosed, 1)"]


def test_a_lockout_without_any_reclose_is_believed_at_once_where_the_link_keeps_order() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    assert night.locks_out("b1", 0.1) == ["b1 fault (locked-out, 1)"]


def test_a_lockout_without_any_reclose_waits_where_an_earlier_shot_may_be_on_its_way() -> None:
    night = Night(change=SHOTS, settings=LATE)
    night.opens("b1", 1.2, source=1)
    assert night.locks_out("b1", 1.3, source=1) == []
    night.opens("b1", 4, source=0)
    night.closes("b1", 5, source=0.5)
    assert night.after(10.9) == []
    assert night.after(11) == ["b1 fault (locked-out, 2)"]
    assert night.last.opened_at == second(0)


def test_a_lockout_after_the_last_shot_waits_for_nothing() -> None:
    """There is no room left for an opening that was not heard of."""
    night = Night(change={"b1": {"reclose_delays_s": (0.5,)}}, settings=LATE)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.opens("b1", 1)
    assert night.locks_out("b1", 1) == ["b1 fault (locked-out, 2)"]


def test_reclosing_that_is_blocked_for_live_line_work_is_not_waited_for() -> None:
    night = Night(change=SHOTS)
    night.say(tag("b1", TagKind.HOT_LINE, -60))
    night.opens("b1", 0)
    assert night.after(5) == ["b1 fault (reclosing-blocked, 1)"]


def test_the_wait_in_the_device_s_own_column_wins() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (0.5, 15.0), "stay_wait_s": 60.0}})
    night.opens("b1", 0)
    assert night.after(59.9) == []
    assert night.after(60) == ["b1 fault (stayed-open, 1)"]


def test_the_settle_wait_in_the_device_s_own_column_wins() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (0.5, 15.0), "settle_wait_s": 8.0}})
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    assert night.opens("b1", 8) == [], "still the same operation"
    night.closes("b1", 23)
    assert night.after(31) == ["b1 momentary (reclosed, 2)"]


# messages in another order


def test_a_closing_that_overtook_its_opening_is_one_momentary_operation() -> None:
    night = Night(change=SHOTS, settings=LATE)
    assert night.closes("b1", 1, source=0.5) == []
    assert night.opens("b1", 6, source=0) == ["b1 began"]
    assert night.after(12.5) == ["b1 momentary (reclosed, 1)"]
    assert night.last.opened_at == second(0)


def test_three_shots_told_backwards_are_three_shots() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (0.5, 2.0)}}, settings=LATE)
    night.locks_out("b1", 4.1, source=4)
    night.opens("b1", 5, source=4)
    night.closes("b1", 6, source=3)
    night.opens("b1", 7, source=1)
    night.closes("b1", 8, source=0.5)
    assert night.opens("b1", 9, source=0) == ["b1 fault (locked-out, 3)"]
    assert night.last.opened_at == second(0)


def test_a_reopening_that_is_told_late_undoes_a_success_that_was_not_told_yet() -> None:
    night = Night(change=SHOTS, settings=LATE)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    assert night.after(9) == []
    night.opens("b1", 9.5, source=1)
    night.closes("b1", 17, source=16)
    assert night.after(28) == ["b1 momentary (reclosed, 2)"]


def test_everything_twice_is_the_same_as_once() -> None:
    night = Night(change=SHOTS)
    for _ in range(2):
        night.opens("b1", 0.2, source=0)
    for _ in range(2):
        night.closes("b1", 0.6, source=0.5)
    night.opens("b1", 0.9, source=0)
    assert night.after(3) == ["b1 momentary (reclosed, 1)"]


def test_a_repeated_opening_of_before_does_not_open_a_device_that_has_recovered() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.after(5)
    assert night.opens("b1", 8, source=0) == []
    assert night.after(600) == []


def test_a_trip_that_is_told_before_the_reclose_above_it_is_not_taken_for_dark() -> None:
    """r1 trips right after b1 has reclosed; the word of the reclose comes last."""
    night = Night(change=SHOTS, settings=LATE)
    night.opens("b1", 0)
    assert night.opens("r1", 18.1, source=18) == []
    assert night.closes("b1", 19, source=15) == ["r1 began"]
    night.after(100)
    assert night.said[-2:] == ["b1 momentary (reclosed, 1)", "r1 fault (stayed-open, 1)"]


# messages that are lost


def test_a_closing_that_never_came_is_seen_by_the_next_opening() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    assert night.opens("b1", 1) == []
    assert night.after(21) == ["b1 fault (stayed-open, 2)"]
    assert [why.code for why in night.last.besides] == ["close-lost"]


def test_the_same_opening_read_again_before_any_reclosing_is_one_opening() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (15.0,), "lockout_point": False}})
    night.opens("b1", 0)
    night.opens("b1", 3)
    assert night.after(20) == ["b1 fault (stayed-open, 1)"]


def test_a_recloser_of_unknown_dead_times_reclosed_if_it_picked_up_again() -> None:
    night = Night()
    night.picks_up("r1", 0)
    night.opens("r1", 0.1)
    night.resets("r1", 0.2)
    night.picks_up("r1", 5)
    night.opens("r1", 5.1)
    night.after(40)
    assert night.said[-1] == "r1 fault (stayed-open, 2)"


def test_a_closing_alone_after_a_pickup_tells_of_an_opening_that_was_lost() -> None:
    night = Night(change=SHOTS)
    night.picks_up("b1", 0)
    night.resets("b1", 0.1)
    assert night.closes("b1", 0.6) == ["b1 began"]
    assert night.after(3) == ["b1 momentary (reclosed, 1)"]
    assert [why.code for why in night.last.besides] == ["opening-lost"]


def test_a_closing_alone_without_a_pickup_is_a_position_read_again() -> None:
    night = Night(change=SHOTS)
    assert night.closes("b1", 0.6) == []
    assert night.after(60) == []


def test_a_lockout_after_a_reclose_tells_of_an_opening_that_was_lost() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    assert night.locks_out("b1", 1) == []
    assert night.after(60) == ["b1 fault (opening-lost, 2)"]
    assert night.asked == ["b1"], "it was asked before that"


def test_a_lockout_of_a_reclosed_device_that_answers_closed_is_a_blocked_reclosing() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.locks_out("b1", 1)
    night.after(12.5)
    assert night.asked == ["b1"]
    night.closes("b1", 13, source=0.5)
    assert night.after(60) == ["b1 momentary (reclosed, 1)"]


def test_a_lockout_of_a_closed_device_without_an_answer_is_a_question_for_people() -> None:
    night = Night()
    assert night.locks_out("b1", 0) == []
    assert night.after(2) == []
    assert night.asked == ["b1"]
    assert night.after(60) == ["b1 began", "b1 telemetry (lockout-while-closed, 0)"]


def test_a_lockout_of_a_closed_device_that_picked_up_counts_as_a_trip() -> None:
    night = Night()
    night.picks_up("b1", -0.5)
    night.locks_out("b1", 0)
    assert night.after(60) == ["b1 began", "b1 fault (opening-lost, 1)"]
    assert night.closes("b1", 3600) == [], "it was open, and is closed again"
    assert night.opens("b1", 4000) == ["b1 began"]


def test_a_lockout_of_a_device_that_answers_closed_is_a_blocked_reclosing() -> None:
    night = Night()
    night.closes("b1", -60)
    night.locks_out("b1", 0)
    night.after(2)
    assert night.closes("b1", 2.5, source=-60) == []
    assert night.after(60) == []


def test_a_lockout_that_is_taken_back_asks_nothing_any_more() -> None:
    night = Night()
    night.locks_out("b1", 0)
    night.unlocks("b1", 1)
    assert night.after(60) == []
    assert night.asked == []


def test_a_device_that_stamps_every_repeat_anew_tells_nothing_new_by_repeating() -> None:
    """Its dead time is three minutes; it says "open" every second, as of that second."""
    night = Night(change={"b1": {"reclose_delays_s": (180.0,)}})
    night.opens("b1", 0)
    for s in range(1, 180):
        night.opens("b1", s)
    night.closes("b1", 180)
    assert night.after(182) == ["b1 momentary (reclosed, 1)"]
    assert night.last.besides == ()


def test_a_device_that_repeats_that_it_is_closed_has_not_opened_unheard() -> None:
    """Its protection picks up for a fault that something below has cleared."""
    night = Night(change=SHOTS)
    for s in range(60):
        if s == 30:
            night.picks_up("b1", 29.5)
        night.closes("b1", s)
    assert night.after(600) == []


# storms


def test_a_contact_that_chatters_is_not_believed_until_it_is_quiet() -> None:
    night = Night(change=SHOTS)
    for millisecond in range(20_000):
        position = OPEN if millisecond % 2 == 0 else Position.CLOSED
        if position is OPEN:
            night.opens("b1", millisecond / 1000)
        else:
            night.closes("b1", millisecond / 1000)
    assert night.said == ["b1 began", "b1 telemetry (chattering, 1)"]
    assert len(night.detector.timers) == 1
    assert night.after(600) == [], "the last word says closed"
    assert night.detector.timers == {}
    assert night.opens("b1", 700) == ["b1 began"]


def test_a_chatter_that_ends_open_is_an_opening() -> None:
    night = Night()
    for millisecond in range(5_001):
        (night.opens if millisecond % 2 == 0 else night.closes)("b1", millisecond / 1000)
    assert night.after(60)[-2:] == ["b1 began", "b1 fault (stayed-open, 1)"]


@pytest.mark.parametrize("switch", ["b1", "s1"])
def test_chatter_lets_nothing_grow(switch: str) -> None:
    """A thousand words and ten thousand words leave the same behind."""
    sizes = []
    for words in (1_000, 10_000):
        night = Night(change=SHOTS, settings=LATE)
        for millisecond in range(words):
            (night.opens if millisecond % 2 == 0 else night.closes)(switch, millisecond / 1000)
        track = night.detector._grounds.track(SwitchId(switch))
        sizes.append((len(track.marks), len(track.history), len(night.facts)))
        assert len(night.detector.timers) <= 2
    assert sizes[0] == sizes[1]
    assert sum(isinstance(fact, OperationBegan) for fact in night.facts) <= 1
