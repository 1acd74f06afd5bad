"""What must hold of every sheet that people write, told from the journal alone: entry by entry, by
rules that share nothing with the product's."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.events import (
    CommandIssued,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    Event,
    LoadShedChanged,
    ModeChanged,
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    StepInstructed,
    StepReported,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
)
from gridops.events.codec import KINDS, from_plain
from gridops.events.operator import Mode, TagKind
from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.ids import CommandId, SheetId, SwitchId, TagId, UserName
from gridops.measurement import Position, Reading
from gridops.ports import Entry

TO = {StepAct.OPEN: Position.OPEN, StepAct.CLOSE: Position.CLOSED}


@dataclass(slots=True, kw_only=True)
class Paper:
    """One sheet as people wrote it, and what the journal says became of it."""

    steps: tuple[StepDraft, ...]
    authors: set[UserName]
    approved: tuple[StepDraft, ...] = ()
    """Its steps when it was approved; empty: it is not."""
    approved_by: UserName | None = None
    fingerprint: str = ""
    expires_at: datetime | None = None
    started: bool = False
    halted_by: str = ""
    done: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    off: set[int] = field(default_factory=set)
    """Steps that were reported not done."""
    commands: dict[int, CommandId] = field(default_factory=dict)

    def left(self) -> list[tuple[int, StepDraft]]:
        """The steps that nobody has seen done."""
        every = enumerate(self.steps, start=1)
        return [(n, s) for n, s in every if not s.deleted and n not in self.done]

    def next(self) -> int | None:
        return next((number for number, _ in self.left()), None)

    def unheard(self) -> list[int]:
        """The steps that a crew may be at, whatever became of the sheet: told and neither seen done
        nor said to be off; or the earth where they found it dead."""
        dead = {s.switch for n, s in enumerate(self.steps, 1) if _is_check(s) and n in self.done}
        return [
            number
            for number, step in self.left()
            if step.act is not StepAct.NOTE and number not in self.off
            if number in self.told or (step.act is StepAct.EARTH and step.switch in dead)
        ]


@dataclass(slots=True)
class SheetWitness:
    """Folds entries; `wrong` is every breach, with the invariant that it breaks in front."""

    two_person: bool
    expiry: timedelta
    papers: dict[SheetId, Paper] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    issued: list[CommandIssued] = field(default_factory=list)
    crews_moved: list[SwitchMoved] = field(default_factory=list)
    """What crews did of what they were told, however late."""
    sequence: int = 0
    _stands: dict[SwitchId, Position] = field(default_factory=dict)
    _tags: dict[TagId, TagPlaced] = field(default_factory=dict)

    def read(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.sequence = entry.sequence
            if entry.record.kind in KINDS:
                self._hear(from_plain(entry.record.kind, dict(entry.record.body)))

    def _hear(self, event: Event) -> None:
        match event:
            case SheetDrawn():
                self.papers[event.sheet] = Paper(steps=event.steps, authors={event.by})
            case SheetEdited() | SheetApproved() | SheetStarted() | SheetStopped():
                self._of_sheet(event, self.papers[event.sheet])
            case StepInstructed() | StepReported():
                self._of_step(event, self.papers[event.sheet])
            case CommandIssued():
                self._command(event)
            case CommandRejected() | CommandTimedOut():
                self._failed(event.command)
            case SwitchMoved():
                self._moved(event)
            case _:
                self._of_grid(event)

    def _of_sheet(
        self, event: SheetEdited | SheetApproved | SheetStarted | SheetStopped, paper: Paper
    ) -> None:
        match event:
            case SheetEdited():
                paper.steps, paper.approved, paper.approved_by = event.steps, (), None
                paper.authors.add(event.by)
            case SheetApproved():
                if self.two_person and event.by in paper.authors:
                    self.wrong.append(f"28 {event.sheet}: {event.by} approves their own")
                paper.approved, paper.approved_by = paper.steps, event.by
                paper.fingerprint, paper.expires_at = event.fingerprint, event.at + self.expiry
            case SheetStarted():
                self._started(event, paper)
            case SheetStopped():
                paper.halted_by = paper.halted_by or "a person"

    def _started(self, event: SheetStarted, paper: Paper) -> None:
        if paper.started:
            self.wrong.append(f"28 {event.sheet}: started a second time")
        if not paper.approved or paper.approved != paper.steps:
            self.wrong.append(f"28 {event.sheet}: started and not approved")
        if event.fingerprint != paper.fingerprint:
            self.wrong.append(f"28 {event.sheet}: started with other bytes")
        if paper.expires_at is None or event.at >= paper.expires_at:
            self.wrong.append(f"28 {event.sheet}: started on an approval that is over")
        paper.started = True
        self._stand_already(paper)

    def _stand_already(self, paper: Paper) -> None:
        """The steps in front whose switches stand where they want them."""
        for number, step in paper.left():
            stands = self._stands.get(step.switch) if step.switch is not None else None
            if number in paper.commands or step.act not in TO or stands is not TO[step.act]:
                return
            paper.done.add(number)

    def _of_step(self, event: StepInstructed | StepReported, paper: Paper) -> None:
        if isinstance(event, StepInstructed):
            if paper.halted_by:
                self.wrong.append(f"34 {event.sheet}: a crew is told after {paper.halted_by}")
            if event.step != paper.next():
                self.wrong.append(f"29 {event.sheet}/{event.step} is told out of turn")
            paper.told.add(event.step)
            return
        step = paper.steps[event.step - 1]
        if not event.done:
            paper.off.add(event.step)
            paper.halted_by = paper.halted_by or "a crew that could not"
        elif step.act not in TO:
            paper.done.add(event.step)
            self._stand_already(paper)

    def _command(self, event: CommandIssued) -> None:
        self.issued.append(event)
        paper = self.papers.get(event.sheet) if event.sheet is not None else None
        if paper is None:
            self.wrong.append(f"28 {event.command}: of no sheet that anybody wrote")
            return
        name = f"{event.sheet}/{event.step}"
        if event.step in paper.commands:
            self.wrong.append(f"30 {name} is sent a second time")
        if not paper.started:
            self.wrong.append(f"28 {name} of a sheet that nobody started")
        if paper.halted_by:
            self.wrong.append(f"34 {name} after {paper.halted_by}")
        if event.step != paper.next():
            self.wrong.append(f"29 {name} before step {paper.next()} was seen to be done")
        step = paper.approved[event.step - 1] if event.step <= len(paper.approved) else None
        said = None if step is None else (step.switch, TO.get(step.act), step.by, step.deleted)
        if said != (event.switch, event.position, StepBy.REMOTE, False):
            self.wrong.append(f"28 {name} is not what was approved: {said}")
        self.wrong += [f"27 {name} against {tag}" for tag in self._against(event)]
        self.wrong += [f"24 {name} where a crew of {other} may be" for other in self._at(event)]
        paper.commands[event.step] = event.command

    def _against(self, event: CommandIssued) -> list[TagId]:
        closes = event.position is Position.CLOSED
        return [
            tag.tag
            for tag in self._tags.values()
            if tag.switch == event.switch
            and (tag.kind is TagKind.NO_OPERATE or (closes and tag.kind is not TagKind.CAUTION))
        ]

    def _at(self, event: CommandIssued) -> list[SheetId]:
        """The other papers by which a crew may be moving its switch."""
        return [
            ident
            for ident, paper in self.papers.items()
            if ident != event.sheet
            and event.switch
            in {paper.steps[n - 1].switch for n in paper.unheard() if n in paper.told}
        ]

    def _failed(self, command: CommandId) -> None:
        for paper in self.papers.values():
            if command in paper.commands.values():
                paper.halted_by = paper.halted_by or "a failed step"

    def _moved(self, event: SwitchMoved) -> None:
        """Telemetry of the step that is next, once it was commanded or a crew was told."""
        self._stands[event.switch] = event.position
        for paper in self.papers.values():
            number = paper.next()
            if number is None or not paper.started:
                continue
            step = paper.steps[number - 1]
            is_begun = number in paper.commands or number in paper.told
            if is_begun and step.switch == event.switch and TO.get(step.act) is event.position:
                if number in paper.unheard():
                    self.crews_moved.append(event)
                paper.done.add(number)
                self._stand_already(paper)

    def _of_grid(self, event: Event) -> None:
        match event:
            case TagPlaced():
                self._tags[event.tag] = event
                own = event.tag.partition("/")[0]
                self._take_back(event.switch)
                self._halt("a tag", at={event.switch}, but=SheetId(own))
            case TagRemoved():
                self._tags.pop(event.tag, None)
            case ModeChanged(feeder=None, mode=Mode.DISABLED):
                self._halt("a mode")
            case LoadShedChanged(reading=Reading.YES):
                self._halt("load shedding")
            case ControlRoomStarted():
                self._halt("a restart")
            case _:
                pass

    def _take_back(self, switch: SwitchId) -> None:
        """Nobody has approved a sheet with this tag on one of its switches (27)."""
        for paper in self.papers.values():
            if not paper.started and switch in {step.switch for _, step in paper.left()}:
                paper.approved, paper.approved_by = (), None

    def _halt(
        self, why: str, *, at: set[SwitchId] | None = None, but: SheetId | None = None
    ) -> None:
        for ident, paper in self.papers.items():
            left = {step.switch for _, step in paper.left()}
            if paper.started and left and ident != but and (at is None or at & left):
                paper.halted_by = paper.halted_by or why


def _is_check(step: StepDraft) -> bool:
    return step.act is StepAct.CHECK_DEAD
