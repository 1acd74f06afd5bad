"""Events added up by group and month (or day): whole numbers, exact whatever the order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import numpy as np

from gridops.reliability.events import Events
from gridops.reliability.interruptions import TICKS_PER_HOUR
from gridops.reliability.momentary import Momentary
from gridops.reliability.rulesets import MinutesBelongTo
from gridops.reliability.table import InterruptionTable, Real, Truth, Whole, ticks_at

TICKS_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bins:
    """Times one after the other without gaps: the months of a period, or its days."""

    edges: Whole
    """Ticks; one more than there are bins."""

    @classmethod
    def between(cls, instants: Sequence[datetime]) -> "Bins":
        return cls(edges=np.array([ticks_at(each) for each in instants], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.edges) - 1

    def of(self, ticks: Whole) -> Whole:
        """The bin of each; -1 or len(self) outside."""
        found: Whole = np.searchsorted(self.edges, ticks, side="right") - 1
        return found


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
    seconds, rest, energy = _time(table, asked, wanted=wanted, group=group, flat=flat)
    return Tally(
        customer_s=seconds.reshape(shape),
        customer_us=rest.reshape(shape),
        energy_wh=energy.reshape(shape),
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
) -> tuple[Whole, Whole, Real]:
    """Seconds, microseconds and energy in each cell."""
    events, bins = asked.events, asked.bins
    rows, of = events.pieces.rows, events.pieces.event_of
    if asked.minutes is MinutesBelongTo.WHERE_THEY_FALL:
        piece, at, length = _cut(table.began[rows], events.piece_duration, bins=bins)
    else:
        at = bins.of(events.began)[of]
        piece = np.flatnonzero((at >= 0) & (at < len(bins)))
        at, length = at[piece], events.piece_duration[piece]
    keep = wanted[of[piece]]
    piece, at, length = piece[keep], at[keep], length[keep]
    event = of[piece]
    cell = group[event] * len(bins) + at
    customers = table.customers[rows[piece]]
    long = events.is_sustained[event]
    energy = table.p_w[rows[piece]] * length / TICKS_PER_HOUR
    return (
        _sum(cell, customers * (length // TICKS_PER_SECOND), where=long, flat=flat),
        _sum(cell, customers * (length % TICKS_PER_SECOND), where=long, flat=flat),
        _energy(cell, energy, flat=flat),
    )


def _energy(cell: Whole, energy: Real, *, flat: int) -> Real:
    found: Real = np.bincount(cell, weights=energy, minlength=flat).astype(np.float64)
    return found


def _cut(began: Whole, length: Whole, *, bins: Bins) -> tuple[Whole, Whole, Whole]:
    """Pieces cut at the edges: (piece, bin, length in it)."""
    ended = began + length
    low = np.clip(bins.of(began), 0, len(bins) - 1)
    high = np.clip(bins.of(np.maximum(ended - 1, began)), 0, len(bins) - 1)
    outside = (ended <= bins.edges[0]) | (began >= bins.edges[-1])
    parts = np.where(outside, 0, high - low + 1)
    piece = np.repeat(np.arange(len(began)), parts)
    at = low[piece] + np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    begin = np.maximum(began[piece], bins.edges[at])
    end = np.minimum(ended[piece], bins.edges[at + 1])
    return piece, at, np.maximum(end - begin, 0)
