"""Whether what a device says counts as a word at all."""

from datetime import timedelta
from typing import TypeVar

from gridops.ids import SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.outage.heard import Heard
from gridops.outage.testimony import Unheard
from gridops.reasons import because

T = TypeVar("T")


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


def too_old(heard: Heard, device: SwitchId, *, said: Measured[T], lead_s: float) -> Unheard | None:
    """What was said before the outage began says nothing of it. None if it is no older, or by
    `lead_s` at the most (`LocationSettings.flag_lead_s`)."""
    if said.source_time >= heard.since - timedelta(seconds=lead_s):
        return None
    reading = said.value if isinstance(said.value, Reading) else Reading.YES
    why = because("indicator-stale", device=device)
    return Unheard(witness=device, reading=reading, why=why)


def judged(
    heard: Heard, device: SwitchId, *, said: Measured[Reading], lead_s: float
) -> Reading | Unheard:
    """What `device` says, or why it does not count. A "no" of whatever age holds still."""
    unheard = unreadable(heard, device, said=said)
    if unheard is None and said.value is Reading.YES:
        unheard = too_old(heard, device, said=said, lead_s=lead_s)
    return unheard or said.value


def elapsed_s(heard: Heard) -> float:
    """Since the outage began, in seconds, never negative; infinite if it is asked long after."""
    if heard.asked_at is None:
        return float("inf")
    return max(0.0, (heard.asked_at - heard.since).total_seconds())
