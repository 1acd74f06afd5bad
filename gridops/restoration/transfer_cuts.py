"""What a refused state rules out besides itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gridops.ids import SectionId
from gridops.network import SwitchSet
from gridops.powerflow import Violation
from gridops.restoration.judge import Judge
from gridops.restoration.transfer_model import final_state
from gridops.restoration.transfer_power import Arc
from gridops.restoration.transfer_scope import Region, load_may_relieve

Arcs = frozenset[Arc]


@dataclass(slots=True)
class Refusals:
    """Judges what a choice of arcs ends in, and says which of them are too many together."""

    region: Region
    judge: Judge
    _now: Arcs = field(init=False)
    _load_may_relieve: bool = field(init=False)

    def __post_init__(self) -> None:
        region = self.region
        self._now = frozenset(
            (line, 0 if region.lines[line].groups[1] == group else 1)
            for group, line in enumerate(region.fed_by)
            if line >= 0
        )
        self._load_may_relieve = load_may_relieve(region.situation)

    def broken(self, arcs: Arcs) -> tuple[Violation, ...]:
        """The limits that the state breaks in the islands of all that moves."""
        closed = final_state(self.region, arcs)
        ground = self.region.ground
        moved = [s for s in ground.closed if s not in closed]
        moved += [s for s in closed if s not in ground.closed]
        ends = (end for switch in moved for end in ground.network.section_ends[switch])
        return self._broken(closed, frozenset(ends))

    def too_many(self, arcs: Arcs) -> tuple[Arcs, ...]:
        """Sets of arcs that no choice may hold together: whoever holds them all hangs at least
        their load on the same tree, and more load never relieves a limit.

        Empty where that cannot be argued: with loads or charging for which it does not hold, a
        voltage too high, or a limit that is broken by what nobody moves.
        """
        if self._load_may_relieve or self.judge.more_may_relieve:
            return ()
        closed = final_state(self.region, arcs)
        found = []
        for root, at in self._roots():
            tree = frozenset(_tree(self.region, arcs, root=root))
            if not tree <= self._now and self._is_too_much(closed, at):
                found.append(self._fewest(closed, tree, at=at))
        return tuple(few for few in found if not few <= self._now)

    def _roots(self) -> Iterator[tuple[int, frozenset[SectionId]]]:
        sections = self.region.ground.network.sections
        for number, group in enumerate(self.region.groups):
            if group.is_root:
                yield number, frozenset(s for s in group.sections if sections[s].sources)

    def _fewest(self, closed: SwitchSet, tree: Arcs, *, at: frozenset[SectionId]) -> Arcs:
        """Takes away whatever the limit is broken without, the largest branches first."""
        below = _below(self.region, tree)
        left = set(tree)
        for arc in sorted(tree, key=lambda each: (-len(_branch(each, below)), each)):
            branch = _branch(arc, below)
            if arc not in left or left <= branch:
                continue
            rest = closed - {self.region.lines[k].switch for k, _ in tree - (left - branch)}
            if self._is_too_much(rest, at):
                left -= branch
        return frozenset(left)

    def _is_too_much(self, closed: SwitchSet, at: frozenset[SectionId]) -> bool:
        return self.judge.rules_out_more(self._broken(closed, at))

    def _broken(self, closed: SwitchSet, around: frozenset[SectionId]) -> tuple[Violation, ...]:
        return self.judge.broken_around(closed, around) if around else ()


def _tree(region: Region, arcs: Iterable[Arc], *, root: int) -> Iterator[Arc]:
    below = _below(region, arcs)
    for arc in below:
        if region.lines[arc[0]].groups[arc[1]] == root:
            yield from _branch(arc, below)


def _below(region: Region, arcs: Iterable[Arc]) -> Mapping[Arc, tuple[Arc, ...]]:
    """The arcs that leave the group which each arc feeds."""
    out: dict[int, list[Arc]] = {}
    listed = sorted(arcs)
    for k, way in listed:
        out.setdefault(region.lines[k].groups[way], []).append((k, way))
    return {(k, way): tuple(out.get(region.lines[k].groups[1 - way], ())) for k, way in listed}


def _branch(arc: Arc, below: Mapping[Arc, tuple[Arc, ...]]) -> set[Arc]:
    """The arc and all beyond it."""
    found = {arc: None}
    waiting = [arc]
    while waiting:
        more = [each for each in below[waiting.pop()] if each not in found]
        found.update(dict.fromkeys(more))
        waiting.extend(more)
    return set(found)


def circle(region: Region, arcs: Arcs) -> Arcs:
    """Arcs that feed each other and hang on no source; empty if there are none."""
    found: set[Arc] = set()
    for root, group in enumerate(region.groups):
        if group.is_root:
            found.update(_tree(region, arcs, root=root))
    return arcs - found
