"""What happens to a grid in a year, by lot, from the failure rates in its own tables."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gridops.ids import SectionId, SourceId, SwitchId
from gridops.network import Branch, BranchKind, Control, Network, Switch, SwitchKind
from gridops.state import Energisation, energise

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Assumptions, none of them of a real city; the rates of permanent faults are the grid's."""

    transient_per_permanent: float = 3.0
    """On overhead lines, where most faults are gone once the line is dead."""
    second_shot_share: float = 0.3
    """Of those, how many need the second reclosing."""
    storms_per_year: int = 6
    storm_hours: tuple[float, float] = (4.0, 20.0)
    storm_share: float = 0.3
    """Of the faults of overhead lines, those that come in storms."""
    planned_per_feeder: float = 3.0
    planned_hours: tuple[float, float] = (1.0, 6.0)
    source_losses_per_year: float = 0.2
    """Of each infeed."""
    source_minutes: tuple[float, float] = (2.0, 90.0)
    repair_hours_max: float = 30.0
    """A longer one is drawn anew: crews replace what they cannot mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    at: datetime
    place: str
    repair_s: float
    clears_after_openings: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWork:
    """What lies behind the switch is worked on."""

    at: datetime
    switch: SwitchId
    lasts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLost:
    at: datetime
    source: SourceId
    lasts_s: float


Happening = Fault | PlannedWork | SourceLost


@dataclass(frozen=True, slots=True)
class _Element:
    place: str
    per_year: float
    repair_s: float
    is_overhead: bool


def drawn_year(
    network: Network, *, begin: datetime, seed: int, climate: Climate, span: timedelta = YEAR
) -> list[Happening]:
    """In order of time. The same arguments draw the same year."""
    dice = Random(seed)
    drawing = _Drawing(network, dice, climate=climate, begin=begin, span=span)
    found = [*drawing.faults(), *drawing.planned(), *drawing.sources()]
    return sorted(found, key=lambda one: one.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storm:
    begin: datetime
    length: timedelta


class _Drawing:
    def __init__(
        self, network: Network, dice: Random, *, climate: Climate, begin: datetime, span: timedelta
    ) -> None:
        self._network = network
        self._dice = dice
        self._climate = climate
        self._begin = begin
        self._span = span
        self._normal: Energisation = energise(network, network.normally_closed)
        low, high = climate.storm_hours
        self._storms = [
            _Storm(begin=self._some_time(), length=timedelta(hours=dice.uniform(low, high)))
            for _ in range(self._count(climate.storms_per_year))
        ]

    def faults(self) -> Iterator[Fault]:
        for element in self._elements():
            for _ in range(self._count(element.per_year)):
                yield self._fault(element, clears_after_openings=None)
            if element.is_overhead:
                often = element.per_year * self._climate.transient_per_permanent
                for _ in range(self._count(often)):
                    again = self._dice.random() < self._climate.second_shot_share
                    yield self._fault(element, clears_after_openings=2 if again else 1)

    def planned(self) -> Iterator[PlannedWork]:
        low, high = self._climate.planned_hours
        for switches in self._worked_at().values():
            for _ in range(self._count(self._climate.planned_per_feeder)):
                day = self._some_time().replace(hour=0, minute=0, second=0, microsecond=0)
                yield PlannedWork(
                    at=max(day, self._begin) + timedelta(minutes=self._dice.randrange(60, 300)),
                    switch=self._dice.choice(switches),
                    lasts_s=3600.0 * self._dice.uniform(low, high),
                )

    def sources(self) -> Iterator[SourceLost]:
        low, high = self._climate.source_minutes
        for source in self._network.sources:
            for _ in range(self._count(self._climate.source_losses_per_year)):
                lasts_s = 60.0 * self._dice.uniform(low, high)
                yield SourceLost(at=self._some_time(), source=source, lasts_s=lasts_s)

    # lots

    def _fault(self, element: _Element, *, clears_after_openings: int | None) -> Fault:
        in_storm = element.is_overhead and self._dice.random() < self._climate.storm_share
        return Fault(
            at=self._in_a_storm() if in_storm and self._storms else self._some_time(),
            place=element.place,
            repair_s=self._repair_s(element.repair_s),
            clears_after_openings=clears_after_openings,
        )

    def _repair_s(self, mean_s: float) -> float:
        while (drawn := self._dice.expovariate(1.0 / mean_s)) > (
            3600.0 * self._climate.repair_hours_max
        ):
            pass
        return max(600.0, drawn)

    def _some_time(self) -> datetime:
        return self._begin + self._span * self._dice.random()

    def _in_a_storm(self) -> datetime:
        storm = self._dice.choice(self._storms)
        at = storm.begin + storm.length * self._dice.random()
        return min(at, self._begin + self._span)

    def _count(self, per_year: float) -> int:
        """Poisson: how many waits of exponential length fit in (D. Knuth, The Art of Computer
        Programming 2, 3.4.1)."""
        left, count = math.exp(-per_year * (self._span / YEAR)), 0
        product = self._dice.random()
        while product > left:
            count += 1
            product *= self._dice.random()
        return count

    # what may fail, and where people work

    def _elements(self) -> Iterator[_Element]:
        """What is supplied in the normal state and has a rate. A service transformer counts where
        a fuse of its own cuts it off: elsewhere the grid below is not drawn."""
        network = self._network
        for branch in network.branches.values():
            overhead = isinstance(branch, Branch) and branch.kind is BranchKind.OVERHEAD
            yield from self._element(
                branch.id, branch.failures_per_year, branch.repair_time_s, overhead=overhead
            )
        for node in network.nodes.values():
            yield from self._element(node.id, node.failures_per_year, node.repair_time_s)
        for load in network.loads.values():
            section = network.section_of_node[load.node]
            if len(network.loads_of_section[section]) == 1 and self._fuse_of(section) is not None:
                yield from self._element(
                    load.node,
                    load.transformer_failures_per_year,
                    load.transformer_replacement_time_s or load.transformer_repair_time_s,
                )

    def _element(
        self, place: str, per_year: float | None, repair_s: float | None, *, overhead: bool = False
    ) -> Iterator[_Element]:
        section = self._network.section_of(place)
        if per_year and repair_s and self._normal.path(section):
            yield _Element(place, per_year, repair_s, overhead)

    def _fuse_of(self, section: SectionId) -> SwitchId | None:
        last = self._normal.fed_through.get(section)
        is_fuse = last is not None and self._network.switches[last].kind is SwitchKind.FUSE
        return last if is_fuse else None

    def _worked_at(self) -> Mapping[object, list[SwitchId]]:
        """Switches on the way of each feeder that customers hang behind, and that may be opened."""
        found: dict[object, list[SwitchId]] = {}
        for section in self._network.sections:
            last = self._normal.fed_through.get(section)
            if last is None or not _may_be_opened(self._network.switches[last]):
                continue
            if self._normal.customers_behind(last):
                found.setdefault(self._normal.feeder_of[section], []).append(last)
        return found


def _may_be_opened(switch: Switch) -> bool:
    return switch.breaks_load and switch.feeder is None and switch.control is not Control.NONE
