"""Which way fault current takes, and in which direction."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import networkx as nx
import numpy as np

from gridops.ids import SectionId, SwitchId
from gridops.network import Network

_Vertex = tuple[str, str]
_GRID: _Vertex = ("grid", "")
_RETURN: _Vertex = ("return", "")
_NOTHING_PU = 1e-9
"""A share of the whole below this is rounding: such a switch carries no current."""


@dataclass(frozen=True, slots=True)
class FaultCurrent:
    """What one switch carries of one fault."""

    distance: int
    """Switches between it and the fault, on the shortest way."""
    forwards: bool | None
    """From `node_a` to `node_b`; None: neither, as in the middle of a balanced bridge."""
    phases: frozenset[str]
    """Of "abcn"; "n" is residual current."""


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
    the edge that closes the circuit from the fault back to the grid. Costs no more than what hangs
    together with the fault.
    """
    graph: nx.Graph[_Vertex] = nx.Graph()
    graph.add_edges_from([(_GRID, _RETURN), (_RETURN, ("section", fault))])
    graph.add_edges_from((_GRID, ("section", section)) for section in live)
    for switch in _connected(network, closed, fault=fault):
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


def _connected(
    network: Network, closed: AbstractSet[SwitchId], *, fault: SectionId
) -> set[SwitchId]:
    """The closed switches of the part of the grid that the fault is in."""
    found: set[SwitchId] = set()
    reached, ahead = {fault}, [fault]
    while ahead:
        section = ahead.pop()
        for switch in network.sections[section].switches:
            if switch in found or switch not in closed:
                continue
            found.add(switch)
            other = network.across(switch, section)
            if other not in reached:
                reached.add(other)
                ahead.append(other)
    return found


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


def directions(
    network: Network,
    path: Mapping[SwitchId, int],
    *,
    live: Collection[SectionId],
    fault: SectionId,
) -> dict[SwitchId, bool | None]:
    """Whether current passes each switch of `path` from `node_a` to `node_b`.

    S1 [b1] A [s1] B [s2] C [b2] S2   with a fault in B: b1, s1 forwards, s2, b2 backwards

    Exact where `path` holds no ring, and in a single ring, whatever the impedances. Where rings
    are meshed it takes every switch and every infeed as one equal resistance.
    None: it carries nothing.
    """
    ends = {switch: network.section_ends[switch] for switch in path}
    sections = list(dict.fromkeys([fault, *(s for pair in ends.values() for s in pair)]))
    number = {section: k for k, section in enumerate(sections)}
    matrix = np.zeros((len(sections), len(sections)))
    infeed = np.zeros(len(sections))
    for one, other in ends.values():
        k, m = number[one], number[other]
        matrix[k, k] += 1.0
        matrix[m, m] += 1.0
        matrix[k, m] -= 1.0
        matrix[m, k] -= 1.0
    for section in live:
        if section in number:
            matrix[number[section], number[section]] += 1.0
            infeed[number[section]] += 1.0
    matrix[0, :], infeed[0] = 0.0, 0.0
    matrix[0, 0] = 1.0
    level = np.linalg.solve(matrix, infeed)
    drops = {
        switch: level[number[one]] - level[number[other]] for switch, (one, other) in ends.items()
    }
    return {
        switch: None if abs(drop) < _NOTHING_PU else bool(drop > 0.0)
        for switch, drop in drops.items()
    }
