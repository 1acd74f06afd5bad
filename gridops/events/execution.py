"""What became of our own commands, and the passing of time."""

from dataclasses import dataclass, field
from datetime import datetime

from gridops.events.field import LEFT_OUT_BY_DEFAULT
from gridops.ids import CommandId, IncidentId, PlanId, SheetId, SwitchId, TimerId, UserName
from gridops.measurement import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandIssued:
    """Durable before the first byte is sent, so that no crash can lead to a second sending."""

    at: datetime
    command: CommandId
    incident: IncidentId | None
    plan: PlanId | None
    step: int
    switch: SwitchId
    position: Position
    deadline: datetime
    sheet: SheetId | None = field(default=None, metadata=LEFT_OUT_BY_DEFAULT)
    """Of a sheet that was written by hand; None: of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandConfirmed:
    """The read-back position came, newer than the command."""

    at: datetime
    command: CommandId


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRejected:
    """The device, its server or a rule of ours said no; nothing moved."""

    at: datetime
    command: CommandId
    why: str
    code: str = "command-refused"
    """Which of the refusals it was: `code` of `CommandRefused` or of a kind of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTimedOut:
    """No read-back in time. The position is unknown; the command is never repeated blindly."""

    at: datetime
    command: CommandId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerExpired:
    at: datetime
    timer: TimerId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSolved:
    """The answer to a question of the core (`Solve`) is there.

    What it says is not written down: it is a pure function of the facts before, and a replay
    works it out again.
    """

    at: datetime
    incident: IncidentId
    ticket: int
    nothing_better: bool = False
    """Of a thorough question: its answer is no better than what was on the screen. That too
    follows from the facts before; it is written down because a replay then has nothing to
    work out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRoomStarted:
    """A (re)start. Every command without an outcome has an unknown one from here on.

    `settings` is what the engine decides by from here on (canonical JSON), so that a replay
    decides the same even if the settings file changed since.
    """

    at: datetime
    epoch: int
    grid: str
    grid_fingerprint: str
    settings: str
    engine: str = field(default="", metadata=LEFT_OUT_BY_DEFAULT)
    """The version of GridOps that decides from here on: another one may decide otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridTakenIn:
    """From here on everything is about another version of the grid.

    The journal keeps both versions under their fingerprints, so that a replay folds what comes
    before on the old one and what comes after on the new one.
    """

    at: datetime
    by: UserName
    grid: str
    """The name of the new version."""
    old_fingerprint: str
    new_fingerprint: str
    summary: str
    """What differs, in one line, for people."""
