"""Part b: what one change of a state costs on its way, piece by piece, without a socket."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from gridops.bench.measuring import Side, measured, timed
from gridops.network import Signal
from opcua_bridge.link.inbox import Counts, Inbox
from opcua_bridge.link.incoming import Incoming
from opcua_bridge.wire.messages import Room, decode_publish
from opcua_bridge.worker.frames import events_in, frame, told
from tests.load.servers import blocks_of, link_of
from tests.load.sizes import Sizes

VALUES = 1_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = NOW + timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Processor time in microseconds for one change; each piece by itself."""

    arrays: float
    """Decoded and filtered."""
    samples: float
    """Numbers and times as Python has them."""
    compared: float
    """With what was known, and made an event."""
    framed: float
    """To the control room."""
    unframed: float
    """In the control room, and each looked at."""


class Way:
    """One message of so many positions, and a second later another, of which each has changed."""

    def __init__(self) -> None:
        link = link_of(0)
        ((block),) = blocks_of(link, [(Signal.POSITION, VALUES)])
        self._room = Room()
        self._incoming = Incoming(block.points, Counts())
        self._bodies = [_body(turn) for turn in (0, 1)]
        self._values = [
            self._incoming.newest(decode_publish(body, self._room).values) for body in self._bodies
        ]
        self._received = [self._incoming.received(values) for values in self._values]
        self._events = self.compared()
        self._told = {"events": told(self._events)}
        self._link, self._elements = link.id, frozenset(point.element for point in block.points)

    def arrays(self) -> None:
        for body in self._bodies:
            self._incoming.newest(decode_publish(body, self._room).values)

    def samples(self) -> None:
        for values in self._values:
            self._incoming.received(values)

    def compared(self):  # type: ignore[no-untyped-def]
        inbox = Inbox()
        return [event for received in self._received for event in inbox.changes(received, AT)]

    def framed(self) -> bytes:
        return frame({"events": told(self._events)})

    def unframed(self):  # type: ignore[no-untyped-def]
        return events_in(self._told, link=self._link, elements=self._elements)

    def check(self) -> None:
        """Raises: ValueError if a change got lost on the way."""
        if len(self._events) != 2 * VALUES or self.unframed() != self._events:
            raise ValueError("what is told is not what came")


def run(sizes: Sizes) -> Cost:
    way = Way()
    way.check()
    works: list[Callable[[], object]] = [
        way.arrays,
        way.samples,
        way.compared,
        way.framed,
        way.unframed,
    ]
    sides = [Side(read=timed(work, pieces=2 * VALUES)) for work in works]
    spreads = measured(sides, repeats=sizes.repeats)
    arrays, samples, compared, framed, unframed = (1e6 * spread.median for spread in spreads)
    return Cost(arrays=arrays, samples=samples, compared=compared, framed=framed, unframed=unframed)


def _body(turn: int) -> bytes:
    change = ua.DataChangeNotification()
    for n in range(VALUES):
        stamp = NOW + timedelta(seconds=turn, milliseconds=n)
        change.MonitoredItems.append(
            ua.MonitoredItemNotification(
                ClientHandle=n,
                Value=ua.DataValue(
                    ua.Variant(1 + turn % 2, ua.VariantType.Byte),
                    SourceTimestamp=stamp,
                    ServerTimestamp=stamp,
                ),
            )
        )
    answer = ua.PublishResponse()
    answer.Parameters.SubscriptionId = answer.Parameters.NotificationMessage.SequenceNumber = 1
    answer.Parameters.NotificationMessage.NotificationData = [change]
    body: bytes = struct_to_binary(answer)
    return body
