"""What hangs together, worked out once for all checks that ask; the grid may have flaws."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from gridops.ids import NodeId
from gridops.network.network import Components


class Edge(NamedTuple):
    """A branch, transformer or switch between two nodes."""

    table: str
    row_index: int
    ident: str
    a: NodeId
    b: NodeId
    is_closed: bool
    """Normally; a branch always is."""


@dataclass(frozen=True)
class Topology:
    """The graph of a grid: nodes by id, edges only where both ends are listed."""

    components: Components

    @cached_property
    def _sound_and_broken(self) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
        nodes = {node.id for node in self.components.nodes}
        sound, broken = list[Edge](), list[Edge]()
        for edge in all_edges(self.components):
            is_sound = edge.a in nodes and edge.b in nodes and edge.a != edge.b
            (sound if is_sound else broken).append(edge)
        return tuple(sound), tuple(broken)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge between two listed, different nodes: branches, transformers, switches."""
        return self._sound_and_broken[0]

    @property
    def broken(self) -> tuple[Edge, ...]:
        """Edges that begin and end at one node, or at a node that is not listed."""
        return self._sound_and_broken[1]

    @cached_property
    def closed(self) -> tuple[Edge, ...]:
        """What conducts in the normal state."""
        return tuple(edge for edge in self.edges if edge.is_closed)

    @cached_property
    def switches(self) -> tuple[Edge, ...]:
        return tuple(edge for edge in self.edges if edge.table == "switches")

    @cached_property
    def closed_at(self) -> Mapping[NodeId, list[Edge]]:
        """Node -> the edges at it that conduct in the normal state."""
        return adjacency(self.closed)

    @cached_property
    def section(self) -> Mapping[NodeId, NodeId]:
        """Node -> a node that stands for its section: all that branches alone join to it."""
        nodes = (node.id for node in self.components.nodes)
        branches = (edge for edge in self.edges if edge.table != "switches")
        return joined(nodes, ((edge.a, edge.b) for edge in branches))

    def supplied_sections(self, starts: Iterable[NodeId], *, only_closed: bool) -> set[NodeId]:
        """Sections, named as in `section`, that switches join to a node of `starts`."""
        section = self.section
        island = self._normal_island if only_closed else self._islands(self.switches)
        live = {island[section[start]] for start in starts if start in section}
        return {each for each, of in island.items() if of in live}

    @property
    def is_radial(self) -> bool:
        """Whether in the normal state nothing is joined in two ways, nor two sources at all."""
        section, island = self.section, self._normal_island
        if len(self.closed) != len(section) - len(set(island.values())):
            return False
        feeding = {s.node for s in self.components.sources if s.node in section}
        return len({island[section[node]] for node in feeding}) == len(feeding)

    @cached_property
    def _normal_island(self) -> Mapping[NodeId, NodeId]:
        """Section -> a section that stands for all that closed switches join to it."""
        return self._islands(edge for edge in self.switches if edge.is_closed)

    def _islands(self, switches: Iterable[Edge]) -> Mapping[NodeId, NodeId]:
        section = self.section
        ends = ((section[edge.a], section[edge.b]) for edge in switches)
        return joined(section.values(), ends)


def all_edges(components: Components) -> Iterator[Edge]:
    """In the order of the tables, sound or not."""
    for index, branch in enumerate(components.branches):
        yield Edge("branches", index, branch.id, branch.from_node, branch.to_node, True)
    for index, each in enumerate(components.transformers):
        yield Edge("transformers", index, each.id, each.from_node, each.to_node, True)
    for index, switch in enumerate(components.switches):
        ends = switch.node_a, switch.node_b
        yield Edge("switches", index, switch.id, *ends, switch.is_normally_closed)


def joined(nodes: Iterable[NodeId], ends: Iterable[tuple[NodeId, NodeId]]) -> dict[NodeId, NodeId]:
    """Node -> a node that stands for everything joined to it by edges with these ends."""
    leader = {node: node for node in nodes}

    def find(node: NodeId) -> NodeId:
        while (above := leader[node]) != node:
            leader[node] = leader[above]
            node = above
        return node

    for a, b in ends:
        leader[find(b)] = find(a)
    return {node: find(node) for node in leader}


def adjacency(edges: Iterable[Edge]) -> dict[NodeId, list[Edge]]:
    """Node -> the edges at it; a node without any is left out."""
    found: dict[NodeId, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.a, []).append(edge)
        found.setdefault(edge.b, []).append(edge)
    return found
