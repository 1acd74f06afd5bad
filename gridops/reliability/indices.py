"""SAIDI, SAIFI and their kin, under a named rule-set.

Definitions after IEEE Std 1366. r_i N_i is added up per restoration step in whole
microseconds, so that no index depends on the order of addition or on how an interruption was
split. `ended` None counts to the end of the period or to `now`, whichever is earlier.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import numpy as np

from gridops.reliability.bins import Bins
from gridops.reliability.columns import table_of
from gridops.reliability.events import events_of, grouping_of
from gridops.reliability.interruptions import TICK, Interruption
from gridops.reliability.momentary import momentary_of
from gridops.reliability.periods import Divisor, Period, service_min
from gridops.reliability.rulesets import RuleSet
from gridops.reliability.table import ticks_at
from gridops.reliability.tally import Question, Tally, tally

TICKS_PER_MINUTE = timedelta(minutes=1) // TICK


@dataclass(frozen=True, slots=True, kw_only=True)
class Indices:
    """Of one period. Minutes and counts per customer served, energy in Wh.

    SAIDI, SAIFI, CAIDI, ASAI: sustained interruptions. MAIFI counts every short loss of
    supply, MAIFI_E every event that stayed short; one that led to a sustained interruption
    counts there and nowhere else. ENS: all that counts, short or long.
    """

    ruleset: str
    period: Period
    service_min: float
    """For how long service is demanded."""
    customers_served: float
    customer_minutes: float
    customer_interruptions: int
    saidi_min: float
    saifi: float
    maifi: float
    maifi_e: float
    ens_wh: float
    ens_flat_wh: float
    """Of that, what follows no load profile: the load before the loss, whatever the hour."""

    @property
    def caidi_min(self) -> float | None:
        """Minutes per sustained interruption; None where there was none."""
        return self.saidi_min / self.saifi if self.saifi else None

    @property
    def asai(self) -> float:
        """The share of the demanded service time that was supplied."""
        return 1.0 - self.saidi_min / self.service_min


def indices_of(
    found: Tally, group: int, *, period: Period, by: Divisor, ruleset: RuleSet, demanded: float
) -> Indices:
    """Of one group of a tally; `by` divides each of its bins."""
    ticks = found.ticks(group)
    interruptions = found.interruptions[group].tolist()
    return Indices(
        ruleset=ruleset.name,
        period=period,
        service_min=demanded,
        customers_served=by.customers,
        customer_minutes=sum(ticks) / TICKS_PER_MINUTE,
        customer_interruptions=sum(interruptions),
        saidi_min=by.per_customer(ticks, TICKS_PER_MINUTE),
        saifi=by.per_customer(interruptions),
        maifi=by.per_customer(found.momentary[group].tolist()),
        maifi_e=by.per_customer(found.momentary_events[group].tolist()),
        ens_wh=float(found.energy_wh[group].sum()),
        ens_flat_wh=float(found.energy_flat_wh[group].sum()),
    )


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
    by = Divisor((customers_served,), Fraction(customers_served))
    return _indices(interruptions, [period], by=by, ruleset=ruleset, now=now)


def over_months(
    interruptions: Iterable[Interruption],
    *,
    customers_served: Mapping[Period, int],
    ruleset: RuleSet,
    now: datetime | None = None,
) -> Indices:
    """Monthly indices, each with that month's customers, added up (YearRule.SUM_OF_MONTHS).

    Differs from one ratio over the year as soon as the number of customers changes.

    Raises: ValueError without months, for months with a gap between them, or for a month that
        serves nobody.
    """
    months = sorted(customers_served, key=lambda month: month.begin)
    if not months:
        raise ValueError("a sum of months needs at least one month")
    if any(one.end != other.begin for one, other in pairwise(months)):
        raise ValueError("months follow each other without a gap")
    if min(customers_served.values()) <= 0:
        raise ValueError(f"indices need customers, not {min(customers_served.values())}")
    by = Divisor(tuple(customers_served[month] for month in months), None)
    return _indices(interruptions, months, by=by, ruleset=ruleset, now=now)


def _indices(
    interruptions: Iterable[Interruption],
    parts: Sequence[Period],
    *,
    by: Divisor,
    ruleset: RuleSet,
    now: datetime | None,
) -> Indices:
    period = Period(parts[0].begin, parts[-1].end)
    until = period.end if now is None else min(now, period.end)
    table = table_of(interruptions)
    events = events_of(table, grouping_of(table), ruleset=ruleset, until=ticks_at(until))
    asked = Question(
        events=events,
        momentary=momentary_of(events, ruleset),
        bins=Bins.between([*(part.begin for part in parts), period.end]),
        minutes=ruleset.minutes_belong_to,
    )
    everybody = np.zeros(len(events), dtype=np.int64)
    return indices_of(
        tally(table, asked, group=everybody, groups=1),
        0,
        period=period,
        by=by,
        ruleset=ruleset,
        demanded=service_min(period, ruleset.year_length, zone=UTC),
    )
