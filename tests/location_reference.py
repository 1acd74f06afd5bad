"""Where the fault is, worked out the slow and obvious way from docs/location.md.

Plain floats, one hypothesis at a time, paths by networkx; nothing of the engine but its settings
and shapes. Holds for radial operation, trips and indicators.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import networkx as nx

from gridops.ids import SectionId, SwitchId
from gridops.measurement import PHASES, Measured, Part, Quality, Reading
from gridops.network import (
    Branch,
    BranchKind,
    GeneratorKind,
    IndicatorKind,
    IndicatorTrust,
    Network,
    SwitchKind,
)
from gridops.outage import Heard, LocationSettings, Verdict

TYPES = {
    **dict.fromkeys(("an", "bn", "cn"), 0.70 / 3),
    **dict.fromkeys(("ab", "bc", "ca"), 0.15 / 3),
    **dict.fromkeys(("abn", "bcn", "can"), 0.10 / 3),
    **dict.fromkeys(("abc", "abcn"), 0.05 / 2),
}
ROOT = "the grid above"
Place = tuple[SectionId, ...]
"""The faulted sections of a hypothesis: none, one or two."""


@dataclass(frozen=True)
class Said:
    """One countable word about one device: what it is, and whether it is a yes."""

    device: SwitchId
    part: Part | None
    """None: whether the protection tripped."""
    is_yes: bool


class Reference:
    """Everything that the page promises for what was heard, hypothesis by hypothesis."""

    def __init__(self, network: Network, heard: Heard, how: LocationSettings) -> None:
        self.network, self.heard, self.how = network, heard, how
        self.graph = nx.MultiGraph()
        self.graph.add_node(ROOT)
        self.graph.add_nodes_from(network.sections)
        for source in network.sources.values():
            self.graph.add_edge(ROOT, network.section_of_node[source.node], key="source")
        for switch in self.closed:
            if switch in network.switches:
                self.graph.add_edge(*network.section_ends[switch], key=switch)

    # The grid

    @property
    def closed(self) -> set[SwitchId]:
        """Just before the fault; what tripped was closed."""
        return set(self.heard.closed_before) | set(self.heard.tripped)

    def path(self, section: SectionId) -> list[SwitchId]:
        """Closed switches from the source to `section`, the source's first."""
        if not nx.has_path(self.graph, ROOT, section):
            return []
        nodes = nx.shortest_path(self.graph, ROOT, section)
        return [next(iter(self.graph[a][b])) for a, b in itertools.pairwise(nodes) if a != ROOT]

    @cached_property
    def paths(self) -> dict[SectionId, list[SwitchId]]:
        return {s: self.path(s) for s in self.network.sections}

    @cached_property
    def tripped(self) -> set[SwitchId]:
        """As far as they fed anything."""
        fed = {switch for way in self.paths.values() for switch in way}
        return set(self.heard.tripped) & fed

    @cached_property
    def candidates(self) -> list[SectionId]:
        if self.tripped:
            return [s for s, way in self.paths.items() if self.tripped & set(way)]
        return [
            s
            for s in self.network.sections
            if s in self.heard.scope and nx.has_path(self.graph, ROOT, s)
        ]

    @cached_property
    def devices(self) -> list[SwitchId]:
        """On the path or between candidates."""
        near = {switch for c in self.candidates for switch in self.paths[c]}
        return [s for s in self.network.switches if s in near]

    def has_ring(self) -> bool:
        """Whether a closed ring touches a candidate."""
        for switch in self.closed & set(self.network.switches):
            a, b = self.network.section_ends[switch]
            without = self.graph.copy()
            without.remove_edge(a, b, key=switch)
            if nx.has_path(without, a, b) and {a, b} & set(self.candidates):
                return True
        return False

    def behind(self, device: SwitchId) -> list[SectionId]:
        return [s for s, way in self.paths.items() if device in way]

    def protects(self, device: SwitchId) -> bool:
        switch = self.network.switches[device]
        return switch.pickup_current_a is not None or switch.kind is SwitchKind.FUSE

    def feeding_part(self, device: SwitchId) -> Part:
        """The flag of a directional indicator that stands for current from the source."""
        a, _ = self.network.section_ends[device]
        return Part.REVERSE if device in self.paths[a] else Part.WHOLE

    def backfeeds(self, device: SwitchId) -> bool:
        sections = set(self.behind(device))
        amperes = 0.0
        for each in self.network.generators.values():
            if self.network.section_of_node[each.node] not in sections:
                continue
            rotating = each.kind in (GeneratorKind.HYDRO, GeneratorKind.THERMAL)
            per_unit = self.how.backfeed_machine_pu if rotating else self.how.backfeed_inverter_pu
            volts = self.network.nodes[each.node].voltage_v_nominal
            amperes += per_unit * each.power_va_rated / (math.sqrt(3) * volts)
        return amperes > 0 and amperes >= self.how.indicator_pickup_a

    # What counts

    def is_readable(self, device: SwitchId, said: Measured[Reading] | None) -> bool:
        if said is None or said.value not in (Reading.YES, Reading.NO):
            return False
        return said.quality is Quality.GOOD and device not in self.heard.in_test

    def countable(self, device: SwitchId, said: Measured[Reading]) -> bool:
        trust = self.network.switches[device].indicator_trust
        if trust is IndicatorTrust.IGNORED or not self.is_readable(device, said):
            return False
        if said.value is Reading.NO:
            return True
        lead = timedelta(seconds=self.how.flag_lead_s)
        is_old = said.source_time < self.heard.since - lead
        return trust is IndicatorTrust.FULL and not is_old

    @cached_property
    def trips(self) -> list[Said]:
        """Of every protective device that reports, or is known to have tripped."""
        if not self.tripped:
            return []
        return [
            Said(d, None, d in self.tripped)
            for d in self.devices
            if d in self.tripped or (self.protects(d) and d in self.network.reporting)
        ]

    @cached_property
    def flags(self) -> list[Said]:
        return [word for device in self.devices for word in self._flags_of(device)]

    def _flags_of(self, device: SwitchId) -> Iterator[Said]:
        heard = self.heard
        kind = self.network.switches[device].indicator
        if kind is IndicatorKind.NONE:
            return
        by_phase = {p: heard.part_flags.get((device, p)) for p in PHASES}
        spoken: dict[Part, Measured[Reading] | None] = dict(by_phase)
        if not any(self.is_readable(device, said) for said in by_phase.values()):
            spoken = {Part.WHOLE: heard.flags.get(device)}
            if kind is IndicatorKind.DIRECTIONAL:
                spoken[Part.REVERSE] = heard.part_flags.get((device, Part.REVERSE))
        for part, said in spoken.items():
            if said is not None and self.countable(device, said):
                yield Said(device, part, said.value is Reading.YES)

    # One word under one fault

    def p_flag(self, word: Said, at: SectionId | None, kind: str) -> float:
        """That the flag of `word` is up, for one fault of a kind; at None: for none."""
        how = self.how
        if at is None:
            return how.p_stray
        if self.expects(word, at, kind):
            return 1 - how.p_missing
        if self.may_backfeed(word, at):
            return 1 - (1 - how.p_stray) * (1 - how.p_backfeed)
        return how.p_stray

    @cached_property
    def seen(self) -> float:
        """That a flag is seen yet."""
        if self.heard.asked_at is None or self.how.message_delay_s_max <= 0:
            return 1.0
        waited_s = (self.heard.asked_at - self.heard.since).total_seconds()
        return min(1.0, max(0.0, waited_s) / self.how.message_delay_s_max)

    def expects(self, word: Said, at: SectionId, kind: str) -> bool:
        """Whether fault current passes the device the way its flag stands for."""
        device = self.network.switches[word.device]
        if word.device not in self.paths[at]:
            return False
        if device.indicator_needs_voltage_loss and not self.is_left_dark(word.device, at):
            return False
        if word.part in PHASES:
            return word.part.value in kind
        if device.indicator is IndicatorKind.DIRECTIONAL:
            return word.part is self.feeding_part(word.device)
        return True

    def is_left_dark(self, device: SwitchId, at: SectionId) -> bool:
        way = self.paths[at]
        above_and_at = way[: way.index(device) + 1]
        if self.tripped:
            return bool(self.tripped & set(above_and_at))
        clearing = [d for d in way if self.protects(d)][-1:]
        return bool(set(clearing) & set(above_and_at))

    def may_backfeed(self, word: Said, at: SectionId) -> bool:
        if word.part in PHASES or word.device in self.paths[at]:
            return False
        directional = self.network.switches[word.device].indicator is IndicatorKind.DIRECTIONAL
        if directional and word.part is self.feeding_part(word.device):
            return False
        return self.backfeeds(word.device)

    # Protection

    def p_trips(self, at: SectionId) -> dict[SwitchId, float]:
        """Of each device's word, given those nearer to the fault: sums over what the devices
        without a position did."""
        how, found = self.how, {}
        cleared = 0.0
        for device in reversed([d for d in self.paths[at] if self.speaks_or_hides(d)]):
            trips = cleared * how.p_trips_along + (1 - cleared) * (1 - how.p_miscoordination)
            if device in self.tripped:
                found[device], cleared = trips, 1.0
            elif device in self.network.reporting:
                found[device] = 1 - trips
                cleared = cleared * (1 - how.p_trips_along) / (1 - trips)
            else:
                cleared = cleared + (1 - cleared) * (1 - how.p_miscoordination)
        for word in self.trips:
            if word.device not in found:
                false = how.p_false_trip
                found[word.device] = false if word.is_yes else 1 - false
        return found

    def speaks_or_hides(self, device: SwitchId) -> bool:
        return self.protects(device) or device in self.tripped

    def p_trips_without_fault(self) -> float:
        """The first that tripped did so anyway."""
        p, is_first = 1.0, True
        for word in self.trips:
            if word.is_yes and is_first:
                is_first = False
                continue
            p *= self.how.p_false_trip if word.is_yes else 1 - self.how.p_false_trip
        return p

    # Hypotheses

    @cached_property
    def prior(self) -> dict[SectionId, float]:
        rates = {c: self.failures_per_year(c) for c in self.candidates}
        rates = {c: max(rate, 1e-9) for c, rate in rates.items()}
        total = sum(rates.values())
        return {c: rate / total for c, rate in rates.items()}

    def failures_per_year(self, section: SectionId) -> float:
        part, how = self.network.sections[section], self.how
        total = how.failures_per_year_section
        total += sum(self.network.nodes[n].failures_per_year or 0.0 for n in part.nodes)
        for branch in (self.network.branches[b] for b in part.branches):
            if branch.failures_per_year is not None:
                total += branch.failures_per_year
            elif not isinstance(branch, Branch):
                total += how.failures_per_year_transformer
            elif branch.kind is BranchKind.OVERHEAD:
                total += how.failures_per_km_year_overhead * branch.length_m / 1000
            else:
                total += how.failures_per_km_year_cable * branch.length_m / 1000
        return total

    @cached_property
    def no_fault_prior(self) -> float:
        return self.how.p_no_fault if self.tripped else self.how.p_no_fault_unprovoked

    def p_words(self, place: Place, kind: str) -> tuple[float, float]:
        """Of the trips, and of the flags, for faults of one kind."""
        if not place:
            flags = [self._p(w, self.p_flag(w, None, kind)) for w in self.flags]
            return self.p_trips_without_fault(), math.prod(flags)
        trips = 1.0
        each = [self.p_trips(at) for at in place]
        for word in self.trips:
            trips *= (max if word.is_yes else min)(p[word.device] for p in each)
        flags = []
        for word in self.flags:
            ps = [self._p(word, self.p_flag(word, at, kind)) for at in place]
            flags.append((max if word.is_yes else min)(ps))
        return trips, math.prod(flags)

    def _p(self, word: Said, p_yes: float) -> float:
        return p_yes if word.is_yes else 1 - p_yes * self.seen

    def weight(self, place: Place) -> tuple[float, float]:
        """Prior and likelihood of a hypothesis: with sound sensors, and with trouble."""
        prior = self.no_fault_prior
        if place:
            prior = (1 - prior) * math.prod(self.prior[at] for at in place)
        if len(place) == 2:
            prior *= self.how.p_second_fault
        trips = self.p_words(place, "abc")[0]
        flags = sum(share * self.p_words(place, kind)[1] for kind, share in TYPES.items())
        coins = 0.5 ** len(self.flags)
        trouble = self.how.p_trouble
        return prior * trips * (1 - trouble) * flags, prior * trips * trouble * coins

    @cached_property
    def weighs_pairs(self) -> bool:
        return all(self.needs((c,)) >= self.how.contradictory_from for c in self.candidates)

    @cached_property
    def places(self) -> list[Place]:
        places: list[Place] = [(), *((c,) for c in self.candidates)]
        if self.weighs_pairs:
            weigh = {c: sum(self.weight((c,))) for c in self.candidates}
            likely = sorted(self.candidates, key=lambda c: -weigh[c])
            few = set(likely[: self.how.pair_sections_max])
            places += itertools.combinations([c for c in self.candidates if c in few], 2)
        return places

    @cached_property
    def weights(self) -> dict[Place, tuple[float, float]]:
        return {place: self.weight(place) for place in self.places}

    @cached_property
    def total(self) -> float:
        return sum(sum(w) for w in self.weights.values())

    @cached_property
    def posterior(self) -> dict[Place, float]:
        return {place: sum(w) / self.total for place, w in self.weights.items()}

    @property
    def p_no_fault(self) -> float:
        return self.posterior[()]

    @property
    def p_trouble(self) -> float:
        return sum(w[1] for w in self.weights.values()) / self.total

    @property
    def p_two_faults(self) -> float:
        return sum(self.given_fault[p] for p in self.given_fault if len(p) == 2)

    @cached_property
    def given_fault(self) -> dict[Place, float]:
        weights = {place: sum(w) for place, w in self.weights.items() if place}
        return {place: w / sum(weights.values()) for place, w in weights.items()}

    @cached_property
    def suspects(self) -> dict[SectionId, float]:
        return {
            c: sum(p for place, p in self.given_fault.items() if c in place)
            for c in self.candidates
        }

    # Failed devices

    def needs(self, place: Place) -> int:
        """The fewest devices that must have failed."""
        trips = [self.trip_failures(at) for at in place]
        count = 0
        for word in self.trips:
            count += (min if word.is_yes else max)((f[word.device] for f in trips), default=0)
        return count + min(self.flag_failures(place, kind) for kind in TYPES)

    def trip_failures(self, at: SectionId) -> dict[SwitchId, int]:
        """A device that should have tripped is one, one that tripped without current two."""
        failures, may_be_cleared = {}, False
        for device in reversed([d for d in self.paths[at] if self.speaks_or_hides(d)]):
            if device in self.tripped:
                failures[device], may_be_cleared = 0, True
            elif device in self.network.reporting:
                failures[device] = int(not may_be_cleared)
            else:
                may_be_cleared = True
        for word in self.trips:
            failures.setdefault(word.device, 2 if word.is_yes else 0)
        return failures

    def flag_failures(self, place: Place, kind: str) -> int:
        wrong = set()
        for word in self.flags:
            expected = any(self.expects(word, at, kind) for at in place)
            excused = word.is_yes and any(self.may_backfeed(word, at) for at in place)
            if expected != word.is_yes and not excused:
                wrong.add(word.device)
        return len(wrong)

    @cached_property
    def fewest_of_faults(self) -> int:
        return min(self.needs(place) for place in self.places if place)

    @property
    def fewest(self) -> int:
        return min(self.needs(()), self.fewest_of_faults)

    # What must be fenced

    def holds(self, sections: Iterable[SectionId]) -> float:
        inside = set(sections)
        return sum(p for place, p in self.given_fault.items() if inside >= set(place))

    def smallest_sets(self) -> Iterator[frozenset[SectionId]]:
        """Every set of the fewest sections that hold all faults with the set probability."""
        for size in range(len(self.candidates) + 1):
            found = [
                frozenset(some)
                for some in itertools.combinations(self.candidates, size)
                if self.holds(some) >= self.how.hold_probability - 1e-12
            ]
            if found:
                yield from found
                return

    def tolerated(self) -> frozenset[SectionId]:
        """What no more wrong devices than tolerated could hide."""
        bound = max(self.how.malfunctions_tolerated, self.fewest_of_faults)
        one = min(self.needs((c,)) for c in self.candidates)
        return frozenset(
            at
            for place in self.places
            if len(place) == 1 or (place and one > self.fewest_of_faults)
            if self.needs(place) <= bound
            for at in place
        )

    # Verdict

    def zones(self) -> list[frozenset[SectionId]]:
        """Sections that no word tells apart."""
        alike: dict[tuple[object, ...], set[SectionId]] = {}
        for c in self.candidates:
            alike.setdefault(self.told(c), set()).add(c)
        return [frozenset(zone) for zone in alike.values()]

    def told(self, at: SectionId) -> tuple[object, ...]:
        trips = self.p_trips(at)
        flags = [self._p(w, self.p_flag(w, at, kind)) for w in self.flags for kind in TYPES]
        return (tuple(trips[w.device] for w in self.trips), tuple(flags))

    def best_zone(self) -> float:
        """The most that one zone, or one pair of zones, holds."""
        zone_of = {c: k for k, zone in enumerate(self.zones()) for c in zone}
        held: dict[frozenset[int], float] = {}
        for place, p in self.given_fault.items():
            key = frozenset(zone_of[at] for at in place)
            held[key] = held.get(key, 0.0) + p
        return max(held.values())

    def is_off_the_thresholds(self) -> bool:
        """No probability is so near a threshold that rounding decides."""
        how = self.how
        values = [
            (self.best_zone() * (1 - self.p_no_fault), how.located_probability),
            (self.p_no_fault, 0.5),
            (self.p_trouble, how.trouble_probability),
        ]
        return all(abs(value - threshold) > 1e-9 for value, threshold in values)

    def verdict(self) -> Verdict:
        """As in the table, in its order."""
        how = self.how
        if self.has_ring() or (len(self.candidates) > 1 and len(self.zones()) == 1):
            return Verdict.INSUFFICIENT
        if self.fewest >= how.contradictory_from or self.p_trouble > how.trouble_probability:
            return Verdict.CONTRADICTORY
        if self.p_no_fault > 0.5:
            return Verdict.INSUFFICIENT
        is_clear = self.best_zone() * (1 - self.p_no_fault) >= how.located_probability
        return Verdict.LOCATED if is_clear else Verdict.AMBIGUOUS

    @property
    def is_exact(self) -> bool:
        """Of two faults where phases are told the engine weighs the likeliest types alone; a
        closed ring has no one path."""
        by_phase = any(word.part in PHASES for word in self.flags)
        return not self.has_ring() and not (by_phase and self.weighs_pairs)
