"""Who may do what, and where: folded from the journal, and asked before any act of a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from gridops.events import (
    AlarmAcknowledged,
    AlarmShelved,
    AlarmUnshelved,
    AutomationEnabled,
    IncidentHalted,
    MetersReported,
    MinutesCorrected,
    ModeChanged,
    NormalAccepted,
    OfferTaken,
    OperatorEvent,
    PatrolReported,
    PermitIssued,
    PermitReturned,
    PersonEntitled,
    PhasingDoubted,
    PhasingVerified,
    PlanApproved,
    PlanReleased,
    PositionReported,
    ReclosingReported,
    RepairReported,
    ReplanRequested,
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
    StepInstructed,
    StepReported,
    SwitchingAnnounced,
    TagPlaced,
    TagRemoved,
    TrialReported,
    TroubleReported,
)
from gridops.events.operator import Mode
from gridops.events.people import PERMISSIONS, Entitlement, Permission
from gridops.ids import FeederId, UserName
from gridops.reasons import Reason, because

_NEEDS: Mapping[type, Permission] = MappingProxyType(
    {
        PlanReleased: Permission.SWITCH,
        PlanApproved: Permission.SWITCH,
        OfferTaken: Permission.SWITCH,
        ReplanRequested: Permission.SWITCH,
        IncidentHalted: Permission.SWITCH,
        NormalAccepted: Permission.SWITCH,
        SwitchingAnnounced: Permission.SWITCH,
        SheetDrawn: Permission.SWITCH,
        SheetEdited: Permission.SWITCH,
        SheetApproved: Permission.SWITCH,
        SheetStarted: Permission.SWITCH,
        SheetStopped: Permission.SWITCH,
        SheetWithdrawn: Permission.SWITCH,
        StepInstructed: Permission.SWITCH,
        StepReported: Permission.REPORT,
        RepairReported: Permission.REPORT,
        PositionReported: Permission.REPORT,
        TroubleReported: Permission.REPORT,
        PatrolReported: Permission.REPORT,
        TrialReported: Permission.REPORT,
        AlarmAcknowledged: Permission.ALARM,
        AlarmShelved: Permission.ALARM,
        AlarmUnshelved: Permission.ALARM,
        TagPlaced: Permission.TAG,
        TagRemoved: Permission.TAG,
        PermitIssued: Permission.TAG,
        PermitReturned: Permission.TAG,
        ReclosingReported: Permission.TAG,
        PhasingDoubted: Permission.TAG,
        PhasingVerified: Permission.TAG,
        ModeChanged: Permission.MODE,
        AutomationEnabled: Permission.AUTOMATE,
        MinutesCorrected: Permission.CORRECT,
    }
)


def needed_for(act: OperatorEvent) -> Permission:
    """What somebody must be allowed to do it. The same is asked of whoever asks the service."""
    if isinstance(act, ModeChanged) and act.mode is Mode.AUTOMATIC:
        return Permission.AUTOMATE
    return _NEEDS[type(act)]


def is_stop(act: OperatorEvent | MetersReported) -> bool:
    return isinstance(act, IncidentHalted | SheetStopped)


@dataclass(slots=True)
class Entitled:
    """A fold over `PersonEntitled`."""

    people: dict[UserName, Entitlement] = field(default_factory=dict)
    """In the order in which they came to be known."""

    def keep(self, event: PersonEntitled) -> None:
        if event.role is None:
            self.people.pop(event.user, None)
            return
        self.people[event.user] = Entitlement(role=event.role, areas=event.areas)

    def differences(
        self, people: Mapping[UserName, Entitlement], *, at: datetime
    ) -> tuple[PersonEntitled, ...]:
        """What has to be journalled so that exactly `people` are entitled. Changes nothing."""
        gone = (user for user in self.people if user not in people)
        other = ((user, now) for user, now in people.items() if self.people.get(user) != now)
        return (
            *(PersonEntitled(at=at, user=user, role=None) for user in gone),
            *(PersonEntitled(at=at, user=u, role=now.role, areas=now.areas) for u, now in other),
        )

    def why_not(self, act: OperatorEvent, touched: frozenset[FeederId | None]) -> Reason | None:
        """Why `act.by` must not do it; None if they may. `touched`: the feeders that it is about,
        None among them for what belongs to no feeder, or to all of them.

        A stop is bound to no area: whoever may switch may stop. One that was said while the
        journal was silent holds already, and is written whoever they are by now.
        """
        if isinstance(act, IncidentHalted | SheetStopped) and act.said_at is not None:
            return None
        person, needed = self.people.get(act.by), needed_for(act)
        if person is None or needed not in PERMISSIONS[person.role]:
            return because("not-entitled", user=act.by, needed=needed.value)
        if not person.areas or is_stop(act):
            return None
        return because("outside-area", user=act.by) if touched - frozenset(person.areas) else None
