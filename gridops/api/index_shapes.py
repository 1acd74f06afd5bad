"""Outage minutes of a period, field by field."""

from pydantic import Field

from gridops.api.shapes import Shape


class RuleSetShape(Shape):
    """How is counted (docs/minutes.md). Times in seconds."""

    name: str
    text: str
    """Where the rules stand."""
    sustained_after: float
    threshold_is_sustained: bool
    planned_counts: bool
    source_lost_counts: bool
    excluded: list[str]
    customers: str
    year: str
    minutes_belong_to: str
    time_zone: str | None
    year_length: str
    momentary_group: float
    shots_before_lockout_count: bool
    repeats: list[int]
    long_single: list[float]
    long_total: list[float]
    major_events: str
    beta_factor: float
    history_years: int
    zero_days_dropped: bool
    unverified: dict[str, str]
    """Parameters whose text was not read, each with the label to be shown beside figures."""


class IndexShape(Shape):
    customers_served: float
    customer_minutes: float
    customer_interruptions: int
    saidi_min: float
    saifi: float
    caidi_min: float | None
    asai: float
    maifi: float
    maifi_e: float
    ens_wh: float
    ens_flat_wh: float
    """Of that, what follows no load profile."""


class GroupShape(Shape):
    group: str | None
    """Null: not known."""
    share: IndexShape
    """Of the whole: divided by all customers."""
    own: IndexShape | None
    """Divided by the group's own customers, where they are known."""


class BurdenShape(Shape):
    hit: int
    caifi: float | None
    cemi: dict[str, float]
    cemsmi: dict[str, float]
    celid_single: dict[str, float]
    celid_total: dict[str, float]


class MajorDayShape(Shape):
    day: str
    saidi_min: float


class MajorEventDaysShape(Shape):
    threshold_min: float | None
    rests_on: str | None
    """`years_before`, or `period`: the period itself."""
    days_with_interruptions: int
    days: list[MajorDayShape]


class LeftOutShape(Shape):
    why: str
    customer_minutes: float
    customer_interruptions: int


class ReportShape(Shape):
    source: str
    """The grid."""
    ruleset: RuleSetShape
    begin: str = Field(alias="from")
    to: str
    time_zone: str
    indices: IndexShape
    customers: BurdenShape | None
    major_event_days: MajorEventDaysShape
    without_major_event_days: IndexShape | None
    left_out: list[LeftOutShape]
    lasting: int
    """Interruptions that have no end yet."""
    counted_to: str
    clamped: int
    """Interruptions of which a time was moved to keep times in order."""
    revised: int
    """Interruptions that say something else than what was booked first."""
    ends_reported: int
    """Interruptions that a person said are over: nothing measured voltage."""
    by: str | None
    groups: list[GroupShape]
    worst: list[GroupShape]
    """Loads."""


class PieceShape(Shape):
    load: str
    feeder: str | None
    area: str | None
    priority: str | None
    customers: int
    began: str
    ended: str | None
    """Null: it lasts."""
    customer_minutes: float
    """Those that belong to the period."""
    incident: str | None
    """`GET /incidents/{id}` has its timeline, switch by switch."""
    cause: str
    counts_as: str
    """`sustained`, `momentary`, or why it does not count: `planned`, `source_lost`, `excluded`."""
    is_clamped: bool


class BehindShape(Shape):
    ruleset: str
    begin: str = Field(alias="from")
    to: str
    all: int
    """How many there are; `interruptions` are some of them."""
    customer_minutes: float
    """Of all of them that count as sustained."""
    skip: int
    interruptions: list[PieceShape]
