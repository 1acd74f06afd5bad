"""Energy that customers would have drawn while they were without supply.

p / f(t0) x the integral of f over the time without supply, where p is the load that was measured
before the loss, t0 that instant, and f the profile of the load by the clock on the wall. Where
nothing measured it p is the stated load, which is that of factor 1: p x the integral.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import timedelta, tzinfo

import numpy as np

from gridops.network import Profile
from gridops.reliability.bins import Bins
from gridops.reliability.interruptions import TICK, TICKS_PER_HOUR
from gridops.reliability.table import NONE, InterruptionTable, Real, Truth, Whole, instant_at

TICKS_PER_DAY = 24 * TICKS_PER_HOUR


def energy_of(
    table: InterruptionTable, rows: Whole, *, begin: Whole, end: Whole
) -> tuple[Real, Truth]:
    """Wh of interruptions `rows`, each from tick `begin` to `end`, and whether that is flat: the
    load of the instant before all the time, because no profile of it is known, or because its
    profile has it draw nothing when something was measured."""
    weighed = (end - begin).astype(np.float64)
    is_flat = np.ones(len(rows), dtype=np.bool_)
    if table.clock is not None and len(table.profiles) and len(rows):
        is_measured = table.p_at[rows] != NONE
        at = np.where(is_measured, table.p_at[rows], begin)
        first, last = int(np.minimum(begin, at).min()), int(np.maximum(end, at).max())
        clock = _Clock.of(table.clock, first=first, last=last)
        for number, profile in enumerate(table.profiles):
            day = _Day.of(profile)
            mine = np.flatnonzero(table.profile[rows] == number)
            then = day.factor[day.step_at(clock.local(at[mine]) % TICKS_PER_DAY)]
            before = np.where(is_measured[mine], then, 1.0)
            mine, before = mine[before > 0], before[before > 0]
            weighed[mine] = _drawn(clock, day, begin=begin[mine], end=end[mine]) / before
            is_flat[mine] = False
    return table.p_w[rows] * weighed / TICKS_PER_HOUR, is_flat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Clock:
    """On the wall of one place: between two changes it differs from UTC by the same."""

    between_changes: Bins
    ahead: Whole
    """Ticks, of each bin."""

    @classmethod
    def of(cls, zone: tzinfo, *, first: int, last: int) -> "_Clock":
        """Good from tick `first` to `last`. A place changes its clock at most once a day."""

        def ahead_at(ticks: int) -> int:
            return (instant_at(ticks).astimezone(zone).utcoffset() or timedelta()) // TICK

        edges, ahead = [first], [ahead_at(first)]
        for day in range(first, last + 1, TICKS_PER_DAY):
            ends = min(day + TICKS_PER_DAY, last + 1)
            then = ahead_at(ends)
            if then != ahead[-1]:
                edges.append(bisect_left(range(ends), True, day, key=lambda t: ahead_at(t) == then))
                ahead.append(then)
        edges.append(last + 1)
        return cls(between_changes=Bins(edges=np.array(edges)), ahead=np.array(ahead))

    def local(self, ticks: Whole) -> Whole:
        found: Whole = ticks + self.ahead[self.between_changes.of(ticks)]
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Day:
    """A profile."""

    factor: Real
    edges: Whole
    """Ticks since midnight; one more than there are steps."""
    up_to: Real
    """The integral up to each edge."""

    @classmethod
    def of(cls, profile: Profile) -> "_Day":
        factor = np.array(profile.factors, dtype=np.float64)
        edges = np.arange(len(factor) + 1) * TICKS_PER_DAY // len(factor)
        up_to = np.concatenate(([0.0], np.cumsum(factor * np.diff(edges))))
        return cls(factor=factor, edges=edges, up_to=up_to)

    def step_at(self, ticks: Whole) -> Whole:
        """Since midnight."""
        found: Whole = np.searchsorted(self.edges, ticks, side="right") - 1
        return found

    def integral(self, begin: Whole, end: Whole) -> Real:
        """Between ticks of one clock. What lies in one step, and the begin and end of what does
        not, is no difference of large numbers."""
        (day, begin_at), (last_day, end_at) = (np.divmod(x, TICKS_PER_DAY) for x in (begin, end))
        step, last = self.step_at(begin_at), self.step_at(end_at)
        days = (last_day - day) * self.up_to[-1]
        between = days + self.up_to[last] - self.up_to[step + 1]
        over = (
            (self.edges[step + 1] - begin_at) * self.factor[step]
            + between
            + (end_at - self.edges[last]) * self.factor[last]
        )
        is_within = (day == last_day) & (step == last)
        found: Real = np.where(is_within, (end - begin) * self.factor[step], over)
        return found


def _drawn(clock: _Clock, day: _Day, *, begin: Whole, end: Whole) -> Real:
    """The integral of a profile from tick to tick."""
    parts = clock.between_changes.cut(begin, end)
    ahead = clock.ahead[parts.at]
    within = day.integral(parts.begin + ahead, parts.end + ahead)
    found: Real = np.bincount(parts.whole, weights=within, minlength=len(begin)).astype(np.float64)
    return found
