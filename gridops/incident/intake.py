"""What of a fact an incident keeps as evidence, if it is about this incident at all."""

from datetime import datetime, timedelta

from gridops.events import (
    Event,
    FaultCurrentMeasured,
    FaultFlagChanged,
    MetersReported,
    TroubleReported,
    VoltageLossChanged,
)
from gridops.ids import LoadId
from gridops.incident.hearing import FieldWord, is_word
from gridops.incident.model import Incident, Origin
from gridops.incident.situation import Situation


def keep(here: Situation, incident: Incident, *, event: Event) -> bool:
    """Whether the fact was evidence for this incident, and was kept."""
    match event:
        case FaultFlagChanged() | VoltageLossChanged() | FaultCurrentMeasured():
            return _word(here, incident, event=event)
        case MetersReported():
            return _meters(here, incident, event=event)
        case TroubleReported():
            return _calls(here, incident, event=event)
        case _:
            return False


def _word(here: Situation, incident: Incident, *, event: FieldWord) -> bool:
    """Of this event, not older and not of something much later."""
    if not is_word(event, here.state):
        return False
    lead = timedelta(seconds=here.settings.location.flag_lead_s)
    lag = timedelta(seconds=here.settings.flag_lag_s)
    if event.source_time < incident.opened_at - lead:
        return False
    is_timed = incident.origin is Origin.TRIPPED
    if is_timed and event.source_time > incident.last_opened_at + lag:
        return False
    incident.heard.take(event)
    return True


def _meters(here: Situation, incident: Incident, *, event: MetersReported) -> bool:
    if not _is_of(here, incident, load=event.load, instant=event.source_time):
        return False
    incident.heard.take_meters(event, here.network.loads[event.load].customers)
    return True


def _calls(here: Situation, incident: Incident, *, event: TroubleReported) -> bool:
    if not _is_of(here, incident, load=event.load, instant=event.at):
        return False
    incident.heard.take_calls(event)
    return True


def _is_of(here: Situation, incident: Incident, *, load: LoadId, instant: datetime) -> bool:
    known = here.network.loads.get(load)
    if known is None or incident.origin is Origin.EARTH_FAULT:
        return False
    tolerance = timedelta(seconds=here.settings.location.flag_lead_s)
    is_in_time = instant >= incident.opened_at - tolerance
    return is_in_time and here.network.section_of_node[known.node] in incident.zone
