"""What sheets are carried out on: lent by the desk, which listens in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gridops.commands import Intent
from gridops.events import Event, SheetDrawn
from gridops.guard import Knowledge, Verdict
from gridops.ids import FeederId, SectionId, SwitchId
from gridops.network import Network
from gridops.reasons import Reason
from gridops.response import Engines
from gridops.sheets.sheet import Sheet, SheetStep
from gridops.state import LiveState


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact, and what it changed in the live state."""

    event: Event
    moved: SwitchId | None = None
    """The switch that is known to stand elsewhere than before."""
    requalified: bool = False
    """A position is trusted more, or less, than before."""
    supply: bool = False
    """Somebody gained or lost supply."""
    gained: tuple[SectionId, ...] = ()
    """The sections that got supply by the closing of `moved`."""
    shed: bool = False
    """Load shedding begins, or ceases, to hold the whole system off."""
    heard: bool = False
    """It was evidence for the incident that is told of it."""


@dataclass(frozen=True, slots=True)
class StepBegan:
    """It was commanded, or a crew was told."""

    sheet: Sheet
    step: SheetStep
    at: datetime


@dataclass(frozen=True, slots=True)
class StepDone:
    """Also of a step whose switch stood there already (`PREVIOUSLY_COMPLETED`)."""

    sheet: Sheet
    step: SheetStep
    at: datetime


@dataclass(frozen=True, slots=True)
class StepAborted:
    """Nobody waits for it any more: the control room was started anew."""

    sheet: Sheet
    step: SheetStep
    at: datetime


@dataclass(frozen=True, slots=True)
class SheetBegan:
    sheet: Sheet
    at: datetime


@dataclass(frozen=True, slots=True)
class SheetDone:
    sheet: Sheet
    at: datetime


@dataclass(frozen=True, slots=True)
class SheetHalted:
    """Nothing more of it is begun. Also told of a stopped sheet when its last command turns out to
    have failed."""

    sheet: Sheet
    at: datetime
    why: Reason
    leaves_out: SwitchId | None = None
    """A device that further plans must not use."""


SheetNews = SheetBegan | StepBegan | StepDone | StepAborted | SheetDone | SheetHalted


class Rules(Protocol):
    """The settings that sheets go by, as of `IncidentSettings`."""

    @property
    def execution_enabled(self) -> bool: ...
    @property
    def two_person(self) -> bool: ...
    @property
    def approval_expiry_s(self) -> float: ...
    @property
    def command_deadline_s(self) -> float: ...
    @property
    def telemetry_wait_s(self) -> float: ...
    @property
    def closing_gap_s(self) -> float: ...
    @property
    def refresh_s(self) -> float: ...


class Surroundings(Protocol):
    """The grid and its live state, what is known for a judgement, and who has to hear of it."""

    @property
    def network(self) -> Network: ...
    @property
    def state(self) -> LiveState: ...
    @property
    def engines(self) -> Engines: ...
    @property
    def rules(self) -> Rules: ...

    def knowledge(self, sheet: Sheet, *, at: datetime) -> Knowledge:
        """What the guard may reckon with for this sheet, now."""

    def verdict(self, sheet: Sheet, step: SheetStep, *, at: datetime) -> Verdict:
        """Of the guard on `step`, about to be carried out, and all that follow it."""

    def withheld(self, sheet: Sheet) -> Reason | None:
        """Why a mode or load shedding forbids to go on with it; None: nothing does."""

    def holds_the_fault(self, sheet: Sheet, *, at: datetime) -> bool:
        """26: whether what it keeps dead is all that may hold the fault by now; True where it is
        about no fault."""

    def is_plan_under_way(self, sheet: Sheet) -> bool:
        """Whether the plan of the incident that it is about is being carried out (21)."""

    def zone(self, sheet: Sheet) -> frozenset[SectionId]:
        """What lost supply by the outage that it is about; empty: it is about none."""

    def closed_at(self, sheet: Sheet) -> datetime | None:
        """When something was last closed on its behalf."""

    def moving_elsewhere(self, sheet: Sheet) -> frozenset[SwitchId]:
        """The switches that other sheets have commanded and that are not seen to have moved."""

    def feeders_of(self, switch: SwitchId) -> Sequence[FeederId]:
        """In the grid's normal state."""

    def is_about_open(self, sheet: Sheet) -> bool:
        """Whether the incident that it is about is still open."""

    def why_not_drawn(self, event: SheetDrawn) -> Reason | None:
        """Why a sheet cannot be about what it says; None: it can."""

    def kept_dead(self, event: SheetDrawn) -> tuple[frozenset[SectionId], tuple[SwitchId, ...]]:
        """What a sheet about this incident, or from this plan, must keep dead, and the fence."""

    def hear(self, news: SheetNews) -> list[Intent]:
        """Told at once, before anything else is done on the sheet."""

    def fold(self, event: Event) -> list[Intent]:
        """Takes in what follows from a crew's word, as if it were a fact of its own."""
