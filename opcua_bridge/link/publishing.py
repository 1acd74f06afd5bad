"""Several publish requests in flight; what comes back, in order and whole, or its gap declared."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from asyncua import ua
from asyncua.ua.uaerrors import BadTooManyPublishRequests

from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.ages import Ages
from opcua_bridge.link.inbox import Counts
from opcua_bridge.link.sequence import SequenceCheck
from opcua_bridge.link.subscription import Subscription, SubscriptionEnded
from opcua_bridge.session.session import Session
from opcua_bridge.session.within import within
from opcua_bridge.wire.messages import Message, Room, decode_publish, decode_republish
from opcua_bridge.wire.statuses import name_of

_ACKNOWLEDGEMENTS_MAX = 1_000
"""Left out beyond this: the server then keeps for a while what nobody needs any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Where messages go, and the news that some are lost for good."""

    take: Callable[[Message], None]
    gap: Callable[[], None]


@dataclass(slots=True)
class _Stream:
    """One subscription as it is followed."""

    subscription: Subscription
    heard_at: float
    true_at: float
    """When what was last heard was true at the server: before it was heard, by its way."""
    is_excused: bool = False
    """It was us who did not listen."""
    sequence: SequenceCheck = field(default_factory=SequenceCheck)
    held: list[Message] = field(default_factory=list)
    """While a hole is being repaired: the message that betrayed it, and all after it."""
    held_size: int = 0

    def take(self, message: Message) -> None:
        self.sequence.take(message.sequence, carries_data=message.carries_data)


class Publishing:
    """Keeps `limits.publish_in_flight` requests at the server, so that it never waits for one.

    Each message is given to `outlet.take` between two breaths, in the order of its subscription;
    the values in it are views that hold until that returns. Messages that are missing, no more than
    `limits.republish_max`, are asked for again while those after them wait; if they do not come
    in `limits.republish_timeout_s`, `outlet.gap` is told first. A server that takes fewer requests
    is sent fewer, and one that says that more is waiting gets more of them.
    """

    def __init__(
        self,
        session: Session,
        subscriptions: Sequence[Subscription],
        *,
        limits: LinkLimits,
        counts: Counts,
        ages: Ages,
        outlet: Outlet,
    ) -> None:
        self._session, self._limits = session, limits
        self._ages = ages
        self._room = Room()
        self._counts = counts
        self._take, self._gap = outlet.take, outlet.gap
        loop = asyncio.get_running_loop()
        self._now = loop.time
        self._streams = {s.ident: _Stream(s, self._now(), self._now()) for s in subscriptions}
        self._in_flight = max(limits.publish_in_flight, 2 * len(subscriptions))
        self._most = max(limits.publish_in_flight_max, self._in_flight)
        self._acknowledged: list[ua.SubscriptionAcknowledgement] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] = loop.create_future()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    def excuse(self) -> None:
        """It was we who did not listen: the next sign of life may be late."""
        for stream in self._streams.values():
            stream.is_excused = True

    def silent(self) -> str:
        """Of which subscription nothing is known that is young enough, for it is silent or its
        messages come late; empty if none."""
        now = self._now()
        for stream in self._streams.values():
            name, most_s = stream.subscription.partition.name, stream.subscription.freshness_s
            if now - stream.heard_at > most_s:
                return f"no sign of life of the {name} for {now - stream.heard_at:.1f} s"
            if now - stream.true_at > most_s:
                return (
                    f"the last that is known of the {name} is {now - stream.true_at:.1f} s old: "
                    f"messages come, and come late"
                )
        return ""

    async def run(self) -> None:
        """Until cancelled. Raises: SubscriptionEnded, WireFlaw, and what the session raises."""
        try:
            for _ in range(self._in_flight):
                self._start(self._publish())
            await self._failed
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._failed.done() and not self._failed.cancelled():
                self._failed.exception()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def _publish(self) -> None:
        """One request after the other. Answers come in order and wake their waiters in order, so
        nothing may wait between the waking and the taking."""
        while True:
            acknowledged, self._acknowledged = self._acknowledged, []
            request = ua.PublishRequest()
            request.Parameters.SubscriptionAcknowledgements = acknowledged
            try:
                body = await self._session.answer_to(request, timeout_s=0.0)
            except BadTooManyPublishRequests:
                self._acknowledged = acknowledged + self._acknowledged
                if self._in_flight > 1:
                    self._in_flight -= 1
                    self._most = self._in_flight
                    return
                await asyncio.sleep(self._limits.publishing_ms / 1000.0)
                continue
            message = decode_publish(bytes(body), self._room)
            if message.more and self._in_flight < self._most:
                self._in_flight += 1
                self._start(self._publish())
            self._hear(message)

    def _hear(self, message: Message) -> None:
        stream = self._streams.get(message.subscription)
        if stream is None:
            raise SubscriptionEnded("the server does not know our subscription any more")
        if self._now() - stream.heard_at > stream.subscription.late_s and not stream.is_excused:
            self._counts.keep_alives_missed += 1
        stream.is_excused = False
        stream.heard_at = self._now()
        late_s = self._ages.late_s(message.published, arrived_s=stream.heard_at) or 0.0
        stream.true_at = stream.heard_at - late_s
        message = replace(message, late_s=late_s)
        if message.ended is not None:
            raise SubscriptionEnded(f"the server says {name_of(message.ended)}")
        if message.carries_data:
            self._acknowledge(message)
        self._follow(stream, message)

    def _acknowledge(self, message: Message) -> None:
        del self._acknowledged[:-_ACKNOWLEDGEMENTS_MAX]
        self._acknowledged.append(
            ua.SubscriptionAcknowledgement(
                SubscriptionId=message.subscription, SequenceNumber=message.sequence
            )
        )

    def _follow(self, stream: _Stream, message: Message) -> None:
        if stream.held:
            self._hold(stream, message)
            return
        sequence = stream.sequence
        if sequence.is_repeated(message.sequence, carries_data=message.carries_data):
            self._counts.repeated += 1
            return
        missing = sequence.missing(message.sequence)
        if missing and self._can_be_had(message, sequence=sequence, missing=missing):
            self._hold(stream, message)
            self._start(self._repair(stream, sequence.numbers(missing)))
            return
        if missing:
            self._declare_gap()
        stream.take(message)
        self._take(message)

    def _can_be_had(self, message: Message, *, sequence: SequenceCheck, missing: int) -> bool:
        if missing > self._limits.republish_max:
            return False
        return bool(np.isin(sequence.numbers(missing), message.available).all())

    def _hold(self, stream: _Stream, message: Message) -> None:
        stream.held.append(replace(message, values=message.values.kept()))
        stream.held_size += len(message.values) + 1
        if stream.held_size > self._limits.pending_max:
            raise SubscriptionEnded("the server sends and sends, but not what is missing")

    async def _repair(self, stream: _Stream, numbers: Sequence[int]) -> None:
        """Asks for each once; then takes what was held, as if it had just come."""
        try:
            async with within(self._limits.republish_timeout_s):
                for number in numbers:
                    self._take_again(stream, await self._again(stream.subscription, number))
        except (OSError, TimeoutError, ua.UaError):
            self._declare_gap()
            first = stream.held.pop(0)
            stream.take(first)
            self._take(first)
        held, stream.held, stream.held_size = stream.held, [], 0
        for message in held:
            self._follow(stream, message)

    async def _again(self, subscription: Subscription, number: int) -> Message:
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = subscription.ident
        request.Parameters.RetransmitSequenceNumber = number
        body = await self._session.answer_to(request)
        message = decode_republish(bytes(body), self._room, subscription=subscription.ident)
        if message.sequence != number or not message.carries_data or message.ended is not None:
            # some say "good" and send an empty message
            raise ua.UaError(f"message {number} is not to be had any more")
        return message

    def _take_again(self, stream: _Stream, message: Message) -> None:
        self._counts.republished += 1
        self._acknowledge(message)
        stream.take(message)
        self._take(message)

    def _declare_gap(self) -> None:
        self._counts.gaps += 1
        self._gap()
