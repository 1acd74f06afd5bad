"""Facts, in the past tense. The whole system is a fold over these.

`at` is when the control room learnt the fact (its own clock, aware UTC) and orders the
journal; `source_time` is when the field says it happened and dates the customer's minutes.
Every event is frozen, compares by value and survives the journal unchanged.
"""

from gridops.events.alarms import AlarmAcknowledged, AlarmShelved, AlarmUnshelved
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
    EarthFaultChanged,
    FaultCurrentMeasured,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LinkTroubled,
    LoadShedChanged,
    LocalControlChanged,
    LockoutChanged,
    MetersReported,
    PowerMeasured,
    ProtectionPickedUp,
    SwitchMoved,
    TestModeChanged,
    Trouble,
    VoltageLossChanged,
    VoltageMeasured,
)
from gridops.events.minutes import MinutesCorrected
from gridops.events.operator import (
    AutomationEnabled,
    IncidentHalted,
    ModeChanged,
    NormalAccepted,
    OfferTaken,
    PatrolReported,
    PlanApproved,
    PlanReleased,
    PositionReported,
    RepairReported,
    ReplanRequested,
    SwitchingAnnounced,
    TagPlaced,
    TagRemoved,
    TrialReported,
    TroubleReported,
)
from gridops.events.people import PersonEntitled
from gridops.events.sheets import (
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
    StepInstructed,
    StepReported,
)
from gridops.events.work import (
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    ReclosingReported,
)

FieldEvent = (
    SwitchMoved
    | FaultFlagChanged
    | VoltageLossChanged
    | EarthFaultChanged
    | FaultCurrentMeasured
    | LoadShedChanged
    | TestModeChanged
    | MetersReported
    | ProtectionPickedUp
    | LockoutChanged
    | LocalControlChanged
    | VoltageMeasured
    | CurrentMeasured
    | PowerMeasured
    | LinkLost
    | LinkRestored
    | LinkTroubled
)
OperatorEvent = (
    PlanReleased
    | PlanApproved
    | OfferTaken
    | ReplanRequested
    | IncidentHalted
    | RepairReported
    | NormalAccepted
    | SwitchingAnnounced
    | PositionReported
    | TroubleReported
    | PatrolReported
    | TrialReported
    | TagPlaced
    | TagRemoved
    | ModeChanged
    | AutomationEnabled
    | PermitIssued
    | PermitReturned
    | PhasingDoubted
    | PhasingVerified
    | ReclosingReported
    | SheetDrawn
    | SheetEdited
    | SheetApproved
    | SheetStarted
    | SheetStopped
    | SheetWithdrawn
    | StepInstructed
    | StepReported
    | MinutesCorrected
    | AlarmAcknowledged
    | AlarmShelved
    | AlarmUnshelved
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
    | PersonEntitled
)
Event = FieldEvent | OperatorEvent | ExecutionEvent

__all__ = [
    "AlarmAcknowledged",
    "AlarmShelved",
    "AlarmUnshelved",
    "AutomationEnabled",
    "CommandConfirmed",
    "CommandIssued",
    "CommandRejected",
    "CommandTimedOut",
    "ControlRoomStarted",
    "CurrentMeasured",
    "EarthFaultChanged",
    "Event",
    "ExecutionEvent",
    "FaultCurrentMeasured",
    "FaultFlagChanged",
    "FieldEvent",
    "GridTakenIn",
    "IncidentHalted",
    "LinkLost",
    "LinkRestored",
    "LinkTroubled",
    "LoadShedChanged",
    "LocalControlChanged",
    "LockoutChanged",
    "MetersReported",
    "MinutesCorrected",
    "ModeChanged",
    "NormalAccepted",
    "OfferTaken",
    "OperatorEvent",
    "PatrolReported",
    "PermitIssued",
    "PermitReturned",
    "PersonEntitled",
    "PhasingDoubted",
    "PhasingVerified",
    "PlanApproved",
    "PlanReleased",
    "PlanSolved",
    "PositionReported",
    "PowerMeasured",
    "ProtectionPickedUp",
    "ReclosingReported",
    "RepairReported",
    "ReplanRequested",
    "SheetApproved",
    "SheetDrawn",
    "SheetEdited",
    "SheetStarted",
    "SheetStopped",
    "SheetWithdrawn",
    "StepInstructed",
    "StepReported",
    "SwitchMoved",
    "SwitchingAnnounced",
    "TagPlaced",
    "TagRemoved",
    "TestModeChanged",
    "TimerExpired",
    "TrialReported",
    "Trouble",
    "TroubleReported",
    "VoltageLossChanged",
    "VoltageMeasured",
]
