"""Between the links and the loop: bounded, and it never drops a position in silence."""

from collections import deque
from collections.abc import Iterator, Sequence

from gridops.events import (
    CurrentMeasured,
    Event,
    ExecutionEvent,
    FieldEvent,
    LinkLost,
    LinkRestored,
    LinkTroubled,
    PowerMeasured,
    VoltageMeasured,
)

FACTS_MAX = 100_000
"""Facts waiting for the loop. Reached only when the loop stands still for seconds."""

_VITAL = LinkLost | LinkRestored | LinkTroubled | ExecutionEvent
Measurement = CurrentMeasured | PowerMeasured | VoltageMeasured


class Intake:
    """Measurements overwrite each other per element; facts queue up.

    When the queue is full the newest value is not taken, `lost` counts it, and `overflowed`
    stays set until `drain`: the loop then reads the whole field again. What no reading can
    bring back is always taken, and there is little of it: the loss, return and troubles of links,
    and what became of our own commands.
    """

    def __init__(self, facts_max: int = FACTS_MAX) -> None:
        self._facts: deque[Event] = deque()
        self._measured: dict[tuple[type[Measurement], str], Measurement] = {}
        self._facts_max = facts_max
        self.overflowed = False
        self.lost = 0

    def put(self, events: Sequence[FieldEvent]) -> None:
        for event in events:
            match event:
                case VoltageMeasured():
                    self._measured[VoltageMeasured, event.node] = event
                case CurrentMeasured() | PowerMeasured():
                    self._measured[type(event), event.switch] = event
                case _:
                    self.put_fact(event)

    def put_fact(self, event: Event) -> None:
        is_vital = isinstance(event, _VITAL)
        if len(self._facts) >= self._facts_max and not is_vital:
            self.overflowed = True
            self.lost += 1
            return
        self._facts.append(event)

    def drain(self, most: int) -> list[Event]:
        """Up to `most` facts, then all measurements: an opening is judged by what was measured
        before it, never by the zero that follows it."""
        facts = [self._facts.popleft() for _ in range(min(most, len(self._facts)))]
        measured = list(self._measured.values())
        self._measured.clear()
        self.overflowed = False
        return [*facts, *measured]

    def __iter__(self) -> Iterator[Event]:
        """What waits, in the order of `drain`; it goes on waiting."""
        return iter([*self._facts, *self._measured.values()])

    def __len__(self) -> int:
        return len(self._facts) + len(self._measured)
