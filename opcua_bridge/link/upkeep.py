"""Points that a server does not monitor as it should: told, read as bad, asked for again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from gridops.events import Trouble
from gridops.ids import PointId
from gridops.network import Point
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.inbox import Inbox
from opcua_bridge.link.subscription import Items, Monitored
from opcua_bridge.link.troubles import Troubles
from opcua_bridge.wire.statuses import name_of
from opcua_bridge.wire.values import Sample

_REASONS_MAX = 3

Look = Callable[[Sequence[Point]], Awaitable[list[Sample]]]
"""Reads points; nothing is delivered by it."""
Read = Callable[[Sequence[Point]], Awaitable[None]]
"""Reads points and delivers what they hold."""


class Upkeep:
    """Of one link, over all of its connections."""

    def __init__(
        self, points: Sequence[Point], *, inbox: Inbox, troubles: Troubles, limits: LinkLimits
    ) -> None:
        self._points = points
        self._handles = {point.id: handle for handle, point in enumerate(points)}
        self._inbox = inbox
        self._troubles = troubles
        self._limits = limits
        self.weaker: Mapping[PointId, str] = {}
        """Points of which the server may lose changes, and why."""

    def note(self, monitored: Monitored) -> None:
        """What the server does with the items; what it did not say before is a trouble."""
        points, before = self._points, {**self._inbox.refused, **self.weaker}
        self._inbox.refused = {points[h].id: why for h, why in monitored.refused.items()}
        self.weaker = {points[h].id: why for h, why in monitored.weaker.items()}
        for trouble, said in (
            (Trouble.ITEM_REFUSED, self._inbox.refused),
            (Trouble.ITEM_WEAKER, self.weaker),
        ):
            self._tell(trouble, {point: why for point, why in said.items() if point not in before})

    async def retry(self, items: Items, read: Read) -> None:
        """For ever: asks again for points that the server refused, or dropped since."""
        while True:
            await asyncio.sleep(self._limits.retry_items_s)
            if self._inbox.refused:
                await self._take_up([*self._inbox.refused], items=items, read=read)

    async def drop_vanished(self, read: Read) -> None:
        """Points of which a value says that the server does not know them any more."""
        vanished, self._inbox.vanished = self._inbox.vanished, {}
        new = {p: name_of(code) for p, code in vanished.items() if p not in self._inbox.refused}
        if new:
            self._inbox.refused |= new
            self._tell(Trouble.ITEM_DROPPED, new)
            await read([point for point in self._points if point.id in new])

    async def audit(self, items: Items, *, look: Look, read: Read) -> None:
        """For ever: compares what the server holds with what it told. A point that reads
        differently, and of which no change comes even so, is not monitored any more."""
        slowest_ms = max(self._limits.publishing_ms, self._limits.analog_publishing_ms)
        wait_s = 2.0 * slowest_ms / 1000.0 + self._limits.freshness_margin_s
        while True:
            await asyncio.sleep(self._limits.audit_every_s)
            mark = self._inbox.batches
            suspects = await self._strayed(self._points, look, since=mark)
            if not suspects:
                continue
            await asyncio.sleep(wait_s)
            strayed = await self._strayed(suspects, look, since=mark)
            if strayed:
                lost = dict.fromkeys((p.id for p in strayed), "changed without a word")
                self._tell(Trouble.ITEM_DROPPED, lost)
                await read(strayed)
                await self._take_up([*lost], items=items, read=read)

    async def _strayed(self, points: Sequence[Point], look: Look, *, since: int) -> list[Point]:
        samples = await look(points)
        return self._inbox.strayed(list(zip(points, samples, strict=True)), since=since)

    async def _take_up(self, points: Sequence[PointId], *, items: Items, read: Read) -> None:
        wanted, before = [self._handles[point] for point in points], self._inbox.refused
        taken = [self._points[h] for h in await items.again(wanted)]
        self.note(items.monitored)
        self._troubles.note(Trouble.ITEM_TAKEN, len(taken), points=[p.id for p in taken])
        refused = [p for p in self._points if p.id in self._inbox.refused and p.id not in before]
        await read([*taken, *refused])

    def _tell(self, trouble: Trouble, points: Mapping[PointId, str]) -> None:
        why = ", ".join(sorted(set(points.values()))[:_REASONS_MAX])
        self._troubles.note(trouble, len(points), why=why, points=points)
