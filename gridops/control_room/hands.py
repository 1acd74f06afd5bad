"""By whose hand each switch moved, as far as the journal says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from gridops.events import (
    CommandIssued,
    Event,
    PositionReported,
    SwitchingAnnounced,
    SwitchMoved,
    VoltageMeasured,
)
from gridops.ids import SwitchId
from gridops.incident import Desk
from gridops.measurement import Position
from gridops.reliability import Hand
from gridops.sheets import AUTOMATION

MOVES_MAX = 1_000


@dataclass(slots=True)
class Hands:
    """A fold over the facts; bounded by the switches of the grid."""

    awaited: dict[SwitchId, tuple[Hand, Position]] = field(default_factory=dict)
    """Who is about to move what, and where to."""
    moved: dict[SwitchId, Hand] = field(default_factory=dict)
    """Who moved each switch last."""
    moves: dict[SwitchId, list[datetime]] = field(default_factory=dict)
    """When people and plans moved each switch, by source time, the newest MOVES_MAX."""

    def hear(self, event: Event, *, desk: Desk) -> None:
        """After the desk has folded it."""
        match event:
            case CommandIssued():
                self.awaited[event.switch] = _commanded(event, desk), event.position
            case SwitchingAnnounced():
                self.awaited[event.switch] = Hand.DISPATCHER, event.position
            case PositionReported():
                self.awaited.pop(event.switch, None)
                self.moved[event.switch] = Hand.CREW
                self._keep(event.switch, event.at)
            case SwitchMoved():
                self._moved(event)
            case _:
                pass
        for _, step in desk.sheets.asked_of_crews():
            if step.switch is not None and step.position is not None:
                self.awaited[step.switch] = Hand.CREW, step.position

    def _moved(self, event: SwitchMoved) -> None:
        """What moves as nobody was about to move it did so by itself."""
        hand, position = self.awaited.get(event.switch, (Hand.PROTECTION, event.position))
        if position is event.position:
            if self.awaited.pop(event.switch, None) is not None:
                self._keep(event.switch, event.source_time)
            self.moved[event.switch] = hand
        elif event.position in (Position.OPEN, Position.CLOSED):
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


def _commanded(event: CommandIssued, desk: Desk) -> Hand:
    incident = None if event.incident is None else desk.incidents.get(event.incident)
    plan = None if incident is None else incident.proposed
    by_itself = plan is not None and plan.id == event.plan and plan.released_by == AUTOMATION
    return Hand.AUTOMATION if by_itself else Hand.DISPATCHER
