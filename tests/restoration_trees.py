"""What each tie can carry at most, listed tree by tree: a bound on what can be back, and every
final state that may cost less than a known one.

Rests on the rule that more load never relieves a limit, as `tests.restoration_blocks` does: what
hangs on a tie in any final state is a tree that the tie carries alone as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.restoration_blocks import Blocks
from tests.restoration_reference import Course, DeadPart, TooMany, minutes_of

MANY = 60
"""Switches of a dead part that is given up if its trees are too many to list."""


def optimum_below(part: DeadPart, *, known: float, effort: int) -> Course | None:
    """The least cost of all courses behind this fence, if any costs less than `known`.

    `effort` bounds trees, blocks and states. Raises: TooMany.
    """
    blocks = Blocks(part, regions_max=effort)
    trees = trees_of(blocks, trees_max=effort)
    if trees is None and len(part.ways) > MANY:
        raise TooMany
    if trees is None:
        return blocks.best(known=known, blocks_max=effort)
    blocks.alone = {
        tie: max((tree.weight for tree in carried), default=0.0) for tie, carried in trees.items()
    }
    lists = sorted(trees.values(), key=len)
    blocks.most = packed(lists, 0, 0)
    try:
        return blocks.best(known=known, blocks_max=effort)
    except TooMany:
        return best_of_states(blocks, lists, known=known, effort=effort)


@dataclass(frozen=True, slots=True)
class Tree:
    """As bits: sections, and the switches that move for it."""

    weight: float
    sections: int
    moved: int


def trees_of(blocks: Blocks, *, trees_max: int) -> dict[int, list[Tree]] | None:
    """By tie, every tree that it can carry with nothing else back; None: there are more."""
    found: dict[int, list[Tree]] = {}
    for k, way in enumerate(blocks.part.ways):
        if way.outside is not None and blocks.may_close(k, 0):
            carried = _carried(blocks, k, trees_max=trees_max)
            if carried is None:
                return None
            found[k] = carried
    return found


def _carried(blocks: Blocks, tie: int, *, trees_max: int) -> list[Tree] | None:
    part, found = blocks.part, list[Tree]()
    start = (blocks.with_forced(frozenset(part.ways[tie].ends), 0), 1 << tie)
    waiting, seen = [start], {start}
    while waiting:
        region, closed = waiting.pop()
        needs = blocks.boundary(region, closed)
        moved = closed | sum(1 << n for n in needs or ())
        fed = None if needs is None else part.supplied(moved)
        if fed is not None:
            if not blocks.all_hold(moved, fed):
                continue
            weight = sum(part.weights[k] for k in region)
            found.append(Tree(weight, sum(1 << k for k in region), moved))
        if len(seen) > trees_max:
            return None
        more = [one for one in _grown(blocks, region, closed) if one not in seen]
        waiting += more
        seen.update(more)
    return found


def _grown(blocks: Blocks, region: frozenset[int], closed: int) -> list[tuple[frozenset[int], int]]:
    """With one section more, over a closed switch or one that closes for it."""
    grown = [
        (blocks.with_forced(region | {other}, closed), closed)
        for other in sorted(blocks.beyond(region, closed))
    ]
    for k in sorted({k for s in region for k in blocks.at[s]}):
        ends = blocks.part.ways[k].ends
        if len(ends) == 2 and blocks.may_close(k, closed) and not region.issuperset(ends):
            grown.append((blocks.with_forced(region.union(ends), closed), closed | 1 << k))
    return grown


def packed(lists: list[list[Tree]], turn: int, used: int) -> float:
    """The most weight, one tree of each list at most, none with a section of another."""
    if turn == len(lists):
        return 0.0
    best = packed(lists, turn + 1, used)
    rest = _heaviest_from(lists, turn + 1)
    for tree in sorted(lists[turn], key=lambda tree: -tree.weight):
        if tree.weight + rest <= best:
            break
        if not tree.sections & used:
            best = max(best, tree.weight + packed(lists, turn + 1, used | tree.sections))
    return best


def _heaviest_from(lists: list[list[Tree]], turn: int) -> float:
    return sum(max((tree.weight for tree in trees), default=0.0) for trees in lists[turn:])


def best_of_states(
    blocks: Blocks, lists: list[list[Tree]], *, known: float, effort: int
) -> Course | None:
    """By way of every final state that may cost less: no switch moves twice, so that each says
    which switches move. Raises: TooMany."""
    best: Course | None = None
    for bound, moved in sorted(_states(blocks, lists, known=known, states_max=effort)):
        if bound >= known:
            break
        supplied = blocks.part.supplied(moved)
        if supplied is None or not blocks.all_hold(moved, supplied):
            continue
        found = blocks.among(moved).best(known=known, blocks_max=effort)
        if found is not None:
            best, known = found, found.minutes
    return best


def _states(
    blocks: Blocks, lists: list[list[Tree]], *, known: float, states_max: int
) -> Iterator[tuple[float, int]]:
    """The least that each may cost, and what moves."""
    everything, yielded = sum(blocks.part.weights), 0
    stack: list[tuple[int, int, int, float]] = [(0, 0, 0, 0.0)]
    rests = [_heaviest_from(lists, turn) for turn in range(len(lists) + 1)]
    while stack:
        turn, used, moved, back = stack.pop()
        could = min(back + rests[turn], blocks.most)
        if blocks.outside + blocks.forever * (everything - could) >= known:
            continue
        if turn < len(lists):
            free = (tree for tree in lists[turn] if not tree.sections & used)
            stack.append((turn + 1, used, moved, back))
            stack += [(turn + 1, used | t.sections, moved | t.moved, back + t.weight) for t in free]
            continue
        least = _least_of(blocks, moved, back)
        if least < known:
            yielded += 1
            if yielded > states_max:
                raise TooMany
            yield least, moved


def _least_of(blocks: Blocks, moved: int, back: float) -> float:
    """All that comes back does so with the first closing."""
    part = blocks.part
    closings = [k for k, way in enumerate(part.ways) if moved >> k & 1 and not way.closed]
    dark = blocks.outside + blocks.forever * (sum(part.weights) - back)
    if not closings:
        return dark
    soon_s = blocks.fence_s + min(blocks.takes[k] for k in closings)
    return dark + back * minutes_of(soon_s, dark_s=part.situation.dark_s)
