"""What everything that concerns an incident looks at: the grid, the live state, the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gridops.ids import IncidentId, SectionId
from gridops.incident.model import Incident, IncidentSettings, Origin
from gridops.network import Network
from gridops.reliability import RestorationTimes
from gridops.response import Engines
from gridops.sheets import Sheets, Surroundings
from gridops.state import Energisation, LiveState


@dataclass(slots=True, kw_only=True)
class Situation:
    """The desk's own state, shared by reference."""

    network: Network
    state: LiveState
    engines: Engines
    settings: IncidentSettings
    open: dict[IncidentId, Incident]
    """The incidents that are not closed, in the order in which they came to be."""
    before: Mapping[IncidentId, Energisation]
    """The grid before those of them that it was traced for, with every source alive."""
    sheets: Sheets
    around: Surroundings
    """What the desk lends to the sheets."""
    times: RestorationTimes = field(default_factory=RestorationTimes)
    """How long outages lasted that are over."""

    def others(self, incident: Incident) -> list[Incident]:
        return [i for i in self.open.values() if i.is_open and i.id != incident.id]


def supply_for(here: Situation, incident: Incident) -> Energisation:
    """Who is supplied now, with what this incident presumes open taken for open."""
    traced = here.state.energisation
    for switch in sorted(incident.presumed_open):
        traced = traced.moved(switch, closed=False)
    return traced


def dark_of(here: Situation, incident: Incident) -> frozenset[SectionId]:
    """What this incident has to care for: its zone as far as it is dark now, and no other takes
    it over. Of an earth fault that did not trip nobody is in the dark.
    """
    if incident.origin is Origin.EARTH_FAULT:
        return frozenset()
    now = supply_for(here, incident)
    dark = {s for s in incident.zone if not now.is_supplied(s)}
    for other in here.others(incident):
        if _takes_over(here, other, of=incident):
            dark -= other.zone
    return frozenset(dark)


def _takes_over(here: Situation, one: Incident, *, of: Incident) -> bool:
    """A later incident takes its part over. But what lies behind a device that is presumed open is
    its own affair, whatever happens above: no closing there gives anything back."""
    if one.origin is Origin.EARTH_FAULT:
        return False
    if not (one.presumed_open or of.presumed_open):
        return one.number > of.number
    ends = here.network.section_ends
    return any(end in of.zone for device in one.devices for end in ends[device])
