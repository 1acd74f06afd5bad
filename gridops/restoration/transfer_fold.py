"""Makes the power flow of a region small: what hangs on one bus, or stands in a row, is summed."""

import math
from collections.abc import Mapping, Sequence

from gridops.restoration.transfer_terms import Bus, Chain, Inner, Piece

Incident = dict[int, dict[int, Piece]]
"""By bus, the pieces at it by number."""


def folded(buses: dict[int, Bus], pieces: Sequence[Piece], *, high: float) -> list[Piece]:
    """Takes away, end by end, buses that hang on one piece which always conducts: the flow over
    it is known. What their voltage needs is asked of the next bus instead."""
    at = _incident(buses, pieces)
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
    return [p for p in pieces if all(e in buses and p.number in at[e] for e in p.ends)]


def contracted(
    buses: dict[int, Bus], pieces: Sequence[Piece], *, angles: Sequence[float]
) -> tuple[list[Piece], list[Chain]]:
    """Takes away buses between two pieces that always conduct."""
    at = _incident(buses, pieces)
    inside = {
        number
        for number, bus in buses.items()
        if bus.square is None
        and len(at[number]) == 2
        and all(not piece.lines and piece.ratio == 1.0 for piece in at[number].values())
    }
    chains: list[Chain] = []
    taken: set[int] = set()
    for piece in pieces:
        ends = [end for end in piece.ends if end not in inside]
        if piece.number in taken or len(ends) != 1:
            continue
        row, stops = _row(at, piece, begin=ends[0], inside=inside)
        taken.update(each.number for each in row)
        chains.append(_chain(buses, row, stops=stops, angles=angles))
    for number in inside:
        if any(piece.number in taken for piece in at[number].values()):
            del buses[number]
    return [piece for piece in pieces if piece.number not in taken], chains


def _incident(buses: Mapping[int, Bus], pieces: Sequence[Piece]) -> Incident:
    at: Incident = {bus: {} for bus in buses}
    for piece in pieces:
        for end in piece.ends:
            at[end][piece.number] = piece
    return at


def _row(
    at: Incident, piece: Piece, *, begin: int, inside: set[int]
) -> tuple[list[Piece], list[int]]:
    """The pieces from `begin` on to the first bus that is not inside, and all their buses."""
    row, stops = [piece], [begin]
    while True:
        a, b = row[-1].ends
        reached = b if a == stops[-1] else a
        stops.append(reached)
        if reached not in inside:
            return row, stops
        row.append(next(p for p in at[reached].values() if p.number != row[-1].number))


def _chain(
    buses: Mapping[int, Bus], row: Sequence[Piece], *, stops: Sequence[int], angles: Sequence[float]
) -> Chain:
    drawn = [(buses[k].p, buses[k].q) for k in stops[1:-1]]
    total = sum(p for p, _ in drawn), sum(q for _, q in drawn)
    before = [(0.0, 0.0)]
    for p, q in drawn:
        before.append((before[-1][0] + p, before[-1][1] + q))
    beyond = [(total[0] - p, total[1] - q) for p, q in before]
    to_b = [2.0 * (s.r * p + s.x * q) for s, (p, q) in zip(row, beyond, strict=True)]
    from_a = [2.0 * (s.r * p + s.x * q) for s, (p, q) in zip(row, before, strict=True)]
    lowest = min(buses[end].square_min for end in (stops[0], stops[-1]))
    inner = []
    for k, number in enumerate(stops[1:-1], start=1):
        if buses[number].square_min > lowest:
            inner.append(
                Inner(
                    r=sum(s.r for s in row[:k]),
                    x=sum(s.x for s in row[:k]),
                    drop=sum(to_b[:k]),
                    r_b=sum(s.r for s in row[k:]),
                    x_b=sum(s.x for s in row[k:]),
                    drop_b=sum(from_a[k:]),
                    square_min=buses[number].square_min,
                )
            )
    return Chain(
        ends=(stops[0], stops[-1]),
        r=sum(s.r for s in row),
        x=sum(s.x for s in row),
        p=total[0],
        q=total[1],
        drop_to_b=sum(to_b),
        drop_from_a=sum(from_a),
        most_to_b=_most(row, beyond, angles=angles),
        most_to_a=_most(row, before, angles=angles),
        inner=tuple(inner),
    )


def _most(
    row: Sequence[Piece], drawn: Sequence[tuple[float, float]], *, angles: Sequence[float]
) -> tuple[float, ...]:
    return tuple(
        min(
            s.most - math.cos(angle) * p - math.sin(angle) * q
            for s, (p, q) in zip(row, drawn, strict=True)
        )
        for angle in angles
    )
