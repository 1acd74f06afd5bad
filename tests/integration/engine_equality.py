"""Random switch states of a grid, and how far engines differ on them."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from gridops.ids import SwitchId
from gridops.network import Branch, Network, Numbering, SwitchSet
from gridops.powerflow import FlowResult, LoadPower, LoadPowers, PowerFlow

K = TypeVar("K", bound=str)
Values = NDArray[np.float64]
OPENED_MAX, CLOSED_MAX, TRANSFERS_MAX = 3, 2, 3
EARTH = -1
IDEAL_PCT = 0.1


@dataclass(frozen=True)
class Solution:
    """By number of the node, branch and switch; nan where there is no supply."""

    voltage_pu: Values
    current_a: Values
    switch_current_a: Values | None
    """None: the engine does not tell."""


@dataclass(frozen=True)
class Ratings:
    """What 1 pu of current is: what an element may carry, a transformer at its low side."""

    branch_a: Values
    switch_a: Values


@dataclass
class Spread:
    """The largest differences between two engines."""

    states: int = 0
    voltage_pu: float = 0.0
    current_pu: float = 0.0

    def take(self, one: Solution, other: Solution, *, rated: Ratings) -> None:
        self.states += 1
        self.voltage_pu = max(self.voltage_pu, _apart(one.voltage_pu, other.voltage_pu))
        currents = [(one.current_a, other.current_a, rated.branch_a)]
        if one.switch_current_a is not None and other.switch_current_a is not None:
            currents.append((one.switch_current_a, other.switch_current_a, rated.switch_a))
        most = max(_apart(a / base, b / base) for a, b, base in currents)
        self.current_pu = max(self.current_pu, most)


@dataclass
class Tally:
    """What the states were like, and how far each engine was from power-grid-model."""

    states: int = 0
    partly_dark: int = 0
    with_stubs: int = 0
    meshed: int = 0
    without_solution: int = 0
    spreads: dict[str, Spread] = field(default_factory=dict)

    def __str__(self) -> str:
        kinds = (
            f"{self.states} states: {self.partly_dark} partly dark, {self.with_stubs} with stubs,"
            f" {self.meshed} meshed, {self.without_solution} without solution"
        )
        spreads = (
            f"{name} {s.voltage_pu:.1e} pu, {s.current_pu:.1e} of rating in {s.states}"
            for name, s in self.spreads.items()
        )
        return "; ".join((kinds, *spreads))


def _apart(one: Values, other: Values) -> float:
    """Both must have the same elements energised."""
    assert np.array_equal(np.isnan(one), np.isnan(other))
    return float(np.nanmax(np.abs(one - other), initial=0.0))


def ratings(network: Network) -> Ratings:
    branches = [
        each.current_a_max
        if isinstance(each, Branch)
        else each.power_va_rated / (math.sqrt(3) * each.voltage_v_to)
        for each in network.branches.values()
    ]
    switches = [switch.current_a_rated for switch in network.switches.values()]
    return Ratings(np.array(branches), np.array(switches))


def random_states(network: Network, count: int, *, seed: int) -> Iterator[SwitchSet]:
    """The normal state, and then by turns: switches opened, supply transferred, ties closed,
    and both opened and closed at random."""
    dice = random.Random(seed)
    normal = network.normally_closed
    ways = (_opened, _transferred, _tied, _mixed)
    yield normal
    for k in range(count):
        yield ways[k % len(ways)](network, normal, dice)


def _opened(network: Network, closed: SwitchSet, dice: random.Random) -> SwitchSet:
    listed = list(closed)
    return closed - frozenset(dice.sample(listed, min(dice.randint(1, OPENED_MAX), len(listed))))


def _tied(network: Network, closed: SwitchSet, dice: random.Random) -> SwitchSet:
    listed = [s for s in network.switches if s not in closed]
    return closed | frozenset(dice.sample(listed, min(dice.randint(1, CLOSED_MAX), len(listed))))


def _mixed(network: Network, closed: SwitchSet, dice: random.Random) -> SwitchSet:
    return _tied(network, _opened(network, closed, dice), dice)


def _transferred(network: Network, closed: SwitchSet, dice: random.Random) -> SwitchSet:
    """A tie is closed and a switch of the ring that it closes is opened, some times over."""
    for _ in range(dice.randint(1, TRANSFERS_MAX)):
        tie = dice.choice([s for s in network.switches if s not in closed])
        around = _ring(network, closed, tie)
        if around:
            closed = (closed | {tie}) - {dice.choice(around)}
    return closed


def _ring(network: Network, closed: SwitchSet, tie: SwitchId) -> list[SwitchId]:
    """The closed switches on the way between the ends of `tie`, over sources if need be."""
    arrays = network.arrays
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(arrays.sections)))
    for switch in closed:
        one, other = arrays.switch_sections[arrays.switches.of[switch]].tolist()
        graph.add_edge(one, other, switch=switch)
    graph.add_edges_from((EARTH, int(section)) for section in arrays.source_section)
    start, end = arrays.switch_sections[arrays.switches.of[tie]].tolist()
    if not nx.has_path(graph, start, end):
        return []
    way = nx.shortest_path(graph, start, end)
    edges = (graph.edges[one, other] for one, other in nx.utils.pairwise(way))
    return [edge["switch"] for edge in edges if "switch" in edge]


def has_stub(network: Network, closed: SwitchSet, result: FlowResult) -> bool:
    """Whether an energised line ends at nothing but open switches."""
    arrays = network.arrays
    count = len(arrays.nodes)
    lines = np.bincount(arrays.branch_nodes.ravel(), minlength=count)
    shut, parted = (arrays.switch_nodes[closed.status == each].ravel() for each in (1, 0))
    ends = np.intersect1d(np.flatnonzero(lines == 1), np.setdiff1d(parted, shut))
    return not {arrays.nodes.ids[k] for k in ends}.isdisjoint(result.voltage_pu)


def is_meshed(result: FlowResult) -> bool:
    """Whether what is energised has more edges than trees from one source each would have."""
    live = len(result.voltage_pu)
    return len(result.current_a) + len(result.switch_current_a) > live - len(result.source_p_w)


class ByEngine:
    """One of our engines with all that the grid states as drawn."""

    def __init__(self, network: Network, engine: PowerFlow) -> None:
        self._network, self._engine = network, engine
        self._loads = LoadPowers.stated(network)
        generators = network.generators.values()
        self._generators = {g.id: LoadPower(g.p_w, g.q_var) for g in generators}

    def result(self, closed: SwitchSet) -> FlowResult:
        return self._engine.solve(closed, self._loads, generators=self._generators)

    def solution(self, closed: SwitchSet) -> Solution | None:
        result = self.result(closed)
        return dense(self._network, result) if result.converged else None


def dense(network: Network, result: FlowResult) -> Solution:
    arrays = network.arrays
    return Solution(
        voltage_pu=_dense(result.voltage_pu, arrays.nodes),
        current_a=_dense(result.current_a, arrays.branches),
        switch_current_a=_dense(result.switch_current_a, arrays.switches),
    )


def _dense(values: Mapping[K, float], kind: Numbering[K]) -> Values:
    found = np.full(len(kind), np.nan)
    found[kind.numbers(values)] = list(values.values())
    return found


class ByPandapower:
    """pandapower on the grid as exported once; a solve only moves the switches."""

    def __init__(self, network: Network, *, numba: bool) -> None:
        from gridops.adapters.pandapower_grid import to_net  # noqa: PLC0415 # 2 s of imports

        self._network = network
        self._net: Any = to_net(network.components)
        self._numba = numba
        arrays, net = network.arrays, self._net
        self._nodes = [arrays.nodes.of[node] for node in net.bus.gridops_id]
        self._lines = [arrays.branches.of[line] for line in net.line.gridops_id]
        self._transformers = [arrays.branches.of[each] for each in net.trafo.get("gridops_id", ())]
        self._switches = [arrays.switches.of[switch] for switch in net.switch.gridops_id]
        self._has_ideal = bool((net.trafo.vk_percent < IDEAL_PCT).any())

    def solution(self, closed: SwitchSet) -> Solution | None:
        from pandapower import LoadflowNotConverged  # noqa: PLC0415

        net = self._net
        net.switch["closed"] = closed.status[self._switches] == 1
        try:
            self._run()
        except LoadflowNotConverged:
            return None
        voltage = np.full(len(self._network.nodes), np.nan)
        voltage[self._nodes] = net.res_bus.vm_pu.loc[net.bus.index]
        current = np.full(len(self._network.branches), np.nan)
        lines, transformers = net.res_line, net.res_trafo
        current[self._lines] = 1e3 * lines[["i_from_ka", "i_to_ka"]].max(axis=1)
        current[self._transformers] = 1e3 * transformers[["i_hv_ka", "i_lv_ka"]].max(axis=1)
        dark = np.isnan(voltage)[self._network.arrays.branch_nodes[:, 0]]
        current[dark] = np.nan
        return Solution(voltage, current, None)

    def _run(self) -> None:
        """Newton's method does not come from a flat start across a regulator of next to no
        impedance (ieee123). The fast decoupled one does, but takes every load as constant
        power: it comes near, and Newton's goes on from there."""
        from pandapower import runpp  # noqa: PLC0415

        alike = {
            "trafo_model": "pi",
            "numba": self._numba,
            "calculate_voltage_angles": True,
        }
        start = "auto"
        if self._has_ideal:
            near = {"tolerance_mva": 1e-3, "voltage_depend_loads": False}
            runpp(self._net, algorithm="fdbx", max_iteration=100, **near, **alike)
            start = "results"
        runpp(self._net, init=start, tolerance_mva=1e-9, **alike)
