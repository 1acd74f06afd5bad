"""Our own subscriptions: every item verified, terms that would hide a dead server refused."""

import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from asyncua import ua
from asyncua.ua.ua_binary import struct_from_binary

from gridops.network import ORDERS, Point
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.calls import in_chunks
from opcua_bridge.link.partition import Partition
from opcua_bridge.session.session import Session
from opcua_bridge.wire.statuses import name_of


class SubscriptionEnded(ua.UaError):
    """The server ended the subscription, or insists on terms that hide its death."""


@dataclass(frozen=True, slots=True)
class Subscription:
    ident: int
    freshness_s: float
    """A healthy server is never silent for longer."""
    partition: Partition
    late_s: float = math.inf
    """A sign of life that took longer was missed, or late."""


@dataclass(frozen=True, slots=True)
class Monitored:
    """What became of the items, by handle; those of which nothing is said are as asked for."""

    refused: dict[int, str] = field(default_factory=dict)
    """The server's reason; the rest works."""
    weaker: dict[int, str] = field(default_factory=dict)
    """What the server revised so that changes may be lost between two messages."""
    items: dict[int, int] = field(default_factory=dict)
    """The server's own numbers of those that it monitors."""


async def subscribe(session: Session, partition: Partition, *, limits: LinkLimits) -> Subscription:
    """Raises: SubscriptionEnded if the server will not give a sign of life often enough."""
    request = ua.CreateSubscriptionRequest()
    request.Parameters = ua.CreateSubscriptionParameters(
        RequestedPublishingInterval=float(partition.publishing_ms),
        RequestedLifetimeCount=limits.lifetime_count,
        RequestedMaxKeepAliveCount=partition.keep_alive_count,
        MaxNotificationsPerPublish=0,
        PublishingEnabled=True,
    )
    answer = await session.answer_to(request)
    result = struct_from_binary(ua.CreateSubscriptionResponse, answer).Parameters
    keep_alive_s = result.RevisedPublishingInterval / 1000.0 * result.RevisedMaxKeepAliveCount
    if not 0.0 < keep_alive_s <= limits.keep_alive_s_max:
        raise SubscriptionEnded(
            f"the server gives a sign of life every {keep_alive_s:g} s, "
            f"{limits.keep_alive_s_max:g} s is the most we take"
        )
    margin_s = limits.freshness_margin_s
    return Subscription(
        ident=result.SubscriptionId,
        freshness_s=keep_alive_s + margin_s,
        late_s=keep_alive_s + margin_s / 2.0,
        partition=partition,
    )


class Items:
    """The monitored items of one connection: each of `points` under its index as client handle."""

    def __init__(
        self,
        session: Session,
        subscriptions: Sequence[Subscription],
        *,
        points: Sequence[Point],
        limits: LinkLimits,
    ) -> None:
        self._session = session
        self._subscriptions = subscriptions
        self._points = points
        self._limits = limits
        self.monitored = Monitored()

    async def add(self) -> Monitored:
        """Monitors all. Raises: what the session raises."""
        for subscription in self._subscriptions:
            await self._add(subscription, subscription.partition.handles)
        return self.monitored

    async def again(self, handles: Collection[int]) -> list[int]:
        """Asks once more for those that were refused, or that the server forgot; gives those that
        it monitors now. What it still holds of them is let go first. Raises: as `add`."""
        for subscription in self._subscriptions:
            wanted = [h for h in subscription.partition.handles if h in handles]
            held = [self.monitored.items.pop(h) for h in wanted if h in self.monitored.items]
            for handle in wanted:
                self.monitored.refused.pop(handle, None)
                self.monitored.weaker.pop(handle, None)
            await self._let_go(subscription, held)
            await self._add(subscription, wanted)
        return [handle for handle in handles if handle in self.monitored.items]

    async def _let_go(self, subscription: Subscription, items: Sequence[int]) -> None:
        """Whether the server still knew them does not matter."""

        async def delete(chunk: Sequence[int]) -> None:
            request = ua.DeleteMonitoredItemsRequest()
            request.Parameters = ua.DeleteMonitoredItemsParameters(
                SubscriptionId=subscription.ident, MonitoredItemIds=list(chunk)
            )
            with suppress(ua.UaError):
                await self._session.answer_to(request)

        await in_chunks(items, delete, size=self._session.operations_per_call, at_a_time=1)

    async def _add(self, subscription: Subscription, handles: Sequence[int]) -> None:
        partition, session, points = subscription.partition, self._session, self._points

        async def create(handles: Sequence[int]) -> None:
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters = ua.CreateMonitoredItemsParameters(
                SubscriptionId=subscription.ident,
                TimestampsToReturn=ua.TimestampsToReturn.Both,
                ItemsToCreate=[
                    _item(session, points[h], handle=h, terms=partition) for h in handles
                ],
            )
            answer = await self._session.answer_to(request)
            results = struct_from_binary(ua.CreateMonitoredItemsResponse, answer).Results or []
            if len(results) != len(handles):
                raise ua.UaError(f"the server answered {len(results)} of {len(handles)} items")
            for handle, result in zip(handles, results, strict=True):
                _verify(handle, result, terms=partition, into=self.monitored)

        size, at_a_time = session.operations_per_call, self._limits.calls_in_flight
        await in_chunks(handles, create, size=size, at_a_time=at_a_time)


def _verify(
    handle: int, result: ua.MonitoredItemCreateResult, *, terms: Partition, into: Monitored
) -> None:
    if not result.StatusCode.is_good():
        into.refused[handle] = name_of(result.StatusCode.value)
        return
    into.items[handle] = result.MonitoredItemId
    if result.RevisedQueueSize < terms.queue:
        into.weaker[handle] = f"queue {result.RevisedQueueSize} for {terms.queue}"
    elif result.RevisedSamplingInterval > terms.sampling_ms_max:
        into.weaker[handle] = f"looked at every {result.RevisedSamplingInterval / 1000.0:g} s"


def _item(
    session: Session, point: Point, *, handle: int, terms: Partition
) -> ua.MonitoredItemCreateRequest:
    return ua.MonitoredItemCreateRequest(
        ItemToMonitor=ua.ReadValueId(
            NodeId=session.namespaces.sought(point.node_id), AttributeId=ua.AttributeIds.Value
        ),
        MonitoringMode=ua.MonitoringMode.Reporting,
        RequestedParameters=ua.MonitoringParameters(
            ClientHandle=handle,
            SamplingInterval=terms.sampling_ms,
            QueueSize=terms.queue,
            DiscardOldest=True,
        ),
    )


def readable(points: Sequence[Point]) -> list[Point]:
    """Commands are written, never read: a stale command value is no news."""
    return [point for point in points if point.signal not in ORDERS]
