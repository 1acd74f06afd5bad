"""Outage minutes as gauges: of today, the month and the year, under every rule-set."""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

from gridops.api.counting import Counting, CountingBusy
from gridops.outage import Cause
from gridops.ports import Metrics
from gridops.reliability import Account, Indices, Period
from gridops.reliability.interruptions import UNKNOWN_CAUSE

EVERY = timedelta(seconds=30)
"""A year is not counted again sooner, however often somebody asks."""
CAUSES = frozenset({*Cause, UNKNOWN_CAUSE})
OTHER = "other"


@dataclass(slots=True)
class MinutesGauges:
    counting: Counting
    metrics: Metrics
    _counted: datetime | None = None

    async def bring_up(self, now: datetime) -> None:
        """Where as many wait for figures as may, the last ones stand, and the gauge of their time
        says how old they are."""
        counting = self.counting
        if self._counted is not None and now - self._counted < EVERY:
            return
        try:
            for ruleset in counting.rulesets:
                found = await counting.ask(ruleset, _indices, now=now)
                for period, indices in found.items():
                    self._set(ruleset, period=period, found=indices)
            causes = await counting.ask(ruleset, _by_cause, now=now)
        except CountingBusy:
            return
        for period, minutes in causes.items():
            self._set_causes(period, minutes)
        books = counting.room.books
        for period, span in periods(now, books.zone).items():
            saved = books.avoided_min(span, now)
            self.metrics.set("gridops_period_customer_minutes_avoided", saved, period=period)
        self.metrics.set("gridops_minutes_counted_timestamp_seconds", now.timestamp())
        self._counted = now

    def _set(self, ruleset: str, *, period: str, found: Indices | None) -> None:
        set_ = partial(self.metrics.set, ruleset=ruleset, period=period)
        set_("gridops_saidi_minutes", math.nan if found is None else found.saidi_min)
        set_("gridops_saifi", math.nan if found is None else found.saifi)
        set_("gridops_maifi", math.nan if found is None else found.maifi)

    def _set_causes(self, period: str, minutes: Mapping[str, float]) -> None:
        told = dict.fromkeys((*sorted(CAUSES), OTHER), 0.0)
        for cause, customer_minutes in minutes.items():
            told[cause if cause in CAUSES else OTHER] += customer_minutes
        for cause, customer_minutes in told.items():
            self.metrics.set(
                "gridops_period_customer_minutes", customer_minutes, period=period, cause=cause
            )


def periods(now: datetime, zone: tzinfo) -> Mapping[str, Period]:
    """Up to and with this instant, from the midnight with which each began in `zone`."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = {
        "today": today,
        "month": today.replace(day=1),
        "year": today.replace(day=1, month=1),
    }
    end = now + timedelta(microseconds=1)
    return {name: Period(begin.astimezone(UTC), end) for name, begin in begins.items()}


def _indices(account: Account) -> Mapping[str, Indices | None]:
    """None for a period in which a month has no customers: there is nothing to divide by."""
    spans = periods(account.now, account.zone)
    found: dict[str, Indices | None] = dict.fromkeys(spans)
    for name, span in spans.items():
        with suppress(ValueError):
            found[name] = account.indices(span)
    return found


def _by_cause(account: Account) -> Mapping[str, Mapping[str, float]]:
    spans = periods(account.now, account.zone)
    return {name: account.customer_minutes_by_cause(span) for name, span in spans.items()}
