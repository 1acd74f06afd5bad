"""From a message's arrays to the values that events are made of.

States all go on, for each is evidence. Of a measurement only the last of a message does: nothing
asks what a voltage was between two messages, and a storm of them costs a look at arrays.
"""

from collections.abc import Sequence

import numpy as np

from gridops.network import Point
from opcua_bridge.link.inbox import Counts, Received
from opcua_bridge.link.partition import is_slow
from opcua_bridge.wire.statuses import have_overflowed
from opcua_bridge.wire.values import Values


class Incoming:
    """Knows which handle is which point."""

    def __init__(self, points: Sequence[Point], counts: Counts) -> None:
        self._points = points
        self._counts = counts
        self._coalesces = np.array([*map(is_slow, points), False])

    def newest(self, values: Values) -> Values:
        """`values` without those that nobody asked for, and of measurements the last alone.
        Copies; the order stays."""
        nobody = len(self._points)
        handles = np.minimum(values.handle, nobody).astype(np.intp)
        places = np.arange(len(values))
        last = np.empty(nobody + 1, np.intp)
        last[handles] = places
        superseded = self._coalesces[handles] & (last[handles] != places)
        unasked = handles == nobody
        lost = superseded & have_overflowed(values.rows.status)
        self._counts.unasked += int(np.count_nonzero(unasked))
        self._counts.coalesced += int(np.count_nonzero(superseded))
        self._counts.overflowed += int(np.count_nonzero(lost))
        return values.picked(~(unasked | superseded))

    def received(self, values: Values) -> list[Received]:
        """With their points. The handles must be ours: see `newest`."""
        points, samples = self._points, values.samples()
        return [(points[h], s) for h, s in zip(values.handle.tolist(), samples, strict=True)]
