"""What every point reads now, and what has changed since it was last asked for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from gridops.ids import LinkId, PointId
from gridops.measurement import Quality
from gridops.network import Network, Point, Signal
from gridops.virtual_field.vocabulary import PointValue


class PointTable:
    """Only points that the grid has are kept: what is not fitted, nobody hears of."""

    def __init__(self, network: Network) -> None:
        self._fitted: dict[tuple[str, Signal], tuple[Point, ...]] = {}
        self._values: dict[PointId, PointValue] = {}
        self._untrue: dict[PointId, PointValue] = {}
        """What stands at points that say something else than their devices reported."""
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
            self._untrue.pop(point.id, None)
            self._changes.append(reading)

    def show(self, point: Point, *, value: int | float | bool, at: datetime) -> None:
        """A change of what stands at `point`, that `reads` knows nothing of: devices go on from
        what is true. Gone with the next report, or when the truth is shown."""
        reading = replace(self._values[point.id], value=value, source_time=at)
        if value == self._values[point.id].value:
            self._values[point.id] = reading
            self._untrue.pop(point.id, None)
        else:
            self._untrue[point.id] = reading
        self._changes.append(reading)

    def repeat(self, link: LinkId, at: datetime) -> None:
        """Every point of `link` is reported anew, with the value that it has."""
        for point, value in list(self._values.items()):
            if value.point.link == link:
                self._values[point] = replace(value, source_time=at)
                self._changes.append(self._values[point])

    def reads(self, element: str, signal: Signal) -> PointValue | None:
        """None: not fitted, or never reported."""
        fitted = self._fitted.get((element, signal), ())
        return self._values.get(fitted[0].id) if fitted else None

    @property
    def values(self) -> Mapping[PointId, PointValue]:
        return MappingProxyType({**self._values, **self._untrue})

    @property
    def has_changes(self) -> bool:
        return bool(self._changes)

    def take_changes(self) -> list[PointValue]:
        taken, self._changes = self._changes, []
        return taken
