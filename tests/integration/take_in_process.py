"""Takes a longer grid in, and dies by SIGKILL on the way.

    python take_in_process.py JOURNAL_URL WHERE

WHERE is `compared` (nothing is written yet), `kept` (the new grid is, the fact is not) or
`taken` (the fact is durable, nobody has heard of it).
"""

import os
import signal
import sys
from collections.abc import Sequence

from night import LAN, installation

from gridops.adapters.journal import open_journal
from gridops.bootstrap.taking_in import TakingIn, room_on
from gridops.control_room import ControlRoom
from gridops.network import draw
from gridops.ports import Entry, KeptGrid, Record
from tests.playbook import FEEDER, NIGHT

LONGER = FEEDER + "\nF [s9] G"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, where: str) -> None:
    journal = open_journal(url)
    keep, append, compare = journal.keep_grid, journal.append, ControlRoom.compare

    def keep_and_die(grid: KeptGrid) -> None:
        keep(grid)
        die()

    def append_and_die(records: Sequence[Record]) -> Sequence[Entry]:
        append(records)
        die()
        return ()

    def compare_and_die(room: ControlRoom, new: object) -> None:
        compare(room, new)  # type: ignore[arg-type]  # as the room calls it
        die()

    if where == "compared":
        ControlRoom.compare = compare_and_die  # type: ignore[method-assign,assignment]
    elif where == "kept":
        journal.keep_grid = keep_and_die  # type: ignore[method-assign]
    else:
        journal.append = append_and_die  # type: ignore[method-assign]
    room_on(installation(draw(LONGER)), journal, taking_in=TakingIn(by=LAN, at=NIGHT))


if __name__ == "__main__":
    main(*sys.argv[1:])
