"""How old what a server publishes is when it comes.

Messages that keep coming, each late, are no sign that what they say is true now. What is compared
is the server's stamp on a message with the server's own clock, as it was heard on the same
connection: a clock that is off does not matter, and one that is set is noticed.
"""

import math
from datetime import datetime

_DRIFT = 1e-3
"""How far two clocks may part in a second, also where one of them is being slewed."""
_SLACK_S = 0.5
"""Stamps may be told so much out of order, by servers that do several things at once."""
_WHOLE_S = 1.0
"""What a clock that tells whole seconds hides."""


class Ages:
    """Follows how far a server's clock is ahead of ours (loop time), between two bounds.

    An answer of its clock bounds it on both sides, a message from above by having come at all. A
    stamp that cannot be (of the future, or before what was told earlier on this connection) shows
    that the clock was set, or that it is not the one of its messages: then nothing is known before
    the next answer.
    """

    def __init__(self) -> None:
        self._low_s = -math.inf
        self._high_s = math.inf
        self._known_at = 0.0
        self._told_s = -math.inf
        """The latest time that was heard of on this connection."""

    def begin(self) -> None:
        """A new connection to the same server."""
        self._told_s = -math.inf

    def forget(self) -> None:
        """Another server answers from now on, or this one with another clock."""
        self._low_s, self._high_s = -math.inf, math.inf
        self._told_s = -math.inf

    def heard(self, said: datetime, *, asked_s: float, answered_s: float) -> None:
        """What the server said that the time was, between these two instants of ours."""
        time_s = said.timestamp()
        hidden_s = _hidden_s(time_s)
        low_s, high_s = time_s - answered_s, time_s + hidden_s - asked_s
        self._widen(answered_s)
        if low_s > self._high_s or high_s < self._low_s:
            self._low_s, self._high_s = low_s, high_s  # it was set, or went on by a leap
        else:
            self._low_s, self._high_s = max(self._low_s, low_s), min(self._high_s, high_s)
        self._told_s = time_s

    def late_s(self, stamped: datetime | None, *, arrived_s: float) -> float | None:
        """How long a message with this stamp was on its way; None if it cannot be told."""
        if stamped is None:
            return None
        time_s = stamped.timestamp()
        hidden_s = _hidden_s(time_s)
        self._widen(arrived_s)
        least_s = time_s - arrived_s
        if time_s + hidden_s < self._told_s - _SLACK_S or least_s > self._high_s + _SLACK_S:
            self.forget()
            self._told_s = time_s
            return None
        self._told_s = max(self._told_s, time_s)
        self._low_s = max(self._low_s, min(least_s, self._high_s))
        if math.isinf(self._high_s):
            return None
        ahead_s = (self._low_s + self._high_s) / 2.0
        return max(0.0, ahead_s - least_s - hidden_s)

    def _widen(self, now_s: float) -> None:
        apart_s = _DRIFT * max(0.0, now_s - self._known_at)
        self._known_at = now_s
        self._low_s -= apart_s
        self._high_s += apart_s


def _hidden_s(time_s: float) -> float:
    """A clock without fractions of a second may be up to one further on than it says."""
    return _WHOLE_S if time_s.is_integer() else 0.0
