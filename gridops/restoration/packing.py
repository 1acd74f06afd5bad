"""Trees of units behind ties, packed by branch and bound."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gridops.restoration.incumbent import Best, Notes, at_most, note
from gridops.restoration.judge import Judge
from gridops.restoration.part import Part, bits, weight_of
from gridops.restoration.scope import Scope, Tie

AT_ONCE = 32
"""Trees that are judged in one go."""
FIRST_OFFERED = 3
"""Of the trees of a tie, before they are packed."""
TRIES_MAX = 8
"""Units that a tree is tried to grow by before it is left as it is."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Trees and combinations that may be looked at."""

    trees: int
    combinations: int


def pack(
    scope: Scope, best: Best, *, notes: Notes, fixed: tuple[Part, ...], among: tuple[int, Budget]
) -> bool:
    """Adds to `fixed` what the ties of the units `among` can carry, within a budget; True:
    nothing better was left out.

    Trees that are grown as far as they go give the first candidates, then all trees are listed
    and packed. Quick ties are asked first.
    """
    units, budget = among
    timing = best.judge.timing
    ties = sorted(
        (tie for tie in scope.ties if units >> tie.unit & 1),
        key=lambda tie: timing.first_s(tie.switch),
    )
    for order in _rotations(ties):
        _grow(scope, best, ties=order, fixed=fixed, notes=notes)
    lists: list[list[Part]] = []
    complete = True
    for k, tie in enumerate(ties):
        share = budget.trees // len(ties)
        solves = best.judge.left // 2 // (len(ties) - k)
        trees, all_seen = _trees(scope, best.judge, notes=notes, tie=tie, budget=(share, solves))
        complete = complete and all_seen
        trees.sort(key=lambda p: (-weight_of(scope, p.units), p.units, p.edges))
        for tree in trees[:FIRST_OFFERED]:
            _offer(best, (*fixed, tree), notes=notes, fixed=len(fixed))
        if trees:
            lists.append(trees)
    packing = _Packing.of(best, lists=lists, notes=notes)
    packing.left, packing.fixed = budget.combinations, len(fixed)
    packing.place(0, fixed, used=_union(fixed))
    return complete and packing.left > 0 and not best.judge.is_spent


def _rotations(ties: Sequence[Tie]) -> Iterator[Sequence[Tie]]:
    for k in range(len(ties)):
        yield (*ties[k:], *ties[:k])


def _grow(
    scope: Scope, best: Best, *, ties: Sequence[Tie], fixed: tuple[Part, ...], notes: Notes
) -> None:
    """Tie by tie the heaviest unit next to what it has, as long as all limits keep."""
    parts = fixed
    for tie in ties:
        if _union(parts) >> tie.unit & 1:
            continue
        grown = _grown(scope, best.judge, tie=tie, beside=parts)
        if grown is not None:
            parts = (*parts, grown)
            _offer(best, parts, notes=notes, fixed=len(fixed))


def _offer(best: Best, parts: tuple[Part, ...], *, notes: Notes, fixed: int) -> None:
    broken = best.offer(parts)
    if broken is not None:
        note(notes, parts[fixed:], broken=broken)


def _grown(scope: Scope, judge: Judge, *, tie: Tie, beside: tuple[Part, ...]) -> Part | None:
    taken = _union(beside)
    part = Part(tie=tie, units=1 << tie.unit, edges=0)
    if judge.broken((*beside, part)):
        return None
    while True:
        options = [p for p in reversed(_extended(scope, part)) if not p.units & taken]
        tried = options[:TRIES_MAX]
        longer = next((p for p in tried if not judge.broken((*beside, p))), None)
        if longer is None or judge.is_spent:
            return part
        part = longer


def _trees(
    scope: Scope, judge: Judge, *, notes: Notes, tie: Tie, budget: tuple[int, int]
) -> tuple[list[Part], bool]:
    """Every tree of units that `tie` alone can carry, heaviest growth first; False: some were
    left unseen, since more than `budget` allows were looked at or had to be solved."""
    looks, solves = budget
    least = judge.left - solves
    stack = [Part(tie=tie, units=1 << tie.unit, edges=0)]
    seen = {(stack[0].units, 0)}
    trees: list[Part] = []
    while stack:
        if looks <= 0 or judge.left < least or judge.is_spent:
            return trees, False
        wave = [stack.pop() for _ in range(min(AT_ONCE, looks, len(stack)))]
        looks -= len(wave)
        judge.look_at(wave)
        for part in wave:
            broken = judge.broken_alone(part)
            if broken:
                note(notes, (part,), broken=broken[0])
            else:
                trees.append(part)
            grown = [] if judge.rules_out_more(broken) else _extended(scope, part)
            new = [p for p in grown if (p.units, p.edges) not in seen]
            seen.update((p.units, p.edges) for p in new)
            stack += new
    return trees, True


def _extended(scope: Scope, part: Part) -> list[Part]:
    """The trees with one unit more, the heaviest last."""
    grown = []
    beside = 0
    for unit in bits(part.units):
        beside ^= scope.edges_at[unit]  # an edge within is met twice
    for k in bits(beside):
        units = part.units | scope.ends[k]
        unit = (units ^ part.units).bit_length() - 1
        more = Part(tie=part.tie, units=units, edges=part.edges | 1 << k)
        grown.append((scope.units[unit].weight, -more.units, -more.edges, more))
    return [more for *_, more in sorted(grown, key=lambda each: each[:3])]


@dataclass(slots=True)
class _Packing:
    """Branch and bound over the ties: each takes one of its trees, or none."""

    best: Best
    lists: Sequence[Sequence[Part]]
    notes: Notes
    savings: Sequence[float]
    """By turn: the most that the ties from it on could save, each with its best tree."""
    reach: Sequence[int]
    """By turn: the units that any tree from it on takes, as a mask."""
    first_s: Sequence[float]
    """By turn: when the quickest tie from it on could have closed."""
    left: int = 0
    """Combinations that may still be looked at."""
    fixed: int = 0
    """How many parts stand before any choice."""

    @classmethod
    def of(
        cls,
        best: Best,
        *,
        lists: Sequence[Sequence[Part]],
        notes: Notes,
    ) -> "_Packing":
        timing = best.judge.timing
        savings, reach, first_s = [0.0], [0], [float("inf")]
        for trees in reversed(lists):
            at_s = timing.first_s(trees[0].tie.switch)
            savings.append(savings[-1] + max(timing.saves(t.units, at_s=at_s) for t in trees))
            reach.append(reach[-1] | _union(trees))
            first_s.append(min(first_s[-1], at_s))
        return cls(best, lists, notes, savings[::-1], reach[::-1], first_s[::-1])

    def place(self, turn: int, chosen: tuple[Part, ...], *, used: int) -> None:
        """Tries every tree of tie `turn` beside `chosen`, which takes the units `used`."""
        minutes = self.best.judge.timing.of(chosen).cost[0]
        if turn == len(self.lists) or not self._may_gain(turn, used, minutes=minutes):
            return
        for tree in self.lists[turn]:
            if self.left <= 0 or self.best.judge.is_spent:
                return
            if tree.units & used:
                continue
            self.left -= 1
            grown = (*chosen, tree)
            minutes = self.best.judge.timing.of(grown).cost[0]
            if not self._may_gain(turn + 1, used | tree.units, minutes=minutes):
                continue
            broken = self.best.offer(grown)
            if broken is not None and (len(grown) > 1 or broken.kind.is_of_a_phase):
                note(self.notes, grown[self.fixed :], broken=broken)
            if broken is None or not self.best.judge.rules_out_more((broken,)):
                self.place(turn + 1, grown, used=used | tree.units)
        self.place(turn + 1, chosen, used=used)

    def _may_gain(self, turn: int, used: int, *, minutes: float) -> bool:
        """Whether what costs `minutes` now may still come down to the best: by what the ties
        from `turn` on carry, and by what is free for them. Adding parts delays those that are
        there, if anything, so their own cost stays."""
        free = self.reach[turn] & ~used
        saved = self.savings[turn]
        if free and saved:
            saved = min(saved, self.best.judge.timing.saves(free, at_s=self.first_s[turn]))
        elif not free:
            saved = 0.0
        return at_most(minutes - saved, self.best.minutes)


def _union(parts: Iterable[Part]) -> int:
    units = 0
    for part in parts:
        units |= part.units
    return units
