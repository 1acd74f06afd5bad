"""A desk that is told of one random fault after the other, on a clock of messages and timers."""

import heapq
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from gridops.calibration.drawing import DrawnFault
from gridops.calibration.messages import flag, moved
from gridops.calibration.terrain import Terrain
from gridops.commands import CancelTimer, Intent, StartTimer
from gridops.events import (
    Event,
    FieldEvent,
    IncidentHalted,
    LinkRestored,
    LockoutChanged,
    ModeChanged,
    PlanSolved,
    TimerExpired,
)
from gridops.events.operator import Mode
from gridops.ids import TimerId, UserName
from gridops.incident import Desk, Incident, IncidentSettings
from gridops.measurement import Reading
from gridops.outage import Location
from gridops.response import Engines

START = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(seconds=1800)
"""From one fault to the next."""
LOOKED_AT = timedelta(seconds=600)
"""After the fault: every message, every timer of it has come by then."""
CUSTOMARY = UserName("study")
FAULTS_OF_A_DESK = 500
"""A desk remembers its closed incidents; after so many faults a fresh one takes over."""
TIMERS_MAX = 10_000
"""Timers that may expire in one fault."""


class Watch:
    """Plans are withheld by the mode: only detection and location are at work.

    Guarantees: what a fault finds does not depend on the faults before it, but by mistakes of the
    engine, which is what a study wants to see.
    """

    def __init__(self, terrain: Terrain, *, engines: Engines, settings: IncidentSettings) -> None:
        self._terrain = terrain
        self._engines = engines
        self._settings = settings
        self._desk: Desk | None = None
        self._told = 0
        self._now = START
        self._timers: dict[TimerId, datetime] = {}
        self._queue: list[tuple[datetime, TimerId]] = []

    def next_strike(self) -> datetime:
        """When the next fault strikes; on a fresh desk if the last one has had its share, or if
        an incident of it would not close."""
        if self._desk is None or self._told >= FAULTS_OF_A_DESK or self._desk.open_incidents:
            self._begin()
        self._told += 1
        return self._now + APART / 2

    def locate(
        self, fault: DrawnFault, messages: Sequence[FieldEvent], *, struck_at: datetime
    ) -> list[Location]:
        """Where the incidents that came of it say that the fault is, as they say it once all is
        in; then everything is put back as it was. Without a location: nothing was noticed."""
        desk = self._desk
        if desk is None:
            raise ValueError("ask for the next strike first")
        known = len(desk.incidents)
        self._tell(messages)
        self._wait(struck_at + LOOKED_AT)
        new = list(desk.incidents.values())[known:]
        found = [where for where in map(_location_of, new) if where is not None]
        self._put_back(desk, fault)
        return found

    def _begin(self) -> None:
        network = self._terrain.network
        self._desk = Desk(network, self._engines, settings=self._settings)
        self._told, self._timers, self._queue = 0, {}, []
        at = self._now
        boot: list[Event] = [
            LinkRestored(at=at, link=link, epoch=1, gap_since=None) for link in network.links
        ]
        boot.append(ModeChanged(at=at, by=CUSTOMARY, feeder=None, mode=Mode.DISABLED))
        boot += [
            moved(switch.id, switch.normal_position, at=at)
            for switch in network.switches.values()
            if switch.id in self._terrain.telling
        ]
        boot += [flag(switch, Reading.NO, at=at) for switch in self._terrain.indicators]
        self._tell(boot)

    def _put_back(self, desk: Desk, fault: DrawnFault) -> None:
        """Repaired and closed again; what still waits for a plan is told that none comes."""
        for incident in list(desk.open_incidents.values()):
            if incident.question is not None:
                at, ticket = self._now, incident.ticket
                self._tell(
                    [
                        IncidentHalted(at=at, by=CUSTOMARY, incident=incident.id),
                        PlanSolved(at=at, incident=incident.id, ticket=ticket),
                    ]
                )
        at = self._now + timedelta(seconds=1)
        said = (fault.failed | fault.flagged).nonzero()[0].tolist()
        self._tell(flag(self._terrain.indicators[number], Reading.NO, at=at) for number in said)
        switches = self._terrain.network.switches
        for device in reversed(fault.tripped):
            if device not in self._terrain.telling:
                continue
            reset = LockoutChanged(at=at, source_time=at, switch=device, reading=Reading.NO)
            if switches[device].lockout_point:
                self._tell([reset])
            self._tell([moved(device, switches[device].normal_position, at=at)])
        self._wait(at + APART / 4)

    def _tell(self, events: Iterable[Event]) -> None:
        """In this order, with the timers that are due before each."""
        for event in events:
            self._wait(event.at)
            self._handle(event)

    def _wait(self, until: datetime) -> None:
        """Lets what is due before `until` expire."""
        for _ in range(TIMERS_MAX):
            if not self._queue or self._queue[0][0] >= until:
                break
            due, timer = heapq.heappop(self._queue)
            if self._timers.get(timer) == due:
                del self._timers[timer]
                self._now = max(self._now, due)
                self._handle(TimerExpired(at=self._now, timer=timer))
        self._now = max(self._now, until)

    def _handle(self, event: Event) -> None:
        if self._desk is not None:
            self._heed(self._desk.handle(event))

    def _heed(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            if isinstance(intent, StartTimer):
                self._timers[intent.timer] = intent.due
                heapq.heappush(self._queue, (intent.due, intent.timer))
            elif isinstance(intent, CancelTimer):
                self._timers.pop(intent.timer, None)


def _location_of(incident: Incident) -> Location | None:
    return incident.question.location if incident.question is not None else incident.location
