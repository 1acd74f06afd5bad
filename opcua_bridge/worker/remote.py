"""A server's link as the control room sees it, whose work is done in a worker."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled, SwitchMoved, Trouble
from gridops.ids import SwitchId
from gridops.measurement import Quality
from gridops.network import Link, Point
from gridops.ports import Clock, Endpoint, LinkHealth
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.backoff import Backoff
from opcua_bridge.link.decode import decode
from opcua_bridge.link.gap import Subject, subject_of
from opcua_bridge.link.loss import Loss
from opcua_bridge.link.server_link import OWN_DELAY_S, Deliver, nowhere
from opcua_bridge.wire.values import Sample
from opcua_bridge.worker.child import WorkerSpec, sent
from opcua_bridge.worker.frames import (
    FrameFlaw,
    events_in,
    frame,
    health_in,
    made_s,
    read_frame,
    time_in,
)
from opcua_bridge.worker.workshop import Workshop

_WATCH_EVERY_S = 0.2


class RemoteLink:
    """As `ServerLink`. The worker is given up when the youngest that was read of it is older than
    `worker_silence_s`, whoever of us is slow, when it says what is no frame, or ends: then the link
    is lost, and another takes over from the last epoch."""

    def __init__(
        self,
        link: Link,
        points: Sequence[Point],
        *,
        endpoints: Sequence[Endpoint],
        clock: Clock,
        limits: LinkLimits,
        workshop: Workshop,
    ) -> None:
        self.link = link
        self.endpoints = tuple(endpoints)
        self._points = tuple(points)
        self._elements = frozenset(point.element for point in points)
        self._clock = clock
        self._limits = limits
        self._workshop = workshop
        self._deliver: Deliver = nowhere
        self._writer: asyncio.StreamWriter | None = None
        self._health = LinkHealth(
            link=link.id,
            connected=False,
            since=clock.now(),
            last_heard=None,
            epoch=0,
            detail="not connected yet",
        )
        self._whole_at: datetime | None = None
        self._made_at = 0.0
        """When the worker made what was read last; all of them by the monotonic clock."""
        self._read_at = 0.0
        self._loss = Loss(link.id)
        self._read_back: dict[SwitchId, SwitchMoved] = {}
        """Told by a session of ours; the worker is about to tell the same, or has just done so."""
        self._replaced = 0
        self._known: dict[Subject, FieldEvent] = {}
        """So that a new worker can tell what changed while there was none."""

    @property
    def is_good(self) -> bool:
        return self._health.connected

    @property
    def serving(self) -> Endpoint | None:
        """The server that is listened to; None while the link is lost."""
        if not self.is_good:
            return None
        named = (each for each in self.endpoints if each.url == self._health.server)
        return next(named, self.endpoints[0])

    def health(self) -> LinkHealth:
        if not self._replaced:
            return self._health
        counts = {**self._health.counts, Trouble.WORKER_REPLACED.value: self._replaced}
        return replace(self._health, counts=counts)

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled."""
        self._deliver = deliver
        backoff = Backoff(self._limits, servers=1)
        while True:
            epoch, began = self._health.epoch, time.monotonic()
            try:
                why = await self._with_worker()
            except OSError as error:
                why = f"no worker: {type(error).__name__}: {error}"[:200]
            self._lose(why)
            good_s = time.monotonic() - began if self._health.epoch != epoch else 0.0
            await asyncio.sleep(backoff.after(ConnectionError(why), good_s=good_s))

    def rest(self) -> None:
        """See `ServerLink.rest`."""
        since = self._clock.now() if self.is_good else self._health.since
        why = "not listened to any more"
        self._health = replace(self._health, connected=False, since=since, detail=why)
        self._read_back.clear()

    async def scan(self, points: Sequence[Point]) -> None:
        """See `ServerLink.scan`."""
        if self._writer is not None and points:
            self._writer.write(frame({"scan": [point.id for point in points]}))

    def take_reading(self, point: Point, value: Sample) -> None:
        """Delivers a value that another session of ours has just read from this server."""
        if self.is_good:
            event = decode(point, value, at=self._clock.now()).event
            if isinstance(event, SwitchMoved):
                self._read_back[event.switch] = event
            self._deliver([event])

    async def _with_worker(self) -> str:
        """Why it is given up. Raises: OSError when there is none to be had."""
        worker = await self._workshop.worker()
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await asyncio.open_connection(sock=worker.listens)
            writer.write(sent(self._spec()))
            self._writer = writer
            self._made_at = self._read_at = time.monotonic()
            listening = asyncio.create_task(self._listen(reader))
            try:
                return await self._watched(listening)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        finally:
            self._writer = None
            worker.listens.close() if writer is None else writer.close()
            worker.end()

    def _spec(self) -> WorkerSpec:
        return WorkerSpec(
            link=self.link,
            points=self._points,
            endpoints=self.endpoints,
            limits=self._limits,
            epoch=self._health.epoch,
            whole_at=self._whole_at,
            known=tuple(self._known.values()),
        )

    async def _watched(self, listening: "asyncio.Task[None]") -> str:
        was_late = False
        while True:
            started = time.monotonic()
            done, _ = await asyncio.wait({listening}, timeout=_WATCH_EVERY_S)
            if done:
                error = listening.exception()
                words = "it ended" if isinstance(error, EOFError | OSError) else str(error)
                return f"its worker was replaced: {words}"[:300]
            is_late = time.monotonic() - started - _WATCH_EVERY_S >= OWN_DELAY_S
            # who was away once may catch up; who is late again and again does not
            if self._is_outdated and not (is_late and not was_late):
                return f"its worker was replaced: {self._age_in_words()}"
            was_late = is_late

    @property
    def _is_outdated(self) -> bool:
        """Whether the youngest that is known of the worker is too old, for it is silent or we read
        too slowly."""
        return time.monotonic() - self._made_at > self._limits.worker_silence_s

    def _age_in_words(self) -> str:
        age_s = self._read_at - self._made_at
        if age_s > self._limits.worker_silence_s / 2.0:
            return f"what it said was {age_s:.1f} s old when it was read"
        return f"it was silent for {time.monotonic() - self._made_at:.1f} s"

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Raises what ends it: EOFError, OSError, FrameFlaw."""
        while True:
            content = await read_frame(reader)
            self._read_at = time.monotonic()
            self._made_at = made_s(content, now_s=self._read_at)
            self._take(content)
            # of what is there already nothing waits: who watches us would never have a turn
            await asyncio.sleep(0)

    def _take(self, content: Mapping[str, Any]) -> None:
        events = events_in(content, link=self.link.id, elements=self._elements)
        if "health" in content:
            told = health_in(content["health"])
            if told.link != self.link.id:
                raise FrameFlaw("the health of another link")
            self._health = told
            whole_at = content.get("whole_at")
            self._whole_at = None if whole_at is None else time_in(whole_at)
        for event in events:
            if isinstance(event, LinkLost | LinkRestored):
                self._read_back.clear()  # the full read tells everything, known or not
                self._loss.heard(event)
            if isinstance(event, LinkLost):
                self._health = replace(self._health, connected=False)
            elif isinstance(event, LinkRestored):
                self._health = replace(self._health, connected=True, epoch=event.epoch)
            elif (subject := subject_of(event)) is not None:
                self._known[subject] = event
        fresh = [event for event in events if not self._is_known(event)]
        if fresh:
            self._deliver(fresh)

    def _is_known(self, event: FieldEvent) -> bool:
        """Whether it is what a session of ours has read already, which is asked once. What is no
        older than that, or not good, is news: the same may be true again after it."""
        known = self._read_back.get(event.switch) if isinstance(event, SwitchMoved) else None
        if known is None or not isinstance(event, SwitchMoved):
            return False
        is_same = replace(event, at=known.at, server_time=known.server_time) == known
        is_news = event.source_time >= known.source_time or event.quality is not Quality.GOOD
        if is_same or is_news:
            del self._read_back[known.switch]
        return is_same

    def _lose(self, why: str) -> None:
        now = self._clock.now()
        since = now if self.is_good else self._health.since
        self._health = replace(self._health, connected=False, since=since, detail=why)
        self._replaced += 1
        self._read_back.clear()
        replaced = LinkTroubled(
            at=now,
            link=self.link.id,
            trouble=Trouble.WORKER_REPLACED,
            count=1,
            since=self._whole_at,
            what=why,
        )
        self._deliver([*self._loss.lost(why, at=now), replaced])
