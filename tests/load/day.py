"""Part f: a day of normal traffic through link, loop and journal, as fast as they take it.

Normal is: every measurement passes its deadband once in a minute; on each feeder, in each hour, one
switch that leaves nobody without supply is opened and closed again, with local control before and
after, and one relay picks up and drops. No fault, no lost link.
"""

import math
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gridops.adapters.engines import power_flow
from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled
from gridops.ids import PointId, SwitchId
from gridops.incident import IncidentSettings
from gridops.measurement import Position
from gridops.network import Network, Point, Signal
from gridops.state import energise
from gridops.virtual_field import PointValue, VirtualField
from tests.load.processes import processor_s, resident_mb, workers
from tests.load.room_side import CLOCK, RoomSide, city, room_side, served_city, until
from tests.load.servers import Make, Server
from tests.load.sizes import Sizes

ANALOG_PUBLISHING_MS = 200
"""A minute of the day takes no longer than a server needs to tell of it."""
MINUTE_S_MAX = 20.0
LOOKS = 96
SETTLED_SHARE = 0.25
"""Of the day, after which memory should not grow any more."""
KINDS = (
    "VoltageMeasured",
    "CurrentMeasured",
    "PowerMeasured",
    "SwitchMoved",
    "LocalControlChanged",
    "ProtectionPickedUp",
)
_MEASURED = (Signal.VOLTAGE, Signal.CURRENT, Signal.POWER)
_SWING, _NOISE = 0.2, 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory of one process over the day, in MB."""

    first: float
    middle: float
    last: float
    per_day: float
    """What it grows by in a day of traffic, fitted over all but the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    make: Make
    feeders: int
    hours: float
    took_s: float
    changes: int
    told: int
    journalled: int
    """Entries of these kinds, without what was read at the beginning."""
    troubles: int
    room_us: float
    """Processor time of the control room for each change, desk and journal included."""
    worker_us: float
    room: Memory
    worker: Memory
    journal_mb: float


@dataclass(slots=True)
class Heard:
    told: int = 0
    troubles: int = 0

    def hear(self, events: Sequence[FieldEvent]) -> None:
        of_links = sum(isinstance(e, (LinkLost, LinkRestored, LinkTroubled)) for e in events)
        self.told += len(events) - of_links
        self.troubles += of_links


@dataclass(slots=True)
class Looks:
    """At the memory of both processes, whichever worker it is."""

    hours: list[float] = field(default_factory=list)
    room_mb: list[float] = field(default_factory=list)
    worker_mb: list[float] = field(default_factory=list)

    def look(self, hour: float) -> None:
        self.hours.append(hour)
        self.room_mb.append(resident_mb(os.getpid()))
        self.worker_mb.append(sum(map(resident_mb, workers())))

    def memory(self, of_all: Sequence[float]) -> Memory:
        settled = int(len(of_all) * SETTLED_SHARE)
        per_hour = 0.0
        if len(of_all) - settled >= 2:
            per_hour = float(np.polyfit(self.hours[settled:], of_all[settled:], 1)[0])
        return Memory(
            first=of_all[0],
            middle=of_all[len(of_all) // 2],
            last=of_all[-1],
            per_day=24.0 * per_hour,
        )


async def run(make: Make, sizes: Sizes, folder: Path) -> Day:
    network = city(sizes.feeders)
    normal = VirtualField(network, power_flow(network), start=CLOCK.now()).values()
    heard = Heard()
    async with served_city(make, network, folder) as server:
        await server.rtu.show(normal.values())
        async with room_side(
            network,
            server,
            IncidentSettings(),
            folder=folder,
            heard=heard.hear,
            analog_publishing_ms=ANALOG_PUBLISHING_MS,
        ) as side:
            traffic = Traffic(network, normal)
            return await _played(make, sizes, traffic, server=server, side=side, heard=heard)


async def _played(
    make: Make, sizes: Sizes, traffic: "Traffic", *, server: Server, side: RoomSide, heard: Heard
) -> Day:
    (worker,) = workers()
    looks, changes = Looks(), 0
    read, known_troubles = side.count(*KINDS), heard.troubles
    heard.told = 0
    began, room_began_s, worker_began_s = time.monotonic(), time.process_time(), processor_s(worker)
    minutes = max(2, round(60 * sizes.hours))
    for minute in range(minutes):
        rows = traffic.minute(minute)
        changes += len(rows)
        await server.rtu.show_raw(rows)
        await _taken(side, heard, changes)
        if minute % max(1, minutes // LOOKS) == 0 or minute == minutes - 1:
            looks.look(minute / 60.0)
    return Day(
        make=make,
        feeders=sizes.feeders,
        hours=minutes / 60.0,
        took_s=time.monotonic() - began,
        changes=changes,
        told=heard.told,
        journalled=side.count(*KINDS) - read,
        troubles=heard.troubles - known_troubles,
        room_us=1e6 * (time.process_time() - room_began_s) / changes,
        worker_us=1e6 * (processor_s(worker) - worker_began_s) / changes
        if workers() == [worker]
        else math.nan,
        room=looks.memory(looks.room_mb),
        worker=looks.memory(looks.worker_mb),
        journal_mb=sum(f.stat().st_size for f in side.journal.parent.glob("journal.db*")) / 2**20,
    )


async def _taken(side: RoomSide, heard: Heard, changes: int) -> None:
    """Until all of them are told and journalled, or are late beyond all measure: then the figures
    will not agree, which is what they are for."""
    try:
        await until(lambda: heard.told >= changes, within_s=MINUTE_S_MAX)
    except TimeoutError:
        return
    await until(lambda: not len(side.loop._intake), within_s=MINUTE_S_MAX)


class Traffic:
    """Minute by minute: rows for the server. The same for the same grid."""

    def __init__(self, network: Network, normal: Mapping[PointId, PointValue]) -> None:
        self._dice = random.Random(1)
        self._measured = [v for v in normal.values() if v.point.signal in _MEASURED]
        self._state = {
            (v.point.element, v.point.signal): v.point
            for v in normal.values()
            if v.point.signal not in _MEASURED
        }
        self._switches = _harmless(network, self._state)
        self._relays = [e for e, signal in self._state if signal is Signal.PROTECTION]
        self._per_minute = len({s.feeder for s in network.switches.values() if s.feeder}) / 60.0
        self._due = 0.0
        self._turn = 0
        self._back: list[tuple[Point, float]] = []

    def minute(self, minute: int) -> list[list[object]]:
        now_ms = CLOCK.now().timestamp() * 1000.0
        told = [*self._measurements(minute), *self._states()]
        return [[point.node_id, value, 0, now_ms, now_ms, None] for point, value in told]

    def _measurements(self, minute: int) -> Iterator[tuple[Point, float]]:
        swing = 1.0 + _SWING * math.sin(2.0 * math.pi * minute / 1440.0)
        for value in self._measured:
            noise = 1.0 + _NOISE * (self._dice.random() + 0.01)
            base = float(value.value or 0.0)
            swung = base if value.point.signal is Signal.VOLTAGE else base * swing + 1.0
            yield value.point, swung * noise

    def _states(self) -> Iterator[tuple[Point, float]]:
        """What began a minute ago ends; then what begins now."""
        yield from self._back
        self._back = []
        self._due += self._per_minute
        while self._due >= 1.0:
            self._due -= 1.0
            self._turn += 1
            yield from self._switching(self._switches[self._turn % len(self._switches)])
            if self._relays:
                yield from self._blip(self._relays[self._turn % len(self._relays)])

    def _switching(self, switch: SwitchId) -> Iterator[tuple[Point, float]]:
        position = self._state[switch, Signal.POSITION]
        local = self._state.get((switch, Signal.LOCAL))
        if any(point is position for point, _ in self._back):
            return
        if local is not None:
            yield local, True
            self._back.append((local, False))
        yield position, int(Position.OPEN)
        self._back.append((position, int(Position.CLOSED)))

    def _blip(self, relay: str) -> Iterator[tuple[Point, float]]:
        point = self._state[relay, Signal.PROTECTION]
        if any(known is point for known, _ in self._back):
            return
        yield point, True
        self._back.append((point, False))


def _harmless(network: Network, states: Mapping[tuple[str, Signal], Point]) -> list[SwitchId]:
    """Closed, telling of themselves, and nobody hangs on them."""
    normal = energise(network, network.normally_closed)
    return [
        switch.id
        for switch in network.switches.values()
        if switch.is_normally_closed
        and (switch.id, Signal.POSITION) in states
        and not normal.customers_behind(switch.id)
    ]
