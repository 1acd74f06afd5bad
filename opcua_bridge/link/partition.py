"""What is told fast, and what slowly.

A storm of measurements must not stand before a position in the same message, and nobody needs
forty voltages a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.network import Point, Signal
from opcua_bridge.limits import LinkLimits

SLOW = (Signal.VOLTAGE, Signal.CURRENT, Signal.POWER)
"""Of these the newest is what counts. The current of a fault is not among them: it is said once
per trip, and each is evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Points that share a subscription, by their place in the link's list."""

    name: str
    handles: tuple[int, ...]
    publishing_ms: int
    sampling_ms: float
    """0: every change. A sampled switch that opened and closed in between never moved."""
    queue: int
    keep_alive_count: int

    @property
    def sampling_ms_max(self) -> float:
        """A server that looks more rarely loses what it was asked for, and no bit says so."""
        return max(float(self.publishing_ms), self.sampling_ms) if self.sampling_ms else 0.0


def partitions(points: Sequence[Point], limits: LinkLimits) -> list[Partition]:
    """The fast one is always there: it is what shows that the server lives."""
    fast = tuple(h for h, point in enumerate(points) if not is_slow(point))
    slow = tuple(h for h, point in enumerate(points) if is_slow(point))
    found = [
        Partition(
            name="states",
            handles=fast,
            publishing_ms=limits.publishing_ms,
            sampling_ms=0.0,
            queue=limits.state_queue,
            keep_alive_count=_keep_alive_count(limits.publishing_ms, limits),
        )
    ]
    if slow:
        analog_ms = max(limits.analog_publishing_ms, limits.publishing_ms)
        found.append(
            Partition(
                name="analogs",
                handles=slow,
                publishing_ms=analog_ms,
                sampling_ms=float(analog_ms),
                queue=1,
                keep_alive_count=_keep_alive_count(analog_ms, limits),
            )
        )
    return found


def is_slow(point: Point) -> bool:
    return point.signal in SLOW


def _keep_alive_count(publishing_ms: int, limits: LinkLimits) -> int:
    """A slow subscription skips fewer turns, so that its death does not take longer to see."""
    wanted_ms = limits.publishing_ms * limits.keep_alive_count
    most = int(limits.keep_alive_s_max * 1000.0) // publishing_ms
    return max(1, min(limits.keep_alive_count, most, wanted_ms // publishing_ms))
