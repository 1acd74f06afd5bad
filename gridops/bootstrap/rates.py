"""Learns how often devices fail from a journal or a table, and shows what that would change."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gridops.adapters.closed_incident_csv import read_closed_incidents
from gridops.adapters.grid_files import texts_of
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.bootstrap.wiring import incident_settings, installation_of, load
from gridops.calibration.closed_incidents import ClosedIncident, closed_incidents
from gridops.calibration.effect import Effect, effect_learnt, effect_now
from gridops.calibration.rates import (
    CREDIBLE,
    PRIOR_WEIGHT,
    Conspicuous,
    Rate,
    by_class,
    conspicuous,
    learnt,
    rates_of_classes,
)
from gridops.control_room import ControlRoom, stands_on
from gridops.errors import GridNotTakenIn, SettingsError
from gridops.events import Event
from gridops.events.codec import KINDS, from_plain
from gridops.incident import IncidentSettings
from gridops.network import Network
from gridops.settings import Settings

CSV = ".csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What the incidents say, and what taking it in would change."""

    source: str
    incidents: int
    locatable: int
    classes: tuple[Rate, ...]
    settings: dict[str, Rate]
    conspicuous: tuple[Conspicuous, ...]
    now: Effect
    then: Effect

    def to_plain(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "incidents": self.incidents,
            "locatable": self.locatable,
            "prior": {"weight": PRIOR_WEIGHT, "interval": CREDIBLE},
            "classes": [asdict(rate) for rate in self.classes],
            "settings": {name: asdict(rate) for name, rate in self.settings.items()},
            "conspicuous": [asdict(each) for each in self.conspicuous],
            "effect": {"now": asdict(self.now), "learnt": asdict(self.then)},
        }

    def fragment(self) -> str:
        """The section `[location]` of a settings file; what there is too little data for is left
        as a comment."""
        lines = [
            f"# Learnt by `gridops rates` from {self.incidents} closed incidents of {self.source}",
            "[location]",
        ]
        for name, rate in self.settings.items():
            told = f"{rate.count.failures} of {rate.count.sightings}"
            mark = "" if rate.enough else "# too little data: "
            lines.append(f"{mark}{name} = {rate.mean:.5f}  # {told}")
        return "\n".join(lines) + "\n"


def learn(source: str, *, grid: str | None, settings: Settings) -> Learnt:
    """`source`: a CSV file, or a journal (its address, or a file of SQLite), which is only read.
    `grid`: the one that the journal stands on; with a CSV file the one that its devices belong to.

    Raises: ScenarioError, UnknownId for a table that cannot be used; JournalError, GridNotTakenIn
        for a journal; SettingsError for a journal without `grid`; GridUnreadable, GridInvalid.
    """
    current = incident_settings(settings)
    network = None if grid is None else load(grid)[1]
    if source.lower().endswith(CSV):
        incidents = read_closed_incidents(Path(source), network)
    elif network is None:
        raise SettingsError(
            "a journal is read with its grid", where=source, remedy="give --grid as it runs"
        )
    else:
        incidents = _of_journal(source, network, current=current)
    counts = by_class(incidents)
    return Learnt(
        source=source,
        incidents=len(incidents),
        locatable=sum(each.can_be_located for each in incidents),
        classes=tuple(rates_of_classes(counts, current.location)),
        settings=learnt(counts, current.location),
        conspicuous=tuple(conspicuous(incidents, current.location)),
        now=effect_now(incidents, current.location),
        then=effect_learnt(incidents, current.location),
    )


def _of_journal(
    source: str, network: Network, *, current: IncidentSettings
) -> list[ClosedIncident]:
    url = source if "://" in source else f"sqlite:///{source}"
    with closing(open_journal(url, read_only=True)) as journal:
        installed = installation_of(network, current)
        present = stands_on(journal, journal)
        if present is not None and texts_of(network.components, present) is not None:
            installed = replace(installed, grid_fingerprint=present)
        room = ControlRoom(installed, journal, versions=KeptVersions(journal))
        try:
            room.recover()
        except GridNotTakenIn as other:
            raise GridNotTakenIn(
                other.running,
                other.offered,
                where=source,
                remedy="name as --grid the version that the journal stands on",
            ) from other
        incidents = room.desk.incidents
        return closed_incidents(incidents, _events(journal), settings=current.location)


def _events(journal: SqlJournal) -> Iterator[Event]:
    for entry in journal.entries():
        if entry.record.kind in KINDS:
            yield from_plain(entry.record.kind, dict(entry.record.body))
