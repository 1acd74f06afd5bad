"""Timers that the core asked for: a named due time each, the latest wish counts."""

from collections.abc import Iterable
from datetime import datetime

from gridops.commands import CancelTimer, Intent, StartTimer
from gridops.events import TimerExpired
from gridops.ids import TimerId


class Timers:
    _due: dict[TimerId, datetime]

    def __init__(self) -> None:
        self._due = {}

    def take(self, intents: Iterable[Intent]) -> list[Intent]:
        """Keeps what concerns timers and gives the rest back."""
        rest: list[Intent] = []
        for intent in intents:
            match intent:
                case StartTimer():
                    self._due[intent.timer] = intent.due
                case CancelTimer():
                    self._due.pop(intent.timer, None)
                case _:
                    rest.append(intent)
        return rest

    def forget(self, expired: TimerExpired) -> None:
        """The expiry of this timer is folded now. One that was started again meanwhile stays."""
        if self.is_due(expired.timer, expired.at):
            del self._due[expired.timer]

    def is_due(self, timer: TimerId, now: datetime) -> bool:
        return timer in self._due and self._due[timer] <= now

    def next_due(self) -> datetime | None:
        return min(self._due.values(), default=None)

    def expired(self, now: datetime) -> list[TimerExpired]:
        """What is due, earliest first. It stays due until its expiry is folded (`forget`), so
        that one whose expiry could not be made durable is not lost."""
        due = sorted((at, timer) for timer, at in self._due.items() if at <= now)
        return [TimerExpired(at=now, timer=timer) for _, timer in due]
