"""How automation would have done, feeder by feeder: the ground on which one is let go by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gridops.calibration.beta import at_least
from gridops.control_room.cases import Case
from gridops.control_room.shadows import Shadow
from gridops.ids import FeederId, LoadId, SectionId
from gridops.network import Network
from gridops.reliability import Interruption
from gridops.reliability.indices import TICKS_PER_MINUTE
from gridops.reliability.interruptions import TICK
from gridops.sheets import AUTOMATION

Plain = dict[str, Any]
SHADOWS_MAX = 500
"""Told one by one, the newest; all of them are on the scorecards."""


def scorecard_plain(
    shadowed: Sequence[tuple[Shadow, Case]], *, network: Network, now: datetime
) -> Plain:
    """Every first plan beside what happened, and what that says of each feeder."""
    told: list[Plain] = []
    for shadow, case in shadowed:
        by_itself = shadow.released_by == AUTOMATION
        counts = not by_itself and shadow.would_have_saved(now)
        saved = _saved(shadow, case.pieces, network=network, now=now) if counts else 0
        told.append(
            {
                "incident": case.incident,
                "feeder": case.feeder,
                "plan": shadow.plan,
                "proposed_at": shadow.proposed_at.isoformat(),
                "would_be_done_at": shadow.due.isoformat(),
                "released_at": _said(shadow.released_at),
                "by_itself": by_itself,
                "held": shadow.held_by(now),
                "located_right": shadow.located_right,
                "likeliest": shadow.likeliest,
                "found_in": shadow.found_in,
                "customer_minutes": saved / TICKS_PER_MINUTE,
            }
        )
    feeders: dict[FeederId | None, list[Plain]] = {}
    for one in told:
        feeders.setdefault(one["feeder"], []).append(one)
    return {
        "feeders": [_card(feeder, ones) for feeder, ones in feeders.items()],
        "incidents": told[-SHADOWS_MAX:],
    }


def _said(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _card(feeder: FeederId | None, told: Sequence[Plain]) -> Plain:
    return {
        "feeder": feeder,
        "incidents": len(told),
        "by_itself": sum(one["by_itself"] for one in told),
        "located": _score([one["located_right"] for one in told]),
        "held": _score([one["held"] for one in told]),
        "customer_minutes": sum(one["customer_minutes"] for one in told),
    }


def _score(told: Sequence[bool | None]) -> Plain:
    """`share_min`: with 95 % confidence the share is no less, whatever these few cases happened to
    be (Clopper and Pearson)."""
    known = [one for one in told if one is not None]
    right = sum(known)
    return {
        "yes": right,
        "no": len(known) - right,
        "unknown": len(told) - len(known),
        "share_min": at_least(right, len(known)) if known else 0.0,
    }


def _saved(
    shadow: Shadow, pieces: Sequence[Interruption], *, network: Network, now: datetime
) -> int:
    """Customer ticks that the plan would have cost less than what happened did; below 0: more. What
    the plan gives nothing back to is left out of both, and so is what was dropped on the way
    back to normal."""
    fault = [one for one in pieces if one.began <= shadow.proposed_at]
    repaired_at = max((_end(one, now) for one in fault), default=now)
    of_load: dict[LoadId, list[Interruption]] = {}
    for one in pieces:
        if one.began < repaired_at and one.section in shadow.back_at:
            of_load.setdefault(one.load, []).append(one)
    saved = 0
    for told in of_load.values():
        was = sum(one.customers * ((_end(one, now) - one.began) // TICK) for one in told)
        first = min(told, key=lambda one: one.began)
        back = max(first.began, min(shadow.back_at[first.section], repaired_at))
        saved += was - first.customers * ((back - first.began) // TICK)
    for section, (since, until) in shadow.dropped:
        end = max(since, repaired_at) if until is None else until
        saved -= _customers(network, section) * ((end - since) // TICK)
    return saved


def _end(one: Interruption, now: datetime) -> datetime:
    return now if one.ended is None else one.ended


def _customers(network: Network, section: SectionId) -> int:
    found = network.sections.get(section)
    return 0 if found is None else found.customers
