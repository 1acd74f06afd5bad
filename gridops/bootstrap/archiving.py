"""`gridops journal archive`: what is old goes into a file of its own; a snapshot stands for it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gridops import __version__
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.journal.copying import End, write_out
from gridops.bootstrap.replaying import room_of
from gridops.commands import Intent, Operate
from gridops.control_room import ControlRoom
from gridops.control_room.memory import SHAPE, freeze
from gridops.control_room.room import DECISION
from gridops.errors import CommandNotJournalled, JournalError
from gridops.events import CommandIssued, CommandRejected, ControlRoomStarted, Event
from gridops.ids import CommandId
from gridops.ports import Entry


def archive(url: str, upto: int | datetime, *, file: Path) -> End:
    """Up to entry `upto`, or up to the last fact that is not later: in both cases to the last entry
    by then after which nothing was due. The file is whole and durable before anything goes; stopped
    on the way, the journal has everything or the archive has.

    Raises: JournalBusy while the service runs; JournalError if there is nothing to archive, or such
        a file already; as `replay_journal`.
    """
    journal = open_journal(url)
    try:
        journal.sweep()
        last = _settled(journal, upto)
        room = room_of(journal)
        for entry in _until(journal, last):
            _fold(room, entry)
        end = write_out(journal, file, until=last)
        file.chmod(0o444)
        engine = f"{__version__}/{SHAPE}"
        journal.keep_snapshot(last, engine=engine, body=freeze(room))
        journal.cut_after(journal.snapshot(last))
        return end
    finally:
        journal.close()


def _settled(journal: SqlJournal, upto: int | datetime) -> int:
    """The last entry that may be archived: what comes after it goes on from nothing but facts."""
    room, ordered = room_of(journal), set[CommandId]()
    found = 0
    for entry in _until(journal, upto):
        event, intents = _fold(room, entry)
        match event:
            case ControlRoomStarted():
                ordered.clear()
            case CommandIssued() | CommandRejected(code=CommandNotJournalled.code):
                ordered.discard(event.command)
            case _:
                pass
        ordered |= {i.command for i in intents if isinstance(i, Operate)} - room.commands_issued
        if not ordered and not room.books.has_decisions:
            found = entry.sequence
    if not found:
        raise JournalError(
            "there is nothing to archive", where="journal", remedy="name a later time"
        )
    return found


def _until(journal: SqlJournal, upto: int | datetime) -> Iterator[Entry]:
    for entry in journal.entries():
        if isinstance(upto, int):
            if entry.sequence > upto:
                return
        elif entry.record.at > upto:
            return
        yield entry


def _fold(room: ControlRoom, entry: Entry) -> tuple[Event | None, list[Intent]]:
    if entry.record.kind.startswith(DECISION):
        room.books.decisions()
    event = room.read_back(entry)
    return event, [] if event is None else room.fold_back(event)
