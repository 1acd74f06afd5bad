"""How long a run of automation may take: a warning first, then its end."""

from datetime import datetime, timedelta

from gridops.commands import Intent, StartTimer
from gridops.incident.execution import stop
from gridops.incident.model import Incident, Phase, Proposed, StepState
from gridops.incident.situation import Situation
from gridops.reasons import because
from gridops.sheets import AUTOMATION

WARN, LIMIT = "run-warn", "run-limit"


def watched(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Starts both clocks of a run that begins now."""
    return [_clock(here, incident, what=what, at=at) for what in (WARN, LIMIT)]


def ran_long(here: Situation, incident: Incident, *, what: str, at: datetime) -> list[Intent]:
    """A clock rings. A run that waits for a crew is given the same time once more: people at a
    switch are not hurried, and what they do is no sign of trouble."""
    proposed = incident.proposed
    if proposed is None or not _is_old(here, incident, what=what, at=at):
        return []
    if any(progress.state is StepState.INSTRUCTED for progress in proposed.progress):
        return [_clock(here, incident, what=what, at=at)]
    seconds = _after_s(here, what)
    if what == WARN:
        incident.note(at, because("run-slow", plan=proposed.id, seconds=seconds))
        return []
    why = because("stopped-run-limit", plan=proposed.id, seconds=seconds)
    return stop(here, incident, at=at, why=why)


def _is_old(here: Situation, incident: Incident, *, what: str, at: datetime) -> bool:
    """The clock of a former run may ring while another one is under way."""
    proposed = incident.proposed
    return (
        incident.phase is Phase.EXECUTING
        and proposed is not None
        and proposed.released_by == AUTOMATION
        and at >= _since(proposed) + timedelta(seconds=_after_s(here, what))
    )


def _since(proposed: Proposed) -> datetime:
    return proposed.released_at or proposed.proposed_at


def _after_s(here: Situation, what: str) -> float:
    return here.settings.run_warn_s if what == WARN else here.settings.run_limit_s


def _clock(here: Situation, incident: Incident, *, what: str, at: datetime) -> StartTimer:
    due = at + timedelta(seconds=_after_s(here, what))
    return StartTimer(timer=incident.timer(what), due=due)
