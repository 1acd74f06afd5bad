"""`gridops journal archive`: what is old goes into a file of its own; a snapshot stands for it."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from gridops import __version__
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.journal.copying import End, end_of, write_out
from gridops.bootstrap.replaying import room_of
from gridops.commands import Operate
from gridops.control_room.memory import SHAPE, freeze
from gridops.control_room.past import read_on
from gridops.errors import CommandNotJournalled, JournalError
from gridops.events import CommandIssued, CommandRejected, ControlRoomStarted
from gridops.ids import CommandId
from gridops.ports import Entry


def archive(url: str, upto: int | datetime, *, file: Path) -> End:
    """Up to entry `upto`, or up to the last fact that is not later: in both cases to the last entry
    by then after which nothing was due. The file is whole and durable before anything goes: killed
    on the way, the journal has everything or the archive has, and the same call again finishes.

    Raises: JournalBusy while the service runs; JournalError if there is nothing to archive, or such
        a file already; as `replay_journal`.
    """
    journal = open_journal(url)
    try:
        journal.sweep()
        last = _settled(journal, upto)
        if last is None:
            return _archived(journal, file)
        room = room_of(journal)
        for entry in _until(journal, last.sequence):
            read_on(room, entry)
        end = _whole(file, (last.sequence, last.hash)) or write_out(
            journal, file, until=last.sequence
        )
        file.chmod(0o444)
        engine = f"{__version__}/{SHAPE}"
        journal.keep_snapshot(last.sequence, engine=engine, body=freeze(room))
        journal.cut_after(journal.snapshot(last.sequence))
        return end
    finally:
        journal.close()


def _archived(journal: SqlJournal, file: Path) -> End:
    """Where nothing is left to archive. Raises: JournalError unless `file` holds it already."""
    found = _whole(file, journal.cut)
    if found is None:
        raise JournalError(
            "there is nothing to archive", where="journal", remedy="name a later time"
        )
    return found


def _whole(file: Path, upto: tuple[int, str]) -> End | None:
    """What a call that was killed has left in `file`, if that is the archive up to this entry; its
    hash stands for all that came before."""
    if not upto[0] or not file.exists():
        return None
    with suppress(JournalError), closing(_read_only(file)) as there:
        end = end_of(there)
        return end if (end.entries, end.hash) == upto else None
    return None


def _read_only(file: Path) -> SqlJournal:
    return open_journal(f"sqlite:///{file.absolute()}", read_only=True)


def _settled(journal: SqlJournal, upto: int | datetime) -> Entry | None:
    """The last entry that may be archived: what comes after it goes on from nothing but facts.
    None: nothing that is still here may go."""
    room, ordered = room_of(journal), set[CommandId]()
    found: Entry | None = None
    for entry in _until(journal, upto):
        event, intents = read_on(room, entry)
        match event:
            case ControlRoomStarted():
                ordered.clear()
            case CommandIssued() | CommandRejected(code=CommandNotJournalled.code):
                ordered.discard(event.command)
            case _:
                pass
        ordered |= {i.command for i in intents if isinstance(i, Operate)} - room.commands_issued
        if not ordered and not room.books.has_decisions:
            found = entry
    return found


def _until(journal: SqlJournal, upto: int | datetime) -> Iterator[Entry]:
    for entry in journal.entries():
        if isinstance(upto, int):
            if entry.sequence > upto:
                return
        elif entry.record.at > upto:
            return
        yield entry
