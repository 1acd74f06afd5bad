"""One movement on the way back to the normal state: what it does, and why it may not be done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gridops.events.operator import TagKind
from gridops.ids import BranchId, SectionId, SwitchId
from gridops.isolation import Devices, Fence, kept_alive
from gridops.measurement import Position
from gridops.network import Control, SwitchSet
from gridops.powerflow import (
    FlowResult,
    LoadPowers,
    PowerFlow,
    Violation,
    carries_a,
    source_va,
    violations,
)
from gridops.restoration.duty import breaks_what_it_carries
from gridops.restoration.fault_limits import FaultLimits
from gridops.restoration.later_loads import LaterLoads
from gridops.restoration.phase_checks import phase_checks_of
from gridops.restoration.plan import By, Rejected
from gridops.restoration.schedule import Move
from gridops.restoration.scope import WORK_TAGS, Ground
from gridops.restoration.situation import Situation
from gridops.state import Energisation, energise

NO_FENCE = Fence(zone=frozenset(), dead_ends=frozenset(), switches=(), to_open=(), unusable=())


@dataclass(frozen=True, slots=True)
class Effect:
    """One movement of `switch` to its normal position, which may be done."""

    switch: SwitchId
    live: Energisation
    """The state after it."""
    gained: tuple[SectionId, ...]
    dropped: tuple[SectionId, ...]
    ring: bool
    """It joins two feeds of one busbar: the next movement has to open the ring."""


class Moves:
    """The movements of the switches that stand off their normal position, one by one.

    Every state is solved once. What hangs on the ends of the moved switch has to keep every
    limit after the movement, whoever is to blame.
    """

    def __init__(
        self, situation: Situation, engine: PowerFlow, *, wanted: tuple[SwitchId, ...]
    ) -> None:
        network, snapshot = situation.network, situation.snapshot
        self.situation = situation
        self.network = network
        self.devices = Devices(
            network=network,
            snapshot=snapshot,
            unavailable=situation.unavailable,
            crew=situation.settings.crew_available,
        )
        self.start = energise(
            network, network.switch_set(snapshot.closed), dead_sources=snapshot.dead_sources
        )
        self.wanted = wanted
        self.closes = {s: network.switches[s].is_normally_closed for s in wanted}
        self._engine = engine
        self._loads = LoadPowers.of(network, situation.loads)
        self._rated_a = carries_a(network, situation.limits.loading_pct_max)
        self._source_va = source_va(network)
        self._phases = phase_checks_of(situation)
        self._later = LaterLoads(
            self._ground(self.start), self._loads, solve=self._solve_with, judged=self._judged
        )
        self._rings_before = len(self.start.loops)
        self._not_ours = self.start.dark - situation.dark
        self._dead_busbars = {
            network.section_of_node[network.sources[s].node] for s in snapshot.dead_sources
        }
        self._solved: dict[tuple[SwitchSet, frozenset[SectionId]], FlowResult] = {}

    def has_ring(self, live: Energisation) -> bool:
        """Whether a ring is closed that was none at the start."""
        return len(live.loops) > self._rings_before

    def by(self, switch: SwitchId) -> By:
        remote = self.network.switches[switch].control is Control.REMOTE
        return By.REMOTE if remote else By.CREW

    def flow(self, closed: SwitchSet, around: frozenset[SectionId]) -> FlowResult:
        """The islands around these sections, once `closed` are the closed switches."""
        found = self._solved.get((closed, around))
        if found is None:
            dead = self.situation.snapshot.dead_sources
            found = self._engine.solve(
                closed, self._loads, dead_sources=dead, around=sorted(around)
            )
            self._solved[closed, around] = found
        return found

    def tried(self, live: Energisation, switch: SwitchId) -> Effect | Rejected:
        """What moving `switch` from the state `live` does, or the first reason against it."""
        why = self._why_not_moved(live, switch)
        if why is not None:
            return _rejected(switch, why)
        after = live.moved(switch, closed=self.closes[switch])
        why = self._why_not_so(live, switch, after=after)
        if why is not None:
            return _rejected(switch, why)
        ends = frozenset(self.network.section_ends[switch])
        if self._parts_load(live, switch, ends=ends) and not breaks_what_it_carries(
            self.network, switch, flow=lambda: self.flow(live.closed, ends)
        ):
            return _rejected(switch, ("duty", switch))
        if not any(after.is_supplied(end) for end in ends):
            return self._effect(live, switch, after=after)
        broken = self._judged(self.flow(after.closed, ends), {})
        if broken:
            return refused_by(broken[0], switch=switch)
        found = self._effect(live, switch, after=after)
        worse = self._faults_and_phases(live, found) if self.closes[switch] else None
        return found if worse is None else refused_by(worse, switch=switch)

    def broken_later(self, moves: Sequence[Move]) -> Violation | None:
        """The first limit that the last state of `moves`, which begin at the start, breaks in the
        hours ahead, and that would not break as much without them; None: none."""
        return self._later.broken(moves)

    def _judged(
        self, found: FlowResult, emergency: Mapping[BranchId, float]
    ) -> tuple[Violation, ...]:
        return violations(
            found,
            self.situation.limits,
            rated_a=self._rated_a,
            emergency_pct=emergency,
            source_va=self._source_va,
        )

    def _solve_with(
        self, closed: SwitchSet, loads: LoadPowers, *, around: frozenset[SectionId]
    ) -> FlowResult:
        dead = self.situation.snapshot.dead_sources
        return self._engine.solve(closed, loads, dead_sources=dead, around=sorted(around))

    def _ground(self, live: Energisation) -> Ground:
        """Nothing is fenced; where a position is unknown nothing moves."""
        return Ground(
            situation=self.situation,
            devices=self.devices,
            fence=NO_FENCE,
            closed=live.closed,
            live=live,
            possibly=live,
            might=live,
            kept=self._kept(live),
        )

    def _kept(self, live: Energisation) -> frozenset[SectionId]:
        unknown = self.situation.snapshot.unknown
        return kept_alive(self.network, lambda s: s in live.closed or s in unknown)

    def _faults_and_phases(self, live: Energisation, found: Effect) -> Violation | None:
        """What a closing leaves protection blind for, or beyond the duty of a device; a ring of
        seconds is asked for duty alone."""
        switch = found.switch
        move = Move(
            switch=switch,
            position=Position.CLOSED,
            by=self.by(switch),
            starts_s=0.0,
            done_s=0.0,
            closed=found.live.closed,
            restored=found.gained,
        )
        faults = FaultLimits(self._ground(live), self._engine)
        if found.ring:
            joined = frozenset(self._part(found.live, switch))
            # By the feed of each side alone: the ring's own currents the guard works out.
            apart = replace(move, closed=live.closed)
            broken = faults.duty_broken(apart, sections=joined)
        else:
            broken = faults.broken((move,))
        if broken is None and self._phases is not None:
            return self._phases.broken((move,))
        return broken

    def _effect(self, live: Energisation, switch: SwitchId, *, after: Energisation) -> Effect:
        return Effect(
            switch=switch,
            live=after,
            gained=after.gained_since(live),
            dropped=after.lost_since(live),
            ring=self.has_ring(after),
        )

    # the device, and what it hangs together with

    def _why_not_moved(self, live: Energisation, switch: SwitchId) -> tuple[str, str] | None:
        asked = self.devices.why_not_close if self.closes[switch] else self.devices.why_not_open
        kept = self._kept(live)
        because = asked(switch, live.source_of.keys() | kept if kept else live.source_of.keys())
        if because is not None:
            return because, switch
        for section in self._part(live, switch):
            for near in self.network.sections[section].switches:
                if self.devices.is_unknown(near):
                    return "unknown-position", near
                if self.closes[switch] and self._is_tagged(near, (TagKind.HOT_LINE,)):
                    return "tag", near
        return None

    def _part(self, live: Energisation, switch: SwitchId) -> Iterator[SectionId]:
        """What hangs on both ends without passing a busbar that holds a source, switches of
        unknown position taken as closed."""
        found = dict.fromkeys(self.network.section_ends[switch])
        waiting = list(found)
        for section in waiting:  # grows while it is walked
            if self.network.sections[section].sources:
                continue
            yield section
            joined = [s for s in self._joined(live, section) if s not in found]
            found.update(dict.fromkeys(joined))
            waiting += dict.fromkeys(joined)

    def _joined(self, live: Energisation, section: SectionId) -> Iterator[SectionId]:
        unknown = self.situation.snapshot.unknown
        for near in self.network.sections[section].switches:
            if near in live.closed or near in unknown:
                yield self.network.across(near, section)

    def _is_tagged(self, switch: SwitchId, kinds: tuple[TagKind, ...]) -> bool:
        return any(tag.kind in kinds for tag in self.situation.snapshot.tags.get(switch, ()))

    def _parts_load(
        self, live: Energisation, switch: SwitchId, *, ends: frozenset[SectionId]
    ) -> bool:
        return not self.closes[switch] and all(live.is_supplied(end) for end in ends)

    # what comes of it

    def _why_not_so(
        self, live: Energisation, switch: SwitchId, *, after: Energisation
    ) -> tuple[str, str] | None:
        if self.has_ring(live):
            if self.has_ring(after):
                return "loop", switch
        elif self.has_ring(after):
            why = self._why_no_ring(live, switch)
            if why is not None:
                return why, switch
        return self._why_not_changed(live, switch, after=after)

    def _why_no_ring(self, live: Energisation, switch: SwitchId) -> str | None:
        """Two feeds may meet where the grid declares it, on one busbar; nowhere else."""
        one, other = self.network.section_ends[switch]
        if not (live.is_supplied(one) and live.is_supplied(other)):
            return "loop"
        sources = self.network.sources
        busbars = {sources[live.source_of[end]].node for end in (one, other)}
        if len({self.network.section_of_node[node] for node in busbars}) > 1:
            return "parallel"
        allowed = self.situation.settings.closed_transition
        return None if allowed and self.network.switches[switch].closes_ring else "ring-not-allowed"

    def _why_not_changed(
        self, live: Energisation, switch: SwitchId, *, after: Energisation
    ) -> tuple[str, str] | None:
        situation = self.situation
        if self.closes[switch]:
            for end in self.network.section_ends[switch]:
                if end in situation.forbidden:
                    return "forbidden", end
        for section in after.gained_since(live):
            if section in self._dead_busbars:
                return "dead-source", section
            if section in situation.forbidden or section in self._not_ours:
                return "forbidden", section
        for section in (*after.gained_since(live), *after.lost_since(live)):
            why = self._why_left_alone(section)
            if why is not None:
                return why
        return None

    def _why_left_alone(self, section: SectionId) -> tuple[str, str] | None:
        """Nobody gets supply, nor loses it for a moment, where people may be at work, or where an
        island may be alive, out of step with the grid."""
        for near in self.network.sections[section].switches:
            if self._is_tagged(near, WORK_TAGS):
                return "tag", near
        for generator in self.network.sections[section].generators:
            if self.network.generators[generator].island_capable:
                return "generator-island", generator
        return None


def refused_by(broken: Violation, *, switch: SwitchId) -> Rejected:
    return Rejected(
        option=(switch,),
        because=broken.kind.value,
        element=broken.element,
        value=broken.value,
        limit=broken.limit,
        breaks=None if broken.breaks is None else broken.breaks.value,
        in_s=broken.in_s,
    )


def _rejected(switch: SwitchId, why: tuple[str, str]) -> Rejected:
    because, element = why
    return Rejected(option=(switch,), because=because, element=element)
