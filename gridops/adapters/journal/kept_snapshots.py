"""Snapshots and cuts beside the entries. Each names an entry and its hash, and so anchors it."""

from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select

from gridops.adapters.journal.chain import GENESIS
from gridops.adapters.journal.schema import journal_cut, journal_entry, snapshot
from gridops.errors import JournalBroken, JournalError, SnapshotUnreadable
from gridops.ports import Snapshot

KEPT_MAX = 3
"""The newest so many; the one at the last cut stays besides."""
DELETED_AT_ONCE = 5_000
"""Entries that one transaction takes away."""

NEWEST = select(snapshot.c.sequence, snapshot.c.hash).order_by(snapshot.c.sequence.desc()).limit(1)
LIST = select(snapshot.c.sequence, snapshot.c.engine).order_by(snapshot.c.sequence.desc())
LAST_CUT = (
    select(journal_cut.c.sequence, journal_cut.c.hash)
    .order_by(journal_cut.c.sequence.desc())
    .limit(1)
)


def cut_of(connection: Connection) -> tuple[int, str]:
    """The last entry that is not here any more, and its hash."""
    found = connection.execute(LAST_CUT).first()
    return (0, GENESIS) if found is None else (int(found[0]), str(found[1]))


def check_anchor(connection: Connection, end: tuple[int, str], *, where: str) -> None:
    """Raises: JournalBroken when the entry that the newest snapshot was made after is not there,
    or not as it was: the journal was cut off, or written anew."""
    newest = connection.execute(NEWEST).first()
    if newest is None:
        return
    sequence, digest = int(newest[0]), str(newest[1])
    if sequence > end[0]:
        raise JournalBroken(end[0] + 1, where)
    if sequence == cut_of(connection)[0]:
        return
    query = select(journal_entry.c.hash).where(journal_entry.c.sequence == sequence)
    if connection.execute(query).scalar_one_or_none() != digest:
        raise JournalBroken(sequence, where)


def put(connection: Connection, kept: Snapshot) -> None:
    """Instead of one after the same entry; the oldest beyond `KEPT_MAX` go."""
    connection.execute(delete(snapshot).where(snapshot.c.sequence == kept.sequence))
    row = {
        "sequence": kept.sequence,
        "hash": kept.hash,
        "engine": kept.engine,
        "digest": sha256(kept.body).hexdigest(),
        "body": kept.body,
    }
    connection.execute(insert(snapshot), [row])
    listed = [int(one[0]) for one in connection.execute(LIST)]
    for old in listed[KEPT_MAX:]:
        if old != cut_of(connection)[0]:
            connection.execute(delete(snapshot).where(snapshot.c.sequence == old))


def got(connection: Connection, sequence: int, *, where: str) -> Snapshot:
    """Raises: SnapshotUnreadable if it is not there, or damaged."""
    query = select(snapshot.c.hash, snapshot.c.engine, snapshot.c.digest, snapshot.c.body)
    found = connection.execute(query.where(snapshot.c.sequence == sequence)).first()
    if found is None:
        raise SnapshotUnreadable(f"there is no snapshot after entry {sequence}", where=where)
    body = bytes(found[3])
    if sha256(body).hexdigest() != found[2]:
        raise SnapshotUnreadable(f"the snapshot after entry {sequence} is damaged", where=where)
    return Snapshot(sequence=sequence, hash=str(found[0]), engine=str(found[1]), body=body)


def cut(connection: Connection, at: Snapshot, *, where: str) -> None:
    """Everything up to `at` may go from here on. Raises: JournalError if it did before."""
    if at.sequence <= cut_of(connection)[0]:
        raise JournalError(
            f"entry {at.sequence} was archived before", where=where, remedy="name a later one"
        )
    put(connection, at)
    connection.execute(insert(journal_cut), [{"sequence": at.sequence, "hash": at.hash}])


def sweep(connection: Connection) -> bool:
    """Takes some of what was archived away; False: nothing was left of it."""
    last = cut_of(connection)[0]
    first = connection.execute(select(func.min(journal_entry.c.sequence))).scalar_one()
    if first is None or first > last:
        return False
    until = min(last, int(first) + DELETED_AT_ONCE - 1)
    connection.execute(delete(journal_entry).where(journal_entry.c.sequence <= until))
    return True
