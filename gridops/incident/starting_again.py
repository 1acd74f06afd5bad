"""What an open incident does when the control room, or its grid, begins anew."""

from datetime import datetime, timedelta

from gridops.commands import Intent, StartTimer
from gridops.events import GridTakenIn
from gridops.incident.ending import start_hold
from gridops.incident.model import Incident, Phase
from gridops.incident.planning import refresh_soon
from gridops.incident.situation import Situation
from gridops.reasons import because


def restarted(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """What was to be worked out is asked again. Its sheet is stopped by itself, and says so."""
    was_asked, incident.question = incident.question is not None, None
    was_considered = incident.considering is not None
    incident.withdraw_offer(at)
    incident.refresh_due = None
    if incident.phase is Phase.EXECUTING:
        return []
    if incident.phase is Phase.SETTLING and was_asked:
        due = at + timedelta(seconds=here.settings.refresh_s)
        return [StartTimer(timer=incident.timer("settle"), due=due)]
    if incident.phase in (Phase.PROPOSED, Phase.STOPPED) and not incident.halted:
        return refresh_soon(here, incident, at=at)
    if incident.phase is Phase.RESTORED and was_considered:
        return refresh_soon(here, incident, at=at)
    return start_hold(incident)


def regrounded(here: Situation, incident: Incident, *, event: GridTakenIn) -> list[Intent]:
    """What was proposed was proposed on another grid (invariants 23, 27): look again. A plan
    that is done stays on the card; its switches are the same on both grids."""
    at = event.at
    incident.note(at, because("grid-taken-in", user=event.by))
    was_asked, was_considered = incident.question is not None, incident.considering is not None
    incident.withdraw_offer(at)
    incident.unask()
    incident.refresh_due = None
    if incident.phase in (Phase.PROPOSED, Phase.STOPPED):
        if incident.proposed is not None:
            incident.note(at, because("plan-void-other-grid", plan=incident.proposed.id))
        incident.show(None, at=at)
        return [] if incident.halted else refresh_soon(here, incident, at=at)
    if incident.phase is Phase.SETTLING and was_asked:
        due = at + timedelta(seconds=here.settings.refresh_s)
        return [StartTimer(timer=incident.timer("settle"), due=due)]
    if incident.phase is Phase.RESTORED and was_considered:
        return refresh_soon(here, incident, at=at)
    return []
