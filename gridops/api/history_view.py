"""What is past: incidents by time, and the course of one of them. Nothing here commands."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from gridops.api.incident_view import incident_view
from gridops.api.words import Plain, instant
from gridops.control_room import ControlRoom
from gridops.ids import IncidentId
from gridops.incident import Incident
from gridops.reliability import Interruption

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
    moments = _moments(room.books.interruptions_of(incident))
    cut = len(moments) - COURSE_MAX
    return {
        "incident": incident_view(room, found, now=now),
        "sheets": [
            sheet.id for sheet in room.desk.sheets.sheets.values() if sheet.incident == incident
        ],
        "moments": moments if cut < 1 else moments[: COURSE_MAX - 1] + moments[-1:],
        "moments_all": len(moments),
    }


def _moments(pieces: Iterable[Interruption]) -> list[Plain]:
    turns: dict[datetime, list[tuple[Interruption, int]]] = {}
    for piece in pieces:
        turns.setdefault(piece.began, []).append((piece, 1))
        if piece.ended is not None:
            turns.setdefault(piece.ended, []).append((piece, -1))
    dark: dict[str, int] = {}
    customers = 0
    moments: list[Plain] = []
    for at in sorted(turns):
        for piece, sign in turns[at]:
            dark[piece.section] = dark.get(piece.section, 0) + sign
            customers += sign * piece.customers
        sections = sorted(section for section, loads in dark.items() if loads > 0)
        now = {"customers_out": customers, "dark": sections}
        if not moments or not now.items() <= moments[-1].items():
            moments.append({"at": instant(at), **now})
    return moments
