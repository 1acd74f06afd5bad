"""How interruptions are spread over customers: CAIFI, CEMI_n, CEMSMI_n, CELID.

Customers of one load are taken as the same people every time: where an event left a part of them
without supply, they are among those that a larger one hit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from gridops.reliability.events import Events
from gridops.reliability.interruptions import TICK
from gridops.reliability.momentary import Momentary
from gridops.reliability.rulesets import RuleSet
from gridops.reliability.table import Truth, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """Shares are of the customers served."""

    customers_hit: int
    """Who had at least one sustained interruption."""
    caifi: float | None
    """Sustained interruptions per customer who had one; None where nobody had."""
    cemi: dict[int, float]
    """n or more sustained interruptions."""
    cemsmi: dict[int, float]
    """n or more sustained interruptions and momentary events together."""
    celid_single: dict[timedelta, float]
    """One sustained interruption that was this long or longer."""
    celid_total: dict[timedelta, float]
    """This long or longer without supply in all."""


def burden_of(
    events: Events,
    momentary: Momentary,
    *,
    among: Truth,
    customers: float,
    ruleset: RuleSet,
) -> Burden:
    """Of the events in `among` that count."""
    counted = among & events.counts
    long = counted & events.is_sustained
    every = long | (counted & momentary.is_event)
    hit = _repeated(events, long, repeats=(1,))[0]
    interruptions = int(events.customers[long].sum())
    repeats = ruleset.repeats
    single = [
        _repeated(events, long & (events.duration >= limit // TICK), repeats=(1,))[0]
        for limit in ruleset.long_single
    ]
    total = _in_all(events, long, limits=ruleset.long_total)
    return Burden(
        customers_hit=hit,
        caifi=interruptions / hit if hit else None,
        cemi=_shares(repeats, _repeated(events, long, repeats=repeats), customers=customers),
        cemsmi=_shares(repeats, _repeated(events, every, repeats=repeats), customers=customers),
        celid_single={k: n / customers for k, n in zip(ruleset.long_single, single, strict=True)},
        celid_total={k: n / customers for k, n in zip(ruleset.long_total, total, strict=True)},
    )


def _shares(repeats: Sequence[int], found: Sequence[int], *, customers: float) -> dict[int, float]:
    return {n: hit / customers for n, hit in zip(repeats, found, strict=True)}


def _largest_first(events: Events, among: Truth) -> tuple[Whole, Whole]:
    """The events in `among` by load, those of most customers first, and the place of each among
    its load's."""
    rows = np.flatnonzero(among)
    rows = rows[np.lexsort((-events.customers[rows], events.load[rows]))]
    load = events.load[rows]
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = load[1:] != load[:-1]
    count = np.arange(len(rows))
    place: Whole = count - np.maximum.accumulate(np.where(begins, count, 0))
    return rows, place


def _repeated(events: Events, among: Truth, *, repeats: Sequence[int]) -> list[int]:
    """How many customers had n or more of the events in `among`, for each n."""
    rows, place = _largest_first(events, among)
    customers = events.customers[rows]
    return [int(customers[place == n - 1].sum()) for n in repeats]


def _in_all(events: Events, among: Truth, *, limits: Sequence[timedelta]) -> list[int]:
    """How many customers had that much time in all: whoever the k-th largest event hit had the k
    largest, unless they were among those that the next one hit as well."""
    rows, place = _largest_first(events, among)
    if not len(rows):
        return [0] * len(limits)
    customers, added = events.customers[rows], np.cumsum(events.duration[rows])
    begin = np.flatnonzero(place == 0)
    before = np.concatenate(([0], added))[begin]
    total = added - np.repeat(before, np.diff(np.append(begin, len(rows))))
    following = np.append(np.where(place[1:] > 0, customers[1:], 0), 0)
    return [int((customers - following)[total >= limit // TICK].sum()) for limit in limits]
