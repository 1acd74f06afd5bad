"""The slow planner on larger grids: the same courses as `tests.restoration_reference`, fewer.

A course is walked in blocks: a closing, with just those openings before it that part what it
gives supply to from the rest. No course is missed that costs less, since

- an opening that touches nothing which the next closing feeds may come after that closing, and
  nothing else moves later by it, unless it uses the wait between two closings. There is no such
  wait left where the closing has openings of its own, or where one opening filled it;
- who is dropped is dropped last of all openings before a closing;
- a closing between two dead sections needs no opening: its own may come after it;
- of the two switches of a piece of line without load one is enough, and none at its dead end.

More load must never relieve a limit, and everything that closes must be fit to make load;
`in_blocks` says no where that is not so. Blocks are laid best first, by a bound on the
minutes of all that may follow, so that the first course that is through is the best.
"""

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gridops.ids import SectionId, SwitchId
from gridops.network import Branch
from tests.restoration_ground import BREAK_LOAD, movable, weight
from tests.restoration_reference import Course, DeadPart, TooMany, _Way, minutes_of

EQUAL = 1e-9


def may_be_walked_in_blocks(part: DeadPart) -> bool:
    """Cables that charge, loads that feed in and devices that may not make load need every
    course."""
    situation, network = part.situation, part.situation.network
    closings = [network.switches[w.switch] for w in part.ways if not w.closed]
    return (
        not network.components.shunts
        and not network.generators
        and not part.zone.later
        and all(isinstance(b, Branch) and not b.c_f for b in network.branches.values())
        and all(x.p_w >= 0 and x.q_var >= 0 for x in situation.loads.values())
        and all(device.kind in BREAK_LOAD for device in closings)
        and not _has_ring(part)
    )


def _has_ring(part: DeadPart) -> bool:
    """Closed switches join the dead part in a ring."""
    root = list(range(len(part.sections)))

    def top(k: int) -> int:
        while root[k] != k:
            k = root[k]
        return k

    for way in part.ways:
        if way.closed and len(way.ends) == 2:
            one, other = (top(end) for end in way.ends)
            if one == other:
                return True
            root[one] = other
    return False


@dataclass(frozen=True, slots=True)
class _Label:
    """A course up to its last closing. `pending` are switches, and whom each of them drops: they
    open just before the next closing, when all else that it needs has been opened."""

    now_s: float
    may_close_s: float
    minutes: float
    lost: Mapping[int, float]
    moves: tuple[SwitchId, ...]
    pending: tuple[tuple[int, frozenset[int]], ...] = ()

    def beats(self, other: "_Label") -> bool:
        return (
            self.pending == other.pending
            and self.now_s <= other.now_s
            and self.may_close_s <= other.may_close_s
            and self.minutes <= other.minutes + 1e-9
            and self.lost.keys() == other.lost.keys()
            and all(self.lost[k] >= other.lost[k] for k in other.lost)
        )


@dataclass(slots=True)
class Blocks:
    """The courses behind one fence."""

    part: DeadPart
    most: float = field(default=float("inf"))
    """No more weight can be back in the end."""
    regions_max: int = 2000
    """Ways to cut what one closing feeds; beyond, TooMany is raised."""
    alone: dict[int, float] = field(default_factory=dict)
    """By tie the heaviest tree that it can carry with nothing else back, where that is known."""
    takes: list[float] = field(init=False)
    usable: list[bool] = field(init=False)
    at: dict[int, list[int]] = field(init=False)
    """By section the switches at it."""
    cuts: frozenset[int] = field(init=False)
    """Closed switches that may be opened."""
    fence_s: float = field(init=False)
    forever: float = field(init=False)
    """Minutes of one customer who stays dark."""
    outside: float = field(init=False)
    """Minutes of all that can not come back."""

    def __post_init__(self) -> None:
        part, situation = self.part, self.part.situation
        network, crew = situation.network, situation.settings.crew_available
        devices = [network.switches[w.switch] for w in part.ways]
        self.takes = [device.operating_time_s for device in devices]
        self.usable = [
            movable(situation, device, closing=not way.closed, crew=crew, live=frozenset())
            for device, way in zip(devices, part.ways, strict=True)
        ]
        self.at = {k: [] for k in range(len(part.sections))}
        for k, way in enumerate(part.ways):
            for end in way.ends:
                self.at[end].append(k)
        needless = self._needless()
        self.cuts = frozenset(
            k
            for k, way in enumerate(part.ways)
            if way.closed and self.usable[k] and k not in needless
        )
        self.fence_s = sum(network.switches[s].operating_time_s for s in part.zone.to_open)
        self.forever = minutes_of(situation.settings.repair_s, dark_s=situation.dark_s)
        inside = set(part.sections)
        self.outside = self.forever * sum(
            weight(network, s) for s in situation.dark if s not in inside
        )

    def among(self, moved: int) -> "Blocks":
        """Those courses that move none but these switches."""
        inner = Blocks(self.part)
        inner.usable = [u and bool(moved >> k & 1) for k, u in enumerate(self.usable)]
        inner.cuts = frozenset(k for k in self.cuts if moved >> k & 1)
        return inner

    def _needless(self) -> set[int]:
        """Closed switches at pieces of line that another switch does for."""
        network, found = self.part.situation.network, set[int]()
        for k, ways in self.at.items():
            section = network.sections[self.part.sections[k]]
            if section.loads or section.sources:
                continue
            use = [w for w in ways if self._matters(w)]
            closed = [w for w in use if self.part.ways[w].closed]
            alike = len({(self.takes[w], self.usable[w]) for w in closed}) == 1
            if closed and (len(use) == 1 or (len(use) == 2 and alike)):
                found.add(closed[0])
        return found

    def _matters(self, k: int) -> bool:
        way = self.part.ways[k]
        return way.closed or (not way.touches_never and self.usable[k])

    # -- the walk -----------------------------------------------------------------------

    def best(self, *, known: float, blocks_max: int) -> Course | None:
        """The least cost of all courses, if any costs less than `known`. Raises: TooMany."""
        part = self.part
        first = _Label(self.fence_s, 0.0, self.outside, {}, part.zone.to_open)
        number = itertools.count()
        heap = [(self._at_least(first, {}, 0), next(number), 0, first)]
        seen: dict[int, list[_Label]] = {0: [first]}
        best: Course | None = None
        while heap:
            bound, _, moved, label = heapq.heappop(heap)
            if bound >= known - EQUAL * max(known, 1.0):
                break
            if next(number) > blocks_max:
                raise TooMany
            for after, grown in self._longer(moved, label):
                supplied = part.supplied(after)
                assert supplied is not None
                ended = self._ended(grown, supplied)
                if ended < known - EQUAL * max(known, 1.0):
                    best, known = Course(grown.moves, ended, 0.0), ended
                bound = self._at_least(grown, supplied, after)
                there = seen.setdefault(after, [])
                if bound < known and not any(other.beats(grown) for other in there):
                    there[:] = [other for other in there if not grown.beats(other)]
                    there.append(grown)
                    heapq.heappush(heap, (bound, next(number), after, grown))
        return best

    def _ended(self, label: _Label, supplied: Mapping[int, SectionId]) -> float:
        if label.lost or label.pending:
            return float("inf")
        dark = (w for k, w in enumerate(self.part.weights) if k not in supplied)
        return label.minutes + self.forever * sum(dark)

    def _at_least(self, label: _Label, supplied: Mapping[int, SectionId], moved: int) -> float:
        """What may still be reached is back by the next closing, as far as `most` allows."""
        part = self.part
        closings = [k for k in range(len(part.ways)) if self.may_close(k, moved)]
        if not closings:
            return self._ended(label, supplied)
        quickest_s = min(self.takes[k] for k in closings)
        soon_s = max(label.now_s, label.may_close_s) + quickest_s
        soon = minutes_of(soon_s, dark_s=part.situation.dark_s)
        reached = self._reached(moved, supplied)
        minutes, back = label.minutes, sum(part.weights[k] for k in supplied)
        going = {s for _, sections in label.pending for s in sections}
        for k, each in enumerate(part.weights):
            if k in going:
                back += each
            elif k in label.lost:
                minutes += each * minutes_of(soon_s - label.lost[k], dark_s=0.0)
                back += each
            elif k not in supplied:
                minutes += each * (soon if k in reached else self.forever)
                back += each if k in reached else 0.0
        excess = max(back - self._can_be_back(moved, supplied, closings), 0.0)
        if excess:
            return minutes + excess * (self.forever - soon)
        waits = reached - supplied.keys() - label.lost.keys() - going
        each_s = quickest_s + part.situation.settings.closing_gap_s
        islands = sorted((self._island_weights(waits, moved)), reverse=True)
        return minutes + sum(
            each * (minutes_of(soon_s + k * each_s, dark_s=part.situation.dark_s) - soon)
            for k, each in enumerate(islands)
        )

    def _island_weights(self, among: set[int], moved: int) -> Iterator[float]:
        """Of what closed switches join among these sections: a closing each, at least."""
        left = set(among)
        while left:
            waiting = [left.pop()]
            total = 0.0
            while waiting:
                at = waiting.pop()
                total += self.part.weights[at]
                fresh = self.beyond(frozenset([at]), moved) & left
                left -= fresh
                waiting += fresh
            yield total

    def _can_be_back(
        self, moved: int, supplied: Mapping[int, SectionId], closings: list[int]
    ) -> float:
        """What hangs on a tie grows no more but by closings within the dead part."""
        if not self.alone or any(self.part.ways[k].outside is None for k in closings):
            return self.most
        now = sum(self.part.weights[k] for k in supplied)
        return min(self.most, now + sum(self.alone[k] for k in closings))

    def may_close(self, k: int, moved: int) -> bool:
        way = self.part.ways[k]
        return not (way.closed or way.touches_never or moved >> k & 1) and self.usable[k]

    def _reached(self, moved: int, supplied: Mapping[int, SectionId]) -> set[int]:
        part = self.part
        found = set(supplied)
        waiting = list(found)
        open_to: list[_Way] = []
        for k, way in enumerate(part.ways):
            passes = self.may_close(k, moved) or (way.closed != bool(moved >> k & 1))
            if passes and not way.touches_never:
                open_to.append(way)
        for way in open_to:
            if way.outside is not None:
                waiting += [end for end in way.ends if end not in found]
                found.update(way.ends)
        beside: dict[int, list[int]] = {}
        for way in open_to:
            if len(way.ends) == 2:
                beside.setdefault(way.ends[0], []).append(way.ends[1])
                beside.setdefault(way.ends[1], []).append(way.ends[0])
        while waiting:
            fresh = [k for k in beside.get(waiting.pop(), ()) if k not in found]
            found.update(fresh)
            waiting += fresh
        return found

    def _longer(self, moved: int, label: _Label) -> Iterator[tuple[int, _Label]]:
        supplied = self.part.supplied(moved)
        assert supplied is not None
        for k in range(len(self.part.ways)):
            if self.may_close(k, moved):
                yield from self._closed(k, moved, label, supplied)
        for k in self.cuts:
            if not moved >> k & 1:
                yield from self._opened(k, moved, label, supplied)

    def _opened(
        self, k: int, moved: int, label: _Label, supplied: Mapping[int, SectionId]
    ) -> Iterator[tuple[int, _Label]]:
        """Somebody who came back is dropped, or the wait is used for what is needed later."""
        part, after = self.part, self.part.supplied(moved | 1 << k)
        if after is None:
            return
        lost = supplied.keys() - after.keys()
        if any(part.weights[s] or part.powers[s] for s in lost):
            pending = (*label.pending, (k, frozenset(lost)))
            yield moved | 1 << k, replace(label, pending=pending)
        elif not lost and not label.pending and label.now_s < label.may_close_s:
            name = part.ways[k].switch
            now_s = label.now_s + self.takes[k]
            yield moved | 1 << k, replace(label, now_s=now_s, moves=(*label.moves, name))

    def _closed(
        self, k: int, moved: int, label: _Label, supplied: Mapping[int, SectionId]
    ) -> Iterator[tuple[int, _Label]]:
        part, way = self.part, self.part.ways[k]
        entries = [end for end in way.ends if end not in supplied]
        if len(entries) == 2:
            yield from self._closed_dead(k, moved, label, supplied)
        if len(entries) != 1:
            return
        # the wait is over by openings for what comes later: this one has none of its own
        is_full = 0.0 < label.may_close_s <= label.now_s
        start = self.with_forced(frozenset(entries), moved)
        waiting, seen = [start], {start}
        while waiting:
            region = waiting.pop()
            needs = self.boundary(region, moved)
            after_mask = moved | sum(1 << n for n in needs or ()) | 1 << k
            after = None if needs is None else part.supplied(after_mask)
            if needs is not None and after is not None:
                if not all(part.holds(after_mask, d) for d in {after[e] for e in entries}):
                    continue
                is_late = is_full and (needs or label.pending)
                if not is_late and self._drops_for(after_mask, label, after, needs):
                    yield after_mask, self._laid(label, k, needs, before=supplied, after=after)
            for other in self.beyond(region, moved):
                grown = self.with_forced(region | {other}, moved)
                if grown not in seen and supplied.keys().isdisjoint(grown):
                    seen.add(grown)
                    waiting.append(grown)
            if len(seen) > self.regions_max:
                raise TooMany

    def _drops_for(
        self, moved: int, label: _Label, after: Mapping[int, SectionId], needs: list[int]
    ) -> bool:
        """Whether each that is dropped just before is fed again, or makes room, or fills the
        wait alone: else it may be dropped later."""
        if len(label.pending) == 1 and not needs and label.may_close_s:
            return True
        for k, sections in label.pending:
            if sections.isdisjoint(after):
                without = self.part.supplied(moved & ~(1 << k))
                if without is not None and self.all_hold(moved & ~(1 << k), without):
                    return False
        return True

    def all_hold(self, moved: int, supplied: Mapping[int, SectionId]) -> bool:
        return all(self.part.holds(moved, donor) for donor in sorted(set(supplied.values())))

    def _closed_dead(
        self, k: int, moved: int, label: _Label, supplied: Mapping[int, SectionId]
    ) -> Iterator[tuple[int, _Label]]:
        one, other = self.part.ways[k].ends
        waiting, found = [one], {one}
        while waiting:
            fresh = self.beyond(frozenset([waiting.pop()]), moved) - found
            found |= fresh
            waiting += fresh
        if other not in found and not label.pending:
            yield moved | 1 << k, self._laid(label, k, [], before=supplied, after=supplied)

    def _closed_now(self, k: int, moved: int) -> bool:
        return self.part.ways[k].closed != bool(moved >> k & 1)

    def with_forced(self, region: frozenset[int], moved: int) -> frozenset[int]:
        """With all that closed switches join to it which are not opened."""
        found, waiting = set(region), list(region)
        while waiting:
            for k in self.at[waiting.pop()]:
                if self._closed_now(k, moved) and k not in self.cuts:
                    fresh = set(self.part.ways[k].ends) - found
                    found |= fresh
                    waiting += fresh
        return frozenset(found)

    def beyond(self, region: frozenset[int], moved: int) -> set[int]:
        ways = {k for s in region for k in self.at[s] if self._closed_now(k, moved)}
        return {end for k in ways for end in self.part.ways[k].ends} - region

    def boundary(self, region: frozenset[int], moved: int) -> list[int] | None:
        """What must be opened around it; None: that cannot be."""
        needs = []
        for k in sorted({k for s in region for k in self.at[s]}):
            way = self.part.ways[k]
            inside = region.issuperset(way.ends) and not way.touches_never
            if not self._closed_now(k, moved) or inside:
                continue
            if moved >> k & 1 or not self.usable[k]:
                return None
            needs.append(k)
        return needs

    def _laid(
        self,
        label: _Label,
        k: int,
        needs: list[int],
        *,
        before: Mapping[int, SectionId],
        after: Mapping[int, SectionId],
    ) -> _Label:
        part, takes = self.part, self.takes
        lost, minutes = dict(label.lost), label.minutes
        now_s = label.now_s + sum(takes[n] for n in needs)
        later_s = label.may_close_s - sum(takes[n] for n, _ in label.pending)
        now_s = max(now_s, later_s) if label.pending else now_s
        for n, sections in label.pending:
            now_s += takes[n]
            lost.update(dict.fromkeys(sections, now_s))
        done_s = max(now_s, label.may_close_s) + takes[k]
        for s in after.keys() - before.keys():
            began = lost.pop(s, None)
            dark_s = part.situation.dark_s if began is None else 0.0
            minutes += part.weights[s] * minutes_of(done_s - (began or 0.0), dark_s=dark_s)
        named = [part.ways[n].switch for n in (*needs, *(n for n, _ in label.pending), k)]
        gap_s = part.situation.settings.closing_gap_s
        return _Label(done_s, done_s + gap_s, minutes, lost, (*label.moves, *named))
