"""The slow, obvious planner: every order of every movement, written from docs/restoration.md.

It shares no code with `gridops.restoration` but the words in which the question is put.
Within the dead part alone: healthy feeders keep their switches. Each switch moves at most once,
one after the other, the fence first. All subsets of the movements are walked, each with the
courses that lead to it which no other course of the same movements beats in every respect.
"""

import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SwitchId
from gridops.powerflow import PowerFlow, violations
from gridops.restoration.situation import Situation
from tests.restoration_ground import (
    Zone,
    flood,
    live_sections,
    might_be_live,
    movable,
    power_w,
    weight,
    zones,
)

MINUTES_THAT_COUNT = (1, 3, 5)
BELOW_PICKUP = 1 - 1e-6
SURELY_LESS = 2e-6
"""Minutes: courses that differ by less cost the same."""


class TooMany(Exception):
    """More courses than were allowed."""


@dataclass(frozen=True, slots=True)
class Course:
    """Movements in order, and what they cost."""

    moves: tuple[SwitchId, ...]
    minutes: float
    energy_wh: float

    @property
    def cost(self) -> tuple[float, float, int]:
        return self.minutes, self.energy_wh, len(self.moves)


@dataclass(frozen=True, slots=True)
class _Way:
    """A switch of the dead part. `outside`: the supplied section at its other end, of a tie."""

    switch: SwitchId
    ends: tuple[int, ...]
    closed: bool
    outside: SectionId | None
    touches_never: bool


@dataclass(frozen=True, slots=True)
class _Label:
    """One course up to here. `lost` holds what it dropped, and when."""

    now_s: float
    may_close_s: float
    minutes: float
    energy_wh: float
    lost: Mapping[int, float]
    moves: tuple[SwitchId, ...]

    def beats(self, other: "_Label") -> bool:
        return (
            self.now_s <= other.now_s
            and self.may_close_s <= other.may_close_s
            and self.minutes <= other.minutes + 1e-9
            and self.energy_wh <= other.energy_wh + 1e-6
            and self.lost.keys() == other.lost.keys()
            and all(self.lost[k] >= other.lost[k] for k in other.lost)
        )


def minutes_of(spell_s: float, *, dark_s: float) -> float:
    """A customer's, with as many more for each threshold that the spell crosses."""
    crossed = [m for m in MINUTES_THAT_COUNT if dark_s <= 60 * m < dark_s + spell_s]
    return spell_s / 60 + sum(crossed)


def best_course(
    situation: Situation, engine: PowerFlow, *, drops: bool = True, courses_max: int = 300_000
) -> Course:
    """The least cost of all courses, over both fences.

    `drops`: a switch may be opened under what came back by this course.
    Raises: TooMany.
    """
    parts = [DeadPart(situation, engine, zone) for zone in zones(situation)]
    found = [part.best(drops=drops, courses_max=courses_max) for part in parts]
    return min([nothing_done(situation), *found], key=lambda course: course.cost)


def nothing_done(situation: Situation) -> Course:
    network, repair_s = situation.network, situation.settings.repair_s
    each = minutes_of(repair_s, dark_s=situation.dark_s)
    minutes = sum(weight(network, s) * each for s in situation.dark)
    return Course((), minutes, sum(power_w(situation, s) for s in situation.dark) * repair_s / 3600)


@dataclass(slots=True)
class DeadPart:
    """What may come back within one fence, by number: sections, and switches at them."""

    situation: Situation
    engine: PowerFlow
    zone: Zone
    sections: list[SectionId] = field(init=False)
    ways: list[_Way] = field(init=False)
    weights: list[float] = field(init=False)
    powers: list[float] = field(init=False)
    solved: dict[tuple[SectionId, frozenset[SwitchId]], bool] = field(default_factory=dict)
    closed_elsewhere: frozenset[SwitchId] = field(init=False)
    dark_s: float = field(init=False)
    had_supply: frozenset[SectionId] = frozenset()
    """Sections that may move though the outage did not take them."""
    might: frozenset[SectionId] = field(init=False)
    """What could be live once the fence is open, were dead sources to come back."""
    _held: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        situation, network = self.situation, self.situation.network
        closed = frozenset(situation.snapshot.closed) - set(self.zone.to_open)
        live = live_sections(situation, closed)
        self.might = frozenset(might_be_live(situation, closed))
        self.sections = self._free(closed)
        self.weights = [weight(network, s) for s in self.sections]
        self.powers = [power_w(situation, s) for s in self.sections]
        number = {s: k for k, s in enumerate(self.sections)}
        self._held = frozenset(number[s] for s in self.zone.held if s in number)
        found = [self._way(s, number, closed=closed, live=live) for s in network.switches]
        self.ways = [way for way in found if way is not None]
        self.closed_elsewhere = closed - {way.switch for way in self.ways}
        self.dark_s = situation.dark_s

    def _free(self, closed: AbstractSet[SwitchId]) -> list[SectionId]:
        """Every section that may come back, or move."""
        live, never = live_sections(self.situation, closed), self._never(closed)
        network, dark = self.situation.network, self.situation.dark
        return [s for s in network.sections if s in dark and s not in never | live]

    def may_drop(self, sections: AbstractSet[int]) -> bool:
        """Whether these may lose supply for a while: what came back by the same course may."""
        return sections <= set(range(len(self.sections)))

    def may_leave(self, sections: AbstractSet[int]) -> bool:
        """Whether a course may end with these dark, which it has dropped."""
        return not sections

    def _never(self, closed: AbstractSet[SwitchId]) -> set[SectionId]:
        """The zone, other faults, dead busbars, what people work at, what is in doubt."""
        situation, network = self.situation, self.situation.network
        snapshot = situation.snapshot
        never = set(self.zone.sections | situation.forbidden)
        never |= {network.section_of_node[network.sources[s].node] for s in snapshot.dead_sources}
        for section in situation.dark:
            for switch in network.sections[section].switches:
                kinds = {tag.kind for tag in snapshot.tags.get(switch, ())}
                if kinds & {TagKind.EARTH_APPLIED, TagKind.HOT_LINE} or switch in snapshot.unknown:
                    never.add(section)
        doubtful = live_sections(situation, closed | snapshot.unknown)
        never |= {s for s in situation.dark if s in doubtful} - live_sections(situation, closed)
        return never

    def _way(
        self,
        switch: SwitchId,
        number: Mapping[SectionId, int],
        *,
        closed: AbstractSet[SwitchId],
        live: AbstractSet[SectionId],
    ) -> _Way | None:
        ends = self.situation.network.section_ends[switch]
        inside = tuple(number[e] for e in ends if e in number)
        if (not inside and switch not in self.zone.later) or ends[0] == ends[1]:
            return None
        outside = next((e for e in ends if inside and e not in number and e in live), None)
        if outside in self.situation.forbidden or not self._may_lend(outside, closed):
            outside = None
        never = outside is None and len(inside) == 1
        return _Way(switch, inside, switch in closed, outside, never)

    def _may_lend(self, section: SectionId | None, closed: AbstractSet[SwitchId]) -> bool:
        """The feeder is a tree, wholly known, and nobody works on it live."""
        network, snapshot = self.situation.network, self.situation.snapshot
        if section is None:
            return False
        feeder, links, waiting = {section}, set(), [section]
        while waiting:
            at = waiting.pop()
            if network.sections[at].sources:
                continue
            for switch in network.sections[at].switches:
                tags = {tag.kind for tag in snapshot.tags.get(switch, ())}
                if switch in snapshot.unknown or TagKind.HOT_LINE in tags:
                    return False
                fresh = {network.across(switch, at)} - feeder if switch in closed else set()
                links |= {switch} & closed
                feeder |= fresh
                waiting += fresh
        return len(links) < len(feeder)

    # -- the walk over all courses ------------------------------------------------------

    def best(
        self,
        *,
        drops: bool,
        courses_max: int,
        among: AbstractSet[SwitchId] | None = None,
        known: float = math.inf,
    ) -> Course:
        """Of all courses behind this fence; with `among` of those alone that move no other
        switch. Where none has fewer minutes than `known`, one of so many without movements.
        Raises: TooMany."""
        start = self.start()
        layer: dict[int, list[_Label]] = {0: [start]}
        best = nothing_done(self.situation)
        if known < math.inf:
            best = Course((), known - SURELY_LESS, math.inf)
        courses = 0
        while layer:
            following: dict[int, list[_Label]] = {}
            for moved, labels in layer.items():
                supplied = self.supplied(moved)
                assert supplied is not None
                for label in (x for x in labels if self.may_leave(x.lost.keys())):
                    best = min(best, self.ended(label, supplied), key=lambda c: c.cost)
                courses += len(labels)
                if courses > courses_max:
                    raise TooMany
                for k in self.next_moves(moved, supplied, among=among):
                    self._extend(following, labels, moved, k, supplied=supplied, drops=drops)
            layer = self._promising(following, best)
        return best

    def start(self) -> _Label:
        """Once the fence is open: what stays dark whatever is done has been paid for."""
        network, repair_s = self.situation.network, self.situation.settings.repair_s
        inside = set(self.sections)
        lost = [s for s in self.situation.dark if s not in inside]
        each = minutes_of(repair_s, dark_s=self.dark_s)
        takes = sum(network.switches[s].operating_time_s for s in self.zone.to_open)
        return _Label(
            takes,
            0.0,
            sum(weight(network, s) * each for s in lost),
            sum(power_w(self.situation, s) for s in lost) * repair_s / 3600,
            {},
            self.zone.to_open,
        )

    def ended(self, label: _Label, supplied: Mapping[int, SectionId]) -> Course:
        """The course ends here: who is dark now stays so."""
        repair_s = self.situation.settings.repair_s
        minutes, energy = label.minutes, label.energy_wh
        for k in range(len(self.sections)):
            if k not in supplied:
                began = label.lost.get(k)
                dark_s = self.dark_s if began is None else 0.0
                spell = repair_s - (began or 0.0)
                minutes += self.weights[k] * minutes_of(spell, dark_s=dark_s)
                energy += self.powers[k] * spell / 3600
        if not supplied and label.moves == self.zone.to_open:
            return nothing_done(self.situation)
        return Course(label.moves, minutes, energy)

    def next_moves(
        self,
        moved: int,
        supplied: Mapping[int, SectionId],
        *,
        among: AbstractSet[SwitchId] | None = None,
    ) -> Iterator[int]:
        network = self.situation.network
        live = {self.sections[k] for k in supplied}
        live |= {way.outside for way in self.ways if way.outside is not None}
        live |= self.had_supply | self.might
        for k, way in enumerate(self.ways):
            if among is not None and way.switch not in among:
                continue
            if moved >> k & 1 or (way.touches_never and not way.closed):
                continue
            device = network.switches[way.switch]
            crew = self.situation.settings.crew_available
            if movable(self.situation, device, closing=not way.closed, crew=crew, live=live):
                yield k

    def _extend(
        self,
        following: dict[int, list[_Label]],
        labels: list[_Label],
        moved: int,
        k: int,
        *,
        supplied: Mapping[int, SectionId],
        drops: bool,
    ) -> None:
        after = self.supplied(moved | 1 << k)
        if after is None:
            return
        lost = supplied.keys() - after.keys()
        if lost and not (drops and self.may_drop(lost)):
            return
        changed = {donor for _, donor in supplied.items() ^ after.items()}
        if not all(self.holds(moved | 1 << k, donor) for donor in sorted(changed)):
            return
        for label in labels:
            grown = self.moved(label, k, supplied=supplied, after=after)
            there = following.setdefault(moved | 1 << k, [])
            if not any(other.beats(grown) for other in there):
                there[:] = [other for other in there if not grown.beats(other)]
                there.append(grown)

    def moved(
        self,
        label: _Label,
        k: int,
        *,
        supplied: Mapping[int, SectionId],
        after: Mapping[int, SectionId],
    ) -> _Label:
        way = self.ways[k]
        starts = label.now_s if way.closed else max(label.now_s, label.may_close_s)
        done = starts + self.situation.network.switches[way.switch].operating_time_s
        lost = dict(label.lost)
        minutes, energy = label.minutes, label.energy_wh
        for s in after.keys() - supplied.keys():
            began = lost.pop(s, None)
            spell = done - (began or 0.0)
            dark_s = self.dark_s if began is None else 0.0
            minutes += self.weights[s] * minutes_of(spell, dark_s=dark_s)
            energy += self.powers[s] * spell / 3600
        lost.update(dict.fromkeys(supplied.keys() - after.keys(), done))
        gap = self.situation.settings.closing_gap_s
        may_close = label.may_close_s if way.closed else done + gap
        return _Label(done, may_close, minutes, energy, lost, (*label.moves, way.switch))

    def _promising(self, layer: dict[int, list[_Label]], best: Course) -> dict[int, list[_Label]]:
        """Drops courses that cost more already, were all that is dark back at once."""
        kept: dict[int, list[_Label]] = {}
        for moved, labels in layer.items():
            supplied = self.supplied(moved)
            assert supplied is not None
            dark = [k for k in range(len(self.sections)) if k not in supplied]
            good = [x for x in labels if self._at_least(x, dark) <= best.minutes + 1e-6]
            if good:
                kept[moved] = good
        return kept

    def _at_least(self, label: _Label, dark: list[int]) -> float:
        more = 0.0
        for k in dark:
            began = label.lost.get(k)
            dark_s = self.dark_s if began is None else 0.0
            more += self.weights[k] * minutes_of(label.now_s - (began or 0.0), dark_s=dark_s)
        return label.minutes + more

    # -- states ---------------------------------------------------------------------------

    def closed_ways(self, moved: int) -> list[_Way]:
        return [way for k, way in enumerate(self.ways) if way.closed != bool(moved >> k & 1)]

    def supplied(self, moved: int) -> dict[int, SectionId] | None:
        """Section number -> the supplied section whose tie it hangs on; None: not a tree each,
        or something that must stay dark would be fed."""
        closed = self.closed_ways(moved)
        of: dict[int, SectionId] = {}
        used: set[SwitchId] = set()
        for tie in closed:
            if tie.outside is not None and not self._grow(tie, closed, of, used):
                return None
        is_whole = all(way.switch not in self.zone.later for way in closed)
        return of if is_whole or not self._held.intersection(of) else None

    def _grow(
        self, tie: _Way, closed: list[_Way], of: dict[int, SectionId], used: set[SwitchId]
    ) -> bool:
        (first,) = tie.ends
        if first in of or tie.outside is None:
            return False
        of[first] = tie.outside
        used.add(tie.switch)
        waiting = [first]
        while waiting:
            at = waiting.pop()
            for way in closed:
                if at not in way.ends or way.switch in used:
                    continue
                if way.touches_never:
                    return False
                if way.outside is not None:
                    return False
                other = way.ends[0] if way.ends[1] == at else way.ends[1]
                if other in of:
                    return False
                used.add(way.switch)
                of[other] = tie.outside
                waiting.append(other)
        return True

    def holds(self, moved: int, outside: SectionId) -> bool:
        """Whether all that hangs on the source behind `outside` keeps to its limits."""
        supplied = self.supplied(moved)
        assert supplied is not None
        network = self.situation.network
        mine = self.same_source(outside)
        fed = {self.sections[k] for k, donor in supplied.items() if donor in mine}
        closed = frozenset(
            way.switch
            for way in self.closed_ways(moved)
            if fed.intersection(network.section_ends[way.switch])
        )
        key = (min(mine), closed)
        if key not in self.solved:
            self.solved[key] = self._solve(closed, outside)
        return self.solved[key]

    def same_source(self, outside: SectionId) -> set[SectionId]:
        donors = {way.outside for way in self.ways if way.outside is not None}
        joined = flood(self.situation.network, {outside}, self.closed_elsewhere.__contains__)
        return donors & joined

    def _solve(self, closed: frozenset[SwitchId], outside: SectionId) -> bool:
        situation = self.situation
        flow = self.engine.solve(
            self.closed_elsewhere | closed,
            situation.loads,
            dead_sources=situation.snapshot.dead_sources,
            around=[outside],
        )
        rated = {s.id: s.current_a_rated for s in situation.network.switches.values()}
        if violations(flow, situation.limits, rated_a=rated):
            return False
        if situation.limits.loading_pct_max is None:
            return True
        switches = situation.network.switches
        return all(
            (pickup := switches[s].pickup_current_a) is None or amperes < pickup * BELOW_PICKUP
            for s, amperes in flow.switch_current_a.items()
        )
