"""What loads draw after an outage, and in the hours that follow."""

from dataclasses import replace
from datetime import time

import pytest

from gridops.ids import LoadId, ProfileId, SectionId
from gridops.network import (
    COLD_LOAD,
    ColdLoad,
    LoadClass,
    Network,
    Profile,
    build_network,
    draw,
)
from gridops.powerflow import LoadPowers, carried_on, loads_ahead, picked_up

MINUTE = 60.0


@pytest.mark.parametrize(
    ("dark_min", "factor"), [(0, 1.0), (5, 1.0), (17.5, 1.5), (30, 2.0), (600, 2.0)]
)
def test_homes_draw_the_more_the_longer_they_were_dark(dark_min: float, factor: float) -> None:
    assert COLD_LOAD.factor(LoadClass.RESIDENTIAL, dark_min * MINUTE) == pytest.approx(factor)


@pytest.mark.parametrize("wrong", [{"industrial": 0.5}, {"begins_s": 1800.0}, {"lasts_s": -1.0}])
def test_a_table_that_means_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="cold load"):
        ColdLoad(**wrong)


def test_only_what_was_dark_for_long_draws_more() -> None:
    grid = draw("S1 [b1] A [s1] B [s2] C")
    dark_s = {SectionId("SB"): 30 * MINUTE, SectionId("SC"): 4 * MINUTE}
    cold = picked_up(grid, LoadPowers.stated(grid), dark_s=dark_s, table=COLD_LOAD)
    assert cold is not None
    assert {load: power.p_w for load, power in cold.items()} == {"A": 100e3, "B": 200e3, "C": 100e3}
    assert cold[LoadId("B")].q_var == pytest.approx(60e3)


def test_short_outages_change_nothing_and_cost_nothing() -> None:
    grid = draw("S1 [b1] A")
    dark_s = {SectionId("SA"): 4 * MINUTE}
    assert picked_up(grid, LoadPowers.stated(grid), dark_s=dark_s, table=COLD_LOAD) is None


def test_what_feeds_in_is_not_multiplied() -> None:
    grid = draw("S1 [b1] A [s1] B", p_w={"A": -50e3})
    dark_s = {SectionId("SA"): 60 * MINUTE}
    cold = picked_up(grid, LoadPowers.stated(grid), dark_s=dark_s, table=COLD_LOAD)
    assert cold is not None
    assert cold[LoadId("A")].p_w == -50e3


def with_day(network: Network, factors: tuple[float, ...], *loads: str) -> Network:
    day = Profile(id=ProfileId("day"), name="day", factors=factors)
    parts = network.components
    followed = tuple(replace(x, profile=day.id) if x.id in loads else x for x in parts.loads)
    return build_network(replace(parts, profiles=(day,), loads=followed))


HOURS = tuple(1.0 + hour / 10 for hour in range(24))


def ahead(network: Network, at: str, hours: float) -> list[tuple[float, float, float]]:
    """Hours from now, and what A and B draw then, in kW."""
    listed = loads_ahead(
        network, LoadPowers.stated(network), at=time.fromisoformat(at), until_s=hours * 3600
    )
    return [
        (
            round(in_s / 3600, 3),
            round(loads[LoadId("A")].p_w / 1e3, 3),
            round(loads[LoadId("B")].p_w / 1e3, 3),
        )
        for in_s, loads in listed
    ]


def test_loads_go_with_their_profile_from_what_they_draw_now() -> None:
    grid = with_day(draw("S1 [b1] A [s1] B"), HOURS, "A")
    assert ahead(grid, "10:30", 2) == [(0.5, 105.0, 100.0), (1.5, 110.0, 100.0)]


def test_the_day_goes_on_past_midnight() -> None:
    grid = with_day(draw("S1 [b1] A [s1] B"), HOURS, "A")
    assert ahead(grid, "23:00", 1) == [(1.0, round(100 / 3.3, 3), 100.0)]


def test_a_profile_that_is_zero_now_comes_back_as_stated() -> None:
    grid = with_day(draw("S1 [b1] A [s1] B"), (0.0,) + (0.8,) * 23, "A")
    assert ahead(grid, "00:15", 1) == [(0.75, 80.0, 100.0)]


def test_nothing_is_looked_at_where_no_load_has_a_profile() -> None:
    assert ahead(draw("S1 [b1] A [s1] B"), "10:30", 4) == []


def test_loads_are_carried_on_to_the_hour_of_the_plan() -> None:
    grid = with_day(draw("S1 [b1] A [s1] B"), HOURS, "A")
    loads = LoadPowers.stated(grid)
    then, now = time.fromisoformat("10:30"), time.fromisoformat("12:10")
    assert carried_on(grid, loads, since=then, to=now)[LoadId("A")].p_w == pytest.approx(110e3)
    assert dict(carried_on(grid, loads, since=then, to=then)) == dict(loads)
    bare = draw("S1 [b1] A")
    assert carried_on(bare, loads, since=then, to=now) is loads
