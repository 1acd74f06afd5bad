"""Which of the servers of one link is listened to: the first, unless another is fitter."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from gridops.errors import LinkError
from gridops.ports import Endpoint
from opcua_bridge.limits import LinkLimits

HEALTHY = 200
"""From this ServiceLevel on a server is healthy, below it is degraded (OPC UA Part 4,
6.6.2.4.2)."""
_IN_SERVICE = 2
"""Below, it is in maintenance, or has no data."""
_UNSTATED = 255
"""A server that states no level is taken for healthy."""

Probe = Callable[[Endpoint], Awaitable[int | None]]
"""The ServiceLevel of the right server at that address; None if it cannot serve now."""


class ServerLeft(LinkError):
    """Another server of the pair is gone to."""

    code = "server-left"


class Pair:
    """One server or several that show the same points, the preferred one first.

    A server is left when it is lost, or when its service level falls below `HEALTHY` and another
    states a higher one, and then not again for `pair_stay_s`. The preferred one is returned to
    when it was found healthy `pair_stable_probes` times in a row.
    """

    def __init__(self, endpoints: Sequence[Endpoint], limits: LinkLimits) -> None:
        self._endpoints = tuple(endpoints)
        self._limits = limits
        self._place = 0
        self._entered_at: float | None = None
        self._probed_at: float | None = None
        self._healthy = 0
        self.level = _UNSTATED
        """As the active one last stated."""

    @property
    def active(self) -> Endpoint:
        return self._endpoints[self._place]

    @property
    def has_others(self) -> bool:
        return len(self._endpoints) > 1

    def __len__(self) -> int:
        return len(self._endpoints)

    def lost(self) -> None:
        """The next one is tried."""
        self._go((self._place + 1) % len(self._endpoints))

    def heard(self, level: object) -> None:
        self.level = level_of(level)

    def check(self) -> None:
        """Raises: ServerLeft when the active one says that it is not in service, and another may
        be; that one is active then."""
        if self.has_others and self.level < _IN_SERVICE:
            why = f"{self.active.url} is not in service, its level is {self.level}"
            self.lost()
            raise ServerLeft(why)

    async def look(self, probe: Probe) -> None:
        """Once a second or so while the active one serves. Raises: ServerLeft, and another is
        active then."""
        now = asyncio.get_running_loop().time()
        if self._entered_at is None:
            self._entered_at = now
        if self.level < HEALTHY and now - self._entered_at >= self._limits.pair_stay_s:
            await self._seek(probe)
        elif self._place and self._is_due(now):
            await self._return(probe)

    def _is_due(self, now: float) -> bool:
        every_s = self._limits.pair_probe_every_s
        return self._probed_at is None or now - self._probed_at >= every_s

    async def _seek(self, probe: Probe) -> None:
        own = self.level
        now = asyncio.get_running_loop().time()
        if not self._is_due(now):
            return
        self._probed_at = now
        best, place = own, self._place
        for other, endpoint in enumerate(self._endpoints):
            level = await probe(endpoint) if other != self._place else None
            if level is not None and level > best:
                best, place = level, other
        if place != self._place and self.level < HEALTHY:
            left = self.active.url
            self._go(place)
            raise ServerLeft(f"{left} states service level {own}, {self.active.url} {best}")

    async def _return(self, probe: Probe) -> None:
        self._probed_at = asyncio.get_running_loop().time()
        level = await probe(self._endpoints[0])
        self._healthy = self._healthy + 1 if level is not None and level >= HEALTHY else 0
        if self._healthy >= self._limits.pair_stable_probes:
            left = self.active.url
            self._go(0)
            raise ServerLeft(f"{self.active.url} is healthy again; {left} was its stand-in")

    def _go(self, place: int) -> None:
        self._place = place
        self._entered_at = self._probed_at = None
        self._healthy = 0
        self.level = _UNSTATED


def level_of(stated: object) -> int:
    """`stated` if it is a level."""
    is_level = isinstance(stated, int) and not isinstance(stated, bool) and 0 <= stated <= _UNSTATED
    return stated if is_level and isinstance(stated, int) else _UNSTATED
