"""Each dark island whole: to one tie, cut between a few, or on to one that has supply again."""

import itertools
from collections.abc import Iterator, Sequence

from gridops.restoration.incumbent import Best, Notes, note
from gridops.restoration.judge import Judge
from gridops.restoration.part import Part, bits, grown
from gridops.restoration.scope import Scope, Tie


def cover(scope: Scope, judge: Judge, *, notes: Notes) -> tuple[tuple[Part, ...], int]:
    """Parts that restore whole islands, one island after the other, each in the best way beside
    those before it; and the units that are left, as a mask."""
    chosen: tuple[Part, ...] = ()
    left: list[int] = []
    for island in islands_of(scope):
        if not judge.timing.counts(island):
            continue
        best = Best(judge, judge.timing.of(chosen), chosen)
        for count in range(1, scope.ground.situation.settings.ties_at_once_max + 1):
            _offer_covers(scope, best, notes=notes, chosen=chosen, island=island, count=count)
            if best.parts != chosen and not judge.timing.waits_for_crew(best.timetable):
                break
        if best.parts == chosen:
            left.append(island)
        chosen = best.parts
    return _joined_on(scope, judge, chosen=chosen, left=left)


def _joined_on(
    scope: Scope, judge: Judge, *, chosen: tuple[Part, ...], left: Sequence[int]
) -> tuple[tuple[Part, ...], int]:
    """Islands that no tie takes hang on to parts that have one, over open switches between."""
    waiting = list(left)
    for _ in left:
        for island in list(waiting):
            best = Best(judge, judge.timing.of(chosen), chosen)
            for parts in _hung_on(scope, chosen, island=island):
                best.offer(parts)
            if best.parts != chosen:
                chosen = best.parts
                waiting.remove(island)
    return chosen, sum(waiting)


def _hung_on(scope: Scope, chosen: Sequence[Part], *, island: int) -> Iterator[tuple[Part, ...]]:
    """`chosen`, with the whole island on one of them by one switch that is open now."""
    inner = _inner(scope, island)
    if len(inner) != island.bit_count() - 1:
        return
    within = sum(1 << k for k in inner)
    for place, part in enumerate(chosen):
        for k, ends in enumerate(scope.ends):
            if ends & island and ends & part.units:
                more = Part(
                    tie=part.tie,
                    units=part.units | island,
                    edges=part.edges | within | 1 << k,
                )
                yield (*chosen[:place], more, *chosen[place + 1 :])


def _inner(scope: Scope, island: int) -> list[int]:
    """Closed edges within the island."""
    listed = enumerate(zip(scope.edges, scope.ends, strict=True))
    return [k for k, (edge, ends) in listed if edge.closed and not ends & ~island]


def islands_of(scope: Scope) -> list[int]:
    """The dark islands that any tie reaches, as masks of units."""
    ties = (*scope.ties, *scope.ties_left_out)
    groups = [g for g in _groups(scope) if any(g >> tie.unit & 1 for tie in ties)]
    return [island for group in groups for island in _islands(scope, group)]


def with_ties(scope: Scope) -> int:
    """The units that any tie reaches, as a mask."""
    return sum(g for g in _groups(scope) if any(g >> tie.unit & 1 for tie in scope.ties))


def _offer_covers(
    scope: Scope,
    best: Best,
    *,
    notes: Notes,
    chosen: tuple[Part, ...],
    island: int,
    count: int,
) -> None:
    """Every way to give the whole of `island` to `count` ties, beside what is `chosen`."""
    reserve = scope.ground.situation.settings.checks_max // 2
    for parts in _covers(scope, island, count=count):
        if best.judge.left < reserve:
            return
        broken = best.offer((*chosen, *parts))
        if broken is not None:
            note(notes, parts, broken=broken)


def _groups(scope: Scope) -> list[int]:
    """Units that any usable switches could join, as masks, in grid order."""
    return _components(scope, range(len(scope.edges)), units=(1 << len(scope.units)) - 1)


def _islands(scope: Scope, group: int) -> list[int]:
    """Units of `group` that closed switches join now."""
    return _components(scope, [k for k, e in enumerate(scope.edges) if e.closed], units=group)


def _components(scope: Scope, edges: Sequence[int], *, units: int) -> list[int]:
    found: list[int] = []
    seen = 0
    for k in bits(units):
        if not seen >> k & 1:
            found.append(grown(1 << k, [scope.ends[e] for e in edges]))
            seen |= found[-1]
    return found


def _covers(scope: Scope, island: int, *, count: int) -> Iterator[tuple[Part, ...]]:
    """`count` ties and one cut less, so that each piece of the island hangs on one tie."""
    ties = [tie for tie in scope.ties if island >> tie.unit & 1]
    inner = _inner(scope, island)
    if len(inner) != island.bit_count() - 1:
        return  # a ring within: left to the packing, which cuts it open
    side = _sides(scope, inner)
    for chosen in itertools.combinations(ties, count):
        at = 0
        for tie in chosen:
            at |= 1 << tie.unit
        between = [k for k in inner if side[k] & at and at & ~side[k]]
        for cuts in itertools.combinations(between, count - 1):
            pieces = [_piece(island, tie, sides=[side[k] for k in cuts]) for tie in chosen]
            if sum(pieces) == island:
                edges = [k for k in inner if k not in cuts]
                yield tuple(
                    Part(tie=tie, units=units, edges=_edges_within(scope, units, edges=edges))
                    for tie, units in zip(chosen, pieces, strict=True)
                )


def _sides(scope: Scope, inner: Sequence[int]) -> dict[int, int]:
    """What hangs on the first end of each edge of the tree `inner` once that edge is cut."""
    tree = sum(1 << k for k in inner)
    root = scope.edges[inner[0]].units[0] if inner else 0
    reached, over = [(root, -1)], 0
    for unit, _ in reached:  # grows while it is walked
        beyond = scope.edges_at[unit] & tree & ~over
        over |= beyond
        for k in bits(beyond):
            one, other = scope.edges[k].units
            reached.append((other if one == unit else one, k))
    below = {unit: 1 << unit for unit, _ in reached}
    sides: dict[int, int] = {}
    for unit, k in reversed(reached[1:]):
        one, other = scope.edges[k].units
        below[one if other == unit else other] |= below[unit]
        sides[k] = below[unit]
    island = below[root]
    return {
        k: side if side >> scope.edges[k].units[0] & 1 else island & ~side
        for k, side in sides.items()
    }


def _piece(island: int, tie: Tie, *, sides: Sequence[int]) -> int:
    piece = island
    for side in sides:
        piece &= side if side >> tie.unit & 1 else ~side
    return piece


def _edges_within(scope: Scope, units: int, *, edges: Sequence[int]) -> int:
    return sum(1 << k for k in edges if not scope.ends[k] & ~units)
