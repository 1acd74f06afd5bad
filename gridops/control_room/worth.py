"""What switching was worth, incident by incident, against nobody switching and against hands."""

from datetime import datetime
from typing import Any

from gridops.control_room.books import Books
from gridops.ids import IncidentId
from gridops.incident import Desk, Incident
from gridops.reliability import ByHand, Hand, Interruption, Period, Worth, repaired_at, worth_of
from gridops.reliability.indices import TICKS_PER_MINUTE

Plain = dict[str, Any]
INCIDENTS_MAX = 500
"""Told one by one, the newest; all of them are in the sums."""


def worth_plain(
    books: Books, desk: Desk, *, period: Period | None, now: datetime, slow: ByHand
) -> Plain:
    """Of the incidents whose first interruption began in `period`; None: of all."""
    found: list[Plain] = []
    sums = Worth(was=0, nobody=0, by_hand=0, shares={})
    for ident, incident in desk.incidents.items():
        pieces = books.ledger.of(IncidentId(ident))
        began = min((one.began for one in pieces), default=None)
        if began is None or (period is not None and began not in period):
            continue
        worth, counted_to = _worth(books, incident, pieces=pieces, now=now, slow=slow)
        sums = _added(sums, worth)
        lasts = any(one.ended is None for one in pieces)
        found.append(
            {
                "incident": ident,
                "cause": pieces[0].why.cause,
                "feeder": pieces[0].feeder,
                "began": began.isoformat(),
                "counted_to": counted_to.isoformat(),
                "lasts": lasts,
                **_plain(worth),
            }
        )
    return {
        "by_hand": {"decide_s": slow.decide_s, "first_s": slow.first_s, "next_s": slow.next_s},
        **_plain(sums),
        "incidents": found[-INCIDENTS_MAX:],
    }


def _worth(
    books: Books,
    incident: Incident,
    *,
    pieces: list[Interruption],
    now: datetime,
    slow: ByHand,
) -> tuple[Worth, datetime]:
    """Whom the way back to the normal state drops is charged with it; when the fault was over
    does not depend on that."""
    until = repaired_at(pieces, over_at=incident.supplied_at, now=now)
    moved_at = books.hands.moves_of(incident.moved, since=incident.opened_at)
    return worth_of(pieces, repaired_at=until, moved_at=moved_at, slow=slow), until


def _added(one: Worth, other: Worth) -> Worth:
    hands = {*one.shares, *other.shares}
    return Worth(
        was=one.was + other.was,
        nobody=one.nobody + other.nobody,
        by_hand=one.by_hand + other.by_hand,
        shares={hand: one.shares.get(hand, 0) + other.shares.get(hand, 0) for hand in hands},
    )


def _plain(worth: Worth) -> Plain:
    def minutes(ticks: int) -> float:
        return ticks / TICKS_PER_MINUTE

    return {
        "customer_minutes": {
            "was": minutes(worth.was),
            "without_switching": minutes(worth.without_switching),
            "by_hand": minutes(worth.by_hand),
            "nobody": minutes(worth.nobody),
        },
        "avoided": {
            **{hand.value: minutes(worth.shares.get(hand, 0)) for hand in Hand},
            "unknown": minutes(worth.shares.get(None, 0)),
            "in_all": minutes(worth.nobody - worth.was),
            "against_hands": minutes(worth.by_hand - worth.was),
        },
    }
