"""The compiled sweep tells what slower engines that share no code with it tell."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_networks import networks

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import SwitchId
from gridops.network import Network, SwitchSet
from gridops.powerflow import FlowResult, LoadPowers, RadialFlow
from tests.radial_sweep import RadialSweep

FLIPS = st.lists(st.integers(0, 60), max_size=4)


def flipped(network: Network, flips: list[int]) -> SwitchSet:
    closed = network.normally_closed
    ids = list(network.switches)
    for k in flips if ids else ():
        one = {ids[k % len(ids)]}
        closed = closed - one if one <= closed else closed | one
    return closed


def assert_equal(ours: FlowResult, theirs: FlowResult, *, but_for: float) -> None:
    """Voltages in per unit; currents to the same share of 100 A, powers of 1 MW."""
    assert ours.converged == theirs.converged
    for name, unit in (
        ("voltage_pu", 1.0),
        ("current_a", 100.0),
        ("loading_pct", 100.0),
        ("switch_current_a", 100.0),
        ("source_p_w", 1e6),
    ):
        one: Mapping[str, float] = getattr(ours, name)
        other: Mapping[str, float] = getattr(theirs, name)
        assert dict(one) == pytest.approx(dict(other), abs=but_for * unit), name


@given(network=networks(), flips=FLIPS)
def test_radial_states_are_solved_as_the_slow_sweep_does(
    network: Network, flips: list[int]
) -> None:
    closed, loads = flipped(network, flips), LoadPowers.stated(network)
    theirs = RadialSweep(network).solve(closed, loads)
    assume(theirs.converged)
    assert_equal(RadialFlow(network).solve(closed, loads), theirs, but_for=1e-8)


@given(network=networks(), flips=FLIPS)
def test_any_state_is_solved_as_power_grid_model_does(network: Network, flips: list[int]) -> None:
    """Parallel lines by ourselves; rings and parallel sources by power-grid-model, and the
    result says which."""
    closed, loads = flipped(network, flips), LoadPowers.stated(network)
    newton = PowerGridModelEngine(network)
    theirs = newton.solve(closed, loads)
    engine = RadialFlow(network, meshed=newton)
    ours = engine.solve(closed, loads)
    assert ours.engine == ("power-grid-model" if engine.at(closed) is None else "radial-kernel")
    assert_equal(ours, theirs, but_for=1e-8)


@given(network=networks(), flips=FLIPS, section=st.integers(0, 40))
def test_an_island_alone_is_solved_as_within_the_whole(
    network: Network, flips: list[int], section: int
) -> None:
    closed, loads = flipped(network, flips), LoadPowers.stated(network)
    engine = RadialFlow(network)
    whole = engine.solve(closed, loads)
    assume(whole.converged)
    ids = list(network.sections)
    here = ids[section % len(ids)]
    alone = engine.solve(closed, loads, around=[here])
    assert alone == RadialFlow(network).solve(closed, loads, around=[here])
    reached = RadialSweep(network).solve(closed, loads, around=[here])
    for name in ("voltage_pu", "current_a", "switch_current_a", "source_p_w"):
        part, all_ = dict(getattr(alone, name)), dict(getattr(whole, name))
        assert part == {k: all_[k] for k in part}
        if reached.converged:
            assert part.keys() == getattr(reached, name).keys()


@given(network=networks(), flips=FLIPS, scale=st.floats(0.5, 1.5))
def test_a_warm_start_ends_where_a_cold_one_does(
    network: Network, flips: list[int], scale: float
) -> None:
    closed = flipped(network, flips)
    trees = RadialFlow(network).at(closed)
    assume(trees is not None)
    assert trees is not None
    assume(trees.solve(LoadPowers.stated(network)).converged)
    warm = trees.solve(LoadPowers.stated(network, scale=scale), warm=True)
    cold = RadialFlow(network).solve(closed, LoadPowers.stated(network, scale=scale))
    assert_equal(warm, cold, but_for=1e-8)


@given(network=networks(), flips=FLIPS)
def test_the_same_question_has_the_same_answer_to_the_last_bit(
    network: Network, flips: list[int]
) -> None:
    closed, loads = flipped(network, flips), LoadPowers.stated(network)
    used = RadialFlow(network)
    used.solve(frozenset[SwitchId](network.switches), loads)
    used.solve(frozenset[SwitchId](), loads)
    assert used.solve(closed, loads) == RadialFlow(network).solve(closed, dict(loads))
