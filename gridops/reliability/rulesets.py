"""How a regulator counts. Parameters only: what counts is never decided at intake.

The rule-sets that come with GridOps are files (`gridops/content/rulesets`, docs/minutes.md);
`IEEE1366` is what a control room counts by until it is given another.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LABEL = "unverified: check against the official text"
"""Stands beside every parameter in `RuleSet.unverified`, wherever it is shown."""
REPEATS = tuple(range(1, 11))


class YearRule(StrEnum):
    """How a year comes out of its months."""

    RATIO = "ratio"
    """One ratio over the whole period."""
    SUM_OF_MONTHS = "sum_of_months"
    """Monthly indices, each with that month's customers, added up."""


class CustomerBase(StrEnum):
    """Which customers one ratio over several months divides by."""

    AVERAGE = "average"
    """The months' customers, each month weighing as long as it lasts."""
    BEGIN = "begin"
    END = "end"


class MinutesBelongTo(StrEnum):
    """Where the minutes of an interruption go that lasts over midnight or the month's end. The
    count is always where it began."""

    START = "start"
    WHERE_THEY_FALL = "where_they_fall"


class YearLength(StrEnum):
    """The time of demanded service that ASAI divides by."""

    CALENDAR = "calendar"
    """As long as the period is: 8,784 hours in a leap year."""
    WITHOUT_LEAP_DAY = "without_leap_day"
    """29 February is not counted: every year has 8,760 hours."""


class MajorEventRule(StrEnum):
    """How major event days are found."""

    NONE = "none"
    BETA = "beta"
    """T_MED = exp(alpha + beta_factor x beta) of ln(daily SAIDI)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The parameters of one way to count. `unverified` names those that could not be read in
    the official text: check them there before a figure is reported."""

    name: str
    text: str
    """Where the rules stand."""
    sustained_after: timedelta = timedelta(minutes=5)
    """Longer is sustained; shorter is momentary."""
    threshold_is_sustained: bool = False
    """Whether an interruption of exactly `sustained_after` is sustained."""
    planned_counts: bool = True
    source_lost_counts: bool = True
    excluded: frozenset[str] = frozenset()
    """Entries of `Circumstance.exclusions`, and causes, that do not count."""
    customers: CustomerBase = CustomerBase.AVERAGE
    year: YearRule = YearRule.RATIO
    minutes_belong_to: MinutesBelongTo = MinutesBelongTo.START
    time_zone: str | None = None
    """Of days and months, as in the time zone database; None: that of the grid."""
    year_length: YearLength = YearLength.CALENDAR
    momentary_group: timedelta = timedelta(minutes=5)
    """Short losses of one customer that begin this soon after the first are one event, or part
    of the sustained interruption that begins as soon."""
    shots_before_lockout_count: bool = False
    """Whether MAIFI counts the short losses that led to a sustained interruption."""
    repeats: tuple[int, ...] = REPEATS
    """The n of CEMI_n and CEMSMI_n: n interruptions or more."""
    long_single: tuple[timedelta, ...] = (timedelta(hours=8),)
    """CELID: one sustained interruption of this length or more."""
    long_total: tuple[timedelta, ...] = (timedelta(hours=24),)
    """CELID: sustained interruptions of this length or more in all."""
    major_events: MajorEventRule = MajorEventRule.BETA
    beta_factor: float = 2.5
    history_years: int = 5
    """How many years before the period the daily SAIDI are taken from."""
    zero_days_dropped: bool = True
    """False: a day without interruption stands with the least daily SAIDI above 0."""
    unverified: tuple[str, ...] = ()

    def is_sustained(self, duration: timedelta) -> bool:
        if duration == self.sustained_after:
            return self.threshold_is_sustained
        return duration > self.sustained_after


IEEE1366 = RuleSet(
    name="ieee1366",
    text="IEEE Std 1366-2022, Guide for Electric Power Distribution Reliability Indices",
    unverified=(
        "long_single_h",
        "long_total_h",
        "planned_counts",
        "repeats",
        "shots_before_lockout_count",
        "source_lost_counts",
        "threshold_is_sustained",
        "year_length",
    ),
)
