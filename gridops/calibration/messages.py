"""A random fault as the control room hears of it: late, twice and in any order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from gridops.calibration.drawing import DrawnFault, FieldWays
from gridops.calibration.lots import Lots
from gridops.calibration.terrain import Terrain
from gridops.events import FaultFlagChanged, FieldEvent, LockoutChanged, SwitchMoved
from gridops.ids import SwitchId
from gridops.measurement import Position, Quality, Reading
from gridops.network import Switch

FLAG_AFTER_S = 0.1
"""From the beginning of fault current to the flag."""
STRAY_WITHIN_S = 1.0
"""A stray flag of this fault comes so soon after it began."""
FAILED_BEFORE_S = 60.0
"""The telemetry of an indicator that has failed went away so long before at the most."""


def told(
    terrain: Terrain, fault: DrawnFault, *, ways: FieldWays, struck_at: datetime, lots: Lots
) -> list[FieldEvent]:
    """What the devices send, each once and at once, in the order of their own time."""
    said = [*_flags(terrain, fault, struck_at=struck_at, lots=lots)]
    for device in fault.tripped:
        if device in terrain.telling:
            said += _trip(terrain.network.switches[device], ways, struck_at=struck_at)
    return sorted(said, key=lambda event: event.at)


def _flags(
    terrain: Terrain, fault: DrawnFault, *, struck_at: datetime, lots: Lots
) -> Iterator[FieldEvent]:
    for number in fault.failed.nonzero()[0].tolist():
        before = FAILED_BEFORE_S * lots.share("failed-before", fault.number, number)
        at = struck_at - timedelta(seconds=before)
        yield FaultFlagChanged(
            at=at,
            source_time=at,
            quality=Quality.BAD,
            switch=terrain.indicators[number],
            reading=Reading.FAILED,
        )
    for number in fault.flagged.nonzero()[0].tolist():
        after = FLAG_AFTER_S
        if not fault.on_path[number]:
            after = STRAY_WITHIN_S * lots.share("stray-after", fault.number, number)
        yield flag(terrain.indicators[number], Reading.YES, at=struck_at + timedelta(seconds=after))


def flag(switch: SwitchId, reading: Reading, *, at: datetime) -> FaultFlagChanged:
    return FaultFlagChanged(at=at, source_time=at, switch=switch, reading=reading)


def moved(switch: SwitchId, position: Position, *, at: datetime) -> SwitchMoved:
    return SwitchMoved(at=at, source_time=at, switch=switch, position=position)


def _trip(switch: Switch, ways: FieldWays, *, struck_at: datetime) -> Iterator[FieldEvent]:
    """Every shot of it: the fault is permanent."""
    delay = timedelta(seconds=switch.trip_delay_s)
    at = struck_at + delay
    for dead_time_s in switch.reclose_delays_s if ways.reclosing else ():
        yield moved(switch.id, Position.OPEN, at=at)
        at += timedelta(seconds=dead_time_s)
        yield moved(switch.id, Position.CLOSED, at=at)
        at += delay
    yield moved(switch.id, Position.OPEN, at=at)
    if switch.lockout_point:
        yield LockoutChanged(at=at, source_time=at, switch=switch.id, reading=Reading.YES)


def delivered(
    said: list[FieldEvent], ways: FieldWays, *, lots: Lots, fault: int, order: int
) -> list[FieldEvent]:
    """The same messages as they come in, delayed and some of them twice; another `order`,
    another throw. Each comes within `delay_s_max` of its own time."""
    delays = lots.shares("delay", fault, order, count=2 * len(said)) * ways.delay_s_max
    twice = lots.shares("twice", fault, order, count=len(said)) < ways.p_duplicate
    arriving = []
    latest = said[0].at
    for number, event in enumerate(said):
        at = event.at + timedelta(seconds=float(delays[2 * number]))
        latest = at if ways.reordered else max(at, latest)
        arriving.append(replace(event, at=latest))
        if twice[number]:
            again = event.at + timedelta(seconds=float(delays[2 * number + 1]))
            arriving.append(replace(event, at=again if ways.reordered else max(again, latest)))
    return sorted(arriving, key=lambda event: event.at)
