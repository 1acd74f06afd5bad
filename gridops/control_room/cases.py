"""Incidents apart from the books, so that another thread may reckon what they cost."""

from dataclasses import dataclass, field
from datetime import datetime

from gridops.ids import FeederId, IncidentId
from gridops.reliability import ByHand, Interruption, Worth, repaired_at, worth_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One incident as it was booked at one moment. `is_over`: nothing of it changes any more,
    unless something is corrected; then there is another case of it."""

    incident: IncidentId
    feeder: FeederId | None
    pieces: tuple[Interruption, ...]
    over_at: datetime | None
    """When everybody had supply again after the repair: whom the way back to the normal state
    drops is charged with it, and when the fault was over does not depend on that."""
    moved_at: tuple[datetime, ...]
    is_over: bool
    _known: dict[ByHand, Worth] = field(default_factory=dict)
    """What was asked for last."""

    def counted_to(self, now: datetime) -> datetime:
        return repaired_at(self.pieces, over_at=self.over_at, now=now)

    def worth(self, slow: ByHand, *, now: datetime) -> Worth:
        """Of an incident that interrupted anybody."""
        if slow not in self._known:
            until = self.counted_to(now)
            found = worth_of(self.pieces, repaired_at=until, moved_at=self.moved_at, slow=slow)
            if not self.is_over:
                return found
            self._known.clear()
            self._known[slow] = found
        return self._known[slow]
