"""Openings that somebody meant: our own commands, announced switching, tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.events import CommandIssued, SwitchingAnnounced
from gridops.events.operator import TagKind
from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import Network
from gridops.state import LiveState

WORK_TAGS = frozenset({TagKind.NO_CLOSE, TagKind.NO_OPERATE, TagKind.EARTH_APPLIED})
"""An opening under one of these is planned work. Hot-line work and caution are not on the
list: under them a trip is a trip, and the one that matters most."""


@dataclass(frozen=True, slots=True)
class _Intention:
    position: Position
    ours: bool
    """Part of handling an incident."""
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class AskedOfCrew:
    """A crew may be bringing a switch to `position`, since it was told to."""

    position: Position
    ours: bool
    """Part of handling an incident, as a command of a plan is; else planned work, if it takes
    supply from somebody."""
    since: datetime


class Intentions:
    """Remembers per switch the last movement that was ordered or announced.

    One intention covers one movement, and only within its window; what crews are asked for covers
    every such movement for as long as they are.
    """

    crews: Mapping[SwitchId, AskedOfCrew]
    """Of crews that are asked now."""
    _of: dict[SwitchId, _Intention]

    def __init__(self) -> None:
        self.crews = {}
        self._of = {}

    def take_in(self, network: Network) -> None:
        """Goes on with the switches that `network` has."""
        self._of = {s: meant for s, meant in self._of.items() if s in network.switches}

    def commanded(self, event: CommandIssued, window_s: float) -> None:
        """What a sheet by hand opens beside any incident is work that somebody planned."""
        until = event.at + timedelta(seconds=window_s)
        ours = event.incident is not None
        self._of[event.switch] = _Intention(event.position, ours, event.at, until)

    def announced(self, event: SwitchingAnnounced, window_s: float) -> None:
        until = event.at + timedelta(seconds=window_s)
        self._of[event.switch] = _Intention(event.position, False, event.at, until)

    def take(
        self, switch: SwitchId, position: Position, *, moved_at: datetime, at: datetime
    ) -> _Intention | AskedOfCrew | None:
        """The intention that this movement fulfils; a movement uses it up either way, unless it
        happened before anything was intended and is only told late."""
        found = self._of.get(switch)
        if found is not None and moved_at >= found.since:
            del self._of[switch]
            if found.position is position and at <= found.until:
                return found
        asked = self.crews.get(switch)
        fits = asked is not None and asked.position is position and moved_at >= asked.since
        return asked if fits else None


def is_tagged_for_work(switch: SwitchId, state: LiveState) -> bool:
    return any(tag.switch == switch and tag.kind in WORK_TAGS for tag in state.tags.values())
