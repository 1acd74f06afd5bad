"""Times as they are counted: periods, their months and days, and whom they served."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from itertools import pairwise
from math import fsum

from gridops.reliability.interruptions import TICK
from gridops.reliability.rulesets import CustomerBase, RuleSet, YearLength, YearRule

MINUTE = timedelta(minutes=1)
YEARS = range(1900, 2200)
"""That every calendar here reaches."""
ALWAYS = datetime.min.replace(tzinfo=UTC)
"""As the beginning of something: it has been so as long as anybody knows."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on, up to but without `end`. An event belongs where it began."""

    begin: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.begin <= instant < self.end

    @property
    def length(self) -> timedelta:
        """As long as it lasted: between two times of one place Python counts by the clock on the
        wall, which a change of the clocks makes wrong by an hour."""
        return self.end.astimezone(UTC) - self.begin.astimezone(UTC)

    @property
    def minutes(self) -> float:
        return self.length / MINUTE


def months_of(period: Period, zone: tzinfo = UTC) -> tuple[Period, ...]:
    """The calendar months of `zone` that `period` touches, cut at its ends."""
    local = period.begin.astimezone(zone)
    firsts: list[datetime] = []
    year, month = local.year, local.month
    while not firsts or firsts[-1] < period.end:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        firsts.append(_midnight(date(year, month, 1), zone))
    return _between(period, firsts)


def days_of(period: Period, zone: tzinfo = UTC) -> tuple[Period, ...]:
    """The calendar days of `zone` that `period` touches, cut at its ends: 23 or 25 hours long
    where the clocks change."""
    day = period.begin.astimezone(zone).date()
    midnights: list[datetime] = []
    while not midnights or midnights[-1] < period.end:
        day += timedelta(days=1)
        midnights.append(_midnight(day, zone))
    return _between(period, midnights)


def _between(period: Period, inner: Sequence[datetime]) -> tuple[Period, ...]:
    if period.end <= period.begin:
        return ()
    edges = [period.begin, *(each for each in inner if each < period.end), period.end]
    return tuple(Period(begin, end) for begin, end in pairwise(edges))


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Where the clocks skip midnight, the instant at which they do."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def years_before(instant: datetime, years: int, *, zone: tzinfo) -> datetime:
    """The same day of the calendar; 28 February for a leap day."""
    local = instant.astimezone(zone)
    try:
        moved = local.replace(year=local.year - years)
    except ValueError:
        moved = local.replace(year=local.year - years, day=28)
    return moved.astimezone(UTC)


def service_min(period: Period, length: YearLength, *, zone: tzinfo) -> float:
    """For how long service is demanded (ASAI)."""
    demanded = period.length
    if length is YearLength.WITHOUT_LEAP_DAY:
        for year in range(period.begin.astimezone(zone).year, period.end.astimezone(zone).year + 1):
            if not year % 4 and (year % 100 or not year % 400):
                begin, end = (_midnight(date(year, *day), zone) for day in ((2, 29), (3, 1)))
                cut = min(end, period.end) - max(begin, period.begin)
                demanded -= max(cut, timedelta(0))
    return demanded / MINUTE


Steps = tuple[tuple[datetime, int], ...]
"""How many customers there were, from when on, in order of time; the first holds for all time
before it as well."""


@dataclass(frozen=True, slots=True)
class Served:
    """Whom indices are divided by."""

    steps: Steps
    of_group: Mapping[str, Mapping[str, Steps]] = field(default_factory=dict)
    """Those of each feeder, area ... by what they are told apart by, as far as known."""

    def only(self, by: str, key: str | None) -> "Served | None":
        """A group alone; None where nothing is known of it."""
        steps = None if key is None else self.of_group.get(by, {}).get(key)
        return None if steps is None else Served(steps)

    def of(self, period: Period) -> int:
        """Those at its end: K_t of a month."""
        at = bisect_right(self.steps, period.end - TICK, key=lambda step: step[0])
        return self.steps[max(at - 1, 0)][1]


@dataclass(frozen=True, slots=True)
class Divisor:
    """What counts are divided by: one number for the whole, or the customers of each part."""

    parts: tuple[int, ...]
    whole: Fraction | None
    """None: each part by its own, then added up."""

    @property
    def customers(self) -> float:
        if self.whole is not None:
            return float(self.whole)
        return sum(self.parts) / len(self.parts)

    def per_customer(self, counts: Sequence[int], unit: int = 1) -> float:
        """The counts of the parts, in `unit`, per customer: the nearest number to the true ratio
        (for a sum, to the sum of the nearest ones)."""
        if self.whole is not None:
            return sum(counts) * self.whole.denominator / (unit * self.whole.numerator)
        pairs = zip(counts, self.parts, strict=True)
        return fsum(count / (unit * served) for count, served in pairs if count)


def divisor(parts: Sequence[Period], served: Served, *, ruleset: RuleSet) -> Divisor:
    """For the months `parts` of a period.

    Raises: ValueError where nobody is served: there is nothing to divide by.
    """
    customers = tuple(served.of(part) for part in parts)
    if not customers or min(customers) <= 0:
        raise ValueError(f"indices need customers, not {min(customers, default=0)}")
    if ruleset.year is YearRule.SUM_OF_MONTHS:
        return Divisor(customers, None)
    match ruleset.customers:
        case CustomerBase.BEGIN:
            whole = Fraction(customers[0])
        case CustomerBase.END:
            whole = Fraction(customers[-1])
        case CustomerBase.AVERAGE:
            ticks = [part.length // TICK for part in parts]
            weighed = sum(n * long for n, long in zip(customers, ticks, strict=True))
            whole = Fraction(weighed, sum(ticks))
    return Divisor(customers, whole)
