"""How long a link waits before it tries a server again, and when it gives one up for a while."""

from collections import deque

from asyncua import ua

from opcua_bridge.limits import LinkLimits
from opcua_bridge.session.opening import NOT_CURED_BY_TRYING


class NumbersJump(ua.UaError):
    """The server's message numbers have holes again and again: nothing that it says is whole."""


class Rereads:
    """Counts the full reads that lost messages cost, on one connection."""

    def __init__(self, limits: LinkLimits) -> None:
        self._most = limits.rereads_max
        self._within_s = limits.rereads_within_s
        self._at: deque[float] = deque(maxlen=self._most)

    def count(self, now_s: float) -> None:
        """One is due. Raises: NumbersJump if there were too many of late."""
        if len(self._at) == self._most:
            took_s = now_s - self._at[0] if self._at else 0.0
            if took_s <= self._within_s:
                raise NumbersJump(
                    f"messages were lost for good {self._most + 1} times in {took_s:.0f} s"
                )
        self._at.append(now_s)


class Backoff:
    """Of one link. Pauses double up to a bound and begin anew once the link was good for
    `limits.backoff_good_s`; after `NumbersJump` they go on doubling however long it was, up to a
    longer bound, until such a connection ends otherwise."""

    def __init__(self, limits: LinkLimits, *, servers: int) -> None:
        self._limits = limits
        self._servers = servers
        self._pause_s = self._jump_pause_s = limits.backoff_s_min
        self._refusals = 0

    def after(self, end: Exception, *, good_s: float) -> float:
        """Seconds to wait after a connection that ended so; the link was good for `good_s`."""
        limits = self._limits
        if isinstance(end, NumbersJump):
            pause_s = self._jump_pause_s
            self._jump_pause_s = min(2.0 * pause_s, limits.backoff_s_refused)
            return pause_s
        if good_s >= limits.backoff_good_s:
            self._pause_s = self._jump_pause_s = limits.backoff_s_min
        # a user who is asked for again and again is locked out by some servers
        self._refusals = self._refusals + 1 if isinstance(end, NOT_CURED_BY_TRYING) else 0
        pause_s = self._pause_s
        self._pause_s = min(2.0 * pause_s, limits.backoff_s_max)
        return limits.backoff_s_refused if self._refusals >= self._servers else pause_s
