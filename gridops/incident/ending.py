"""How an incident ends: with supply for everybody, and its switches back at their normal position
or accepted where they stand."""

from datetime import datetime, timedelta

from gridops.commands import Intent, StartTimer
from gridops.events import NormalAccepted
from gridops.ids import SwitchId
from gridops.incident.model import Incident, Phase
from gridops.incident.situation import Situation, dark_of
from gridops.outage import Cause
from gridops.reasons import Reason, because
from gridops.restoration import off_normal

RESTING = (Phase.PROPOSED, Phase.RESTORED, Phase.STOPPED)


def close(incident: Incident, at: datetime, *, why: Reason) -> None:
    incident.unask()
    incident.phase = Phase.CLOSED
    incident.note(at, why)


def away_of(here: Situation, incident: Incident) -> tuple[SwitchId, ...]:
    """The switches that tripped or that its plans have moved, and that stand off their normal
    position, in grid order."""
    touched = incident.moved.union(incident.devices)
    return off_normal(here.network, here.state.closed, among=touched)


def has_to_go_home(here: Situation, incident: Incident) -> bool:
    """Whether everybody has supply again, nothing is suspected any more, and switches that a
    plan of the incident has moved are still away."""
    is_over = incident.repaired or incident.cause is Cause.LOST_SUPPLY
    if not is_over or not incident.plans_released or incident.accepted_by is not None:
        return False
    return not dark_of(here, incident) and bool(away_of(here, incident))


def rest(here: Situation, incident: Incident, *, at: datetime) -> list[Intent] | None:
    """Everybody has supply: the end of the incident, or the hold time before its switches go
    home. None: that time is over, the way back may be planned."""
    if not has_to_go_home(here, incident):
        was_away = incident.home_due is not None
        close(incident, at, why=because("normal-again" if was_away else "supply-back"))
        return []
    if _normal_feed_is_dead(here, incident):
        incident.phase = Phase.RESTORED
        incident.home_due = None
        return []
    if incident.home_due is not None and at >= incident.home_due:
        return None
    incident.phase = Phase.RESTORED
    if incident.home_due is None:
        hold_s = here.settings.return_hold_s
        incident.home_due = at + timedelta(seconds=hold_s)
        count = len(away_of(here, incident))
        incident.note(at, because("return-awaited", count=count, seconds=hold_s))
    return start_hold(incident)


def start_hold(incident: Incident) -> list[Intent]:
    """The timer of the hold time; a restart has to start it again."""
    if incident.home_due is None or incident.phase is not Phase.RESTORED:
        return []
    return [StartTimer(timer=incident.timer("return"), due=incident.home_due)]


def _normal_feed_is_dead(here: Situation, incident: Incident) -> bool:
    """Whether a source that fed the zone before has no voltage yet."""
    before = here.before.get(incident.id)
    if before is None or not here.state.dead_sources:
        return False
    return any(before.source_of.get(s) in here.state.dead_sources for s in incident.zone)


def why_not_accepted(here: Situation, incident: Incident) -> str | None:
    """A code that says why the present positions cannot be taken for normal now; None: they
    may be."""
    if incident.phase not in RESTING or incident.in_flight is not None:
        return "under-way"
    return None if has_to_go_home(here, incident) else "nothing-away"


def accepted(here: Situation, incident: Incident, *, event: NormalAccepted) -> list[Intent]:
    """The incident ends; its switches stay where they are."""
    why = why_not_accepted(here, incident)
    if why is not None:
        incident.note(event.at, because("accept-refused", user=event.by, why=why))
        return []
    switches = away_of(here, incident)
    incident.unask()
    incident.accepted_by, incident.home_due = event.by, None
    if incident.phase is not Phase.RESTORED:
        incident.show(None, at=event.at)
    close(incident, event.at, why=because("accepted-as-normal", user=event.by, devices=switches))
    return []
