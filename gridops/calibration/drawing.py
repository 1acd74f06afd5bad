"""One random fault: where it is, what trips, and what each indicator makes of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.calibration.lots import Lots
from gridops.calibration.terrain import Terrain
from gridops.ids import SectionId, SwitchId

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWays:
    """How the field errs. Every device errs by itself; the probabilities are those of one fault."""

    p_failed: float = 0.05
    """An indicator has no telemetry."""
    p_silent: float = 0.02
    """An indicator on the way of fault current says nothing."""
    p_stray: float = 0.01
    """An indicator beside it flags."""
    p_trip_failed: float = 0.01
    """A device that should clear the fault does not, and the next one above has to."""
    p_trip_above: float = 0.02
    """A device above the one that clears trips as well, each by itself."""
    delay_s_max: float = 10.0
    """Each message is late by anything up to this."""
    p_duplicate: float = 0.1
    """A message comes a second time, with a delay of its own."""
    reordered: bool = True
    """False: one message never overtakes another."""
    reclosing: bool = True
    """Devices reclose as often as the grid says; False: the first trip is final."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DrawnFault:
    """What is true, and what is said. The marks are by number of the indicator."""

    number: int
    section: SectionId
    tripped: tuple[SwitchId, ...]
    """The nearest first; with those that nobody hears of."""
    failed: Marks
    flagged: Marks
    """What is said: never true where `failed` is."""
    on_path: Marks
    wrong: int
    """Devices behind the outermost tripped one that said nothing or the wrong thing, and trips
    that failed or were too many."""


def draw_fault(terrain: Terrain, ways: FieldWays, *, lots: Lots, number: int) -> DrawnFault:
    """Fault `number` of the study, the same whatever else is drawn."""
    place = np.searchsorted(terrain.shares, lots.share("place", number), side="right")
    section = terrain.places[min(int(place), len(terrain.places) - 1)]
    tripped, misses = _trips(terrain.guards[section], ways, lots=lots, number=number)
    count = len(terrain.indicators)
    on_path = np.zeros(count, bool)
    on_path[[terrain.number_of[s] for s in terrain.paths[section] if s in terrain.number_of]] = True
    failed = lots.shares("failed", number, count=count) < ways.p_failed
    silent = lots.shares("silent", number, count=count) < ways.p_silent
    stray = lots.shares("stray", number, count=count) < ways.p_stray
    flagged = np.where(on_path, ~silent, stray) & ~failed
    concerned = np.zeros(count, bool)
    concerned[indicators_behind(terrain, tripped[-1:])] = True
    wrong = int(np.count_nonzero(concerned & (failed | (flagged != on_path))))
    return DrawnFault(
        number=number,
        section=section,
        tripped=tripped,
        failed=failed,
        flagged=flagged,
        on_path=on_path,
        wrong=wrong + misses + len(tripped) - 1,
    )


def _trips(
    guards: tuple[SwitchId, ...], ways: FieldWays, *, lots: Lots, number: int
) -> tuple[tuple[SwitchId, ...], int]:
    """What trips, and how many devices failed to. The last one above all always clears."""
    missed = 0
    while missed < len(guards) - 1 and lots.happens(
        "trip-failed", number, missed, chance=ways.p_trip_failed
    ):
        missed += 1
    along = [
        device
        for place, device in enumerate(guards[missed + 1 :])
        if lots.happens("trip-above", number, place, chance=ways.p_trip_above)
    ]
    return (guards[missed], *along), missed


def indicators_behind(terrain: Terrain, devices: tuple[SwitchId, ...]) -> list[int]:
    """Numbers of the indicators at the switches that feed anything behind `devices`, themselves
    not counted."""
    feeding = {
        terrain.paths[section][-1]
        for device in devices
        for section in terrain.behind[device]
        if terrain.paths[section][-1] != device
    }
    return sorted(terrain.number_of[s] for s in feeding if s in terrain.number_of)


def is_heard(terrain: Terrain, fault: DrawnFault) -> bool:
    """Whether telemetry tells of any trip, and any customer lost supply by one that it tells of.
    What a fuse without telemetry clears nobody hears of but by calls and meters."""
    told = [device for device in fault.tripped if device in terrain.telling]
    return any(terrain.darkens(device) for device in told)
