"""What makes a proposal worth a second look."""

from gridops.events import (
    AutomationEnabled,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    ModeChanged,
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    ReclosingReported,
    TagPlaced,
    TagRemoved,
    TestModeChanged,
    VoltageLossChanged,
)
from gridops.sheets import Change


def is_news(change: Change) -> bool:
    """Whether the fact can change a location or a plan. Measurements alone cannot, unless they
    say that a source died or came back."""
    if change.moved is not None or change.requalified or change.supply:
        return True
    if change.heard or change.shed:
        return True
    return isinstance(
        change.event,
        FaultFlagChanged
        | VoltageLossChanged
        | TestModeChanged
        | LocalControlChanged
        | TagPlaced
        | TagRemoved
        | LinkLost
        | LinkRestored
        | ModeChanged
        | AutomationEnabled
        | PermitIssued
        | PermitReturned
        | ReclosingReported
        | PhasingDoubted
        | PhasingVerified,
    )
