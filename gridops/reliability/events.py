"""Rows of a table put together: what one event cost one group of customers.

Pieces of one load belong together when they share an incident, or when one that has none, or that
goes on, begins the instant the piece before it ends. So splitting an interruption never changes an
index.
"""

from dataclasses import dataclass

import numpy as np

from gridops.reliability.interruptions import TICK
from gridops.reliability.rulesets import RuleSet
from gridops.reliability.table import LASTS, NONE, InterruptionTable, Truth, Whole


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """`rows` puts the rows of a table in order of event, and of time within each."""

    rows: Whole
    event_of: Whole
    """Of `rows`; events are in order of load, then of time."""
    first: Whole
    """The row with which each event begins."""
    loss_of: Whole
    """Of `rows`: pieces that touch are one loss of supply."""
    event_of_loss: Whole


def grouping_of(table: InterruptionTable) -> Grouping:
    """Linear after one sort."""
    order = table.order
    head = _heads(table, order)
    _, event = np.unique(head, return_inverse=True)
    by_event = np.argsort(event, kind="stable")
    rows, event = order[by_event], event[by_event]
    first = np.flatnonzero(_steps(event))
    apart = _steps(event)
    apart[1:] |= ~_touching(table, rows[:-1], then=rows[1:])
    return Grouping(
        rows=rows,
        event_of=event,
        first=rows[first],
        loss_of=np.cumsum(apart) - 1,
        event_of_loss=event[apart],
    )


def _heads(table: InterruptionTable, order: Whole) -> Whole:
    """For each row in `order` where in `order` the event begins that it belongs to."""
    from scipy.sparse import coo_array  # noqa: PLC0415 (a tenth of a second)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    count = len(order)
    load, event = table.load[order], table.event[order]
    named = np.flatnonzero(event != NONE)
    key = load[named] * (len(table.events) + 1) + event[named]
    _, at, inverse = np.unique(key, return_index=True, return_inverse=True)
    goes_on = (event[1:] == NONE) | table.goes_on[order[1:]]
    is_next = goes_on & (load[1:] == load[:-1]) & _touching(table, order[:-1], then=order[1:])
    follows = np.flatnonzero(is_next) + 1
    one = np.concatenate((named, follows))
    other = np.concatenate((named[at[inverse]], follows - 1))
    together = coo_array((np.ones(len(one)), (one, other)), shape=(count, count))
    _, event = connected_components(together, directed=False)
    _, first, of = np.unique(event, return_index=True, return_inverse=True)
    found: Whole = first[of]
    return found


def _touching(table: InterruptionTable, one: Whole, *, then: Whole) -> Truth:
    found: Truth = (table.ended[one] == table.began[then]) & (table.ended[one] != LASTS)
    return found


def _steps(numbers: Whole) -> Truth:
    """Where a sorted row of numbers changes; true at its beginning."""
    found = np.ones(len(numbers), dtype=np.bool_)
    found[1:] = numbers[1:] != numbers[:-1]
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """One row for each event and group of customers, in order of load, then of time. Times in
    ticks; what still lasts counts to the instant that was asked for."""

    load: Whole
    whole: Whole
    """The load of which `load` is a part, or itself: who are the same people."""
    incident: Whole
    feeder: Whole
    area: Whole
    priority: Whole
    cause: Whole
    began: Whole
    duration: Whole
    customers: Whole
    """The most that were without supply at once."""
    losses: Whole
    """How often supply went away."""
    short_losses: Whole
    """Those of them that were no sustained interruption by themselves."""
    is_sustained: Truth
    counts: Truth
    """By the circumstances, whatever the duration."""
    planned: Truth
    source_lost: Truth
    pieces: Grouping
    piece_duration: Whole
    """Of `pieces.rows`."""

    def __len__(self) -> int:
        return len(self.load)


def events_of(
    table: InterruptionTable, grouping: Grouping, *, ruleset: RuleSet, until: int
) -> Events:
    """`until`: the tick to which everything counts that has no end yet."""
    rows, event_of, first = grouping.rows, grouping.event_of, grouping.first
    count = len(first)
    ended = np.where(table.ended == LASTS, until, table.ended)[rows]
    length: Whole = np.maximum(ended - table.began[rows], 0)
    duration = _added(length, event_of, count=count)
    loss = _added(length, grouping.loss_of, count=len(grouping.event_of_loss))
    short = ~sustained(loss, ruleset)
    customers = np.zeros(count, dtype=np.int64)
    np.maximum.at(customers, event_of, table.customers[rows])
    return Events(
        load=table.load[first],
        whole=table.whole_of[table.load[first]],
        incident=table.event[first],
        feeder=table.feeder[first],
        area=table.area[first],
        priority=table.priority[first],
        cause=table.cause[first],
        began=table.began[first],
        duration=duration,
        customers=customers,
        losses=np.bincount(grouping.event_of_loss, minlength=count).astype(np.int64),
        short_losses=_added(short.astype(np.int64), grouping.event_of_loss, count=count),
        is_sustained=sustained(duration, ruleset),
        counts=_counts(table, ruleset)[first],
        planned=table.planned[first],
        source_lost=table.source_lost[first],
        pieces=grouping,
        piece_duration=length,
    )


def sustained(duration: Whole, ruleset: RuleSet) -> Truth:
    """As `RuleSet.is_sustained`, of many."""
    after = ruleset.sustained_after // TICK
    found: Truth = duration >= after if ruleset.threshold_is_sustained else duration > after
    return found


def _counts(table: InterruptionTable, ruleset: RuleSet) -> Truth:
    cause = np.array([word in ruleset.excluded for word in table.causes] + [False])
    ground = np.array([bool(words & ruleset.excluded) for words in table.grounds] + [False])
    found: Truth = ~(cause[table.cause] | ground[table.ground])
    if not ruleset.planned_counts:
        found &= ~table.planned
    if not ruleset.source_lost_counts:
        found &= ~table.source_lost
    return found


def _added(values: Whole, to: Whole, *, count: int) -> Whole:
    """Exact: whole numbers, whatever the order."""
    found = np.zeros(count, dtype=np.int64)
    np.add.at(found, to, values)
    return found
