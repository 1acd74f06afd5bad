"""What switching was worth, incident by incident, against nobody switching and against hands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gridops.control_room.cases import Case
from gridops.reliability import ByHand, Hand, Worth
from gridops.reliability.indices import TICKS_PER_MINUTE

Plain = dict[str, Any]
INCIDENTS_MAX = 500
"""Told one by one, the newest; all of them are in the sums."""


def worth_plain(cases: Sequence[Case], *, now: datetime, slow: ByHand) -> Plain:
    """Of incidents that interrupted anybody."""
    sums = Worth(was=0, nobody=0, by_hand=0, shares={})
    for case in cases:
        sums = _added(sums, case.worth(slow, now=now))
    return {
        "by_hand": {"decide_s": slow.decide_s, "first_s": slow.first_s, "next_s": slow.next_s},
        **_plain(sums),
        "incidents": [_of_one(case, now=now, slow=slow) for case in cases[-INCIDENTS_MAX:]],
    }


def _of_one(case: Case, *, now: datetime, slow: ByHand) -> Plain:
    first, *_ = case.pieces
    return {
        "incident": case.incident,
        "cause": first.why.cause,
        "feeder": first.feeder,
        "began": min(one.began for one in case.pieces).isoformat(),
        "counted_to": case.counted_to(now).isoformat(),
        "lasts": any(one.ended is None for one in case.pieces),
        **_plain(case.worth(slow, now=now)),
    }


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
