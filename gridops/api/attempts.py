"""Wrong passwords are counted, and checks of passwords are few at a time."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pwdlib import PasswordHash

from gridops.errors import NotPermitted

FAILURES_MAX = 5
FAILURE_WINDOW = timedelta(minutes=1)
"""After this many failed logins of one account from one address within the window, further ones
are refused unread. By address, so that nobody can lock the operator out from elsewhere."""
GUESSERS_MAX = 1_000
"""Pairs of account and address whose failures are remembered."""
CHECKS_AT_ONCE = 2
CHECKS_WAITING_MAX = 20
CHECKS_OF_ADDRESS_MAX = 15
"""argon2 costs memory and time on purpose; further logins are refused meanwhile. One address
gets no more than its part, or whoever sends many names from there would keep all others out."""


class TooManyAttempts(NotPermitted):
    code = "too-many-attempts"


@dataclass(slots=True)
class Attempts:
    """Failed logins of one process, bounded."""

    _of: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)
    _checks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHECKS_AT_ONCE))
    _waiting: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, address: str, *, now: datetime) -> None:
        """To be called before the password is looked at, so that attempts at the same time all
        count. Raises: TooManyAttempts."""
        key = (name[:64], address)
        attempts = self._of.pop(key, deque(maxlen=FAILURES_MAX))
        self._of[key] = attempts  # the latest goes to the end
        if len(attempts) == FAILURES_MAX and now - attempts[0] < FAILURE_WINDOW:
            raise TooManyAttempts("too many failed logins", remedy="wait a minute and try again")
        attempts.append(now)
        while len(self._of) > GUESSERS_MAX:
            del self._of[next(iter(self._of))]

    def forget(self, name: str, address: str) -> None:
        self._of.pop((name[:64], address), None)

    async def matches(self, password: str, stored: str, *, address: str) -> bool:
        """Checked in a thread. Raises: TooManyAttempts when too many wait for it."""
        waiting = self._waiting
        if waiting[address] >= CHECKS_OF_ADDRESS_MAX or waiting.total() >= CHECKS_WAITING_MAX:
            raise TooManyAttempts("too many logins at once", remedy="wait a minute and try again")
        waiting[address] += 1
        try:
            async with self._checks:
                return await asyncio.to_thread(PasswordHash.recommended().verify, password, stored)
        finally:
            waiting[address] -= 1
            if not waiting[address]:
                del waiting[address]
