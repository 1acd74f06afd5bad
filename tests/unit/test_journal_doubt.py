"""A commit whose answer never came: the end of the journal says what became of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from sqlite3 import OperationalError

import pytest
from test_journal import address, bodies, edit, record

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.journal.chain import GENESIS, canonical, rows_after
from gridops.errors import JournalBusy, JournalSilent, JournalUnsure
from tests.journal_places import Place


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(address(tmp_path))
    yield opened
    opened.close()


class Line:
    """The line to the database: it can be cut before or after the next commit arrives."""

    def __init__(self, journal: SqlJournal, monkeypatch: pytest.MonkeyPatch) -> None:
        self._dialect = journal._engine.dialect
        self._commit = self._dialect.do_commit
        self._begin: Callable[..., None] = self._dialect.do_execute
        self._patch = monkeypatch

    def cut(self, *, commit_arrives: bool, stays_cut: bool = False) -> None:
        def commit(connection: object) -> None:
            self._patch.setattr(self._dialect, "do_commit", self._commit)
            if commit_arrives:
                self._commit(connection)  # type: ignore[arg-type]
            if stays_cut:
                self._patch.setattr(self._dialect, "do_execute", _gone)
            raise OperationalError("server closed the connection unexpectedly")

        self._patch.setattr(self._dialect, "do_commit", commit)

    def heal(self) -> None:
        self._patch.setattr(self._dialect, "do_execute", self._begin)


def _gone(*_: object, **__: object) -> None:
    raise OperationalError("could not connect")


@pytest.fixture
def line(journal: SqlJournal, monkeypatch: pytest.MonkeyPatch) -> Line:
    journal.append([record(1)])
    return Line(journal, monkeypatch)


def test_what_was_written_after_all_is_given_back_and_not_written_twice(
    journal: SqlJournal, line: Line
) -> None:
    line.cut(commit_arrives=True)
    assert [entry.sequence for entry in journal.append([record(2), record(3)])] == [2, 3]
    journal.append([record(4)])
    assert bodies(journal) == [1, 2, 3, 4]


def test_what_was_not_written_is_said_not_to_be(journal: SqlJournal, line: Line) -> None:
    line.cut(commit_arrives=False)
    with pytest.raises(JournalSilent, match="nothing was written") as told:
        journal.append([record(2)])
    assert not isinstance(told.value, JournalUnsure)
    journal.append([record(3)])
    assert bodies(journal) == [1, 3]


@pytest.mark.parametrize("arrives", [True, False])
def test_while_nobody_knows_nothing_is_appended(
    journal: SqlJournal, line: Line, *, arrives: bool
) -> None:
    line.cut(commit_arrives=arrives, stays_cut=True)
    with pytest.raises(JournalUnsure):
        journal.append([record(2)])
    with pytest.raises(JournalSilent, match="not settled"):
        journal.append([record(3)])
    with pytest.raises(JournalSilent):
        journal.settle()
    line.heal()
    assert [entry.record.body["n"] for entry in journal.settle()] == ([2] if arrives else [])
    assert not journal.settle()
    journal.append([record(4)])
    assert bodies(journal) == ([1, 2, 4] if arrives else [1, 4])


def test_somebody_elses_end_is_nobodys_retry(
    journal: SqlJournal, line: Line, tmp_path: Path
) -> None:
    line.cut(commit_arrives=False, stays_cut=True)
    with pytest.raises(JournalUnsure):
        journal.append([record(2)])
    line.heal()
    first = next(iter(journal.entries()))
    (row,) = rows_after((1, first.hash), [canonical(record(9))])
    assert first.hash != GENESIS
    edit(
        tmp_path,
        "INSERT INTO journal_entry VALUES "
        f"({row.sequence}, '{row.at}', '{row.kind}', '{row.body}', '{row.hash}')",
    )
    with pytest.raises(JournalBusy, match="another process has written"):
        journal.settle()


def test_a_second_writer_is_found_by_its_entry(place: Place) -> None:
    journal = place.open()
    end = journal.append([record(1)])[-1]
    (row,) = rows_after((1, end.hash), [canonical(record(9))])
    place.edit(
        "INSERT INTO journal_entry VALUES "
        f"({row.sequence}, '{row.at}', '{row.kind}', '{row.body}', '{row.hash}')",
    )
    with pytest.raises(JournalBusy, match="another process has written"):
        journal.append([record(2)])
    assert bodies(journal) == [1, 9]
    journal.close()
