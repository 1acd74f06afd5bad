"""Events added up by group and month (or day): whole numbers, exact whatever the order."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gridops.reliability.bins import Bins, Parts
from gridops.reliability.energy import energy_of
from gridops.reliability.events import Events
from gridops.reliability.momentary import Momentary
from gridops.reliability.rulesets import MinutesBelongTo
from gridops.reliability.table import InterruptionTable, Real, Truth, Whole

TICKS_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """[group, bin]. Customer time is `customer_s` whole seconds and `customer_us` microseconds
    (which may be more than a second), so that no sum of a large city overflows."""

    customer_s: Whole
    customer_us: Whole
    """Of sustained interruptions."""
    interruptions: Whole
    """Customers x sustained interruptions."""
    momentary: Whole
    momentary_events: Whole
    energy_wh: Real
    """Of all that counts, short or long."""
    energy_flat_wh: Real
    """Of that, what follows no profile."""

    @property
    def has_any(self) -> Truth:
        """Of each group."""
        parts = (self.customer_s, self.customer_us, self.interruptions, self.momentary)
        found: Truth = np.any([part.any(axis=1) for part in parts], axis=0)
        return found

    def of_bin(self, at: int) -> "Tally":
        return self._each(lambda part: part[:, at : at + 1])

    def over_bins(self) -> "Tally":
        """All bins as one."""
        return self._each(lambda part: part.sum(axis=1, keepdims=True))

    def worst_first(self) -> list[int]:
        """Groups that have anything, those of most customer time first, then of most short losses;
        else in their own order."""
        time = self.customer_s.sum(axis=1) + self.customer_us.sum(axis=1) / TICKS_PER_SECOND
        order = np.lexsort((-self.momentary.sum(axis=1), -time))
        found: list[int] = order[self.has_any[order]].tolist()
        return found

    def _each(self, cut: Callable[[Any], Any]) -> "Tally":
        return Tally(**{part.name: cut(getattr(self, part.name)) for part in fields(self)})

    def ticks(self, group: int) -> list[int]:
        """Customer time of one group in each bin, as whole numbers without limit."""
        pairs = zip(self.customer_s[group].tolist(), self.customer_us[group].tolist(), strict=True)
        return [seconds * TICKS_PER_SECOND + rest for seconds, rest in pairs]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What is added up, and where it goes."""

    events: Events
    momentary: Momentary
    bins: Bins
    minutes: MinutesBelongTo


def tally(
    table: InterruptionTable,
    asked: Question,
    *,
    group: Whole,
    groups: int,
    among: Truth | None = None,
) -> Tally:
    """`group` of each event, from 0 to below `groups`. `among`: only these events. An event counts
    in the bin in which it began, if any; its minutes do so too or go where they fall."""
    events, bins = asked.events, asked.bins
    wanted = events.counts if among is None else events.counts & among
    began = bins.of(events.began)
    shape = (groups, len(bins))
    inside = wanted & (began >= 0) & (began < len(bins))
    cell = group * len(bins) + began
    long = inside & events.is_sustained
    flat = groups * len(bins)
    seconds, rest, energy, level = _time(table, asked, wanted=wanted, group=group, flat=flat)
    return Tally(
        customer_s=seconds.reshape(shape),
        customer_us=rest.reshape(shape),
        energy_wh=energy.reshape(shape),
        energy_flat_wh=level.reshape(shape),
        interruptions=_sum(cell, events.customers, where=long, flat=flat).reshape(shape),
        momentary=_sum(
            cell, events.customers * asked.momentary.losses, where=inside, flat=flat
        ).reshape(shape),
        momentary_events=_sum(
            cell, events.customers, where=inside & asked.momentary.is_event, flat=flat
        ).reshape(shape),
    )


def _sum(cell: Whole, values: Whole, *, where: Truth, flat: int) -> Whole:
    found = np.zeros(flat, dtype=np.int64)
    np.add.at(found, cell[where], values[where])
    return found


def _time(
    table: InterruptionTable, asked: Question, *, wanted: Truth, group: Whole, flat: int
) -> tuple[Whole, Whole, Real, Real]:
    """Seconds, microseconds, energy and how much of it is flat, in each cell."""
    events, bins = asked.events, asked.bins
    rows, of = events.pieces.rows, events.pieces.event_of
    began = table.began[rows]
    ended = began + events.piece_duration
    if asked.minutes is MinutesBelongTo.WHERE_THEY_FALL:
        parts = bins.cut(began, ended)
    else:
        at = bins.of(events.began)[of]
        piece = np.flatnonzero((at >= 0) & (at < len(bins)))
        parts = Parts(whole=piece, at=at[piece], begin=began[piece], end=ended[piece])
    parts = parts.only(wanted[of[parts.whole]])
    piece, length = parts.whole, parts.end - parts.begin
    event = of[piece]
    cell = group[event] * len(bins) + parts.at
    customers = table.customers[rows[piece]]
    long = events.is_sustained[event]
    energy, is_flat = energy_of(table, rows[piece], begin=parts.begin, end=parts.end)
    return (
        _sum(cell, customers * (length // TICKS_PER_SECOND), where=long, flat=flat),
        _sum(cell, customers * (length % TICKS_PER_SECOND), where=long, flat=flat),
        _energy(cell, energy, flat=flat),
        _energy(cell, np.where(is_flat, energy, 0.0), flat=flat),
    )


def _energy(cell: Whole, energy: Real, *, flat: int) -> Real:
    found: Real = np.bincount(cell, weights=energy, minlength=flat).astype(np.float64)
    return found
