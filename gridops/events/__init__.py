"""Facts, in the past tense. The whole system is a fold over these.

`at` is when the control room learnt the fact (its own clock, aware UTC) and orders the
journal; `source_time` is when the field says it happened and dates the customer's minutes.
Every event is frozen, compares by value and survives the journal unchanged.
"""

from gridops.events.execution import (
    CommandConfirmed,
    CommandIssued,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    GridTakenIn,
    PlanSolved,
    TimerExpired,
)
from gridops.events.field import (
    CurrentMeasured,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    LockoutChanged,
    PowerMeasured,
    ProtectionPickedUp,
    SwitchMoved,
    VoltageMeasured,
)
from gridops.events.operator import (
    IncidentHalted,
    ModeChanged,
    PlanReleased,
    PositionReported,
    RepairReported,
    ReplanRequested,
    SwitchingAnnounced,
    TagPlaced,
    TagRemoved,
)

FieldEvent = (
    SwitchMoved
    | FaultFlagChanged
    | ProtectionPickedUp
    | LockoutChanged
    | LocalControlChanged
    | VoltageMeasured
    | CurrentMeasured
    | PowerMeasured
    | LinkLost
    | LinkRestored
)
OperatorEvent = (
    PlanReleased
    | ReplanRequested
    | IncidentHalted
    | RepairReported
    | SwitchingAnnounced
    | PositionReported
    | TagPlaced
    | TagRemoved
    | ModeChanged
)
ExecutionEvent = (
    CommandIssued
    | CommandConfirmed
    | CommandRejected
    | CommandTimedOut
    | PlanSolved
    | TimerExpired
    | ControlRoomStarted
    | GridTakenIn
)
Event = FieldEvent | OperatorEvent | ExecutionEvent

__all__ = [
    "CommandConfirmed",
    "CommandIssued",
    "CommandRejected",
    "CommandTimedOut",
    "ControlRoomStarted",
    "CurrentMeasured",
    "Event",
    "ExecutionEvent",
    "FaultFlagChanged",
    "FieldEvent",
    "GridTakenIn",
    "IncidentHalted",
    "LinkLost",
    "LinkRestored",
    "LocalControlChanged",
    "LockoutChanged",
    "ModeChanged",
    "OperatorEvent",
    "PlanReleased",
    "PlanSolved",
    "PositionReported",
    "PowerMeasured",
    "ProtectionPickedUp",
    "RepairReported",
    "ReplanRequested",
    "SwitchMoved",
    "SwitchingAnnounced",
    "TagPlaced",
    "TagRemoved",
    "TimerExpired",
    "VoltageMeasured",
]
