"""When what a witness says can have happened: its own clock is a claim.

A device whose clock is an hour slow flags for this fault, not for something of an hour ago. What
it repeats unchanged - a latched flag that is read again - keeps the time that it had.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gridops.events import (
    EarthFaultChanged,
    FaultCurrentMeasured,
    FaultFlagChanged,
    VoltageLossChanged,
)
from gridops.measurement import Measured, Part, Reading
from gridops.outage.detection_clock import plausible_time
from gridops.state import LiveState

Word = FaultFlagChanged | VoltageLossChanged | EarthFaultChanged | FaultCurrentMeasured


def dated(event: Word, state: LiveState, *, earliest: datetime | None, off_s_min: float) -> Word:
    """The word with a source time that is plausible; `earliest` is that of its link
    (`LinkTimes.earliest`). A source time further back than `off_s_min` over a whole link is a wrong
    clock, and the word as new as its arrival. `state` has not applied it yet."""
    known, value = _known(event, state), _value(event)
    repeats = known is not None and known.value == value and isinstance(value, Reading)
    if known is not None and repeats and event.source_time <= known.source_time:
        return replace(event, source_time=known.source_time)
    is_off = earliest is not None and event.source_time < min(
        earliest, event.at - timedelta(seconds=off_s_min)
    )
    time = event.at if is_off else plausible_time(event.source_time, at=event.at, earliest=earliest)
    return event if time == event.source_time else replace(event, source_time=time)


def _value(event: Word) -> Reading | float:
    return event.current_a if isinstance(event, FaultCurrentMeasured) else event.reading


def _known(event: Word, state: LiveState) -> Measured[Any] | None:
    match event:
        case FaultFlagChanged(part=Part.WHOLE):
            return state.flags.get(event.switch)
        case FaultFlagChanged():
            return state.part_flags.get((event.switch, event.part))
        case VoltageLossChanged():
            return state.voltage_losses.get((event.switch, event.part))
        case EarthFaultChanged():
            return state.earth_faults.get(event.switch)
        case FaultCurrentMeasured():
            return state.fault_currents_a.get(event.switch)
