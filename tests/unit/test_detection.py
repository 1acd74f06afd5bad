"""Dialogues: `say` feeds one fact at a second of the night and returns what was concluded."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gridops.commands import CancelTimer, StartTimer
from gridops.events import (
    CommandIssued,
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LockoutChanged,
    PositionReported,
    ProtectionPickedUp,
    SwitchingAnnounced,
    SwitchMoved,
    TagPlaced,
    TimerExpired,
    VoltageMeasured,
)
from gridops.events.operator import TagKind
from gridops.ids import (
    CommandId,
    IncidentId,
    LinkId,
    NodeId,
    PlanId,
    SwitchId,
    TagId,
    TimerId,
    UserName,
)
from gridops.measurement import Position, Quality, Reading
from gridops.network import draw
from gridops.outage import (
    Cause,
    Detection,
    DetectionSettings,
    Detector,
    OperationBegan,
    OperationConcluded,
)
from gridops.state import LiveState

OPEN, CLOSED = Position.OPEN, Position.CLOSED
NIGHT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
FEEDER = """
    S1 [b1] A [s1] B (t1) C [b2] S2
    A [r1] D
"""
SHOTS = {"b1": {"reclose_delays_s": (0.5, 15.0)}}


def second(s: float) -> datetime:
    return NIGHT + timedelta(seconds=s)


class Night:
    """A detector with its state, and timers that ring by themselves as time goes by."""

    def __init__(
        self, drawing: str = FEEDER, *, change: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        network = draw(drawing, change=change)
        self.state = LiveState(network=network)
        self.detector = Detector(network, DetectionSettings())
        self.said: list[str] = []
        self.facts: list[OperationBegan | OperationConcluded] = []

    def say(self, event: Event) -> list[str]:
        self.until(event.at)
        return self._feed(event)

    def until(self, at: datetime) -> list[str]:
        """Lets time pass: every timer that is due rings, in order."""
        heard: list[str] = []
        while due := sorted((t, i) for i, t in self.detector.timers.items() if t <= at):
            instant, timer = due[0]
            heard += self._feed(TimerExpired(at=instant, timer=timer))
        return heard

    def _feed(self, event: Event) -> list[str]:
        self.state.apply(event)
        found = self.detector.handle(event, self.state)
        self.facts += found.facts
        new = [_words(fact) for fact in found.facts]
        self.said += new
        return new

    def opens(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(moved(switch, OPEN, s, source=source))

    def closes(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(moved(switch, CLOSED, s, source=source))

    def locks_out(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(contact(LockoutChanged, switch, s, source=source))

    def picks_up(self, switch: str, s: float, *, source: float | None = None) -> list[str]:
        return self.say(contact(ProtectionPickedUp, switch, s, source=source))

    def voltage(self, node: str, volts: float, s: float) -> list[str]:
        return self.say(
            VoltageMeasured(at=second(s), source_time=second(s), node=NodeId(node), voltage_v=volts)
        )

    def after(self, s: float) -> list[str]:
        return self.until(second(s))


def _words(fact: OperationBegan | OperationConcluded) -> str:
    if isinstance(fact, OperationBegan):
        return f"{fact.device} began"
    return f"{fact.device} {fact.cause.value} ({fact.reason.code}, {fact.openings})"


def moved(
    switch: str,
    position: Position,
    s: float,
    *,
    source: float | None = None,
    quality: Quality = Quality.GOOD,
) -> SwitchMoved:
    return SwitchMoved(
        at=second(s),
        source_time=second(s if source is None else source),
        quality=quality,
        switch=SwitchId(switch),
        position=position,
    )


def contact(
    kind: type[LockoutChanged] | type[ProtectionPickedUp] | type[FaultFlagChanged],
    switch: str,
    s: float,
    *,
    source: float | None = None,
    reading: Reading = Reading.YES,
) -> LockoutChanged | ProtectionPickedUp | FaultFlagChanged:
    return kind(
        at=second(s),
        source_time=second(s if source is None else source),
        switch=SwitchId(switch),
        reading=reading,
    )


def command(switch: str, position: Position, s: float) -> CommandIssued:
    return CommandIssued(
        at=second(s),
        command=CommandId("I1/P1/1"),
        incident=IncidentId("I1"),
        plan=PlanId("I1/P1"),
        step=1,
        switch=SwitchId(switch),
        position=position,
        deadline=second(s + 3),
    )


def tag(switch: str, kind: TagKind, s: float) -> TagPlaced:
    return TagPlaced(
        at=second(s),
        by=UserName("an"),
        tag=TagId("T1"),
        switch=SwitchId(switch),
        kind=kind,
        reason="work",
    )


def announced(switch: str, s: float, position: Position = OPEN) -> SwitchingAnnounced:
    return SwitchingAnnounced(
        at=second(s), by=UserName("an"), switch=SwitchId(switch), position=position
    )


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
