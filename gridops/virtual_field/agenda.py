"""What is due when. The only time that the field knows."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.errors import ScenarioError

Action = Callable[[], None]


@dataclass(slots=True, order=True)
class Appointment:
    """Ordered by due time, then rank, then the order in which they were made."""

    due: datetime
    rank: int
    number: int
    action: Action = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class Agenda:
    """Runs appointments in order. Time goes forward only."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._queue: list[Appointment] = []
        self._made = 0

    def at(self, due: datetime, action: Action, *, rank: int = 0) -> Appointment:
        """Raises: ScenarioError if `due` has passed."""
        self._refuse_past(due)
        self._made += 1
        appointment = Appointment(due, rank, self._made, action)
        heapq.heappush(self._queue, appointment)
        return appointment

    def after(self, seconds: float, action: Action, *, rank: int = 0) -> Appointment:
        return self.at(self.now + timedelta(seconds=seconds), action, rank=rank)

    def next_due(self) -> datetime | None:
        while self._queue and self._queue[0].cancelled:
            heapq.heappop(self._queue)
        return self._queue[0].due if self._queue else None

    def run(self, to: datetime) -> None:
        """Runs everything due up to and including `to`; then it is `to`.

        Ends: every device makes a bounded number of appointments (its shots) per happening.

        Raises: ScenarioError if `to` has passed.
        """
        self._refuse_past(to)
        while (due := self.next_due()) is not None and due <= to:
            self.now = due
            heapq.heappop(self._queue).action()
        self.now = to

    def _refuse_past(self, due: datetime) -> None:
        if due < self.now:
            raise ScenarioError(
                f"{due.isoformat()} has passed in the virtual field",
                remedy=f"it stands at {self.now.isoformat()}; ask for that or later",
            )
