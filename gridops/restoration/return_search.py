"""The order in which switches go back to their normal position: exact while the budget lasts."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Position
from gridops.restoration.objective import minutes_counted, weight_of_section
from gridops.restoration.plan import Rejected
from gridops.restoration.return_moves import Effect, Moves
from gridops.restoration.schedule import Move
from gridops.restoration.situation import power_w_of
from gridops.state import Energisation

EXACT_MAX = 10
"""With more switches off their position they go home group by group."""

Cost = tuple[float, float, int]
"""Weighted customer minutes, energy in Wh, movements."""
Order = tuple[Cost, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Way:
    """Movements from the start, the state that they lead to, and what they cost."""

    moves: tuple[Move, ...]
    live: Energisation
    left: frozenset[SwitchId]
    """Still off their normal position."""
    dark_since_s: Mapping[SectionId, float]
    """What is without supply now, from when on; before the release it is negative."""
    dropped: frozenset[SectionId] = frozenset()
    """Those of them that the way itself has dropped."""
    may_close_s: float = 0.0
    cost: Cost = (0.0, 0.0, 0)
    places: tuple[int, ...] = ()
    """The switches that moved, by number: decides between equals."""

    @property
    def now_s(self) -> float:
        return self.moves[-1].done_s if self.moves else 0.0

    @property
    def order(self) -> Order:
        return self.cost, self.places


@dataclass(slots=True)
class Search:
    """Looks for the cheapest way; `left` states may still be looked at."""

    moves: Moves
    left: int
    is_cut_short: bool = False
    """Whether something was left unseen."""
    _weight: dict[SectionId, float] = field(default_factory=dict)
    _tried: dict[tuple[frozenset[SwitchId], SwitchId], Effect | Rejected] = field(
        default_factory=dict
    )

    def best(self) -> Way:
        """The way that leaves the least weight in the dark, then the fewest switches off their
        normal position, then costs the least. It ends radial, with everybody supplied who was.
        """
        way = self._begin()
        if len(way.left) <= EXACT_MAX:
            return self._cheapest(way)
        self.is_cut_short = True
        while True:
            further = self._next_home(way)
            if further is None:
                return way
            way = further

    def refusal(self, way: Way, switch: SwitchId) -> Rejected | None:
        """Why `switch` cannot move from the end of `way`; None if it can."""
        found = self._try(way, switch)
        return found if isinstance(found, Rejected) else None

    def advanced(self, way: Way, switch: SwitchId) -> Way | None:
        """`way` with one movement more; None if it may not be made."""
        effect = self._try(way, switch)
        if isinstance(effect, Rejected):
            return None
        return self._after(way, effect)

    def is_stable(self, way: Way) -> bool:
        """Whether the grid may stay so: nobody waits whom the way dropped, no ring, and every
        limit holds in the hours ahead as well."""
        if way.dropped or self.moves.has_ring(way.live):
            return False
        return not way.moves or self.moves.broken_later(way.moves) is None

    # exact

    def _begin(self) -> Way:
        situation, start = self.moves.situation, self.moves.start
        dark = [
            s
            for s in situation.network.sections
            if s in situation.dark and not start.is_supplied(s)
        ]
        return Way(
            moves=(),
            live=start,
            left=frozenset(self.moves.wanted),
            dark_since_s=dict.fromkeys(dark, -situation.dark_s),
        )

    def _cheapest(self, begin: Way) -> Way:
        """Dijkstra over the subsets of movements; what differs in who waits since when is
        another state. Stops at the first way on which everything is done."""
        best = begin
        for way in self._explored(begin, near=False):
            if self._rank(way) < self._rank(best) and self.is_stable(way):
                best = way
            if best is way and not way.left and not way.dark_since_s:
                return way
        return best

    def _rank(self, way: Way) -> tuple[float, int, Order]:
        dark = sum(self._weight_of(s) for s in way.dark_since_s)
        return dark, len(way.left), way.order

    def _explored(self, begin: Way, *, near: bool) -> Iterator[Way]:
        """Ways in the order of their cost, each state once. `near`: while somebody waits whom
        the way dropped, only switches at what waits are moved."""
        waiting = [(begin.order, 0, begin)]
        seen: set[object] = set()
        count = 0
        while waiting:
            _, _, way = heapq.heappop(waiting)
            key = _key(way)
            if key in seen:
                continue
            seen.add(key)
            yield way
            if self.left <= 0:
                self.is_cut_short = True
                return
            self.left -= 1
            for switch in self._candidates(way, near=near):
                further = self.advanced(way, switch)
                if further is not None and _key(further) not in seen:
                    count += 1
                    heapq.heappush(waiting, (further.order, count, further))

    def _candidates(self, way: Way, *, near: bool) -> Iterator[SwitchId]:
        dropped = way.dropped if near else ()
        ends = self.moves.network.section_ends
        for switch in self.moves.wanted:
            if switch in way.left and (not dropped or any(end in dropped for end in ends[switch])):
                yield switch

    # group by group

    def _next_home(self, begin: Way) -> Way | None:
        """Somebody in the dark back by one closing, as many as can be; else the cheapest way on
        that brings something home and is stable."""
        single = [
            way for s in self._candidates(begin, near=False) if (way := self.advanced(begin, s))
        ]
        lit = [w for w in single if len(w.dark_since_s) < len(begin.dark_since_s)]
        if lit:
            return min((w for w in lit if self.is_stable(w)), key=self._rank, default=None)
        for way in self._explored(begin, near=True):
            if len(way.left) < len(begin.left) and self.is_stable(way):
                return way
        return None

    # one movement

    def _try(self, way: Way, switch: SwitchId) -> Effect | Rejected:
        key = way.left, switch
        found = self._tried.get(key)
        if found is None:
            found = self._tried[key] = self.moves.tried(way.live, switch)
        return found

    def _after(self, way: Way, effect: Effect) -> Way | None:
        """None if somebody would wait too long whom the way has dropped."""
        situation = self.moves.situation
        closes = self.moves.closes[effect.switch]
        device = situation.network.switches[effect.switch]
        starts_s = way.now_s
        if closes:
            starts_s = max(starts_s, way.may_close_s)
        elif effect.dropped:
            # So that the closing that follows need not wait for its gap while people are dark.
            starts_s = max(starts_s, way.may_close_s - device.operating_time_s)
        done_s = starts_s + device.operating_time_s
        most_s = situation.settings.interruption_s_max
        if any(done_s - way.dark_since_s[section] > most_s for section in way.dropped):
            return None
        dark = {s: since for s, since in way.dark_since_s.items() if s not in effect.gained}
        dark.update(dict.fromkeys(effect.dropped, done_s))
        move = Move(
            switch=effect.switch,
            position=Position.CLOSED if closes else Position.OPEN,
            by=self.moves.by(effect.switch),
            starts_s=starts_s,
            done_s=done_s,
            closed=effect.live.closed,
            restored=tuple(s for s in effect.gained if s in way.dark_since_s),
            dropped=effect.dropped,
        )
        return Way(
            moves=(*way.moves, move),
            live=effect.live,
            left=way.left - {effect.switch},
            dark_since_s=dark,
            dropped=way.dropped.difference(effect.gained).union(effect.dropped),
            may_close_s=done_s + situation.settings.closing_gap_s if closes else way.may_close_s,
            cost=self._cost(way, done_s),
            places=(*way.places, situation.network.arrays.switches.of[effect.switch]),
        )

    def _cost(self, way: Way, until_s: float) -> Cost:
        """Who waits until then costs what docs/restoration.md says, thresholds as they pass."""
        minutes, energy_wh, movements = way.cost
        situation = self.moves.situation
        waits_s = until_s - way.now_s
        for section, since in way.dark_since_s.items():
            counted = minutes_counted(waits_s, dark_s=way.now_s - since)
            minutes += self._weight_of(section) * counted
            energy_wh += power_w_of(situation, section) * waits_s / 3600.0
        return minutes, energy_wh, movements + 1

    def _weight_of(self, section: SectionId) -> float:
        if section not in self._weight:
            self._weight[section] = weight_of_section(self.moves.network, section)
        return self._weight[section]


def _key(way: Way) -> object:
    waits = frozenset((s, round(way.now_s - since, 6)) for s, since in way.dark_since_s.items())
    return way.left, waits, round(max(way.may_close_s - way.now_s, 0.0), 6)
