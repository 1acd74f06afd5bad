"""G10: facts made durable in groups, and taken in again at a start."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile
from pathlib import Path

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.bench.bench_city import BenchCity
from gridops.bench.measuring import Side
from gridops.bench.race import Race
from gridops.bootstrap.wiring import install
from gridops.control_room import ControlRoom, SnapshotPace
from gridops.control_room.memory import freeze
from gridops.control_room.recalling import engine_of
from gridops.errors import JournalSilent
from gridops.events import CurrentMeasured, Event
from gridops.events.codec import to_plain
from gridops.ids import SwitchId
from gridops.incident import IncidentSettings
from gridops.ports import Record

GRID = "oberrhein"
POSTGRESQL = "GRIDOPS_BENCH_POSTGRESQL"
"""Environment variable with the address of a database that may be filled."""
GROUPS = (100, 1_000)
EVENTS = 10_000
"""Appended in one reading."""
FACTS = "GRIDOPS_BENCH_FACTS"
"""Environment variable: how many facts the journal holds that is recovered from."""
KEPT_EVENTS = 100_000
"""Where nothing else is asked."""
TRIES_MAX = 5
"""Of one group. A write that has not ended after two seconds is given up."""
APPEND_S_WANTED = 1 / 25_000
RECOVER_S_WANTED = 10.0 / 1_000_000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def races(_: BenchCity) -> Iterator[Race]:
    """Of the clock on the wall: what is waited for is the disk. Where the journals stand is the
    folder for temporary files (TMPDIR): on a disk that keeps nothing the figures say nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        places = {"SQLite": f"sqlite:///{Path(scratch) / 'journal.sqlite'}"}
        if address := os.environ.get(POSTGRESQL):
            places["PostgreSQL"] = address
        for name, url in places.items():
            yield from _recoveries(url, name)
            yield from _appends(url, name)


def _appends(url: str, name: str) -> Iterator[Race]:
    with closing(open_journal(url)) as journal:
        records = [_record(_measured(n, "CB1")) for n in range(EVENTS)]
        for group in GROUPS:
            yield Race(
                goal="G10",
                what=f"a fact made durable, in groups of {group:,}",
                on=name,
                ours=Side(read=_on_the_wall(_appending(journal, records, group=group), EVENTS)),
                ours_wanted=APPEND_S_WANTED,
            )


def _appending(journal: SqlJournal, records: list[Record], *, group: int) -> Callable[[], None]:
    def append() -> None:
        for first in range(0, len(records), group):
            _write(journal, records[first : first + group])

    return append


def _write(journal: SqlJournal, records: list[Record]) -> None:
    """As a control room does: a write that takes too long is given up, looked up and written again,
    and all of it counts. Raises: JournalSilent if that goes on."""
    for _ in range(TRIES_MAX - 1):
        with suppress(JournalSilent):
            if journal.settle() or journal.append(records):
                return
    if not journal.settle():
        journal.append(records)


def _recoveries(url: str, name: str) -> Iterator[Race]:
    """A quiet day: currents, read one after the other. Time with incidents takes longer. With a
    snapshot the tail is as long as it gets before the next one is made."""
    installation = install(GRID, IncidentSettings())
    switches = list(installation.network.switches)
    facts = int(os.environ.get(FACTS, KEPT_EVENTS))
    with closing(open_journal(url)) as journal:
        ControlRoom(installation, journal).start(BEGIN)
        for first in range(0, facts, 1_000):
            numbers = range(first, min(first + 1_000, facts))
            _write(journal, [_record(_measured(n, switches[n % len(switches)])) for n in numbers])

        tail = SnapshotPace().entries
        half, last = ControlRoom(installation, journal), journal.last_sequence() - tail
        for entry in takewhile(lambda one: one.sequence <= last, journal.entries()):
            if event := half.read_back(entry):
                half.fold_back(event)
        journal.keep_snapshot(half.sequence, engine=engine_of(half), body=freeze(half))

    def recover(*, from_snapshot: bool) -> None:
        with closing(open_journal(url, read_only=True)) as kept:
            snapshots = kept if from_snapshot else None
            ControlRoom(installation, kept, snapshots=snapshots).recover()

    yield Race(
        goal="G10",
        what=f"a fact taken in again at a start, of {facts:,}, without a snapshot",
        on=f"{name}, {GRID}",
        ours=Side(read=_on_the_wall(partial(recover, from_snapshot=False), facts)),
        ours_wanted=RECOVER_S_WANTED,
    )
    yield Race(
        goal="G10",
        what=f"a start from a snapshot and {tail:,} entries, however many came before",
        on=f"{name}, {GRID}",
        ours=Side(read=_on_the_wall(partial(recover, from_snapshot=True), 1)),
        ours_wanted=RECOVER_S_WANTED * 1_000_000,
    )


def _on_the_wall(work: Callable[[], None], pieces: int) -> Callable[[], float]:
    def read() -> float:
        began = time.perf_counter()
        work()
        return (time.perf_counter() - began) / pieces

    return read


def _measured(number: int, switch: str) -> Event:
    at = BEGIN + timedelta(milliseconds=number)
    return CurrentMeasured(
        at=at, source_time=at, switch=SwitchId(switch), current_a=number % 997 / 7
    )


def _record(event: Event) -> Record:
    kind, body = to_plain(event)
    return Record(at=event.at, kind=kind, body=body)
