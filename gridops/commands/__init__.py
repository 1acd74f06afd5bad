"""Intents, in the imperative: what the pure core wants the shell to do."""

from dataclasses import dataclass
from datetime import datetime

from gridops.ids import CommandId, IncidentId, PlanId, SheetId, SwitchId, TimerId
from gridops.measurement import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Operate:
    """Move one switch as step `step` of a sheet that is being carried out.

    The guard has passed it for the state of this instant. The shell makes it durable, sends
    it once before `deadline`, and answers with exactly one of CommandConfirmed,
    CommandRejected, CommandTimedOut.
    """

    command: CommandId
    incident: IncidentId | None
    """None: of a sheet that is about no incident."""
    plan: PlanId | None
    """None: of a sheet that was written by hand."""
    step: int
    switch: SwitchId
    position: Position
    deadline: datetime
    sheet: SheetId | None = None
    """Of a sheet that was written by hand; None: of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    """Send TimerExpired(timer) when `due` has come. Starting again moves it."""

    timer: TimerId
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    timer: TimerId


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDevices:
    """Read every point of these switches again (demand scan)."""

    switches: tuple[SwitchId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOperator:
    """A plan waits for its release."""

    incident: IncidentId
    plan: PlanId


@dataclass(frozen=True, slots=True, kw_only=True)
class Solve:
    """Work out question `ticket` of the incident, which may take seconds, and send PlanSolved.

    Meanwhile facts go on being taken in. Each incident has one question out at most.
    """

    incident: IncidentId
    ticket: int
    thorough: bool = False
    """A plan is on the screen already, and this looks for a better one: nobody waits for it, and
    it must not keep a first plan waiting."""


Intent = Operate | StartTimer | CancelTimer | ScanDevices | AskOperator | Solve

__all__ = [
    "AskOperator",
    "CancelTimer",
    "Intent",
    "Operate",
    "ScanDevices",
    "Solve",
    "StartTimer",
]
