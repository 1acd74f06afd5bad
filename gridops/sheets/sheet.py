"""One sheet: its steps, how far each of them is, and who answers for what."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from gridops.events.sheets import SheetPaper, StepAct, StepBy, StepDraft
from gridops.guard import Verdict
from gridops.ids import (
    CommandId,
    IncidentId,
    PlanId,
    SectionId,
    SheetId,
    SwitchId,
    TimerId,
    UserName,
)
from gridops.measurement import Position
from gridops.reasons import Reason
from gridops.restoration import StepCheck

NOTES_MAX = 1_000
"""Lines of one timeline. Beyond, the middle goes: how it began and what is new matter."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a timeline."""

    at: datetime
    reason: Reason


def add_note(timeline: list[Note], *, at: datetime, reason: Reason) -> None:
    """Adds a line, unless the last one says the same already."""
    if timeline and timeline[-1].reason == reason:
        return
    timeline.append(Note(at, reason))
    if len(timeline) > NOTES_MAX:
        del timeline[NOTES_MAX // 2]


class StepState(StrEnum):
    NEW = "new"
    INSTRUCTED = "instructed"
    """The crew was told; their report or telemetry is awaited."""
    PENDING = "pending"
    """Commanded, or reported by the crew; telemetry is awaited. It stays so when none comes in
    time: that is no failure."""
    COMPLETED = "completed"
    PREVIOUSLY_COMPLETED = "previously_completed"
    FAILED = "failed"
    ABORTED = "aborted"
    DELETED = "deleted"
    """Struck out before the sheet was approved."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far one step is."""

    state: StepState = StepState.NEW
    command: CommandId | None = None
    confirmed: bool = False
    """The command was read back, or the crew reported it done; the step is done when the live
    state shows it too."""
    overdue: bool = False
    """What was awaited did not come in time; if it comes late, the step is done after all."""
    note: Reason | None = None
    begun_at: datetime | None = None
    """When it was commanded, or a crew was told; None: it was not."""
    changed_at: datetime | None = None
    receiver: str = ""
    """Who took the instruction; empty: nobody was instructed by name."""
    instructed_by: UserName | None = None
    reported_by: UserName | None = None

    @property
    def is_done(self) -> bool:
        """Whether the next step may begin as far as this one is concerned."""
        return self.state in (
            StepState.COMPLETED,
            StepState.PREVIOUSLY_COMPLETED,
            StepState.DELETED,
        )

    @property
    def is_open(self) -> bool:
        return self.state in (StepState.PENDING, StepState.INSTRUCTED)

    @property
    def is_under_way(self) -> bool:
        """Commanded, and its telemetry may still come in time."""
        return self.state is StepState.PENDING and not self.overdue


class SheetState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    """It may be started until the approval expires; then it is a draft again."""
    EXECUTING = "executing"
    COMPLETED = "completed"
    STOPPED = "stopped"
    """Nothing more of it is begun. Work goes on only on a new sheet, from the actual state."""
    WITHDRAWN = "withdrawn"


ENDED = frozenset({SheetState.COMPLETED, SheetState.STOPPED, SheetState.WITHDRAWN})


@dataclass(slots=True, kw_only=True)
class SheetStep:
    """One step. `number` counts from 1 and never changes within a revision; struck-out steps
    keep theirs."""

    number: int
    draft: StepDraft
    progress: Progress = field(default_factory=Progress)
    check: StepCheck | None = None
    """Voltage and loading after it; None: it moves nothing, or was not reckoned."""
    sections_restored: tuple[SectionId, ...] = ()
    sections_dropped: tuple[SectionId, ...] = ()
    customers_restored: int = 0
    customers_dropped: int = 0

    @property
    def switch(self) -> SwitchId | None:
        return self.draft.switch

    @property
    def has_no_word_yet(self) -> bool:
        """Whether its crew was told, the sheet was stopped, and nobody has said, or seen, what the
        crew did: it may be doing it now. A word that was passed on leaves nothing in doubt."""
        is_left = self.progress.state is StepState.ABORTED and self.progress.begun_at is not None
        return is_left and self.draft.by is StepBy.CREW and self.switch is not None

    @property
    def is_word_alone(self) -> bool:
        """Whether its crew said that it is done, and telemetry has not shown it."""
        return self.progress.state is StepState.PENDING and self.draft.by is StepBy.CREW

    @property
    def position(self) -> Position | None:
        """Where the switch stands after it; None: it moves no switch."""
        if not self.draft.moves:
            return None
        return Position.CLOSED if self.draft.act is StepAct.CLOSE else Position.OPEN


@dataclass(slots=True, kw_only=True)
class Sheet:
    """The record of one sheet; only `Sheets` changes it.

    A sheet keeps its id for good; each edit is a new revision with a new fingerprint. Ended
    sheets stay as they ended.
    """

    id: SheetId
    number: str
    """`NN/MM/YYYY` within its local month, with `-ĐX` when the work was not planned."""
    revision: int = 1
    state: SheetState = SheetState.DRAFT
    paper: SheetPaper
    steps: list[SheetStep]
    gives_up: frozenset[SectionId] = frozenset()
    suspected: frozenset[SectionId] = frozenset()
    """What it must keep dead: of the plan that it was drawn from."""
    fence: tuple[SwitchId, ...] = ()
    """Open around `suspected`, in grid order."""
    incident: IncidentId | None = None
    plan: PlanId | None = None
    by_hand: bool = True
    """False: it is the plan of its incident, released as it was, without a word by a person."""
    after: SheetId | None = None
    prepared_by: UserName
    prepared_at: datetime
    authors: frozenset[UserName] = frozenset()
    """Everybody who wrote it, `prepared_by` included."""
    approved_by: UserName | None = None
    approved_at: datetime | None = None
    expires_at: datetime | None = None
    """When the approval ends unless it was started; None: not approved."""
    started_by: UserName | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    verdict: Verdict
    """Of the guard, when it was last judged as a whole."""
    judged_at: datetime
    fingerprint: str
    """sha256 of grid, steps, `gives_up`, `suspected` and `fence`: what is approved, and nothing
    else is carried out (invariant 28)."""
    ground: str = ""
    """What its approval rests on, as a digest: tags, positions, loads and limits of the concerned
    part (invariant 27); empty: not approved."""
    look_due: datetime | None = None
    """When the ground is looked at again because of news of the field; None: there were none."""
    timeline: list[Note] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        """Whether it lays claim to its switches (invariant 21)."""
        return self.state in (SheetState.APPROVED, SheetState.EXECUTING)

    @property
    def switches(self) -> tuple[SwitchId, ...]:
        """Those that its steps name, each once, in their order; struck-out steps left out."""
        named = (s.switch for s in self.steps if not s.draft.deleted)
        return tuple(dict.fromkeys(switch for switch in named if switch is not None))

    def step(self, number: int) -> SheetStep | None:
        """None: it has no such step."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None

    def next_step(self) -> SheetStep | None:
        """The first step that is not done; None: all are."""
        return next((s for s in self.steps if not s.progress.is_done), None)

    @property
    def unheard(self) -> list[SheetStep]:
        """Steps of crews of whom nobody has heard since the stop: told and perhaps at it, or to
        earth what they found dead, and still there."""
        dead = {
            step.switch
            for step in self.steps
            if step.draft.act is StepAct.CHECK_DEAD and step.progress.state is StepState.COMPLETED
        }
        return [s for s in self.steps if s.has_no_word_yet or _is_left_open(s, dead)]

    @property
    def crews_in_doubt(self) -> list[SheetStep]:
        """Steps of a stopped sheet whose crews are in doubt: nobody has said what became of them,
        or telemetry does not show what was said. A report ends each."""
        if self.state is not SheetState.STOPPED:
            return []
        unheard = {step.number for step in self.unheard}
        return [s for s in self.steps if s.number in unheard or s.is_word_alone]

    @property
    def in_flight(self) -> SwitchId | None:
        """The switch that is commanded and may move any moment."""
        moving = (s.switch for s in self.steps if s.progress.is_under_way)
        return next(moving, None)

    @property
    def awaited(self) -> int:
        """How many steps are commanded, or reported by a crew, and not seen to be done; late
        ones too."""
        return sum(step.progress.state is StepState.PENDING for step in self.steps)

    def note(self, at: datetime, reason: Reason) -> None:
        add_note(self.timeline, at=at, reason=reason)

    def timer(self, what: str) -> TimerId:
        """Those of a released plan are called after its incident, as in older journals."""
        if self.by_hand:
            return TimerId(f"sheet:{self.id}:{what}")
        return TimerId(f"incident:{self.incident}:{what}")

    @property
    def orders_as(self) -> str:
        """What its commands are called after."""
        return self.id if self.by_hand or self.plan is None else self.plan


def _is_left_open(step: SheetStep, dead: set[SwitchId | None]) -> bool:
    is_left = step.draft.act is StepAct.EARTH and step.progress.state is StepState.ABORTED
    return is_left and step.switch in dead


def fingerprint_of(
    steps: tuple[StepDraft, ...],
    *,
    grid: str,
    gives_up: frozenset[SectionId] = frozenset(),
    suspected: frozenset[SectionId] = frozenset(),
    fence: tuple[SwitchId, ...] = (),
) -> str:
    """What an approval and a start name; `grid` is the fingerprint of the grid's version."""
    lines: list[dict[str, Any]] = [
        {
            "act": step.act.value,
            "by": step.by.value,
            "switch": step.switch,
            "text": step.text,
            "deleted": step.deleted,
        }
        for step in steps
    ]
    said = {
        "grid": grid,
        "steps": lines,
        "gives_up": sorted(gives_up),
        "suspected": sorted(suspected),
        "fence": list(fence),
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
