"""From trip to outage: faults, reclosing, late and repeated messages, dead links."""

from detection_night import (
    CLOSED,
    FEEDER,
    OPEN,
    SHOTS,
    Night,
    moved,
    second,
)

from gridops.commands import CancelTimer, StartTimer
from gridops.events import Event, LinkLost, LinkRestored, PositionReported, TimerExpired
from gridops.ids import LinkId, SwitchId, TimerId, UserName
from gridops.measurement import Position, Quality
from gridops.network import draw
from gridops.outage import Cause, Detection, Detector, OperationBegan, OperationConcluded
from gridops.state import LiveState

# a fault


def test_a_lockout_makes_a_trip_a_fault_at_once() -> None:
    night = Night()
    assert night.opens("b1", 0) == ["b1 began"]
    assert night.locks_out("b1", 0.2) == ["b1 fault (locked-out, 1)"]
    assert night.after(600) == []


def test_the_outage_dates_from_the_source_time_of_the_first_opening() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 3, source=1)
    night.closes("b1", 3.5, source=1.5)
    night.opens("b1", 4, source=2)
    night.locks_out("b1", 4)
    began, concluded = night.facts
    assert isinstance(concluded, OperationConcluded)
    assert began.opened_at == concluded.opened_at == second(1)
    assert concluded.concluded_at == second(4)
    assert concluded.openings == 2


def test_a_lockout_that_comes_before_the_opening_counts_for_it() -> None:
    night = Night()
    assert night.locks_out("b1", 0, source=0) == []
    assert night.opens("b1", 0.3, source=0) == ["b1 began", "b1 fault (locked-out, 1)"]


def test_a_lockout_left_standing_from_last_week_does_not_conclude_a_new_trip() -> None:
    night = Night()
    night.locks_out("b1", -700)
    assert night.opens("b1", 0) == ["b1 began"]


def test_without_a_lockout_point_staying_open_longer_than_all_reclosing_is_a_fault() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (0.5, 15.0), "lockout_point": False}})
    assert night.opens("b1", 0) == ["b1 began"]
    assert night.after(20.4) == []
    assert night.after(20.5) == ["b1 fault (stayed-open, 1)"]


def test_after_the_first_shot_only_the_reclosing_that_remains_is_waited_for() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (0.5, 15.0), "lockout_point": False}})
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.opens("b1", 1.0)
    assert night.after(20.9) == []
    assert night.after(21.0) == ["b1 fault (stayed-open, 2)"]


def test_a_breaker_without_reclosing_waits_only_the_margin_for_its_lockout() -> None:
    night = Night()
    night.opens("b1", 0)
    assert night.after(5) == ["b1 fault (stayed-open, 1)"]


def test_a_recloser_of_unknown_dead_times_gets_the_long_wait() -> None:
    night = Night()
    night.opens("r1", 0)
    assert night.after(29.9) == []
    assert night.after(30) == ["r1 fault (stayed-open, 1)"]


def test_three_shots_and_lockout_are_one_operation() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (0.5, 15.0)}})
    for opened, closed in ((0.0, 0.5), (1.0, 16.0)):
        night.opens("b1", opened)
        night.closes("b1", closed)
    night.opens("b1", 16.5)
    night.locks_out("b1", 16.5)
    assert night.said == ["b1 began", "b1 fault (locked-out, 3)"]


def test_recloser_and_breaker_that_trip_together_are_two_operations() -> None:
    night = Night()
    night.opens("b1", 0)
    night.locks_out("b1", 0)
    assert night.opens("r1", 0.4, source=-0.2) == ["r1 began"]
    assert night.locks_out("r1", 0.5) == ["r1 fault (locked-out, 1)"]


def test_two_faults_at_once_are_told_apart() -> None:
    night = Night()
    assert night.opens("b1", 0) == ["b1 began"]
    assert night.opens("b2", 0.1) == ["b2 began"]
    assert night.after(6) == ["b1 fault (stayed-open, 1)", "b2 fault (stayed-open, 1)"]


def test_a_fuse_that_reports_its_blowing_is_a_fault() -> None:
    night = Night("S1 [b1] A [f1] B")
    assert night.opens("f1", 0) == ["f1 began"]
    assert night.after(5) == ["f1 fault (stayed-open, 1)"]


# a momentary interruption


def test_a_reclose_that_holds_is_momentary() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    assert night.closes("b1", 0.5) == []
    assert night.after(2.5) == ["b1 momentary (reclosed, 1)"]
    concluded = night.facts[-1]
    assert isinstance(concluded, OperationConcluded)
    assert concluded.reason.params == {"device": "b1", "seconds": 0.5}
    assert night.after(600) == []


def test_a_slow_protection_gets_its_trip_delay_before_success_is_believed() -> None:
    night = Night(change={"b1": {"reclose_delays_s": (0.5,), "trip_delay_s": 4.0}})
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    assert night.after(5.4) == []
    assert night.after(5.5) == ["b1 momentary (reclosed, 1)"]


def test_protection_that_times_again_after_the_reclose_is_waited_for() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.picks_up("b1", 0.6)
    assert night.after(3) == []
    assert night.opens("b1", 3.2) == []
    assert night.locks_out("b1", 3.3) == ["b1 fault (locked-out, 2)"]


def test_protection_that_times_for_ever_is_not_waited_for_for_ever() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    night.picks_up("b1", 0.6)
    assert night.after(60) == ["b1 momentary (reclosed, 1)"]


def test_a_trip_long_after_a_momentary_one_is_a_new_operation() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    assert night.opens("b1", 60) == ["b1 began"]
    assert night.said == ["b1 began", "b1 momentary (reclosed, 1)", "b1 began"]


# telemetry


def test_a_dead_link_begins_nothing_and_ends_nothing() -> None:
    night = Night()
    assert night.say(LinkLost(at=second(0), link=LinkId("rtu"), why="timeout")) == []
    assert night.after(600) == []


def test_a_reading_of_bad_quality_or_forced_by_hand_moves_nothing() -> None:
    night = Night()
    for quality in (Quality.BAD, Quality.STALE, Quality.SUBSTITUTED):
        assert night.say(moved("b1", OPEN, 0, quality=quality)) == []
    for position in (Position.INTERMEDIATE, Position.BAD):
        assert night.say(moved("b1", position, 1)) == []


def test_what_opened_inside_a_gap_is_an_operation_dated_by_the_field() -> None:
    night = Night()
    night.closes("b1", -60)
    night.say(LinkLost(at=second(0), link=LinkId("rtu"), why="timeout"))
    night.say(LinkRestored(at=second(90), link=LinkId("rtu"), epoch=2, gap_since=second(0)))
    assert night.opens("b1", 90, source=30) == ["b1 began"]
    assert night.facts[0].opened_at == second(30)
    assert night.closes("s1", 90, source=-60) == []


def test_what_was_open_when_we_first_looked_is_learnt_not_an_operation() -> None:
    night = Night()
    night.say(LinkRestored(at=second(0), link=LinkId("rtu"), epoch=1, gap_since=None))
    assert night.opens("b1", 0, source=-9999) == []
    night.closes("b1", 60)
    assert night.opens("b1", 70) == ["b1 began"]


def test_a_link_that_dies_in_the_middle_leaves_the_question_open() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.say(LinkLost(at=second(0.2), link=LinkId("rtu"), why="timeout"))
    assert night.after(30) == ["b1 telemetry (link-down, 1)"]
    night.say(LinkRestored(at=second(40), link=LinkId("rtu"), epoch=2, gap_since=second(0.2)))
    assert night.opens("b1", 40, source=0) == ["b1 began"], "still open: the question is put again"
    assert night.after(80) == ["b1 fault (stayed-open, 1)"]


def test_if_it_had_reclosed_behind_the_dead_link_nothing_is_left() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.say(LinkLost(at=second(0.2), link=LinkId("rtu"), why="timeout"))
    night.after(30)
    night.say(LinkRestored(at=second(40), link=LinkId("rtu"), epoch=2, gap_since=second(0.2)))
    assert night.closes("b1", 40, source=0.5) == []
    assert night.after(600) == []


def test_repeated_and_late_messages_change_nothing() -> None:
    night = Night()
    night.opens("b1", 0)
    assert night.opens("b1", 0.1, source=0) == []
    assert night.opens("b1", 1) == [], "read again with a new time stamp"
    assert night.closes("b1", 1.5, source=-30) == [], "older than what is known"
    assert night.locks_out("b1", 2) == ["b1 fault (locked-out, 1)"]
    assert night.locks_out("b1", 3) == []


def test_a_timer_that_was_cancelled_rings_in_vain() -> None:
    night = Night(change=SHOTS)
    night.opens("b1", 0)
    night.closes("b1", 0.5)
    late = TimerExpired(at=second(0.6), timer=TimerId("detect:b1:wait"))
    assert night.say(late) == []
    early = TimerExpired(at=second(0.7), timer=TimerId("detect:b1:settle"))
    assert night.say(early) == []
    assert night.after(2.5) == ["b1 momentary (reclosed, 1)"]


def test_timers_are_named_after_the_device_and_replaced_not_leaked() -> None:
    network = draw(FEEDER, change=SHOTS)
    state, detector = LiveState(network=network), Detector(network)

    def told(event: Event) -> Detection:
        state.apply(event)
        return detector.handle(event, state)

    wait, settle = TimerId("detect:b1:wait"), TimerId("detect:b1:settle")
    assert told(moved("b1", OPEN, 0)).intents == (StartTimer(timer=wait, due=second(20.5)),)
    assert told(moved("b1", CLOSED, 0.5)).intents == (
        CancelTimer(timer=wait),
        StartTimer(timer=settle, due=second(2.5)),
    )
    assert told(TimerExpired(at=second(2.5), timer=settle)).intents == ()
    assert detector.timers == {}
    assert detector.pending == ()


def test_a_position_told_by_a_person_counts_where_no_telemetry_speaks() -> None:
    night = Night()
    night.state.link_of.pop(SwitchId("s1"))
    report = PositionReported(at=second(0), by=UserName("an"), switch=SwitchId("s1"), position=OPEN)
    assert night.say(report) == []


def test_every_operation_that_began_is_concluded_once() -> None:
    night = Night(change=SHOTS)
    for s in range(0, 400, 7):
        (night.opens if s % 2 == 0 else night.closes)("b1", s)
        (night.opens if s % 3 == 0 else night.closes)("r1", s + 1)
        if s % 5 == 0:
            night.locks_out("b1", s + 2)
    night.after(2000)
    for device in ("b1", "r1"):
        began = [f for f in night.facts if f.device == device and isinstance(f, OperationBegan)]
        done = [
            f
            for f in night.facts
            if f.device == device
            and isinstance(f, OperationConcluded)
            and f.cause is not Cause.PLANNED
        ]
        assert len(began) == len(done) > 0
