"""Outage minutes a second time: plain loops over single customers, in decimal arithmetic.

Shares no code with gridops.reliability but the types it reads. Slow and obvious: every customer is
a person of their own, every day is asked for by its date.
"""

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, localcontext

from gridops.reliability import Interruption, RuleSet

Month = tuple[int, int]
Piece = Interruption


@dataclass
class Event:
    """What one event cost one load."""

    pieces: list[Piece]
    now: datetime

    @property
    def first(self) -> Piece:
        return self.pieces[0]

    @property
    def customers(self) -> int:
        return max(piece.customers for piece in self.pieces)

    @property
    def runs(self) -> list[timedelta]:
        """How long supply was away each time."""
        found: list[timedelta] = []
        end: datetime | None = None
        for piece in self.pieces:
            if found and end is not None and end == piece.began:
                found[-1] += length(piece, self.now)
            else:
                found.append(length(piece, self.now))
            end = piece.ended
        return found

    def takes(self, piece: Piece, *, last: Piece | None) -> bool:
        """Whether `piece` is a part of it; `last` is the one before it of the same load."""
        if piece.incident is not None and any(p.incident == piece.incident for p in self.pieces):
            return True
        touches = last is not None and last.ended == piece.began
        may_go_on = piece.incident is None or piece.goes_on
        return touches and may_go_on and any(p is last for p in self.pieces)

    @property
    def lasted(self) -> timedelta:
        return sum((length(piece, self.now) for piece in self.pieces), timedelta(0))


def length(piece: Piece, now: datetime) -> timedelta:
    return max((piece.ended or now) - piece.began, timedelta(0))


def minutes(span: timedelta) -> Decimal:
    micro = (span.days * 86400 + span.seconds) * 10**6 + span.microseconds
    return Decimal(micro) / Decimal(60_000_000)


@dataclass
class Twin:
    """One ledger under one rule-set; `served` are the customers of each month."""

    pieces: Sequence[Piece]
    rules: RuleSet
    served: Callable[[Month], int]
    zone: tzinfo
    now: datetime
    clock: tzinfo | None = None
    """That load profiles go by."""
    _energy: dict[Piece, tuple[Decimal, bool]] = field(default_factory=dict)
    events: list[Event] = field(init=False)

    def __post_init__(self) -> None:
        self.events = [event for event in self._events() if self._counts(event.first)]
        self.is_shot: set[int] = set()
        self.is_momentary: set[int] = set()
        self._find_momentary()

    def _events(self) -> Iterable[Event]:
        by_load: dict[str, list[Piece]] = defaultdict(list)
        for piece in self.pieces:
            by_load[piece.load].append(piece)
        for pieces in by_load.values():
            pieces.sort(key=lambda p: (p.began, p.ended or datetime.max.replace(tzinfo=self.zone)))
            found: list[Event] = []
            last: Piece | None = None
            for piece in pieces:
                same = {k for k, event in enumerate(found) if event.takes(piece, last=last)}
                whole = [p for k in sorted(same) for p in found[k].pieces]
                apart = [event for k, event in enumerate(found) if k not in same]
                found, last = [*apart, Event([*whole, piece], self.now)], piece
            place = {id(piece): k for k, piece in enumerate(pieces)}
            for event in found:
                event.pieces.sort(key=lambda piece: place[id(piece)])
            yield from sorted(found, key=lambda event: place[id(event.first)])

    def _counts(self, piece: Piece) -> bool:
        why = piece.why
        if why.planned and not self.rules.planned_counts:
            return False
        if why.source_lost and not self.rules.source_lost_counts:
            return False
        return not any(word in self.rules.excluded for word in (why.cause, *why.exclusions))

    def sustained(self, span: timedelta) -> bool:
        if span == self.rules.sustained_after:
            return self.rules.threshold_is_sustained
        return span > self.rules.sustained_after

    def _find_momentary(self) -> None:
        loads = sorted({event.first.load for event in self.events})
        for load in loads:
            row = [e for e in self.events if e.first.load == load]
            row.sort(key=lambda e: e.first.began)
            while row:
                self._take_group(row)

    def _take_group(self, row: list[Event]) -> None:
        """Off the front of `row`."""
        head = row.pop(0)
        if self.sustained(head.lasted):
            return
        group, led = [head], False
        while row and row[0].first.began - head.first.began <= self.rules.momentary_group:
            other = row.pop(0)
            if self.sustained(other.lasted):
                led = True
                break
            group.append(other)
        if led:
            self.is_shot.update(id(event) for event in group)
        else:
            self.is_momentary.add(id(head))

    # what falls where

    def month(self, instant: datetime) -> Month:
        local = instant.astimezone(self.zone)
        return local.year, local.month

    def within(self, begin: datetime, end: datetime) -> list[Event]:
        return [event for event in self.events if begin <= event.first.began < end]

    def long(self, events: Iterable[Event]) -> list[Event]:
        return [event for event in events if self.sustained(event.lasted)]

    def base(self, begin: datetime, end: datetime) -> Decimal:
        """The months' customers, weighed by how much of each lies in the period."""
        total, at = Decimal(0), begin
        while at < end:
            year, month = self.month(at)
            following = date(year + month // 12, month % 12 + 1, 1)
            until = min(end, datetime(following.year, following.month, 1, tzinfo=self.zone))
            total += minutes(_span(at, until)) * self.served((year, month))
            at = until.astimezone(begin.tzinfo)
        return total / minutes(end - begin)

    def per_customer(
        self,
        events: Iterable[Event],
        begin: datetime,
        end: datetime,
        *,
        of: Callable[[Event], Decimal],
    ) -> Decimal:
        if self.rules.year.value == "ratio":
            return sum((of(e) for e in events), Decimal(0)) / self.base(begin, end)
        months: dict[Month, Decimal] = defaultdict(Decimal)
        for event in events:
            months[self.month(event.first.began)] += of(event)
        return sum((cost / self.served(month) for month, cost in months.items()), Decimal(0))

    # the indices

    def customer_minutes(self, event: Event) -> Decimal:
        return sum((p.customers * minutes(length(p, self.now)) for p in event.pieces), Decimal(0))

    def energy_wh(self, event: Event, *, flat_alone: bool = False) -> Decimal:
        found = (self._energy_of(piece) for piece in event.pieces)
        return sum((wh for wh, flat in found if flat or not flat_alone), Decimal(0))

    def _energy_of(self, piece: Piece) -> tuple[Decimal, bool]:
        """Wh, and whether no profile was followed."""
        if piece not in self._energy:
            known = self.clock is not None and piece.profile is not None
            at_loss = Decimal(known) if piece.p_at is None else self._factor(piece, piece.p_at)
            is_flat = at_loss <= 0
            span = minutes(length(piece, self.now)) if is_flat else self._weighed(piece) / at_loss
            self._energy[piece] = Decimal(piece.p_w) * span / 60, is_flat
        return self._energy[piece]

    def _factor(self, piece: Piece, at: datetime) -> Decimal:
        """What its clock on the wall says; 0 where nothing is known."""
        if self.clock is None or piece.profile is None:
            return Decimal(0)
        local = at.astimezone(self.clock)
        factors = piece.profile.factors
        return Decimal(factors[(local.hour * 60 + local.minute) * len(factors) // 1440])

    def _weighed(self, piece: Piece) -> Decimal:
        """Minutes times factor, quarter hour by quarter hour: clocks change at none but those."""
        total, at = Decimal(0), piece.began
        end = piece.began + length(piece, self.now)
        while at < end:
            quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
            until = min(end, quarter + timedelta(minutes=15))
            total += minutes(until - at) * self._factor(piece, at)
            at = until
        return total

    def losses(self, event: Event) -> int:
        """What MAIFI counts of an event."""
        if self.rules.shots_before_lockout_count:
            return sum(not self.sustained(run) for run in event.runs)
        if self.sustained(event.lasted) or id(event) in self.is_shot:
            return 0
        return len(event.runs)

    def indices(
        self, begin: datetime, end: datetime, *, among: Callable[[Event], bool] = lambda _: True
    ) -> dict[str, Decimal | None]:
        with localcontext() as context:
            context.prec = 50
            every = [event for event in self.within(begin, end) if among(event)]
            long = self.long(every)

            def per(events: Iterable[Event], of: Callable[[Event], Decimal]) -> Decimal:
                return self.per_customer(events, begin, end, of=of)

            saidi = per(long, self.customer_minutes)
            saifi = per(long, lambda e: Decimal(e.customers))
            return {
                "saidi_min": saidi,
                "saifi": saifi,
                "caidi_min": saidi / saifi if saifi else None,
                "asai": 1 - saidi / minutes(end - begin),
                "maifi": per(every, lambda e: Decimal(e.customers * self.losses(e))),
                "maifi_e": per(
                    every, lambda e: Decimal(e.customers if id(e) in self.is_momentary else 0)
                ),
                "ens_wh": sum((self.energy_wh(e) for e in every), Decimal(0)),
                "ens_flat_wh": sum((self.energy_wh(e, flat_alone=True) for e in every), Decimal(0)),
            }

    def people(self, begin: datetime, end: datetime) -> dict[tuple[str, int], list[Event]]:
        """Every single customer with their sustained interruptions and momentary events."""
        found: dict[tuple[str, int], list[Event]] = defaultdict(list)
        for event in self.within(begin, end):
            if self.sustained(event.lasted) or id(event) in self.is_momentary:
                for person in range(event.customers):
                    found[event.first.load, person].append(event)
        return found

    def daily_saidi(self, begin: datetime, end: datetime) -> dict[date, Decimal]:
        """Days without interruption are not in it."""
        found: dict[date, Decimal] = defaultdict(Decimal)
        with localcontext() as context:
            context.prec = 50
            for event in self.long(self.within(begin, end)):
                served = self.served(self.month(event.first.began))
                day = event.first.began.astimezone(self.zone).date()
                found[day] += self.customer_minutes(event) / served
        return {day: saidi for day, saidi in found.items() if saidi}

    def threshold(self, daily: Iterable[Decimal]) -> Decimal:
        with localcontext() as context:
            context.prec = 50
            logs = [value.ln() for value in daily]
            alpha = sum(logs, Decimal(0)) / len(logs)
            spread = sum(((log - alpha) ** 2 for log in logs), Decimal(0)) / (len(logs) - 1)
            return (alpha + Decimal(str(self.rules.beta_factor)) * spread.sqrt()).exp()


def _span(begin: datetime, end: datetime) -> timedelta:
    """True time: datetimes of one zone are subtracted by their clocks."""
    return timedelta(microseconds=round((end.timestamp() - begin.timestamp()) * 10**6))


def days_in(year: int) -> int:
    return 366 if calendar.isleap(year) else 365
