"""What whole source trees leave room for: a bound before any programme is solved.

Every accepted state keeps to the limits in each tree that it touches, so that what the touched
trees and the dark part draw together is no more than what may leave the touched sources. That is
linear in power: docs/restoration.md has the argument.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gridops.ids import SectionId, SourceId
from gridops.powerflow import PowerFlow
from gridops.restoration.judge import Judge
from gridops.restoration.transfer_flow import Drawn, drawn_of
from gridops.restoration.transfer_scope import Region, load_may_relieve

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """`shut`: sources whose tree no accepted state touches. `room`: power at the common angle
    that all others leave for the dark part together; infinite: nothing is known."""

    shut: frozenset[SourceId]
    room: float
    drawn: Mapping[SectionId, float]
    """By section, what it draws at least at that angle."""
    excess: Mapping[SourceId, float]
    """What each tree draws more than may leave its source; negative: room."""

    def saved_at_most(self, worth: Mapping[tuple[SectionId, ...], float]) -> float:
        """By bringing back groups of sections, each worth so much, within the room: as if they
        could be divided."""
        left, saved = self.room, 0.0
        heavy = [(g, math.fsum(self.drawn.get(s, 0.0) for s in g)) for g in worth]
        for group, power in sorted(heavy, key=lambda each: _rank(each[1], worth[each[0]])):
            if power <= 0.0:
                left -= power
                saved += worth[group]
                continue
            share = min(1.0, max(left, 0.0) / power)
            saved += share * worth[group]
            left -= power
        return saved


def _rank(power: float, worth: float) -> tuple[bool, float]:
    return power > 0.0, -worth / power if power > 0.0 else 0.0


NOT_KNOWN = Trees(shut=frozenset(), room=math.inf, drawn={}, excess={})


def trees_of(region: Region, engine: PowerFlow, *, judge: Judge) -> Trees:
    """No room is claimed where the voltage has no upper limit and something feeds in, or where
    the region leaves ties out."""
    drawn = drawn_of(region, engine)
    if not drawn.is_bound or not region.is_whole:
        return replace(NOT_KNOWN, drawn=drawn.by_section, excess=_excess(drawn))
    excess = _excess(drawn)
    shut = _shut(region, judge, excess=excess)
    room = math.fsum(max(0.0, -over) for source, over in excess.items() if source not in shut)
    return Trees(shut=shut, room=room, drawn=drawn.by_section, excess=excess)


def _excess(drawn: Drawn) -> dict[SourceId, float]:
    """What each tree draws more than may leave its source; negative: room."""
    return {s: power - drawn.leaves.get(s, math.inf) for s, power in drawn.by_source.items()}


def _shut(region: Region, judge: Judge, *, excess: Mapping[SourceId, float]) -> frozenset[SourceId]:
    """A tree whose limits are broken now must hand load to one that is not shut, and to those
    that have room for what is too much."""
    beside = _beside(region)
    broken = {source for source in excess if _is_broken(region, judge, source=source)}
    shut: set[SourceId] = set()
    while True:
        room = {s: max(0.0, -over) for s, over in excess.items() if s not in shut}
        total = math.fsum(room.values())
        found = {
            s
            for s, over in excess.items()
            if s not in shut
            and (
                over > (total - room[s]) * (1.0 + ROUNDING) + ROUNDING
                or (s in broken and not beside[s] - shut)
            )
        }
        if not found:
            return frozenset(shut)
        shut |= found


def _is_broken(region: Region, judge: Judge, *, source: SourceId) -> bool:
    """Whether a limit is broken that only less load in this tree can mend."""
    if load_may_relieve(region.situation):
        return False
    network = region.ground.network
    at = network.section_of_node[network.sources[source].node]
    return judge.rules_out_more(judge.broken_around(region.ground.closed, frozenset((at,))))


def _beside(region: Region) -> dict[SourceId, set[SourceId]]:
    """The trees to which each may hand load by a switch of the region, or through the dark part;
    itself among them, where two of its branches may be joined otherwise."""
    source_of = region.ground.live.source_of
    found: dict[SourceId, set[SourceId]] = {s: set() for s in _sources(source_of, region.group_of)}
    around: list[SourceId] = []
    for line in region.lines:
        dark = [g for g in line.groups if region.groups[g].is_dark]
        ends = [region.groups[g].sections[0] for g in line.groups if g not in dark]
        if len(dark) == 1:
            around.append(source_of[ends[0]])
        elif not dark and not line.closed:
            one, other = (source_of[end] for end in ends)
            found[one].add(other)
            found[other].add(one)
    for source in around:
        found[source].update(around if around.count(source) > 1 else set(around) - {source})
    return found


def _sources(
    source_of: Mapping[SectionId, SourceId], sections: Iterable[SectionId]
) -> dict[SourceId, None]:
    return {source_of[s]: None for s in sections if s in source_of}
