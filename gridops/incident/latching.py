"""When automation is latched off on a feeder. Only `AutomationEnabled` ends it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gridops.events import PositionReported, SwitchingAnnounced
from gridops.events.operator import Mode
from gridops.ids import FeederId, SwitchId, UserName
from gridops.incident.model import Incident
from gridops.incident.situation import Situation
from gridops.reasons import Reason, because
from gridops.state import Latch

HELD_OFF = frozenset({"stopped-mode", "stopped-load-shed", "stopped-not-automatic"})
"""Stops that say nothing against the run: somebody, or load shedding, holds GridOps off."""
FeedersAt = Mapping[SwitchId, Sequence[FeederId]]
"""The feeders that a switch belongs to in the normal state of the grid; a tie to both."""


def run_stopped(here: Situation, incident: Incident, *, at: datetime, why: Reason) -> None:
    """A run of automation failed or was stopped by a surprise."""
    if why.code not in HELD_OFF:
        here.state.modes.latch(incident.feeders, Latch(since=at, why=why))


def person_halted(
    here: Situation, incident: Incident, *, at: datetime, by: UserName, why: Reason
) -> None:
    here.state.modes.latch(incident.feeders, Latch(since=at, why=why, by=by))


def tell_latches(here: Situation, incident: Incident, *, at: datetime) -> None:
    """Of a plan that is new on the screen: that it would go by itself, were it not for a latch."""
    modes, proposed = here.state.modes, incident.proposed
    if proposed is None or proposed.proposed_at != at:
        return
    latched = tuple(feeder for feeder in incident.feeders if feeder in modes.latches)
    wanted = all(modes.governing(f).mode is Mode.AUTOMATIC for f in incident.feeders)
    if latched and wanted:
        incident.note(at, because("waits-latched", feeders=latched))


def worked_by_hand(
    here: Situation, event: SwitchingAnnounced | PositionReported, *, feeders_at: FeedersAt
) -> None:
    """Somebody operates a switch, or has operated it, that no sheet had asked them to."""
    if isinstance(event, PositionReported) and event.switch in here.state.link_of:
        return  # telemetry knows better
    if any(step.switch == event.switch for _, step in here.sheets.asked_of_crews()):
        return
    latch = Latch(since=event.at, why=because("worked-by-hand", device=event.switch), by=event.by)
    here.state.modes.latch(feeders_at[event.switch], latch)
