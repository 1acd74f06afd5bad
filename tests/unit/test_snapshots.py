"""Snapshots and cuts beside the entries of a journal, on both databases."""

from datetime import UTC, datetime

import pytest

from gridops.adapters.journal import SqlJournal
from gridops.adapters.journal.kept_snapshots import KEPT_MAX
from gridops.errors import JournalBroken, JournalError, SnapshotUnreadable
from gridops.ports import Record
from tests.journal_places import Place

NIGHT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)


def noted(journal: SqlJournal, many: int) -> list[str]:
    records = [Record(at=NIGHT, kind="K", body={"n": n}) for n in range(many)]
    return [entry.hash for entry in journal.append(records)]


def test_the_newest_are_kept(place: Place) -> None:
    journal = place.open()
    hashes = noted(journal, 9)
    for sequence in (2, 4, 6, 8):
        journal.keep_snapshot(sequence, engine="e", body=b"%d" % sequence)
    journal.close()

    again = place.open(read_only=True)
    assert [sequence for sequence, _ in again.snapshots()] == [8, 6, 4][:KEPT_MAX]
    found = again.snapshot(6)
    assert (found.hash, found.engine, found.body) == (hashes[5], "e", b"6")
    with pytest.raises(SnapshotUnreadable, match="no snapshot after entry 2"):
        again.snapshot(2)
    with pytest.raises(JournalError, match="reading only"):
        again.keep_snapshot(9, engine="e", body=b"")
    again.close()


def test_a_damaged_one_is_refused(place: Place) -> None:
    journal = place.open()
    noted(journal, 2)
    journal.keep_snapshot(2, engine="e", body=b"as it was")
    place.edit("UPDATE snapshot SET digest = '0'")
    with pytest.raises(SnapshotUnreadable, match="damaged"):
        journal.snapshot(2)
    journal.close()


@pytest.mark.parametrize("first", [4, 3])
def test_an_end_that_was_cut_off_is_found(place: Place, first: int) -> None:
    journal = place.open()
    noted(journal, 4)
    journal.keep_snapshot(4, engine="e", body=b"")
    journal.close()
    place.unlock()
    place.edit(f"DELETE FROM journal_entry WHERE sequence >= {first}")
    with pytest.raises(JournalBroken) as found:
        place.open()
    assert found.value.sequence == first


def test_an_end_that_was_written_anew_is_found(place: Place) -> None:
    journal = place.open()
    hashes = noted(journal, 3)
    journal.keep_snapshot(3, engine="e", body=b"")
    journal.close()
    place.unlock()
    place.edit("DELETE FROM snapshot", "DELETE FROM journal_entry WHERE sequence = 3")
    other = place.open()
    other.append([Record(at=NIGHT, kind="K", body={"n": "forged"})])
    other.close()
    place.edit(
        "INSERT INTO snapshot (sequence, hash, engine, digest, body) "
        f"VALUES (3, '{hashes[2]}', 'e', '', '')"
    )
    with pytest.raises(JournalBroken) as found:
        place.open()
    assert found.value.sequence == 3


def test_what_is_archived_goes_and_the_chain_goes_on(place: Place) -> None:
    journal = place.open()
    hashes = noted(journal, 6)
    journal.keep_snapshot(4, engine="e", body=b"four")

    journal.cut_after(journal.snapshot(4))

    assert journal.cut == (4, hashes[3])
    assert [entry.sequence for entry in journal.entries()] == [5, 6]
    assert [entry.sequence for entry in journal.entries(after=5)] == [6]
    more = noted(journal, 1)
    with pytest.raises(JournalError, match="archived before"):
        journal.cut_after(journal.snapshot(4))
    journal.close()
    again = place.open()
    assert [entry.hash for entry in again.entries()] == [*hashes[4:], *more]
    for sequence in (5, 6, 7):
        again.keep_snapshot(sequence, engine="e", body=b"")
    assert 4 in [sequence for sequence, _ in again.snapshots()], "it stands for what is gone"
    again.cut_after(again.snapshot(7))
    assert list(again.entries()) == []
    assert again.last_sequence() == 7
    assert again.append([Record(at=NIGHT, kind="K", body={})])[0].sequence == 8
    again.close()


def test_nothing_else_goes(place: Place) -> None:
    journal = place.open()
    hashes = noted(journal, 4)
    journal.keep_snapshot(2, engine="e", body=b"two")
    journal.cut_after(journal.snapshot(2))
    journal.close()
    for refused in (
        "DELETE FROM journal_entry WHERE sequence = 3",
        "DELETE FROM journal_entry",
        "DELETE FROM journal_cut",
        "UPDATE journal_cut SET sequence = 4",
        f"INSERT INTO journal_cut (sequence, hash) VALUES (4, '{hashes[3]}')",
        f"INSERT INTO journal_cut (sequence, hash) VALUES (1, '{hashes[0]}')",
    ):
        with pytest.raises(place.refusal):
            place.edit(refused)
    again = place.open()
    assert [entry.sequence for entry in again.entries()] == [3, 4]
    again.close()
