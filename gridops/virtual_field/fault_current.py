"""Which way fault current takes."""

from collections import deque
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import networkx as nx

from gridops.ids import SectionId, SwitchId
from gridops.network import Network

_Vertex = tuple[str, str]
_GRID: _Vertex = ("grid", "")
_RETURN: _Vertex = ("return", "")


def fault_current_path(
    network: Network,
    closed: AbstractSet[SwitchId],
    *,
    live: Iterable[SectionId],
    fault: SectionId,
) -> dict[SwitchId, int]:
    """The switches that carry current from the sources in `live` to a fault in `fault`.

    S1 [b1] A [s1] B (t1) C [b2] S2   with a fault in B: {s1: 0, b1: 1}
    S1 [b1] A [s1] B [t1] C [b2] S2   with a fault in B: {s1: 0, t1: 0, b1: 1, b2: 1}

    The value counts the switches between that one and the fault, on the shortest way.
    Exact for rings and parallel sources: a switch carries fault current if it lies on a simple
    path from a source to the fault, which are the switches in one biconnected component with
    the edge that closes the circuit from the fault back to the grid.
    """
    graph: nx.Graph[_Vertex] = nx.Graph()
    graph.add_edges_from([(_GRID, _RETURN), (_RETURN, ("section", fault))])
    graph.add_edges_from((_GRID, ("section", section)) for section in live)
    for switch in network.switches:
        if switch in closed:
            one, other = network.section_ends[switch]
            graph.add_edge(("section", one), ("switch", switch))
            graph.add_edge(("switch", switch), ("section", other))
    carrying = {
        SwitchId(name)
        for edges in nx.biconnected_component_edges(graph)
        if any(_RETURN in edge for edge in edges)
        for edge in edges
        for kind, name in edge
        if kind == "switch"
    }
    return _distances(network, carrying, fault=fault)


def _distances(
    network: Network, carrying: AbstractSet[SwitchId], *, fault: SectionId
) -> dict[SwitchId, int]:
    between: dict[SwitchId, int] = {}
    reached = {fault: 0}
    queue = deque([fault])
    while queue:
        section = queue.popleft()
        for switch in network.sections[section].switches:
            if switch not in carrying or switch in between:
                continue
            between[switch] = reached[section]
            other = network.across(switch, section)
            if other not in reached:
                reached[other] = reached[section] + 1
                queue.append(other)
    return between
