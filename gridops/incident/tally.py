"""What the meters behind one service transformer have said, whatever the order of their words."""

from dataclasses import dataclass, field
from datetime import datetime

from gridops.events import MetersReported
from gridops.measurement import Quality, Reading
from gridops.outage.heard import MeterWord

SEEN_MAX = 8
"""Reports of one transformer that are remembered one by one, to pass over repeats."""
Seen = tuple[datetime, bool, int, str]


@dataclass(slots=True)
class Tally:
    """Counts; a report that comes twice counts once. Never more meters than `customers`."""

    customers: int
    lost: int = 0
    lost_at: datetime | None = None
    alive: int = 0
    alive_at: datetime | None = None
    phases: frozenset[str] = frozenset()
    seen: list[Seen] = field(default_factory=list)

    def take(self, event: MetersReported) -> None:
        """Words of telemetry that is not good, or that say neither yes nor no, count nothing."""
        if event.quality is not Quality.GOOD or not _is_definite(event):
            return
        has_voltage = event.has_voltage is Reading.YES
        this = (event.source_time, has_voltage, event.meters, event.phases)
        if this in self.seen:
            return
        self.seen = sorted([*self.seen, this])[-SEEN_MAX:]
        if has_voltage:
            self.alive = min(self.customers, self.alive + event.meters)
            self.alive_at = _later(self.alive_at, event.source_time)
        else:
            self.lost = min(self.customers, self.lost + event.meters)
            self.lost_at = _later(self.lost_at, event.source_time)
            self.phases |= frozenset(event.phases)

    @property
    def is_back(self) -> bool:
        """Voltage is there by a word that is newer than the last gasp."""
        return self.alive_at is not None and (self.lost_at is None or self.alive_at > self.lost_at)

    @property
    def is_out(self) -> bool:
        return self.lost > 0 and not self.is_back

    @property
    def word(self) -> MeterWord:
        return MeterWord(
            lost=self.lost,
            alive=self.alive if self.is_back else 0,
            phases="".join(sorted(self.phases)),
        )


def _is_definite(event: MetersReported) -> bool:
    return event.meters > 0 and event.has_voltage in (Reading.YES, Reading.NO)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
