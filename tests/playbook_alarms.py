"""A desk whose alarms are watched: what people do about them, and what is to be told.

Watched() >> Moved("s1", Position.BAD) >> Wait(20) << Tells("▲ position:s1")
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from gridops.alarms import Alarms, AlarmState, stood, why_refused
from gridops.commands import Intent
from gridops.control_room.hands import Hands
from gridops.events import (
    AlarmAcknowledged,
    AlarmShelved,
    AlarmUnshelved,
    Event,
    LinkTroubled,
    LoadShedChanged,
    OperatorEvent,
    Trouble,
)
from gridops.ids import AlarmId, SwitchId, UserName
from gridops.incident import IncidentSettings
from gridops.measurement import Reading
from gridops.network import Network
from gridops.reliability import Hand
from tests.playbook import RTU, Playbook

LAN = UserName("lan")
MARKS: Mapping[AlarmState, str] = MappingProxyType(
    {
        AlarmState.UNACKNOWLEDGED: "▲",
        AlarmState.RETURNED: "△",
        AlarmState.ACKNOWLEDGED: "✓",
        AlarmState.SHELVED: "◌",
    }
)


class Watched(Playbook):
    """Around its desk stands what the control room has there, as far as alarms need it."""

    alarms: Alarms
    hands: Hands

    def _begin(self, network: Network, settings: IncidentSettings) -> None:
        self.alarms, self.hands = Alarms(), Hands()
        super()._begin(network, settings)

    def handle(self, event: Event) -> list[Intent]:
        before, stands = self.desk.state.energisation, stood(event, self.desk.state)
        said = super().handle(event)
        self.hands.hear(event, desk=self.desk)
        by_itself = self.hands.of(event) is Hand.PROTECTION
        self.alarms.post(event, before, desk=self.desk, stood=stands, by_itself=by_itself)
        return said

    def told(self) -> list[str]:
        """Every alarm that there is something to tell of, with its mark, the oldest first."""
        known = self.alarms.known.alarms.values()
        states = [(one.id, one.state(self.now)) for one in known]
        return [f"{MARKS[state]} {ident}" for ident, state in states if state is not None]

    def why_not(self, act: OperatorEvent) -> str | None:
        found = why_refused(self.alarms.known, act, desk=self.desk)
        return None if found is None else found.code


class Tells:
    """Of exactly these alarms, the oldest first."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def check(self, play: Playbook) -> None:
        assert isinstance(play, Watched)
        assert play.told() == self.lines


@dataclass(frozen=True)
class Acknowledges:
    alarm: str
    unseen: int = 0
    """So many of the latest raisings had not come to the screen."""

    def event(self, play: Watched) -> AlarmAcknowledged:
        seen = play.alarms.known.raised - self.unseen
        return AlarmAcknowledged(at=play.now, by=LAN, alarm=AlarmId(self.alarm), seen=seen)

    def events(self, play: Playbook) -> list[Event]:
        assert isinstance(play, Watched)
        return [_allowed(play, self.event(play))]


@dataclass(frozen=True)
class Shelves:
    alarm: str
    minutes: float = 30.0
    reason: str = "contact chatters, crew is told"
    unseen: int = 0
    """As above."""

    def event(self, play: Watched) -> AlarmShelved:
        return AlarmShelved(
            at=play.now,
            by=LAN,
            alarm=AlarmId(self.alarm),
            seen=play.alarms.known.raised - self.unseen,
            until=play.now + timedelta(minutes=self.minutes),
            reason=self.reason,
        )

    def events(self, play: Playbook) -> list[Event]:
        assert isinstance(play, Watched)
        return [_allowed(play, self.event(play))]


@dataclass(frozen=True)
class Unshelves:
    alarm: str

    def event(self, play: Watched) -> AlarmUnshelved:
        return AlarmUnshelved(at=play.now, by=LAN, alarm=AlarmId(self.alarm))

    def events(self, play: Playbook) -> list[Event]:
        assert isinstance(play, Watched)
        return [_allowed(play, self.event(play))]


def _allowed(play: Watched, act: OperatorEvent) -> Event:
    assert play.why_not(act) is None
    return act


@dataclass(frozen=True)
class Sheds:
    switch: str
    reading: Reading = Reading.YES

    def events(self, play: Playbook) -> list[Event]:
        at, switch = play.now, SwitchId(self.switch)
        return [LoadShedChanged(at=at, source_time=at, switch=switch, reading=self.reading)]


@dataclass(frozen=True)
class Troubled:
    trouble: Trouble

    def events(self, play: Playbook) -> list[Event]:
        return [LinkTroubled(at=play.now, link=RTU, trouble=self.trouble, count=3)]
