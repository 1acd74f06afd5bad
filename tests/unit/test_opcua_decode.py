"""One OPC UA value becomes one event, whatever it holds."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from gridops.events import SwitchMoved
from gridops.ids import LinkId, PointId
from gridops.measurement import Position, Quality
from gridops.network import ORDERS, Point, Signal
from opcua_bridge.link.decode import decode
from opcua_bridge.wire.values import NO_NUMBER, Sample, sample_of

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
READABLE = [signal for signal in Signal if signal not in ORDERS]


def point(signal: Signal) -> Point:
    return Point(id=PointId("p"), link=LinkId("rtu"), element="s1", signal=signal, node_id="s1.x")


def says(
    raw: object, *, code: int = 0, source: datetime | None = NOW, server: datetime | None = None
) -> Sample:
    return Sample(raw, code, source, server)


def test_a_position_with_its_time() -> None:
    earlier = NOW - timedelta(minutes=3)
    decoded = decode(point(Signal.POSITION), says(1, source=earlier), at=NOW)
    assert decoded.event == SwitchMoved(
        at=NOW, source_time=earlier, switch="s1", position=Position.OPEN
    )
    assert decoded.rejected == ""
    assert not decoded.is_time_ours
    assert not decoded.has_overflowed


def test_an_overflow_is_seen_behind_a_good_value() -> None:
    decoded = decode(point(Signal.POSITION), says(2, code=0x480), at=NOW)
    assert decoded.has_overflowed
    assert decoded.event.quality is Quality.GOOD


@pytest.mark.parametrize(
    ("source", "server", "wanted"),
    [
        (NOW - timedelta(hours=1), NOW, NOW - timedelta(hours=1)),
        (None, NOW - timedelta(seconds=1), NOW - timedelta(seconds=1)),
        (None, None, NOW),
        (datetime(1601, 1, 1, tzinfo=UTC), None, NOW),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(1601, 1, 1, tzinfo=UTC), NOW),
        (NOW + timedelta(hours=3), NOW - timedelta(seconds=2), NOW - timedelta(seconds=2)),
        (NOW + timedelta(seconds=4), None, NOW),
        (datetime(2026, 5, 4, 3, 0), None, datetime(2026, 5, 4, 3, 0, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_the_best_usable_time_dates_the_event(
    source: datetime | None, server: datetime | None, wanted: datetime
) -> None:
    decoded = decode(point(Signal.POSITION), says(1, source=source, server=server), at=NOW)
    assert decoded.event.source_time == wanted
    assert decoded.event.quality is Quality.GOOD


def test_a_value_without_variant_or_status_is_survived() -> None:
    decoded = decode(point(Signal.VOLTAGE), sample_of(ua.DataValue(None, StatusCode=None)), at=NOW)
    assert decoded.event.quality is Quality.BAD
    assert decoded.rejected


def test_server_times_that_the_library_misread_are_left_out() -> None:
    value = ua.DataValue(ua.Variant(1), ServerTimestamp=NOW, SourcePicoseconds=5)
    assert sample_of(value) == Sample(1, 0, None, None)
    assert sample_of(ua.DataValue(ua.Variant(1), ServerTimestamp=NOW)).server_time == NOW


RAW = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.lists(st.integers(), max_size=3),
    st.just([[]]),
    st.just(NO_NUMBER),
)
TIMES = st.none() | st.datetimes() | st.datetimes(timezones=st.just(UTC))


@given(
    signal=st.sampled_from(READABLE),
    raw=RAW,
    code=st.integers(0, 0xFFFF_FFFF),
    source=TIMES,
    server=TIMES,
)
def test_nothing_makes_it_raise_and_nothing_odd_comes_out_good(
    *, signal: Signal, raw: object, code: int, source: datetime | None, server: datetime | None
) -> None:
    event = decode(point(signal), Sample(raw, code, source, server), at=NOW).event

    assert event.at == NOW
    assert event.source_time <= NOW
    assert event.source_time.tzinfo is not None
    number = getattr(event, "voltage_v", 0.0)
    assert math.isfinite(number)
    if isinstance(raw, str | bytes | list) or raw in (None, NO_NUMBER):
        assert event.quality is Quality.BAD
