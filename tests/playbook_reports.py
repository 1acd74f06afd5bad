"""More words of a `Playbook`: meters, callers, crews, trials and earth-fault relays."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from gridops.events import (
    EarthFaultChanged,
    Event,
    FaultCurrentMeasured,
    FaultFlagChanged,
    MetersReported,
    PatrolReported,
    TestModeChanged,
    TrialReported,
    TroubleReported,
    VoltageLossChanged,
)
from gridops.ids import IncidentId, LoadId, SwitchId
from gridops.measurement import Part, Quality, Reading
from gridops.network import Network, draw
from gridops.network.network import build_network
from tests.playbook import Playbook
from tests.playbook_words import LAN


def silent(
    drawing: str, *devices: str, change: Mapping[str, Mapping[str, Any]] | None = None
) -> Network:
    """The drawn grid, with `devices` that have no telemetry at all."""
    parts = draw(drawing, change=change).components
    points = tuple(p for p in parts.points if p.element not in devices)
    return build_network(replace(parts, points=points))


@dataclass(frozen=True)
class Gasps:
    """Last gasps of the meters behind one service transformer."""

    load: str
    meters: int = 100
    source_s: float = 0.0
    """Source time, counted from now."""
    phases: str = ""

    def events(self, play: Playbook) -> list[Event]:
        return [replace(_meters(play, self, has_voltage=Reading.NO), phases=self.phases)]


@dataclass(frozen=True)
class Answers:
    """Meters behind one service transformer have voltage."""

    load: str
    meters: int = 100
    source_s: float = 0.0

    def events(self, play: Playbook) -> list[Event]:
        return [_meters(play, self, has_voltage=Reading.YES)]


def _meters(play: Playbook, word: Gasps | Answers, *, has_voltage: Reading) -> MetersReported:
    return MetersReported(
        at=play.now,
        source_time=play.now + timedelta(seconds=word.source_s),
        load=LoadId(word.load),
        has_voltage=has_voltage,
        meters=word.meters,
    )


@dataclass(frozen=True)
class Calls:
    load: str
    calls: int = 1

    def events(self, play: Playbook) -> list[Event]:
        return [TroubleReported(at=play.now, by=LAN, load=LoadId(self.load), calls=self.calls)]


@dataclass(frozen=True)
class Patrolled:
    place: str
    found: bool = False
    incident: str = "I1"

    def events(self, play: Playbook) -> list[Event]:
        incident = IncidentId(self.incident)
        return [
            PatrolReported(
                at=play.now, by=LAN, incident=incident, place=self.place, found=self.found
            )
        ]


@dataclass(frozen=True)
class Tried:
    switch: str
    held: bool
    incident: str = "I1"

    def events(self, play: Playbook) -> list[Event]:
        incident, switch = IncidentId(self.incident), SwitchId(self.switch)
        return [
            TrialReported(at=play.now, by=LAN, incident=incident, switch=switch, held=self.held)
        ]


@dataclass(frozen=True)
class EarthFault:
    switch: str
    reading: Reading = Reading.YES
    quality: Quality = Quality.GOOD

    def events(self, play: Playbook) -> list[Event]:
        at, switch = play.now, SwitchId(self.switch)
        return [
            EarthFaultChanged(
                at=at, source_time=at, switch=switch, reading=self.reading, quality=self.quality
            )
        ]


@dataclass(frozen=True)
class PartFlagged:
    switch: str
    part: Part
    source_s: float = 0.0

    def events(self, play: Playbook) -> list[Event]:
        at = play.now
        return [
            FaultFlagChanged(
                at=at,
                source_time=at + timedelta(seconds=self.source_s),
                switch=SwitchId(self.switch),
                reading=Reading.YES,
                part=self.part,
            )
        ]


@dataclass(frozen=True)
class LostVoltage:
    switch: str
    part: Part = Part.WHOLE

    def events(self, play: Playbook) -> list[Event]:
        at, switch = play.now, SwitchId(self.switch)
        return [
            VoltageLossChanged(
                at=at, source_time=at, switch=switch, reading=Reading.YES, part=self.part
            )
        ]


@dataclass(frozen=True)
class FaultCurrent:
    switch: str
    current_a: float

    def events(self, play: Playbook) -> list[Event]:
        at, switch = play.now, SwitchId(self.switch)
        return [
            FaultCurrentMeasured(at=at, source_time=at, switch=switch, current_a=self.current_a)
        ]


@dataclass(frozen=True)
class InTest:
    switch: str
    reading: Reading = Reading.YES

    def events(self, play: Playbook) -> list[Event]:
        at, switch = play.now, SwitchId(self.switch)
        return [TestModeChanged(at=at, source_time=at, switch=switch, reading=self.reading)]
