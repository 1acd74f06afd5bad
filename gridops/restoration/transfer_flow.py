"""The power flow of a region as linear rows that every AC state keeps to.

docs/restoration.md gives the argument. Loads draw at least what they draw at the allowed voltage
where they draw least; what a branch may carry, it carries at the highest allowed voltage.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gridops.ids import LoadId, SectionId, SourceId
from gridops.network import Network, Values
from gridops.powerflow import LoadPower, LoadPowers, PowerFlow, RadialFlow
from gridops.powerflow.branch_models import BASE_VA
from gridops.powerflow.radial_grid import RadialGrid
from gridops.powerflow.radial_kernel import DRAWN_B
from gridops.restoration.judge import Judge
from gridops.restoration.transfer_fold import contracted, folded
from gridops.restoration.transfer_scope import Region
from gridops.restoration.transfer_spare import emergency_factors, spared
from gridops.restoration.transfer_terms import Bus, Flows, Piece

UNIT_VA = 1e7
"""Of powers here, so that they are near 1: solvers like that."""
SCALE = UNIT_VA / BASE_VA
ANGLES = 2
"""Directions in which apparent power is bounded, between those of the loads."""
ROUNDING = 1e-12
RISE = 1.1
"""Square of voltage: more than any source's by this is not reckoned with, if no limit says so."""


def flows_of(region: Region, engine: PowerFlow, *, judge: Judge) -> Flows:
    """The region's buses and segments, with laterals folded into the bus that they hang on."""
    network = region.ground.network
    grid = engine.grid if isinstance(engine, RadialFlow) else RadialGrid(network)
    found = _Walk(region, grid)
    buses = found.buses()
    pieces = spared(region, judge, grid=grid, buses=buses, pieces=found.pieces(buses))
    angles = _angles(buses.values())
    drawn = sum(max(b.p, 0.0) for b in buses.values()), sum(max(b.q, 0.0) for b in buses.values())
    given = sum(max(-b.p, 0.0) for b in buses.values()), sum(max(-b.q, 0.0) for b in buses.values())
    kept, chains = contracted(buses, folded(buses, pieces, high=found.high), angles=angles)
    return Flows(
        buses=buses,
        pieces=tuple(kept),
        chains=tuple(chains),
        angles=angles,
        square_max=found.square_max,
        feeding_in=given,
        drawn=drawn,
        is_bound=found.is_bound,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Power at one angle, common to all: what is drawn at least, and what may leave sources."""

    by_source: Mapping[SourceId, float]
    by_section: Mapping[SectionId, float]
    leaves: Mapping[SourceId, float]
    """By source, over all branches at it together; a source that is not limited is missing."""
    is_bound: bool


def drawn_of(region: Region, engine: PowerFlow) -> Drawn:
    """Without losses. The limits are those of accepted states: nothing is spared."""
    network = region.ground.network
    grid = engine.grid if isinstance(engine, RadialFlow) else RadialGrid(network)
    walk = _Walk(region, grid)
    buses = walk.buses()
    pieces = walk.pieces(buses)
    p, q = (math.fsum(getattr(b, of) for b in buses.values()) for of in ("p", "q"))
    angle = math.atan2(max(q, 0.0), max(p, ROUNDING))
    source_of = region.ground.live.source_of
    section_of_bus = {
        int(grid.segments.bus_of_node[network.arrays.nodes.of[node]]): section
        for section in region.group_of
        for node in network.sections[section].nodes
    }
    by_source: dict[SourceId, float] = {}
    by_section: dict[SectionId, float] = {}
    for number, bus in buses.items():
        group = region.groups[bus.group]
        power = bus.p * math.cos(angle) + bus.q * math.sin(angle)
        section = section_of_bus[number]
        by_section[section] = by_section.get(section, 0.0) + power
        if not group.is_dark:
            source = source_of[group.sections[0]]
            by_source.setdefault(source, 0.0)
            by_source[source] += power if bus.square is None else 0.0
    return Drawn(
        by_source=by_source,
        by_section=by_section,
        leaves=walk.rest(buses, pieces=pieces, angle=angle),
        is_bound=walk.is_bound,
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
        rise = RISE if limits.voltage_pu_max is None else 1.0
        self.square_max = rise * max(self.high, sources) ** 2

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
        p, q = float(powers.p_w[number]) / UNIT_VA, float(powers.q_var[number]) / UNIT_VA
        at_p = of.share_at(self.low if p >= 0 else self.high)
        at_q = of.share_at(self.low if q >= 0 else self.high)
        return p * at_p, q * at_q

    def _least_of_shunt(self, susceptance: float) -> float:
        """Capacitive is positive, and gives most where the voltage is highest."""
        return -susceptance / SCALE * (self.high if susceptance > 0 else self.low) ** 2

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
                    r=r * SCALE,
                    x=x * SCALE,
                    ratio=ratio,
                    most=capacity.get(number, math.inf) + self._own_charging(number),
                    lines=lines,
                )
        return [*seen.values()]

    def rest(
        self, buses: Mapping[int, Bus], *, pieces: Sequence[Piece], angle: float
    ) -> dict[SourceId, float]:
        """What may leave each source where all of its tree hangs on one row of branches, by the
        branch that is the limit: with what is drawn before it."""
        region = self.region
        if region.situation.limits.loading_pct_max is None:
            return {}
        at: dict[int, list[Piece]] = {}
        for piece in pieces:
            for end in piece.ends:
                at.setdefault(end, []).append(piece)
        source_of = region.ground.live.source_of
        more = max(emergency_factors(region), default=1.0)
        found: dict[SourceId, float] = {}
        for number, bus in buses.items():
            if bus.square is not None:
                row = _row(buses, at, first=number, angle=angle)
                source = source_of[region.groups[bus.group].sections[0]]
                found[source] = min((most * more + before for most, before in row), default=0.0)
        return found

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
        return float(at_ends / min(float(table[6]), 1.0) * self.high**2 / SCALE)

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
            most[number] = share * min(current * self.high, power) / SCALE
        return most

    def _carries_a(self, switch: str) -> float:
        device = self.region.ground.network.switch(switch)
        share = (self.region.situation.limits.loading_pct_max or 100.0) / 100.0
        pickup = math.inf if device.pickup_current_a is None else device.pickup_current_a / share
        return min(device.current_a_rated, pickup)


def _row(
    buses: Mapping[int, Bus], at: Mapping[int, Sequence[Piece]], *, first: int, angle: float
) -> Iterator[tuple[float, float]]:
    """From a source on as long as there is one way: the most that each branch carries, and what
    is drawn before it beyond the source's own bus. Where there are several ways at once: all
    together."""
    ways = at.get(first, ())
    if len(ways) != 1:
        yield math.fsum(piece.most for piece in ways), 0.0
        return
    before, bus, seen = 0.0, first, {first}
    while len(ways) == 1:
        yield ways[0].most, before
        one, other = ways[0].ends
        bus = other if one == bus else one
        if bus in seen:
            return
        seen.add(bus)
        before += buses[bus].p * math.cos(angle) + buses[bus].q * math.sin(angle)
        ways = [piece for piece in at[bus] if piece is not ways[0]]


def _angles(buses: Iterable[Bus]) -> tuple[float, ...]:
    """Between the least and the greatest angle of what is drawn anywhere, within a quarter."""
    found = [math.atan2(max(b.q, 0.0), b.p) for b in buses if b.p > 0]
    if not found:
        return (0.0,)
    low, high = min(found), max(found)
    count = ANGLES if high - low > math.radians(1.0) else 1
    return tuple(low + (high - low) * (k + 0.5) / count for k in range(count))
