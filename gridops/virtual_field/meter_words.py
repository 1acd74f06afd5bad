"""Meters behind service transformers: last gasps, and voltage that is back."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from gridops.events import MetersReported
from gridops.ids import LoadId, SectionId
from gridops.measurement import Reading
from gridops.network import Load
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.plant import PHASES, Plant


@dataclass(slots=True)
class _Place:
    """A section as its meters know it."""

    told: frozenset[str] = frozenset()
    """Phases that were told lost."""
    lost: frozenset[str] = frozenset()
    telling: Appointment | None = None


class MeterWords:
    """What `MetersReported` says of the field, late, incomplete and in batches, without chance.

    Meters of a section tell what has lasted `meter_delay_s`, at the next end of a batch. Customers
    count as spread evenly over the phases. A power failure shorter than the delay is not told.
    Off by default (`FieldSettings.meters_report`).
    """

    def __init__(self, plant: Plant, start: datetime) -> None:
        self._plant = plant
        self._start = start
        self._places = {
            section: _Place() for section, loads in plant.network.loads_of_section.items() if loads
        }
        self._reports: list[MetersReported] = []
        self._dark: frozenset[SectionId] = frozenset()
        self._differed = False
        if plant.settings.meters_report:
            plant.watchers.append(self._watch)

    @property
    def has_reports(self) -> bool:
        return bool(self._reports)

    def take(self) -> list[MetersReported]:
        taken, self._reports = self._reports, []
        return taken

    def say(self, load: LoadId, *, lost: bool, meters: int, phases: str) -> None:
        """A word that comes now, with or without cause."""
        self._report(load, lost=lost, meters=meters, phases=phases, since=self._plant.agenda.now)

    def _watch(self) -> None:
        for section in self._concerned():
            place = self._places[section]
            lost = PHASES - self._plant.phases_alive(section)
            if lost == place.lost:
                continue
            place.lost = lost
            if place.telling is not None:
                place.telling.cancel()
                place.telling = None
            if lost != place.told:
                since = self._plant.agenda.now
                tell = partial(self._tell, section, since)
                place.telling = self._plant.agenda.at(self._due(since), tell)

    def _concerned(self) -> Iterable[SectionId]:
        """In grid order. As long as no fuse has melted in some phases only, what did not become
        dark or live is as it was."""
        dark, by_phase = self._plant.energisation.dark, self._plant.differs_by_phase
        changed, self._dark = dark ^ self._dark, dark
        is_any, self._differed = by_phase or self._differed, by_phase
        if is_any:
            return self._places
        number = self._plant.network.arrays.sections.of
        return sorted(changed & self._places.keys(), key=number.__getitem__)

    def _due(self, since: datetime) -> datetime:
        settings = self._plant.settings
        sure_s = (since - self._start).total_seconds() + settings.meter_delay_s
        batch_s = settings.meter_batch_s
        due_s = math.ceil(sure_s / batch_s) * batch_s if batch_s > 0.0 else sure_s
        return max(self._start + timedelta(seconds=due_s), since)

    def _tell(self, section: SectionId, since: datetime) -> None:
        place = self._places[section]
        place.telling = None
        gone, back = place.lost - place.told, place.told - place.lost
        place.told = place.lost
        for load in self._plant.network.loads_of_section[section]:
            for lost, phases in ((True, gone), (False, back)):
                meters = self._heard(load, phases)
                if meters:
                    written = "".join(sorted(phases))
                    self._report(load.id, lost=lost, meters=meters, phases=written, since=since)

    def _heard(self, load: Load, phases: frozenset[str]) -> int:
        """At least one, where the load has customers on these phases at all."""
        there = load.customers * len(phases) / len(PHASES)
        return math.ceil(there * self._plant.settings.meter_heard_share)

    def _report(
        self, load: LoadId, *, lost: bool, meters: int, phases: str, since: datetime
    ) -> None:
        self._reports.append(
            MetersReported(
                at=self._plant.agenda.now,
                source_time=since,
                load=load,
                has_voltage=Reading.NO if lost else Reading.YES,
                meters=meters,
                phases=phases,
            )
        )
