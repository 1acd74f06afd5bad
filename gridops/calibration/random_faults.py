"""Random faults through the location, compared with the truth and with the exact optimum."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gridops.calibration.drawing import DrawnFault, FieldWays, draw_fault, is_heard
from gridops.calibration.lots import Lots
from gridops.calibration.messages import delivered, told
from gridops.calibration.optimum import optimum
from gridops.calibration.scores import Calibration, log_score
from gridops.calibration.terrain import Terrain
from gridops.calibration.watch import START, Watch
from gridops.ids import SectionId, SwitchId
from gridops.incident import IncidentSettings
from gridops.measurement import Measured, Quality, Reading
from gridops.outage import Location, Verdict, locate
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Which of the drawn faults count."""

    numbers: tuple[int, ...]
    unheard: int
    """So many were drawn between them that nobody hears of."""


def heard_faults(terrain: Terrain, study: Study) -> Heard:
    """The first `study.faults` that somebody hears of; fewer if DRAWS_PER_FAULT_MAX in a row are
    silent."""
    lots = Lots(study.seed)
    numbers: list[int] = []
    silent = number = 0
    while len(numbers) < study.faults and silent < DRAWS_PER_FAULT_MAX:
        silent += 1
        if is_heard(terrain, draw_fault(terrain, study.ways, lots=lots, number=number)):
            numbers.append(number)
            silent = 0
        number += 1
    return Heard(numbers=tuple(numbers), unheard=number - len(numbers))


def outcomes(
    terrain: Terrain, study: Study, *, locator: Locator, numbers: Sequence[int]
) -> Iterator[Outcome]:
    """Fault by fault, each by its number."""
    lots = Lots(study.seed)
    for number in numbers:
        fault = draw_fault(terrain, study.ways, lots=lots, number=number)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A fault that the suspected set did not hold."""

    number: int
    section: SectionId
    tripped: tuple[SwitchId, ...]
    wrong_devices: int
    verdict: Verdict | None
    suspected: int
    given: float
    possible: float
    """What the exact optimum gives the true section."""


def _missed(outcome: Outcome) -> Missed:
    fault, location = outcome.fault, outcome.location
    return Missed(
        number=fault.number,
        section=fault.section,
        tripped=fault.tripped,
        wrong_devices=fault.wrong,
        verdict=location.verdict if location else None,
        suspected=len(location.suspected) if location else 0,
        given=outcome.given,
        possible=outcome.posterior.get(fault.section, 0.0),
    )


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
    not_held: list[Missed] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        fault, location, exact = outcome.fault, outcome.location, outcome.posterior
        self.heard += 1
        self.differing += outcome.differing
        self.held += outcome.is_held
        self.split += outcome.incidents > 1
        if not outcome.is_held and len(self.not_held) < MISSES_KEPT:
            self.not_held.append(_missed(outcome))
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

    def add(self, other: "Tally") -> None:
        """What another part of the same study has come to; add the parts in their order."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in LISTED:
            getattr(self, name).extend(getattr(other, name))
        for verdict, count in other.verdicts.items():
            self.verdicts[verdict] = self.verdicts.get(verdict, 0) + count
        self.every.add(other.every)
        self.first.add(other.first)
        del self.not_held[MISSES_KEPT:]


COUNTED = (
    "heard",
    "unheard",
    "unnoticed",
    "split",
    "held",
    "right",
    "right_possible",
    "sound_in_zone",
    "differing",
)
LISTED = ("gaps", "log_scores", "log_scores_possible", "sizes", "sound_sizes", "not_held")


def tally(found: Iterable[Outcome]) -> Tally:
    total = Tally()
    for outcome in found:
        total.take(outcome)
    return total
