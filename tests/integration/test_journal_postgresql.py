"""A database that stops, freezes, goes to another writer, or loses the answer to a commit."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from opcua_setting import eventually
from room_process import installation, street
from test_room_loop import living

from gridops.adapters.journal import SqlJournal, open_journal, postgresql
from gridops.control_room import ControlRoom
from gridops.control_room.silence import NOTE
from gridops.errors import JournalBusy, JournalError, JournalSilent, JournalUnsure
from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.ports import Record
from tests.cut_line import cut_line
from tests.playbook import NIGHT

if TYPE_CHECKING:
    from tests.postgres_setting import Cluster

pytestmark = pytest.mark.postgresql
WAIT_S_MAX = 2.9
"""The control room may be silent for 3 s."""
APPENDED, GROUP = 4_000, 100


@pytest.fixture
def url(postgres: "Cluster") -> str:
    return postgres.database()


@pytest.fixture
def journal(url: str) -> Iterator[SqlJournal]:
    opened = open_journal(url)
    yield opened
    opened.close()


def record(n: int) -> Record:
    return Record(at=NIGHT, kind="Noted", body={"n": n})


def numbers(journal: SqlJournal) -> list[object]:
    return [entry.record.body["n"] for entry in journal.entries()]


def test_a_server_that_is_gone_is_told_and_comes_back(
    postgres: "Cluster", journal: SqlJournal
) -> None:
    journal.append([record(1)])
    postgres.stop()
    try:
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(JournalSilent, match="nothing was written") as told:
                journal.append([record(2)])
            assert not isinstance(told.value, JournalUnsure)
            assert time.monotonic() - began < WAIT_S_MAX
    finally:
        postgres.start()
    journal.append([record(3)])
    assert numbers(journal) == [1, 3]


def test_a_server_that_stands_still_holds_nobody_up(
    postgres: "Cluster", journal: SqlJournal
) -> None:
    journal.append([record(1)])
    postgres.freeze()
    try:
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(JournalSilent):
                journal.append([record(2)])
            assert time.monotonic() - began < WAIT_S_MAX
    finally:
        postgres.thaw()
    _until_it_speaks(journal)
    journal.append([record(3)])
    assert numbers(journal) == [1, 3]


def _until_it_speaks(journal: SqlJournal) -> None:
    """Its former session of ours has to notice first that nobody listens any more."""
    deadline = time.monotonic() + 20
    while True:
        try:
            assert not journal.settle()
            journal.last_sequence()
        except JournalSilent:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return


@pytest.mark.parametrize("arrives", [True, False])
def test_a_line_cut_in_a_commit_leaves_a_doubt_that_the_end_resolves(
    postgres: "Cluster", *, arrives: bool
) -> None:
    url = postgres.database()
    with cut_line(postgres.socket) as line:
        over = url.replace(f"host={postgres.socket.parent}", f"host=127.0.0.1&port={line.port}")
        journal = open_journal(over)
        journal.append([record(1)])
        line.cut_at_next_commit(arrives=arrives)
        with pytest.raises(JournalUnsure):
            journal.append([record(2)])
        with pytest.raises(JournalSilent, match="not settled"):
            journal.append([record(3)])
        settled = _settled(journal)
        assert settled == ([2] if arrives else [])
        journal.append([record(4)])
        assert numbers(journal) == [1, *settled, 4]
        journal.close()


def _settled(journal: SqlJournal) -> list[object]:
    deadline = time.monotonic() + 20
    while True:
        try:
            return [entry.record.body["n"] for entry in journal.settle()]
        except JournalSilent:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_who_lost_the_lock_does_not_write_behind_the_next_one(
    url: str, journal: SqlJournal
) -> None:
    journal.append([record(1)])
    with pytest.raises(JournalBusy, match="another process writes"):
        open_journal(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
    other = open_journal(url)
    other.append([record(2)])
    with pytest.raises(JournalSilent):  # its own connection is gone
        journal.append([record(3)])
    with pytest.raises(JournalSilent, match="another process writes"):
        journal.append([record(3)])
    other.close()
    with pytest.raises(JournalBusy, match="another process has written"):
        journal.append([record(3)])
    assert numbers(journal) == [1, 2]


def test_an_append_reads_nothing_of_what_stands_already(url: str, journal: SqlJournal) -> None:
    for first in range(0, APPENDED, GROUP):
        journal.append([record(n) for n in range(first, first + GROUP)])
    journal.close()
    with psycopg.connect(url, autocommit=True) as connection:
        asked = "SELECT n_tup_ins, seq_tup_read FROM pg_stat_user_tables WHERE relname = %s"
        # The server counts when the writer's session has ended.
        give_up, counted = time.monotonic() + 30.0, None
        while counted is None or counted[0] < APPENDED:
            assert time.monotonic() < give_up, counted
            time.sleep(0.05)
            counted = connection.execute(asked, ("journal_entry",)).fetchone()
    assert counted[1] <= APPENDED


def test_an_opening_is_given_more_time_than_a_write(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server of a busy machine notices late that the former writer was killed."""
    monkeypatch.setattr(postgresql, "WRITE_S_MAX", 0.3)
    with psycopg.connect(url, autocommit=True) as former:
        former.execute("SELECT pg_advisory_lock(%s)", (postgresql.LOCK,))
        with ThreadPoolExecutor(1) as beside:
            opening = beside.submit(open_journal, url)
            asks = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%try_advisory_lock%'"
            while former.execute(f"{asks} AND pid <> pg_backend_pid()").fetchone() is None:
                time.sleep(0.02)
            time.sleep(0.6)
            former.execute("SELECT pg_advisory_unlock(%s)", (postgresql.LOCK,))
            opening.result().close()


def test_tables_of_others_are_left_alone(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE journal_entry (payroll text)")
    journal = open_journal(url)
    journal.append([record(1)])
    reader = open_journal(url, read_only=True)
    assert numbers(reader) == [1]
    with pytest.raises(JournalError, match="reading only"):
        reader.append([record(2)])
    reader.close()
    journal.close()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT * FROM public.journal_entry").fetchall() == []


def test_a_reader_of_a_database_without_a_journal_is_told(url: str) -> None:
    with pytest.raises(JournalError, match="version none"):
        open_journal(url, read_only=True)


async def test_the_room_shows_waits_and_recovers_while_the_database_is_gone(
    postgres: "Cluster", journal: SqlJournal
) -> None:
    async with living(installation(street()), journal) as (loop, link, running):
        postgres.stop()
        try:
            link.moves("s3", Position.OPEN)
            await eventually(lambda: loop.silence is not None)
            link.moves("s2", Position.OPEN)
            await asyncio.sleep(1.0)
            assert loop.silence is not None
            assert loop.silence.shown.positions[SwitchId("s2")].value is Position.OPEN
            assert loop.room.desk.state.positions[SwitchId("s3")].value is Position.CLOSED
        finally:
            postgres.start()
        await eventually(lambda: loop.silence is None, 15)
        opened = loop.room.desk.state.positions
        await eventually(lambda: opened[SwitchId("s2")].value is Position.OPEN)
        assert not running.done()
    kinds = [entry.record.kind for entry in journal.entries()]
    assert kinds.count(NOTE) == 1
    assert kinds.count("SwitchMoved") == len(street().switches) + 2
    again = ControlRoom(installation(street()), journal)
    again.recover()
    assert again.desk.state.positions == loop.room.desk.state.positions
