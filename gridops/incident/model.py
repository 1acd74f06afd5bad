"""One outage as we handle it: its phase, what we concluded, and how far its plan is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from gridops.ids import (
    FeederId,
    IncidentId,
    LoadId,
    PlanId,
    SectionId,
    SwitchId,
    TimerId,
    UserName,
)
from gridops.incident.hearing import Hearing
from gridops.measurement import Measured, Position, Quality, Reading
from gridops.network import Limits, Network, SwitchSet
from gridops.outage import Cause, DetectionSettings, Location, LocationSettings
from gridops.powerflow import LoadPower
from gridops.reasons import Reason, because
from gridops.reliability import Band, OutageKind
from gridops.response import Answer, Question
from gridops.response.prefault import LoadsBefore
from gridops.restoration import PlanSettings, Step
from gridops.sheets.sheet import Note, Progress, StepState, add_note

__all__ = [
    "Expected",
    "Gain",
    "Incident",
    "IncidentSettings",
    "Note",
    "Offer",
    "Opened",
    "Origin",
    "Phase",
    "Progress",
    "Proposed",
    "StepState",
    "Trying",
]


class Origin(StrEnum):
    """How we came to know of it."""

    TRIPPED = "tripped"
    """A device opened by itself, or a source died."""
    PREDICTED = "predicted"
    """Meters and calls point to a device that does not report: it is presumed open."""
    EARTH_FAULT = "earth_fault"
    """An earth-fault relay signals and nothing tripped: everybody has supply."""


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
    telemetry_wait_s: float = 10.0
    """How long the telemetry of a confirmed command may be on its way (S&C step timeout)."""
    approval_expiry_s: float = 300.0
    """A proposal nobody has looked at again for so long cannot be released (invariant 28)."""
    join_s: float = 12.0
    """Openings of nested devices within this time (by the clocks of the field) are one event."""
    clock_trust_s: float = 60.0
    """A source time further from its arrival than this does not order devices."""
    flag_lag_s: float = 120.0
    """A flag later than this after the last opening belongs to something else."""
    trial_hold_s: float = 10.0
    """What was energised and stays so for this long has held; a trip within it is the answer
    to the closing."""
    former_s: float = 86_400.0
    """A former incident of the same device within this time is mentioned."""
    report_wait_s: float = 30.0
    """After the first report of lost voltage that nothing explains, before a device is
    predicted: meters and calls come one after the other."""
    report_hold_s: float = 3_600.0
    """A call or a last gasp older than this predicts nothing any more."""
    report_transformers_min: int = 2
    report_calls_min: int = 2
    report_meters_share: float = 0.8
    """One service transformer is out by itself when this share of its meters gasped."""
    report_grace_s: float = 300.0
    """Calls this soon after supply came back tell of the outage that is over."""
    earth_fault_hold_s: float = 60.0
    """An earth fault is over when no relay has signalled it for this long."""
    return_hold_s: float = 300.0
    """Everybody must have had supply for so long before the way back to the normal state is
    planned."""
    execution_enabled: bool = True
    two_person: bool = False
    """Who releases a plan needs the approval of another person, no older than
    `approval_expiry_s`."""
    entitled_only: bool = False
    """Whether the core itself asks who may do what, and where, by what the journal says of
    people (`PersonEntitled`). False: there are none, as in a study."""
    load_shed_disables: bool = True
    """While any load-shedding input says yes, nothing is planned or carried out."""
    run_warn_s: float = 300.0
    """A run of automation that takes longer is told of (S&C)."""
    run_limit_s: float = 600.0
    """And after so long it is stopped, and automation is off on its feeders (S&C)."""
    limits: Limits | None = None
    """None: the grid's own."""
    emergency_s: float | None = None
    """How long emergency ratings may be used, whatever the limits say; None: as they say."""
    time_zone: str | None = None
    """That the load profiles go by, as `Asia/Ho_Chi_Minh`; None: not known, so loads are those of
    before the outage and no hours ahead are looked at."""
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    location: LocationSettings = field(default_factory=LocationSettings)
    plan: PlanSettings = field(default_factory=PlanSettings)

    @property
    def clock(self) -> tzinfo | None:
        """That the load profiles go by."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)

    def local(self, instant: datetime) -> time | None:
        """The time of day that the load profiles have at `instant`, if the zone is known."""
        clock = self.clock
        return None if clock is None else instant.astimezone(clock).time()


@dataclass(slots=True, kw_only=True)
class Proposed:
    """One version of the plan. A new version gets a new id, never new content."""

    id: PlanId
    proposed_at: datetime
    expires_at: datetime
    """From here on it cannot be released; every check that finds the same plan moves it."""
    answer: Answer
    progress: list[Progress]
    """How far it is, step by step. While nobody has released it there is no sheet: all are new, or
    aborted by a stop. From then on a copy of what its sheet told last (`SheetNews`)."""
    released_by: UserName | None = None
    released_at: datetime | None = None
    approvals: dict[UserName, datetime] = field(default_factory=dict)
    """Who has agreed to this version, and when."""

    def steps(self) -> Iterator[tuple[Step, Progress]]:
        """Every step with how far it is, in order."""
        return zip(self.answer.plan.steps, self.progress, strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """In what an offered plan differs from the one on the screen."""

    customers: int
    """Brought back by it."""
    instead: int
    """Brought back by the one on the screen."""
    minutes: float
    """Customer minutes until repair that it saves beyond; below 0 where it prefers fewer minutes
    of a higher priority."""
    steps: int
    """Movements beyond."""
    interrupted: int
    """Supplied customers whom it interrupts on its way."""
    interrupted_s: float
    """The longest of these interruptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A better plan than the one on the screen, which a person may take in its place."""

    id: PlanId
    answer: Answer
    question: Question = field(repr=False)
    """What it answers: the same as the plan on the screen does, with load transfer."""
    gain: Gain
    offered_at: datetime


EXPECTED_MAX = 100
"""Revisions that an incident keeps. Beyond, the middle goes; the journal has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What was told of the end of an outage, as it was told."""

    told_at: datetime
    kind: OutageKind
    opened_at: datetime
    """From when on the bands count."""
    supply: Band | None
    """Until everybody has supply; None: still being assessed, there is no ground for a time."""
    repair: Band | None
    """Until the repair is reported; None: no ground."""

    def _after(self, seconds: float) -> datetime:
        return self.opened_at + timedelta(seconds=seconds)

    @property
    def at(self) -> datetime | None:
        return None if self.supply is None else self._after(self.supply.middle_s)

    @property
    def earliest(self) -> datetime | None:
        return None if self.supply is None else self._after(self.supply.earliest_s)

    @property
    def latest(self) -> datetime | None:
        return None if self.supply is None else self._after(self.supply.latest_s)


@dataclass(slots=True)
class Opened:
    """When one device opened, by source time: at first, and lately."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Trying:
    """What one closing energised of an incident's zone."""

    switch: SwitchId
    sections: frozenset[SectionId]
    closed_at: datetime
    """Source time of the closing."""
    until: datetime
    """When it has held, by our own clock."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A switch that did not do what it was asked for."""

    stood: Position
    """Where it was last known to stand."""
    is_local: bool
    """It refused because somebody works it on site."""


@dataclass(slots=True, kw_only=True)
class Incident:
    """The desk's record of one outage; only the desk changes it."""

    id: IncidentId
    network: Network = field(repr=False)
    """The version of the grid that it is handled on; of a closed one, was handled on."""
    number: int
    """Counts from 1 in the order in which incidents came to be known."""
    devices: list[SwitchId]
    opened_at: datetime
    """Source time of the first opening."""
    learnt_at: datetime
    closed_before: SwitchSet
    zone: frozenset[SectionId]
    """What the devices supplied just before."""
    feeders: tuple[FeederId, ...]
    """The feeders that lost supply, in grid order."""
    loads: Mapping[LoadId, LoadPower]
    phase: Phase = Phase.DETECTING
    cause: Cause = Cause.FAULT
    concluded_at: datetime | None = None
    reason: Reason | None = None
    pending: set[SwitchId] = field(default_factory=set)
    """Devices whose operation is not concluded yet."""
    origin: Origin = Origin.TRIPPED
    opened: dict[SwitchId, Opened] = field(default_factory=dict)
    """When each of `devices` opened."""
    heard: Hearing = field(default_factory=Hearing)
    """What field and people said since the opening."""
    trying: dict[SwitchId, Trying] = field(default_factory=dict)
    """Closings that have neither held nor tripped yet."""
    reclosed: set[SwitchId] = field(default_factory=set)
    """Devices that reclosed by themselves and held."""
    tripped_again: set[SwitchId] = field(default_factory=set)
    """Devices that opened when a part was energised again."""
    outlasting: frozenset[SectionId] = frozenset()
    """What was suspected when a closing on to something else tripped: that was a second fault, or
    the first one lies elsewhere, and nobody can tell which."""
    presumed_open: frozenset[SwitchId] = frozenset()
    """Devices that do not report and must have opened: the live trace knows nothing of it."""
    alarms: set[SwitchId] = field(default_factory=set)
    """Earth-fault relays that signal without a trip."""
    merged_into: IncidentId | None = None
    """The incident that this one turned out to be a part of."""
    took_over: list[IncidentId] = field(default_factory=list)
    """Those that turned out to be parts of this one."""
    location: Location | None = None
    proposed: Proposed | None = None
    plans_made: int = 0
    plans_released: int = 0
    unavailable: dict[SwitchId, LeftOut] = field(default_factory=dict)
    """Further plans use none of them until it is seen to work."""
    latched: bool = False
    """A plan failed or was stopped: only a person releases from here on."""
    halted: bool = False
    """A person said stop: planning waits for their word as well."""
    repaired: bool = False
    question: Question | None = None
    """What is being worked out; `ticket` is its number."""
    ticket: int = 0
    again: bool = False
    """News came while the question was out: its answer will need a second look."""
    considering: Question | None = None
    """What is being worked out thoroughly, with `ticket` as its number; only while no question
    for a plan is out."""
    offer: Offer | None = None
    """Falls away with everything that may change a plan."""
    last_offer: Offer | None = None
    """If the same comes again, it is the same offer."""
    is_thorough: bool = False
    """What is on the screen comes from a thorough search, and is looked at again by one."""
    refresh_due: datetime | None = None
    """When the proposal is looked at again because of news; None if there were none."""
    closed_at: datetime | None = None
    """When a plan of this incident last closed a switch."""
    moved: set[SwitchId] = field(default_factory=set)
    """What its plans have moved, or were about to."""
    home_due: datetime | None = None
    """From when on the way back to the normal state is planned; None: not to be thought of."""
    accepted_by: UserName | None = None
    """Who took the present positions for normal."""
    expected: list[Expected] = field(default_factory=list)
    """What was told of its end, oldest first."""
    expected_told: int = 0
    """How often something was told, `expected` cut short or not."""
    repaired_at: datetime | None = None
    """When the repair was reported first."""
    supplied_at: datetime | None = None
    """When everybody had supply again."""
    timeline: list[Note] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.phase is not Phase.CLOSED

    @property
    def flags(self) -> dict[SwitchId, Measured[Reading]]:
        """Indicators that saw fault current of this event, although they reset later."""
        return self.heard.flags

    @property
    def tripped(self) -> tuple[SwitchId, ...]:
        """The devices that opened by themselves; none where supply was lost from above."""
        lost_above = self.cause is Cause.LOST_SUPPLY
        return () if lost_above or self.origin is Origin.EARTH_FAULT else tuple(self.devices)

    @property
    def last_opened_at(self) -> datetime:
        """Source time at which a device of it opened last."""
        return max((one.last for one in self.opened.values()), default=self.opened_at)

    @property
    def suspected(self) -> frozenset[SectionId]:
        """What may hold the fault. Until it is located that is everything that went dark."""
        if not self.is_open or self.repaired:
            return frozenset()
        if self.location is not None:
            return self.location.suspected
        return self.zone if self.pending or self.cause is Cause.FAULT else frozenset()

    @property
    def interrupts(self) -> bool:
        """Whether anybody lost supply by it; by an earth fault that did not trip nobody does."""
        return self.origin is not Origin.EARTH_FAULT

    @property
    def interrupted(self) -> frozenset[SectionId]:
        """What lost supply by it, whether it is back or not."""
        return self.zone if self.interrupts else frozenset()

    def measured_p_w(self, load: LoadId) -> Measured[float] | None:
        """What it drew just before the outage; None where its feeder was not measured."""
        loads = self.loads
        if load not in loads or (isinstance(loads, LoadsBefore) and not loads.is_measured(load)):
            return None
        return Measured(loads[load].p_w, Quality.GOOD, self.opened_at)

    @property
    def off_limits(self) -> frozenset[SectionId]:
        """What nobody else's plan may energise: what may hold the fault, and what somebody
        opened on purpose, perhaps to work there. An earth fault without a trip is searched
        while everybody is supplied: nothing of it is off limits."""
        if self.origin is Origin.EARTH_FAULT:
            return frozenset()
        if self.is_open and self.cause is Cause.PLANNED and not self.repaired:
            return self.zone
        return self.suspected

    @property
    def in_flight(self) -> SwitchId | None:
        """The switch that is commanded and may move any moment."""
        if self.proposed is None:
            return None
        moving = (s.switch for s, p in self.proposed.steps() if p.is_under_way)
        return next(moving, None)

    def tell_expected(self, told: Expected) -> None:
        self.expected.append(told)
        self.expected_told += 1
        if len(self.expected) > EXPECTED_MAX:
            del self.expected[EXPECTED_MAX // 2]

    def note(self, at: datetime, reason: Reason) -> None:
        add_note(self.timeline, at=at, reason=reason)

    def show(self, plan: Proposed | None, *, at: datetime) -> None:
        """Puts another version on the screen, or none. Who had agreed to the one before agreed to
        nothing else, and is told so."""
        was = self.proposed
        if was is not None and was.released_at is None and was.approvals:
            users = tuple(sorted(was.approvals))
            self.note(at, because("approvals-void", plan=was.id, users=users))
        self.proposed = plan

    def unask(self) -> None:
        """Nothing that is being worked out, or was offered, is wanted any more."""
        self.question = self.considering = self.offer = self.last_offer = None
        self.is_thorough = False

    def withdraw_offer(self, at: datetime) -> None:
        """What was true when the offer was worked out, or is worked out now, may have changed."""
        self.considering = None
        if self.offer is not None:
            self.note(at, because("offer-void", plan=self.offer.id))
        self.offer = None

    def timer(self, what: str) -> TimerId:
        return TimerId(f"incident:{self.id}:{what}")
