"""The clocks: the machine's, and one that a scenario moves."""

import threading
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock, and the only reader of it in the product.

    Never goes back: when the machine's clock is set back, time stands still here until it has
    caught up, so that the journal stays in order. Safe to share between threads.
    """

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self._latest = max(self._latest, datetime.now(UTC))  # noqa: TID251
            return self._latest


class SimulatedClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        """Raises: ValueError without a time zone."""
        if start.tzinfo is None:
            raise ValueError(f"{start} has no time zone")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Raises: ValueError for a negative step."""
        return self.move_to(self._now + by)

    def move_to(self, instant: datetime) -> datetime:
        """Raises: ValueError if that lies in the past; a clock never goes back."""
        if instant < self._now:
            raise ValueError(f"cannot go back from {self._now} to {instant}")
        self._now = instant.astimezone(UTC)
        return self._now
