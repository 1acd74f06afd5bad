"""A network as numbers in an order that depends on ids alone, never on rows or hashes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gridops.ids import NodeId
from gridops.network import Network, NodeKind, Transformer

_NUMBER = re.compile("0*([0-9]+)")
TRANSFORMER_ROWS = 2
LINE_ROWS = 2
SHORT_ROWS = 1
"""Of a switch, and of a line that ends at a terminal."""

Id = TypeVar("Id", bound=str)


@dataclass(frozen=True, slots=True)
class Edge:
    """A branch or switch between two numbered nodes; `rows` is its least drawn length."""

    id: str
    is_switch: bool
    a: int
    b: int
    closed: bool
    is_head: bool
    rows: int

    def far(self, node: int) -> int:
        return self.b if node == self.a else self.a


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges, numbered in natural order of their ids; `at[n]` are the edges at n."""

    nodes: tuple[NodeId, ...]
    edges: tuple[Edge, ...]
    at: Sequence[Sequence[int]]
    sources: tuple[int, ...]
    busbars: frozenset[int]
    power_w: Sequence[float]


def natural(ident: str) -> tuple[str, str]:
    """The key by which `F2` stands before `F10`: each number led by how long it is."""
    return _NUMBER.sub(_sized, ident), ident


def _sized(number: re.Match[str]) -> str:
    return f"{chr(min(len(number[1]), 0x2F))}{number[1]}"


def in_order(idents: Iterable[Id]) -> list[Id]:
    return sorted(idents, key=natural)


def graph_of(network: Network) -> Graph:
    nodes = tuple(in_order(network.nodes))
    number = {ident: k for k, ident in enumerate(nodes)}
    edges = _edges(network, number)
    at: list[list[int]] = [[] for _ in nodes]
    for k, edge in enumerate(edges):
        for end in {edge.a, edge.b}:
            at[end].append(k)
    power_w = [0.0] * len(nodes)
    for load in network.loads.values():
        power_w[number[load.node]] += load.p_w
    fed = (number[network.sources[source].node] for source in in_order(network.sources))
    return Graph(
        nodes=nodes,
        edges=edges,
        at=at,
        sources=tuple(dict.fromkeys(fed)),
        busbars=frozenset(
            k for k, ident in enumerate(nodes) if network.nodes[ident].kind is NodeKind.BUSBAR
        ),
        power_w=power_w,
    )


def _edges(network: Network, number: Mapping[NodeId, int]) -> tuple[Edge, ...]:
    """Branches, then switches, each in natural order."""
    terminals = {n for n, node in network.nodes.items() if node.kind is NodeKind.TERMINAL}
    found = []
    for branch_id in in_order(network.branches):
        branch = network.branches[branch_id]
        ends = (branch.from_node, branch.to_node)
        rows = SHORT_ROWS if terminals.intersection(ends) else LINE_ROWS
        if isinstance(branch, Transformer):
            rows = TRANSFORMER_ROWS
        a, b = number[ends[0]], number[ends[1]]
        found.append(Edge(branch_id, False, a, b, closed=True, is_head=False, rows=rows))
    for switch_id in in_order(network.switches):
        switch = network.switches[switch_id]
        found.append(
            Edge(
                id=switch_id,
                is_switch=True,
                a=number[switch.node_a],
                b=number[switch.node_b],
                closed=switch.is_normally_closed,
                is_head=switch.feeder is not None,
                rows=SHORT_ROWS,
            )
        )
    return tuple(found)
