"""The journal on real SQLite files: what it keeps, what it refuses, what it notices."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.journal.chain import GENESIS, canonical, chained_hash
from gridops.adapters.journal.schema import HEAD
from gridops.adapters.journal.upgrade import MIGRATIONS
from gridops.errors import JournalBroken, JournalBusy, JournalError
from gridops.ports import Record
from tests.journal_places import Place

NIGHT = datetime(2026, 11, 23, 2, 14, 7, 250_000, tzinfo=UTC)


def record(n: int = 1, **body: Any) -> Record:
    return Record(at=NIGHT, kind="SwitchMoved", body={"n": n, **body})


def address(path: Path) -> str:
    return f"sqlite:///{path / 'night.db'}"


@pytest.fixture
def journal(place: Place) -> Iterator[SqlJournal]:
    opened = place.open()
    yield opened
    opened.close()


def edit(path: Path, *statements: str) -> None:
    """As an insider with a database tool would."""
    connection = sqlite3.connect(path / "night.db")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def bodies(journal: SqlJournal, after: int = 0) -> list[object]:
    return [entry.record.body["n"] for entry in journal.entries(after=after)]


def test_what_was_appended_is_read_back_in_order_after_a_restart(place: Place) -> None:
    first = place.open()
    given_back = [*first.append([record(1), record(2)]), *first.append([record(3)])]
    first.close()
    again = place.open()
    assert list(again.entries()) == given_back
    assert [entry.sequence for entry in given_back] == [1, 2, 3]
    assert given_back[0].record == record(1)
    assert again.last_sequence() == 3
    assert bodies(again, after=2) == [3]
    assert bodies(again, after=9) == []
    assert again.append([record(4)])[0].sequence == 4
    again.close()


def test_the_hash_covers_exactly_the_documented_bytes(journal: SqlJournal) -> None:
    # Written out once by hand: later versions must verify today's journals.
    entry = journal.append([Record(at=NIGHT, kind="Tagged", body={"vì": "sửa", "a": [1, 0.5]})])[0]
    text = (
        '{"at":"2026-11-23T02:14:07.250000+00:00","body":{"a":[1,0.5],"vì":"sửa"},'
        '"kind":"Tagged","sequence":1}'
    )
    assert entry.hash == sha256(("0" * 64 + text).encode()).hexdigest()


def test_a_time_of_another_zone_is_kept_as_the_same_instant_in_utc(journal: SqlJournal) -> None:
    hanoi = NIGHT.astimezone(timezone(timedelta(hours=7)))
    stored = journal.append([replace(record(), at=hanoi)])[0].record.at
    assert stored == NIGHT
    assert stored.utcoffset() == timedelta(0)


def test_no_records_are_no_entries(journal: SqlJournal) -> None:
    assert list(journal.append([])) == []
    assert journal.last_sequence() == 0


@pytest.mark.parametrize(
    "value",
    [
        *(NIGHT, {1: "x"}, {"a": {2, 3}}, float("nan"), [float("inf")], b"raw", "\ud800"),
        pytest.param(object(), id="object"),
    ],
    ids=repr,
)
def test_what_is_not_json_is_refused_and_nothing_of_the_batch_is_written(
    journal: SqlJournal, value: object
) -> None:
    with pytest.raises(JournalError, match="SwitchMoved"):
        journal.append([record(1), record(2, bad=value)])
    assert journal.last_sequence() == 0


def test_a_body_that_contains_itself_is_refused(journal: SqlJournal) -> None:
    body: dict[str, Any] = {}
    body["again"] = body
    with pytest.raises(JournalError, match="levels"):
        journal.append([Record(at=NIGHT, kind="Loop", body=body)])


def test_a_time_without_zone_and_an_empty_kind_are_refused(journal: SqlJournal) -> None:
    with pytest.raises(JournalError, match="zone"):
        journal.append([replace(record(), at=NIGHT.replace(tzinfo=None))])
    with pytest.raises(JournalError, match="kind"):
        journal.append([replace(record(), kind="")])


def test_a_second_writer_is_told_and_a_reader_is_let_in(place: Place) -> None:
    writer = place.open()
    writer.append([record(1)])
    with pytest.raises(JournalBusy, match="another process writes"):
        place.open()
    reader = place.open(read_only=True)
    writer.append([record(2)])
    assert bodies(reader) == [1, 2]
    with pytest.raises(JournalError, match="reading only"):
        reader.append([record(3)])
    writer.close()
    place.open().close()
    reader.close()


def test_a_closed_journal_says_so(place: Place) -> None:
    journal = place.open()
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.append([record()])
    with pytest.raises(JournalError, match="is closed"):
        list(journal.entries())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET body = '{}' WHERE sequence = 2",
        "DELETE FROM journal_entry WHERE sequence = 3",
        "INSERT INTO journal_entry VALUES (4, 'x', 'x', '{}', 'x'), (6, 'x', 'x', '{}', 'x')",
        "INSERT INTO journal_entry VALUES (9, 'x', 'x', '{}', 'x')",
    ],
)
def test_the_database_itself_refuses_to_rewrite_history(place: Place, statement: str) -> None:
    journal = place.open()
    journal.append([record(n) for n in (1, 2, 3)])
    with pytest.raises(place.refusal, match="append-only"):
        place.edit(statement)
    assert bodies(journal) == [1, 2, 3]
    journal.close()


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE journal_entry SET body = '{\"n\":7}' WHERE sequence = 3", 3),
        ("UPDATE journal_entry SET at = '2020-01-01T00:00:00+00:00' WHERE sequence = 2", 2),
        ("UPDATE journal_entry SET kind = 'Other' WHERE sequence = 4", 4),
        ("UPDATE journal_entry SET hash = 'f' || substr(hash, 2) WHERE sequence = 3", 3),
        ("DELETE FROM journal_entry WHERE sequence = 3", 3),
        ("DELETE FROM journal_entry WHERE sequence = 1", 1),
    ],
)
def test_tampering_is_found_where_it_happened(place: Place, statement: str, broken_at: int) -> None:
    journal = place.open()
    journal.append([record(n) for n in range(1, 7)])
    journal.close()
    place.unlock()
    place.edit(statement)
    again = place.open(read_only=True)
    seen: list[int] = []
    with pytest.raises(JournalBroken) as caught:
        seen.extend(entry.sequence for entry in again.entries())
    assert caught.value.sequence == broken_at
    # All that comes before it is still told.
    assert seen == list(range(1, broken_at))
    again.close()


def test_a_forged_end_is_found_when_the_journal_is_opened(place: Place) -> None:
    journal = place.open()
    journal.append([record(1), record(2)])
    journal.close()
    place.unlock()
    place.edit("UPDATE journal_entry SET body = '{}' WHERE sequence = 2")
    with pytest.raises(JournalBroken):
        place.open()
    # The lock was let go again: the failure to open is no second failure.
    with pytest.raises(JournalBroken):
        place.open()


def test_a_newer_schema_is_refused_by_name(place: Place) -> None:
    place.open().close()
    place.edit("UPDATE alembic_version SET version_num = '0999'")
    for read_only in (False, True):
        with pytest.raises(JournalError, match="version 0999, newer than"):
            place.open(read_only=read_only)


def test_replacing_an_entry_of_a_file_is_refused_too(tmp_path: Path) -> None:
    journal = open_journal(address(tmp_path))
    journal.append([record(1), record(2)])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        edit(tmp_path, "INSERT OR REPLACE INTO journal_entry VALUES (2, 'x', 'x', '{}', 'x')")
    assert bodies(journal) == [1, 2]
    journal.close()


def test_files_that_are_no_journal_are_left_alone(tmp_path: Path) -> None:
    edit(tmp_path, "CREATE TABLE payroll (who TEXT)")
    with pytest.raises(JournalError, match="not a journal's"):
        open_journal(address(tmp_path))
    text = tmp_path / "notes.db"
    text.write_text("nothing like a database, but long enough to be read as one" * 20)
    with pytest.raises(JournalError, match="not a database"):
        open_journal(f"sqlite:///{text}")
    assert text.read_text().startswith("nothing like")


@pytest.mark.parametrize(
    "url", ["sqlite://", "postgresql://u:secret@h/db", "night.db", "sqlite:////no/such/dir/n.db"]
)
def test_addresses_that_cannot_be_a_journal_are_refused_without_secrets(url: str) -> None:
    with pytest.raises(JournalError) as caught:
        open_journal(url)
    assert caught.value.remedy
    assert "secret" not in str(caught.value)


def test_a_reader_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no such journal"):
        open_journal(address(tmp_path), read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_when_somebody_holds_the_file_nothing_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridops.adapters.journal.opening.LOCKED_WAIT_S", 0.05)
    journal = open_journal(address(tmp_path))
    journal.append([record(1)])
    holder = sqlite3.connect(tmp_path / "night.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="locked"):
        journal.append([record(2), record(3)])
    holder.rollback()
    holder.close()
    assert bodies(journal) == [1]
    assert journal.append([record(4)])[0].sequence == 2
    journal.close()


def test_when_the_space_is_used_up_the_whole_batch_fails_and_later_ones_may_pass(
    tmp_path: Path,
) -> None:
    journal = open_journal(address(tmp_path))
    journal.append([record(1)])
    with journal._engine.connect() as connection:
        # SQLite's own "disk is full", on the very connection that writes.
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(JournalError, match="full"):
        journal.append([record(n, text="x" * 500) for n in range(2, 200)])
    assert bodies(journal) == [1]
    assert journal.append([record(2)])[0].sequence == 2
    assert bodies(journal) == [1, 2]
    journal.close()


def test_the_version_in_the_code_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_order_of_keys_changes_nothing_and_any_other_change_changes_the_hash(value: Any) -> None:
    one = Record(at=NIGHT, kind="K", body={"a": value, "b": 1})
    other = Record(at=NIGHT, kind="K", body={"b": 1, "a": value})
    try:
        stored = canonical(one)
    except JournalError:
        return  # infinities and lone surrogates
    assert canonical(other) == stored
    changed = canonical(Record(at=NIGHT, kind="K", body={"b": 2, "a": value}))
    assert chained_hash(GENESIS, stored, sequence=1) != chained_hash(GENESIS, changed, sequence=1)
    assert chained_hash(GENESIS, stored, sequence=1) != chained_hash(GENESIS, stored, sequence=2)


@pytest.mark.parametrize("url", ["postgresql://u:secret@h:x/db", "postgresql//u:secret@h/db"])
def test_an_address_that_cannot_be_read_is_told_without_its_password(url: str) -> None:
    with pytest.raises(JournalError, match="not a database address") as told:
        open_journal(url)
    assert "secret" not in str(told.value)
