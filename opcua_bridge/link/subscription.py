"""Our own subscription: every item verified, every message counted, silence noticed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asyncua import ua

from gridops.network import Point, Signal
from gridops.state.telemetry import MEASUREMENTS
from opcua_bridge.limits import LinkLimits
from opcua_bridge.session.session import Session
from opcua_bridge.wire.statuses import name_of

Take = Callable[[ua.NotificationMessage], None]


class SubscriptionEnded(ua.UaError):
    """The server ended the subscription, or insists on terms that hide its death."""


@dataclass(frozen=True, slots=True)
class Subscription:
    ident: int
    freshness_s: float
    """A healthy server is never silent for longer."""


async def subscribe(session: Session, limits: LinkLimits) -> Subscription:
    """Raises: SubscriptionEnded if the server will not give a sign of life often enough."""
    result = await session.create_subscription(
        ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=float(limits.publishing_ms),
            RequestedLifetimeCount=limits.lifetime_count,
            RequestedMaxKeepAliveCount=limits.keep_alive_count,
            MaxNotificationsPerPublish=0,
            PublishingEnabled=True,
        )
    )
    keep_alive_s = result.RevisedPublishingInterval / 1000.0 * result.RevisedMaxKeepAliveCount
    if not 0.0 < keep_alive_s <= limits.keep_alive_s_max:
        raise SubscriptionEnded(
            f"the server gives a sign of life every {keep_alive_s:g} s, "
            f"{limits.keep_alive_s_max:g} s is the most we take"
        )
    return Subscription(result.SubscriptionId, keep_alive_s + limits.freshness_margin_s)


async def add_items(
    session: Session,
    subscription: Subscription,
    *,
    points: Sequence[Point],
    limits: LinkLimits,
) -> dict[int, str]:
    """Monitors `points`, each under its index as client handle.

    Gives the indices that the server refused, with its reason; the rest works.
    """
    items = [
        _item(session, point, handle=handle, limits=limits) for handle, point in enumerate(points)
    ]
    results = await session.create_items(subscription.ident, items)
    return {
        handle: name_of(result.StatusCode.value)
        for handle, result in enumerate(results)
        if not result.StatusCode.is_good()
    }


def _item(
    session: Session, point: Point, *, handle: int, limits: LinkLimits
) -> ua.MonitoredItemCreateRequest:
    is_measurement = point.signal in MEASUREMENTS
    return ua.MonitoredItemCreateRequest(
        ItemToMonitor=ua.ReadValueId(
            NodeId=session.node(point.node_id), AttributeId=ua.AttributeIds.Value
        ),
        MonitoringMode=ua.MonitoringMode.Reporting,
        RequestedParameters=ua.MonitoringParameters(
            ClientHandle=handle,
            # 0: every change. A sampled switch that opened and closed in between never moved.
            SamplingInterval=float(limits.publishing_ms) if is_measurement else 0.0,
            QueueSize=1 if is_measurement else limits.state_queue,
            DiscardOldest=True,
        ),
    )


async def publish_forever(session: Session, subscription: Subscription, *, take: Take) -> None:
    """Gives every message of the subscription to `take`, in order, and acknowledges it."""
    acknowledged: list[ua.SubscriptionAcknowledgement] = []
    while True:
        result = await session.publish(acknowledged)
        if result.SubscriptionId != subscription.ident:
            raise SubscriptionEnded("the server does not know our subscription any more")
        message = result.NotificationMessage
        take(message)
        acknowledged = []
        if message.NotificationData:
            acknowledged.append(
                ua.SubscriptionAcknowledgement(
                    SubscriptionId=subscription.ident, SequenceNumber=message.SequenceNumber
                )
            )


def values_in(
    message: ua.NotificationMessage, points: Sequence[Point]
) -> tuple[list[tuple[Point, ua.DataValue]], int]:
    """The values that a message carries, and how many had a handle that we never gave.

    Raises: SubscriptionEnded if the message says so.
    """
    values: list[tuple[Point, ua.DataValue]] = []
    unasked = 0
    for notification in message.NotificationData or ():
        if isinstance(notification, ua.StatusChangeNotification):
            raise SubscriptionEnded(f"the server says {name_of(notification.Status.value)}")
        if not isinstance(notification, ua.DataChangeNotification):
            continue
        for item in notification.MonitoredItems or ():
            if 0 <= item.ClientHandle < len(points):
                values.append((points[item.ClientHandle], item.Value))
            else:
                unasked += 1
    return values, unasked


def readable(points: Sequence[Point]) -> list[Point]:
    """Commands are written, never read: a stale command value is no news."""
    return [point for point in points if point.signal is not Signal.COMMAND]
