"""Our channel, session, publishing and decoder on one server, as the link has them, with all that
comes left in arrays: what the link costs before anything is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np

from opcua_bridge import DEFAULT_LIMITS
from opcua_bridge.link.ages import Ages
from opcua_bridge.link.inbox import Counts
from opcua_bridge.link.incoming import Incoming
from opcua_bridge.link.partition import Partition
from opcua_bridge.link.publishing import Outlet, Publishing
from opcua_bridge.link.subscription import Items, subscribe
from opcua_bridge.session.session import open_session
from opcua_bridge.wire.decode_kernel import Rows
from opcua_bridge.wire.messages import Message
from opcua_bridge.wire.statuses import have_overflowed
from opcua_bridge.wire.values import Values, joined
from tests.load.judging import Came
from tests.load.servers import Block, Server

LIMITS = replace(DEFAULT_LIMITS, set_up_timeout_s=300.0)


class WireSide:
    """What came of one block of one server, in arrays."""

    def __init__(self, block: Block, queue: int) -> None:
        self.counts = Counts()
        self.queue = queue
        self.refused = 0
        self._points = block.points
        self._incoming = Incoming(block.points, self.counts)
        self._kept: list[Values] = []
        self._gaps: list[int] = []
        self._size = 0

    def forget(self) -> None:
        self._kept, self._gaps, self._size = [], [], 0

    @property
    def size(self) -> int:
        return self._size

    def came(self) -> Came:
        """The values are rounds."""
        values = joined(self._kept)
        return Came(
            node=values.handle.astype(np.int64),
            round=values.rows.bits.view(np.float64).astype(np.int64),
            overflowed=have_overflowed(values.rows.status),
            gaps=tuple(self._gaps),
        )

    @asynccontextmanager
    async def listening(self, server: Server) -> AsyncIterator[None]:
        """Every change, up to `queue` of a point between two messages."""
        terms = Partition(
            name="storm",
            handles=tuple(range(len(self._points))),
            publishing_ms=LIMITS.publishing_ms,
            sampling_ms=0.0,
            queue=self.queue,
            keep_alive_count=LIMITS.keep_alive_count,
        )
        async with open_session(server.endpoint, LIMITS) as session:
            await session.bind(server.link)
            await session.learn_limits()
            subscription = await subscribe(session, terms, limits=LIMITS)
            publishing = Publishing(
                session,
                [subscription],
                limits=LIMITS,
                counts=self.counts,
                ages=Ages(),
                outlet=Outlet(take=self._take, gap=lambda: self._gaps.append(self._size)),
            )
            task = asyncio.create_task(publishing.run())
            try:
                items = Items(session, [subscription], points=self._points, limits=LIMITS)
                self.refused = len((await items.add()).refused)
                yield
                if task.done():
                    task.result()
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _take(self, message: Message) -> None:
        """The filter is what the link does with it; what is kept beside it is for the judge."""
        self._incoming.newest(message.values)
        rows = message.values.rows
        kept = Rows(*(column.copy() for column in rows))
        self._kept.append(Values(kept.handle, kept))
        self._size += len(kept.handle)
