"""The virtual field plays faults; detection and location have to find out by its signals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gridops.events import Event, LinkRestored, TimerExpired
from gridops.ids import LinkId, PointId, SectionId, SourceId, SwitchId
from gridops.measurement import Position, Quality, Reading
from gridops.network import ORDERS, Network, Point, Signal, build_network, draw
from gridops.outage import (
    Cause,
    Detector,
    Location,
    OperationConcluded,
    Verdict,
    locate,
)
from gridops.state import LiveState
from gridops.state.telemetry import event_of
from gridops.virtual_field import Misbehaviour, PointValue, VirtualField
from tests.radial_sweep import RadialSweep

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
GRID = """
    S1 [b1] A [s1] B [s2] C (t1) D [b2] S2
    A [r1] E [s3] F"""
SHOTS = {"b1": {"reclose_delays_s": (0.5, 15.0)}, "r1": {"reclose_delays_s": (0.3, 2.0)}}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Played:
    """A field, and the detector that hears it over an honest link."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.field = VirtualField(network, RadialSweep(network), start=START)
        self.state = LiveState(network=network)
        self.detector = Detector(network)
        self.concluded: list[OperationConcluded] = []
        self._now = START
        self._hear(LinkRestored(at=START, link=LinkId("rtu"), epoch=1, gap_since=None))
        for value in self.field.values().values():
            self._value(value)
        self.closed_before = self.state.closed

    def until(self, seconds: float) -> list[tuple[str, Cause]]:
        before = len(self.concluded)
        while self._now < at(seconds):
            self._now += timedelta(seconds=0.1)
            for value in self.field.advance(self._now):
                self._value(value)
            for timer, due in sorted(self.detector.timers.items()):
                if due <= self._now:
                    self._hear(TimerExpired(at=self._now, timer=timer))
        return [(fact.device, fact.cause) for fact in self.concluded[before:]]

    def _value(self, value: PointValue) -> None:
        if value.point.signal not in ORDERS:
            self._hear(
                event_of(
                    value.point,
                    value.value,
                    quality=Quality.GOOD,
                    source_time=value.source_time,
                    at=max(self._now, value.source_time),
                )
            )

    def _hear(self, event: Event) -> None:
        self.state.apply(event)
        facts = self.detector.handle(event, self.state).facts
        self.concluded += [fact for fact in facts if isinstance(fact, OperationConcluded)]

    def located(self) -> Location:
        faults = [fact for fact in self.concluded if fact.cause is Cause.FAULT]
        return locate(
            self.network,
            closed_before=self.closed_before,
            tripped=tuple(fact.device for fact in faults),
            flags=self.state.flags,
            since=min(fact.opened_at for fact in faults),
        )


@pytest.mark.parametrize(
    ("section", "device"), [("A", "b1"), ("B", "b1"), ("C", "b1"), ("E", "r1"), ("F", "r1")]
)
@pytest.mark.parametrize("change", [{}, SHOTS], ids=["no reclosing", "reclosing"])
def test_a_permanent_fault_is_detected_once_and_located(
    section: str, device: str, change: dict[str, dict[str, object]]
) -> None:
    played = Played(draw(GRID, change=change))
    played.field.strike(f"S{section}", at(5))
    assert played.until(60) == [(device, Cause.FAULT)]
    found = played.located()
    assert (found.suspects[0].section, found.verdict) == (f"S{section}", Verdict.LOCATED)
    assert found.suspects[0].section in found.suspected


def test_a_fault_that_burns_clear_is_momentary() -> None:
    played = Played(draw(GRID, change=SHOTS))
    played.field.strike("SB", at(5), clears_after_openings=1)
    assert played.until(60) == [("b1", Cause.MOMENTARY)]
    assert played.concluded[0].openings == 1


def test_the_second_shot_that_holds_is_momentary_as_well() -> None:
    played = Played(draw(GRID, change=SHOTS))
    played.field.strike("SF", at(5), clears_after_openings=2)
    assert played.until(60) == [("r1", Cause.MOMENTARY)]
    assert played.concluded[0].openings == 2


def test_a_device_that_locks_out_in_silence_is_found_by_its_wait() -> None:
    played = Played(draw(GRID, change=SHOTS))
    played.field.misbehave(SwitchId("b1"), Misbehaviour.NO_LOCKOUT_SIGNAL, at=at(1))
    played.field.strike("SC", at(5))
    assert played.until(90) == [("b1", Cause.FAULT)]
    assert played.concluded[0].reason.code == "stayed-open"
    assert played.located().suspects[0].section == "SC"


@pytest.mark.parametrize("section", ["A", "B", "C", "E", "F"])
@pytest.mark.parametrize("silent", ["s1", "s2", "s3", "r1"])
def test_one_silent_indicator_never_lets_the_fault_out(section: str, silent: str) -> None:
    played = Played(draw(GRID))
    played.field.misbehave(SwitchId(silent), Misbehaviour.INDICATOR_SILENT, at=at(1))
    played.field.strike(f"S{section}", at(5))
    played.until(60)
    assert SectionId(f"S{section}") in played.located().suspected


@pytest.mark.parametrize("section", ["A", "B", "C", "E", "F"])
@pytest.mark.parametrize("stray", ["s1", "s2", "s3", "r1"])
def test_one_stray_flag_never_lets_the_fault_out(section: str, stray: str) -> None:
    played = Played(draw(GRID))
    played.field.strike(f"S{section}", at(5))
    played.field.misbehave(SwitchId(stray), Misbehaviour.INDICATOR_STRAY, at=at(5.2))
    played.until(60)
    assert SectionId(f"S{section}") in played.located().suspected


def test_a_recloser_that_is_stuck_leaves_it_to_the_breaker() -> None:
    played = Played(draw(GRID))
    played.field.misbehave(SwitchId("r1"), Misbehaviour.STUCK, at=at(1))
    played.field.strike("SF", at(5))
    assert played.until(60) == [("b1", Cause.FAULT)]
    found = played.located()
    assert found.suspects[0].section == "SF"
    assert "failed-to-trip" in {e.why.code for e in found.evidence}


def test_two_faults_at_once_are_two_operations() -> None:
    played = Played(draw(GRID))
    played.field.strike("SF", at(5))
    played.field.strike("SD", at(5))
    assert sorted(played.until(60)) == [("b2", Cause.FAULT), ("r1", Cause.FAULT)]


def test_a_source_that_goes_is_lost_supply() -> None:
    volts = Point(
        id=PointId("S1.voltage_v"),
        link=LinkId("rtu"),
        element="S1",
        signal=Signal.VOLTAGE,
        node_id="S1.voltage_v",
    )
    drawn = draw(GRID).components
    network = build_network(replace(drawn, points=(*drawn.points, volts)))
    played = Played(network)
    played.field.lose_source(SourceId("S1"), at(5))
    assert played.until(60) == [("b1", Cause.LOST_SUPPLY)]


def test_a_switch_opened_by_hand_is_planned() -> None:
    played = Played(draw(GRID))
    played.field.operate_by_hand(SwitchId("s2"), Position.OPEN, at=at(5))
    assert played.until(60) == [("s2", Cause.PLANNED)]
    assert played.state.flags[SwitchId("s2")].value is Reading.NO
