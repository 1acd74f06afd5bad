"""Which of the servers of one link is listened to: the first, unless another is fitter."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from asyncua import ua

from gridops.errors import LinkError
from gridops.ports import Endpoint
from opcua_bridge.limits import LinkLimits
from opcua_bridge.wire.values import Sample

HEALTHY = 200.0
"""From this ServiceLevel on a server is healthy, below it is degraded (OPC UA Part 4,
6.6.2.4.2)."""
_HIGHEST = 255
_WITHOUT_DATA = 1.0
"""The highest level of a server that is not in service."""
UNSTATED = 1.75
"""A server that has no such variable: not made for a pair, and fit as far as it says. Any that
states to be in service is fitter."""
UNREADABLE = 1.5
"""A server that has the variable and does not tell it: it is not healthy. Less fit than one that
never knew of levels, fitter than one that says that it has no data."""
_NO_SUCH_NODE = frozenset(
    {
        ua.StatusCodes.BadNodeIdUnknown,
        ua.StatusCodes.BadNodeIdInvalid,
        ua.StatusCodes.BadAttributeIdInvalid,
    }
)

Probe = Callable[[Endpoint], Awaitable[float | None]]
"""The level of the right server at that address; None if it cannot serve now."""


class ServerLeft(LinkError):
    """Another server of the pair is gone to."""

    code = "server-left"


class Pair:
    """One server or several that show the same points, the preferred one first.

    A server is left when it is lost, or when its service level falls below `HEALTHY` or cannot be
    read, and another is fitter, and then not again for `pair_stay_s`. One that states no level is
    not left for that. When none is in service, one of them is stayed with and not listened to. The
    preferred one is returned to when it was found healthy `pair_stable_probes` times in a row;
    without a level, only from one that states none either.
    """

    def __init__(self, endpoints: Sequence[Endpoint], limits: LinkLimits) -> None:
        self._endpoints = tuple(endpoints)
        self._limits = limits
        self._place = 0
        self._entered_at: float | None = None
        self._probed_at: float | None = None
        self._healthy = 0
        self._was_in_service = False
        """The active one, since it is."""
        self._in_vain: set[int] = set()
        """Places that were tried, or asked, since any was in service."""
        self.level: float = UNSTATED
        """As the active one last stated; see `level_of`."""

    @property
    def active(self) -> Endpoint:
        return self._endpoints[self._place]

    @property
    def has_others(self) -> bool:
        return len(self._endpoints) > 1

    def __len__(self) -> int:
        return len(self._endpoints)

    @property
    def is_out_of_service(self) -> bool:
        """Whether the active one says that it is in maintenance or without data."""
        return self.level < UNREADABLE

    @property
    def is_waited_for(self) -> bool:
        """Whether nothing that the active one shows is of use before it is in service: in a pair
        the level says whose values are real."""
        return self.has_others and self.is_out_of_service

    def lost(self) -> None:
        """The next one is tried."""
        if not self._was_in_service:
            self._in_vain.add(self._place)
        self._go((self._place + 1) % len(self._endpoints))

    def heard(self, level: float) -> None:
        self.level = level
        if not self.is_out_of_service:
            self._was_in_service = True
            self._in_vain.clear()

    def check(self) -> None:
        """After each level that was heard. When all others were tried in vain, one that is not in
        service is stayed with.

        Raises: ServerLeft when the active one says that it is not in service, and another may be;
        that one is active then."""
        if not self.is_out_of_service:
            return
        self._in_vain.add(self._place)
        if len(self._in_vain) < len(self._endpoints):
            why = f"{self.active.url} is not in service, its level is {self.level:g}"
            self.lost()
            raise ServerLeft(why)

    async def look(self, probe: Probe) -> None:
        """Once a second or so while the active one serves. Raises: ServerLeft, and another is
        active then."""
        now = asyncio.get_running_loop().time()
        if self._entered_at is None:
            self._entered_at = now
        if self._is_unwell:
            if now - self._entered_at >= self._limits.pair_stay_s:
                await self._seek(probe)
        elif self._place and self._is_due(now):
            await self._return(probe)

    @property
    def _is_unwell(self) -> bool:
        return self.level < HEALTHY and self.level != UNSTATED

    def _is_due(self, now: float) -> bool:
        every_s = self._limits.pair_probe_every_s
        return self._probed_at is None or now - self._probed_at >= every_s

    async def _seek(self, probe: Probe) -> None:
        own = self.level
        now = asyncio.get_running_loop().time()
        if not self._is_due(now):
            return
        self._probed_at = now
        best, place = max(own, _WITHOUT_DATA), self._place
        for other, endpoint in enumerate(self._endpoints):
            level = await probe(endpoint) if other != self._place else None
            if level is not None and level > best:
                best, place = level, other
        if place != self._place and self._is_unwell:
            left = self.active.url
            self._go(place)
            raise ServerLeft(f"{left} states {_words(own)}, {self.active.url} {_words(best)}")

    async def _return(self, probe: Probe) -> None:
        self._probed_at = asyncio.get_running_loop().time()
        level = await probe(self._endpoints[0])
        is_fit = level is not None and (
            level >= HEALTHY or (level == UNSTATED and self.level == UNSTATED)
        )
        self._healthy = self._healthy + 1 if is_fit else 0
        if self._healthy >= self._limits.pair_stable_probes:
            left = self.active.url
            self._go(0)
            raise ServerLeft(f"{self.active.url} is healthy again; {left} was its stand-in")

    def _go(self, place: int) -> None:
        self._place = place
        self._entered_at = self._probed_at = None
        self._healthy = 0
        self._was_in_service = False
        self.level = UNSTATED


def level_of(read: Sample) -> float:
    """The ServiceLevel that was read, 0 to 255; `UNSTATED` where there is none to read,
    `UNREADABLE` where the reading failed or gave what is no level."""
    if read.status in _NO_SUCH_NODE:
        return UNSTATED
    stated = read.raw
    if not read.is_good or not isinstance(stated, int) or isinstance(stated, bool):
        return UNREADABLE
    return float(stated) if 0 <= stated <= _HIGHEST else UNREADABLE


def _words(level: float) -> str:
    if level == UNSTATED:
        return "no service level"
    return "no readable service level" if level == UNREADABLE else f"service level {level:g}"
