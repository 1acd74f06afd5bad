"""Customers out after a switch event, by pandapower.topology."""

from typing import Any

import numpy as np

from gridops.adapters.pandapower_grid.writing import numbers, to_net
from gridops.bench.measuring import Side
from gridops.bench.switchings import Move, Switchings, run_through

MOVES = 4
"""It takes a third of a second for one in a city of 700 feeders."""


def anew(switchings: Switchings) -> Side:
    """The graph is made from the tables at each event, as its own functions do."""
    from pandapower import topology  # noqa: PLC0415 (an extra)

    grid = _Grid(switchings)

    def customers_out(move: Move) -> int:
        grid.is_closed[move.switch] = move.is_closed
        grid.net.switch["closed"] = grid.is_closed
        graph = topology.create_nxgraph(grid.net, multi=False)
        return grid.customers_at(topology.unsupplied_buses(grid.net, mg=graph))

    return run_through(switchings.moves[:MOVES], customers_out)


def kept_up(switchings: Switchings) -> Side:
    """The graph is made once, and an event takes out or puts in one edge."""
    from pandapower import topology  # noqa: PLC0415 (an extra)

    grid = _Grid(switchings)
    graph = topology.create_nxgraph(grid.net, multi=False)
    edges = grid.net.switch[["bus", "element"]].to_numpy().tolist()

    def customers_out(move: Move) -> int:
        change = graph.add_edge if move.is_closed else graph.remove_edge
        change(*edges[move.switch])
        return grid.customers_at(topology.unsupplied_buses(grid.net, mg=graph))

    return run_through(switchings.moves[:MOVES], customers_out)


class _Grid:
    """The net of the city, with the customers of each bus."""

    def __init__(self, switchings: Switchings) -> None:
        network = switchings.city.network
        self.net: Any = to_net(network.components)
        self.is_closed = switchings.city.closed.status.astype(bool)
        bus = numbers(network.nodes, "")
        self._customers = np.zeros(max(bus.values()) + 1, np.int64)
        for load in network.components.loads:
            self._customers[bus[load.node]] += load.customers

    def customers_at(self, buses: set[int]) -> int:
        return int(self._customers[list(buses)].sum())
