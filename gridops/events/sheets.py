"""What people write on a switching sheet, and what they do with it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gridops.events.field import LEFT_OUT_BY_DEFAULT
from gridops.events.operator import _ByPerson
from gridops.ids import IncidentId, PlanId, SectionId, SheetId, SwitchId


class StepAct(StrEnum):
    """What one step of a sheet asks for."""

    OPEN = "open"
    CLOSE = "close"
    CHECK_DEAD = "check_dead"
    """A crew checks on site that there is no voltage at `switch`."""
    EARTH = "earth"
    """A crew applies an earth at `switch`; a tag says so from then on."""
    UNEARTH = "unearth"
    NOTE = "note"
    """Nothing to switch: a step to be read, or a word to be passed on."""


class StepBy(StrEnum):
    REMOTE = "remote"
    CREW = "crew"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """One step as it was written. Only a note has no switch."""

    act: StepAct
    by: StepBy
    switch: SwitchId | None = None
    text: str = ""
    deleted: bool = False
    """Struck out: it keeps its number, and nobody carries it out."""

    @property
    def moves(self) -> bool:
        """Whether a switch of the grid changes its position by it."""
        return not self.deleted and self.act in (StepAct.OPEN, StepAct.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPaper:
    """What the form says above its lines. Names are as people wrote them: who may do what is
    decided by who is logged in, never by these."""

    title: str
    planned: bool = True
    """Work that was announced; False: unplanned (`-ĐX` in the number)."""
    issuer: str = ""
    receiver: str = ""
    supervisor: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetDrawn(_ByPerson):
    """A sheet was drawn up: by hand, or from the plan of an incident."""

    sheet: SheetId
    paper: SheetPaper
    steps: tuple[StepDraft, ...]
    gives_up: tuple[SectionId, ...] = ()
    """Supplied sections that it openly drops, whether it supplies them again or not."""
    incident: IncidentId | None = None
    plan: PlanId | None = None
    """The plan on the incident's card that the steps were taken from."""
    after: SheetId | None = None
    """The stopped sheet that this one goes on from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetEdited(_ByPerson):
    """Every word of the sheet anew. Whoever edited a sheet is one of its authors."""

    sheet: SheetId
    revision: int
    """The one that the edit was made from; a later one refuses it."""
    paper: SheetPaper
    steps: tuple[StepDraft, ...]
    gives_up: tuple[SectionId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetApproved(_ByPerson):
    """It may be carried out as it stands, byte for byte as fingerprinted."""

    sheet: SheetId
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetStarted(_ByPerson):
    """Carry it out, byte for byte as fingerprinted."""

    sheet: SheetId
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetStopped(_ByPerson):
    """Stop before the next step."""

    sheet: SheetId
    said_at: datetime | None = field(default=None, metadata=LEFT_OUT_BY_DEFAULT)
    """When it was said, while the journal was silent; None: when it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWithdrawn(_ByPerson):
    """It is not going to be carried out."""

    sheet: SheetId


@dataclass(frozen=True, slots=True, kw_only=True)
class StepInstructed(_ByPerson):
    """The crew was told to carry out this step."""

    sheet: SheetId
    step: int
    receiver: str
    """Who took the instruction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReported(_ByPerson):
    """What the crew says of a step that they were instructed to carry out."""

    sheet: SheetId
    step: int
    done: bool
    """False: it was not done, and why stands in `note`."""
    note: str = ""
    turned_back: bool = field(default=False, metadata=LEFT_OUT_BY_DEFAULT)
    """Not done, and nothing speaks against the switch: the crew has not tried."""
