"""Load cases side by side come out as each does by itself."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_networks import networks

from gridops.ids import LoadId
from gridops.network import Network
from gridops.powerflow import LoadCases, LoadPower, LoadPowers, RadialFlow, Trees
from gridops.powerflow.lanes_kernel import LANES
from tests.radial_sweep import RadialSweep

Case = Mapping[LoadId, LoadPower]

FACTORS = st.floats(-1.5, 2.0) | st.sampled_from([0.0, 1.0, 300.0, 3e5, math.nan])
"""Of what loads state: some can be carried, some are beyond any grid, some are no numbers."""


def trees_of(network: Network) -> Trees:
    trees = RadialFlow(network).at(network.normally_closed)
    assume(trees is not None)
    assert trees is not None
    return trees


def as_by_itself(found: LoadCases, k: int, trees: Trees, case: Case) -> None:
    """Its figures are those of the solution of that case alone."""
    alone = trees.solve(case)
    assert found.converged[k] == alone.converged
    assert found.iterations[k] == trees.iterations
    figures = found.voltage_pu_min[k], found.voltage_pu_max[k], found.loading_pct_max[k]
    if not alone.converged:
        assert np.isnan(figures).all()
        return
    volts, loading = alone.voltage_pu.values(), max(alone.loading_pct.values(), default=0.0)
    expected = min(volts), max(volts), loading
    assert figures[:2] == pytest.approx(expected[:2], abs=1e-9)
    assert figures[2] == pytest.approx(expected[2], abs=1e-7, rel=1e-9)


@given(
    network=networks(),
    factors=st.lists(FACTORS, max_size=LANES + 1) | st.lists(FACTORS, min_size=LANES + 1),
    odd=st.integers(0, 10),
)
def test_cases_side_by_side_are_as_each_alone(
    network: Network, factors: list[float], odd: int
) -> None:
    """The factor goes for all loads, or for one that is asked for beside the others."""
    trees = trees_of(network)
    stated, ids = LoadPowers.stated(network), list(network.loads)
    cases: list[Case] = [LoadPowers.stated(network, scale=factor) for factor in factors]
    if ids:
        one = ids[odd % len(ids)]
        cases += [
            {**stated, one: LoadPower(stated[one].p_w * f, stated[one].q_var)} for f in factors
        ]
    found = trees.solve_many(cases)
    assert len(found.iterations) == len(cases)
    for k, case in enumerate(cases):
        as_by_itself(found, k, trees, case)
        assert found.result(k).voltage_pu == trees.solve(case).voltage_pu


@given(network=networks(), good=st.floats(-1.0, 1.5), place=st.integers(0, LANES - 1))
def test_a_neighbour_without_solution_changes_no_bit(
    network: Network, good: float, place: int
) -> None:
    trees = trees_of(network)
    case = LoadPowers.stated(network, scale=good)
    alone = trees.solve_many([case])
    for bad in (math.nan, 1e6):
        cases = [LoadPowers.stated(network, scale=bad)] * LANES
        cases[place] = case
        found = trees.solve_many(cases)
        for name in ("iterations", "voltage_pu_min", "voltage_pu_max", "loading_pct_max"):
            np.testing.assert_array_equal(getattr(found, name)[place], getattr(alone, name)[0])


@given(network=networks(nodes_max=10), factors=st.lists(st.floats(-1.0, 1.5), max_size=3))
def test_the_slow_sweep_says_the_same(network: Network, factors: list[float]) -> None:
    trees, slow = trees_of(network), RadialSweep(network)
    cases = [LoadPowers.stated(network, scale=factor) for factor in factors]
    found = trees.solve_many(cases)
    for k, case in enumerate(cases):
        reference = slow.solve(network.normally_closed, case)
        if not (reference.converged and found.converged[k]):
            continue  # near collapse each gives up where it will
        assert found.voltage_pu_min[k] == pytest.approx(
            min(reference.voltage_pu.values()), abs=1e-8
        )
        loading = max(reference.loading_pct.values(), default=0.0)
        assert found.loading_pct_max[k] == pytest.approx(loading, abs=1e-5, rel=1e-6)


@given(network=networks(), factor=st.floats(-1.0, 1.5))
def test_the_last_solution_stays(network: Network, factor: float) -> None:
    trees = trees_of(network)
    before = trees.solve(LoadPowers.stated(network))
    assume(before.converged)
    trees.solve_many([LoadPowers.stated(network, scale=factor)])
    assert trees.result() == before
