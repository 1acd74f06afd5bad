"""The grid as it is built: components by id, arrays by index, sections.

Numbering is fixed for the life of a `Network`: nodes, branches (lines first, then
transformers) and switches keep the order of their files. Switching never renumbers.
"""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar, cast

import numpy as np

from gridops.errors import UnknownId
from gridops.ids import (
    BranchId,
    FeederId,
    GeneratorId,
    LinkId,
    LoadId,
    NodeId,
    ProfileId,
    SectionId,
    SourceId,
    SwitchId,
)
from gridops.network.arrays import (
    CABLE_M,
    OVERHEAD_M,
    STATED,
    TRANSFORMERS,
    GridArrays,
    Parts,
    number,
)
from gridops.network.components import (
    Branch,
    BranchKind,
    Generator,
    Limits,
    Link,
    Load,
    LoadClass,
    Node,
    Point,
    Profile,
    Shunt,
    Signal,
    Source,
    Switch,
    Transformer,
)
from gridops.network.phasing import Phasing
from gridops.network.switch_set import SwitchSet

AnyBranch = Branch | Transformer
NORMAL_LIMITS = Limits()
TABLES = (
    "nodes",
    "branches",
    "transformers",
    "switches",
    "sources",
    "profiles",
    "loads",
    "generators",
    "shunts",
    "links",
    "points",
    "phasing",
)
"""The tables of a grid, each a field of `Components`, in file order."""
K = TypeVar("K", bound=str)
V = TypeVar("V")


class Row(Protocol):
    """One element of any table."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """What a grid folder holds, as loaded; may still have flaws (see `flaws.validate`)."""

    name: str
    frequency_hz: float = 50.0
    limits: Limits = NORMAL_LIMITS
    nodes: tuple[Node, ...] = ()
    branches: tuple[Branch, ...] = ()
    transformers: tuple[Transformer, ...] = ()
    switches: tuple[Switch, ...] = ()
    sources: tuple[Source, ...] = ()
    profiles: tuple[Profile, ...] = ()
    loads: tuple[Load, ...] = ()
    generators: tuple[Generator, ...] = ()
    shunts: tuple[Shunt, ...] = ()
    links: tuple[Link, ...] = ()
    points: tuple[Point, ...] = ()
    phasing: tuple[Phasing, ...] = ()
    """Empty: the grid is known as a balanced one only."""

    @property
    def all_branches(self) -> tuple[AnyBranch, ...]:
        """Lines first, then transformers."""
        return (*self.branches, *self.transformers)

    def rows(self, table: str) -> Sequence[Row]:
        """The elements of one of `TABLES`, in file order."""
        rows: Sequence[Row] = getattr(self, table)
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What switches can separate: nodes joined by branches alone."""

    id: SectionId
    nodes: tuple[NodeId, ...]
    branches: tuple[BranchId, ...]
    switches: tuple[SwitchId, ...]
    """Every switch with an end in this section."""
    loads: tuple[LoadId, ...]
    sources: tuple[SourceId, ...]
    generators: tuple[GeneratorId, ...] = ()
    customers: int
    p_w: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Network:
    """A grid whose references all hold. Build it with `build_network`.

    `section_ends[switch]` names the two sections that a switch joins, in the order of its
    `node_a`, `node_b` (the same section twice for a switch without effect).
    """

    components: Components
    nodes: Mapping[NodeId, Node]
    branches: Mapping[BranchId, AnyBranch]
    switches: Mapping[SwitchId, Switch]
    sources: Mapping[SourceId, Source]
    profiles: Mapping[ProfileId, Profile]
    loads: Mapping[LoadId, Load]
    generators: Mapping[GeneratorId, Generator]
    links: Mapping[LinkId, Link]
    sections: Mapping[SectionId, Section]
    section_of_node: Mapping[NodeId, SectionId]
    section_of_branch: Mapping[BranchId, SectionId]
    section_ends: Mapping[SwitchId, tuple[SectionId, SectionId]]
    heads: Mapping[FeederId, SwitchId]
    """The head breaker of each feeder."""
    loads_of_section: Mapping[SectionId, tuple[Load, ...]] = field(repr=False)
    reporting: frozenset[SwitchId] = field(repr=False, compare=False)
    """Switches whose position has a point."""
    arrays: GridArrays = field(repr=False, compare=False)
    """The same by number, for kernels."""

    def __repr__(self) -> str:
        """Short: a city in full would fill a log."""
        counts = f"{len(self.nodes)} nodes, {len(self.switches)} switches"
        return f"Network({self.name!r}, {counts}, {len(self.sections)} sections)"

    @property
    def name(self) -> str:
        return self.components.name

    @property
    def limits(self) -> Limits:
        return self.components.limits

    @property
    def customers(self) -> int:
        return sum(load.customers for load in self.loads.values())

    def with_switches(self, switches: Mapping[SwitchId, Switch]) -> "Network":
        """The same grid with other data of its switches, all of which `switches` names in the
        same order. Where they stand must not change."""
        arrays = replace(
            self.arrays,
            switch_rated_a=np.array(_rated_a(switches.values())),
            switch_pickup_a=np.array(_pickup_a(switches.values())),
        )
        return replace(self, switches=switches, arrays=arrays)

    def switch_set(self, members: Iterable[SwitchId]) -> SwitchSet:
        """Raises: KeyError for a switch that is not of this grid."""
        return SwitchSet.of(self.arrays.switches, members)

    @property
    def normally_closed(self) -> SwitchSet:
        """The switches that are closed in the normal state."""
        return self.switch_set(s.id for s in self.switches.values() if s.is_normally_closed)

    def switch(self, ident: str) -> Switch:
        """Raises: UnknownId, with the ids that are near."""
        return _look_up("switch", ident, known=self.switches)

    def section(self, ident: str) -> Section:
        """Raises: UnknownId, with the ids that are near."""
        return _look_up("section", ident, known=self.sections)

    def feeder_head(self, ident: str) -> SwitchId:
        """Raises: UnknownId, with the ids that are near."""
        return _look_up("feeder", ident, known=self.heads)

    def section_of(self, ident: str) -> SectionId:
        """The section that a fault at `ident` (branch, node or section) lies in.

        Raises: UnknownId, with the ids that are near. A switch is not a place for a fault.
        """
        if ident in self.sections:
            return SectionId(ident)
        if ident in self.section_of_branch:
            return self.section_of_branch[BranchId(ident)]
        if ident in self.section_of_node:
            return self.section_of_node[NodeId(ident)]
        places = [*self.branches, *self.sections, *self.nodes]
        raise UnknownId("branch, section or node", ident, near=_near(ident, places))

    def across(self, switch: SwitchId, section: SectionId) -> SectionId:
        """The section on the other side of `switch`."""
        one, other = self.section_ends[switch]
        return other if section == one else one


def _near(ident: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(ident, list(known), n=3, cutoff=0.5)


def _look_up(kind: str, ident: str, *, known: Mapping[K, V]) -> V:
    found = known.get(cast(K, ident))
    if found is not None:
        return found
    raise UnknownId(kind, ident, near=_near(ident, known))


def build_network(components: Components) -> Network:
    """Derives sections and indices.

    The references must hold: run `flaws.validate` first, or let the loader do it.
    """
    sections = _sections(components)
    by_node = {node: s.id for s in sections for node in s.nodes}
    by_branch = {branch: s.id for s in sections for branch in s.branches}
    loads = {load.id: load for load in components.loads}
    return Network(
        components=components,
        nodes={node.id: node for node in components.nodes},
        branches={b.id: b for b in components.all_branches},
        switches={switch.id: switch for switch in components.switches},
        sources={source.id: source for source in components.sources},
        profiles={profile.id: profile for profile in components.profiles},
        loads=loads,
        generators={each.id: each for each in components.generators},
        links={link.id: link for link in components.links},
        sections={section.id: section for section in sections},
        section_of_node=by_node,
        section_of_branch=by_branch,
        section_ends={
            switch.id: (by_node[switch.node_a], by_node[switch.node_b])
            for switch in components.switches
        },
        heads={s.feeder: s.id for s in components.switches if s.feeder is not None},
        loads_of_section={s.id: tuple(loads[load] for load in s.loads) for s in sections},
        reporting=frozenset(
            SwitchId(p.element) for p in components.points if p.signal is Signal.POSITION
        ),
        arrays=_arrays(components, sections, by_node=by_node),
    )


def _rated_a(switches: Iterable[Switch]) -> list[float]:
    return [s.current_a_rated for s in switches]


def _pickup_a(switches: Iterable[Switch]) -> list[float]:
    return [math.inf if s.pickup_current_a is None else s.pickup_current_a for s in switches]


def _arrays(
    components: Components,
    sections: Sequence[Section],
    *,
    by_node: Mapping[NodeId, SectionId],
) -> GridArrays:
    classes = {each: place for place, each in enumerate(LoadClass)}
    profiles = {each.id: place for place, each in enumerate(components.profiles)}
    return number(
        Parts(
            nodes=[node.id for node in components.nodes],
            branch_ends={b.id: (b.from_node, b.to_node) for b in components.all_branches},
            switch_ends={s.id: (s.node_a, s.node_b) for s in components.switches},
            switch_rated_a=_rated_a(components.switches),
            switch_pickup_a=_pickup_a(components.switches),
            source_nodes={source.id: source.node for source in components.sources},
            load_nodes={load.id: load.node for load in components.loads},
            load_class=[classes[load.load_class] for load in components.loads],
            load_impedance_share=[load.constant_impedance_share for load in components.loads],
            load_profile=[
                -1 if load.profile is None else profiles[load.profile] for load in components.loads
            ],
            generator_nodes={each.id: each.node for each in components.generators},
            heads={s.feeder: s.id for s in components.switches if s.feeder is not None},
            section_of_node=by_node,
            sums={section.id: (section.customers, section.p_w) for section in sections},
            node_failures=[node.failures_per_year or 0.0 for node in components.nodes],
            branch_exposure=[*{b.id: _exposure(b) for b in components.all_branches}.values()],
        )
    )


def _exposure(branch: AnyBranch) -> tuple[int, float]:
    """The line of `GridArrays.exposure` that the branch counts in, and how much."""
    if branch.failures_per_year is not None:
        return STATED, branch.failures_per_year
    if not isinstance(branch, Branch):
        return TRANSFORMERS, 1.0
    is_overhead = branch.kind is BranchKind.OVERHEAD
    return (OVERHEAD_M if is_overhead else CABLE_M), branch.length_m


def _sections(components: Components) -> list[Section]:
    """Sections in file order of their first node."""
    neighbours: dict[NodeId, list[NodeId]] = {node.id: [] for node in components.nodes}
    for branch in components.all_branches:
        neighbours[branch.from_node].append(branch.to_node)
        neighbours[branch.to_node].append(branch.from_node)
    first_of: dict[NodeId, NodeId] = {}
    members: dict[NodeId, list[NodeId]] = {}
    for node in components.nodes:
        if node.id in first_of:
            continue
        members[node.id] = _joined(node.id, neighbours)
        first_of.update(dict.fromkeys(members[node.id], node.id))
    return _described(components, first_of, members=members)


def _joined(first: NodeId, neighbours: Mapping[NodeId, Sequence[NodeId]]) -> list[NodeId]:
    """`first` and all that branches join to it, breadth first."""
    found, order = {first}, [first]
    for node in order:  # grows while it is walked
        for other in neighbours[node]:
            if other not in found:
                found.add(other)
                order.append(other)
    return order


def _described(
    components: Components,
    first_of: Mapping[NodeId, NodeId],
    *,
    members: Mapping[NodeId, Sequence[NodeId]],
) -> list[Section]:
    branches: dict[NodeId, list[BranchId]] = {first: [] for first in members}
    switches: dict[NodeId, list[SwitchId]] = {first: [] for first in members}
    loads: dict[NodeId, list[Load]] = {first: [] for first in members}
    sources: dict[NodeId, list[SourceId]] = {first: [] for first in members}
    generators: dict[NodeId, list[GeneratorId]] = {first: [] for first in members}
    for branch in components.all_branches:
        branches[first_of[branch.from_node]].append(branch.id)
    for switch in components.switches:
        for first in dict.fromkeys((first_of[switch.node_a], first_of[switch.node_b])):
            switches[first].append(switch.id)
    for load in components.loads:
        loads[first_of[load.node]].append(load)
    for source in components.sources:
        sources[first_of[source.node]].append(source.id)
    for generator in components.generators:
        generators[first_of[generator.node]].append(generator.id)
    return [
        Section(
            id=SectionId(f"S{first}"),
            nodes=tuple(nodes),
            branches=tuple(branches[first]),
            switches=tuple(switches[first]),
            loads=tuple(load.id for load in loads[first]),
            sources=tuple(sources[first]),
            generators=tuple(generators[first]),
            customers=sum(load.customers for load in loads[first]),
            p_w=sum(load.p_w for load in loads[first]),
        )
        for first, nodes in members.items()
    ]
