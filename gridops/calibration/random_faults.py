"""Random faults through the location, compared with the truth and with the exact optimum."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gridops.calibration.drawing import DrawnFault, FieldWays, draw_fault, is_heard
from gridops.calibration.lots import Lots
from gridops.calibration.messages import delivered, told
from gridops.calibration.optimum import optimum
from gridops.calibration.scores import Calibration, log_score
from gridops.calibration.terrain import Terrain
from gridops.calibration.watch import START, Watch
from gridops.ids import SectionId
from gridops.incident import IncidentSettings
from gridops.measurement import Measured, Quality, Reading
from gridops.outage import Location, locate
from gridops.response import Engines

DRAWS_PER_FAULT_MAX = 1_000
"""Draws without anything to hear of in a row, before a grid is taken to be deaf."""
MISSES_KEPT = 20
"""Faults that were not held, told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is to be drawn, and how it is put to the engine."""

    seed: int = 1
    faults: int = 20_000
    orders: int = 1
    """In how many other orders each fault's messages are told."""
    through_desk: bool = True
    """False: the location is asked at once, without messages, detection and incident."""
    ways: FieldWays = field(default_factory=FieldWays)


class Locator(Protocol):
    def __call__(self, fault: DrawnFault, *, order: int) -> list[Location]:
        """The locations of all incidents that came of the fault, its messages told in one order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One fault: what the location made of it, and what could have been made of it."""

    fault: DrawnFault
    location: Location | None
    """None: no incident came of it."""
    incidents: int
    posterior: dict[SectionId, float]
    """The exact one."""
    one_zone: frozenset[SectionId]
    """The sections that no device which spoke tells apart from the true one."""
    differing: int
    """Orders in which it came out otherwise."""

    @property
    def is_held(self) -> bool:
        return self.location is not None and self.fault.section in self.location.suspected

    @property
    def given(self) -> float:
        """The probability that the true section was given."""
        for suspect in self.location.suspects if self.location else ():
            if suspect.section == self.fault.section:
                return suspect.probability
        return 0.0

    @property
    def best(self) -> SectionId | None:
        suspects = self.location.suspects if self.location else ()
        return suspects[0].section if suspects else None

    @property
    def best_possible(self) -> SectionId:
        return max(self.posterior, key=self.posterior.__getitem__)


def outcomes(terrain: Terrain, study: Study, *, locator: Locator) -> Iterator[Outcome | None]:
    """Fault by fault; None stands for one that nobody hears of and that does not count.

    Ends when `study.faults` have been heard of, or with DRAWS_PER_FAULT_MAX silent ones in a row.
    """
    lots = Lots(study.seed)
    heard = silent = number = 0
    while heard < study.faults and silent < DRAWS_PER_FAULT_MAX:
        fault = draw_fault(terrain, study.ways, lots=lots, number=number)
        number += 1
        if not is_heard(terrain, fault):
            silent += 1
            yield None
            continue
        heard, silent = heard + 1, 0
        yield _outcome(terrain, study, locator=locator, fault=fault)


def _outcome(terrain: Terrain, study: Study, *, locator: Locator, fault: DrawnFault) -> Outcome:
    found = locator(fault, order=0)
    again = [locator(fault, order=order) for order in range(1, study.orders + 1)]
    return Outcome(
        fault=fault,
        location=next((where for where in reversed(found) if where.suspected), None),
        incidents=len(found),
        posterior=optimum(terrain, study.ways, fault=fault),
        one_zone=_zone(terrain, fault),
        differing=sum(other != found for other in again),
    )


def _zone(terrain: Terrain, fault: DrawnFault) -> frozenset[SectionId]:
    """Sections behind the tripped device with the same devices that spoke on their way."""
    device = fault.tripped[0]
    guards = frozenset(terrain.guards[fault.section])

    def seen(section: SectionId) -> frozenset[str]:
        return frozenset(
            switch
            for switch in terrain.paths[section]
            if switch in guards
            or switch in terrain.guards[section]
            or (switch in terrain.number_of and not fault.failed[terrain.number_of[switch]])
        )

    wanted = seen(fault.section)
    return frozenset(s for s in terrain.behind[device] if seen(s) == wanted)


@dataclass(slots=True)
class ThroughDesk:
    """Message by message, through detection and incident."""

    terrain: Terrain
    ways: FieldWays
    lots: Lots
    watch: Watch

    def __call__(self, fault: DrawnFault, *, order: int) -> list[Location]:
        struck_at = self.watch.next_strike()
        said = told(self.terrain, fault, ways=self.ways, struck_at=struck_at, lots=self.lots)
        coming = delivered(said, self.ways, lots=self.lots, fault=fault.number, order=order)
        return self.watch.locate(fault, coming, struck_at=struck_at)


@dataclass(slots=True)
class Directly:
    """The location alone, told everything at once; the order is that of what it is handed."""

    terrain: Terrain
    settings: IncidentSettings

    def __call__(self, fault: DrawnFault, *, order: int) -> list[Location]:
        terrain = self.terrain
        no = Measured(Reading.NO, Quality.GOOD, START)
        yes, gone = replace(no, value=Reading.YES), Measured(Reading.FAILED, Quality.BAD, START)
        numbers = list(range(len(terrain.indicators)))
        turned = numbers[::-1] if order else numbers
        flags = {
            terrain.indicators[k]: gone if fault.failed[k] else yes if fault.flagged[k] else no
            for k in turned
        }
        tripped = [device for device in fault.tripped if device in terrain.telling]
        where = locate(
            terrain.network,
            closed_before=terrain.network.normally_closed,
            tripped=tuple(reversed(tripped) if order else tripped),
            flags=flags,
            since=START,
            settings=self.settings.location,
        )
        return [where]


def locator_for(
    terrain: Terrain, study: Study, *, engines: Engines, settings: IncidentSettings
) -> Locator:
    if not study.through_desk:
        return Directly(terrain, settings)
    watch = Watch(terrain, engines=engines, settings=settings)
    return ThroughDesk(terrain, study.ways, Lots(study.seed), watch)


@dataclass(slots=True)
class Tally:
    """Adds outcomes up."""

    heard: int = 0
    unheard: int = 0
    unnoticed: int = 0
    """Faults of which no incident with a location came."""
    split: int = 0
    """Faults of which more than one came."""
    held: int = 0
    right: int = 0
    right_possible: int = 0
    """By the optimum, over the same faults."""
    gaps: list[float] = field(default_factory=list)
    """By the exact probabilities: how much likelier the best section is than the one named."""
    log_scores: list[float] = field(default_factory=list)
    log_scores_possible: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    sound_sizes: list[int] = field(default_factory=list)
    """Where no device erred."""
    sound_in_zone: int = 0
    """Of these, suspected sets that hold nothing beyond the zone of the fault."""
    verdicts: dict[str, int] = field(default_factory=dict)
    differing: int = 0
    every: Calibration = field(default_factory=Calibration)
    """Each section that was named, with its probability."""
    first: Calibration = field(default_factory=Calibration)
    """The likeliest section of each fault."""
    not_held: list[Outcome] = field(default_factory=list)

    def take(self, outcome: Outcome | None) -> None:
        if outcome is None:
            self.unheard += 1
            return
        fault, location, exact = outcome.fault, outcome.location, outcome.posterior
        self.heard += 1
        self.differing += outcome.differing
        self.held += outcome.is_held
        self.split += outcome.incidents > 1
        if not outcome.is_held and len(self.not_held) < MISSES_KEPT:
            self.not_held.append(outcome)
        possible = outcome.best_possible
        self.right_possible += possible == fault.section
        self.log_scores.append(log_score(outcome.given))
        self.log_scores_possible.append(log_score(exact.get(fault.section, 0.0)))
        named = 0.0 if outcome.best is None else exact.get(outcome.best, 0.0)
        self.gaps.append(exact[possible] - named)
        if location is None:
            self.unnoticed += 1
            return
        self.verdicts[location.verdict] = self.verdicts.get(location.verdict, 0) + 1
        self.sizes.append(len(location.suspected))
        if not fault.wrong:
            self.sound_sizes.append(len(location.suspected))
            self.sound_in_zone += location.suspected <= outcome.one_zone
        for suspect in location.suspects:
            self.every.take(suspect.probability, suspect.section == fault.section)
        if location.suspects:
            self.right += outcome.best == fault.section
            self.first.take(location.suspects[0].probability, outcome.best == fault.section)


def tally(found: Sequence[Outcome | None] | Iterator[Outcome | None]) -> Tally:
    total = Tally()
    for outcome in found:
        total.take(outcome)
    return total
