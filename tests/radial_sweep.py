"""The slow, obvious AC power flow: backward-forward sweep over a tree, in complex numbers.

It is the reference that the engines of the product must equal.
Everything is reckoned in per unit of `BASE_VA` and of each node's nominal voltage.
"""

import cmath
import math
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.ids import BranchId, GeneratorId, LoadId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import AnyBranch, Branch, Network, Switch, Transformer
from gridops.powerflow.branch_models import tap_factor
from gridops.powerflow.protocol import NO_GENERATORS, FlowResult, LoadPower, no_solution

BASE_VA = 1e6
ITERATIONS_MAX = 100
TOLERANCE_PU = 1e-11
"""The sweep ends when no voltage moves by more than this."""
VOLTAGE_PU_COLLAPSED = 0.1
"""Below this the iteration has left anything that a grid can do."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """A branch or a switch as a pi in per unit; `ratio` is an ideal transformer at `a`.

    `index` is its own among branches and switches together (their ids may coincide).
    """

    index: int
    switch: SwitchId | None
    a: NodeId
    b: NodeId
    z: complex
    y_end: complex
    ratio: complex


@dataclass(frozen=True, slots=True)
class _Hop:
    """An edge in the direction of the tree, from the feeding node to the fed one."""

    edge: _Edge
    near: NodeId
    far: NodeId
    ratio_near: complex
    ratio_far: complex


@dataclass(frozen=True, slots=True)
class _Tree:
    roots: Mapping[SourceId, NodeId]
    hops: tuple[_Hop, ...]
    """Every hop after the one that feeds its near node."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """What hangs at the nodes, in per unit."""

    power: dict[NodeId, complex]
    """Complex power that stays, whatever the voltage."""
    current: dict[NodeId, complex]
    """Complex power at nominal voltage, of what goes with the voltage's magnitude."""
    admittance: dict[NodeId, complex]

    def drawn(self, node: NodeId, voltage: complex) -> complex:
        """Current that the node takes for itself."""
        current = (self.power.get(node, 0j) / voltage).conjugate()
        if node in self.current:
            current += self.current[node].conjugate() * voltage / abs(voltage)
        if node in self.admittance:
            current += self.admittance[node] * voltage
        return current


@dataclass(slots=True)
class _Sweep:
    voltage: dict[NodeId, complex]
    drawn: dict[NodeId, complex]
    """Current that each node takes for its loads and for all that hangs on it."""
    near: dict[int, complex]
    far: dict[int, complex]
    """Currents at the two ends of each hop, both in the direction of the tree."""
    demand: _Demand


class RadialSweep:
    """`PowerFlow` for radial states.

    Guarantees: fulfils the protocol for any number of sources, each with a tree of its own.
    A loop, two sources in one island, or a load beyond what the grid can carry comes back as
    `converged=False`. Lines are pi sections with charging; a line that is open at one end
    still draws its charging current. Transformers are a pi referred to the low side with the
    tap and the clock as an ideal ratio at the high side, as power-grid-model has them. A load
    draws `Load.share_at` of its power, at every voltage.
    """

    name = "radial-sweep"

    def __init__(self, network: Network) -> None:
        self._network = network
        branches = network.branches.values()
        self._branches = [_edge_of(network, k, branch=branch) for k, branch in enumerate(branches)]
        switches = enumerate(network.switches.values(), start=len(branches))
        self._shunts = _shunt_admittances(network)
        self._switches = [_contact_of(k, switch) for k, switch in switches]
        self._edges_at: dict[NodeId, list[_Edge]] = {node: [] for node in network.nodes}
        for edge in (*self._branches, *self._switches):
            self._edges_at[edge.a].append(edge)
            if edge.b != edge.a:
                self._edges_at[edge.b].append(edge)

    def solve(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
    ) -> FlowResult:
        """See `PowerFlow.solve`."""
        dead = dead_sources | (set() if around is None else self._beyond(closed, around))
        tree = self._grow(closed, dead)
        if tree is None:
            return no_solution(self.name)
        sweep = self._iterate(tree, self._demand(loads, generators))
        if sweep is None:
            return no_solution(self.name)
        return self._described(tree, sweep)

    def _beyond(
        self, closed: AbstractSet[SwitchId], around: Collection[SectionId]
    ) -> set[SourceId]:
        """The sources of all other islands."""
        network = self._network
        near = dict.fromkeys(around)
        queue = list(near)
        for section in queue:  # grows while it is walked
            for switch in network.sections[section].switches:
                if switch in closed and (other := network.across(switch, section)) not in near:
                    near[other] = None
                    queue.append(other)
        sources = network.sources.values()
        return {s.id for s in sources if network.section_of_node[s.node] not in near}

    def _grow(
        self, closed: AbstractSet[SwitchId], dead_sources: AbstractSet[SourceId]
    ) -> _Tree | None:
        """The trees of all live sources, breadth first; None if anything is fed twice."""
        roots = {s.id: s.node for s in self._network.sources.values() if s.id not in dead_sources}
        queue = list(roots.values())
        seen = set(queue)
        if len(seen) < len(queue):
            return None
        hops: list[_Hop] = []
        fed_by: dict[NodeId, int] = {}
        for node in queue:  # grows while it is walked
            for edge in self._edges_at[node]:
                is_open = edge.switch is not None and edge.switch not in closed
                if is_open or edge.a == edge.b or edge.index == fed_by.get(node):
                    continue
                hop = _hop(edge, node)
                if hop.far in seen:
                    return None
                seen.add(hop.far)
                fed_by[hop.far] = edge.index
                hops.append(hop)
                queue.append(hop.far)
        return _Tree(roots, tuple(hops))

    def _demand(
        self, loads: Mapping[LoadId, LoadPower], generators: Mapping[GeneratorId, LoadPower]
    ) -> _Demand:
        demand = _Demand({}, {}, dict(self._shunts))
        for ident, each in loads.items():
            load, power = self._network.loads[ident], _in_pu(each)
            _add(demand.power, load.node, value=load.constant_power_share * power)
            if load.constant_current_share:
                _add(demand.current, load.node, value=load.constant_current_share * power)
            if load.constant_impedance_share:
                drawn = load.constant_impedance_share * power
                _add(demand.admittance, load.node, value=drawn.conjugate())
        for generator, each in generators.items():
            _add(demand.power, self._network.generators[generator].node, value=_in_pu(each))
        return demand

    def _iterate(self, tree: _Tree, demand: _Demand) -> _Sweep | None:
        sources = self._network.sources
        voltage = {node: complex(sources[s].voltage_pu) for s, node in tree.roots.items()}
        for hop in tree.hops:
            voltage[hop.far] = voltage[hop.near] / hop.ratio_near * hop.ratio_far
        sweep = _Sweep(voltage, {}, {}, {}, demand)
        for _ in range(ITERATIONS_MAX):
            _sweep_back(sweep, tree)
            moved = _sweep_forth(sweep, tree)
            # Not a number is neither more nor less than anything.
            if not all(abs(v) >= VOLTAGE_PU_COLLAPSED for v in sweep.voltage.values()):
                return None
            if moved < TOLERANCE_PU:
                _sweep_back(sweep, tree)
                return sweep
        return None

    def _described(self, tree: _Tree, sweep: _Sweep) -> FlowResult:
        current: dict[BranchId, float] = {}
        loading: dict[BranchId, float] = {}
        through_switch: dict[SwitchId, float] = {}
        hops = {hop.edge.index: hop for hop in tree.hops}
        for edge, branch in zip(self._branches, self._network.branches.values(), strict=True):
            if hop := hops.get(edge.index):
                current[branch.id], loading[branch.id] = self._loaded(branch, hop, sweep=sweep)
        for edge, switch in zip(self._switches, self._network.switches, strict=True):
            if hop := hops.get(edge.index):
                amperes = abs(sweep.near[edge.index]) * self._base_current_a(hop.near)
                through_switch[switch] = amperes
        return FlowResult(
            converged=True,
            engine=self.name,
            voltage_pu={n: abs(sweep.voltage[n]) for n in self._edges_at if n in sweep.voltage},
            current_a=current,
            loading_pct=loading,
            switch_current_a=through_switch,
            source_p_w={
                source: (sweep.voltage[node] * sweep.drawn[node].conjugate()).real * BASE_VA
                for source, node in tree.roots.items()
            },
            source_q_var={
                source: (sweep.voltage[node] * sweep.drawn[node].conjugate()).imag * BASE_VA
                for source, node in tree.roots.items()
            },
        )

    def _loaded(self, branch: AnyBranch, hop: _Hop, *, sweep: _Sweep) -> tuple[float, float]:
        """Larger end current in A, and loading in %."""
        near, far = abs(sweep.near[hop.edge.index]), abs(sweep.far[hop.edge.index])
        amperes = max(near * self._base_current_a(hop.near), far * self._base_current_a(hop.far))
        if isinstance(branch, Branch):
            return amperes, 100.0 * amperes / branch.current_a_max
        apparent = max(near * abs(sweep.voltage[hop.near]), far * abs(sweep.voltage[hop.far]))
        return amperes, 100.0 * apparent * BASE_VA / branch.power_va_rated

    def _base_current_a(self, node: NodeId) -> float:
        return BASE_VA / (math.sqrt(3) * self._network.nodes[node].voltage_v_nominal)


def _sweep_back(sweep: _Sweep, tree: _Tree) -> None:
    """Sums currents from the leaves to the sources, at the voltages as they stand."""
    for node, voltage in sweep.voltage.items():
        sweep.drawn[node] = sweep.demand.drawn(node, voltage)
    for hop in reversed(tree.hops):
        index, y_end = hop.edge.index, hop.edge.y_end
        sweep.far[index] = sweep.drawn[hop.far]
        series = _series_current(hop, sweep)
        inner = series + sweep.voltage[hop.near] / hop.ratio_near * y_end
        sweep.near[index] = inner / hop.ratio_near.conjugate()
        sweep.drawn[hop.near] += sweep.near[index]


def _sweep_forth(sweep: _Sweep, tree: _Tree) -> float:
    """Drops voltages from the sources to the leaves; returns the largest move in pu."""
    moved = 0.0
    for hop in tree.hops:
        drop = hop.edge.z * _series_current(hop, sweep)
        voltage = (sweep.voltage[hop.near] / hop.ratio_near - drop) * hop.ratio_far
        moved = max(moved, abs(voltage - sweep.voltage[hop.far]))
        sweep.voltage[hop.far] = voltage
    return moved


def _series_current(hop: _Hop, sweep: _Sweep) -> complex:
    charging = sweep.voltage[hop.far] / hop.ratio_far * hop.edge.y_end
    return sweep.far[hop.edge.index] * hop.ratio_far.conjugate() + charging


def _hop(edge: _Edge, near: NodeId) -> _Hop:
    if near == edge.a:
        return _Hop(edge, near, edge.b, edge.ratio, 1 + 0j)
    return _Hop(edge, near, edge.a, 1 + 0j, edge.ratio)


def _shunt_admittances(network: Network) -> dict[NodeId, complex]:
    """In per unit: at nominal voltage a shunt draws the conjugate of its admittance."""
    found: dict[NodeId, complex] = {}
    for shunt in network.components.shunts:
        _add(found, shunt.node, value=(complex(shunt.p_w, shunt.q_var) / BASE_VA).conjugate())
    return found


def _in_pu(power: LoadPower) -> complex:
    return complex(power.p_w, power.q_var) / BASE_VA


def _add(at: dict[NodeId, complex], node: NodeId, *, value: complex) -> None:
    at[node] = at.get(node, 0j) + value


def _contact_of(index: int, switch: Switch) -> _Edge:
    return _Edge(index, switch.id, switch.node_a, switch.node_b, 0j, 0j, 1 + 0j)


def _edge_of(network: Network, index: int, *, branch: AnyBranch) -> _Edge:
    if isinstance(branch, Transformer):
        return _transformer_edge(network, index, branch=branch)
    base_ohm = network.nodes[branch.from_node].voltage_v_nominal ** 2 / BASE_VA
    omega = 2 * math.pi * network.components.frequency_hz
    return _Edge(
        index,
        None,
        branch.from_node,
        branch.to_node,
        complex(branch.r_ohm, branch.x_ohm) / base_ohm,
        0.5j * omega * branch.c_f * base_ohm,
        1 + 0j,
    )


def _transformer_edge(network: Network, index: int, *, branch: Transformer) -> _Edge:
    """Short-circuit test gives the series impedance, open-circuit test the shunt."""
    nominal_to_v = network.nodes[branch.to_node].voltage_v_nominal
    nominal_ratio = network.nodes[branch.from_node].voltage_v_nominal / nominal_to_v
    base_ohm = nominal_to_v**2 / BASE_VA
    rated_va, low_v = branch.power_va_rated, branch.voltage_v_to
    z_ohm = branch.short_circuit_voltage_pu * low_v**2 / rated_va
    r_ohm = branch.copper_loss_w * (low_v / rated_va) ** 2
    x_ohm = math.sqrt(max(z_ohm**2 - r_ohm**2, 0.0))
    y_siemens = branch.no_load_current_pu * rated_va / low_v**2
    g_siemens = branch.iron_loss_w / low_v**2
    b_siemens = math.sqrt(max(y_siemens**2 - g_siemens**2, 0.0))
    turns = branch.voltage_v_from * tap_factor(branch) / low_v / nominal_ratio
    return _Edge(
        index,
        None,
        branch.from_node,
        branch.to_node,
        complex(r_ohm, x_ohm) / base_ohm,
        0.5 * complex(g_siemens, -b_siemens) * base_ohm,
        cmath.rect(turns, math.radians(30.0 * branch.clock)),
    )
