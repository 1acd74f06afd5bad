"""Values as they came: many in arrays, or one on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from asyncua import ua

from opcua_bridge.wire.decode_kernel import BOOLEAN, NOTHING, Rows

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS_MAX = 2_650_467_743_990_000_000
"""The last second of the year 9999; the standard calls anything later "no time"."""
_UINT64 = 9

Picked = npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice


class NoNumber:
    """Stands for a text, an array or a structure where a number was due."""


NO_NUMBER = NoNumber()


class Sample(NamedTuple):
    """One value of one variable. `raw` is a number, a truth, None for nothing, else `NO_NUMBER`
    (or, of values that the library read, whatever it made of them)."""

    raw: object
    status: int = 0
    source_time: datetime | None = None
    server_time: datetime | None = None

    @property
    def is_good(self) -> bool:
        """By its status; the severity is in the two highest bits."""
        return self.status >> 30 == 0


@dataclass(frozen=True, slots=True)
class Values:
    """Values in the order in which they came; the arrays may be views, see `Room`."""

    handle: npt.NDArray[np.uint32]
    rows: Rows

    def __len__(self) -> int:
        return len(self.handle)

    def picked(self, which: Picked) -> "Values":
        """Copies, except for a slice."""
        rows = Rows._make(column[which] for column in self.rows)
        return Values(rows.handle, rows)

    def kept(self) -> "Values":
        """Copies that nothing overwrites."""
        rows = Rows._make(column.copy() for column in self.rows)
        return Values(rows.handle, rows)

    def samples(self) -> list[Sample]:
        rows = self.rows
        sources, servers = rows.source.tolist(), rows.server.tolist()
        times = {ticks: time_of(ticks) for ticks in {*sources, *servers}}
        return [
            Sample(raw, status, times[source], times[server])
            for raw, status, source, server in zip(
                self.raw(), rows.status.tolist(), sources, servers, strict=True
            )
        ]

    def raw(self) -> list[object]:
        """The numbers themselves, as Python has them."""
        rows = self.rows
        found: list[object] = rows.bits.tolist()
        plain = (rows.kind > BOOLEAN) & (rows.kind < _UINT64)
        for place in np.flatnonzero(~plain).tolist():
            found[place] = _number(int(rows.kind[place]), rows.bits[place : place + 1])
        return found


def _number(kind: int, bits: npt.NDArray[np.int64]) -> object:
    match int(kind):
        case 1:
            return bool(bits[0])
        case 9:
            return int(bits.view(np.uint64)[0])
        case 10:
            return float(bits.astype(np.uint32).view(np.float32)[0])
        case 11:
            return float(bits.view(np.float64)[0])
    return None if kind == NOTHING else NO_NUMBER


def time_of(ticks: int) -> datetime | None:
    """None for what the standard calls no time, and for what no calendar holds."""
    if not 0 < ticks < _TICKS_MAX:
        return None
    return _EPOCH + timedelta(microseconds=ticks // 10)


def sample_of(value: ua.DataValue) -> Sample:
    """What the library read. Its server time is garbage where picoseconds were sent (it reads
    them in another order than the standard writes them), and is left out then."""
    code = value.StatusCode.value if value.StatusCode is not None else ua.StatusCodes.Good
    has_picoseconds = value.SourcePicoseconds is not None or value.ServerPicoseconds is not None
    return Sample(
        value.Value.Value if value.Value is not None else None,
        int(code),
        value.SourceTimestamp,
        None if has_picoseconds else value.ServerTimestamp,
    )


def empty(capacity: int = 0) -> Rows:
    return Rows(
        np.empty(capacity, np.uint32),
        np.empty(capacity, np.uint8),
        np.empty(capacity, np.int64),
        np.empty(capacity, np.uint32),
        np.empty(capacity, np.int64),
        np.empty(capacity, np.int64),
    )


def joined(parts: Sequence[Values]) -> Values:
    """One after the other; copies."""
    if not parts:
        rows = empty()
        return Values(rows.handle, rows)
    rows = Rows(
        *(np.concatenate(columns) for columns in zip(*(p.rows for p in parts), strict=True))
    )
    return Values(rows.handle, rows)
