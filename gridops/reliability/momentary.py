"""Which short losses of supply are one momentary event, and which led to a lockout."""

from dataclasses import dataclass

import numpy as np

from gridops.reliability.events import Events
from gridops.reliability.interruptions import TICK
from gridops.reliability.rulesets import RuleSet
from gridops.reliability.table import Truth, Whole


@dataclass(frozen=True, slots=True, eq=False)
class Momentary:
    """Of `Events`, row by row."""

    is_event: Truth
    """Counts in MAIFI_E: the first of a group that did not lead to a sustained interruption."""
    losses: Whole
    """How many losses of supply count in MAIFI."""


def momentary_of(events: Events, ruleset: RuleSet) -> Momentary:
    """Short ones of one load that begin within `momentary_group` of the first are one event; it
    belongs to the sustained interruption that begins as soon after the first. Only what counts by
    its circumstances is looked at."""
    short = events.counts & ~events.is_sustained
    is_event, led = short.copy(), np.zeros(len(events), dtype=np.bool_)
    rows = np.flatnonzero(events.counts)
    window = ruleset.momentary_group // TICK
    for run in _near(events, rows, window=window):
        _group(events, run, window=window, is_event=is_event, led=led)
    losses = np.where(short & ~led, events.losses, 0)
    if ruleset.shots_before_lockout_count:
        losses = np.where(events.counts, events.short_losses, 0)
    return Momentary(is_event=is_event, losses=losses)


def _near(events: Events, rows: Whole, *, window: int) -> list[Whole]:
    """Runs of `rows` of one load, each beginning within `window` of the one before it; most events
    have no neighbour and are in none."""
    load, began = events.load[rows], events.began[rows]
    is_near = (load[1:] == load[:-1]) & (began[1:] - began[:-1] <= window)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_near.astype(np.int8), [0]))))
    return [rows[begin : end + 1] for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def _group(events: Events, run: Whole, *, window: int, is_event: Truth, led: Truth) -> None:
    """Marks the members of one run."""
    head: int | None = None
    members: list[int] = []
    for row in run.tolist():
        is_late = head is None or events.began[row] - events.began[head] > window
        if events.is_sustained[row]:
            if head is not None and not is_late:
                is_event[head] = False
                led[members] = True
            head, members = None, []
        elif is_late:
            head, members = row, [row]
        else:
            is_event[row] = False
            members.append(row)
