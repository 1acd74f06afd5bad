"""A candidate is judged as the state that it leads to is solved."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_networks import networks

from gridops.ids import SwitchId
from gridops.network import Limits, Network, SwitchSet
from gridops.powerflow import Candidates, FlowResult, LoadPowers, Outcome, RadialFlow, violations
from gridops.powerflow.segments import segments_of
from gridops.state import energise

MOVES = st.lists(st.integers(0, 60), max_size=5)


def carries_a(network: Network) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([s.current_a_rated for s in network.switches.values()])


def moved(closed: SwitchSet, moves: list[SwitchId]) -> SwitchSet:
    for switch in moves:
        closed = closed - {switch} if switch in closed else closed | {switch}
    return closed


def extremes(network: Network, found: FlowResult) -> tuple[float, float, float]:
    """Of the buses, and of everything that carries current."""
    buses = segments_of(network).bus_of_node
    at_buses = [v for n, v in found.voltage_pu.items() if buses[network.arrays.nodes.of[n]] >= 0]
    loading = [
        100.0 * v / network.switches[s].current_a_rated for s, v in found.switch_current_a.items()
    ]
    loading += found.loading_pct.values()
    return min(at_buses), max(at_buses), max(loading, default=0)


@given(network=networks(ties_max=6), opened=MOVES, moves=st.lists(MOVES, min_size=1, max_size=4))
def test_what_it_says_is_what_the_whole_solution_says(
    network: Network, opened: list[int], moves: list[list[int]]
) -> None:
    """Any moves at all: those it does not answer for it refuses."""
    ids = list(network.switches)
    assume(ids)
    before = network.normally_closed - {ids[k % len(ids)] for k in opened}
    loads, engine = LoadPowers.stated(network), RadialFlow(network)
    candidates = Candidates(engine.grid, before, loads=loads, carries_a=carries_a(network))
    assume(candidates.is_solved)
    lists = [list(dict.fromkeys(ids[k % len(ids)] for k in each)) for each in moves]
    asked = [
        ([s for s in each if s not in before], [s for s in each if s in before]) for each in lists
    ]
    judged = candidates.check(asked)
    for k, each in enumerate(lists):
        after = moved(before, each)
        concerned = concerned_by(network, each, before=before)
        whole = engine.solve(after, loads, around=concerned)
        if judged.outcome[k] == Outcome.NOT_RADIAL:
            assert engine.at(after) is None
        elif judged.outcome[k] == Outcome.NO_SOLUTION:
            assert not engine.solve(after, loads).converged
        elif judged.outcome[k] == Outcome.OTHER:
            assert parts_supply(network, each, before=before)
        elif judged.buses[k]:
            assert whole.converged
            low, high, loading = extremes(network, whole)
            assert judged.voltage_pu_min[k] == pytest.approx(low, abs=1e-6)
            assert judged.voltage_pu_max[k] == pytest.approx(high, abs=1e-6)
            slack = 1e-3 + 100.0 * judged.bounds.charging_of_members * max(high, 1.0) ** 2
            assert judged.loading_pct_max[k] == pytest.approx(loading, abs=slack, rel=1e-6) or (
                loading < 50.0 and judged.loading_pct_max[k] <= loading + slack
            )
            limits = Limits(
                voltage_pu_min=low * 0.9999, voltage_pu_max=high * 1.001, loading_pct_max=loading
            )
            sure = judged.surely_within(limits)[k]
            assert not (sure and violations(whole, limits, rated_a={}))
    assert judged.outcome.tolist() == candidates.check(asked).outcome.tolist()


def concerned_by(network: Network, moves: list[SwitchId], *, before: SwitchSet) -> list[str]:
    live = energise(network, before)
    return [
        end for switch in moves for end in network.section_ends[switch] if live.is_supplied(end)
    ]


def parts_supply(network: Network, moves: list[SwitchId], *, before: SwitchSet) -> bool:
    live = energise(network, before)
    return any(
        s in before and all(live.is_supplied(end) for end in network.section_ends[s]) for s in moves
    )


@given(network=networks(ties_max=6), opened=MOVES, moves=MOVES)
def test_one_candidate_leaves_nothing_behind_for_the_next(
    network: Network, opened: list[int], moves: list[int]
) -> None:
    ids = list(network.switches)
    assume(ids)
    before = network.normally_closed - {ids[k % len(ids)] for k in opened}
    loads, grid = LoadPowers.stated(network), RadialFlow(network).grid
    used = Candidates(grid, before, loads=loads, carries_a=carries_a(network))
    assume(used.is_solved)
    one = [([ids[k % len(ids)]], []) for k in moves]
    together = used.check(one)
    for k, each in enumerate(one):
        fresh = Candidates(grid, before, loads=loads, carries_a=carries_a(network))
        alone = fresh.check([each])
        assert alone.outcome[0] == together.outcome[k]
        if alone.outcome[0] == Outcome.SOLVED:
            assert alone.voltage_pu_min[0] == together.voltage_pu_min[k]
            assert alone.loading_pct_max[0] == together.loading_pct_max[k]
