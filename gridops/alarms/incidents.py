"""An open incident as an alarm: how bad it is, and what was heard of it."""

from dataclasses import dataclass

from gridops.alarms.alarm import Priority, Told
from gridops.ids import SectionId
from gridops.incident import Desk, Incident, Origin, Phase
from gridops.outage import Cause
from gridops.reasons import because

TOLD_OTHERWISE = frozenset({Cause.PLANNED, Cause.TELEMETRY})
"""Nothing that came unasked: somebody meant it, or the link that was lost has its own alarm."""


@dataclass(slots=True, kw_only=True)
class Look:
    """What of an incident its alarm depends on, supply apart. Made for each open incident at each
    fact: a frozen one would take three times as long."""

    phase: Phase | None = None
    cause: Cause | None = None
    origin: Origin | None = None
    concluded: bool = False
    devices: int = 0
    zone: int = 0
    presumed: int = 0
    flags: int = 0
    part_flags: int = 0
    others: tuple[int, ...] = ()


def look_at(incident: Incident) -> Look:
    heard = incident.heard
    return Look(
        phase=incident.phase,
        cause=incident.cause,
        origin=incident.origin,
        concluded=incident.concluded_at is not None,
        devices=len(incident.devices),
        zone=len(incident.zone),
        presumed=len(incident.presumed_open),
        flags=len(heard.flags),
        part_flags=len(heard.part_flags),
        others=(
            len(heard.voltage_losses),
            len(heard.meters),
            len(heard.calls),
            len(incident.alarms),
            len(incident.took_over),
        ),
    )


def is_alarm(incident: Incident) -> bool:
    return incident.concluded_at is None or incident.cause not in TOLD_OTHERWISE


def has_to_be_seen_to(incident: Incident, desk: Desk) -> bool:
    """Somebody is in the dark by it, or near an earth fault that nothing has switched off."""
    is_searched = incident.is_open and incident.origin is Origin.EARTH_FAULT
    return is_searched or _customers(_dark(incident, desk), desk) > 0


def told_of(incident: Incident, desk: Desk) -> Told:
    dark, device = _dark(incident, desk), incident.devices[0]
    customers, stopped = _customers(dark, desk), incident.phase is Phase.STOPPED
    is_searched = incident.origin is Origin.EARTH_FAULT
    if is_searched:
        why = because("alarm-earth-fault", device=device)
    elif dark:
        why = because("alarm-outage", device=device, count=customers)
    else:
        why = because("alarm-supplied", device=device)
    return Told(
        why=why,
        priority=Priority.HIGH if stopped or is_searched or dark else Priority.MEDIUM,
        weights=(customers, len(incident.devices), int(stopped)),
    )


def _dark(incident: Incident, desk: Desk) -> frozenset[SectionId]:
    return desk.dark_of(incident) if incident.is_open else frozenset()


def _customers(dark: frozenset[SectionId], desk: Desk) -> int:
    return sum(desk.network.sections[section].customers for section in dark)
