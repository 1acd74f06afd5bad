"""What is past: incidents by time, and the course of one of them. Nothing here commands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from gridops.api.incident_view import incident_view
from gridops.api.words import Plain, instant
from gridops.control_room import ControlRoom
from gridops.ids import IncidentId
from gridops.incident import Incident
from gridops.reliability import Interruption, Ledger

COURSE_MAX = 500
"""Moments of one course; of more the earliest and the last are told, and how many there were."""


def history_view(room: ControlRoom, *, until: datetime, count: int, now: datetime) -> list[Plain]:
    """The `count` incidents that opened last before `until`, the latest first, closed or not."""
    known = room.desk.incidents.values()
    before = sorted(
        (one for one in known if one.opened_at <= until),
        key=lambda one: (one.opened_at, one.number),
        reverse=True,
    )
    return [_row(room, one, now=now) for one in islice(before, count)]


def _row(room: ControlRoom, incident: Incident, *, now: datetime) -> Plain:
    return {
        "id": incident.id,
        "cause": incident.cause.value,
        "origin": incident.origin.value,
        "phase": incident.phase.value,
        "merged_into": incident.merged_into,
        "device": incident.devices[0],
        "feeder": room.desk.feeder_of(incident),
        "opened_at": instant(incident.opened_at),
        "told_last_at": instant(incident.timeline[-1].at if incident.timeline else None),
        "customers_interrupted": sum(
            incident.network.sections[s].customers for s in incident.interrupted
        ),
        "customer_minutes": room.books.customer_minutes_of(incident.id, now),
    }


def course_view(room: ControlRoom, incident: IncidentId, *, now: datetime) -> Plain:
    """The card as it stands at last, its sheets, and what was dark from which moment on: the
    fold of the ledger, so the same after any restart.

    Guarantees: the moments are in order and each differs from the one before; the last one of a
    past incident is the moment at which everybody had supply.
    """
    found = room.desk.incidents[incident]
    moments = _moments(room.books.ledger, incident, now=now)
    cut = len(moments) - COURSE_MAX
    return {
        "incident": incident_view(room, found, now=now),
        "sheets": [
            sheet.id for sheet in room.desk.sheets.sheets.values() if sheet.incident == incident
        ],
        "moments": moments if cut < 1 else moments[: COURSE_MAX - 1] + moments[-1:],
        "moments_all": len(moments),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """Supply went (1) or came back (-1)."""

    piece: Interruption
    sign: int
    at: datetime
    known_at: datetime


def _turns(ledger: Ledger, incident: IncidentId) -> Iterator[_Turn]:
    """When it was known goes by what was booked: how far a time may be off is how late it came."""
    for piece in ledger.of(incident):
        booked = ledger.history(piece.id).booked
        known_at = booked.began + timedelta(seconds=booked.began_within_s)
        yield _Turn(piece=piece, sign=1, at=piece.began, known_at=known_at)
        if piece.ended is not None:
            known_at = (booked.ended or piece.ended) + timedelta(seconds=booked.ended_within_s)
            yield _Turn(piece=piece, sign=-1, at=piece.ended, known_at=known_at)


def _moments(ledger: Ledger, incident: IncidentId, *, now: datetime) -> list[Plain]:
    turns: dict[datetime, list[_Turn]] = {}
    for turn in _turns(ledger, incident):
        turns.setdefault(turn.at, []).append(turn)
    dark: dict[str, int] = {}
    customers = 0
    moments: list[Plain] = []
    for at in sorted(turns):
        for turn in turns[at]:
            section = turn.piece.section
            dark[section] = dark.get(section, 0) + turn.sign
            customers += turn.sign * turn.piece.customers
        sections = sorted(section for section, loads in dark.items() if loads > 0)
        stands = {"customers_out": customers, "dark": sections}
        if not moments or not stands.items() <= moments[-1].items():
            known_at = min(now, max(turn.known_at for turn in turns[at]))
            moments.append({"at": instant(at), "known_at": instant(known_at), **stands})
    return moments
