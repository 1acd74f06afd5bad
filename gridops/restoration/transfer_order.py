"""The order of movements from the present state to a given one: no state on the way may break
what the last one keeps, and nobody waits longer than they must."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SwitchId
from gridops.isolation import hangs_on
from gridops.measurement import Position
from gridops.network import Control, SwitchSet
from gridops.powerflow import FlowResult, Violation
from gridops.restoration.duty import breaks_what_it_carries
from gridops.restoration.objective import minutes_counted, weight_of_section
from gridops.restoration.plan import By
from gridops.restoration.rings import may_close_ring, opens_ring
from gridops.restoration.schedule import Move
from gridops.restoration.scope import Ground
from gridops.state import Energisation

Broken = Callable[[SwitchSet, frozenset[SectionId]], tuple[Violation, ...]]
"""The limits that a state breaks in the islands around some sections."""
Flow = Callable[[SwitchSet, frozenset[SectionId]], FlowResult]
"""A state in the islands around some sections."""

EXPANDED_MAX = 3000
"""Partial orders that are continued in one search."""
DROP_WEIGHT = 1.0 + 1e-9
"""Between orders that cost the same, the one that drops supply for less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """`moves` None: no order was found. `exact`: there is no better one."""

    moves: tuple[Move, ...] | None
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Some of the movements done, in an order."""

    done: int
    """As a mask over `_Orders.switches`."""
    live: Energisation
    moves: tuple[Move, ...]
    minutes: float
    """Weighted, of what is back, and of what stays dark until repair."""
    dropped_s: Mapping[SectionId, float]
    """Since when, of what waits to be supplied again."""
    may_close_s: float
    ring: SwitchId | None = None
    """It has just closed a ring, which the next movement has to open."""

    @property
    def now_s(self) -> float:
        return self.moves[-1].done_s if self.moves else 0.0

    def beats(self, other: "_Way") -> bool:
        """Whether whatever follows, this one ends no worse; both have done the same."""
        sooner = self.now_s <= other.now_s and self.may_close_s <= other.may_close_s
        later = all(self.dropped_s[s] >= other.dropped_s[s] for s in self.dropped_s)
        return self.minutes <= other.minutes and sooner and later


@dataclass(slots=True)
class Orders:
    """Finds the best order by best-first search over what has been done so far."""

    ground: Ground
    final: SwitchSet
    broken: Broken
    flow: Flow
    sheds: frozenset[SectionId] = frozenset()
    """Supplied sections that are dropped and stay dark until the repair."""
    switches: tuple[SwitchId, ...] = field(init=False)
    _to_open: frozenset[SwitchId] = field(init=False)
    _back: tuple[SectionId, ...] = field(init=False)
    _may: dict[tuple[int, frozenset[SectionId]], bool] = field(init=False, default_factory=dict)
    _weights: dict[SectionId, float] = field(init=False, default_factory=dict)
    _worked_on: frozenset[SectionId] = field(init=False)

    def __post_init__(self) -> None:
        opened = [s for s in self.ground.closed if s not in self.final]
        closed = [s for s in self.final if s not in self.ground.closed]
        self.switches = (*opened, *closed)
        self._to_open = frozenset(opened)
        tags = self.ground.situation.snapshot.tags.items()
        live_line = [s for s, all_ in tags if any(t.kind is TagKind.HOT_LINE for t in all_)]
        ends_of = self.ground.network.section_ends
        self._worked_on = frozenset(e for s in live_line for e in ends_of[s])
        end = self.ground.live
        for switch in self.switches:
            end = end.moved(switch, closed=switch not in self._to_open)
        dark = self.ground.situation.dark
        self._back = tuple(s for s in end.gained_since(self.ground.live) if s in dark)

    def best(self, *, below: float, expanded_max: int = EXPANDED_MAX) -> Course:
        """The order of least weighted minutes, if it has less than `below`."""
        first = self._begun()
        count = 0
        heap = [(self._bound(first), 0, count, first)]
        kept: dict[int, list[_Way]] = {}
        all_done = (1 << len(self.switches)) - 1
        for _ in range(expanded_max):
            if not heap:
                return Course(moves=None, exact=True)
            bound, _, _, way = heapq.heappop(heap)
            if bound >= below:
                return Course(moves=None, exact=True)
            if way.done == all_done:
                return Course(moves=way.moves, exact=True)
            if any(other is not way and other.beats(way) for other in kept.get(way.done, ())):
                continue
            for after in self._continued(way):
                same = kept.setdefault(after.done, [])
                if any(other.beats(after) for other in same):
                    continue
                same[:] = [other for other in same if not after.beats(other)] + [after]
                count += 1
                heapq.heappush(heap, (self._bound(after), -after.done.bit_count(), count, after))
        return Course(moves=None, exact=False)

    def _begun(self) -> _Way:
        """The fence, in its order, and nothing else."""
        ground = self.ground
        moves: list[Move] = []
        closed = ground.closed | set(ground.fence.to_open)
        for switch in ground.fence.to_open:
            closed = closed - {switch}
            starts_s = moves[-1].done_s if moves else 0.0
            moves.append(
                _move(ground, switch, position=Position.OPEN, starts_s=starts_s, closed=closed)
            )
        unserved = ground.situation.dark.difference(self._back)
        left = self._counted(ground.situation.settings.repair_s)
        return _Way(
            done=0,
            live=ground.live,
            moves=tuple(moves),
            minutes=left * sum(sorted(self._weight(s) for s in unserved)),
            dropped_s={},
            may_close_s=0.0,
        )

    def _weight(self, section: SectionId) -> float:
        if section not in self._weights:
            self._weights[section] = weight_of_section(self.ground.network, section)
        return self._weights[section]

    def _counted(self, until_s: float) -> float:
        return minutes_counted(until_s, dark_s=self.ground.situation.dark_s)

    def _bound(self, way: _Way) -> float:
        """No order that goes on from here costs less."""
        network, live = self.ground.network, way.live
        left = [s for k, s in enumerate(self.switches) if not way.done >> k & 1]
        closings = [s for s in left if s not in self._to_open]
        if not closings:
            return way.minutes
        quickest_s = min(network.switches[s].operating_time_s for s in closings)
        at_s = max(way.now_s, way.may_close_s) + quickest_s
        weight = sum(self._weight(s) for s in self._back if not live.is_supplied(s))
        waits = sum(
            self._weight(s) * minutes_counted(at_s - since_s, dark_s=0.0)
            for s, since_s in way.dropped_s.items()
        )
        return way.minutes + weight * self._counted(at_s) + waits

    def _continued(self, way: _Way) -> Iterator[_Way]:
        for k, switch in enumerate(self.switches):
            if way.done >> k & 1:
                continue
            after = self._with(way, k, switch=switch)
            if after is not None:
                yield after

    def _with(self, way: _Way, k: int, *, switch: SwitchId) -> _Way | None:
        ground, opens = self.ground, switch in self._to_open
        ends = frozenset(ground.network.section_ends[switch])
        ring = switch if self._joins_two(way, switch) else None
        if not self._may_move(way, switch, ends=ends):
            return None
        live, done = way.live.moved(switch, closed=not opens), way.done | 1 << k
        if way.ring is not None and not opens_ring(ground, live):
            return None
        changed = live.lost_since(way.live) if opens else live.gained_since(way.live)
        if changed and not (
            self._may_drop(way, changed) if opens else self._may_feed(live, changed)
        ):
            return None
        in_ring = ring is not None or way.ring is not None
        if (changed or in_ring) and not self._holds(done, live, ends=ends):
            return None
        starts_s = way.now_s if opens else max(way.now_s, way.may_close_s)
        position = Position.OPEN if opens else Position.CLOSED
        move = _move(
            ground,
            switch,
            position=position,
            starts_s=starts_s,
            closed=live.closed,
            changed=changed,
        )
        if way.ring is not None:
            move = replace(move, handed_over=self._handed_over(live, way.ring))
        return replace(self._counted_in(way, move, done=done, live=live), ring=ring)

    def _joins_two(self, way: _Way, switch: SwitchId) -> bool:
        ends = self.ground.network.section_ends[switch]
        return switch not in self._to_open and all(way.live.is_supplied(end) for end in ends)

    def _may_move(self, way: _Way, switch: SwitchId, *, ends: frozenset[SectionId]) -> bool:
        """By its kind and what it carries, and by the rings that there are: the movement after one
        that closes a ring opens it."""
        ground, opens = self.ground, switch in self._to_open
        supplied = sum(way.live.is_supplied(end) for end in ends)
        if supplied and not ground.network.switches[switch].breaks_load:
            return False
        if opens:
            return supplied < 2 or self._breaks(way, switch)
        if way.ring is not None or supplied < 2:
            return way.ring is None and (supplied > 0 or not self._joins_work(way, ends))
        is_last = way.done.bit_count() + 1 == len(self.switches)
        return not is_last and may_close_ring(ground, way.live, switch=switch)

    def _joins_work(self, way: _Way, ends: frozenset[SectionId]) -> bool:
        """Whether people work live at anything that hangs on the dead `ends`: nothing is closed on
        to their line, dead or not."""
        if not self._worked_on:
            return False
        conducts = way.live.closed.__contains__
        line = hangs_on(self.ground.network, ends, may_conduct=conducts)
        return not line.isdisjoint(self._worked_on)

    def _handed_over(self, live: Energisation, ring: SwitchId) -> tuple[SectionId, ...]:
        """All that hangs on the device which has closed a ring, now that the ring is open."""
        in_order = self.ground.network.arrays.sections.of.__getitem__
        return tuple(sorted(live.behind(ring), key=in_order))

    def _breaks(self, way: _Way, switch: SwitchId) -> bool:
        network, live = self.ground.network, way.live
        # Solved around the source, one solution speaks of every switch that hangs on it.
        source = network.sources[live.source_of[network.section_ends[switch][0]]]
        around = frozenset({network.section_of_node[source.node]})
        return breaks_what_it_carries(network, switch, flow=lambda: self.flow(live.closed, around))

    def _may_drop(self, way: _Way, sections: tuple[SectionId, ...]) -> bool:
        """Once, and only what the outage did not take."""
        before = {s for move in way.moves for s in move.dropped}
        return not any(s in before or s in self.ground.situation.dark for s in sections)

    def _may_feed(self, live: Energisation, sections: tuple[SectionId, ...]) -> bool:
        """Only what is cut off already as it will be in the end."""
        network = self.ground.network
        return not any(
            switch in live.closed and switch in self._to_open
            for section in sections
            for switch in network.sections[section].switches
        )

    def _holds(self, done: int, live: Energisation, *, ends: frozenset[SectionId]) -> bool:
        known = self._may.get((done, ends))
        if known is None:
            known = self._may[done, ends] = not self.broken(live.closed, ends)
        return known

    def _counted_in(self, way: _Way, move: Move, *, done: int, live: Energisation) -> _Way:
        closes = move.position is Position.CLOSED
        minutes = way.minutes
        dropped_s = {s: t for s, t in way.dropped_s.items() if s not in move.restored}
        dropped_s.update({s: move.done_s for s in move.dropped if s not in self.sheds})
        left_s = self.ground.situation.settings.repair_s - move.done_s
        for section in self.sheds.intersection(move.dropped):
            minutes += self._weight(section) * minutes_counted(left_s, dark_s=0.0)
        for section in move.restored:
            since_s = way.dropped_s.get(section)
            if since_s is None:
                counted = self._counted(move.done_s)
            else:
                counted = minutes_counted(move.done_s - since_s, dark_s=0.0) * DROP_WEIGHT
            minutes += self._weight(section) * counted
        gap_s = self.ground.situation.settings.closing_gap_s
        return _Way(
            done=done,
            live=live,
            moves=(*way.moves, move),
            minutes=minutes,
            dropped_s=dropped_s,
            may_close_s=move.done_s + gap_s if closes else way.may_close_s,
        )


def _move(
    ground: Ground,
    switch: SwitchId,
    *,
    position: Position,
    starts_s: float,
    closed: SwitchSet,
    changed: tuple[SectionId, ...] = (),
) -> Move:
    device = ground.network.switches[switch]
    opens = position is Position.OPEN
    return Move(
        switch=switch,
        position=position,
        by=By.REMOTE if device.control is Control.REMOTE else By.CREW,
        starts_s=starts_s,
        done_s=starts_s + device.operating_time_s,
        closed=closed,
        restored=() if opens else changed,
        dropped=changed if opens else (),
    )
