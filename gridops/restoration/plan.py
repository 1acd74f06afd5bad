"""A plan: ordered steps with their effect, their check, and what was rejected."""

from dataclasses import dataclass
from enum import StrEnum

from gridops.ids import BranchId, LoadId, SectionId, SwitchId
from gridops.measurement import Position
from gridops.restoration.objective import Score


class By(StrEnum):
    REMOTE = "remote"
    CREW = "crew"


class Proof(StrEnum):
    """How far the plan is proven to be the best: `GAP` carries `gap_pct`."""

    OPTIMAL = "optimal"
    GAP = "gap"
    HEURISTIC = "heuristic"


class PhaseCheck(StrEnum):
    """How far the phases of a plan were looked at."""

    BALANCED_GRID = "balanced-grid"
    """The grid states no phases: there is nothing to look at."""
    THREE_PHASE = "three-phase"
    """Every state that a closing leaves keeps to the limits on each phase."""
    NOT_CHECKED = "not-checked"
    """The grid states phases, but no engine that can judge them is installed: what the plan
    keeps to, it keeps to in the mean of the phases."""


class FoundBy(StrEnum):
    """Which search the plan comes from."""

    TIES = "ties"
    """Each dark part whole to one tie, or cut between a few."""
    PACKING = "packing"
    """Parts packed into what the ties can carry."""
    TRANSFER = "transfer"
    """Neighbour feeders hand load on to make room."""
    SHEDDING = "shedding"
    """Supplied load of low priority stays dark until the repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCheck:
    """The AC solution after the step, where it is tightest. None: no such limit applies."""

    voltage_pu_min: float | None
    loading_pct_max: float | None
    limiting: str | None
    """The element nearest to its limit."""
    emergency: tuple[BranchId, ...] = ()
    """What carries more than it may always, by its emergency rating; in grid order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One movement. Times count from the release of the plan."""

    number: int
    switch: SwitchId
    position: Position
    by: By
    starts_s: float
    done_s: float
    customers_restored: int
    p_restored_w: float
    sections_restored: tuple[SectionId, ...]
    """Those that get supply by it, the ones that the plan dropped before included; customers
    and power above count only what the outage took."""
    sections_dropped: tuple[SectionId, ...] = ()
    """Supplied sections that it takes supply from; a later step gives it back, but to those of
    `Plan.sheds`."""
    sections_handed_over: tuple[SectionId, ...] = ()
    """Supplied sections that it leaves on another feed without an interruption: it opens the ring
    that the step before it closed."""
    check: StepCheck

    @property
    def closes(self) -> bool:
        return self.position is Position.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An option that was tried and the limit that it breaks. `because` is a reason code:
    a ViolationKind, or no-tie, tag, unreachable, unknown-position, not-operable, duty, loop,
    dead-source, forbidden, generator-island, no-fence. Of a switch that bounds what is suspected
    it says why the fence had to be wider. On the way back to the normal state it says why a switch
    stays off its normal position: also parallel, ring-not-allowed, interruption, drops-supply,
    not-looked-at."""

    option: tuple[SwitchId, ...]
    because: str
    element: str
    value: float | None = None
    limit: float | None = None
    breaks: str | None = None
    """Of cold-load and look-ahead: the limit that breaks by it."""
    in_s: float | None = None
    """Of look-ahead: how long after the plan it breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A healthy section that stays dark until repair, and the limit that keeps it so."""

    section: SectionId
    because: str
    element: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One quantity, before and after: interrupted = restored_by_switching + until_repair."""

    interrupted: float
    restored_by_switching: float
    until_repair: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """Customer minutes from the loss of supply to the assumed end of repair."""

    with_plan: float
    without: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do about one fault, in order. A pure function of the situation: the same
    situation gives the same plan, byte for byte."""

    fence: tuple[SwitchId, ...]
    """The switches that must be open around everything suspected, in grid order; those
    that are open already included."""
    suspected: frozenset[SectionId]
    """Everything within the fence: what is suspected, and what had to be given up with it
    because a switch between them was of no use."""
    steps: tuple[Step, ...]
    shed: tuple[LoadId, ...]
    """Loads that had supply and are left dark until the repair, in grid order."""
    proof: Proof
    gap_pct: float
    rejected: tuple[Rejected, ...]
    unserved: tuple[Unserved, ...]
    customers: Tally
    p_w: Tally
    minutes: Minutes
    score: Score
    """What the search minimised; docs/restoration.md."""
    found_by: FoundBy = FoundBy.TIES
    phases: PhaseCheck = PhaseCheck.BALANCED_GRID
    """How far its states were looked at phase by phase."""

    @property
    def dropped(self) -> frozenset[SectionId]:
        """Healthy supplied sections that the plan interrupts on its way, or sheds."""
        return frozenset(section for step in self.steps for section in step.sections_dropped)

    @property
    def sheds(self) -> frozenset[SectionId]:
        """Those of `dropped` that it does not give supply back to."""
        dark: set[SectionId] = set()
        for step in self.steps:
            dark.update(step.sections_dropped)
            dark.difference_update(step.sections_restored)
        return self.dropped & dark
