"""What every point reads now, and what has changed since it was last asked for."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from gridops.ids import PointId
from gridops.measurement import Quality
from gridops.network import Network, Point, Signal
from gridops.virtual_field.vocabulary import PointValue


class PointTable:
    """Only points that the grid has are kept: what is not fitted, nobody hears of."""

    def __init__(self, network: Network) -> None:
        self._fitted: dict[tuple[str, Signal], tuple[Point, ...]] = {}
        self._values: dict[PointId, PointValue] = {}
        self._changes: list[PointValue] = []
        for point in network.components.points:
            key = (point.element, point.signal)
            self._fitted[key] = (*self._fitted.get(key, ()), point)

    def elements_with(self, signal: Signal) -> tuple[str, ...]:
        return tuple(element for element, fitted in self._fitted if fitted is signal)

    def report(
        self,
        element: str,
        signal: Signal,
        *,
        value: int | float | bool,
        at: datetime,
        quality: Quality = Quality.GOOD,
    ) -> None:
        """Every call is a change, even to the same value: a read-back must be newer than the
        order that it answers."""
        for point in self._fitted.get((element, signal), ()):
            reading = PointValue(point=point, value=value, quality=quality, source_time=at)
            self._values[point.id] = reading
            self._changes.append(reading)

    def reads(self, element: str, signal: Signal) -> PointValue | None:
        """None: not fitted, or never reported."""
        fitted = self._fitted.get((element, signal), ())
        return self._values.get(fitted[0].id) if fitted else None

    @property
    def values(self) -> Mapping[PointId, PointValue]:
        return MappingProxyType(dict(self._values))

    @property
    def has_changes(self) -> bool:
        return bool(self._changes)

    def take_changes(self) -> list[PointValue]:
        taken, self._changes = self._changes, []
        return taken
