"""A table of interruptions counted: the indices of any period, by whatever tells them apart."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

import numpy as np

from gridops.reliability.bins import Bins
from gridops.reliability.burden import Burden, burden_of
from gridops.reliability.events import Events, Grouping, events_of, grouping_of
from gridops.reliability.indices import TICKS_PER_MINUTE, Indices, indices_of
from gridops.reliability.major_event_days import major_event_threshold_min
from gridops.reliability.momentary import Momentary, momentary_of
from gridops.reliability.periods import (
    Divisor,
    Period,
    Served,
    days_of,
    divisor,
    months_of,
    service_min,
    years_before,
)
from gridops.reliability.rulesets import MajorEventRule, MinutesBelongTo, RuleSet
from gridops.reliability.table import (
    LASTS,
    NONE,
    InterruptionTable,
    Truth,
    Whole,
    ticks_at,
)
from gridops.reliability.tally import Question, Tally, tally


class By(StrEnum):
    """What indices are told apart by."""

    FEEDER = "feeder"
    AREA = "area"
    CAUSE = "cause"
    PRIORITY = "priority"
    LOAD = "load"
    MONTH = "month"
    DAY = "day"


class NotCounted(StrEnum):
    """Why an interruption is left out; the first that holds."""

    PLANNED = "planned"
    SOURCE_LOST = "source_lost"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`share`: what the group adds to the indices of all, divided by all customers; the shares of
    all groups add up to the whole. `own`: divided by the group's own customers of the same months,
    where they are known and there were some in each."""

    key: str | None
    """None: not known."""
    share: Indices
    own: Indices | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorEventDays:
    """`threshold_min` None: too few days with interruptions, or the rule-set knows none."""

    threshold_min: float | None
    history: Period | None
    """Whose daily SAIDI it rests on: the years before, or the period itself where there is
    nothing before."""
    days_with_interruptions: int
    days: tuple[tuple[Period, float], ...]
    """Those above it in the period, with their SAIDI in minutes."""


ROUNDING = 1e-12
"""Days that are all alike are their own threshold, and none of them is above it."""
NO_MAJOR_EVENTS = MajorEventDays(
    threshold_min=None, history=None, days_with_interruptions=0, days=()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Sustained interruptions that do not count."""

    why: NotCounted
    customer_minutes: float
    customer_interruptions: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Account:
    """Reads a table under one rule-set. `now`: to when what lasts is counted. `zone`: of days and
    months, unless the rule-set names another, which the caller then gives here.

    The methods take periods; what a period holds is decided by the rule-set.
    """

    table: InterruptionTable
    ruleset: RuleSet
    served: Served
    now: datetime
    zone: tzinfo = UTC

    @cached_property
    def _grouping(self) -> Grouping:
        return grouping_of(self.table)

    @cached_property
    def events(self) -> Events:
        """The rows put together, as this rule-set sees them."""
        return events_of(self.table, self._grouping, ruleset=self.ruleset, until=ticks_at(self.now))

    @cached_property
    def _momentary(self) -> Momentary:
        return momentary_of(self.events, self.ruleset)

    def at(self, now: datetime) -> "Account":
        """The same, counted to another instant. What does not depend on it is not worked out
        again."""
        other = replace(self, now=now)
        lasts = bool((self.table.ended == LASTS).any())
        kept = ("_grouping",) if lasts else ("_grouping", "events", "_momentary")
        vars(other).update({name: vars(self)[name] for name in kept if name in vars(self)})
        return other

    # what is read

    def indices(self, period: Period, *, without: Sequence[Period] = ()) -> Indices:
        """`without`: events that begin in these days are left out (major event days).

        Raises: ValueError where nobody is served.
        """
        months = months_of(period, self.zone)
        found = self._tally(months, self._one(), groups=1, among=self._outside(without))
        return self._figures(found, 0, period=period, by=self._divisor(months))

    def groups(self, period: Period, by: By, *, most: int | None = None) -> tuple[Group, ...]:
        """Months and days in order of time, all of them; others that had anything, those of most
        customer minutes first, at most `most`.

        Raises: ValueError where nobody is served.
        """
        if by is By.MONTH:
            return self._times(months_of(period, self.zone), label=7)
        if by is By.DAY:
            return self._times(days_of(period, self.zone), label=10)
        names, numbers = self.told_apart(by)
        months = months_of(period, self.zone)
        numbers = np.where(numbers == NONE, len(names), numbers)
        found = self._tally(months, numbers, groups=len(names) + 1)
        everybody = self._divisor(months)
        worst = found.worst_first()[:most]
        if everybody.whole is not None:
            found = found.over_bins()
        demanded = self._demanded(period)
        rules = self.ruleset
        groups: list[Group] = []
        for k in worst:
            key = names[k] if k < len(names) else None
            share = indices_of(
                found, k, period=period, by=everybody, ruleset=rules, demanded=demanded
            )
            alone, own = self._divisor_of(by, key, months=months), None
            if alone is not None:
                own = indices_of(
                    found, k, period=period, by=alone, ruleset=rules, demanded=demanded
                )
            groups.append(Group(key=key, share=share, own=own))
        return tuple(groups)

    def _divisor_of(self, by: By, key: str | None, *, months: Sequence[Period]) -> Divisor | None:
        """None where the group had nobody at the end of a month, or nothing is known of it."""
        own = self.served.only(by.value, key)
        if own is None or not all(own.of(month) for month in months):
            return None
        return divisor(months, own, ruleset=self.ruleset)

    def customers(self, period: Period) -> float:
        """Whom the indices of a period are divided by; the mean of the months where these are
        added up.

        Raises: ValueError where nobody is served.
        """
        return self._divisor(months_of(period, self.zone)).customers

    def burden(self, period: Period) -> Burden | None:
        """None where the table does not say who is the same customer."""
        if not self.table.are_loads_known:
            return None
        return burden_of(
            self.events,
            self._momentary,
            among=self.began_in(period),
            customers=self.customers(period),
            ruleset=self.ruleset,
        )

    def major_event_days(self, period: Period) -> MajorEventDays:
        """Raises: ValueError where nobody is served."""
        if self.ruleset.major_events is MajorEventRule.NONE:
            return NO_MAJOR_EVENTS
        daily = self.daily_saidi_min(period)
        history = self._history(period)
        before = () if history is None else self.daily_saidi_min(history)
        basis, days = (history, before) if _hit(before) >= 2 else (period, daily)
        if _hit(days) < 2:
            return NO_MAJOR_EVENTS
        threshold = major_event_threshold_min(
            [minutes for _, minutes in days],
            factor=self.ruleset.beta_factor,
            zero_days_dropped=self.ruleset.zero_days_dropped,
        )
        return MajorEventDays(
            threshold_min=threshold,
            history=basis,
            days_with_interruptions=_hit(days),
            days=tuple(day for day in daily if day[1] > threshold * (1.0 + ROUNDING)),
        )

    def daily_saidi_min(self, period: Period) -> tuple[tuple[Period, float], ...]:
        """Each day with all minutes of what began in it (to that day they belong wherever major
        event days are found, whatever else the rule-set says), by the customers of its month.

        Raises: ValueError where nobody is served.
        """
        return tuple(
            (group.share.period, group.share.saidi_min)
            for group in self._times(
                days_of(period, self.zone), label=10, minutes=MinutesBelongTo.START
            )
        )

    def left_out(self, period: Period) -> tuple[LeftOut, ...]:
        """What the rule-set does not count, so that nothing is lost from sight."""
        rule, events = self.ruleset, self.events
        planned = events.planned & (not rule.planned_counts)
        from_above = events.source_lost & (not rule.source_lost_counts)
        why = np.where(planned, 0, np.where(from_above, 1, 2))
        asked = replace(self._question(months_of(period, self.zone)), events=_turned(events))
        found = tally(self.table, asked, group=why, groups=len(NotCounted))
        return tuple(
            LeftOut(
                why=reason,
                customer_minutes=sum(found.ticks(k)) / TICKS_PER_MINUTE,
                customer_interruptions=int(found.interruptions[k].sum()),
            )
            for k, reason in enumerate(NotCounted)
            if found.interruptions[k].any()
        )

    def customer_minutes_by_cause(self, period: Period) -> dict[str, float]:
        """Of what began in the period, from the first second on, whatever counts."""
        table, rows = self.table, np.flatnonzero(self._rows_in(period))
        ended = np.where(table.ended == LASTS, ticks_at(self.now), table.ended)[rows]
        length = np.maximum(ended - table.began[rows], 0)
        found = np.bincount(
            table.cause[rows],
            weights=table.customers[rows] * (length / TICKS_PER_MINUTE),
            minlength=len(table.causes),
        )
        return dict(zip(table.causes, found.tolist(), strict=True))

    def lasting(self, period: Period) -> int:
        """Interruptions in the period that have no end yet."""
        return int((self._rows_in(period) & (self.table.ended == LASTS)).sum())

    def clamped(self, period: Period) -> int:
        """Interruptions in the period of which a time was moved to keep times in order."""
        return int((self._rows_in(period) & self.table.is_clamped).sum())

    def revised(self, period: Period) -> int:
        """Interruptions in the period of which something was corrected, or told better later."""
        return int((self._rows_in(period) & self.table.is_revised).sum())

    def ends_reported(self, period: Period) -> int:
        """Interruptions in the period that ended by the word of a person alone."""
        return int((self._rows_in(period) & self.table.is_end_reported).sum())

    # how

    def _times(
        self, parts: Sequence[Period], *, label: int, minutes: MinutesBelongTo | None = None
    ) -> tuple[Group, ...]:
        asked = self._question(parts)
        asked = asked if minutes is None else replace(asked, minutes=minutes)
        found = tally(self.table, asked, group=self._one(), groups=1)
        customers = self._of_their_months(parts)
        groups = []
        for k, (part, served) in enumerate(zip(parts, customers, strict=True)):
            by = Divisor((served,), Fraction(served))
            share = self._figures(found.of_bin(k), 0, period=part, by=by)
            key = part.begin.astimezone(self.zone).isoformat()[:label]
            groups.append(Group(key=key, share=share, own=None))
        return tuple(groups)

    def _of_their_months(self, parts: Sequence[Period]) -> list[int]:
        """Raises: ValueError where nobody is served."""
        if not parts:
            return []
        whole = Period(parts[0].begin, parts[-1].end)
        months = months_of(whole, self.zone)
        customers = self._divisor(months).parts
        begins = [month.begin for month in months]
        return [customers[bisect_right(begins, part.begin) - 1] for part in parts]

    def told_apart(self, by: By) -> tuple[tuple[str, ...], Whole]:
        """The names of what `by` tells apart, and the place of each event among them (NONE: not
        known). Not for months and days."""
        events, table = self.events, self.table
        found: dict[By, tuple[tuple[str, ...], Whole]] = {
            By.FEEDER: (table.feeders, events.feeder),
            By.AREA: (table.areas, events.area),
            By.CAUSE: (table.causes, events.cause),
            By.PRIORITY: (table.priorities, events.priority),
            By.LOAD: (table.loads, events.whole),
        }
        return found[by]

    def _history(self, period: Period) -> Period | None:
        span = self.table.span
        if span is None or span[0] >= period.begin:
            return None
        begin = years_before(period.begin, self.ruleset.history_years, zone=self.zone)
        return Period(max(begin, span[0]), period.begin)

    def _question(self, parts: Sequence[Period]) -> Question:
        return Question(
            events=self.events,
            momentary=self._momentary,
            bins=Bins.between([*(part.begin for part in parts), parts[-1].end]),
            minutes=self.ruleset.minutes_belong_to,
        )

    def _tally(
        self, parts: Sequence[Period], group: Whole, *, groups: int, among: Truth | None = None
    ) -> Tally:
        return tally(self.table, self._question(parts), group=group, groups=groups, among=among)

    def _figures(self, found: Tally, group: int, *, period: Period, by: Divisor) -> Indices:
        demanded = self._demanded(period)
        return indices_of(
            found, group, period=period, by=by, ruleset=self.ruleset, demanded=demanded
        )

    def _demanded(self, period: Period) -> float:
        return service_min(period, self.ruleset.year_length, zone=self.zone)

    def _divisor(self, months: Sequence[Period]) -> Divisor:
        return divisor(months, self.served, ruleset=self.ruleset)

    def _one(self) -> Whole:
        return np.zeros(len(self.events), dtype=np.int64)

    def began_in(self, period: Period) -> Truth:
        """Of each event."""
        began = self.events.began
        found: Truth = (began >= ticks_at(period.begin)) & (began < ticks_at(period.end))
        return found

    def _rows_in(self, period: Period) -> Truth:
        began = self.table.began
        found: Truth = (began >= ticks_at(period.begin)) & (began < ticks_at(period.end))
        return found

    def _outside(self, days: Sequence[Period]) -> Truth | None:
        if not days:
            return None
        inside = np.zeros(len(self.events), dtype=np.bool_)
        for day in days:
            inside |= self.began_in(day)
        return ~inside


def _turned(events: Events) -> Events:
    return replace(events, counts=~events.counts)


def _hit(daily: Sequence[tuple[Period, float]]) -> int:
    return sum(minutes > 0 for _, minutes in daily)
