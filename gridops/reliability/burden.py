"""How interruptions are spread over customers: CAIFI, CEMI_n, CEMSMI_n, CELID.

Customers of one load are taken as the same people every time: where an event left a part of them
without supply, they are among those that a larger one hit. Parts of a load that came back at
different times are different customers of it in that event, and the same people in the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from gridops.reliability.events import Events
from gridops.reliability.interruptions import TICK
from gridops.reliability.momentary import Momentary
from gridops.reliability.rulesets import RuleSet
from gridops.reliability.table import NONE, Truth, Whole


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


def _spread(events: Events, among: Truth, *, weight: Whole) -> tuple[Whole, Whole]:
    """Customers, and what the events in `among` that they were in weigh for them together.

    An event covers the first customers of its load; its parts stand behind each other, those
    whose weight is greatest first, as different customers of it.
    """
    rows = np.flatnonzero(among)
    whole, incident = events.whole[rows], events.incident[rows]
    alone = np.where(incident == NONE, -2 - np.arange(len(rows)), incident)
    order = np.lexsort((-weight[rows], alone, whole))
    rows, whole, alone = rows[order], whole[order], alone[order]
    customers = events.customers[rows]
    before = np.cumsum(customers) - customers
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = (whole[1:] != whole[:-1]) | (alone[1:] != alone[:-1])
    first = before - np.maximum.accumulate(np.where(begins, before, 0))
    place = np.concatenate((first, first + customers))
    of = np.concatenate((whole, whole))
    step = np.concatenate((weight[rows], -weight[rows]))
    order = np.lexsort((place, of))
    place, of = place[order], of[order]
    width = np.zeros(len(order), dtype=np.int64)
    width[:-1] = np.where(of[1:] == of[:-1], np.diff(place), 0)
    return width, np.cumsum(step[order])


def _repeated(events: Events, among: Truth, *, repeats: Sequence[int]) -> list[int]:
    """How many customers had n or more of the events in `among`, for each n."""
    customers, times = _spread(events, among, weight=np.ones(len(events), dtype=np.int64))
    return [int(customers[times >= n].sum()) for n in repeats]


def _in_all(events: Events, among: Truth, *, limits: Sequence[timedelta]) -> list[int]:
    """How many customers had that much time in all."""
    customers, time = _spread(events, among, weight=events.duration)
    return [int(customers[time >= limit // TICK].sum()) for limit in limits]
