"""The supervised link to one server: connect, subscribe, read all, stay fresh, start over."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from asyncua import ua
from asyncua.ua.uaerrors import UaError

from gridops.errors import LinkError
from gridops.events import FieldEvent, LinkLost, LinkRestored
from gridops.network import Link, Point
from gridops.ports import Clock, Endpoint, LinkHealth
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.health import describe
from opcua_bridge.link.inbox import Inbox, Received
from opcua_bridge.link.sequence import SequenceCheck
from opcua_bridge.link.subscription import (
    Subscription,
    add_items,
    publish_forever,
    readable,
    subscribe,
    values_in,
)
from opcua_bridge.session.session import Session, open_session

_log = logging.getLogger(__name__)

Deliver = Callable[[Sequence[FieldEvent]], None]

_OWN_DELAY_S = 0.5
"""When our own event loop woke later than this, silence is not the server's fault yet."""


class ServerLink:
    """Keeps one server's points flowing, for ever. One dead server harms nobody else.

    A fresh connection per attempt. Nothing counts as good before every point was read;
    then `LinkRestored` is delivered, and all values after it. Lost messages lead to a new
    epoch with a gap and a full read, silence to `LinkLost` and a new attempt.
    """

    def __init__(
        self,
        link: Link,
        points: Sequence[Point],
        *,
        endpoint: Endpoint,
        clock: Clock,
        limits: LinkLimits,
    ) -> None:
        self.link = link
        self.endpoint = endpoint
        self._points = readable(points)
        self._clock = clock
        self._limits = limits
        self._inbox = Inbox()
        self._deliver: Deliver = _nowhere
        self._session: Session | None = None
        """Only while the link is good."""
        self._epoch = 0
        self._since = clock.now()
        self._whole_at: datetime | None = None
        self._heard_at = 0.0
        """Loop time of the last message."""
        self._last_heard: datetime | None = None
        self._told_lost = False
        self._why = "not connected yet"
        self._sequence = SequenceCheck()
        self._pending: list[Received] = []
        self._must_read_all = False

    @property
    def is_good(self) -> bool:
        return self._session is not None

    def health(self) -> LinkHealth:
        counts, refused = self._inbox.counts, self._inbox.refused
        return LinkHealth(
            link=self.link.id,
            connected=self.is_good,
            since=self._since,
            last_heard=self._last_heard,
            epoch=self._epoch,
            detail=describe("" if self.is_good else self._why, counts, refused=refused),
        )

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled."""
        self._deliver = deliver
        pause_s = self._limits.backoff_s_min
        while True:
            epoch = self._epoch
            try:
                async with open_session(self.endpoint, self._limits) as session:
                    await self._serve(session)
            except (OSError, TimeoutError, UaError, LinkError) as error:
                self._lose(_words(error))
            except Exception as error:  # noqa: BLE001 - the outermost loop of this server:
                # what a hostile one makes the decoder raise ends its own session alone
                _log.exception("link %s", self.link.id)
                self._lose(_words(error))
            if self._epoch != epoch:
                pause_s = self._limits.backoff_s_min
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2.0, self._limits.backoff_s_max)

    async def scan(self, points: Sequence[Point]) -> None:
        """Reads `points` again and delivers what they hold. Nothing while the link is lost:
        the full read after its return covers them."""
        session = self._session
        if session is None or not points:
            return
        try:
            await self._read(session, readable(points))
        except (OSError, TimeoutError, UaError) as error:
            self._why = f"a demand scan failed: {_words(error)}"
            session.abort()  # the supervisor sees it, says LinkLost and starts over

    def take_reading(self, point: Point, value: ua.DataValue) -> None:
        """Delivers a value that another session of ours has just read from this server."""
        if self.is_good:
            asked_after = self._inbox.batches - 1  # a push of the last moment stands
            received = [(point, value)]
            self._deliver(
                self._inbox.readings(received, self._clock.now(), asked_after=asked_after)
            )

    async def _serve(self, session: Session) -> None:
        """Raises what ended the session; never returns otherwise."""
        async with asyncio.timeout(self._limits.set_up_timeout_s):
            await session.bind(self.link)
            await session.learn_limits()
            subscription = await subscribe(session, self._limits)
        self._sequence = SequenceCheck()
        self._pending.clear()
        self._inbox.begin_epoch()
        self._heard()
        publishing = asyncio.create_task(publish_forever(session, subscription, take=self._take))
        tasks = {publishing}
        try:
            async with asyncio.timeout(self._limits.set_up_timeout_s):
                refused = await add_items(
                    session, subscription, points=self._points, limits=self._limits
                )
                self._inbox.refused = {
                    self._points[handle].id: why for handle, why in refused.items()
                }
                await self._read_all(session)
            tasks.add(asyncio.create_task(self._tend(session)))
            await self._watch(subscription, tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, subscription: Subscription, tasks: set[asyncio.Task[None]]) -> None:
        """Raises when a task ends, for none ends well, and when the server is silent."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            done, _ = await asyncio.wait(
                tasks, timeout=self._limits.watch_every_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                if task.cancelled():
                    raise ConnectionError("the connection was torn down")
                task.result()
            own_delay_s = loop.time() - started - self._limits.watch_every_s
            silent_s = loop.time() - self._heard_at
            if silent_s > subscription.freshness_s and own_delay_s < _OWN_DELAY_S:
                raise TimeoutError(f"no sign of life for {silent_s:.1f} s")

    async def _tend(self, session: Session) -> None:
        """Reads again what is in doubt, beside the publishing."""
        while True:
            await asyncio.sleep(self._limits.watch_every_s)
            if self._must_read_all:
                await self._read_all(session)
            await self._read(session, self._inbox.take_doubtful())
            await session.renew_channel_when_due()

    async def _read_all(self, session: Session) -> None:
        """Starts a new epoch: first the news that there is one, then every value.

        Changes that came during set-up are only used to find the newest value: what
        happened before the epoch is part of the gap.
        """
        self._must_read_all = False
        gap_since = self._whole_at
        asked_after = self._inbox.batches
        values = await session.read([point.node_id for point in self._points])
        now = self._clock.now()
        self._inbox.changes(self._pending, now)
        self._pending.clear()
        received = list(zip(self._points, values, strict=True))
        events = self._inbox.readings(received, now, asked_after=asked_after)
        self._epoch += 1
        if not self.is_good:
            self._since = now
        self._session = session
        self._told_lost = False
        self._whole_at = now
        restored = LinkRestored(at=now, link=self.link.id, epoch=self._epoch, gap_since=gap_since)
        self._deliver([restored, *events])

    async def _read(self, session: Session, points: Sequence[Point]) -> None:
        if not points:
            return
        asked_after = self._inbox.batches
        values = await session.read([point.node_id for point in points])
        received = list(zip(points, values, strict=True))
        self._deliver(self._inbox.readings(received, self._clock.now(), asked_after=asked_after))

    def _take(self, message: ua.NotificationMessage) -> None:
        """Takes one publish message, between two breaths: nothing in here waits."""
        self._heard()
        carries_data = bool(message.NotificationData)
        if self._sequence.is_gap(message.SequenceNumber, carries_data=carries_data):
            self._inbox.counts.gaps += 1
            self._must_read_all = True
        values, unasked = values_in(message, self._points)
        self._inbox.counts.unasked += unasked
        if not self.is_good:
            self._hold_back(values)
            return
        now = self._clock.now()
        if not self._must_read_all:
            self._whole_at = now
        events = self._inbox.changes(values, now)
        if events:
            self._deliver(events)

    def _hold_back(self, values: list[Received]) -> None:
        """Before the first full read nothing is delivered; more than can be held is read."""
        self._pending += values
        if len(self._pending) > self._limits.pending_max:
            self._pending.clear()
            self._must_read_all = True

    def _heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._last_heard = self._clock.now()

    def _lose(self, why: str) -> None:
        now = self._clock.now()
        if self.is_good:
            self._since = now
        self._session = None
        self._why = why
        if not self._told_lost:
            self._told_lost = True
            self._deliver([LinkLost(at=now, link=self.link.id, why=why)])


def _words(error: Exception) -> str:
    """Of bounded length: a server may have had a hand in it."""
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__


def _nowhere(events: Sequence[FieldEvent]) -> None:
    """Before `run` nobody listens, and nothing is connected."""
