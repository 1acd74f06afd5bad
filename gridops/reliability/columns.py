"""A table of interruptions that grows with a ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.reliability.interruptions import Interruption
from gridops.reliability.table import (
    LASTS,
    NONE,
    InterruptionTable,
    Words,
    ticks_at,
)

ROOM_MIN = 64
ROW = np.dtype(
    [
        *((name, np.int64) for name in ("load", "feeder", "area", "priority")),
        *((name, np.int64) for name in ("cause", "event", "ground", "profile")),
        *((name, np.int64) for name in ("began", "ended", "customers", "p_at")),
        ("p_w", np.float64),
        *(
            (name, np.bool_)
            for name in (
                *("planned", "source_lost", "is_clamped", "is_revised", "is_end_reported"),
                "goes_on",
            )
        ),
    ]
)


def _nobody() -> npt.NDArray[Any]:
    return np.empty(ROOM_MIN, dtype=ROW)


@dataclass(slots=True, eq=False)
class Columns:
    """Rows by their place in the ledger. Cost: of `put`, next to nothing; of `apart`, one copy."""

    loads: Words = field(default_factory=Words)
    feeders: Words = field(default_factory=Words)
    areas: Words = field(default_factory=Words)
    priorities: Words = field(default_factory=Words)
    causes: Words = field(default_factory=Words)
    events: Words = field(default_factory=Words)
    grounds: Words = field(default_factory=Words)
    profiles: Words = field(default_factory=Words)
    _rows: npt.NDArray[Any] = field(default_factory=_nobody)
    _count: int = 0

    def __len__(self) -> int:
        return self._count

    def put(self, place: int, one: Interruption) -> None:
        """Anew, or at the end: `place` is at most their number."""
        if place == len(self._rows):
            self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))
        self._count = max(self._count, place + 1)
        self._rows[place] = (
            self.loads.number(one.load),
            self.feeders.number(one.feeder),
            self.areas.number(one.area),
            self.priorities.number(None if one.priority is None else str(one.priority)),
            self.causes.number(one.why.cause),
            self.events.number(one.incident),
            self.grounds.number(one.why.exclusions),
            self.profiles.number(one.profile),
            ticks_at(one.began),
            LASTS if one.ended is None else ticks_at(one.ended),
            one.customers,
            NONE if one.p_at is None else ticks_at(one.p_at),
            one.p_w,
            one.why.planned,
            one.why.source_lost,
            one.is_clamped,
            one.revisions > 0,
            one.is_end_reported,
            one.goes_on,
        )

    def apart(self) -> "Columns":
        """As they are now, whatever is put into these later."""
        return Columns(
            loads=Words(dict(self.loads.of)),
            feeders=Words(dict(self.feeders.of)),
            areas=Words(dict(self.areas.of)),
            priorities=Words(dict(self.priorities.of)),
            causes=Words(dict(self.causes.of)),
            events=Words(dict(self.events.of)),
            grounds=Words(dict(self.grounds.of)),
            profiles=Words(dict(self.profiles.of)),
            _rows=self._told.copy(),
            _count=self._count,
        )

    def began_in(self, first: int, end: int) -> list[int]:
        """The places of those that began from tick `first` to before `end`."""
        told = self._told
        found: list[int] = np.flatnonzero((told["began"] >= first) & (told["began"] < end)).tolist()
        return found

    def customer_ticks(self, until: int) -> float:
        """Of all, from the first tick on; what lasts counts to `until`."""
        told = self._told
        ended = np.where(told["ended"] == LASTS, until, told["ended"])
        length = np.maximum(ended - told["began"], 0)
        return float(np.dot(length.astype(np.float64), told["customers"]))

    def table(
        self, *, part_of: Mapping[str, str] | None = None, clock: tzinfo | None = None
    ) -> InterruptionTable:
        """`part_of`: of which load another is a part: some of its customers, who came back at a
        time of their own. `clock`: that the profiles go by, if it is known."""
        loads, wholes = Words(dict(self.loads.of)), part_of or {}
        rows: dict[str, Any] = {
            name: np.ascontiguousarray(self._told[name]) for name in ROW.names or ()
        }
        whole_of = (loads.number(wholes.get(name, name)) for name in self.loads.all)
        return InterruptionTable(
            **rows,
            whole_of=np.fromiter(whole_of, dtype=np.int64),
            loads=loads.all,
            feeders=self.feeders.all,
            areas=self.areas.all,
            priorities=self.priorities.all,
            causes=self.causes.all,
            events=self.events.all,
            grounds=self.grounds.all,
            profiles=self.profiles.all,
            clock=clock,
        )

    @property
    def _told(self) -> npt.NDArray[Any]:
        return self._rows[: self._count]


def table_of(
    interruptions: Iterable[Interruption],
    *,
    part_of: Mapping[str, str] | None = None,
    clock: tzinfo | None = None,
) -> InterruptionTable:
    """As `Columns.table`."""
    columns = Columns()
    for place, one in enumerate(interruptions):
        columns.put(place, one)
    return columns.table(part_of=part_of, clock=clock)
