"""What meters and callers said of loads that nothing explains yet.

One tally per service transformer, whatever the storm; what is older than `report_hold_s` predicts
nothing any more.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.events import MetersReported, TroubleReported
from gridops.ids import LoadId, SectionId
from gridops.incident.hearing import CALLS_MAX
from gridops.incident.model import IncidentSettings
from gridops.incident.tally import Tally
from gridops.network import Network


@dataclass(slots=True)
class Calls:
    count: int
    last_at: datetime


@dataclass(slots=True)
class Reports:
    """Bounded by the loads and the sections of the grid."""

    network: Network
    settings: IncidentSettings
    meters: dict[LoadId, Tally] = field(default_factory=dict)
    calls: dict[LoadId, Calls] = field(default_factory=dict)
    _back_at: dict[SectionId, datetime] = field(default_factory=dict)
    """When a section got supply back, by source time."""

    def take(self, event: MetersReported | TroubleReported) -> bool:
        """Whether the load is known. A loss after voltage was back begins a new tally."""
        load = self.network.loads.get(event.load)
        if load is None:
            return False
        if isinstance(event, TroubleReported):
            known = self.calls.setdefault(event.load, Calls(0, event.at))
            known.count = min(CALLS_MAX, known.count + max(0, event.calls))
            known.last_at = max(known.last_at, event.at)
            return True
        tally = self.meters.setdefault(event.load, Tally(load.customers))
        if tally.is_back and tally.alive_at is not None and event.source_time > tally.alive_at:
            tally = self.meters[event.load] = Tally(load.customers)
        tally.take(event)
        if tally.is_back:
            self.calls.pop(event.load, None)
        return True

    def supply_came_back(self, sections: tuple[SectionId, ...], *, at: datetime) -> None:
        self._back_at.update(dict.fromkeys(sections, at))

    def take_in(self, network: Network) -> None:
        """Goes on with the loads and sections that `network` has."""
        self.network = network
        self.meters = {load: t for load, t in self.meters.items() if load in network.loads}
        self.calls = {load: c for load, c in self.calls.items() if load in network.loads}
        self._back_at = {s: at for s, at in self._back_at.items() if s in network.sections}

    def lost(self, at: datetime) -> dict[LoadId, datetime]:
        """Loads that are without voltage by their last word, in file order, with its time."""
        found = {
            load: when
            for load in self.meters.keys() | self.calls.keys()
            if (when := self.lost_at(load, at)) is not None
        }
        order = self.network.arrays.loads.of
        return {load: found[load] for load in sorted(found, key=order.__getitem__)}

    def alive(self) -> frozenset[LoadId]:
        """Loads whose meters have voltage by their last word."""
        return frozenset(load for load, tally in self.meters.items() if tally.is_back)

    def calls_of(self, load: LoadId) -> int:
        return self.calls[load].count if load in self.calls else 0

    def is_whole(self, load: LoadId) -> bool:
        """Whether the meters of one transformer alone show that it is without supply."""
        tally = self.meters.get(load)
        share = self.settings.report_meters_share
        return tally is not None and tally.is_out and tally.lost >= share * tally.customers

    def forget(self, load: LoadId) -> None:
        self.meters.pop(load, None)
        self.calls.pop(load, None)

    def lost_at(self, load: LoadId, at: datetime) -> datetime | None:
        """When the load was last said to be without voltage; None if it is not, as far as its
        last word goes, or if that was of an outage that is over."""
        oldest = at - timedelta(seconds=self.settings.report_hold_s)
        back_at = self._back_at.get(self.network.section_of_node[self.network.loads[load].node])
        tally, calls = self.meters.get(load), self.calls.get(load)
        if tally is not None and tally.is_out and tally.lost_at is not None:
            is_newer = back_at is None or tally.lost_at > back_at
            if tally.lost_at >= oldest and is_newer:
                return tally.lost_at
        if calls is None or calls.last_at < oldest or (tally is not None and tally.is_back):
            return None
        grace = timedelta(seconds=self.settings.report_grace_s)
        if back_at is not None and calls.last_at <= back_at + grace:
            return None
        return calls.last_at
