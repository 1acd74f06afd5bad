"""The city's AC state by us."""

import itertools

import numpy as np

from gridops.bench.bench_city import BenchCity
from gridops.bench.measuring import Side, timed
from gridops.network import Network, Values
from gridops.powerflow import FlowResult, RadialFlow
from gridops.powerflow.radial_kernel import Bounds, solve

AS_PEERS = Bounds(tolerance_pu=2e-9, iterations_max=500)
"""Of the square of a voltage: 1e-9 pu, so that a difference from a peer is the peer's. The product
itself goes on to 1e-10."""


def cold(city: BenchCity) -> Side:
    """From flat voltages, the trees of the switch state being known."""
    return _iteration(city, cases=1, warm=False)


def warm(city: BenchCity) -> Side:
    """From the voltages of the other load case."""
    return _iteration(city, cases=len(city.loads), warm=True)


def whole_call(city: BenchCity) -> Side:
    """`RadialFlow.solve`: from a set of closed switches to voltages and currents of everything."""
    flow = RadialFlow(city.network)
    cases = itertools.cycle(city.loads)

    def work() -> None:
        flow.solve(city.closed, next(cases))

    return Side(
        read=timed(work),
        answer=lambda: voltages(city.network, flow.solve(city.closed, city.loads[0])),
    )


def _iteration(city: BenchCity, *, cases: int, warm: bool) -> Side:
    """Raises: ValueError if the city is not radial."""
    flow = RadialFlow(city.network)
    trees = flow.at(city.closed)
    if trees is None:
        raise ValueError(f"{city.title} is not radial")
    grid, grown = flow.grid, trees.grown
    drawn = [grid.drawn(loads, {}) for loads in city.loads[:cases]]
    turns = itertools.cycle(drawn)

    def settle(drawn: Values, *, warm: bool) -> None:
        done = solve(grown.blocks, drawn, grid.has_current_loads, grown.room, warm, AS_PEERS)
        if not done:
            raise ValueError(f"{city.title} has no solution")

    def answer() -> Values:
        settle(drawn[-1], warm=False)
        settle(drawn[0], warm=warm)
        return voltages(city.network, trees.result())

    settle(drawn[0], warm=False)
    return Side(read=timed(lambda: settle(next(turns), warm=warm)), answer=answer)


def voltages(network: Network, found: FlowResult) -> Values:
    """By number of the node; NaN where there is no supply."""
    listed = found.voltage_pu
    return np.array([listed.get(node, np.nan) for node in network.nodes])
