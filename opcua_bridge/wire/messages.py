"""The answers that carry values, read without the library: publish, republish, read.

The library makes some thirty Python objects of every value, and reads picoseconds in another
order than the standard writes them, which turns server times into garbage. Here the bytes go
straight into arrays. What it reads otherwise is the same (`tests/unit/test_wire_decode.py`).
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from asyncua import ua

from opcua_bridge.wire import decode_kernel as kernel
from opcua_bridge.wire.decode_kernel import Rows
from opcua_bridge.wire.flaws import WireFlaw, flaw
from opcua_bridge.wire.skip_kernel import NEED_ROOM, WORK_ROWS, Bytes
from opcua_bridge.wire.values import Values, empty, time_of

_FIRST_ROWS = 4096
VALUES_MAX = 1_000_000
"""Values in one message, whatever its size; 33 MB of arrays."""


class Room:
    """Arrays that messages are read into, one after the other: what `read` gave is overwritten by
    the next. It grows with the largest message, up to `VALUES_MAX` values."""

    def __init__(self) -> None:
        self._rows = empty(_FIRST_ROWS)
        self._work = np.zeros((WORK_ROWS, 3), np.int64)
        self._head = np.zeros(kernel.HEAD_SIZE, np.int64)

    def read(self, body: bytes, wanted: int, *, what: str) -> tuple[list[int], Values]:
        """`head` and the values.

        Raises: WireFlaw, and the status that the server gave the service as a whole.
        """
        found = np.frombuffer(body, np.uint8)
        code = self._read(found, wanted)
        while code == NEED_ROOM:
            needed = int(self._head[kernel.NEEDED])
            if needed > VALUES_MAX:
                raise WireFlaw(f"{what}: {needed} values, {VALUES_MAX} is the most we take")
            self._rows = empty(min(max(needed, 2 * len(self._rows.kind)), VALUES_MAX))
            code = self._read(found, wanted)
        if code < 0:
            raise flaw(what, code)
        head: list[int] = self._head.tolist()
        ua.StatusCode(ua.UInt32(head[kernel.RESULT])).check()
        rows = Rows._make(column[: head[kernel.VALUES]] for column in self._rows)
        return head, Values(rows.handle, rows)

    def _read(self, body: Bytes, wanted: int) -> int:
        return int(kernel.read_answer(body, wanted, self._rows, self._head, self._work))


def prepare() -> None:
    """Makes or loads the machine code, which may take half a minute the first time after an
    installation: too long for anything that has to give a sign of life meanwhile."""
    with suppress(WireFlaw):
        decode_publish(b"", Room())


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notification message of one subscription. `values` may be views: see `Room`."""

    subscription: int
    sequence: int
    published: datetime | None
    """By the server's clock: when it made the message, or where it does not say that (node-opcua),
    when it sent the answer; None: it says neither."""
    carries_data: bool
    """Else it is a sign of life, and `sequence` the number of the next message with data."""
    values: Values
    available: npt.NDArray[np.uint32]
    """Numbers of messages that the server still has and would send again."""
    more: bool = False
    ended: int | None = None
    """The status by which the server says what became of the subscription."""
    unread: int = 0
    """Notifications of other kinds, which nobody asked for."""
    late_s: float = 0.0
    """How long it was on its way, where who received it could tell."""


def decode_publish(body: bytes, room: Room) -> Message:
    """`body`: from the type id on. Raises: WireFlaw."""
    head, values = room.read(body, kernel.PUBLISH, what="a publish answer")
    at, count = head[kernel.AVAILABLE_AT], head[kernel.AVAILABLE]
    return _message(
        head, values, available=np.frombuffer(body, "<u4", count, at) if count else _NONE
    )


def decode_republish(body: bytes, room: Room, *, subscription: int) -> Message:
    """Raises: WireFlaw."""
    head, values = room.read(body, kernel.REPUBLISH, what="a republish answer")
    head[kernel.SUBSCRIPTION] = subscription
    head[kernel.SENT] = 0  # of the answer, not of what is sent again
    return _message(head, values, available=_NONE)


def decode_read(body: bytes, room: Room) -> Values:
    """The values in the order of the request, views. Raises: WireFlaw."""
    _, values = room.read(body, kernel.READ, what="a read answer")
    return values


_NONE = np.empty(0, np.uint32)


def _message(head: list[int], values: Values, *, available: npt.NDArray[np.uint32]) -> Message:
    return Message(
        subscription=head[kernel.SUBSCRIPTION],
        sequence=head[kernel.SEQUENCE],
        published=time_of(head[kernel.PUBLISHED]) or time_of(head[kernel.SENT]),
        carries_data=head[kernel.NOTIFICATIONS] > 0,
        values=values,
        available=available,
        more=bool(head[kernel.MORE]),
        ended=head[kernel.STATUS] if head[kernel.STATUS_CHANGES] else None,
        unread=head[kernel.EVENT_LISTS] + head[kernel.OTHERS],
    )
