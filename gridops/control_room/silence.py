"""While the journal cannot be written: what the field says meanwhile, and when to try again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gridops.events import Event
from gridops.ports import Record
from gridops.state import LiveState

RETRY_S_MIN = 0.5
RETRY_S_MAX = 10.0
"""Each try waits twice as long as the one before, up to this."""
NOTE = "journal.silent"
"""Kind of the record that says from when to when nothing could be written."""


class Silence:
    """Facts that are not durable are shown, and nothing else is done with them: they go on a copy
    of the live state that no incident, plan or command ever looks at."""

    def __init__(self, state: LiveState, *, at: datetime, why: str) -> None:
        """`state` is left as it is."""
        self.shown = state.apart()
        self.since = at
        self._why = why
        self._tries = 1
        self._wait_s = RETRY_S_MIN
        self.due = at + timedelta(seconds=RETRY_S_MIN)
        """When to try again."""

    def hear(self, events: Iterable[Event]) -> None:
        for event in events:
            self.shown.apply(event)

    def goes_on(self, at: datetime, *, why: str) -> None:
        """Another try has failed."""
        self._why = why
        self._tries += 1
        self._wait_s = min(2 * self._wait_s, RETRY_S_MAX)
        self.due = at + timedelta(seconds=self._wait_s)

    def note(self, at: datetime) -> Record:
        """For the journal, when it can be written again."""
        since = self.since.isoformat()
        return Record(
            at=at, kind=NOTE, body={"since": since, "why": self._why, "tries": self._tries}
        )
