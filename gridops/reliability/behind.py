"""What lies behind an index: the interruptions that it is made of, those that weigh most first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from gridops.reliability.account import Account, By, NotCounted
from gridops.reliability.indices import TICKS_PER_MINUTE
from gridops.reliability.periods import Period
from gridops.reliability.rulesets import MinutesBelongTo
from gridops.reliability.table import LASTS, NONE, Whole, instant_at, ticks_at

NOT_KNOWN = ""
"""As a key: those of which it is not known."""


class CountsAs(StrEnum):
    """What a rule-set makes of an interruption, by the event that it is a piece of."""

    SUSTAINED = "sustained"
    MOMENTARY = "momentary"
    PLANNED = NotCounted.PLANNED.value
    SOURCE_LOST = NotCounted.SOURCE_LOST.value
    EXCLUDED = NotCounted.EXCLUDED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One interruption as it counts in the period."""

    load: str
    feeder: str | None
    area: str | None
    priority: str | None
    customers: int
    began: datetime
    ended: datetime | None
    """None: it lasts."""
    customer_minutes: float
    """Those that belong to the period."""
    incident: str | None
    cause: str
    counts_as: CountsAs
    is_clamped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """`customer_minutes` of all pieces that count as sustained are those of the indices."""

    all: int
    """How many there are; `pieces` are some of them."""
    customer_minutes: float
    """Of all of them that count as sustained."""
    pieces: tuple[Piece, ...]


def behind(
    account: Account,
    period: Period,
    *,
    only: Mapping[By, str] | None = None,
    incident: str | None = None,
    skip: int = 0,
    most: int = 100,
) -> Behind:
    """The interruptions whose event began in `period`, or whose minutes fall into it where the
    rule-set says so. `only`: those of these groups (feeder, area, cause, priority, load)."""
    events, table = account.events, account.table
    rows, of = events.pieces.rows, events.pieces.event_of
    minutes = _time_in(account, period)
    wanted = account.began_in(period)[of] | (minutes > 0)
    for by, key in (only or {}).items():
        names, numbers = account.told_apart(by)
        wanted &= (numbers == _number(names, key))[of]
    if incident is not None:
        wanted &= table.event[rows] == _number(table.events, incident)
    counts_as = _counts_as(account)
    weight = table.customers[rows].astype(np.float64) * minutes
    found = np.flatnonzero(wanted)
    order = found[np.lexsort((table.began[rows][found], -weight[found]))]
    sustained = found[counts_as[of[found]] == _PLACE[CountsAs.SUSTAINED]]
    whole = sum(
        (table.customers[rows[sustained]].astype(object) * minutes[sustained].astype(object)), 0
    )
    return Behind(
        all=len(found),
        customer_minutes=whole / TICKS_PER_MINUTE,
        pieces=tuple(
            _piece(account, at, ticks=int(minutes[at]), counts_as=_ORDER[counts_as[of[at]]])
            for at in order[skip : skip + most].tolist()
        ),
    )


_ORDER = tuple(CountsAs)
_PLACE = {one: place for place, one in enumerate(_ORDER)}


def _number(names: tuple[str, ...], key: str) -> int:
    """Of what is not there a number that nothing has."""
    if key == NOT_KNOWN:
        return NONE
    return names.index(key) if key in names else NONE - 1


def _time_in(account: Account, period: Period) -> Whole:
    """Ticks of each piece that belong to the period."""
    events, table = account.events, account.table
    length = events.piece_duration
    found: Whole
    if account.ruleset.minutes_belong_to is MinutesBelongTo.START:
        found = np.where(account.began_in(period)[events.pieces.event_of], length, 0)
        return found
    began = table.began[events.pieces.rows]
    end = np.minimum(began + length, ticks_at(period.end))
    found = np.maximum(end - np.maximum(began, ticks_at(period.begin)), 0)
    return found


def _counts_as(account: Account) -> Whole:
    """Of each event, its place in `_ORDER`."""
    events, rules = account.events, account.ruleset
    counted = np.where(events.is_sustained, _PLACE[CountsAs.SUSTAINED], _PLACE[CountsAs.MOMENTARY])
    left = np.full(len(events), _PLACE[CountsAs.EXCLUDED])
    if not rules.source_lost_counts:
        left[events.source_lost] = _PLACE[CountsAs.SOURCE_LOST]
    if not rules.planned_counts:
        left[events.planned] = _PLACE[CountsAs.PLANNED]
    found: Whole = np.where(events.counts, counted, left)
    return found


def _piece(account: Account, at: int, *, ticks: int, counts_as: CountsAs) -> Piece:
    table, events = account.table, account.events
    row, event = int(events.pieces.rows[at]), int(events.pieces.event_of[at])
    customers, ended = int(table.customers[row]), int(table.ended[row])
    return Piece(
        load=table.loads[table.load[row]],
        feeder=_word(table.feeders, events.feeder[event]),
        area=_word(table.areas, events.area[event]),
        priority=_word(table.priorities, events.priority[event]),
        customers=customers,
        began=instant_at(table.began[row]),
        ended=None if ended == LASTS else instant_at(ended),
        customer_minutes=customers * ticks / TICKS_PER_MINUTE,
        incident=_word(table.events, table.event[row]),
        cause=table.causes[events.cause[event]],
        counts_as=counts_as,
        is_clamped=bool(table.is_clamped[row]),
    )


def _word(names: tuple[str, ...], number: int) -> str | None:
    return None if number == NONE else names[number]
