"""What share of the stated power holds at a time of day."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops import open_grid
from gridops.errors import ScenarioError
from gridops.network import Profile
from gridops.network.profiles import factor_at


def profile(*factors: float) -> Profile:
    return Profile(id="p", name="p", factors=factors)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "hour"), [("00:00", 0), ("00:59", 0), ("01:00", 1), ("18:30", 18), ("23:59", 23)]
)
def test_an_hourly_factor_holds_for_its_hour(at: str, hour: int) -> None:
    assert factor_at(profile(*map(float, range(24))), time.fromisoformat(at)) == hour


def test_a_quarter_of_an_hour_has_a_factor_of_its_own() -> None:
    quarters = profile(*map(float, range(96)))
    assert [factor_at(quarters, time(6, m)) for m in (0, 14, 15, 59)] == [24, 24, 25, 27]


@given(
    steps=st.sampled_from([1, 24, 48, 96]), minute=st.integers(min_value=0, max_value=24 * 60 - 1)
)
def test_steps_are_equal_and_in_order(steps: int, minute: int) -> None:
    at = time(minute // 60, minute % 60)
    assert factor_at(profile(*map(float, range(steps))), at) == minute // (24 * 60 // steps)


def test_python_takes_a_time_or_what_one_would_write() -> None:
    ring = open_grid("hanoi_ring")
    written, exact = (ring.what_if(faults=["L473-3"], at=at) for at in ("03:00", time(3)))
    assert written.answer.plan == exact.answer.plan
    with pytest.raises(ScenarioError, match="'3 am' is no time of day"):
        ring.what_if(faults=["L473-3"], at="3 am")
