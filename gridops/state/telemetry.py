"""What a point's raw value means: the one place, for every kind of field link.

| signal                               | raw value             | event                     |
|--------------------------------------|-----------------------|---------------------------|
| position                             | integer 0..3 (Dbpos)  | SwitchMoved               |
| a contact (`CONTACTS`)               | boolean, or 0 and 1   | its event, YES and NO     |
| a measurement (`MEASUREMENTS`)       | finite number         | its measurement           |
| command                              | -                     | none: it is only written  |

A device that talks nonsense is never believed and never silently dropped: what cannot be
read raises `TelemetryRejected`, and the caller then sends `event_of(point, None,
quality=Quality.BAD, ...)`, so that the last good value does not stand as if nothing were wrong.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from gridops.errors import TelemetryRejected
from gridops.events import (
    CurrentMeasured,
    EarthFaultChanged,
    FaultCurrentMeasured,
    FaultFlagChanged,
    FieldEvent,
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
from gridops.ids import NodeId, SwitchId
from gridops.measurement import Part, Position, Quality, Reading
from gridops.network import ORDERS, Point, Signal

Raw = int | float | bool

PARTS: Mapping[Signal, Part] = MappingProxyType(
    {
        Signal.FAULT_FLAG: Part.WHOLE,
        Signal.FAULT_FLAG_A: Part.A,
        Signal.FAULT_FLAG_B: Part.B,
        Signal.FAULT_FLAG_C: Part.C,
        Signal.FAULT_FLAG_N: Part.N,
        Signal.FAULT_FLAG_REVERSE: Part.REVERSE,
        Signal.VOLTAGE_LOSS: Part.WHOLE,
        Signal.VOLTAGE_LOSS_A: Part.A,
        Signal.VOLTAGE_LOSS_B: Part.B,
        Signal.VOLTAGE_LOSS_C: Part.C,
    }
)
"""Of the signals that several points of one device can carry, whose word each is."""
FLAGS = tuple(signal for signal in PARTS if signal.startswith("fault_flag"))
VOLTAGE_LOSSES = tuple(signal for signal in PARTS if signal.startswith("voltage_loss"))
CONTACTS = (
    *PARTS,
    Signal.PROTECTION,
    Signal.EARTH_FAULT,
    Signal.LOCKOUT,
    Signal.LOCAL,
    Signal.LOAD_SHED,
    Signal.TEST_MODE,
)
MEASUREMENTS = (Signal.VOLTAGE, Signal.CURRENT, Signal.FAULT_CURRENT, Signal.POWER)

RAW_TYPE: Mapping[Signal, type[Raw]] = MappingProxyType(
    {
        Signal.POSITION: int,
        **dict.fromkeys(CONTACTS, bool),
        **dict.fromkeys(MEASUREMENTS, float),
        **dict.fromkeys(ORDERS, int),
    }
)
"""The type that a server of ours gives a point of this signal."""

PLAUSIBLE: Mapping[Signal, tuple[float, float]] = MappingProxyType(
    {
        Signal.VOLTAGE: (-100.0, 1.5e6),  # a dead busbar may read a little below zero, no more
        Signal.CURRENT: (-1e6, 1e6),
        Signal.FAULT_CURRENT: (0.0, 1e6),
        Signal.POWER: (-1e10, 1e10),
    }
)
"""Beyond these a measurement is a wrong scale or a broken device (V, A, W; inclusive)."""

_LOST = 0.0
"""What a measurement of bad quality carries when there is no number; nothing may lean on it."""


def event_of(
    point: Point,
    value: object,
    *,
    quality: Quality,
    source_time: datetime,
    at: datetime,
    server_time: datetime | None = None,
) -> FieldEvent:
    """The fact that `value` at `point` states.

    With bad quality the value does not matter (None is welcome): contacts read FAILED, a
    position that is no double point reads `Position.BAD`, a measurement without a number
    0.0; the event keeps quality BAD, which bars every argument from it. With any better
    quality the value must be what the table above says. One exception: an integer outside
    0..3 for a position is not rejected but becomes `Position.BAD` with quality BAD, because
    a double point that says neither is exactly that, and must be seen at once.

    A boolean is no double point: True is 1, and 1 would be "open".

    Raises: TelemetryRejected, with the point and the remedy.
    """
    if source_time.tzinfo is None or at.tzinfo is None:
        raise _rejected(point, "its time has no zone", remedy="give aware UTC times")
    if point.signal in ORDERS:
        raise _rejected(point, "an order states nothing", remedy="do not subscribe to it")
    if point.signal in MEASUREMENTS:
        number = _number(point, value, quality=quality)
        return _measurement(
            point,
            number,
            quality=quality,
            source_time=source_time,
            at=at,
            server_time=server_time,
        )
    if point.signal in CONTACTS:
        reading = _reading(point, value, quality=quality)
        return _contact(
            point,
            reading,
            quality=quality,
            source_time=source_time,
            at=at,
            server_time=server_time,
        )
    position, quality = _position(point, value, quality=quality)
    return SwitchMoved(
        at=at,
        source_time=source_time,
        quality=quality,
        server_time=server_time,
        switch=SwitchId(point.element),
        position=position,
    )


def raw_of(event: FieldEvent) -> Raw | None:
    """The raw value that `event_of` turns back into `event`; None for a FAILED contact
    (send it with bad quality) and for events that come from no point (link lost, restored).
    """
    match event:
        case SwitchMoved():
            return int(event.position)
        case VoltageMeasured():
            return event.voltage_v
        case CurrentMeasured() | FaultCurrentMeasured():
            return event.current_a
        case PowerMeasured():
            return event.p_w
        case (
            FaultFlagChanged()
            | VoltageLossChanged()
            | EarthFaultChanged()
            | ProtectionPickedUp()
            | LockoutChanged()
            | LocalControlChanged()
            | LoadShedChanged()
            | TestModeChanged()
        ):
            definite = event.reading in (Reading.YES, Reading.NO)
            return event.reading is Reading.YES if definite else None
        case _:
            return None


def _position(point: Point, value: object, *, quality: Quality) -> tuple[Position, Quality]:
    if isinstance(value, int) and not isinstance(value, bool):
        if value in Position.__members__.values():
            return Position(value), quality
        return Position.BAD, Quality.BAD
    if quality is Quality.BAD:
        return Position.BAD, Quality.BAD
    raise _rejected(
        point, f"{_shown(value)} is no double point", remedy="the server must send an integer 0..3"
    )


def _reading(point: Point, value: object, *, quality: Quality) -> Reading:
    if quality is Quality.BAD:
        return Reading.FAILED
    if isinstance(value, int) and value in (0, 1):
        return Reading.YES if value else Reading.NO
    raise _rejected(
        point,
        f"{_shown(value)} is neither yes nor no",
        remedy="the server must send a boolean, 0 or 1",
    )


def _number(point: Point, value: object, *, quality: Quality) -> float:
    low, high = PLAUSIBLE[point.signal]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # NaN lies between nothing; integers of any size compare without overflow
        if not low <= value <= high:
            if quality is Quality.BAD:
                return _LOST
            raise _rejected(
                point,
                f"{_shown(value)} lies outside {low:g} .. {high:g}",
                remedy="check the scale of the point, and the device",
            )
        return float(value)
    if quality is Quality.BAD:
        return _LOST
    raise _rejected(point, f"{_shown(value)} is no number", remedy="the server must send a number")


def _measurement(
    point: Point,
    value: float,
    *,
    quality: Quality,
    source_time: datetime,
    at: datetime,
    server_time: datetime | None,
) -> FieldEvent:
    if point.signal is Signal.VOLTAGE:
        return VoltageMeasured(
            at=at,
            source_time=source_time,
            quality=quality,
            server_time=server_time,
            node=NodeId(point.element),
            voltage_v=value,
        )
    switch = SwitchId(point.element)
    if point.signal is Signal.CURRENT:
        return CurrentMeasured(
            at=at,
            source_time=source_time,
            quality=quality,
            server_time=server_time,
            switch=switch,
            current_a=value,
        )
    if point.signal is Signal.FAULT_CURRENT:
        return FaultCurrentMeasured(
            at=at,
            source_time=source_time,
            quality=quality,
            server_time=server_time,
            switch=switch,
            current_a=value,
        )
    return PowerMeasured(
        at=at,
        source_time=source_time,
        quality=quality,
        server_time=server_time,
        switch=switch,
        p_w=value,
    )


_ContactFact = (
    FaultFlagChanged
    | VoltageLossChanged
    | EarthFaultChanged
    | ProtectionPickedUp
    | LockoutChanged
    | LocalControlChanged
    | LoadShedChanged
    | TestModeChanged
)
_PLAIN_CONTACT: Mapping[Signal, type[_ContactFact]] = MappingProxyType(
    {
        Signal.PROTECTION: ProtectionPickedUp,
        Signal.EARTH_FAULT: EarthFaultChanged,
        Signal.LOCKOUT: LockoutChanged,
        Signal.LOCAL: LocalControlChanged,
        Signal.LOAD_SHED: LoadShedChanged,
        Signal.TEST_MODE: TestModeChanged,
    }
)
CONTACT_SIGNALS: Mapping[type, Signal] = MappingProxyType(
    {event: signal for signal, event in _PLAIN_CONTACT.items()}
)
"""The signal behind an event that has one of its own."""


def _contact(
    point: Point,
    reading: Reading,
    *,
    quality: Quality,
    source_time: datetime,
    at: datetime,
    server_time: datetime | None,
) -> FieldEvent:
    switch = SwitchId(point.element)
    if point.signal in PARTS:
        kind = FaultFlagChanged if point.signal in FLAGS else VoltageLossChanged
        return kind(
            at=at,
            source_time=source_time,
            quality=quality,
            server_time=server_time,
            switch=switch,
            reading=reading,
            part=PARTS[point.signal],
        )
    return _PLAIN_CONTACT[point.signal](
        at=at,
        source_time=source_time,
        quality=quality,
        server_time=server_time,
        switch=switch,
        reading=reading,
    )


def _shown(value: object) -> str:
    """Short and harmless: a hostile server may send a book, or an integer of a million digits."""
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    if isinstance(value, int) and abs(value) < 10**12:
        return repr(value)
    return f"a value of type {type(value).__name__}"


def _rejected(point: Point, what: str, *, remedy: str) -> TelemetryRejected:
    return TelemetryRejected(point.id, what, where=f"point {point.id}", remedy=remedy)
