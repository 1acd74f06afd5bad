"""What a raw value at a point means, and what is never believed."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.errors import TelemetryRejected
from gridops.events import (
    CurrentMeasured,
    FaultFlagChanged,
    FieldEvent,
    LocalControlChanged,
    LockoutChanged,
    PowerMeasured,
    ProtectionPickedUp,
    SwitchMoved,
    VoltageMeasured,
)
from gridops.ids import LinkId, PointId
from gridops.measurement import Position, Quality, Reading
from gridops.network import ORDERS, Point, Signal
from gridops.state.telemetry import CONTACTS, MEASUREMENTS, event_of, raw_of

SOURCE_TIME = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
AT = SOURCE_TIME + timedelta(milliseconds=150)


def point(signal: Signal, element: str = "b1") -> Point:
    name = f"{element}.{signal}"
    return Point(id=PointId(name), link=LinkId("rtu"), element=element, signal=signal, node_id=name)


def said(signal: Signal, value: object, quality: Quality = Quality.GOOD) -> FieldEvent:
    return event_of(point(signal), value, quality=quality, source_time=SOURCE_TIME, at=AT)


@pytest.mark.parametrize(
    ("raw", "position"),
    [
        (0, Position.INTERMEDIATE),
        (1, Position.OPEN),
        (2, Position.CLOSED),
        (3, Position.BAD),
    ],
)
def test_a_double_point_is_read_as_the_standard_numbers_it(raw: int, position: Position) -> None:
    assert said(Signal.POSITION, raw) == SwitchMoved(
        at=AT, source_time=SOURCE_TIME, switch="b1", position=position
    )


@pytest.mark.parametrize("raw", [-1, 4, 255, 2**64])
def test_a_double_point_that_says_neither_is_bad_and_seen_at_once(raw: int) -> None:
    assert said(Signal.POSITION, raw) == SwitchMoved(
        at=AT, source_time=SOURCE_TIME, quality=Quality.BAD, switch="b1", position=Position.BAD
    )


@pytest.mark.parametrize("raw", [True, False])
def test_a_boolean_is_no_double_point_because_true_would_mean_open(raw: bool) -> None:
    with pytest.raises(TelemetryRejected, match=r"point b1\.position.*no double point.*0\.\.3"):
        said(Signal.POSITION, raw)


@pytest.mark.parametrize(
    ("signal", "event"),
    [
        (Signal.FAULT_FLAG, FaultFlagChanged),
        (Signal.PROTECTION, ProtectionPickedUp),
        (Signal.LOCKOUT, LockoutChanged),
        (Signal.LOCAL, LocalControlChanged),
    ],
)
def test_a_contact_says_yes_or_no_and_fails_with_bad_quality(
    signal: Signal, event: type[FaultFlagChanged]
) -> None:
    for raw, reading in ((True, Reading.YES), (1, Reading.YES), (False, Reading.NO)):
        assert said(signal, raw) == event(
            at=AT, source_time=SOURCE_TIME, switch="b1", reading=reading
        )
    assert said(signal, True, Quality.BAD) == event(
        at=AT, source_time=SOURCE_TIME, quality=Quality.BAD, switch="b1", reading=Reading.FAILED
    )


def test_measurements_are_numbers_in_si_units() -> None:
    assert said(Signal.CURRENT, 112) == CurrentMeasured(
        at=AT, source_time=SOURCE_TIME, switch="b1", current_a=112.0
    )
    assert said(Signal.POWER, -2.5e6, Quality.SUBSTITUTED) == PowerMeasured(
        at=AT, source_time=SOURCE_TIME, quality=Quality.SUBSTITUTED, switch="b1", p_w=-2.5e6
    )
    assert event_of(
        point(Signal.VOLTAGE, "S1"),
        21_950.0,
        quality=Quality.STALE,
        source_time=SOURCE_TIME,
        at=AT,
    ) == VoltageMeasured(
        at=AT, source_time=SOURCE_TIME, quality=Quality.STALE, node="S1", voltage_v=21_950.0
    )


NONSENSE = [
    *(None, "2", b"\x02", [2], (2,), {"value": 2}, 2.0j, math.nan, math.inf),
    pytest.param(object(), id="object"),
]


@pytest.mark.parametrize("signal", [s for s in Signal if s not in ORDERS])
@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_nonsense_is_rejected_by_name_and_then_sent_as_bad_quality(
    signal: Signal, value: object
) -> None:
    with pytest.raises(TelemetryRejected) as caught:
        said(signal, value)
    assert caught.value.point == f"b1.{signal}"
    assert caught.value.remedy
    assert said(signal, value, Quality.BAD).quality is Quality.BAD


@pytest.mark.parametrize(
    ("signal", "value"),
    [
        (Signal.VOLTAGE, -22_000.0),
        (Signal.VOLTAGE, 1e9),
        (Signal.CURRENT, -1e7),
        (Signal.POWER, 1e308),
        (Signal.POWER, 10**400),
        (Signal.FAULT_FLAG, 2),
        (Signal.LOCKOUT, -1),
        (Signal.CURRENT, True),
    ],
)
def test_what_no_device_can_mean_is_rejected(signal: Signal, value: object) -> None:
    with pytest.raises(TelemetryRejected):
        said(signal, value)


def test_a_book_from_a_hostile_server_does_not_fill_our_messages() -> None:
    with pytest.raises(TelemetryRejected) as caught:
        said(Signal.VOLTAGE, "x" * 10**6)
    assert len(str(caught.value)) < 200


def test_a_command_point_is_no_source_of_facts() -> None:
    with pytest.raises(TelemetryRejected, match="command"):
        said(Signal.COMMAND, 1)


def test_a_time_without_a_zone_is_rejected() -> None:
    naive = SOURCE_TIME.replace(tzinfo=None)
    with pytest.raises(TelemetryRejected, match="zone"):
        event_of(point(Signal.POSITION), 2, quality=Quality.GOOD, source_time=naive, at=AT)


RAW = {
    **{signal: st.booleans() for signal in CONTACTS},
    **{signal: st.floats(-100, 1e5) for signal in MEASUREMENTS},
    Signal.POSITION: st.integers(0, 3),
}


@given(
    pair=st.sampled_from(sorted(RAW)).flatmap(lambda s: st.tuples(st.just(s), RAW[s])),
    quality=st.sampled_from([Quality.GOOD, Quality.STALE, Quality.SUBSTITUTED]),
)
def test_the_raw_value_comes_back_out_of_the_event(
    pair: tuple[Signal, int | float | bool], quality: Quality
) -> None:
    signal, raw = pair
    event = said(signal, raw, quality)
    assert raw_of(event) == raw
    assert said(signal, raw_of(event), quality) == event


@given(
    signal=st.sampled_from([s for s in Signal if s not in ORDERS]),
    quality=st.sampled_from(list(Quality)),
    value=st.one_of(st.none(), st.text(), st.binary(), st.floats(), st.integers(), st.booleans()),
)
def test_any_value_gives_an_event_or_a_clear_rejection(
    signal: Signal, quality: Quality, value: object
) -> None:
    try:
        event = said(signal, value, quality)
    except TelemetryRejected:
        assert quality is not Quality.BAD
        return
    raw = raw_of(event)
    assert raw is None or math.isfinite(raw)
