"""The grid as power flow walks it: buses, and segments with a switch at either end or none.

    R1 [s1] .t1 ---- j ---- .t2 [s2] R2

Two ring main units with a jointed cable between them are two buses and one segment: the points
t1, t2 between a switch and its cable and the joint j, where nothing is connected, are inside the
segment. A segment that is open at one end still hangs on the other and draws its charging current.
Nothing is approximated by that; what lies inside is worked out again after a solution.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.network import Indices, Network, Values
from gridops.network.arrays import neighbours
from gridops.powerflow.branch_models import BranchModels, Phasors, branch_models
from gridops.powerflow.segments_kernel import chains, equivalents

NONE = -1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Segments:
    """Fixed for the life of a `Network`; switching changes none of it.

    A segment has an a-end and a b-end, each at a bus, with the switch there or -1. It consists of
    *members* in parallel (nearly always one), each a chain of branches from a to b; a switch
    that belongs to no branch is a segment without members and without impedance. Per unit as in
    `BranchModels`; the ideal transformer of a transformer segment stands at its a-end.

    `entries[first[u]:first[u + 1]]` are the segments at bus `u` (CSR), each as twice its number
    plus 1 if `u` is its b-end, the bus across, the switch here and the switch there.
    """

    models: BranchModels
    bus_of_node: Indices
    """-1 for a node inside a segment."""
    node_of_bus: Indices
    first: Indices
    entries: Indices
    """Shape (twice the segments, 4)."""
    pi: Values
    """Shape (segments, 8): r, x, conductance and susceptance at a, the same at b, square of the
    ratio, nothing."""
    switches: Indices
    """Shape (segments, 2)."""
    ends_at: Indices
    """Shape (segments, 2): the buses at the a-end and the b-end."""
    segment_of_switch: Indices
    """-1 for a switch from a node to itself."""
    members: Indices
    """Where the members of each segment begin (one more than segments)."""
    share: Phasors
    """Of each member, of the series current of its segment."""
    member_pi: Phasors
    """Shape (members, 3): series, at the a-end, at the b-end."""
    starts: Indices
    """Where the branches of each member begin (one more than members)."""
    branches: Indices
    backwards: Indices
    """Of each entry of `branches`: 1 if the way from a to b enters it at its to-node."""
    ends: Indices
    """Shape (members, 2): the nodes at which its outer branches end; inside the segment if there
    is a switch."""

    @property
    def charging_max(self) -> float:
        """The largest |z y| of any segment: how far its charging can lift a point inside it."""
        z, at_a, at_b = (np.hypot(self.pi[:, k], self.pi[:, k + 1]) for k in (0, 2, 4))
        return float((z * (at_a + at_b)).max(initial=0.0))

    @property
    def buses(self) -> int:
        return len(self.node_of_bus)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """What the nodes are."""

    is_inner: NDArray[np.bool_]
    switch: Indices
    """Of a node that is the point between this switch and a branch; else -1."""
    across: Indices
    """The node on the other side of that switch."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Chains:
    """Branches in series, each chain with its pi from a to b and its outer nodes."""

    starts: Indices
    branches: Indices
    backwards: Indices
    pi: Phasors
    ratio: Phasors
    ends: Indices

    def taken(self, order: Indices) -> "_Chains":
        """These chains, in this order."""
        lengths = np.diff(self.starts)[order]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        offset = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        entries = offset + np.repeat(self.starts[order], lengths)
        return self._with(starts, entries, pi=self.pi[order], ends=self.ends[order], order=order)

    def turned(self, is_turned: NDArray[np.bool_]) -> "_Chains":
        """The same with a and b exchanged where asked; not for transformers."""
        lengths = np.diff(self.starts)
        offset = np.arange(self.starts[-1]) - np.repeat(self.starts[:-1], lengths)
        other = np.repeat(self.starts[1:] - 1, lengths) - offset
        entry_turned = np.repeat(is_turned, lengths)
        entries = np.where(entry_turned, other, np.arange(self.starts[-1]))
        turned = self._with(
            self.starts,
            entries,
            pi=np.where(is_turned[:, None], self.pi[:, [0, 2, 1]], self.pi),
            ends=np.where(is_turned[:, None], self.ends[:, ::-1], self.ends),
            order=np.arange(len(is_turned), dtype=np.int32),
        )
        turned.backwards[entry_turned] ^= 1
        return turned

    def _with(
        self, starts: Indices, entries: Indices, *, pi: Phasors, ends: Indices, order: Indices
    ) -> "_Chains":
        return _Chains(
            starts=starts,
            branches=self.branches[entries],
            backwards=self.backwards[entries],
            pi=pi,
            ratio=self.ratio[order],
            ends=ends,
        )


def segments_of(network: Network) -> Segments:
    """Cost is linear in the grid, up to sorting."""
    arrays, models = network.arrays, branch_models(network)
    first, branch_at, _ = neighbours(arrays.branch_nodes, len(arrays.nodes))
    places = _places(network, models, branch_degree=np.diff(first))
    found = _chains(network, models, at_node=(first, branch_at), is_inner=places.is_inner)
    bus_of_node, node_of_bus = _buses(places)
    is_fixed = (places.switch[found.ends] < 0).all(axis=1) & ~models.is_transformer[
        found.branches[found.starts[:-1]]
    ]
    found = found.turned(is_fixed & (found.ends[:, 0] > found.ends[:, 1]))
    at_switch = places.switch[found.ends]
    buses = bus_of_node[np.where(at_switch >= 0, places.across[found.ends], found.ends)]
    groups = _parallel(buses, at_switch, chains_found=found)
    members = np.cumsum([0, *(len(group) for group in groups)])
    order = np.concatenate([*groups, np.empty(0, np.int32)]).astype(np.int32)
    leading, found = order[members[:-1]], found.taken(order)
    couplers = _couplers(network, at_switch)
    none = np.full(len(couplers), NONE, np.int32)
    ends = np.concatenate((buses[leading], bus_of_node[arrays.switch_nodes[couplers]]))
    switches = np.concatenate((at_switch[leading], np.column_stack((couplers, none))))
    segment_first, entries = _entries(ends, switches, buses=len(node_of_bus))
    table, share = _parameters(found, members, couplers=len(couplers))
    return Segments(
        models=models,
        bus_of_node=bus_of_node,
        node_of_bus=node_of_bus,
        first=segment_first,
        entries=entries,
        pi=table,
        switches=np.ascontiguousarray(switches, np.int32),
        ends_at=np.ascontiguousarray(ends, np.int32),
        segment_of_switch=_segment_of_switch(switches, len(arrays.switches)),
        members=np.concatenate((members, np.full(len(couplers), members[-1]))).astype(np.int32),
        share=share,
        member_pi=found.pi,
        starts=found.starts,
        branches=found.branches,
        backwards=found.backwards,
        ends=np.ascontiguousarray(found.ends),
    )


def _chains(
    network: Network,
    models: BranchModels,
    *,
    at_node: tuple[Indices, Indices],
    is_inner: NDArray[np.bool_],
) -> _Chains:
    branch_nodes = network.arrays.branch_nodes
    starts, branches, backwards = chains(branch_nodes, *at_node, is_inner.astype(np.int32))
    begin, last = starts[:-1], starts[1:] - 1
    outer = (
        branch_nodes[branches[begin], backwards[begin]],
        branch_nodes[branches[last], 1 - backwards[last]],
    )
    return _Chains(
        starts=starts,
        branches=branches,
        backwards=backwards,
        pi=equivalents(starts, branches, models.z, models.y),
        ratio=models.ratio[branches[begin]],
        ends=np.column_stack(outer),
    )


def _buses(places: _Places) -> tuple[Indices, Indices]:
    """The bus of each node, or -1, and the node of each bus."""
    is_inside = places.is_inner | (places.switch >= 0)
    node_of_bus = np.flatnonzero(~is_inside).astype(np.int32)
    bus_of_node = np.full(len(is_inside), NONE, np.int32)
    bus_of_node[node_of_bus] = np.arange(len(node_of_bus), dtype=np.int32)
    return bus_of_node, node_of_bus


def _couplers(network: Network, at_switch: Indices) -> Indices:
    """The switches that stand at no branch's end."""
    switch_nodes = network.arrays.switch_nodes
    is_coupler = switch_nodes[:, 0] != switch_nodes[:, 1]
    is_coupler[at_switch[at_switch >= 0]] = False
    return np.flatnonzero(is_coupler).astype(np.int32)


def _segment_of_switch(switches: Indices, count: int) -> Indices:
    found = np.full(count, NONE, np.int32)
    for side in range(2):
        has = np.flatnonzero(switches[:, side] >= 0)
        found[switches[has, side]] = has
    return found


def _places(network: Network, models: BranchModels, *, branch_degree: Indices) -> _Places:
    arrays = network.arrays
    nodes = len(arrays.nodes)
    taken = [arrays.load_node, arrays.generator_node, arrays.source_node]
    taken.append(arrays.nodes.numbers(shunt.node for shunt in network.components.shunts))
    is_bare = np.bincount(np.concatenate(taken), minlength=nodes) == 0
    switch_nodes = arrays.switch_nodes
    real = switch_nodes[switch_nodes[:, 0] != switch_nodes[:, 1]]
    switch_degree = np.bincount(real.ravel(), minlength=nodes)
    wound = arrays.branch_nodes[models.is_transformer]
    at_transformer = np.bincount(wound.ravel(), minlength=nodes) > 0
    is_inner = is_bare & (branch_degree == 2) & (switch_degree == 0) & ~at_transformer
    # Not at a transformer: behind an open one the voltage is off by the ratio, as at a bus.
    is_end = is_bare & (branch_degree == 1) & (switch_degree == 1) & ~at_transformer
    switch = np.full(nodes, NONE, np.int32)
    across = np.full(nodes, NONE, np.int32)
    # Where both sides of a switch would do, the first one takes it.
    for near, far in ((1, 0), (0, 1)):
        at = np.flatnonzero(
            is_end[switch_nodes[:, near]] & (switch_nodes[:, 0] != switch_nodes[:, 1])
        )
        at = at if near == 0 else at[~is_end[switch_nodes[at, far]]]
        switch[switch_nodes[at, near]] = at
        across[switch_nodes[at, near]] = switch_nodes[at, far]
    return _Places(is_inner, switch, across)


def _parallel(buses: Indices, switches: Indices, *, chains_found: _Chains) -> list[Indices]:
    """Chains that can never be parted and turn alike, joined to one segment each."""
    pi, ratio = chains_found.pi, chains_found.ratio
    count = len(buses)
    groups = list(np.arange(count, dtype=np.int32).reshape(-1, 1))
    is_fixed = (switches < 0).all(axis=1) & (pi[:, 0] != 0) & (buses[:, 0] != buses[:, 1])
    fixed = np.flatnonzero(is_fixed).astype(np.int32)
    pairs, sizes = np.unique(buses[fixed], axis=0, return_counts=True)
    for pair in pairs[sizes > 1]:
        together = fixed[(buses[fixed] == pair).all(axis=1)]
        leading = together[0]
        alike = together[np.isclose(ratio[together], ratio[leading], rtol=0.0, atol=1e-12)]
        for k in alike:
            groups[k] = np.empty(0, np.int32)
        groups[leading] = alike
    return [group for group in groups if len(group)]


def _parameters(
    found: _Chains, members: NDArray[np.int64], *, couplers: int
) -> tuple[Values, Phasors]:
    """The table of all segments, and what share of the series current each member has."""
    segments = len(members) - 1
    table = np.zeros((segments + couplers, 8))  # the eighth fills a cache line
    table[:, 6] = 1.0
    if not segments:
        return table, np.empty(0, np.complex128)
    z, begin, sizes = found.pi[:, 0], members[:-1], np.diff(members)
    is_single = np.repeat(sizes == 1, sizes)
    admittance = np.ones(len(z), np.complex128)
    np.divide(1.0, z, out=admittance, where=~is_single)
    total = np.add.reduceat(admittance, begin)
    series = np.where(sizes == 1, z[begin], 1.0 / total)
    at_a, at_b = np.add.reduceat(found.pi[:, 1], begin), np.add.reduceat(found.pi[:, 2], begin)
    for column, value in enumerate((series, at_a, at_b)):
        table[:segments, 2 * column], table[:segments, 2 * column + 1] = value.real, value.imag
    table[:segments, 6] = np.abs(found.ratio[begin]) ** 2
    return table, admittance / np.repeat(total, sizes)


def _entries(ends: Indices, switches: Indices, *, buses: int) -> tuple[Indices, Indices]:
    """The segments at each bus, by number; a segment from a bus to itself stands there twice."""
    near = ends.ravel()
    order = np.argsort(near, kind="stable").astype(np.int32)
    segment, side = order // 2, order % 2
    first = np.searchsorted(near[order], np.arange(buses + 1))
    columns = (order, ends[segment, 1 - side], switches[segment, side], switches[segment, 1 - side])
    return first.astype(np.int32), np.ascontiguousarray(np.column_stack(columns), np.int32)
