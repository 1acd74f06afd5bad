"""Whether the clocks of a server and of its devices go, and how far they are from ours."""

from collections import deque
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from gridops.errors import LinkError
from gridops.events import Trouble
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.troubles import Troubles

_WIRE_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS_PER_S = 10_000_000
_LOOSE_S = 1.0
"""An answer that took longer says too little of the server's clock."""
_USABLE_S = 10 * 365.25 * 86_400.0
"""A stamp further away than this is nonsense, and no clock."""
_WINDOW = 16
_SURE_FROM = 5
"""Messages that must all have been stamped early before a device's clock counts as slow: one may
just have been on its way for long."""


class ClockStopped(LinkError):
    """The server answers, and its clock stands still: nobody knows how old its values are."""

    code = "clock-stopped"


class ServerClock:
    """Follows what a server says that the time is. One that says nothing is not judged."""

    def __init__(self, limits: LinkLimits) -> None:
        self._still_s_max = limits.clock_still_s_max
        self._said: datetime | None = None
        self._moved_at: datetime | None = None
        self._heard_at: datetime | None = None
        self.skew_s: float | None = None
        self.is_stopped = False
        """Until it is seen to go again."""

    def begin(self) -> None:
        """A new connection: the time in which nobody asked counts for nothing."""
        self._heard_at = None

    def forget(self) -> None:
        """Another server answers from now on."""
        self._said = self._moved_at = self.skew_s = None
        self.is_stopped = False

    def heard(self, said: datetime | None, *, asked: datetime, answered: datetime) -> None:
        """`said`: what stands in its CurrentTime, with its zone. Raises: ClockStopped."""
        time = said
        if time is None:
            self.skew_s = None
            return
        # what was not asked for long proves nothing: it may have been us who slept
        was_heard_at, self._heard_at = self._heard_at, answered
        if was_heard_at is None or (answered - was_heard_at).total_seconds() > self._still_s_max:
            self._moved_at = None
        if time != self._said:
            self._said, self._moved_at, self.is_stopped = time, answered, False
        elif self._moved_at is None:
            self._moved_at = answered
        elif (answered - self._moved_at).total_seconds() > self._still_s_max:
            self.is_stopped = True
            raise ClockStopped(
                f"the server's clock stands still at {time:%Y-%m-%d %H:%M:%S} UTC",
                remedy="its values may be as old as that; restart the server",
            )
        way = answered - asked
        if way.total_seconds() <= _LOOSE_S:
            self.skew_s = (time - asked - way / 2).total_seconds()


class DeviceClocks:
    """How far source stamps are ahead of their receipt, over the last messages. Only what is sent
    because it changed may be told: anything else has stood for long."""

    def __init__(self) -> None:
        self._ahead_s: deque[float] = deque(maxlen=_WINDOW)

    def forget(self) -> None:
        self._ahead_s.clear()

    def heard(self, source_ticks: npt.NDArray[np.int64], received: datetime) -> None:
        """The stamps of one message (100 ns since 1601), without which none is counted."""
        now = (received - _WIRE_EPOCH) // timedelta(microseconds=1) * 10
        usable = source_ticks[np.abs(source_ticks - now) <= _USABLE_S * _TICKS_PER_S]
        if len(usable):
            self._ahead_s.append(float(np.median(usable - now)) / _TICKS_PER_S)

    @property
    def skew_s(self) -> float | None:
        """Of the message that was least long on its way; None until it can be told."""
        if not self._ahead_s:
            return None
        ahead_s = max(self._ahead_s)
        return ahead_s if ahead_s > 0.0 or len(self._ahead_s) >= _SURE_FROM else None


class SkewWatch:
    """Notes a clock that is off, and again when it is off by another amount."""

    def __init__(self, troubles: Troubles, *, allowed_s: float) -> None:
        self._troubles = troubles
        self._allowed_s = allowed_s
        self._told_s: dict[str, float] = {}

    def look(self, whose: str, skew_s: float | None) -> None:
        told_s = self._told_s.get(whose)
        if skew_s is None:
            return
        if abs(skew_s) <= self._allowed_s:
            self._told_s.pop(whose, None)
        elif told_s is None or abs(skew_s - told_s) > self._allowed_s:
            self._told_s[whose] = skew_s
            self._troubles.note(Trouble.CLOCK_SKEW, why=self.words(whose, skew_s))

    @staticmethod
    def words(whose: str, skew_s: float) -> str:
        return f"the clock of the {whose} is {abs(skew_s):.1f} s {_ahead(skew_s)}"

    def warnings(self) -> list[str]:
        """Of clocks that are off now."""
        return [self.words(whose, skew_s) for whose, skew_s in self._told_s.items()]


def _ahead(skew_s: float) -> str:
    return "ahead" if skew_s > 0.0 else "behind"


def aware(said: object) -> datetime | None:
    """The time that a server stated, with its zone; None for what is no time."""
    if not isinstance(said, datetime):
        return None
    return said if said.tzinfo is not None else said.replace(tzinfo=UTC)
