"""The process that plays the journal to past moments beside a service."""

import sys
import time
from datetime import datetime
from typing import Any

from gridops.adapters.journal import open_journal
from gridops.api.feed import to_json
from gridops.api.grid_view import grid_json
from gridops.api.live_view import live_view
from gridops.bootstrap.beside_child import Answered, Answerer, answer_lines
from gridops.bootstrap.grid_versions import network_of
from gridops.bootstrap.replaying import room_of
from gridops.control_room.past import Past
from gridops.errors import MomentNotKept

Plain = dict[str, Any]


def begin(opening: Plain) -> tuple[Plain, Answerer]:
    """Raises: GridNotKept, JournalError."""
    journal = open_journal(opening["journal"], read_only=True)
    past = Past(room_of(journal), journal)

    def answer(asked: Plain) -> Answered:
        if "grid" in asked:
            kept = journal.kept_grid(asked["grid"])
            network = network_of(kept.texts, kept.fingerprint)
            return {}, grid_json(network, kept.fingerprint).decode()
        return _looked(past, asked, last=journal.last_sequence())

    return {}, answer


def _looked(past: Past, asked: Plain, *, last: int) -> Answered:
    """The shape is `PastView`. Raises: as `Past.go_to`."""
    until, ends = datetime.fromisoformat(asked["until"]), time.monotonic() + asked["within_s"]
    is_there = past.go_to(until, in_time=lambda: time.monotonic() < ends)
    room = past.room
    if is_there and room.at is None:
        raise MomentNotKept(
            "the journal begins later", where="journal", remedy="name a later moment"
        )
    grid = room.installation.grid_fingerprint
    head = {"ready": is_there, "read": room.sequence, "of": last, "grid": grid}
    view = live_view(room, now=until, links=()) if is_there else None
    return head, to_json({"at": until.isoformat(), **head, "view": view})


if __name__ == "__main__":
    sys.exit(answer_lines(begin))
