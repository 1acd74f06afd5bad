from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar

import pytest

from gridops.adapters import clocks
from gridops.adapters.clocks import SimulatedClock, SystemClock

START = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)


class _Machine(datetime):
    """A machine clock that is set back by an hour in the middle."""

    readings: ClassVar = [
        START,
        START + timedelta(seconds=5),
        START - timedelta(hours=1),
        START + timedelta(seconds=6),
    ]

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return cls.readings.pop(0)


def test_a_machine_clock_that_is_set_back_does_not_turn_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SystemClock()
    monkeypatch.setattr(clocks, "datetime", _Machine)
    seen = [clock.now() for _ in range(4)]
    assert seen == [START + timedelta(seconds=s) for s in (0, 5, 5, 6)]


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_simulated_time_moves_only_when_told() -> None:
    clock = SimulatedClock(START)
    assert clock.now() == clock.now() == START
    assert clock.advance(timedelta(seconds=3)) == clock.now() == START + timedelta(seconds=3)


def test_simulated_time_is_utc_whatever_zone_it_is_set_in() -> None:
    hanoi = timezone(timedelta(hours=7))
    clock = SimulatedClock(START.astimezone(hanoi))
    clock.move_to(datetime(2026, 3, 1, 10, 0, tzinfo=hanoi))
    assert clock.now().isoformat() == "2026-03-01T03:00:00+00:00"


def test_simulated_time_never_goes_back() -> None:
    clock = SimulatedClock(START)
    with pytest.raises(ValueError, match="go back"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="no time zone"):
        SimulatedClock(START.replace(tzinfo=None))
