"""Readings as the live state keeps them: with the quality and the time of the field."""

from dataclasses import replace
from typing import TypeVar

from gridops.events import (
    CurrentMeasured,
    EarthFaultChanged,
    FaultCurrentMeasured,
    FaultFlagChanged,
    LoadShedChanged,
    LocalControlChanged,
    LockoutChanged,
    PowerMeasured,
    ProtectionPickedUp,
    SwitchMoved,
    TestModeChanged,
    VoltageLossChanged,
    VoltageMeasured,
)
from gridops.measurement import Measured, Position, Quality

K = TypeVar("K")
T = TypeVar("T")

ContactFact = (
    ProtectionPickedUp
    | EarthFaultChanged
    | LockoutChanged
    | LocalControlChanged
    | LoadShedChanged
    | TestModeChanged
)
DeviceFact = (
    SwitchMoved
    | FaultFlagChanged
    | VoltageLossChanged
    | ContactFact
    | VoltageMeasured
    | CurrentMeasured
    | FaultCurrentMeasured
    | PowerMeasured
)
OVERTAKEN_S_MAX = 30.0
"""A movement that comes at most so much later than one that happened after it is no news."""


def is_overtaken(event: SwitchMoved, before: Measured[Position]) -> bool:
    """Whether a later movement was heard of before this one. Only what is of these seconds by our
    own clock is compared: a device whose clock was set back is believed."""
    near = abs((event.at - before.source_time).total_seconds()) <= OVERTAKEN_S_MAX
    return before.is_good and event.source_time < before.source_time and near


def keep(
    known: dict[K, Measured[T]],
    key: K,
    *,
    value: T,
    event: DeviceFact,
) -> None:
    known[key] = Measured(value, event.quality, event.source_time)


def grow_stale(known: dict[K, Measured[T]], key: K) -> None:
    if key in known:
        known[key] = replace(known[key], quality=Quality.STALE)
