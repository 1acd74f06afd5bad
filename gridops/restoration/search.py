"""Which parts come back over which ties: exact while the budget lasts."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gridops.ids import SwitchId
from gridops.powerflow import Violation, ViolationKind
from gridops.restoration.judge import Judge
from gridops.restoration.part import Part, bits, grown, weight_of
from gridops.restoration.plan import Rejected
from gridops.restoration.scope import Scope, Tie
from gridops.restoration.timing import EQUAL, Cost, Timetable

REJECTED_MAX = 40
"""Refused options that a plan carries; the single ties come first."""
AT_ONCE = 32
"""Trees that are judged in one go."""

_OF_A_PHASE = frozenset(kind.value for kind in ViolationKind if kind.is_of_a_phase)
_Notes = dict[tuple[SwitchId, ...], Rejected]
_Rank = tuple[float, float, int, tuple[SwitchId, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best candidate, and what is known of all others."""

    parts: tuple[Part, ...]
    timetable: Timetable
    floor: Cost
    """No candidate costs less."""
    packed: bool
    """The best was found by packing, not by giving whole islands to ties."""
    exhausted: bool
    """Every candidate within the scope was seen, or cannot be better than this one."""
    rejected: tuple[Rejected, ...]

    @property
    def is_best(self) -> bool:
        return self.exhausted or _reaches(self.timetable.cost, self.floor)


@dataclass(slots=True)
class _Best:
    """The incumbent; at first, to do nothing."""

    judge: Judge
    timetable: Timetable
    parts: tuple[Part, ...] = ()
    packing: bool = False
    """What is offered comes from the packing."""
    packed: bool = False
    """So did the best."""

    def offer(self, parts: tuple[Part, ...]) -> Violation | None:
        """Keeps `parts` if they are better and safe; returns what spoils them, if anything
        was found to."""
        for part in parts:
            if alone := self.judge.broken_alone(part):
                return alone[0]
        timetable = self.judge.timing.of(parts)
        if timetable.rank >= self.timetable.rank:
            return None
        broken = self.judge.first_broken(parts)
        if broken is None:
            self.parts, self.timetable, self.packed = parts, timetable, self.packing
        return broken

    @property
    def minutes(self) -> float:
        return self.timetable.cost[0]


def search(scope: Scope, judge: Judge) -> Found:
    """The candidate with the best score.

    First each dark island is given whole to one tie, or to several with cuts between them.
    What cannot be given away whole is packed: all trees of units that each tie can carry are
    listed, and branch and bound picks among them. If what was found reaches the floor that
    time alone sets, nothing can beat it; else everything that any tie reaches is packed anew.

    `exhausted` rests on the rule that more load never relieves a limit; with loads that feed
    in, or that draw less current where the voltage falls, the rule fails, and it is False.
    """
    notes: _Notes = {}
    best = _Best(judge, judge.timing.of(()))
    floor, _ = judge.timing.floor(islands_of(scope))
    exhausted = _reaches(best.timetable.cost, floor)
    if not exhausted:
        exhausted = _searched(scope, best, notes=notes, floor=floor)
    taken = tuple(part.tie.switch for part in best.parts)
    rejected = [r for option, r in notes.items() if len(option) == 1 or option != taken]
    rejected.sort(key=lambda r: len(r.option))
    return Found(
        parts=best.parts,
        timetable=best.timetable,
        floor=floor,
        packed=best.packed,
        exhausted=exhausted,
        rejected=tuple(rejected[:REJECTED_MAX]),
    )


def _searched(scope: Scope, best: _Best, *, notes: _Notes, floor: Cost) -> bool:
    """Whether nothing better than the best was left out."""
    whole: tuple[Part, ...] = ()
    open_groups: list[int] = []
    for group in _with_ties(scope):
        found = _whole(scope, best.judge, notes=notes, chosen=whole, group=group)
        if found is None:
            open_groups.append(group)
        else:
            whole = found
    if whole:
        best.offer(whole)
    if _reaches(best.timetable.cost, floor):
        return True
    best.packing = True
    if open_groups and whole:
        _pack(scope, best, notes=notes, fixed=whole, units=sum(open_groups))
    seen = _pack(scope, best, notes=notes, fixed=(), units=sum(_with_ties(scope)))
    sure = seen and best.timetable.is_best and not scope.ties_left_out
    judge = best.judge
    return sure and not judge.depends_on_order and not judge.more_may_relieve


def islands_of(scope: Scope) -> list[int]:
    """The dark islands that any tie reaches, as masks of units."""
    ties = (*scope.ties, *scope.ties_left_out)
    groups = [g for g in _groups(scope) if any(g >> tie.unit & 1 for tie in ties)]
    return [island for group in groups for island in _islands(scope, group)]


def _with_ties(scope: Scope) -> list[int]:
    return [g for g in _groups(scope) if any(g >> tie.unit & 1 for tie in scope.ties)]


def _at_most(one: float, other: float) -> bool:
    return one <= other + EQUAL * max(abs(other), 1.0)


def _reaches(cost: Cost, floor: Cost) -> bool:
    """Whether nothing costs less: in minutes, and in energy where the minutes are equal."""
    return _at_most(cost[0], floor[0]) and _at_most(cost[1], floor[1])


def _whole(
    scope: Scope, judge: Judge, *, notes: _Notes, chosen: tuple[Part, ...], group: int
) -> tuple[Part, ...] | None:
    """`chosen` and parts that restore every unit of `group` that weighs anything."""
    for island in _islands(scope, group):
        if not judge.timing.counts(island):
            continue
        best = _Best(judge, judge.timing.of(chosen), chosen)
        for count in range(1, scope.ground.situation.settings.ties_at_once_max + 1):
            _offer_covers(scope, best, notes=notes, chosen=chosen, island=island, count=count)
            if best.parts != chosen and not judge.timing.waits_for_crew(best.timetable):
                break
        if best.parts == chosen:
            return None
        chosen = best.parts
    return chosen


def _offer_covers(
    scope: Scope,
    best: _Best,
    *,
    notes: _Notes,
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
            _note(notes, parts, broken=broken)


def _note(notes: _Notes, parts: Sequence[Part], *, broken: Violation) -> None:
    """Keeps the first limit that each set of ties ran into; before all others that of a single
    phase, which speaks of a candidate that kept every limit else."""
    option = tuple(part.tie.switch for part in parts)
    known = notes.get(option)
    if known is not None and not (broken.kind.is_of_a_phase and known.because not in _OF_A_PHASE):
        return
    unsolved = {ViolationKind.NO_SOLUTION, ViolationKind.PHASE_NO_SOLUTION}
    solved = unsolved.isdisjoint((broken.kind, broken.breaks))
    notes[option] = Rejected(
        option=option,
        because=broken.kind.value,
        element=broken.element,
        value=broken.value if solved else None,
        limit=broken.limit if solved else None,
        breaks=None if broken.breaks is None else broken.breaks.value,
        in_s=broken.in_s,
    )


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
    inner = [k for k, e in enumerate(scope.edges) if e.closed and island >> e.units[0] & 1]
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
    """What hangs on the first end of each edge once that edge is cut."""
    return {
        k: grown(1 << scope.edges[k].units[0], [scope.ends[j] for j in inner if j != k])
        for k in inner
    }


def _piece(island: int, tie: Tie, *, sides: Sequence[int]) -> int:
    piece = island
    for side in sides:
        piece &= side if side >> tie.unit & 1 else ~side
    return piece


def _edges_within(scope: Scope, units: int, *, edges: Sequence[int]) -> int:
    return sum(1 << k for k in edges if not scope.ends[k] & ~units)


def _pack(scope: Scope, best: _Best, *, notes: _Notes, fixed: tuple[Part, ...], units: int) -> bool:
    """Adds to `fixed` what the ties of `units` can carry; True: nothing better was left out.

    Quick ties are asked first.
    """
    timing = best.judge.timing
    ties = sorted(
        (tie for tie in scope.ties if units >> tie.unit & 1),
        key=lambda tie: timing.first_s(tie.switch),
    )
    lists: list[list[Part]] = []
    complete = True
    for k, tie in enumerate(ties):
        share = scope.ground.situation.settings.trees_max // len(ties)
        solves = best.judge.left // 2 // (len(ties) - k)
        trees, all_seen = _trees(scope, best.judge, notes=notes, tie=tie, budget=(share, solves))
        complete = complete and all_seen
        trees.sort(key=lambda p: (-weight_of(scope, p.units), p.units, p.edges))
        for tree in trees[:3]:
            best.offer((*fixed, tree))
        if trees:
            lists.append(trees)
    packing = _Packing.of(scope, best, lists=lists, notes=notes, fixed=fixed)
    packing.place(0, fixed, used=sum(part.units for part in fixed))
    return complete and packing.left > 0 and not best.judge.is_spent


def _trees(
    scope: Scope, judge: Judge, *, notes: _Notes, tie: Tie, budget: tuple[int, int]
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
                _note(notes, (part,), broken=broken[0])
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
    for k, ends in enumerate(scope.ends):
        inside = part.units & ends
        if inside and inside != ends:
            unit = (ends ^ inside).bit_length() - 1
            more = Part(tie=part.tie, units=part.units | ends, edges=part.edges | 1 << k)
            grown.append((scope.units[unit].weight, -more.units, -more.edges, more))
    return [more for *_, more in sorted(grown, key=lambda each: each[:3])]


@dataclass(slots=True)
class _Packing:
    """Branch and bound over the ties: each takes one of its trees, or none."""

    scope: Scope
    best: _Best
    lists: Sequence[Sequence[Part]]
    notes: _Notes
    left: int
    fixed: int
    """How many parts stand before any choice."""
    savings: Sequence[float]
    """By turn: the most that the ties from it on could save, each with its best tree."""
    reach: Sequence[int]
    """By turn: the units that any tree from it on takes, as a mask."""
    first_s: Sequence[float]
    """By turn: when the quickest tie from it on could have closed."""

    @classmethod
    def of(
        cls,
        scope: Scope,
        best: _Best,
        *,
        lists: Sequence[Sequence[Part]],
        notes: _Notes,
        fixed: tuple[Part, ...],
    ) -> "_Packing":
        timing = best.judge.timing
        savings, reach, first_s = [0.0], [0], [float("inf")]
        for trees in reversed(lists):
            at_s = timing.first_s(trees[0].tie.switch)
            savings.append(savings[-1] + max(timing.saves(t.units, at_s=at_s) for t in trees))
            reach.append(reach[-1] | _union(trees))
            first_s.append(min(first_s[-1], at_s))
        combinations = scope.ground.situation.settings.combinations_max
        return cls(
            scope,
            best,
            lists,
            notes,
            combinations,
            len(fixed),
            savings[::-1],
            reach[::-1],
            first_s[::-1],
        )

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
                _note(self.notes, grown[self.fixed :], broken=broken)
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
        return _at_most(minutes - saved, self.best.minutes)


def _union(parts: Iterable[Part]) -> int:
    units = 0
    for part in parts:
        units |= part.units
    return units
