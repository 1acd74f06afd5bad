"""The state of a link in one line, for people."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gridops.ids import PointId
from opcua_bridge.link.inbox import Counts

_NAMED = 3
"""Refused points that are named; the rest is counted."""


def describe(
    why_lost: str,
    counts: Counts,
    *,
    refused: Mapping[PointId, str],
    weaker: Mapping[PointId, str] = MappingProxyType({}),
    warnings: Sequence[str] = (),
) -> str:
    """`good`, or what is wrong, the weightiest first. `weaker`: points of which the server may
    lose changes, and why. `warnings`: about certificates."""
    parts = [why_lost] if why_lost else []
    parts += warnings[:_NAMED]
    if refused:
        parts.append(f"{len(refused)} points refused by the server: {_named(refused)}")
    if weaker:
        parts.append(f"{len(weaker)} points on weaker terms: {_named(weaker)}")
    if counts.rejected:
        parts.append(f"{counts.rejected} values rejected, the last: {counts.last_rejection}")
    for count, words in (
        (counts.gaps, "gaps in the message sequence"),
        (counts.republished, "messages that had to be asked for again"),
        (counts.repeated, "messages that came twice"),
        (counts.overflowed, "queue overflows at the server"),
        (counts.late, "late values, read again"),
        (counts.without_time, "values without a usable source time"),
        (counts.unasked, "values that nobody asked for"),
    ):
        if count:
            parts.append(f"{count} {words}")
    return "; ".join(parts) or "good"


def _named(points: Mapping[PointId, str]) -> str:
    return ", ".join(f"{point} ({why})" for point, why in list(points.items())[:_NAMED])
