"""Power, losses and voltages as rows of the programme, and the tangents that sharpen it.

The branch flow model: with S what enters the series impedance of a piece at a, v the squares of
voltage and l the square of the current, l v_a = |S|^2 is relaxed to l v_a >= |S|^2, a cone, and
that to tangents of it. Every AC state keeps to all of them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gridops.network import Values
from gridops.restoration.transfer_chains import ChainColumns, add_chain
from gridops.restoration.transfer_rows import Programme, Terms
from gridops.restoration.transfer_scope import Region
from gridops.restoration.transfer_terms import Flows, Piece

Arc = tuple[int, int]
"""A line, and 0 if it feeds from its first group to its second, 1 if the other way."""
FIRST_TANGENTS = (0.4,)
"""Where the cone is touched before anything is known, of the most that may pass."""
LOSSES_MOST = 2.0
"""What is drawn times this bounds every flow, losses included."""
SHARPEN = 1e-6
"""Square of current, per unit: a tangent that tells less is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceColumns:
    """Powers at a, the square of the current, and the square of the voltage behind a's ratio as
    terms."""

    p: int
    q: int
    current: int
    square_a: int
    ratio: float


@dataclass(slots=True)
class Power:
    """`arcs` and `served` are columns of `programme`."""

    region: Region
    flows: Flows
    programme: Programme
    arcs: Mapping[Arc, int]
    served: Mapping[int, int]
    pieces: list[PieceColumns] = field(default_factory=list)
    _chains: list[ChainColumns] = field(default_factory=list)

    def __post_init__(self) -> None:
        flows = self.flows
        squares: dict[int, int] = {}
        for number, bus in flows.buses.items():
            low, high = min(bus.square_min, flows.square_max), flows.square_max
            if bus.square is not None:
                low = high = bus.square
            squares[number] = self.programme.column(low, high)
        for piece in flows.pieces:
            self._add(piece, squares)
        for chain in flows.chains:
            a, b = (squares[end] for end in chain.ends)
            served = self.served.get(flows.buses[chain.ends[0]].group)
            self._chains.append(
                add_chain(self.programme, chain, flows=flows, squares=(a, b), served=served)
            )
        self._balance()

    def sharpen(self, values: Values) -> int:
        """Touches the cone where `values` stand below it; how many tangents that took."""
        count = 0
        for columns in self.pieces:
            p, q = float(values[columns.p]), float(values[columns.q])
            square = float(values[columns.square_a]) / columns.ratio
            if square > 0 and (p * p + q * q) / square - float(values[columns.current]) > SHARPEN:
                self._touch(columns, p=p, q=q, square=square)
                count += 1
        return count

    def _add(self, piece: Piece, squares: Mapping[int, int]) -> None:
        flows, programme = self.flows, self.programme
        most = [min(LOSSES_MOST * drawn, piece.most) for drawn in flows.drawn]
        given = [LOSSES_MOST * each for each in flows.feeding_in]
        high = [max(pair) for pair in zip(most, given, strict=True)]
        a, b = (squares[end] for end in piece.ends)
        columns = PieceColumns(
            p=programme.column(-high[0], high[0]),
            q=programme.column(-high[1], high[1]),
            current=programme.column(0.0, math.inf),
            square_a=a,
            ratio=piece.ratio,
        )
        self.pieces.append(columns)
        for line in piece.lines:
            self._gate(piece, columns, line=line, most=(most, given))
        self._carry(piece, columns)
        self._voltage(piece, columns, ends=(a, b))
        for share in FIRST_TANGENTS:
            for angle in _first_angles(flows):
                size = share * math.hypot(*most)
                p, q = size * math.cos(angle), size * math.sin(angle)
                self._touch(columns, p=p, q=q, square=1.0)
                self._touch(columns, p=-p, q=-q, square=1.0)

    def _touch(self, columns: PieceColumns, *, p: float, q: float, square: float) -> None:
        """l >= the tangent of |S|^2 / v, which is convex, in this point."""
        slope = (p * p + q * q) / square**2
        terms = {
            columns.current: 1.0,
            columns.p: -2.0 * p / square,
            columns.q: -2.0 * q / square,
            columns.square_a: slope / columns.ratio,
        }
        self.programme.row(terms, low=0.0)

    def _balance(self) -> None:
        """What reaches a bus is at least what is drawn there."""
        sums: dict[int, tuple[dict[int, float], dict[int, float]]] = {
            number: ({}, {}) for number in self.flows.buses
        }
        for piece, columns in zip(self.flows.pieces, self.pieces, strict=True):
            for k, (power, z) in enumerate(((columns.p, piece.r), (columns.q, piece.x))):
                sums[piece.ends[0]][k][power] = -1.0
                sums[piece.ends[1]][k].update({power: 1.0, columns.current: -z})
        for chain, at in zip(self.flows.chains, self._chains, strict=True):
            for k in range(2):
                sums[chain.ends[0]][k][at.at_a[k]] = -1.0
                sums[chain.ends[1]][k][at.at_b[k]] = 1.0
        for number, bus in self.flows.buses.items():
            if bus.square is not None:
                continue
            served = self.served.get(bus.group)
            for terms, drawn in zip(sums[number], (bus.p, bus.q), strict=True):
                if served is None:
                    self.programme.row(terms, low=drawn)
                else:
                    self.programme.row({**terms, served: -drawn}, low=0.0)

    def _voltage(self, piece: Piece, columns: PieceColumns, *, ends: tuple[int, int]) -> None:
        terms = {
            ends[0]: 1.0 / piece.ratio,
            ends[1]: -1.0,
            columns.p: -2.0 * piece.r,
            columns.q: -2.0 * piece.x,
            columns.current: piece.r**2 + piece.x**2,
        }
        if not piece.lines:
            self.programme.row(terms, low=0.0, high=0.0)
            return
        low, high = self.programme.low, self.programme.high
        above = high[ends[0]] / piece.ratio - low[ends[1]]
        below = high[ends[1]] - low[ends[0]] / piece.ratio
        for k in piece.lines:
            gates = self.arcs[k, 0], self.arcs[k, 1]
            self.programme.row({**terms, **dict.fromkeys(gates, above)}, high=above)
            self.programme.row({**terms, **dict.fromkeys(gates, -below)}, low=-below)

    def _gate(
        self,
        piece: Piece,
        columns: PieceColumns,
        *,
        line: int,
        most: tuple[Sequence[float], Sequence[float]],
    ) -> None:
        """Nothing passes an open line; against the feed at most what is fed in behind it."""
        forward, backward = self._ways(piece, line)
        for k, column in enumerate((columns.p, columns.q)):
            drawn, given = most[0][k], most[1][k]
            self.programme.row({column: 1.0, forward: -drawn, backward: -given}, high=0.0)
            self.programme.row({column: -1.0, backward: -drawn, forward: -given}, high=0.0)

    def _ways(self, piece: Piece, line: int) -> tuple[int, int]:
        """The arcs that carry from the piece's a to b, and from b to a."""
        groups = self.region.lines[line].groups
        first, last = (self.flows.buses[end].group for end in piece.ends)
        along = groups[0] == first or groups[1] == last
        way = 0 if along and groups != (last, first) else 1
        return self.arcs[line, way], self.arcs[line, 1 - way]

    def _carry(self, piece: Piece, columns: PieceColumns) -> None:
        """Apparent power at most, in some directions."""
        if piece.most >= LOSSES_MOST * sum(self.flows.drawn):
            return
        for terms in _directions(self.flows, columns):
            gates = {self.arcs[k, way]: -piece.most for k in piece.lines[:1] for way in (0, 1)}
            self.programme.row({**terms, **gates}, high=0.0 if gates else piece.most)


def _first_angles(flows: Flows) -> tuple[float, ...]:
    return (flows.angles[len(flows.angles) // 2],)


def _directions(flows: Flows, columns: PieceColumns) -> Iterator[Terms]:
    for angle in flows.angles:
        for sign in (1.0, -1.0):
            yield {columns.p: sign * math.cos(angle), columns.q: sign * math.sin(angle)}
