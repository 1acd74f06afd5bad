"""`ShortCircuit` for radial states: fault impedances summed down the tree."""

import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gridops.ids import NodeId, SourceId, SwitchId
from gridops.network import GridArrays, Indices, Network, Status, SwitchSet, Values
from gridops.network.arrays import neighbours
from gridops.powerflow.results import ByNumber
from gridops.powerflow.short_circuit import (
    CONDUCTOR_C,
    TWO_TO_THREE_PHASE,
    FaultCurrents,
    FaultKind,
    FaultPath,
    Level,
    ShortCircuit,
    kappa,
    not_solved,
    resistance_factor,
    series_pu,
    transformer_factor,
    voltage_factors,
)
from gridops.powerflow.short_circuit_kernel import (
    EDGE,
    ISLAND,
    PARENT,
    ROOT,
    SCALE,
    TURNED,
    UNFED,
    R,
    X,
    accumulate,
    grow,
    number_below,
)

K = TypeVar("K", bound=str)
Flags = NDArray[np.bool_]
ENGINE = "radial-short-circuit"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultTree:
    """A radial state with the impedance up to each node. Arrays go by number of the node.

    `hangs` is that of `grow`, whose edges are branches first, then switches; `z` that of
    `accumulate`; `place` and `size` those of `number_below`. Islands with loops
    are left out as if they had no supply; `ik_a` is nan there.
    """

    arrays: GridArrays
    kind: FaultKind
    lines: int
    """How many of the branches are lines; they come before the transformers."""
    hangs: Indices
    z: Values
    place: Indices
    size: Indices
    far_of_switch: Indices
    """The node that each switch feeds directly, or -1."""
    series: Values
    """Of each branch as in `accumulate`, corrected for the level."""
    driving_v: Values
    """What drives the current: ik_a = driving_v / |Z|."""
    ik_a: Values

    def hangs_on(self, nodes: Indices, above: Indices) -> Flags:
        """Whether a node is `above` itself or fed through it; elementwise, False for -1."""
        place = self.place[nodes]
        first = self.place[above]
        return (place >= first) & (place < first + self.size[above]) & (above >= 0)

    def referred(self, fault: Indices, seen: Indices) -> Values:
        """What a fault current at `fault` is in the phase that carries most at the level of
        `seen`, per unit of it; elementwise, for `seen` on the way to `fault`."""
        ratio: Values = self.z[fault, SCALE] / self.z[seen, SCALE]
        if self.kind is FaultKind.THREE_PHASE:
            return ratio
        turned = self.z[fault, TURNED] != self.z[seen, TURNED]
        return np.asarray(np.where(turned, ratio / TWO_TO_THREE_PHASE, ratio))


@dataclass(frozen=True, slots=True, kw_only=True)
class Impedances:
    """Fault impedances down the trees of some sources, as `grow` and `accumulate` give them."""

    order: Indices
    hangs: Indices
    z: Values
    looped: Status
    """By source: what hangs on it is no tree, and its impedances mean nothing."""


class _Paths(Mapping[NodeId, FaultPath]):
    """Of each listed node, walked when it is asked for."""

    __slots__ = ("_numbers", "_tree")

    def __init__(self, tree: FaultTree, numbers: Indices) -> None:
        self._tree = tree
        self._numbers = numbers

    def __getitem__(self, node: NodeId) -> FaultPath:
        tree, arrays = self._tree, self._tree.arrays
        at = arrays.nodes.of[node]
        row = int(np.searchsorted(self._numbers, at))
        if row == len(self._numbers) or self._numbers[row] != at:
            raise KeyError(node)
        way = [at]
        while (above := int(tree.hangs[way[-1], PARENT])) != ROOT:
            way.append(above)
        nodes = np.array(way, np.int32)
        ends_a = tree.ik_a[at] * tree.referred(np.full_like(nodes, at), nodes)
        edges = tree.hangs[nodes[:-1], EDGE]
        larger_a = np.maximum(ends_a[:-1], ends_a[1:])
        is_switch = edges >= len(arrays.branches)
        switches, branches = edges[is_switch] - len(arrays.branches), edges[~is_switch]
        return FaultPath(
            switch_a=_mapped(arrays.switches.ids, switches, values=larger_a[is_switch]),
            branch_a=_mapped(arrays.branches.ids, branches, values=larger_a[~is_switch]),
        )

    def __iter__(self) -> Iterator[NodeId]:
        ids = self._tree.arrays.nodes.ids
        return (ids[k] for k in self._numbers.tolist())

    def __len__(self) -> int:
        return len(self._numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class RadialCurrents(FaultCurrents):
    """Fault currents of a radial state, with the tree that they come from."""

    tree: FaultTree
    numbers: Indices
    """Of the listed nodes, ascending."""

    def seen_a(self, device_of: Mapping[NodeId, SwitchId]) -> Mapping[NodeId, float]:
        """See `FaultCurrents.seen_a`; one pass over arrays."""
        tree = self.tree
        nodes = tree.arrays.nodes.numbers(device_of)
        far = tree.far_of_switch[tree.arrays.switches.numbers(device_of.values())]
        passed = tree.hangs_on(nodes, far)
        seen = tree.ik_a[nodes] * tree.referred(nodes, np.where(passed, far, nodes))
        listed = np.isin(nodes, self.numbers).tolist()
        pairs = zip(device_of, np.where(passed, seen, 0.0).tolist(), strict=True)
        return dict(itertools.compress(pairs, listed))


class RadialShortCircuit:
    """`ShortCircuit` for radial states; islands that no asked node lies in may have loops.

    Guarantees: fulfils the protocol for any number of sources, each with a tree of its own. Where
    an asked node lies in a loop (parallel branches too) or hangs on two sources, `meshed` answers
    the whole question in its own name; without one the state is not solved. A source without
    short-circuit power feeds no fault. Cost is linear in the grid, whatever is asked.

    `conductor_c_end` is what conductors reach in a fault: it raises line resistances for minimum
    currents; as stated, if left out.
    """

    name = ENGINE

    def __init__(
        self,
        network: Network,
        *,
        meshed: ShortCircuit | None = None,
        conductor_c_end: float = CONDUCTOR_C,
    ) -> None:
        self._arrays = arrays = network.arrays
        self._lines = len(network.components.branches)
        self._meshed = meshed
        ends = np.concatenate((arrays.branch_nodes, arrays.switch_nodes)).astype(np.int32)
        self._first, edges, across = neighbours(ends, len(arrays.nodes))
        self._around = np.column_stack((edges, across))
        self._branch_from = np.ascontiguousarray(arrays.branch_nodes[:, 0])
        listed = network.nodes.values()
        self._voltage_v = np.fromiter((n.voltage_v_nominal for n in listed), np.float64)
        self._series = {
            level: _series(network, level, conductor_c_end=conductor_c_end) for level in Level
        }
        sources = list(network.sources.values())
        self._source_va = np.array([s.short_circuit_va for s in sources], np.float64)
        self._source_r_to_x = np.array([s.r_to_x for s in sources], np.float64)

    def currents(
        self,
        closed: AbstractSet[SwitchId],
        *,
        at: Collection[NodeId] | None,
        kind: FaultKind,
        level: Level,
        dead_sources: AbstractSet[SourceId] = frozenset(),
    ) -> FaultCurrents:
        """See `ShortCircuit.currents`."""
        found = self.radial(closed, at=at, kind=kind, level=level, dead_sources=dead_sources)
        if found is not None:
            return found
        if self._meshed is None:
            return not_solved(self.name, kind=kind, level=level)
        return self._meshed.currents(
            closed, at=at, kind=kind, level=level, dead_sources=dead_sources
        )

    def radial(
        self,
        closed: AbstractSet[SwitchId],
        *,
        at: Collection[NodeId] | None,
        kind: FaultKind,
        level: Level,
        dead_sources: AbstractSet[SourceId] = frozenset(),
    ) -> RadialCurrents | None:
        """As `currents`, with the tree; None where that would hand over to `meshed`."""
        arrays = self._arrays
        live = (self._source_va > 0.0).astype(np.int8)
        live[arrays.sources.numbers(dead_sources)] = 0
        order, hangs, looped = self._grown(closed, live)
        island = hangs[:, ISLAND]
        asked = np.arange(len(arrays.nodes)) if at is None else _sorted(arrays, at)
        numbers = asked[island[asked] != UNFED].astype(np.int32)
        if np.any(looped[island[numbers]]):
            return None
        at_root = self._at_roots(level, live)
        z = accumulate(order, hangs, self._branch_from, self._series[level], at_root)
        if looped.any():
            order = order[looped[island[order]] == 0]
        tree = self._tree((order, hangs), z=z, kind=kind, level=level)
        return _answer(tree, numbers, level=level)

    def impedances(
        self, closed: AbstractSet[SwitchId], *, sources: Collection[SourceId], level: Level
    ) -> Impedances:
        """What hangs on these sources alone, as if there were no others; those without
        short-circuit power feed nothing. Cost goes with what is found, a few bytes for each node
        aside. Raises: KeyError for an id that the grid does not have."""
        live = np.zeros(len(self._source_va), np.int8)
        live[self._arrays.sources.numbers(sources)] = 1
        live[self._source_va <= 0.0] = 0
        order, hangs, looped = self._grown(closed, live)
        at_root = self._at_roots(level, live)
        z = accumulate(order, hangs, self._branch_from, self._series[level], at_root)
        return Impedances(order=order, hangs=hangs, z=z, looped=looped)

    def _grown(
        self, closed: AbstractSet[SwitchId], live: Status
    ) -> tuple[Indices, Indices, Status]:
        arrays = self._arrays
        status = SwitchSet.of(arrays.switches, closed).status
        conducts = np.concatenate((np.ones(len(arrays.branches), np.int8), status))
        return grow(self._first, self._around, conducts, arrays.source_node, live)

    def _at_roots(self, level: Level, live: Status) -> Values:
        """Source impedances by node; a root with two live sources is in a looped island."""
        arrays = self._arrays
        found = np.zeros((len(arrays.nodes), 2))
        rows = np.flatnonzero(live)
        nodes = arrays.source_node[rows]
        c = voltage_factors(self._voltage_v[nodes], level)
        z_ohm = c * self._voltage_v[nodes] ** 2 / self._source_va[rows]
        x_ohm = z_ohm / np.hypot(1.0, self._source_r_to_x[rows])
        found[nodes, R], found[nodes, X] = self._source_r_to_x[rows] * x_ohm, x_ohm
        return found

    def _tree(
        self,
        grown: tuple[Indices, Indices],
        *,
        z: Values,
        kind: FaultKind,
        level: Level,
    ) -> FaultTree:
        order, hangs = grown
        place, size = number_below(order, hangs)
        far_of_switch = np.full(len(self._arrays.switches), -1, np.int32)
        fed = order[hangs[order, EDGE] >= len(self._arrays.branches)]
        far_of_switch[hangs[fed, EDGE] - len(self._arrays.branches)] = fed
        three_phase_v = voltage_factors(self._voltage_v, level) * self._voltage_v / math.sqrt(3.0)
        share = TWO_TO_THREE_PHASE if kind is FaultKind.TWO_PHASE else 1.0
        driving_v = share * three_phase_v
        with np.errstate(divide="ignore"):
            ik_a = driving_v / np.hypot(z[:, R], z[:, X])
        return FaultTree(
            arrays=self._arrays,
            kind=kind,
            lines=self._lines,
            hangs=hangs,
            z=z,
            place=place,
            size=size,
            far_of_switch=far_of_switch,
            series=self._series[level],
            driving_v=driving_v,
            ik_a=np.where(size > 0, ik_a, np.nan),
        )


def _answer(tree: FaultTree, numbers: Indices, *, level: Level) -> RadialCurrents:
    r_to_x = _ratio(tree.z[numbers, R], tree.z[numbers, X])
    ik_a = tree.ik_a[numbers]
    return RadialCurrents(
        solved=True,
        engine=ENGINE,
        kind=tree.kind,
        level=level,
        ik_a=ByNumber(tree.arrays.nodes, numbers=numbers, values=ik_a),
        r_to_x=ByNumber(tree.arrays.nodes, numbers=numbers, values=r_to_x),
        ip_a=ByNumber(
            tree.arrays.nodes, numbers=numbers, values=kappa(r_to_x) * math.sqrt(2.0) * ik_a
        ),
        paths=_Paths(tree, numbers),
        tree=tree,
        numbers=numbers,
    )


def _ratio(r_ohm: Values, x_ohm: Values) -> Values:
    """R/X; 0 where there is no impedance at all (the highest peak), inf without reactance."""
    found = np.where(r_ohm > 0.0, np.inf, 0.0)
    np.divide(r_ohm, x_ohm, out=found, where=x_ohm != 0.0)
    return found


def _series(network: Network, level: Level, *, conductor_c_end: float) -> Values:
    """Of each branch as `accumulate` takes it."""
    lines, transformers = network.components.branches, network.components.transformers
    count = len(lines)
    found = np.zeros((count + len(transformers), 4))
    warmer = resistance_factor(level, conductor_c_end)
    found[:count, R] = warmer * np.fromiter((b.r_ohm for b in lines), np.float64, count)
    found[:count, X] = np.fromiter((b.x_ohm for b in lines), np.float64, count)
    found[:count, SCALE] = 1.0
    for row, t in enumerate(transformers, start=count):
        low_v = network.nodes[t.to_node].voltage_v_nominal
        corrected = transformer_factor(t, level, voltage_v_low=low_v)
        z_ohm = series_pu(t) * corrected * t.voltage_v_to**2 / t.power_va_rated
        found[row, R], found[row, X] = z_ohm.real, z_ohm.imag
        found[row, SCALE] = t.voltage_v_from / t.voltage_v_to
        found[row, TURNED] = t.clock % 2
    return found


def _sorted(arrays: GridArrays, nodes: Collection[NodeId]) -> Indices:
    return np.unique(arrays.nodes.numbers(nodes))


def _mapped(ids: tuple[K, ...], numbers: Indices, *, values: Values) -> dict[K, float]:
    return {ids[k]: value for k, value in zip(numbers.tolist(), values.tolist(), strict=True)}
