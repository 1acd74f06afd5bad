"""When supply is expected back: nothing without ground, then a band, told anew when overdue."""

from datetime import timedelta

import pytest

from gridops.incident import Expected
from gridops.network import draw
from gridops.reliability import OutageKind, RestorationTimes, band_of
from gridops.restoration import PlanSettings
from tests.playbook import CLOSED, FEEDER, SETTINGS, Playbook, Wait
from tests.playbook_words import Moved, Repaired, Tripped

KIND = OutageKind("fault", "breaker")


def knowing(lasted_s: list[float], repaired_s: list[float] | None = None) -> Playbook:
    """A desk that has seen outages of such lengths, and such repairs."""
    play = Playbook.on(draw("S1 [b1] A [s1] B"), SETTINGS)
    times = play.desk._here.times
    for after_s in lasted_s:
        times.supply_came(KIND, after_s)
    for after_s in repaired_s or []:
        times.repair_came(KIND, after_s)
    return play


def told(play: Playbook) -> list[tuple[float | None, float | None, float | None]]:
    """Earliest, middle and latest of each revision, in minutes after the loss of supply."""

    def minutes(one: Expected) -> tuple[float | None, float | None, float | None]:
        began = one.opened_at
        times = (one.earliest, one.at, one.latest)
        found = [None if t is None else (t - began) / timedelta(minutes=1) for t in times]
        return found[0], found[1], found[2]

    return [minutes(one) for one in play.incident().expected]


def test_without_nine_cases_of_the_kind_it_is_being_assessed() -> None:
    play = knowing([60.0 * m for m in range(10, 90, 10)]) >> Tripped("b1") >> Wait(60)
    assert told(play.forget()) == [(None, None, None)]
    assert not [timer for timer in play.due if timer.endswith("expected")]


def test_nine_cases_carry_a_band_from_the_least_to_the_greatest() -> None:
    play = knowing([60.0 * m for m in range(10, 100, 10)]) >> Tripped("b1") >> Wait(60)
    assert told(play.forget()) == [(10.0, 50.0, 90.0)]
    assert play.incident().expected[0].supply == band_of([60.0 * m for m in range(10, 100, 10)])


def test_what_is_overdue_is_told_anew_from_those_that_lasted_longer() -> None:
    """Ninety cases last less than ten minutes, ten of them an hour and more."""
    short, long = [300.0 + k for k in range(90)], [3600.0 + 60 * k for k in range(10)]
    play = knowing(short + long) >> Tripped("b1") >> Wait(60)
    (first,) = told(play.forget())
    assert first[2] is not None
    assert first[2] < 60.0
    play.forget_after(3600)
    assert [revision[1] is not None for revision in told(play)] == [True, True]
    second = told(play)[1]
    assert second[1] == pytest.approx(64.5)
    assert play.incident().expected[1].supply is not None
    play.forget_after(3600)
    assert told(play)[2:] == [(None, None, None)]


def test_supply_that_is_back_ends_the_waiting_and_teaches() -> None:
    play = knowing([]) >> Tripped("b1") >> Wait(100)
    play.forget() >> Repaired()
    play.forget() >> Moved("b1", CLOSED) >> Wait(60)
    times: RestorationTimes = play.desk._here.times
    looked_s = SETTINGS.refresh_s
    assert (times.supply, times.repair) == ({KIND: [100.0 + looked_s]}, {KIND: [100.0]})
    assert play.incident().supplied_at is not None


def test_a_short_history_of_repairs_leaves_every_plan_as_it_was() -> None:
    plans = []
    for repairs in ([], [7200.0] * 8):
        play = knowing([], repairs) >> Tripped("b1") >> Wait(60)
        plans.append(play.forget().proposed().answer.fingerprint)
    assert plans[0] == plans[1]


def test_the_objective_reckons_with_the_repairs_that_were_seen() -> None:
    repairs = [3600.0 * h for h in (1, 1, 1, 2, 2, 2, 3, 3, 9)]
    play = Playbook(FEEDER)
    for after_s in repairs:
        play.desk._here.times.repair_came(KIND, after_s)
    play >> Tripped("b1") >> Wait(60)
    minutes = play.forget().proposed().answer.plan.minutes
    customers = play.proposed().answer.plan.customers.interrupted
    waited_min = (play.proposed().proposed_at - play.incident().opened_at) / timedelta(minutes=1)
    assert minutes.without / customers == pytest.approx(120.0 - waited_min, abs=0.2)


def test_limits_hold_for_the_late_repairs_as_well() -> None:
    """Half of all repairs take longer than the middle one: what may be overloaded for a while
    must not be judged by that."""
    settings = PlanSettings(repair_s=7200.0, repair_s_latest=32400.0)
    assert settings.outage_s == 32400.0
    assert PlanSettings().outage_s == PlanSettings().repair_s
