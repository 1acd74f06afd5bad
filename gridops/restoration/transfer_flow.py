"""The power flow of a region as linear rows that every AC state keeps to.

docs/restoration.md gives the argument. Loads draw at least what they draw at the allowed voltage
where they draw least; what a branch may carry, it carries at the highest allowed voltage.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gridops.ids import LoadId
from gridops.network import Network, Values
from gridops.powerflow import (
    LoadPower,
    LoadPowers,
    PowerFlow,
    RadialFlow,
    ViolationKind,
    violations,
)
from gridops.powerflow.branch_models import BASE_VA
from gridops.powerflow.radial_grid import RadialGrid
from gridops.powerflow.radial_kernel import DRAWN_B
from gridops.restoration.judge import Judge
from gridops.restoration.transfer_scope import Region

ANGLES = 4
"""Directions in which apparent power is bounded, between those of the loads."""
RISE = 1.3
"""Square of voltage: more than any source's by this is not reckoned with."""


@dataclass(slots=True)
class Bus:
    """Per unit; `p` and `q` are the least that is drawn here."""

    group: int
    p: float = 0.0
    q: float = 0.0
    square_min: float = 0.0
    """Of the voltage, as all that was folded in needs it."""
    square: float | None = None
    """Of a source: held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A segment between two buses, a to b; the ideal ratio stands at a."""

    number: int
    ends: tuple[int, int]
    r: float
    x: float
    ratio: float
    """Squared."""
    most: float
    """Apparent power that passes its series impedance at most, its own charging included;
    infinite: no limit."""
    lines: tuple[int, ...]
    """Lines of the region that part it; none: it always conducts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    buses: Mapping[int, Bus]
    pieces: tuple[Piece, ...]
    angles: tuple[float, ...]
    """Of apparent power, in which it is bounded."""
    square_max: float
    feeding_in: tuple[float, float]
    """Active and reactive power that may be given in all: 0 where everything only draws."""
    drawn: tuple[float, float]
    """All that may flow."""
    is_bound: bool
    """Whether the model is a relaxation of AC; see docs/restoration.md."""


def flows_of(region: Region, engine: PowerFlow, *, judge: Judge) -> Flows:
    """The region's buses and segments, with laterals folded into the bus that they hang on."""
    network = region.ground.network
    grid = engine.grid if isinstance(engine, RadialFlow) else RadialGrid(network)
    found = _Walk(region, grid)
    buses = found.buses()
    pieces = found.pieces(buses)
    _spare_what_is_broken(region, judge, buses=buses, grid=grid)
    angles = _angles(buses.values())
    drawn = sum(max(b.p, 0.0) for b in buses.values()), sum(max(b.q, 0.0) for b in buses.values())
    given = sum(max(-b.p, 0.0) for b in buses.values()), sum(max(-b.q, 0.0) for b in buses.values())
    kept = _folded(buses, pieces, high=found.high)
    return Flows(
        buses=buses,
        pieces=tuple(kept),
        angles=angles,
        square_max=found.square_max,
        feeding_in=given,
        drawn=drawn,
        is_bound=found.is_bound,
    )


@dataclass(slots=True)
class _Walk:
    region: Region
    grid: RadialGrid
    high: float = field(init=False)
    """The most that a voltage may be."""
    low: float = field(init=False)
    square_max: float = field(init=False)
    is_bound: bool = field(init=False)

    def __post_init__(self) -> None:
        situation = self.region.situation
        limits = situation.limits
        sources = max(s.voltage_pu for s in situation.network.sources.values())
        self.low = limits.voltage_pu_min or 0.0
        self.high = sources if limits.voltage_pu_max is None else limits.voltage_pu_max
        only_draws = all(x.p_w >= 0 and x.q_var >= 0 for x in self._loads())
        self.is_bound = limits.voltage_pu_max is not None or only_draws
        ratio = min(1.0, float(self.grid.segments.pi[:, 6].min(initial=1.0)))
        self.square_max = RISE * sources**2 / ratio

    def _loads(self) -> Iterable[LoadPower]:
        network, loads = self.region.ground.network, self.region.situation.loads
        for section in self.region.group_of:
            for load in network.sections[section].loads:
                if load in loads:
                    yield loads[load]

    def buses(self) -> dict[int, Bus]:
        """By number of the bus, in the order of the sections."""
        network, segments = self.region.ground.network, self.grid.segments
        powers = LoadPowers.of(network, self.region.situation.loads)
        node_of = network.arrays.nodes.of
        found: dict[int, Bus] = {}
        for section, group in self.region.group_of.items():
            for node in network.sections[section].nodes:
                bus = int(segments.bus_of_node[node_of[node]])
                if bus >= 0:
                    found[bus] = Bus(group, square_min=self.low**2)
            for load in network.sections[section].loads:
                number = network.arrays.loads.of[load]
                at = found[int(self.grid.load_bus[number])]
                p, q = self._least(network, load, powers=powers, number=number)
                at.p, at.q = at.p + p, at.q + q
            for source in network.sections[section].sources:
                at = found[int(segments.bus_of_node[node_of[network.sources[source].node]])]
                at.square = network.sources[source].voltage_pu ** 2
        for number, at in found.items():
            at.q += self._least_of_shunt(float(self.grid.unloaded[number, DRAWN_B]))
        return found

    def _least(
        self, network: Network, load: LoadId, *, powers: LoadPowers, number: int
    ) -> tuple[float, float]:
        """What the load draws at least, at whatever voltage is allowed."""
        of = network.loads[load]
        p, q = float(powers.p_w[number]) / BASE_VA, float(powers.q_var[number]) / BASE_VA
        at_p = of.share_at(self.low if p >= 0 else self.high)
        at_q = of.share_at(self.low if q >= 0 else self.high)
        return p * at_p, q * at_q

    def _least_of_shunt(self, susceptance: float) -> float:
        """Capacitive is positive, and gives most where the voltage is highest."""
        return -susceptance * (self.high if susceptance > 0 else self.low) ** 2

    def pieces(self, buses: Mapping[int, Bus]) -> list[Piece]:
        """The segments that conduct or may; the charging of all at their buses."""
        segments, closed = self.grid.segments, self.region.ground.closed.status
        line_of = self._line_of()
        capacity = self._capacity(buses)
        seen: dict[int, Piece] = {}
        for bus in buses:
            for entry in range(int(segments.first[bus]), int(segments.first[bus + 1])):
                number = int(segments.entries[entry, 0]) // 2
                side = int(segments.entries[entry, 0]) % 2
                switches = [int(s) for s in segments.switches[number] if s >= 0]
                lines = tuple(line_of[s] for s in switches if s in line_of)
                whole = all(closed[s] or s in line_of for s in switches)
                near = int(segments.switches[number, side])
                if near < 0 or closed[near] or near in line_of:
                    at_both = bool(lines) or not whole
                    buses[bus].q += self._charging(number, side=side, at_both=at_both)
                a, b = (int(end) for end in segments.ends_at[number])
                if not whole or number in seen or a not in buses or b not in buses or a == b:
                    continue
                r, x, ratio = (float(segments.pi[number, k]) for k in (0, 1, 6))
                seen[number] = Piece(
                    number=number,
                    ends=(a, b),
                    r=r,
                    x=x,
                    ratio=ratio,
                    most=capacity.get(number, math.inf) + self._own_charging(number),
                    lines=lines,
                )
        return [*seen.values()]

    def _line_of(self) -> dict[int, int]:
        number = self.region.ground.network.arrays.switches.of
        return {number[line.switch]: k for k, line in enumerate(self.region.lines)}

    def _charging(self, number: int, *, side: int, at_both: bool) -> float:
        table = self.grid.segments.pi[number]
        own, other = float(table[3 + 2 * side]), float(table[5 - 2 * side])
        turned = 1.0 / min(float(table[6]), 1.0)
        return self._least_of_shunt((own + (other if at_both else 0.0)) * turned)

    def _own_charging(self, number: int) -> float:
        table = self.grid.segments.pi[number]
        at_ends = math.hypot(table[2], table[3]) + math.hypot(table[4], table[5])
        return float(at_ends / min(float(table[6]), 1.0) * self.high**2)

    def _capacity(self, buses: Mapping[int, Bus]) -> dict[int, float]:
        """Apparent power that segments may carry at the highest voltage that is allowed."""
        network, limits = self.region.ground.network, self.region.situation.limits
        if limits.loading_pct_max is None:
            return {}
        carries: Values = np.full(len(network.switches), np.inf)
        for section in self.region.group_of:
            for switch in network.sections[section].switches:
                carries[network.arrays.switches.of[switch]] = self._carries_a(switch)
        squares = self.grid.capacity(carries)
        share = limits.loading_pct_max / 100.0
        segments = self.grid.segments
        entries = {
            int(segments.entries[k, 0]) // 2
            for bus in buses
            for k in range(int(segments.first[bus]), int(segments.first[bus + 1]))
        }
        most: dict[int, float] = {}
        for number in entries:
            current, power = (math.sqrt(float(v)) for v in squares[number])
            most[number] = share * min(current * self.high, power)
        return most

    def _carries_a(self, switch: str) -> float:
        device = self.region.ground.network.switch(switch)
        share = (self.region.situation.limits.loading_pct_max or 100.0) / 100.0
        pickup = math.inf if device.pickup_current_a is None else device.pickup_current_a / share
        return min(device.current_a_rated, pickup)


def _spare_what_is_broken(
    region: Region, judge: Judge, *, buses: Mapping[int, Bus], grid: RadialGrid
) -> None:
    """A plan does not answer for what it leaves alone: limits of voltage that are broken now
    are only kept from getting worse."""
    ends = region.ground.network.section_ends
    around = {e for tie in region.scope.ties for e in ends[tie.switch]}
    live = frozenset(e for e in around if region.ground.live.is_supplied(e))
    if not live:
        return
    flow = judge.flow(region.ground.closed, live)
    node_of = region.ground.network.arrays.nodes.of
    for broken in violations(flow, region.situation.limits, rated_a={}):
        if broken.kind is ViolationKind.UNDERVOLTAGE:
            bus = int(grid.segments.bus_of_node[node_of[broken.element]])  # type: ignore[index] # a node's
            if bus in buses:
                buses[bus].square_min = min(buses[bus].square_min, broken.value**2)


def _angles(buses: Iterable[Bus]) -> tuple[float, ...]:
    """Between the least and the greatest angle of what is drawn anywhere, within a quarter."""
    found = [math.atan2(max(b.q, 0.0), b.p) for b in buses if b.p > 0]
    if not found:
        return (0.0,)
    low, high = min(found), max(found)
    count = ANGLES if high - low > math.radians(1.0) else 1
    return tuple(low + (high - low) * (k + 0.5) / count for k in range(count))


def _folded(buses: dict[int, Bus], pieces: Sequence[Piece], *, high: float) -> list[Piece]:
    """Takes away, end by end, buses that hang on one piece which always conducts: the flow over
    it is known. What their voltage needs is asked of the next bus instead."""
    at: dict[int, dict[int, Piece]] = {bus: {} for bus in buses}
    for piece in pieces:
        for end in piece.ends:
            at[end][piece.number] = piece
    waiting = [bus for bus in buses if len(at[bus]) == 1]
    while waiting:
        end = waiting.pop()
        bus = buses[end]
        if len(at[end]) != 1 or bus.square is not None:
            continue
        piece = next(iter(at[end].values()))
        if piece.lines:
            continue
        a, b = piece.ends
        rest = b if end == a else a
        drop = 2.0 * (piece.r * bus.p + piece.x * bus.q)
        needs = bus.square_min + drop
        scaled = needs * piece.ratio if end == b else bus.square_min / piece.ratio + drop
        into = buses[rest]
        lost = (max(bus.p, 0.0) ** 2 + max(bus.q, 0.0) ** 2) / high**2 * min(1.0, piece.ratio)
        into.p, into.q = into.p + bus.p + piece.r * lost, into.q + bus.q + piece.x * lost
        into.square_min = max(into.square_min, scaled)
        del at[end][piece.number], at[rest][piece.number], buses[end]
        if len(at[rest]) == 1:
            waiting.append(rest)
    return [
        piece
        for piece in pieces
        if piece.ends[0] in buses and piece.ends[1] in buses and piece.number in at[piece.ends[0]]
    ]
