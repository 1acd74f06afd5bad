"""What a trainee has achieved by now: against the best plan, and against waiting for the repair."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.api.shapes import Shape
from gridops.api.words import Plain, instant
from gridops.control_room import ControlRoom
from gridops.ids import LoadId, SectionId
from gridops.incident import Incident
from gridops.outage import Cause
from gridops.ports.audit import AuditLine
from gridops.reliability import Interruption

ACTS_MAX = 1_000
"""Acts of trainees that are remembered; beyond, the oldest goes."""
NO_ACT = frozenset({"/session", "/sheets/check", "/studies"})
"""Logging in and asking are no acts on the grid."""


class MinutesOfTraining(Shape):
    """Customer minutes by now, or by when everybody had supply again."""

    trainee: float
    best: float
    """If the first plan had been released the moment it was there."""
    waiting: float
    """If nobody had switched anything."""


class TrainedIncident(Shape):
    incident: str
    opened_at: str
    customers: int
    first_act_s: float | None
    """From the loss of supply to the first act of a person; null: nobody has acted."""
    customer_minutes: MinutesOfTraining
    score_pct: float | None
    """Of what the best plan saves against waiting; below 0: it would have been better to wait.
    null: nothing was saved, and nothing could be yet."""


class RefusedAct(Shape):
    at: str
    user: str
    act: str
    code: str


class TrainingShape(Shape):
    title: str
    title_vi: str
    began: str
    now: str
    incidents: list[TrainedIncident]
    customer_minutes: MinutesOfTraining
    score_pct: float | None
    acts: int
    """What was done."""
    refused: list[RefusedAct]
    """What was asked and refused, the latest first."""
    vetoes: int
    """Sheets that the guard did not pass."""


@dataclass(slots=True, kw_only=True)
class Training:
    """One lesson, from its start."""

    title: str
    title_vi: str
    began: datetime
    _done: deque[datetime] = field(default_factory=lambda: deque(maxlen=ACTS_MAX))
    _refused: deque[AuditLine] = field(default_factory=lambda: deque(maxlen=ACTS_MAX))

    def heard(self, line: AuditLine) -> None:
        if line.act.partition(" ")[2].removeprefix("/api/v1") in NO_ACT:
            return
        if line.code:
            self._refused.append(line)
        else:
            self._done.append(line.at)

    def view(self, room: ControlRoom, now: datetime) -> Plain:
        incidents = [
            self._incident(room, incident, now=now)
            for incident in room.desk.incidents.values()
            if incident.cause is Cause.FAULT
            and incident.merged_into is None
            and room.books.ledger.of(incident.id)
        ]
        minutes = [one["customer_minutes"] for one in incidents]
        total = {who: sum(one[who] for one in minutes) for who in ("trainee", "best", "waiting")}
        sheets = room.desk.sheets.sheets.values()
        return {
            "title": self.title,
            "title_vi": self.title_vi,
            "began": instant(self.began),
            "now": instant(now),
            "incidents": incidents,
            "customer_minutes": total,
            "score_pct": score_pct(**total),
            "acts": len(self._done),
            "refused": [
                {"at": instant(one.at), "user": one.user, "act": one.act, "code": one.code}
                for one in reversed(self._refused)
            ],
            "vetoes": sum(not sheet.verdict.passed for sheet in sheets),
        }

    def _incident(self, room: ControlRoom, incident: Incident, *, now: datetime) -> Plain:
        pieces = room.books.ledger.of(incident.id)
        lost = _lost(pieces)
        lasting = any(piece.ended is None for piece in pieces)
        until = now if lasting else max(p.ended for p in pieces if p.ended is not None)
        minutes = {
            "trainee": sum(_minutes(p, p.ended or until) for p in pieces),
            "best": _best(room, incident, lost=lost, until=until),
            "waiting": sum(_minutes(p, until) for p in lost.values()),
        }
        acts = (at for at in self._done if at >= incident.opened_at)
        first = next(acts, None)
        return {
            "incident": incident.id,
            "opened_at": instant(incident.opened_at),
            "customers": sum(piece.customers for piece in lost.values()),
            "first_act_s": None
            if first is None
            else round((first - incident.opened_at).total_seconds(), 1),
            "customer_minutes": minutes,
            "score_pct": score_pct(**minutes),
        }


def _lost(pieces: Sequence[Interruption]) -> dict[LoadId, Interruption]:
    """Whom the fault itself took: each load's first loss."""
    found: dict[LoadId, Interruption] = {}
    for piece in pieces:
        known = found.setdefault(piece.load, piece)
        if piece.began < known.began:
            found[piece.load] = piece
    return found


def _best(
    room: ControlRoom,
    incident: Incident,
    *,
    lost: dict[LoadId, Interruption],
    until: datetime,
) -> float:
    """As if the first plan had been released at once and had gone as it was timed."""
    back = _back_by_plan(room, incident)
    return sum(
        _minutes(piece, min(until, back.get(piece.section, until))) for piece in lost.values()
    )


def _back_by_plan(room: ControlRoom, incident: Incident) -> dict[SectionId, datetime]:
    first = room.books.first_plan_of(incident.id)
    made = (note.at for note in incident.timeline if note.reason.code == "plan-proposed")
    made_at = next(made, None)
    if first is None or made_at is None:
        return {}
    return {
        section: made_at + timedelta(seconds=step.done_s)
        for step in first.plan.steps
        for section in step.sections_restored
    }


def _minutes(piece: Interruption, ended: datetime) -> float:
    return piece.customers * max(0.0, (ended - piece.began).total_seconds()) / 60.0


def score_pct(*, trainee: float, best: float, waiting: float) -> float | None:
    """100 for the best plan, 0 for waiting. Who is faster than the plan was timed has 100, also
    before it would have brought anybody back; before that, there is nothing to judge."""
    if waiting <= best:
        return 100.0 if trainee < waiting else None
    return round(min(100.0, 100.0 * (waiting - trainee) / (waiting - best)), 1)
