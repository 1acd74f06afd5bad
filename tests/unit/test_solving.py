"""What is worked out beside the loop, and how far."""

import pytest

from gridops.control_room.solving import LOOK_S_MAX, affordable
from gridops.restoration import OutlookSettings


def plans(settings: OutlookSettings) -> int:
    return 2 * settings.steps_max + settings.alternatives_tried_max + settings.helps_tried_max


@pytest.mark.parametrize("plan_s", [0.0, 0.001, 0.05])
def test_where_plans_are_quick_everything_is_looked_at(plan_s: float) -> None:
    assert affordable(plan_s) == OutlookSettings()


@pytest.mark.parametrize("plan_s", [0.2, 0.7, 1.5])
def test_where_they_are_slow_it_is_less_in_proportion(plan_s: float) -> None:
    found = affordable(plan_s)
    rounded_up = 4
    assert plans(found) < plans(OutlookSettings())
    assert (plans(found) - rounded_up) * plan_s <= LOOK_S_MAX


def test_something_is_looked_at_in_any_case() -> None:
    found = affordable(100.0)
    assert (found.steps_max, found.alternatives_tried_max, found.helps_tried_max) == (1, 1, 1)
