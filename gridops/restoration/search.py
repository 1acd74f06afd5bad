"""Which parts come back over which ties: exact while the budget lasts."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gridops.ids import SwitchId
from gridops.powerflow import Violation, ViolationKind
from gridops.restoration.judge import Judge, Worth, rules_out_more
from gridops.restoration.part import Part, bits, ends_of, grown, weight_of
from gridops.restoration.plan import Proof, Rejected
from gridops.restoration.schedule import needs_crew
from gridops.restoration.scope import Scope, Tie

TOLERANCE = 1e-6
"""In weight, which is counted in whole customers."""
REJECTED_MAX = 40
"""Refused options that a plan carries; the single ties come first."""

_Notes = dict[tuple[SwitchId, ...], Rejected]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best candidate, how far that is proven, and what was tried and refused."""

    parts: tuple[Part, ...]
    weight: float
    proof: Proof
    gap_pct: float
    rejected: tuple[Rejected, ...]


@dataclass(slots=True)
class _Best:
    """The incumbent."""

    judge: Judge
    parts: tuple[Part, ...] = ()
    worth: Worth = field(default=(0.0, float("inf"), 0.0, 0, ()))

    def offer(self, parts: tuple[Part, ...]) -> Violation | None:
        """Keeps `parts` if they are better and safe; returns what spoils them, if anything
        was found to."""
        for part in parts:
            if alone := self.judge.broken_alone(part):
                return alone[0]
        worth = self.judge.worth(parts)
        gains_nothing = worth[0] >= 0 and worth[2] >= 0
        if gains_nothing or (self.parts and worth >= self.worth):
            return None
        broken = self.judge.first_broken(parts)
        if broken is None:
            self.parts, self.worth = parts, worth
        return broken


def search(scope: Scope, judge: Judge) -> Found:
    """The candidate that restores the most weight, then costs the fewest customer minutes,
    then carries the most power with the fewest movements.

    First each dark island is given whole to one tie, or to several with cuts between them:
    that cannot be beaten in weight. What cannot be given away whole is packed: all trees of
    units that each tie can carry are listed, and branch and bound picks among them.

    Proof is OPTIMAL, in weight, when everything that any tie reaches is restored or listing
    and packing ran to their end. That rests on the rule that more load never relieves a
    limit; with loads that feed in, or that draw less current where the voltage falls, the rule
    fails, and the proof is HEURISTIC. A budget that runs out leaves a GAP to everything.
    """
    notes: _Notes = {}
    whole: tuple[Part, ...] = ()
    open_groups: list[int] = []
    for group in _groups(scope):
        if not any(group >> tie.unit & 1 for tie in scope.ties):
            continue
        found = _whole(scope, judge, notes=notes, chosen=whole, group=group)
        if found is None:
            open_groups.append(group)
        else:
            whole = found
    best = _Best(judge)
    if whole:
        best.offer(whole)
    exhausted = _pack(scope, best, notes=notes, fixed=whole, units=sum(open_groups))
    reachable = _reachable(scope)
    if not exhausted and whole and -best.worth[0] < weight_of(scope, reachable) - TOLERANCE:
        exhausted = _pack(scope, best, notes=notes, fixed=(), units=reachable)
    weight = max(-best.worth[0], 0.0)
    proof, gap_pct = proof_of(
        scope, weight, reachable=weight_of(scope, reachable), exhausted=exhausted
    )
    taken = tuple(part.tie.switch for part in best.parts)
    rejected = [r for option, r in notes.items() if len(option) == 1 or option != taken]
    rejected.sort(key=lambda r: len(r.option))
    return Found(
        parts=best.parts,
        weight=weight,
        proof=proof,
        gap_pct=gap_pct,
        rejected=tuple(rejected[:REJECTED_MAX]),
    )


def reachable_weight(scope: Scope) -> float:
    """The weight of all units that switches could join to some tie."""
    return weight_of(scope, _reachable(scope))


def _reachable(scope: Scope) -> int:
    return sum(g for g in _groups(scope) if any(g >> tie.unit & 1 for tie in scope.ties))


def proof_of(
    scope: Scope, weight: float, *, reachable: float, exhausted: bool
) -> tuple[Proof, float]:
    """What may be claimed of `weight` out of `reachable`; `exhausted`: nothing was left unseen."""
    if weight >= reachable - TOLERANCE:
        return Proof.OPTIMAL, 0.0
    if exhausted:
        return (Proof.HEURISTIC if _load_may_relieve(scope) else Proof.OPTIMAL), 0.0
    if weight <= 0:
        return Proof.HEURISTIC, 0.0
    return Proof.GAP, 100.0 * (reachable - weight) / weight


def _load_may_relieve(scope: Scope) -> bool:
    """Whether more load at one place may lower the current at another."""
    situation = scope.ground.situation
    feeds_in = any(load.p_w < 0 or load.q_var < 0 for load in situation.loads.values())
    return feeds_in or any(x.constant_impedance_share for x in situation.network.loads.values())


def _whole(
    scope: Scope, judge: Judge, *, notes: _Notes, chosen: tuple[Part, ...], group: int
) -> tuple[Part, ...] | None:
    """`chosen` and parts that restore every unit of `group` that weighs anything."""
    for island in _islands(scope, group):
        if weight_of(scope, island) == 0:
            continue
        best = _Best(judge)
        for count in range(1, scope.ground.situation.settings.ties_at_once_max + 1):
            _offer_covers(scope, best, notes=notes, chosen=chosen, island=island, count=count)
            if best.parts and not any(needs_crew(scope, part) for part in best.parts):
                break
        if not best.parts:
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
    """Keeps the first limit that each set of ties ran into."""
    option = tuple(part.tie.switch for part in parts)
    solved = ViolationKind.NO_SOLUTION not in (broken.kind, broken.breaks)
    notes.setdefault(
        option,
        Rejected(
            option=option,
            because=broken.kind.value,
            element=broken.element,
            value=broken.value if solved else None,
            limit=broken.limit if solved else None,
            breaks=None if broken.breaks is None else broken.breaks.value,
            in_s=broken.in_s,
        ),
    )


def group_of(scope: Scope, unit: int) -> int:
    """The units that usable switches could join to `unit`, itself included, as a mask."""
    return next(group for group in _groups(scope) if group >> unit & 1)


def ties_of(scope: Scope, unit: int) -> list[Tie]:
    """The ties that could reach `unit`."""
    group = group_of(scope, unit)
    return [tie for tie in scope.ties if group >> tie.unit & 1]


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
            found.append(grown(1 << k, [ends_of(scope.edges[e]) for e in edges]))
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
        k: grown(1 << scope.edges[k].units[0], [ends_of(scope.edges[j]) for j in inner if j != k])
        for k in inner
    }


def _piece(island: int, tie: Tie, *, sides: Sequence[int]) -> int:
    piece = island
    for side in sides:
        piece &= side if side >> tie.unit & 1 else ~side
    return piece


def _edges_within(scope: Scope, units: int, *, edges: Sequence[int]) -> int:
    return sum(1 << k for k in edges if not ends_of(scope.edges[k]) & ~units)


def _pack(scope: Scope, best: _Best, *, notes: _Notes, fixed: tuple[Part, ...], units: int) -> bool:
    """Adds to `fixed` what the ties of `units` can carry; True: nothing better was left out.

    Quick ties are asked first; the first that can carry everything ends the search.
    """
    judge = best.judge
    switches = scope.ground.network.switches
    ties = sorted(
        (tie for tie in scope.ties if units >> tie.unit & 1),
        key=lambda tie: switches[tie.switch].operating_time_s,
    )
    lists: list[list[Part]] = []
    complete = True
    for k, tie in enumerate(ties):
        share = judge.left // 2 // (len(ties) - k)
        trees, all_seen = _trees(scope, judge, notes=notes, tie=tie, budget=share, target=units)
        complete = complete and all_seen
        trees.sort(key=lambda p: (-weight_of(scope, p.units), p.units, p.edges))
        if (
            trees
            and _weighs(scope, trees[0], units=units)
            and best.offer((*fixed, trees[0])) is None
        ):
            return True
        if trees:
            lists.append(trees)
    combinations = scope.ground.situation.settings.combinations_max
    packing = _Packing(scope, best, lists, notes, combinations, len(fixed))
    packing.place(0, fixed, used=sum(part.units for part in fixed))
    return complete and packing.left > 0 and not packing.clashed and not judge.is_spent


def _weighs(scope: Scope, part: Part, *, units: int) -> bool:
    """Whether the part restores all the weight that `units` hold."""
    return weight_of(scope, part.units) >= weight_of(scope, units) - TOLERANCE


def _trees(
    scope: Scope, judge: Judge, *, notes: _Notes, tie: Tie, budget: int, target: int
) -> tuple[list[Part], bool]:
    """Every tree of units that `tie` alone can carry, heaviest growth first, up to the first
    that restores all of `target`; False: some were left unseen."""
    stack = [Part(tie=tie, units=1 << tie.unit, edges=0)]
    seen = {(stack[0].units, 0)}
    trees: list[Part] = []
    while stack:
        if budget <= 0 or judge.is_spent:
            return trees, False
        budget -= 1
        part = stack.pop()
        broken = judge.broken_alone(part)
        if broken:
            _note(notes, (part,), broken=broken[0])
        else:
            trees.append(part)
            if part.units == target and not judge.asks_phases:
                return trees, False
        if rules_out_more(broken):
            continue
        for more in _extended(scope, part):
            if (more.units, more.edges) not in seen:
                seen.add((more.units, more.edges))
                stack.append(more)
    return trees, True


def _extended(scope: Scope, part: Part) -> list[Part]:
    """The trees with one unit more, the heaviest last."""
    grown = []
    for k, edge in enumerate(scope.edges):
        ends = ends_of(edge)
        if (part.units & ends).bit_count() == 1:
            grown.append(Part(tie=part.tie, units=part.units | ends, edges=part.edges | 1 << k))
    return sorted(grown, key=lambda p: (weight_of(scope, p.units), -p.units, -p.edges))


@dataclass(slots=True)
class _Packing:
    """Branch and bound over the ties: each takes one of its trees, or none."""

    scope: Scope
    best: _Best
    lists: list[list[Part]]
    notes: _Notes
    left: int
    fixed: int
    """How many parts stand before any choice."""
    clashed: bool = False
    """Whether something failed that might have held without the fixed parts."""

    def place(self, turn: int, chosen: tuple[Part, ...], *, used: int) -> None:
        """Tries every tree of tie `turn` beside `chosen`, which takes the units `used`."""
        if turn == len(self.lists) or not self._may_gain(used, turn):
            return
        for tree in self.lists[turn]:
            if self.left <= 0 or self.best.judge.is_spent:
                return
            if tree.units & used:
                continue
            self.left -= 1
            if not self._may_gain(used | tree.units, turn + 1):
                break  # the lighter ones gain even less
            grown = (*chosen, tree)
            broken = self._offer(grown, used | tree.units)
            if broken is not None and (len(grown) > 1 or broken.kind.is_of_a_phase):
                _note(self.notes, grown[self.fixed :], broken=broken)
                self.clashed = self.clashed or self.fixed > 0
            if broken is None or not rules_out_more((broken,)):
                self.place(turn + 1, grown, used=used | tree.units)
        self.place(turn + 1, chosen, used=used)

    def _offer(self, parts: tuple[Part, ...], used: int) -> Violation | None:
        if weight_of(self.scope, used) < -self.best.worth[0] - TOLERANCE:
            return None
        return self.best.offer(parts)

    def _may_gain(self, used: int, turn: int) -> bool:
        """Whether what is taken and the most that later ties can add reaches the best."""
        free = weight_of(self.scope, ~used & ((1 << len(self.scope.units)) - 1))
        later = sum(weight_of(self.scope, trees[0].units) for trees in self.lists[turn:])
        bound = weight_of(self.scope, used) + min(free, later)
        return bound >= -self.best.worth[0] - TOLERANCE
