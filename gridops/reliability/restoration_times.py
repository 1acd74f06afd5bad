"""How long outages of one kind lasted, and how long one that goes on may last yet.

Order statistics alone, no distribution is assumed: of n cases the i-th lies above i / (n + 1) of
all cases, on average (H. A. David and H. N. Nagaraja, Order Statistics, third edition, 2.2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

EARLIEST, MIDDLE, LATEST = 0.1, 0.5, 0.9
"""Shares of the cases that are over by then."""
CASES_MIN = 9
"""The fewest among which a tenth lies below the least, and a tenth above the greatest."""
CASES_MAX = 400
"""Of each kind the newest count: networks and crews change."""


@dataclass(frozen=True, slots=True, order=True)
class OutageKind:
    """Outages that are compared with one another."""

    cause: str
    """The value of a `Cause`."""
    device: str
    """The value of the `SwitchKind` of the device that opened first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From the loss of supply on; eight of ten cases lie between `earliest_s` and `latest_s`."""

    earliest_s: float
    middle_s: float
    latest_s: float
    cases: int
    """How many it rests on."""


def band_of(lasted_s: Iterable[float], *, already_s: float = 0.0) -> Band | None:
    """Of the cases that lasted longer than `already_s`: of those an outage that has lasted so long
    is one. None: fewer than CASES_MIN are known, so nothing may be told."""
    cases = sorted(each for each in lasted_s if each > already_s)
    if len(cases) < CASES_MIN:
        return None
    return Band(
        earliest_s=_at_share(cases, EARLIEST),
        middle_s=_at_share(cases, MIDDLE),
        latest_s=_at_share(cases, LATEST),
        cases=len(cases),
    )


def _at_share(cases: Sequence[float], share: float) -> float:
    """Between the two cases that lie around `share`, in proportion."""
    place = min(max(share * (len(cases) + 1), 1.0), float(len(cases)))
    below = int(place)
    above = min(below, len(cases) - 1)
    return cases[below - 1] + (place - below) * (cases[above] - cases[below - 1])


@dataclass(slots=True)
class RestorationTimes:
    """What was seen, kind by kind. A fold: the same calls give the same bands."""

    supply: dict[OutageKind, list[float]] = field(default_factory=dict)
    """Seconds from the loss of supply until everybody had it again."""
    repair: dict[OutageKind, list[float]] = field(default_factory=dict)
    """Seconds until the repair was reported."""

    def supply_came(self, kind: OutageKind, after_s: float) -> None:
        _keep(self.supply, kind, after_s=after_s)

    def repair_came(self, kind: OutageKind, after_s: float) -> None:
        _keep(self.repair, kind, after_s=after_s)


def _keep(times: dict[OutageKind, list[float]], kind: OutageKind, *, after_s: float) -> None:
    known = times.setdefault(kind, [])
    known.append(max(after_s, 0.0))
    del known[:-CASES_MAX]
