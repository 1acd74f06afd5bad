"""Words of a `Playbook` about switching sheets.

play >> Draws("open s1, close t1") >> ApprovesSheet("mai") >> Starts("lan") << Open("s1")
"""

from dataclasses import dataclass

from gridops.events import (
    Event,
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
    StepInstructed,
    StepReported,
)
from gridops.events.sheets import SheetPaper
from gridops.ids import IncidentId, PlanId, SectionId, SheetId, UserName
from gridops.sheets import Sheet, SheetAct, SheetState
from tests.playbook import Playbook
from tests.sheet_desk import lines


def sheet_of(play: Playbook, ident: str = "P1") -> Sheet:
    return play.desk.sheets.sheets[SheetId(ident)]


def steps_of(play: Playbook, ident: str = "P1") -> str:
    """The state of every line, in order."""
    return " ".join(step.progress.state.value for step in sheet_of(play, ident).steps)


def notes_of(play: Playbook, ident: str = "P1") -> list[str]:
    return [note.reason.code for note in sheet_of(play, ident).timeline]


def why(play: Playbook, word: "SheetWord") -> str | None:
    """The code that the act would be refused with."""
    refused = play.desk.why_refused(word.event(play))
    return None if refused is None else refused.code


class SheetWord:
    def event(self, play: Playbook) -> SheetAct:
        raise NotImplementedError

    def events(self, play: Playbook) -> list[Event]:
        return [self.event(play)]


@dataclass(frozen=True)
class Draws(SheetWord):
    text: str
    by: str = "lan"
    gives_up: str = ""
    crew: str = ""
    incident: str | None = None
    plan: str | None = None
    after: str | None = None
    planned: bool = True
    sheet: str | None = None
    """Else the next one."""

    def event(self, play: Playbook) -> SheetAct:
        return SheetDrawn(
            at=play.now,
            by=UserName(self.by),
            sheet=play.desk.sheets.next_id if self.sheet is None else SheetId(self.sheet),
            paper=SheetPaper(title="work", planned=self.planned),
            steps=lines(self.text, crew=self.crew),
            gives_up=_sections(self.gives_up),
            incident=None if self.incident is None else IncidentId(self.incident),
            plan=None if self.plan is None else PlanId(self.plan),
            after=None if self.after is None else SheetId(self.after),
        )


@dataclass(frozen=True)
class Edits(SheetWord):
    text: str
    by: str = "lan"
    sheet: str = "P1"
    gives_up: str = ""
    crew: str = ""
    revision: int | None = None

    def event(self, play: Playbook) -> SheetAct:
        now = sheet_of(play, self.sheet)
        return SheetEdited(
            at=play.now,
            by=UserName(self.by),
            sheet=now.id,
            revision=now.revision if self.revision is None else self.revision,
            paper=now.paper,
            steps=lines(self.text, crew=self.crew),
            gives_up=_sections(self.gives_up),
        )


@dataclass(frozen=True)
class ApprovesSheet(SheetWord):
    by: str = "lan"
    sheet: str = "P1"
    fingerprint: str | None = None

    def event(self, play: Playbook) -> SheetAct:
        return SheetApproved(
            at=play.now,
            by=UserName(self.by),
            sheet=SheetId(self.sheet),
            fingerprint=_named(play, self.sheet, self.fingerprint),
        )


@dataclass(frozen=True)
class Starts(SheetWord):
    by: str = "lan"
    sheet: str = "P1"
    fingerprint: str | None = None

    def event(self, play: Playbook) -> SheetAct:
        return SheetStarted(
            at=play.now,
            by=UserName(self.by),
            sheet=SheetId(self.sheet),
            fingerprint=_named(play, self.sheet, self.fingerprint),
        )


@dataclass(frozen=True)
class Stops(SheetWord):
    sheet: str = "P1"
    by: str = "lan"

    def event(self, play: Playbook) -> SheetAct:
        return SheetStopped(at=play.now, by=UserName(self.by), sheet=SheetId(self.sheet))


@dataclass(frozen=True)
class Withdraws(SheetWord):
    sheet: str = "P1"
    by: str = "lan"

    def event(self, play: Playbook) -> SheetAct:
        return SheetWithdrawn(at=play.now, by=UserName(self.by), sheet=SheetId(self.sheet))


@dataclass(frozen=True)
class Instructs(SheetWord):
    step: int
    receiver: str = "crew 7"
    sheet: str = "P1"
    by: str = "lan"

    def event(self, play: Playbook) -> SheetAct:
        return StepInstructed(
            at=play.now,
            by=UserName(self.by),
            sheet=SheetId(self.sheet),
            step=self.step,
            receiver=self.receiver,
        )


@dataclass(frozen=True)
class Reports(SheetWord):
    step: int
    done: bool = True
    note: str = ""
    turned_back: bool = False
    sheet: str = "P1"
    by: str = "binh"

    def event(self, play: Playbook) -> SheetAct:
        return StepReported(
            at=play.now,
            by=UserName(self.by),
            sheet=SheetId(self.sheet),
            step=self.step,
            done=self.done,
            note=self.note,
            turned_back=self.turned_back,
        )


@dataclass(frozen=True)
class SheetIs:
    """Expects a sheet to be in a state, with its lines so far."""

    state: str
    steps: str | None = None
    sheet: str = "P1"

    def check(self, play: Playbook) -> None:
        found = sheet_of(play, self.sheet)
        assert found.state is SheetState(self.state), notes_of(play, self.sheet)
        if self.steps is not None:
            assert steps_of(play, self.sheet) == self.steps


def _named(play: Playbook, sheet: str, fingerprint: str | None) -> str:
    return sheet_of(play, sheet).fingerprint if fingerprint is None else fingerprint


def _sections(names: str) -> tuple[SectionId, ...]:
    return tuple(SectionId(f"S{name}") for name in names.split())
