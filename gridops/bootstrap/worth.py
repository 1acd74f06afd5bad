"""What switching was worth, out of a journal."""

from datetime import datetime
from pathlib import Path
from typing import Any

from gridops.bootstrap.replaying import replay_journal
from gridops.control_room import ControlRoom
from gridops.control_room.scorecard import scorecard_plain
from gridops.control_room.worth import worth_plain
from gridops.errors import GridOpsError
from gridops.reliability import ByHand


def avoided_in(source: str) -> dict[str, Any]:
    """`source`: a journal as `gridops replay` takes it. It is only read.

    Raises: JournalError, as `replay_journal`; GridOpsError for a journal without facts.
    """
    room = _room(source)
    return worth_plain(room.books.cases(room.desk), now=_at(room, source), slow=ByHand())


def scorecard_in(source: str) -> dict[str, Any]:
    """What automation would have done. As `avoided_in`."""
    room = _room(source)
    shadowed = room.books.shadowed(room.desk)
    return scorecard_plain(shadowed, network=room.network, now=_at(room, source))


def _room(source: str) -> ControlRoom:
    url = source if "://" in source else f"sqlite:///{Path(source).absolute()}"
    return replay_journal(url).room


def _at(room: ControlRoom, source: str) -> datetime:
    if room.at is None:
        raise GridOpsError("holds no facts", where=source, remedy="name another journal")
    return room.at
