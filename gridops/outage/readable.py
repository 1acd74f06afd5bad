"""Whether what a device says counts as a word at all."""

from datetime import timedelta
from typing import TypeVar

from gridops.ids import SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.outage.heard import Heard
from gridops.outage.testimony import Unheard
from gridops.reasons import because

T = TypeVar("T")
LEAD_S = 5.0
"""What a device says up to this long before the first opening still belongs to the outage: it
sees the current at once, the trip comes after the protection's delay."""


def unreadable(heard: Heard, device: SwitchId, *, said: Measured[T]) -> Unheard | None:
    """Why the word of `device` does not count: test, no telemetry, forced. None if it does.

    A number counts as the reading YES.
    """
    reading = said.value if isinstance(said.value, Reading) else Reading.YES
    code = None
    if device in heard.in_test:
        code = "in-test"
    elif reading is Reading.NOT_FITTED:
        code = "indicator-not-fitted"
    elif said.quality is Quality.SUBSTITUTED:
        code = "indicator-forced"
    elif reading is Reading.FAILED or not said.is_good:
        code, reading = "indicator-failed", Reading.FAILED
    if code is None:
        return None
    return Unheard(witness=device, reading=reading, why=because(code, device=device))


def too_old(heard: Heard, device: SwitchId, *, said: Measured[T]) -> Unheard | None:
    """What was said before the outage began says nothing of it. None if it is no older."""
    if said.source_time >= heard.since - timedelta(seconds=LEAD_S):
        return None
    reading = said.value if isinstance(said.value, Reading) else Reading.YES
    why = because("indicator-stale", device=device)
    return Unheard(witness=device, reading=reading, why=why)


def elapsed_s(heard: Heard) -> float:
    """Since the outage began, in seconds, never negative; infinite if it is asked long after."""
    if heard.asked_at is None:
        return float("inf")
    return max(0.0, (heard.asked_at - heard.since).total_seconds())
