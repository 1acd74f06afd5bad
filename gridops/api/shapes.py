"""The live answers, field by field: for `docs/openapi.json` and for the tests that hold the view
models to it. Times are ISO 8601 UTC, quantities SI unless the name says otherwise."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gridops.events.operator import Mode, TagKind
from gridops.incident import Automation, BlockerKind, Origin, Phase
from gridops.measurement import Quality, Reading
from gridops.network import SwitchKind
from gridops.outage import Cause

Stands = Literal["open", "closed", "intermediate", "bad"]


class Shape(BaseModel):
    """Made ready when it is first used: most are not while a control room starts. What stands
    under a field goes into `docs/openapi.json` by `describe`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class ReasonShape(Shape):
    """The console words it in the reader's language."""

    code: str
    params: dict[str, "str | int | float | list[str] | list[ReasonShape]"]
    """A list of strings are ids; a list of reasons are clauses of the sentence."""


class LinkShape(Shape):
    id: str
    name: str
    connected: bool
    since: str
    last_heard: str | None
    epoch: int
    detail: str
    counts: dict[str, int]
    """What lost or distorted information since the process started, by the names of `Trouble`."""
    skew_s: int | None
    """How far the server's clock is ahead of ours; null: it tells no time."""
    device_skew_s: int | None
    server: str
    """Address of the one of several that is listened to; empty: not told."""


class PublisherShape(Shape):
    running: bool
    """Whether its process is there and takes views."""
    since: str
    ended: int
    """How often it has ended since the control room began."""
    detail: str
    """Why it ended last; empty: it never did."""


class ModeSet(Shape):
    """A mode as somebody set it."""

    feeder: str | None
    """None: the whole system."""
    mode: Mode
    by: str | None
    """None: nobody has set it yet."""
    since: str | None
    reason: str


class LoadShedShape(Shape):
    since: str
    devices: list[str]
    """Whose input says so."""


class FeederModeShape(Shape):
    feeder: str
    set: ModeSet | None
    """Null: it has none of its own, and goes by the system's."""
    effective: Mode
    """The lower of system and feeder, with load shedding and latches over it."""


class ModesShape(Shape):
    system: ModeSet
    load_shed: LoadShedShape | None
    """While it is on, everything is disabled."""
    feeders: list[FeederModeShape]


class AlarmCounts(Shape):
    """Lines, not alarms."""

    high: int
    """Of high priority that nobody has acknowledged, whether they stand or are over."""
    medium: int
    low: int
    acknowledged: int
    """That stand, and that somebody sees to."""
    shelved: int
    more: int
    """Beyond those that are listed; the least urgent."""
    forgotten: int
    """Alarms that were over, that nobody had acknowledged, and that are not kept any more."""


class SystemShape(Shape):
    grid: str
    training: bool
    """Nothing here is real: the field is a virtual one, for somebody to learn on."""
    mode: Mode
    """As it is set."""
    mode_set: ModeSet
    load_shed: LoadShedShape | None
    """Not null: the whole system is disabled meanwhile."""
    execution: bool
    customers: int
    customers_out: int
    blind: list[ReasonShape]
    """Why the screen must not be taken for the field; empty: all is well."""
    links: list[LinkShape]
    publisher: PublisherShape | None
    """null: there is none."""
    alarms: AlarmCounts


class TagShape(Shape):
    id: str
    kind: TagKind
    by: str
    reason: str
    placed_at: str


class TagOfSwitch(TagShape):
    switch: str


class SwitchShape(Shape):
    position: Stands
    quality: Quality
    unknown: bool
    """The position must not carry an argument."""
    reachable: bool
    flag: Reading
    current_a: float | None
    source_time: str | None
    tags: list[TagShape]


class SectionShape(Shape):
    state: Literal["supplied", "dark", "suspected", "isolated"]
    feeder: str | None
    voltage_pu: float | None


class BlockerShape(Shape):
    kind: BlockerKind
    why: ReasonShape
    by: str | None
    """Whose it is; null: a device or a setting says so."""
    since: str | None
    said: str
    """In the owner's own words; may be empty."""


class FeederShape(Shape):
    mode: Mode
    """The effective one: the lower of system and feeder, with load shedding and latches over it."""
    mode_set: ModeSet | None
    """The feeder's own; null: it goes by the system's."""
    automation: Automation
    """Whether a fault would be handled without a person."""
    blockers: list[BlockerShape]
    """What keeps automation from it, the gravest first."""
    customers: int
    customers_out: int
    p_w: float | None
    head_position: Stands


class FeederRow(FeederShape):
    id: str
    name: str
    head: str


class TodayShape(Shape):
    customer_minutes: float
    saidi_min: float
    saifi: float
    caidi_min: float | None
    maifi: float
    avoided_customer_minutes: float


class MinutesShape(Shape):
    today: TodayShape
    customers: int


class SuspectShape(Shape):
    section: str
    probability: float
    branches: list[str]


class EvidenceShape(Shape):
    device: str
    reading: Reading
    role: Literal["supports", "against", "ignored"]
    why: ReasonShape
    quality: Quality | None
    source_time: str | None


class AdviceShape(Shape):
    kind: Literal["read", "patrol", "trial"]
    target: str
    """The device to read or to open, or the section to look at."""
    takes_s: float
    customer_minutes: float
    """What it is expected to save, against waiting until a crew has found the fault."""


class LocationShape(Shape):
    verdict: Literal["located", "ambiguous", "contradictory", "insufficient"]
    suspects: list[SuspectShape]
    suspected: list[str]
    evidence: list[EvidenceShape]
    advice: list[AdviceShape]
    """What would tell more, the most useful first."""
    p_no_fault: float
    """That there is no fault at all."""
    p_two_faults: float
    """That there are two, given that there is one."""
    p_trouble: float
    """That what was read has nothing to do with the grid."""


class CheckShape(Shape):
    voltage_pu_min: float | None
    loading_pct_max: float | None
    limiting: str | None
    emergency: list[str]
    """Branches that are loaded beyond their permanent rating, by their emergency rating."""


class StepShape(Shape):
    number: int
    action: Literal["open", "close"]
    switch: str
    by: Literal["remote", "crew"]
    starts_s: float
    done_s: float
    customers_restored: int
    customers_dropped: int
    """Of those that have supply, so many lose it until a later step."""
    p_restored_w: float
    sections_restored: list[str]
    sections_dropped: list[str]
    sections_handed_over: list[str]
    """Supplied all the while: it opens the ring that the step before it closed."""
    check: CheckShape
    state: Literal[
        "new",
        "instructed",
        "pending",
        "completed",
        "previously_completed",
        "failed",
        "aborted",
    ]
    note: ReasonShape | None
    changed_at: str | None


class RejectedShape(Shape):
    option: list[str]
    because: str
    element: str
    value: float | None
    limit: float | None
    breaks: str | None
    """Of `cold-load` and `look-ahead`: the limit that breaks by it."""
    in_s: float | None
    """Of `look-ahead`: how long after the plan it breaks."""


class UnservedShape(Shape):
    section: str
    because: str
    element: str


class ViolationShape(Shape):
    invariant: str
    """The number in docs/safety.md."""
    step: int | None
    element: str
    why: ReasonShape


class GuardShape(Shape):
    passed: bool
    checks: int
    violations: list[ViolationShape]


class TallyShape(Shape):
    interrupted: float
    restored_by_switching: float
    until_repair: float


class PromisedMinutes(Shape):
    with_plan: float
    without: float


class PlanShape(Shape):
    id: str
    aim: Literal["restore", "return"]
    """What it is for: supply, or the way back to the normal state after the repair."""
    fingerprint: str
    fence: list[str]
    steps: list[StepShape]
    found_by: Literal["ties", "packing", "transfer", "shedding"]
    """Which search it comes from; docs/restoration.md."""
    proof: Literal["optimal", "gap", "heuristic"]
    gap_pct: float | None
    phases: Literal["balanced-grid", "three-phase", "not-checked"]
    """How far its states were looked at phase by phase."""
    rejected: list[RejectedShape]
    unserved: list[UnservedShape]
    shed: list[str]
    customers: TallyShape
    p_w: TallyShape
    customer_minutes: PromisedMinutes
    guard: GuardShape


class ApprovalShape(Shape):
    by: str
    until: str
    """From then on it counts no more."""


class ReleaseShape(Shape):
    allowed: bool
    why_not: list[ReasonShape]
    customers: int
    customers_dropped: int
    """So many are interrupted on the way, each for some seconds."""
    closes: list[str]
    opens: list[str]
    expires_at: str | None
    two_person: bool
    """Whether it takes the approval of somebody else than who releases."""
    approvals: list[ApprovalShape]


class OfferShape(Shape):
    """A better plan than the one on the screen. It goes there only when a person takes it."""

    id: str
    fingerprint: str
    offered_at: str
    expires_at: str | None
    customers: int
    """Brought back by it."""
    customers_more: int
    """Beyond those whom the plan on the screen brings back; below 0 where the offer prefers fewer
    customers of a higher priority."""
    minutes_fewer: float
    """Customer minutes until repair."""
    steps_more: int
    customers_interrupted: int
    """Supplied ones, interrupted on its way."""
    interrupted_s: float
    """Each of them for so long at most."""
    closes: list[str]
    opens: list[str]
    last_done_s: float
    """When its last step is done, from the release on."""
    proof: Literal["optimal", "gap", "heuristic"]
    gap_pct: float | None


class NormalShape(Shape):
    """How far the switches that tripped or were moved by plans are from the normal state."""

    away: list[str]
    """Off their normal position."""
    due_at: str | None
    """When the way back is planned; null: not before everybody has supply after the repair."""
    may_accept: bool
    """Whether the present positions may be taken for normal now."""


class IncidentMinutes(Shape):
    so_far: float
    with_plan: float | None
    without: float | None


class ExpectedBasis(Shape):
    cause: Cause
    device_kind: SwitchKind
    """Of the device that opened first."""
    cases: int
    """Former outages of this kind that lasted longer than this one had when it was told."""


class ExpectedTime(Shape):
    """Eight of ten such outages ended between `earliest` and `latest`, half of them by `at`."""

    state: Literal["assessing", "expected", "restored"]
    """`assessing`: too few former outages of the kind, or this one outlasted them; no time."""
    at: str | None
    earliest: str | None
    latest: str | None
    basis: ExpectedBasis | None


class ExpectedRevision(ExpectedTime):
    told_at: str


class ExpectedShape(ExpectedTime):
    restored_at: str | None
    """When everybody had supply again."""
    revisions: list[ExpectedRevision]
    """What was told, oldest first, as it was told; the last one holds."""


class NoteShape(ReasonShape):
    at: str


class IncidentShape(Shape):
    id: str
    phase: Phase
    cause: Cause
    origin: Origin
    """How it came to be known: by a trip, by reports alone, or as an earth fault without a trip."""
    merged_into: str | None
    """The incident that goes on with it; it is closed then."""
    took_over: list[str]
    presumed_open: list[str]
    """Devices that nobody reports, taken for open because what they feed is without supply."""
    device: str
    devices: list[str]
    feeder: str | None
    opened_at: str
    concluded_at: str | None
    reason: ReasonShape | None
    customers_out: int
    customers_interrupted: int
    dark: list[str]
    explanation: list[ReasonShape] = Field(min_length=3, max_length=3)
    """What is dark, where the fault is and why, what to do now: three lines."""
    location: LocationShape | None
    fence: list[str]
    plan: PlanShape | None
    sheet: str | None
    """The sheet that the plan was released as; null while it was not."""
    release: ReleaseShape
    offer: OfferShape | None
    """Null while nothing better is known."""
    normal: NormalShape | None
    """Null while no plan of it was carried out, and when it is closed."""
    minutes: IncidentMinutes
    expected_restoration: ExpectedShape
    """When everybody is expected to have supply, from how long such outages lasted."""
    decide_by: str | None
    """The last moment at which the plan still keeps customers below the threshold of 5 min."""
    timeline: list[NoteShape]


class Taken(Shape):
    taken: int
    """Lines of the batch."""


class Alive(Shape):
    status: Literal["alive"]
    training: bool
    """Nothing here is real, as `system.training` of the view says after a login."""


class Ready(Shape):
    status: Literal["ready", "blind"]
    blind: list[str]
    """Reason codes."""
