"""What a link lost or distorted, told at once and then in sums: a sick server fills no journal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import MappingProxyType

from gridops.events import LinkTroubled, Trouble
from gridops.ids import LinkId, PointId
from opcua_bridge.link.inbox import Counts

_NAMED = 12
"""Points that are named in one event; the rest is counted."""
_WHAT_MAX = 600
_REMEMBERED = 1_000
"""Points that one event counts by name, at the most."""

COUNTED: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.REPUBLISHED: "republished",
        Trouble.REPEATED: "repeated",
        Trouble.OVERFLOW: "overflowed",
        Trouble.LATE: "late",
        Trouble.REJECTED: "rejected",
        Trouble.NO_TIME: "without_time",
        Trouble.UNASKED: "unasked",
        Trouble.KEEP_ALIVE_MISSED: "keep_alives_missed",
    }
)
"""Troubles that are counted where values pass, by the name of their count."""


@dataclass(slots=True)
class _Waiting:
    count: int = 0
    since: datetime | None = None
    why: str = ""
    points: dict[PointId, None] = field(default_factory=dict)

    @property
    def what(self) -> str:
        names = list(self.points)
        rest = len(names) - _NAMED
        named = ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
        return ": ".join(filter(None, (self.why, named)))[:_WHAT_MAX]


class Troubles:
    """The first of a kind is due at once, the next ones together `every_s` later, by the clock
    of the events. So at most one event of each kind comes in that time."""

    def __init__(self, link: LinkId, *, every_s: float) -> None:
        self._link = link
        self._every_s = every_s
        self._waiting: dict[Trouble, _Waiting] = {}
        self._told_at: dict[Trouble, datetime] = {}
        self._counted: dict[Trouble, int] = {}
        self._totals: dict[Trouble, int] = {}

    @property
    def totals(self) -> Mapping[str, int]:
        """Of every kind that was met, told or not yet."""
        return {trouble.value: count for trouble, count in self._totals.items()}

    def note(
        self,
        trouble: Trouble,
        count: int = 1,
        *,
        since: datetime | None = None,
        why: str = "",
        points: Iterable[PointId] = (),
    ) -> None:
        """Of several that are told together the earliest `since`, the last `why` and all points
        are. With a count of 0 it explains what was noted a moment ago."""
        if count <= 0 and trouble not in self._waiting:
            return
        waiting = self._waiting.setdefault(trouble, _Waiting())
        waiting.count += count
        waiting.since = min(filter(None, (waiting.since, since)), default=None)
        waiting.why = why[:_WHAT_MAX] or waiting.why
        for point in islice(points, max(0, _REMEMBERED - len(waiting.points))):
            waiting.points[point] = None
        self._totals[trouble] = self._totals.get(trouble, 0) + count

    def follow(self, counts: Counts) -> None:
        """Notes by how much `counts` have grown."""
        for trouble, name in COUNTED.items():
            now = getattr(counts, name)
            why = counts.last_rejection if trouble is Trouble.REJECTED else ""
            more = now - self._counted.get(trouble, 0)
            if more > 0:
                self._counted[trouble] = now
                self.note(trouble, more, why=why)

    def due(self, at: datetime) -> list[LinkTroubled]:
        """What is to be told now; it is told then."""
        due = [trouble for trouble in self._waiting if self._is_due(trouble, at)]
        return [self._told(trouble, self._waiting.pop(trouble), at=at) for trouble in due]

    def _is_due(self, trouble: Trouble, at: datetime) -> bool:
        told = self._told_at.get(trouble)
        return told is None or (at - told).total_seconds() >= self._every_s

    def _told(self, trouble: Trouble, waiting: _Waiting, *, at: datetime) -> LinkTroubled:
        self._told_at[trouble] = at
        return LinkTroubled(
            at=at,
            link=self._link,
            trouble=trouble,
            count=waiting.count,
            since=waiting.since,
            what=waiting.what,
        )
