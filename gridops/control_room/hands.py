"""By whose hand each switch moved, as far as the journal says."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gridops.events import (
    CommandIssued,
    CommandRejected,
    Event,
    PositionReported,
    SwitchingAnnounced,
    SwitchMoved,
    VoltageMeasured,
)
from gridops.ids import CommandId, SwitchId
from gridops.incident import Desk
from gridops.measurement import Position
from gridops.reliability import Hand
from gridops.sheets import AUTOMATION
from gridops.state.outcomes import CLOCKS_DIFFER_S_MAX, HEARD_LATE_S_MAX

MOVES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Who is about to move a switch, and where to."""

    hand: Hand
    position: Position
    until: datetime | None
    """What moves later did not do so for this; None: as long as a crew is asked."""
    command: CommandId | None = None


@dataclass(slots=True)
class Hands:
    """A fold over the facts; bounded by the switches of the grid."""

    awaited: dict[SwitchId, Awaited] = field(default_factory=dict)
    moved: dict[SwitchId, Hand] = field(default_factory=dict)
    """Who moved each switch last."""
    moves: dict[SwitchId, list[datetime]] = field(default_factory=dict)
    """When people and plans moved each switch, by source time, the newest MOVES_MAX."""

    def hear(self, event: Event, *, desk: Desk) -> None:
        """After the desk has folded it."""
        match event:
            case CommandIssued():
                self.awaited[event.switch] = Awaited(
                    hand=_commanded(event, desk),
                    position=event.position,
                    until=event.deadline + _late(event.switch, desk),
                    command=event.command,
                )
            case CommandRejected():
                self.awaited = {
                    switch: one
                    for switch, one in self.awaited.items()
                    if one.command != event.command
                }
            case SwitchingAnnounced():
                window = timedelta(seconds=desk.settings.detection.announced_window_s)
                self.awaited[event.switch] = Awaited(
                    hand=Hand.DISPATCHER, position=event.position, until=event.at + window
                )
            case PositionReported():
                self.awaited.pop(event.switch, None)
                self.moved[event.switch] = Hand.CREW
                self._keep(event.switch, event.at)
            case SwitchMoved():
                self._moved(event, desk)
            case _:
                pass
        self._asked_of_crews(event.at, desk=desk)

    def _asked_of_crews(self, at: datetime, *, desk: Desk) -> None:
        """A step that failed or was withdrawn may still be heard of as late as a command."""
        asked = {
            step.switch: Awaited(hand=Hand.CREW, position=step.position, until=None)
            for _, step in desk.sheets.asked_of_crews()
            if step.switch is not None and step.position is not None
        }
        for switch, one in self.awaited.items():
            if one.until is None and switch not in asked:
                self.awaited[switch] = replace(one, until=at + _late(switch, desk))
        self.awaited |= asked

    def _moved(self, event: SwitchMoved, desk: Desk) -> None:
        """What moves as nobody was about to move it did so by itself, and so did what protection
        has tripped while a crew was on its way. What was done in time and is told late, over a
        link that was lost, was done in time."""
        one = self.awaited.get(event.switch)
        until = None if one is None else one.until
        if until is not None and until < min(event.source_time, event.at):
            del self.awaited[event.switch]
            one = None
        if one is not None and one.hand is Hand.CREW and event.position is Position.OPEN:
            one = None if desk.has_tripped(event.switch, event.source_time) else one
        if one is not None and one.position is event.position:
            del self.awaited[event.switch]
            self._keep(event.switch, event.source_time)
            self.moved[event.switch] = one.hand
        elif one is None or event.position in (Position.OPEN, Position.CLOSED):
            self.moved[event.switch] = Hand.PROTECTION

    def _keep(self, switch: SwitchId, moved_at: datetime) -> None:
        known = self.moves.setdefault(switch, [])
        known.append(moved_at)
        del known[:-MOVES_MAX]

    def moves_of(self, switches: Iterable[SwitchId], *, since: datetime) -> list[datetime]:
        """When people and plans moved any of them, in order of time."""
        return sorted(at for s in switches for at in self.moves.get(s, ()) if at >= since)

    def of(self, event: Event) -> Hand | None:
        """By whom supply went or came with this fact; None: nobody can tell."""
        match event:
            case SwitchMoved() | PositionReported():
                return self.moved.get(event.switch)
            case VoltageMeasured():
                return Hand.SOURCE
            case _:
                return None


def _late(switch: SwitchId, desk: Desk) -> timedelta:
    """How long after its deadline a movement may end, and be heard of."""
    found = desk.network.switches.get(switch)
    takes_s = 0.0 if found is None else found.operating_time_s
    return timedelta(seconds=takes_s + CLOCKS_DIFFER_S_MAX + HEARD_LATE_S_MAX)


def _commanded(event: CommandIssued, desk: Desk) -> Hand:
    incident = None if event.incident is None else desk.incidents.get(event.incident)
    plan = None if incident is None else incident.proposed
    by_itself = plan is not None and plan.id == event.plan and plan.released_by == AUTOMATION
    return Hand.AUTOMATION if by_itself else Hand.DISPATCHER
