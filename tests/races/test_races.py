"""No order of events that hypothesis finds breaks an invariant of execution."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.races.machine import LAN, MID_PLAN, Races


@pytest.mark.parametrize("manner", ["advisory", "automatic"])
@pytest.mark.parametrize("what", MID_PLAN)
def test_whatever_happens_mid_plan(what: str, manner: str) -> None:
    """At each of its steps, and again with what is proposed after it."""
    for after in (1, 3):
        for which in (0, 1):
            _played(partial(_disturbed, manner=manner, what=what, after=after, which=which))


def _disturbed(races: Races, *, manner: str, what: str, after: int, which: int) -> None:
    races.a_fault_strikes(manner, "C", by=LAN, after=after, what=what, which=which)
    races.world.wait(5.0)
    races.release(LAN, 8.0)


def _played(night: Callable[[Races], None]) -> None:
    races = Races()
    try:
        night(races)
        for name in dir(races):
            if name.startswith(("i2", "i3")):
                getattr(races, name)()
    finally:
        races.teardown()


def test_no_race_breaks_an_invariant() -> None:
    run_state_machine_as_test(Races, settings=settings(max_examples=30, stateful_step_count=12))


@pytest.mark.slow
def test_no_race_breaks_an_invariant_in_a_long_run() -> None:
    """Other nights each time."""
    run_state_machine_as_test(
        Races,
        settings=settings(max_examples=5_000, stateful_step_count=30, derandomize=False),
    )
