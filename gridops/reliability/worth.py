"""By whose hand customer minutes were saved, or lost, in one event.

Every interval in which somebody had supply again before the repair goes to the hand that gave it
back; every interval in which somebody was dark only because somebody switched goes, as a loss, to
the hand that took it. Whole numbers: the parts add up to the whole, to the microsecond.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.ids import LoadId
from gridops.reliability.interruptions import TICK, Hand, Interruption

SWITCHING = frozenset({Hand.AUTOMATION, Hand.DISPATCHER, Hand.CREW})
Shares = Mapping[Hand | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """How long the same switching takes without telecontrol and without a plan at hand. With the
    defaults the first movement is done after the hour that the RBTS test systems assume for
    isolation and switching (R. N. Allan et al., IEEE Trans. Power Systems 6(2), 1991)."""

    decide_s: float = 900.0
    """Until a dispatcher knows what to do and a crew is called. Assumption."""
    first_s: float = 2700.0
    """Until the crew has moved the first switch."""
    next_s: float = 900.0
    """From each movement to the next, the way included. Assumption."""

    def back_at(self, began: datetime, movements: int) -> datetime:
        """When supply is back that needs so many movements, one or more."""
        after_s = self.decide_s + self.first_s + self.next_s * max(0, movements - 1)
        return began + timedelta(seconds=after_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Of one event, in customer ticks (microseconds)."""

    was: int
    """What it cost."""
    nobody: int
    """What it would have cost if nobody and nothing had given supply back before the repair."""
    by_hand: int
    """What it would have cost with the same switching by hand alone."""
    shares: Shares
    """`nobody - was`, by hand. None: nobody can tell, as where a correction changed customers."""

    @property
    def without_switching(self) -> int:
        """What it would have cost if only protection and the grid above had given supply back."""
        return self.was + sum(saved for hand, saved in self.shares.items() if hand in SWITCHING)


def repaired_at(
    pieces: Sequence[Interruption], *, over_at: datetime | None, now: datetime
) -> datetime:
    """When the last of those whom the fault took supply from had it again; now, while it lasts.
    `over_at`: whoever lost supply from then on was dropped on the way back to the normal state,
    and makes no fault last longer."""
    fault = [one for one in pieces if over_at is None or one.began < over_at]
    return max(_end(one, now) for one in fault or pieces)


def worth_of(
    pieces: Iterable[Interruption],
    *,
    repaired_at: datetime,
    moved_at: Sequence[datetime],
    slow: ByHand,
) -> Worth:
    """`pieces`: all interruptions of one event; what lasts counts to `repaired_at`, when the last
    of those whom the fault itself took supply from had it again: they waited for the repair, and
    would have waited for it by hand. `moved_at`: when switches were
    moved for it, in order of time. A loss that switching itself brought costs the same by hand."""
    of_load: dict[LoadId, list[Interruption]] = {}
    for one in sorted(pieces, key=lambda each: (each.began, each.load)):
        of_load.setdefault(one.load, []).append(one)
    began = min((told[0].began for told in of_load.values()), default=repaired_at)
    shares: dict[Hand | None, int] = {}
    nobody = by_hand = 0
    for told in of_load.values():
        first = told[0]
        if first.taken_by in SWITCHING or first.began >= repaired_at:
            by_hand += _charged(shares, told, until=repaired_at)
            continue
        fault = [one for one in told if one.began < repaired_at]
        by_hand += _charged(shares, told[len(fault) :], until=repaired_at)
        nobody += first.customers * _ticks(first.began, repaired_at)
        _credited(shares, fault, until=repaired_at)
        back = _end(fault[-1], repaired_at)
        if fault[-1].restored_by in SWITCHING and back < repaired_at:
            movements = sum(1 for each in moved_at if each <= back)
            back = min(slow.back_at(began, movements), repaired_at)
        by_hand += first.customers * _ticks(first.began, back)
    was = sum(
        one.customers * _ticks(one.began, _end(one, repaired_at))
        for told in of_load.values()
        for one in told
    )
    return Worth(was=was, nobody=nobody, by_hand=by_hand, shares=shares)


def _charged(
    shares: dict[Hand | None, int], pieces: Iterable[Interruption], *, until: datetime
) -> int:
    """Who took supply from healthy customers pays for all of it."""
    total = 0
    for one in pieces:
        cost = one.customers * _ticks(one.began, _end(one, until))
        shares[one.taken_by] = shares.get(one.taken_by, 0) - cost
        total += cost
    return total


def _credited(
    shares: dict[Hand | None, int], pieces: Sequence[Interruption], *, until: datetime
) -> None:
    customers = pieces[0].customers
    for number, one in enumerate(pieces):
        following = pieces[number + 1].began if number + 1 < len(pieces) else until
        with_supply = _ticks(_end(one, until), following)
        if with_supply:
            saved = customers * with_supply
            shares[one.restored_by] = shares.get(one.restored_by, 0) + saved
        fewer = (customers - one.customers) * _ticks(one.began, _end(one, until))
        if fewer:
            shares[None] = shares.get(None, 0) + fewer


def _end(one: Interruption, until: datetime) -> datetime:
    return until if one.ended is None else one.ended


def _ticks(begin: datetime, end: datetime) -> int:
    return (end - begin) // TICK
