"""What RTUs make of what devices report: late, twice, out of order, bad, or with a wrong clock."""

import heapq
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from gridops.ids import LinkId, PointId
from gridops.measurement import Quality
from gridops.virtual_field.vocabulary import PointValue


class LinkTrouble(StrEnum):
    """How an RTU departs from what it should do; lasts until `VirtualField.rtu_behaves`."""

    BAD_QUALITY = "bad_quality"
    """It has lost its devices: every value is bad."""
    SLOW = "slow"
    """Changes are told `by_s` late, and reads and orders are answered that late."""
    CLOCK_SKEW = "clock_skew"
    """Its clock is ahead by `by_s`; negative: behind."""
    DOUBLED = "doubled"
    """Every change is told twice."""
    REORDERED = "reordered"
    """Every second change is told `by_s` late, after newer ones."""


class Comms:
    """Stands between the devices of a field and whoever plays it to the outside.

    Nothing is lost here: in the end every change is told. A link without trouble costs nothing.
    """

    def __init__(self) -> None:
        self._troubles: dict[LinkId, dict[LinkTrouble, float]] = {}
        self._without_memory: dict[LinkId, None] = {}
        self._numbers = itertools.count()
        self._turns = itertools.count()
        self._held: list[tuple[datetime, int, PointValue]] = []
        self._stands: dict[PointId, PointValue] = {}
        """What was told last of the points of late links."""

    @property
    def answers_late_s(self) -> Mapping[LinkId, float]:
        """Links whose RTU is slow, and by how much."""
        return MappingProxyType(
            {
                link: troubles[LinkTrouble.SLOW]
                for link, troubles in self._troubles.items()
                if LinkTrouble.SLOW in troubles
            }
        )

    def begin(
        self,
        link: LinkId,
        trouble: LinkTrouble,
        *,
        by_s: float,
        stands: Mapping[PointId, PointValue],
    ) -> None:
        """`stands`: what every point reads now."""
        for point, value in self.standing(stands).items():
            if value.point.link == link:
                self._stands[point] = value
        self._troubles.setdefault(link, {})[trouble] = by_s

    def end(self, link: LinkId, trouble: LinkTrouble) -> None:
        troubles = self._troubles.get(link, {})
        troubles.pop(trouble, None)
        if not troubles:
            self._troubles.pop(link, None)

    def lose_memory(self, link: LinkId) -> None:
        self._without_memory[link] = None

    def remember(self, link: LinkId) -> None:
        self._without_memory.pop(link, None)

    def next_due(self) -> datetime | None:
        return self._held[0][0] if self._held else None

    def told(self, reported: Sequence[PointValue], *, up_to: datetime) -> list[PointValue]:
        """What of `reported`, and of what was held back, is told up to `up_to`, in that order."""
        if not (self._troubles or self._without_memory or self._held):
            return list(reported)
        for value in reported:
            for late_s in self._lateness_s(value):
                due = value.source_time + timedelta(seconds=late_s)
                heapq.heappush(self._held, (due, next(self._numbers), self._as_told(value)))
        told = []
        while self._held and self._held[0][0] <= up_to:
            _, _, value = heapq.heappop(self._held)
            self._stands[value.point.id] = value
            told.append(value)
        return told

    def standing(self, values: Mapping[PointId, PointValue]) -> Mapping[PointId, PointValue]:
        """What a read of every point gives: what was told last, where changes are held back."""
        if not (self._troubles or self._without_memory or self._held):
            return values
        held = {value.point.id for _, _, value in self._held}
        return MappingProxyType(
            {
                point: self._stands[point]
                if point in held and point in self._stands
                else self._as_told(value)
                for point, value in values.items()
            }
        )

    def _lateness_s(self, value: PointValue) -> list[float]:
        """When each telling of a change comes, after it happened."""
        troubles = self._troubles.get(value.point.link, {})
        late_s = troubles.get(LinkTrouble.SLOW, 0.0)
        if LinkTrouble.REORDERED in troubles and next(self._turns) % 2:
            late_s += troubles[LinkTrouble.REORDERED]
        return [late_s] * (2 if LinkTrouble.DOUBLED in troubles else 1)

    def _as_told(self, value: PointValue) -> PointValue:
        link = value.point.link
        troubles = self._troubles.get(link, {})
        if link in self._without_memory or LinkTrouble.BAD_QUALITY in troubles:
            value = replace(value, quality=Quality.BAD)
        skew_s = troubles.get(LinkTrouble.CLOCK_SKEW, 0.0)
        if skew_s:
            value = replace(value, source_time=value.source_time + timedelta(seconds=skew_s))
        return value
