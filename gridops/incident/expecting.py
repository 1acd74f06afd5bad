"""When supply is expected back: told from history, told anew when it is overdue, never guessed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gridops.commands import Intent, StartTimer
from gridops.incident.model import Expected, Incident, Origin, Phase
from gridops.incident.situation import Situation
from gridops.outage import Cause
from gridops.reliability import OutageKind, band_of
from gridops.restoration import PlanSettings

Plain = dict[str, Any]

CAUSES = (Cause.FAULT, Cause.LOST_SUPPLY)
"""Planned work ends when it was planned to; what was momentary is over."""
OVERDUE = "expected"
"""The timer of the latest time that was told."""


def follow(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """What came to an end is remembered, and what is expected is told: as soon as the kind of the
    outage is known, and whenever it turns out to be another."""
    kind = _kind_of(incident)
    if kind is None:
        return []
    _remember(here, incident, kind=kind, at=at)
    if incident.supplied_at is not None or (
        incident.expected and incident.expected[-1].kind == kind
    ):
        return []
    return _tell(here, incident, kind=kind, at=at)


def overdue(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """The latest time that was told has passed: what lasted longer than this says more."""
    kind = _kind_of(incident)
    told = incident.expected[-1] if incident.expected else None
    if kind is None or told is None or told.latest is None or incident.supplied_at is not None:
        return []
    return [] if at < told.latest else _tell(here, incident, kind=kind, at=at)


def _kind_of(incident: Incident) -> OutageKind | None:
    """None: it is not known yet, nobody lost supply, or another incident speaks for it."""
    is_ours = incident.merged_into is None and incident.origin is not Origin.EARTH_FAULT
    if incident.concluded_at is None or incident.cause not in CAUSES or not is_ours:
        return None
    device = incident.network.switches[incident.devices[0]]
    return OutageKind(incident.cause.value, device.kind.value)


def _remember(here: Situation, incident: Incident, *, kind: OutageKind, at: datetime) -> None:
    after_s = (at - incident.opened_at).total_seconds()
    if incident.repaired and incident.repaired_at is None:
        incident.repaired_at = at
        here.times.repair_came(kind, after_s)
    is_over = incident.phase is Phase.CLOSED or incident.home_due is not None
    if is_over and incident.supplied_at is None:
        incident.supplied_at = at
        here.times.supply_came(kind, after_s)


def _tell(here: Situation, incident: Incident, *, kind: OutageKind, at: datetime) -> list[Intent]:
    already_s = (at - incident.opened_at).total_seconds()
    times = here.times
    supply = band_of(times.supply.get(kind, ()), already_s=already_s)
    told = Expected(
        told_at=at,
        kind=kind,
        supply=supply,
        repair=band_of(times.repair.get(kind, ()), already_s=already_s),
        opened_at=incident.opened_at,
    )
    incident.tell_expected(told)
    if told.latest is None:
        return []
    due = max(told.latest, at) + timedelta(microseconds=1)
    return [StartTimer(timer=incident.timer(OVERDUE), due=due)]


def with_repair(settings: PlanSettings, incident: Incident) -> PlanSettings:
    """`settings` with the repair that was told last. It does not shrink while people think: a plan
    that changed by the second could never be released."""
    told = incident.expected[-1] if incident.expected else None
    if told is None or told.repair is None:
        return settings
    gone_s = (told.told_at - told.opened_at).total_seconds()
    return replace(
        settings,
        repair_s=told.repair.middle_s - gone_s,
        repair_s_latest=told.repair.latest_s - gone_s,
    )


def expected_to_plain(told: Expected) -> Plain:
    """As the journal keeps it and the screens show it; without ground all times are null."""

    def said(instant: datetime | None) -> str | None:
        return None if instant is None else instant.isoformat()

    basis = {"cause": told.kind.cause, "device_kind": told.kind.device}
    return {
        "told_at": told.told_at.isoformat(),
        "state": "assessing" if told.supply is None else "expected",
        "at": said(told.at),
        "earliest": said(told.earliest),
        "latest": said(told.latest),
        "basis": None if told.supply is None else {**basis, "cases": told.supply.cases},
    }
