"""One outage as we handle it: its phase, what we concluded, and how far its plan is."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gridops.ids import CommandId, IncidentId, PlanId, SectionId, SwitchId, TimerId, UserName
from gridops.measurement import Measured, Reading
from gridops.network import Limits
from gridops.outage import Cause, DetectionSettings, Location, LocationSettings
from gridops.powerflow import LoadPower
from gridops.reasons import Reason
from gridops.response import Answer
from gridops.restoration import PlanSettings, Step

Loads = dict[str, LoadPower]


class Phase(StrEnum):
    DETECTING = "detecting"
    """A device opened; it may still reclose."""
    SETTLING = "settling"
    """A sustained outage; indicators are still coming in."""
    PROPOSED = "proposed"
    """A plan (perhaps an empty one with reasons) is on the screen."""
    EXECUTING = "executing"
    RESTORED = "restored"
    """The plan is done; what is left dark waits for repair."""
    STOPPED = "stopped"
    """Halted by a person or a surprise; nothing moves until there is a new plan."""
    CLOSED = "closed"


class StepState(StrEnum):
    NEW = "new"
    INSTRUCTED = "instructed"
    """The crew was told; their report or telemetry is awaited."""
    PENDING = "pending"
    """Commanded; read-back is awaited."""
    COMPLETED = "completed"
    PREVIOUSLY_COMPLETED = "previously_completed"
    FAILED = "failed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSettings:
    """What the engine decides by. Journalled at every start, so that a replay decides alike."""

    indicator_window_s: float = 10.0
    """Oracle NMS default; counts from the conclusion that the outage is sustained."""
    refresh_s: float = 1.0
    """A proposal is checked against news at most this often."""
    command_deadline_s: float = 3.0
    closing_gap_s: float = 5.0
    """Between two closings (guard against closing onto a fault; S&C)."""
    execution_enabled: bool = True
    limits: Limits | None = None
    """None: the grid's own."""
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    location: LocationSettings = field(default_factory=LocationSettings)
    plan: PlanSettings = field(default_factory=PlanSettings)


@dataclass(frozen=True, slots=True)
class Note:
    """One line of an incident's timeline."""

    at: datetime
    reason: Reason


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far one step is."""

    state: StepState = StepState.NEW
    command: CommandId | None = None
    confirmed: bool = False
    """The command was read back; the step is done when the live state shows it too."""
    note: Reason | None = None
    changed_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.state in (StepState.COMPLETED, StepState.PREVIOUSLY_COMPLETED)

    @property
    def is_open(self) -> bool:
        return self.state in (StepState.PENDING, StepState.INSTRUCTED)


@dataclass(slots=True, kw_only=True)
class Proposed:
    """One version of the plan. A new version gets a new id, never new content."""

    id: PlanId
    proposed_at: datetime
    answer: Answer
    progress: list[Progress]
    released_by: UserName | None = None
    released_at: datetime | None = None

    def next_step(self) -> tuple[Step, Progress] | None:
        for step, progress in zip(self.answer.plan.steps, self.progress, strict=True):
            if not progress.is_done:
                return step, progress
        return None

    def step_of(self, command: CommandId) -> tuple[Step, Progress] | None:
        for step, progress in zip(self.answer.plan.steps, self.progress, strict=True):
            if progress.command == command:
                return step, progress
        return None


@dataclass(slots=True, kw_only=True)
class Incident:
    """The desk's record of one outage; only the desk changes it."""

    id: IncidentId
    devices: list[SwitchId]
    opened_at: datetime
    """Source time of the first opening."""
    learnt_at: datetime
    closed_before: frozenset[SwitchId]
    zone: frozenset[SectionId]
    """What the devices supplied just before."""
    loads: dict[str, LoadPower]
    phase: Phase = Phase.DETECTING
    cause: Cause = Cause.FAULT
    concluded_at: datetime | None = None
    reason: Reason | None = None
    pending: set[SwitchId] = field(default_factory=set)
    """Devices whose operation is not concluded yet."""
    flags: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    """Readings since the opening; a YES is kept although the device resets later."""
    location: Location | None = None
    proposed: Proposed | None = None
    plans_made: int = 0
    unavailable: set[SwitchId] = field(default_factory=set)
    latched: bool = False
    """A plan failed or was stopped: only a person releases from here on."""
    halted: bool = False
    """A person said stop: planning waits for their word as well."""
    repaired: bool = False
    timeline: list[Note] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.phase is not Phase.CLOSED

    @property
    def suspected(self) -> frozenset[SectionId]:
        """What must not be energised on this incident's account.

        Until it is located that is everything that went dark.
        """
        if not self.is_open or self.repaired or self.cause is Cause.MOMENTARY:
            return frozenset()
        if self.location is None:
            return self.zone if self.cause is Cause.FAULT else frozenset()
        return self.location.suspected

    def note(self, at: datetime, reason: Reason) -> None:
        self.timeline.append(Note(at, reason))

    def timer(self, what: str) -> TimerId:
        return TimerId(f"incident:{self.id}:{what}")
