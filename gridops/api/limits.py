"""How many requests somebody, and an address, may send."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from gridops.errors import NotPermitted

KNOWN_MAX = 5_000
"""Those who were quiet for longest are forgotten: for them the minute begins anew."""


class TooManyRequests(NotPermitted):
    code = "too-many-requests"

    def __init__(self, retry_s: int) -> None:
        self.retry_s = retry_s
        super().__init__("too many requests", remedy=f"wait {retry_s} s")


@dataclass(slots=True)
class Limits:
    """So many in a minute, which come back evenly. Memory is bounded."""

    per_minute: int
    _left: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)

    def take(self, whose: str, now: datetime) -> None:
        """Raises: TooManyRequests; what was refused does not count."""
        left, before = self._left.pop(whose, (float(self.per_minute), now))
        passed_s = max(0.0, (now - before).total_seconds())
        left = min(float(self.per_minute), left + passed_s * self.per_minute / 60)
        refused = left < 1
        self._left[whose] = (left if refused else left - 1, now)
        while len(self._left) > KNOWN_MAX:
            self._left.popitem(last=False)
        if refused:
            raise TooManyRequests(ceil((1 - left) * 60 / self.per_minute))
