"""What switching was worth, out of a journal."""

from pathlib import Path
from typing import Any

from gridops.bootstrap.replaying import replay_journal
from gridops.control_room.worth import worth_plain
from gridops.errors import GridOpsError
from gridops.reliability import ByHand


def avoided_in(source: str) -> dict[str, Any]:
    """`source`: a journal as `gridops replay` takes it. It is only read.

    Raises: JournalError, as `replay_journal`; GridOpsError for a journal without facts.
    """
    url = source if "://" in source else f"sqlite:///{Path(source).absolute()}"
    room = replay_journal(url).room
    if room.at is None:
        raise GridOpsError("holds no facts", where=source, remedy="name another journal")
    return worth_plain(room.books, room.desk, period=None, now=room.at, slow=ByHand())
