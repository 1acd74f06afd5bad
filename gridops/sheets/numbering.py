"""The numbers that sheets are filed under: `NN/MM/YYYY`, counted within each local month."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

UNPLANNED = "-ĐX"
"""đột xuất: drawn up for work that nobody had announced."""


@dataclass(slots=True, kw_only=True)
class Numbering:
    """One series for planned and unplanned sheets. No number is given twice, whatever the clock
    does: each month counts on from where it was, also when an event of it comes late."""

    time_zone: str | None = None
    """That months begin by, as `Asia/Ho_Chi_Minh`; None: UTC."""
    given: dict[str, int] = field(default_factory=dict)
    """`MM/YYYY` -> how many numbers it has given."""

    def next(self, at: datetime, *, planned: bool) -> str:
        """The number of a sheet that is drawn up at `at`: `07/11/2026`, `08/11/2026-ĐX`."""
        zone = UTC if self.time_zone is None else ZoneInfo(self.time_zone)
        local = at.astimezone(zone)
        month = f"{local.month:02d}/{local.year:04d}"
        count = self.given[month] = self.given.get(month, 0) + 1
        return f"{count:02d}/{month}{'' if planned else UNPLANNED}"
