"""One grid laid out for the radial kernel, and the trees of a switch state."""

import math
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from copy import copy
from dataclasses import dataclass

import numpy as np

from gridops.ids import GeneratorId, LoadId, SectionId, SourceId
from gridops.network import Indices, Network, Status, Values
from gridops.powerflow.branch_models import BASE_VA
from gridops.powerflow.islands_kernel import Neighbours, reach
from gridops.powerflow.load_powers import LoadPowers
from gridops.powerflow.protocol import LoadPower
from gridops.powerflow.radial_kernel import (
    DRAWN_B,
    DRAWN_G,
    DRAWN_P,
    DRAWN_P_CURRENT,
    DRAWN_Q,
    DRAWN_Q_CURRENT,
    LOOP,
    PLACE_ROWS,
    VALUE_ROWS,
    Room,
    Wiring,
    grow_all,
)
from gridops.powerflow.report_kernel import Inside
from gridops.powerflow.segment_bounds import bounds_of
from gridops.powerflow.segments import Segments, segments_of

DRAWN_COLUMNS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """Trees as the kernel has them: `blocks` says where each begins, and the end."""

    sources: Indices
    blocks: Indices
    wiring: Wiring
    room: Room

    @property
    def size(self) -> int:
        return int(self.blocks[-1])


class RadialGrid:
    """What stays the same for every switch state and every load. Holds room to work in, so it is
    not safe for use from several threads at once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.segments = segments_of(network)
        nothing = np.zeros(len(network.switches), np.int8)
        self._wiring = Wiring(self.segments.first, self.segments.entries, self.segments.pi, nothing)
        self.inside = _inside(network, self.segments)
        arrays = network.arrays
        bus_of_node = self.segments.bus_of_node
        member_capacity = _member_capacity(network, self.segments, inside=self.inside)
        self.bounds = bounds_of(self.segments, member_capacity)
        self.charging_max = self.segments.charging_max
        self._branch_capacity = _branch_capacity(self.segments, member_capacity)
        self._roots = bus_of_node[arrays.source_node]
        self._root_pu = np.array([s.voltage_pu for s in network.sources.values()], np.float64)
        self.is_root = np.zeros(self.segments.buses, np.int32)
        self.is_root[self._roots] = 1
        self.load_bus = bus_of_node[arrays.load_node]
        self.generator_bus = bus_of_node[arrays.generator_node]
        self.unloaded = _shunts(network, self.segments)
        self._neighbours = Neighbours(
            arrays.first, arrays.neighbour_switch, arrays.neighbour_section
        )
        shares = [
            (load.constant_current_share, load.constant_impedance_share)
            for load in network.loads.values()
        ]
        self.current_share, self.impedance_share = np.array(shares).reshape(-1, 2).T
        self.has_shares = bool(np.any(shares))
        self.has_current_loads = bool(self.current_share.any())
        self.make_room()

    def beside(self) -> "RadialGrid":
        """The same grid with room of its own, for another thread."""
        other = copy(self)
        other.make_room()
        return other

    def make_room(self) -> None:
        """New room for all that a question writes to."""
        sections, buses = len(self.network.arrays.sections), self.segments.buses
        self._seen_sections = np.zeros(sections, np.int32)
        self._queue = np.empty(sections, np.int32)
        self._room = Room(
            np.empty((PLACE_ROWS, buses), np.int32),
            np.zeros((VALUE_ROWS, buses)),
            np.zeros(buses, np.int32),
        )
        self.latest: Grown | None = None
        """What `grown` gave last; what it gave before is void."""
        self._mark = 0
        self._drawn_of: tuple[LoadPowers, Values] | None = None
        self._capacity_of: tuple[Values, Values, float] | None = None

    def live_sources(
        self,
        closed: Status,
        *,
        dead_sources: AbstractSet[SourceId],
        around: Collection[SectionId] | None,
    ) -> Indices:
        """Numbers of the live sources, of the islands around these sections or of all."""
        arrays = self.network.arrays
        is_asked = np.ones(len(arrays.sources), np.bool_)
        is_asked[arrays.sources.numbers(dead_sources)] = False
        if around is not None:
            mark = self._next_mark()
            reach(
                arrays.sections.numbers(around),
                self._neighbours,
                closed,
                self._seen_sections,
                mark,
                self._queue,
            )
            is_asked &= self._seen_sections[arrays.source_section] == mark
        return np.flatnonzero(is_asked).astype(np.int32)

    def grown(self, closed: Status, sources: Indices) -> Grown | None:
        """The trees of these sources, in room that the next call uses again; None: the state is
        not radial."""
        blocks = np.zeros(len(sources) + 1, np.int32)
        wiring = self._wiring._replace(closed=closed)
        end = grow_all(
            self._roots[sources],
            self._root_pu[sources],
            wiring,
            self._room,
            self._next_mark(),
            blocks,
        )
        self.latest = None if end == LOOP else Grown(sources, blocks, wiring, self._room)
        return self.latest

    def drawn(
        self,
        loads: Mapping[LoadId, LoadPower],
        generators: Mapping[GeneratorId, LoadPower],
    ) -> Values:
        """What is drawn at each bus, generators included; columns as the kernel has them."""
        powers = LoadPowers.of(self.network, loads)
        if self._drawn_of is None or self._drawn_of[0] is not powers:
            self._drawn_of = powers, self._drawn_by(powers)
        drawn = self._drawn_of[1]
        if not generators:
            return drawn
        drawn = drawn.copy()
        rows = self.generator_bus[self.network.arrays.generators.numbers(generators)]
        np.add.at(drawn[:, DRAWN_P], rows, [g.p_w / BASE_VA for g in generators.values()])
        np.add.at(drawn[:, DRAWN_Q], rows, [g.q_var / BASE_VA for g in generators.values()])
        return drawn

    def capacity(self, carries_a: Values) -> Values:
        """Of each segment, squares of the most current and the most apparent power, per unit; not
        to be written to.

        `carries_a`: what each switch may carry, by number.
        """
        return self._capacities(carries_a)[1]

    def charging_share(self, carries_a: Values) -> float:
        """As `SegmentBounds.charging_share` at this capacity."""
        return self._capacities(carries_a)[2]

    def _capacities(self, carries_a: Values) -> tuple[Values, Values, float]:
        """Kept until it is asked for others: plans of one grid all ask for the same."""
        known = self._capacity_of
        if known is None or not np.array_equal(known[0], carries_a):
            capacity = self._capacity_by(carries_a)
            known = self._capacity_of = carries_a, capacity, self.bounds.charging_share(capacity)
        return known

    def _capacity_by(self, carries_a: Values) -> Values:
        at_most = self._branch_capacity.copy()
        for side in range(2):
            switch = self.segments.switches[:, side]
            has = np.flatnonzero(switch >= 0)
            node = self.segments.node_of_bus[self.segments.ends_at[has, side]]
            current_pu = carries_a[switch[has]] / self.inside.base_a[node]
            at_most[has, 0] = np.minimum(at_most[has, 0], current_pu)
        return at_most**2

    def _drawn_by(self, powers: LoadPowers) -> Values:
        drawn = self.unloaded.copy()
        at, buses = self.load_bus, self.segments.buses
        p, q = powers.p_w / BASE_VA, powers.q_var / BASE_VA
        if not self.has_shares:
            drawn[:, DRAWN_P] += np.bincount(at, p, buses)
            drawn[:, DRAWN_Q] += np.bincount(at, q, buses)
            return drawn
        current, impedance = self.current_share, self.impedance_share
        power = 1.0 - current - impedance
        drawn[:, DRAWN_P] += np.bincount(at, p * power, buses)
        drawn[:, DRAWN_Q] += np.bincount(at, q * power, buses)
        drawn[:, DRAWN_P_CURRENT] += np.bincount(at, p * current, buses)
        drawn[:, DRAWN_Q_CURRENT] += np.bincount(at, q * current, buses)
        drawn[:, DRAWN_G] += np.bincount(at, p * impedance, buses)
        drawn[:, DRAWN_B] -= np.bincount(at, q * impedance, buses)
        return drawn

    def _next_mark(self) -> int:
        """Marks never come again; after two thousand million the arrays are wiped."""
        if self._mark == np.iinfo(np.int32).max:
            self._mark = 0
            self._room.seen[:] = 0
            self._seen_sections[:] = 0
        self._mark += 1
        return self._mark


def _inside(network: Network, segments: Segments) -> Inside:
    models = segments.models
    nominal_v = np.array([node.voltage_v_nominal for node in network.nodes.values()])
    share = segments.share
    return Inside(
        node_of_bus=segments.node_of_bus,
        bus_of_node=segments.bus_of_node,
        branch_nodes=network.arrays.branch_nodes,
        switches=segments.switches,
        members=segments.members,
        member_pi=np.ascontiguousarray(segments.member_pi).view(np.float64).reshape(-1, 6),
        share=np.column_stack((share.real, share.imag)),
        starts=segments.starts,
        branches=segments.branches,
        backwards=segments.backwards,
        ends=segments.ends,
        models=np.column_stack((models.z.real, models.z.imag, models.y.real, models.y.imag)),
        base_a=BASE_VA / (math.sqrt(3) * nominal_v),
    )


def _shunts(network: Network, segments: Segments) -> Values:
    drawn = np.zeros((segments.buses, DRAWN_COLUMNS))
    for shunt in network.components.shunts:
        bus = segments.bus_of_node[network.arrays.nodes.of[shunt.node]]
        drawn[bus, DRAWN_G] += shunt.p_w / BASE_VA
        drawn[bus, DRAWN_B] -= shunt.q_var / BASE_VA
    return drawn


def _member_capacity(network: Network, segments: Segments, *, inside: Inside) -> Values:
    """By member: what its branches let pass of current and of apparent power, per unit."""
    if not len(segments.branches):
        return np.empty((0, 2))
    at = network.arrays.branch_nodes[segments.branches, 0]
    models = segments.models
    current = models.current_a_max[segments.branches] / inside.base_a[at]
    power = models.power_pu_rated[segments.branches]
    member: Values = np.minimum.reduceat(np.column_stack((current, power)), segments.starts[:-1])
    return member


def _branch_capacity(segments: Segments, member_capacity: Values) -> Values:
    """By segment: what its members let pass of current and of apparent power, charging aside."""
    at_most = np.full((len(segments.pi), 2), np.inf)
    member = member_capacity / np.abs(segments.share)[:, None]
    branched = np.flatnonzero(np.diff(segments.members))
    if len(branched):
        at_most[branched] = np.minimum.reduceat(member, segments.members[branched])
    return at_most
