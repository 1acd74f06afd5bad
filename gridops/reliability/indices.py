"""SAIDI, SAIFI and their kin, under a named rule-set.

Definitions after IEEE Std 1366. r_i N_i is added up per restoration step in whole
microseconds, so that no index depends on the order of addition or on how an interruption was
split. `ended` None counts to the end of the period or to `now`, whichever is earlier.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from gridops.reliability.interruptions import TICK, Interruption, episodes
from gridops.reliability.rulesets import RuleSet

TICKS_PER_MINUTE = timedelta(minutes=1) // TICK


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on, up to but without `end`. An event belongs where it began."""

    begin: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.begin <= instant < self.end

    @property
    def minutes(self) -> float:
        return (self.end - self.begin) / timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indices:
    """Of one period. Minutes and counts per customer served, energy in Wh.

    SAIDI, SAIFI, CAIDI, ASAI: sustained interruptions. MAIFI counts every short loss of
    supply, MAIFI_E every event that stayed short; one that led to a sustained interruption
    counts there and nowhere else. ENS: all that counts, short or long.
    """

    ruleset: str
    period: Period
    customers_served: float
    customer_minutes: float
    customer_interruptions: int
    saidi_min: float
    saifi: float
    maifi: float
    maifi_e: float
    ens_wh: float

    @property
    def caidi_min(self) -> float | None:
        """Minutes per sustained interruption; None where there was none."""
        return self.saidi_min / self.saifi if self.saifi else None

    @property
    def asai(self) -> float:
        """The share of the demanded service time that was supplied."""
        return 1.0 - self.saidi_min / self.period.minutes


def indices(
    interruptions: Iterable[Interruption],
    *,
    customers_served: int,
    period: Period,
    ruleset: RuleSet,
    now: datetime | None = None,
) -> Indices:
    """The indices of one period as one ratio (see `over_months` for yearly sums).

    Raises: ValueError where nobody is served: there is nothing to divide by.
    """
    if customers_served <= 0:
        raise ValueError(f"indices need customers, not {customers_served}")
    until = period.end if now is None else min(now, period.end)
    counted = [
        episode
        for episode in episodes(interruptions)
        if episode.first.began in period and ruleset.counts(episode)
    ]
    sustained = [e for e in counted if ruleset.is_sustained(e.duration(until))]
    short = [e for e in counted if not ruleset.is_sustained(e.duration(until))]
    ticks = sum(e.customer_ticks(until) for e in sustained)
    hit = sum(e.first.customers for e in sustained)
    return Indices(
        ruleset=ruleset.name,
        period=period,
        customers_served=customers_served,
        customer_minutes=ticks / TICKS_PER_MINUTE,
        customer_interruptions=hit,
        saidi_min=ticks / (TICKS_PER_MINUTE * customers_served),
        saifi=hit / customers_served,
        maifi=sum(e.first.customers * e.losses for e in short) / customers_served,
        maifi_e=sum(e.first.customers for e in short) / customers_served,
        ens_wh=sum(e.energy_wh(until) for e in counted),
    )


def months_of(period: Period, zone: tzinfo = UTC) -> tuple[Period, ...]:
    """The calendar months of `zone` that `period` touches, cut at its ends."""
    found: list[Period] = []
    begin = period.begin
    while begin < period.end:
        local = begin.astimezone(zone)
        year, month = divmod(local.year * 12 + local.month, 12)
        following = datetime(year, month + 1, 1, tzinfo=zone).astimezone(UTC)
        found.append(Period(begin, min(following, period.end)))
        begin = following
    return tuple(found)


def over_months(
    interruptions: Sequence[Interruption],
    *,
    customers_served: Mapping[Period, int],
    ruleset: RuleSet,
    now: datetime | None = None,
) -> Indices:
    """Monthly indices, each with that month's customers, added up (YearRule.SUM_OF_MONTHS).

    Differs from one ratio over the year as soon as the number of customers changes.

    Raises: ValueError without months, or for a month that serves nobody.
    """
    if not customers_served:
        raise ValueError("a sum of months needs at least one month")
    months = [
        indices(interruptions, customers_served=served, period=month, ruleset=ruleset, now=now)
        for month, served in customers_served.items()
    ]
    return Indices(
        ruleset=ruleset.name,
        period=Period(min(m.period.begin for m in months), max(m.period.end for m in months)),
        customers_served=sum(m.customers_served for m in months) / len(months),
        customer_minutes=sum(m.customer_minutes for m in months),
        customer_interruptions=sum(m.customer_interruptions for m in months),
        saidi_min=sum(m.saidi_min for m in months),
        saifi=sum(m.saifi for m in months),
        maifi=sum(m.maifi for m in months),
        maifi_e=sum(m.maifi_e for m in months),
        ens_wh=sum(m.ens_wh for m in months),
    )
