"""Customers out after a switch event, by libraries for graphs.

All get a graph of sections and closed switches in which one more point, the root, joins the
sources: what is not in the component of the root is without supply. It is prepared once, and an
event changes one edge.
"""

from collections.abc import Iterable, Sequence, Set
from typing import Any

import numpy as np

from gridops.bench.measuring import Side
from gridops.bench.switchings import Move, Switchings, run_through
from gridops.network import Indices


def with_networkx(switchings: Switchings) -> Side:
    import networkx as nx  # noqa: PLC0415 (a peer)

    root, ends, customers = _graph(switchings)
    edges = switchings.edges.tolist()
    graph: Any = nx.Graph(ends.tolist())
    graph.add_nodes_from(range(root + 1))

    def customers_out(move: Move) -> int:
        change = graph.add_edge if move.is_closed else graph.remove_edge
        change(*edges[move.switch])
        supplied: set[int] = nx.node_connected_component(graph, root)
        return sum(customers) - sum(customers[section] for section in supplied)

    return run_through(switchings.moves, customers_out)


def with_rustworkx(switchings: Switchings) -> Side:
    import rustworkx  # noqa: PLC0415 (a peer)

    root, ends, customers = _graph(switchings)
    edges = switchings.edges.tolist()
    graph: Any = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(root + 1))
    graph.add_edges_from_no_data(list(map(tuple, ends.tolist())))

    def customers_out(move: Move) -> int:
        if move.is_closed:
            graph.add_edge(*edges[move.switch], None)
        else:
            graph.remove_edge(*edges[move.switch])
        return _outside(rustworkx.connected_components(graph), root, customers=customers)

    return run_through(switchings.moves, customers_out)


def with_scipy(switchings: Switchings) -> Side:
    """An open switch stands as an edge from its section to itself, so that nothing is rebuilt;
    strong components of both directions are found faster than those of undirected edges."""
    from scipy import sparse  # noqa: PLC0415 (a peer)
    from scipy.sparse import csgraph  # noqa: PLC0415

    root, ends, listed = _graph(switchings)
    customers = np.array(listed)
    rows = np.concatenate((ends[:, 0], ends[:, 1]))
    columns = np.concatenate((ends[:, 1], ends[:, 0]))
    made = sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=(root + 1, root + 1))
    matrix = sparse.csr_matrix(made)
    matrix.sort_indices()
    places = {}
    for move in switchings.moves:
        one, other = switchings.edges[move.switch].tolist()
        places[move.switch] = [
            (_place(matrix, (a, b)), a, b) for a, b in ((one, other), (other, one))
        ]

    def customers_out(move: Move) -> int:
        for place, near, far in places[move.switch]:
            matrix.indices[place] = far if move.is_closed else near
        _, part = csgraph.connected_components(matrix, directed=True, connection="strong")
        return int(customers[part != part[root]].sum())

    return run_through(switchings.moves, customers_out)


def _place(matrix: Any, at: tuple[int, int]) -> int:
    """Where in `indices` the edge from row to column stands."""
    row, column = at
    begin, end = matrix.indptr[row : row + 2]
    return int(begin + np.searchsorted(matrix.indices[begin:end], column))


def _graph(switchings: Switchings) -> tuple[int, Indices, list[int]]:
    """Number of the root, ends of all edges of the normal state, customers of each point."""
    arrays = switchings.city.network.arrays
    root = len(arrays.sections)
    infeeds = [(root, section) for section in arrays.source_section.tolist()]
    closed = arrays.switch_sections[switchings.city.closed.status == 1]
    ends = np.concatenate((closed, np.array(infeeds, np.int32)))
    return root, ends, [*arrays.customers.tolist(), 0]


def _outside(components: Iterable[Set[int]], root: int, *, customers: Sequence[int]) -> int:
    return sum(
        customers[section]
        for component in components
        if root not in component
        for section in component
    )
