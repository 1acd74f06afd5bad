"""How much could come back at most: a mixed-integer programme by LinDistFlow, cut until AC agrees.

For loads that draw constant power, lines without charging and no generators, LinDistFlow without
losses relaxes AC: it sees every voltage too high and every current too low. So its optimum bounds
what can be restored from above. A tree that it finds and AC refuses is cut off, together with all
that contain it (more load lowers no current and raises no voltage there), and the programme is
solved again, until AC agrees or the rounds run out. Solver: HiGHS, through scipy.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from gridops.ids import NodeId, SectionId, SwitchId
from gridops.network import Branch
from tests.restoration_ground import flood, movable, weight
from tests.restoration_reference import DeadPart, minutes_of

BASE_VA = 1e6
FACETS = 12
BIG_V = 2.0
BIG_S = 1e3
K = TypeVar("K", bound=str)


@dataclass(slots=True)
class Rows:
    """Linear constraints as they are written down."""

    at: list[tuple[int, int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: dict[int, float], *, low: float = -np.inf, high: float = np.inf) -> None:
        row = len(self.low)
        self.at += [(row, column, value) for column, value in terms.items()]
        self.low.append(low)
        self.high.append(high)

    def matrix(self, columns: int) -> LinearConstraint:
        rows, cols, values = zip(*self.at, strict=True)
        shape = (len(self.low), columns)
        return LinearConstraint(
            coo_array((values, (rows, cols)), shape).tocsr(), self.low, self.high
        )


@dataclass(frozen=True, slots=True)
class Most:
    """`weight` restored at most; `is_reached`: AC bears it out."""

    weight: float
    is_reached: bool
    rounds: int
    moves: frozenset[SwitchId] = frozenset()
    """From the fence to the state that reaches it."""


class Programme:
    """The final state of one dead part: which sections, over which switches."""

    def __init__(self, part: DeadPart) -> None:
        self.part = part
        network = part.situation.network
        donors = {way.outside for way in part.ways if way.outside is not None}
        self.lends = {donor for donor in donors if part.holds(0, donor)}
        self.live = flood(network, self.lends, part.closed_elsewhere.__contains__)
        self.sections = [s for s in network.sections if s in self.live or s in set(part.sections)]
        inside = set(self.sections)
        self.ways = [w for w in part.ways if w.outside in self.lends or len(w.ends) == 2]
        self.nodes = [n for n in network.nodes if network.section_of_node[n] in inside]
        self.branches = [
            b for b in network.branches.values() if network.section_of_branch[b.id] in inside
        ]
        self.fixed = [
            s
            for s in network.switches
            if s in part.closed_elsewhere and set(network.section_ends[s]) <= self.live
        ]
        self.columns = 0
        self.on = self._number(part.sections)
        self.joined = self._number([w.switch for w in self.ways])
        self.binaries = self.columns
        self.volt = self._number(self.nodes)
        edges: list[str] = [f"b {b.id}" for b in self.branches]
        edges += [f"s {s}" for s in (*self.fixed, *(w.switch for w in self.ways))]
        self.p = self._number(edges)
        self.q = self._number(edges)
        self.fed = self._number([w.switch for w in self.ways])
        self.given = self._number(list(network.sources), 2)
        self.rows = Rows()
        self._topology()
        self._flows()

    def _number(self, keys: Sequence[K], each: int = 1) -> dict[K, int]:
        first, self.columns = self.columns, self.columns + each * len(keys)
        return {key: first + each * k for k, key in enumerate(keys)}

    def _topology(self) -> None:
        """A tree each: as many switches join as sections are on, and one unit of a commodity
        reaches each of them from a donor."""
        part, situation = self.part, self.part.situation
        rows, switches = self.rows, situation.network.switches
        arriving: dict[int, dict[int, float]] = {k: {} for k in range(len(part.sections))}
        most = float(len(part.sections))
        for way in self.ways:
            y, f = self.joined[way.switch], self.fed[way.switch]
            for end in way.ends:
                rows.add({y: 1.0, self.on[part.sections[end]]: -1.0}, high=0.0)
            rows.add({f: 1.0, y: -most}, high=0.0)
            rows.add({f: 1.0, y: most}, low=0.0)
            arriving[way.ends[0]][f] = 1.0 if way.outside is not None else -1.0
            if way.outside is None:
                arriving[way.ends[1]][f] = 1.0
        for k, terms in arriving.items():
            rows.add({**terms, self.on[part.sections[k]]: -1.0}, low=0.0, high=0.0)
        tree = dict.fromkeys(self.joined.values(), 1.0)
        tree.update(dict.fromkeys(self.on.values(), -1.0))
        rows.add(tree, low=0.0, high=0.0)
        for way in part.ways:
            device = switches[way.switch]
            may = movable(
                situation,
                device,
                closing=not way.closed,
                crew=situation.settings.crew_available,
                live=frozenset(),
            )
            if may:
                continue
            on = [self.on[part.sections[end]] for end in way.ends]
            if way.closed and way.touches_never:
                rows.add({on[0]: 1.0}, high=0.0)
            elif way.closed:
                rows.add({on[0]: 1.0, on[-1]: -1.0}, low=0.0, high=0.0)
                rows.add({self.joined[way.switch]: 1.0, on[0]: -1.0}, low=0.0)
            elif way.switch in self.joined:
                rows.add({self.joined[way.switch]: 1.0}, high=0.0)

    def _state(self, section: SectionId) -> tuple[dict[int, float], float]:
        """1 if the section is on: terms and a constant."""
        return ({self.on[section]: 1.0}, 0.0) if section in self.on else ({}, 1.0)

    def _flows(self) -> None:
        network = self.part.situation.network
        balance_p: dict[NodeId, dict[int, float]] = {n: {} for n in self.nodes}
        balance_q: dict[NodeId, dict[int, float]] = {n: {} for n in self.nodes}
        balances = (balance_p, balance_q)
        for branch in self.branches:
            edge = f"b {branch.id}"
            self._ends(edge, (branch.from_node, branch.to_node), balances=balances)
            self._branch(branch, edge)
        for switch in (*self.fixed, *self.joined):
            device = network.switches[switch]
            edge = f"s {switch}"
            self._ends(edge, (device.node_a, device.node_b), balances=balances)
            self._contact(switch, edge)
        for source in network.sources.values():
            if source.node in balance_p:
                first = self.given[source.id]
                balance_p[source.node][first] = 1.0
                balance_q[source.node][first + 1] = 1.0
        self._loads(balance_p, balance_q)

    def _ends(self, edge: str, nodes, *, balances) -> None:  # type: ignore[no-untyped-def]
        for balance, column in zip(balances, (self.p[edge], self.q[edge]), strict=True):
            balance[nodes[0]][column] = -1.0
            balance[nodes[1]][column] = 1.0

    def _loads(self, balance_p, balance_q) -> None:  # type: ignore[no-untyped-def]
        situation = self.part.situation
        network = situation.network
        drawn: dict[NodeId, complex] = {}
        for load in network.loads.values():
            power = situation.loads[load.id]
            drawn[load.node] = drawn.get(load.node, 0j) + complex(power.p_w, power.q_var) / BASE_VA
        for node in self.nodes:
            terms, constant = self._state(network.section_of_node[node])
            here = drawn.get(node, 0j)
            for balance, value in ((balance_p, here.real), (balance_q, here.imag)):
                row = dict(balance[node])
                for column in terms:
                    row[column] = row.get(column, 0.0) - value
                if row:
                    self.rows.add(row, low=value * constant, high=value * constant)
            low = situation.limits.voltage_pu_min or 0.0
            row = {self.volt[node]: 1.0}
            row.update(dict.fromkeys(terms, -(low**2)))
            self.rows.add(row, low=low**2 * constant)

    def _branch(self, branch, edge: str) -> None:  # type: ignore[no-untyped-def]
        network, limits = self.part.situation.network, self.part.situation.limits
        assert isinstance(branch, Branch)
        nominal = network.nodes[branch.from_node].voltage_v_nominal
        ohm = nominal**2 / BASE_VA
        terms, constant = self._state(network.section_of_branch[branch.id])
        drop = {
            self.volt[branch.from_node]: 1.0,
            self.volt[branch.to_node]: -1.0,
            self.p[edge]: -2 * branch.r_ohm / ohm,
            self.q[edge]: -2 * branch.x_ohm / ohm,
        }
        self._if_on(drop, terms, constant)
        amperes = branch.current_a_max * (limits.loading_pct_max or math.inf) / 100
        self._carries(edge, amperes * nominal, terms, constant)

    def _contact(self, switch: SwitchId, edge: str) -> None:
        network, limits = self.part.situation.network, self.part.situation.limits
        device = network.switches[switch]
        terms = {self.joined[switch]: 1.0} if switch in self.joined else {}
        constant = 0.0 if terms else 1.0
        self._if_on(
            {self.volt[device.node_a]: 1.0, self.volt[device.node_b]: -1.0}, terms, constant
        )
        amperes = device.current_a_rated * (limits.loading_pct_max or math.inf) / 100
        if device.pickup_current_a is not None and limits.loading_pct_max is not None:
            amperes = min(amperes, device.pickup_current_a)
        self._carries(
            edge, amperes * network.nodes[device.node_a].voltage_v_nominal, terms, constant
        )

    def _if_on(self, drop: dict[int, float], terms: dict[int, float], constant: float) -> None:
        """The voltages follow the flow, if it is on."""
        for sign in (1.0, -1.0):
            row = {column: sign * value for column, value in drop.items()}
            row.update(dict.fromkeys(terms, BIG_V))
            self.rows.add(row, high=BIG_V * (1.0 - constant))

    def _carries(
        self, edge: str, volt_amperes: float, terms: dict[int, float], constant: float
    ) -> None:
        """No flow where it is off, and within a polygon around the circle where it is on; the
        current at the highest voltage of any source, for AC has none lower."""
        highest = max(s.voltage_pu for s in self.part.situation.network.sources.values())
        most = min(math.sqrt(3) * volt_amperes * highest / BASE_VA, BIG_S)
        for k in range(FACETS):
            angle = 2 * math.pi * k / FACETS
            row = {self.p[edge]: math.cos(angle), self.q[edge]: math.sin(angle)}
            row.update(dict.fromkeys(terms, -most))
            self.rows.add(row, high=most * constant)

    def most(self, *, rounds_max: int = 40, seconds: float = 20.0) -> Most:
        part, network = self.part, self.part.situation.network
        gains = np.zeros(self.columns)
        for section, column in self.on.items():
            gains[column] = -weight(network, section)
        low, high = np.full(self.columns, -BIG_S), np.full(self.columns, BIG_S)
        low[: self.binaries], high[: self.binaries] = 0.0, 1.0
        for column in self.volt.values():
            low[column], high[column] = 0.0, BIG_V
        for source in network.sources.values():
            if source.node in self.volt:
                low[self.volt[source.node]] = high[self.volt[source.node]] = source.voltage_pu**2
        whole = np.zeros(self.columns)
        whole[: self.binaries] = 1
        for k in range(1, rounds_max + 1):
            found = milp(
                gains,
                constraints=self.rows.matrix(self.columns),
                bounds=Bounds(low, high),
                integrality=whole,
                options={"time_limit": seconds, "mip_rel_gap": 0.0},
            )
            best = 0.0 if found.mip_dual_bound is None else -found.mip_dual_bound
            if found.x is None:
                return Most(best if found.status != 2 else 0.0, found.status == 2, k)
            refused = self._refused(found.x)
            if refused is None:
                moves = frozenset(way.switch for way in part.ways if self._moves(way, found.x))
                return Most(best, -found.fun >= best - 1e-6, k, moves)
            self.rows.add(dict.fromkeys(refused, 1.0), high=len(refused) - 1.0)
        return Most(best, False, rounds_max)

    def _moves(self, way, x) -> bool:  # type: ignore[no-untyped-def]
        """Closed ways between what stays dark stay closed: opening them would serve nobody."""
        joins = way.switch in self.joined and x[self.joined[way.switch]] > 0.5
        touched = any(x[self.on[self.part.sections[end]]] > 0.5 for end in way.ends)
        return bool(way.closed != joins and (touched or joins))

    def _refused(self, x) -> list[int] | None:  # type: ignore[no-untyped-def]
        """The switches of the first tree that AC refuses; None: it bears all out."""
        part = self.part
        joined = {s for s, column in self.joined.items() if x[column] > 0.5}
        moved = sum(1 << k for k, way in enumerate(part.ways) if self._moves(way, x))
        supplied = part.supplied(moved)
        assert supplied is not None
        for donor in sorted(set(supplied.values())):
            if not part.holds(moved, donor):
                mine = part.same_source(donor)
                fed = {k for k, d in supplied.items() if d in mine}
                return [
                    self.joined[w.switch]
                    for w in self.ways
                    if w.switch in joined and fed.intersection(w.ends)
                ]
        return None


def least_minutes(part: DeadPart, most: float | None) -> float:
    """No course behind this fence has fewer weighted minutes, if no more than `most` weight can
    come back (None: all of it).

    Without limits only closings help, for an opening gives nobody supply: of all subsets of the
    closings, in their best order, each gives supply to all that closed switches then join. What
    is above `most` stays dark at the price of the last closing.
    """
    situation, network = part.situation, part.situation.network
    repair_s = situation.settings.repair_s
    crew = situation.settings.crew_available
    closings = [
        k
        for k, way in enumerate(part.ways)
        if not way.closed
        and not way.touches_never
        and movable(
            situation, network.switches[way.switch], closing=True, crew=crew, live=frozenset()
        )
    ]
    fence_s = sum(network.switches[s].operating_time_s for s in part.zone.to_open)
    dark_s = situation.dark_s
    forever = minutes_of(repair_s, dark_s=dark_s)
    outside = forever * sum(
        weight(network, s) for s in situation.dark if s not in set(part.sections)
    )
    relaxed = _Relaxed(part, closings, most, fence_s)
    return outside + relaxed.least()


@dataclass(slots=True)
class _Relaxed:
    """Subsets of the closings, each at its least cost so far."""

    part: DeadPart
    closings: list[int]
    most: float | None
    fence_s: float

    def least(self) -> float:
        layer: dict[frozenset[int], float] = {frozenset(): 0.0}
        least = math.inf
        while layer:
            following: dict[frozenset[int], float] = {}
            for done, minutes in layer.items():
                least = min(least, minutes + self._left_dark(done))
                for grown, cost in self._grown(done, minutes):
                    following[grown] = min(cost, following.get(grown, math.inf))
            layer = following
        return least

    def _left_dark(self, done: frozenset[int]) -> float:
        """Who has no supply at the end, and what is more than `most`, at the last closing."""
        part = self.part
        forever = minutes_of(part.situation.settings.repair_s, dark_s=part.situation.dark_s)
        served = sum(part.weights[s] for s in _joined(part, done))
        excess = 0.0 if self.most is None else max(served - self.most, 0.0)
        each = forever - minutes_of(self._time(done), dark_s=part.situation.dark_s)
        return forever * (sum(part.weights) - served) + excess * each

    def _time(self, done: frozenset[int]) -> float:
        situation = self.part.situation
        switches = [situation.network.switches[self.part.ways[k].switch] for k in done]
        takes = sum(switch.operating_time_s for switch in switches)
        return self.fence_s + takes + situation.settings.closing_gap_s * max(len(done) - 1, 0)

    def _grown(
        self, done: frozenset[int], minutes: float
    ) -> Iterator[tuple[frozenset[int], float]]:
        part = self.part
        before = _joined(part, done)
        for k in self.closings:
            if k not in done:
                grown = done | {k}
                each = minutes_of(self._time(grown), dark_s=part.situation.dark_s)
                new = _joined(part, grown) - before
                yield grown, minutes + each * sum(part.weights[s] for s in new)


def _joined(part: DeadPart, closings: frozenset[int]) -> frozenset[int]:
    """Sections that a donor reaches with these ties closed, loops or not."""
    ways = [way for k, way in enumerate(part.ways) if way.closed or k in closings]
    found = {end for way in ways if way.outside is not None for end in way.ends}
    grew = True
    while grew:
        more = {e for way in ways if found.intersection(way.ends) for e in way.ends} - found
        found |= more
        grew = bool(more)
    return frozenset(found)
