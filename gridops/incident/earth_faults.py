"""An earth fault that did not trip: everybody has supply, and the fault is to be searched.

In isolated and compensated networks a relay only signals. That is an incident of its own, in which
nothing is switched by itself; it becomes the ordinary one when a device trips.
"""

from datetime import timedelta

from gridops.commands import Intent, StartTimer
from gridops.events import EarthFaultChanged, TimerExpired
from gridops.ids import SwitchId
from gridops.incident.ending import close
from gridops.incident.handling import plan
from gridops.incident.hearing import is_in_test
from gridops.incident.model import Incident, Origin
from gridops.incident.planning import refresh_soon
from gridops.incident.register import Register
from gridops.incident.relations import UNDECIDED
from gridops.incident.situation import Situation
from gridops.measurement import Quality, Reading
from gridops.outage import Cause
from gridops.reasons import because

HOLD = "alarm-over"


def earth_fault(here: Situation, register: Register, *, event: EarthFaultChanged) -> list[Intent]:
    """An alarm began, joined another of the same part of the grid, or is over. Words of devices
    under test, and of telemetry that is not good, are none."""
    if event.quality is not Quality.GOOD or is_in_test(here.state, event.switch):
        return []
    known = _of(register, event.switch)
    if event.reading is Reading.YES and known is None:
        return _began(here, register, event=event)
    if event.reading is Reading.YES and known is not None:
        known.alarms.add(event.switch)
        return []
    if event.reading is not Reading.NO or known is None:
        return []
    known.alarms.discard(event.switch)
    if known.alarms:
        return refresh_soon(here, known, at=event.at)
    due = event.at + timedelta(seconds=here.settings.earth_fault_hold_s)
    return [StartTimer(timer=known.timer(HOLD), due=due)]


def alarm_over(register: Register, event: TimerExpired) -> None:
    """No relay has signalled for the whole hold time: an intermittent fault is one incident."""
    for incident in register.open.values():
        if event.timer == incident.timer(HOLD) and _is_search(incident) and not incident.alarms:
            close(incident, event.at, why=because("earth-fault-gone"))


def _began(here: Situation, register: Register, *, event: EarthFaultChanged) -> list[Intent]:
    traced = here.state.energisation
    zone = traced.behind(event.switch)
    if not zone or _is_tripping(register, event.switch):
        return []
    same = next((i for i in register.open.values() if _is_search(i) and i.zone & zone), None)
    if same is not None:
        same.alarms.add(event.switch)
        if event.switch not in same.devices:
            same.devices.append(event.switch)
            same.note(event.at, because("earth-fault-also", device=event.switch))
        same.zone |= zone
        same.opened_at = min(same.opened_at, event.source_time)
        return refresh_soon(here, same, at=event.at)
    incident = register.new(traced, event.switch, opened_at=event.source_time, at=event.at)
    incident.origin, incident.cause = Origin.EARTH_FAULT, Cause.FAULT
    incident.alarms.add(event.switch)
    incident.concluded_at = event.at
    incident.reason = because("earth-fault-began", device=event.switch)
    incident.note(event.at, incident.reason)
    register.absorb(incident)
    return plan(here, incident, at=event.at)


def _of(register: Register, switch: SwitchId) -> Incident | None:
    return next((i for i in register.open.values() if _is_search(i) and switch in i.devices), None)


def _is_search(incident: Incident) -> bool:
    return incident.origin is Origin.EARTH_FAULT


def _is_tripping(register: Register, switch: SwitchId) -> bool:
    """Between two shots of its reclosing it signals as well; and before its opening was heard."""
    return any(
        switch in i.presumed_open or (switch in i.pending and i.phase in UNDECIDED)
        for i in register.open.values()
    )
