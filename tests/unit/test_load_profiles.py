"""One switch state over a day: many load cases at once."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gridops.ids import GeneratorId, LoadId, NodeId, SourceId
from gridops.network import Generator, GeneratorKind, Network, build_network, draw
from gridops.powerflow import LoadCases, LoadPower, LoadPowers, RadialFlow, Trees
from gridops.powerflow.lanes_kernel import LANES

RING = "S1 [b1] A [s1] B (t1) C [b2] S2"
DAY = [0.5 + 0.4 * math.sin(math.tau * (hour - 9) / 24) for hour in range(24)]


def trees_of(network: Network) -> Trees:
    trees = RadialFlow(network).at(network.normally_closed)
    assert trees is not None
    return trees


def hours(network: Network, factors: list[float]) -> list[LoadPowers]:
    return [LoadPowers.stated(network, scale=factor) for factor in factors]


def test_a_day_is_lowest_and_heaviest_when_most_is_drawn() -> None:
    network = draw(RING, p_w={"A": 2e6, "B": 3e6, "C": 1e6})
    trees = trees_of(network)
    day = trees.solve_many(hours(network, DAY))
    assert day.converged.all()
    assert day.voltage_pu_min.argmin() == day.loading_pct_max.argmax() == np.argmax(DAY)
    for hour, loads in enumerate(hours(network, DAY)):
        alone = trees.solve(loads)
        assert day.result(hour) == alone
        assert day.voltage_pu_min[hour] == min(alone.voltage_pu.values())
        assert day.voltage_pu_max[hour] == max(alone.voltage_pu.values())
        heaviest = max(alone.loading_pct.values())
        assert day.loading_pct_max[hour] == pytest.approx(heaviest, rel=1e-12)


@pytest.mark.parametrize("count", [0, 1, LANES, LANES + 1])
def test_any_number_of_cases(count: int) -> None:
    network = draw(RING)
    found = trees_of(network).solve_many(hours(network, [1.0] * count))
    assert found.converged.tolist() == [True] * count
    assert len(set(found.voltage_pu_min.tolist())) == min(count, 1)


def test_an_hour_that_collapses_leaves_the_others_alone() -> None:
    network = draw("S1 [b1] A [s1] B", p_w={"B": 2e6})
    found = trees_of(network).solve_many(hours(network, [1.0, 200.0, 1.0, math.nan, 1.0]))
    assert found.converged.tolist() == [True, False, True, False, True]
    assert np.isnan(found.loading_pct_max).tolist() == [False, True, False, True, False]
    assert not found.result(1).converged
    with pytest.raises(IndexError, match="there are 5 load cases, and no number 5"):
        found.result(5)


def sunny() -> Network:
    """A generator where the last load is."""
    parts = draw("S1 [b1] A [s1] B", p_w={"B": 2e6}).components
    at = NodeId(next(load.node for load in parts.loads if load.id == "B"))
    sun = Generator(
        id=GeneratorId("sun"),
        name="sun",
        node=at,
        kind=GeneratorKind.PHOTOVOLTAIC,
        power_va_rated=3e6,
        p_w=-3e6,
        q_var=0.0,
    )
    return build_network(replace(parts, generators=(sun,)))


def test_generators_are_those_of_all_cases_or_of_each() -> None:
    network = sunny()
    trees, sun = trees_of(network), {GeneratorId("sun"): LoadPower(-3e6, 0.0)}
    loads = LoadPowers.stated(network)

    def lowest(found: LoadCases) -> list[float]:
        return found.voltage_pu_min.tolist()

    dark, bright = (trees.solve(loads, generators=g).voltage_pu.values() for g in ({}, sun))
    assert min(dark) < min(bright)
    assert lowest(trees.solve_many([loads, loads], generators=sun)) == [min(bright)] * 2
    mixed = trees.solve_many([loads, loads], generators=[{}, sun])
    assert lowest(mixed) == [min(dark), min(bright)]
    assert mixed.result(1).voltage_pu == trees.solve(loads, generators=sun).voltage_pu
    with pytest.raises(ValueError, match="zip"):
        trees.solve_many([loads, loads], generators=[{}])


def test_a_load_that_the_grid_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError):
        trees_of(draw(RING)).solve_many([{LoadId("nowhere"): LoadPower(1.0, 0.0)}])


def test_where_nothing_is_energised_there_is_nothing_to_tell() -> None:
    network = draw(RING)
    dark = RadialFlow(network).at(
        network.normally_closed, dead_sources={SourceId("S1"), SourceId("S2")}
    )
    assert dark is not None
    found = dark.solve_many(hours(network, [1.0]))
    assert found.converged.all()
    assert np.isnan(found.voltage_pu_min).all()
    assert np.isnan(found.voltage_pu_max).all()
    assert found.loading_pct_max.tolist() == [0.0]
