"""Snapshots, written beside the loop."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from gridops.control_room.memory import remember
from gridops.control_room.memory.places import NoPlace
from gridops.control_room.recalling import engine_of
from gridops.control_room.room import ControlRoom
from gridops.errors import JournalError
from gridops.ports import Metrics, Snapshots

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPace:
    """How often."""

    entries: int = 50_000
    """After so many entries; 0: never."""
    seconds: float = 3_600.0
    """And after so long, if there was any."""
    toil_s: float = 0.5
    """And after as much work as a start would spend so long on: a plan can take it as long as ten
    thousand entries."""


SPARED_MIN = 5.0
"""At least so many times what it costs a snapshot spares a start."""


class Keeping:
    """The loop only copies what may change; the copy is written down in a thread. A snapshot that
    fails is tried again when the next one is due: the journal has everything."""

    def __init__(
        self,
        room: ControlRoom,
        snapshots: Snapshots,
        *,
        pace: SnapshotPace,
        metrics: Metrics,
        toil_s: float = 0.0,
    ) -> None:
        """`toil_s`: how long this start has folded what came after the newest snapshot."""
        self._room, self._snapshots = room, snapshots
        self._pace, self._metrics = pace, metrics
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshot")
        self._sequence = max((sequence for sequence, _ in snapshots.snapshots()), default=0)
        self._at: datetime | None = None
        self._is_busy = False
        self._toil_s, self._cost_s = toil_s, 0.0

    def toiled(self, seconds: float) -> None:
        """Something was worked out that a start would work out again."""
        self._toil_s += seconds

    def is_due(self, now: datetime) -> bool:
        if self._at is None:
            self._at = now
        more = self._room.sequence - self._sequence
        if self._is_busy or self._pace.entries <= 0 or more <= 0 or not self._room.is_settled:
            return False
        return (
            more >= self._pace.entries
            or now - self._at >= timedelta(seconds=self._pace.seconds)
            or self._toil_s >= max(self._pace.toil_s, SPARED_MIN * self._cost_s)
        )

    async def keep(self, now: datetime) -> None:
        """Never raises for want of a snapshot."""
        self._is_busy, self._sequence, self._at = True, self._room.sequence, now
        self._toil_s, began = 0.0, time.perf_counter()
        try:
            remembered = remember(self._room)
            self._metrics.observe("gridops_snapshot_copy_seconds", time.perf_counter() - began)
            engine, loop = engine_of(self._room), asyncio.get_running_loop()
            body = await loop.run_in_executor(self._thread, remembered.written)
            put = self._snapshots.keep_snapshot
            await loop.run_in_executor(
                self._thread, partial(put, remembered.sequence, engine=engine, body=body)
            )
        except (JournalError, NoPlace) as error:
            log.warning("no snapshot was kept", why=str(error))
            self._metrics.count("gridops_snapshots_total", outcome="failed")
        else:
            self._metrics.count("gridops_snapshots_total", outcome="kept")
        finally:
            self._is_busy = False
            self._cost_s = time.perf_counter() - began

    def close(self) -> None:
        """What is being written is finished first: the journal must not be closed under it."""
        self._thread.shutdown(wait=True, cancel_futures=True)
