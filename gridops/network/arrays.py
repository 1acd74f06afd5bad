"""The grid by number: what kernels read instead of ids and mappings.

Elements are numbered in the order of their files (branches: lines first, then transformers),
sections in the order of their first node. The numbers stand for the life of a `Network`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gridops.ids import (
    BranchId,
    FeederId,
    GeneratorId,
    LoadId,
    NodeId,
    SectionId,
    SourceId,
    SwitchId,
)

K = TypeVar("K", bound=str)
Indices = NDArray[np.int32]
"""Numbers of elements; -1 where there is none."""
Counts = NDArray[np.int64]
Values = NDArray[np.float64]
STATED, OVERHEAD_M, CABLE_M, TRANSFORMERS = range(4)
"""Lines of `GridArrays.exposure`."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbering(Generic[K]):
    """The ids of one kind of element in order, and the number of each."""

    ids: tuple[K, ...]
    of: Mapping[K, int]

    @classmethod
    def over(cls, ids: Iterable[K]) -> "Numbering[K]":
        listed = tuple(ids)
        return cls(listed, {each: k for k, each in enumerate(listed)})

    def __len__(self) -> int:
        return len(self.ids)

    def numbers(self, ids: Iterable[K]) -> Indices:
        """Raises: KeyError for an id that is not of this kind."""
        return np.fromiter(map(self.of.__getitem__, ids), np.int32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GridArrays:
    """Ends, neighbours and sums, each by number. Nothing here may be written to.

    `switch_sections[s]` are the two sections that switch `s` joins, in the order of its
    `node_a`, `node_b`. The neighbours of section `k`, over every switch whatever its position,
    are the entries `first[k]` to `first[k + 1]` of `neighbour_switch` and `neighbour_section`,
    in file order of the switches (CSR); a switch with both ends in one section is left out.
    """

    nodes: Numbering[NodeId]
    branches: Numbering[BranchId]
    switches: Numbering[SwitchId]
    sections: Numbering[SectionId]
    sources: Numbering[SourceId]
    loads: Numbering[LoadId]
    generators: Numbering[GeneratorId]
    feeders: Numbering[FeederId]
    branch_nodes: Indices
    """Shape (branches, 2)."""
    switch_nodes: Indices
    """Shape (switches, 2)."""
    switch_sections: Indices
    """Shape (switches, 2)."""
    switch_feeder: Indices
    """The feeder that begins at each switch, or -1."""
    switch_rated_a: Values
    switch_pickup_a: Values
    """The current at which the protection of each switch trips; infinite where it has none."""
    node_section: Indices
    branch_section: Indices
    source_node: Indices
    source_section: Indices
    load_node: Indices
    load_section: Indices
    load_class: Indices
    """The place of each load's class among `LoadClass`."""
    load_impedance_share: Values
    """What each load draws as a constant impedance."""
    load_profile: Indices
    """The place of each load's profile among those of the grid, or -1."""
    generator_node: Indices
    first: Indices
    neighbour_switch: Indices
    neighbour_section: Indices
    customers: Counts
    """Of each section."""
    p_w: Values
    """Stated power of each section."""
    exposure: Values
    """Shape (4, sections): what may fail in each. Failures per year as stated, of nodes and
    branches; of branches without such a figure, m of overhead line, m of cable, and the number
    of transformers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What `number` needs of a grid; the mappings are those of `Network`."""

    nodes: Sequence[NodeId]
    branch_ends: Mapping[BranchId, tuple[NodeId, NodeId]]
    switch_ends: Mapping[SwitchId, tuple[NodeId, NodeId]]
    switch_rated_a: Sequence[float]
    switch_pickup_a: Sequence[float]
    source_nodes: Mapping[SourceId, NodeId]
    load_nodes: Mapping[LoadId, NodeId]
    load_class: Sequence[int]
    load_impedance_share: Sequence[float]
    load_profile: Sequence[int]
    generator_nodes: Mapping[GeneratorId, NodeId]
    heads: Mapping[FeederId, SwitchId]
    section_of_node: Mapping[NodeId, SectionId]
    sums: Mapping[SectionId, tuple[int, float]]
    """Customers and stated power of each section, in section order."""
    node_failures: Sequence[float]
    branch_exposure: Sequence[tuple[int, float]]
    """Of each branch, the line of `GridArrays.exposure` that it belongs to, and how much."""


def number(parts: Parts) -> GridArrays:
    """The references of `parts` must hold. Cost is linear in its elements."""
    nodes, sections = Numbering.over(parts.nodes), Numbering.over(parts.sums)
    node_section = sections.numbers(parts.section_of_node[node] for node in parts.nodes)
    switches = Numbering.over(parts.switch_ends)
    feeders = Numbering.over(parts.heads)
    switch_nodes = _pairs(nodes, parts.switch_ends.values())
    branch_nodes = _pairs(nodes, parts.branch_ends.values())
    switch_feeder = np.full(len(switches), -1, np.int32)
    switch_feeder[switches.numbers(parts.heads.values())] = np.arange(len(feeders))
    source_node = nodes.numbers(parts.source_nodes.values())
    load_node = nodes.numbers(parts.load_nodes.values())
    switch_sections = node_section[switch_nodes]
    first, neighbour_switch, neighbour_section = neighbours(switch_sections, len(sections))
    return _frozen(
        GridArrays(
            nodes=nodes,
            branches=Numbering.over(parts.branch_ends),
            switches=switches,
            sections=sections,
            sources=Numbering.over(parts.source_nodes),
            loads=Numbering.over(parts.load_nodes),
            generators=Numbering.over(parts.generator_nodes),
            feeders=feeders,
            branch_nodes=branch_nodes,
            switch_nodes=switch_nodes,
            switch_sections=switch_sections,
            switch_feeder=switch_feeder,
            switch_rated_a=np.array(parts.switch_rated_a, np.float64),
            switch_pickup_a=np.array(parts.switch_pickup_a, np.float64),
            node_section=node_section,
            branch_section=node_section[branch_nodes[:, 0]],
            source_node=source_node,
            source_section=node_section[source_node],
            load_node=load_node,
            load_section=node_section[load_node],
            load_class=np.array(parts.load_class, np.int32),
            load_impedance_share=np.array(parts.load_impedance_share, np.float64),
            load_profile=np.array(parts.load_profile, np.int32),
            generator_node=nodes.numbers(parts.generator_nodes.values()),
            first=first,
            neighbour_switch=neighbour_switch,
            neighbour_section=neighbour_section,
            customers=np.array([c for c, _ in parts.sums.values()], np.int64),
            p_w=np.array([p for _, p in parts.sums.values()], np.float64),
            exposure=_exposure(parts, node_section, branch_nodes=branch_nodes),
        )
    )


def _exposure(parts: Parts, node_section: Indices, *, branch_nodes: Indices) -> Values:
    found = np.zeros((4, len(parts.sums)))
    np.add.at(found[STATED], node_section, np.array(parts.node_failures, np.float64))
    lines = np.array([line for line, _ in parts.branch_exposure], np.int32)
    much = np.array([value for _, value in parts.branch_exposure], np.float64)
    np.add.at(found, (lines, node_section[branch_nodes[:, 0]]), much)
    return found


def neighbours(ends: Indices, count: int) -> tuple[Indices, Indices, Indices]:
    """CSR over edges with the given `ends` (shape (edges, 2)) between `count` points.

    Returns where the entries of each point begin (one more than points), and of each entry the
    edge and the point across; by edge number within a point. Edges from a point to itself are
    left out.
    """
    edges = np.flatnonzero(ends[:, 0] != ends[:, 1])
    near = ends[edges].ravel()
    across = ends[edges][:, ::-1].ravel()
    order = np.argsort(near, kind="stable")
    first = np.searchsorted(near[order], np.arange(count + 1))
    edge = np.repeat(edges, 2)[order]
    return first.astype(np.int32), edge.astype(np.int32), across[order].astype(np.int32)


def _pairs(nodes: Numbering[NodeId], ends: Iterable[tuple[NodeId, NodeId]]) -> Indices:
    return nodes.numbers(node for pair in ends for node in pair).reshape(-1, 2)


def _frozen(arrays: GridArrays) -> GridArrays:
    for name in arrays.__dataclass_fields__:
        value = getattr(arrays, name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return arrays
