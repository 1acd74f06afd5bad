"""Beginning with a snapshot instead of the first entry."""

from typing import TYPE_CHECKING

from gridops.control_room.memory import SHAPE, thaw
from gridops.errors import SnapshotUnreadable
from gridops.ports import Snapshots

if TYPE_CHECKING:
    from gridops.control_room.room import ControlRoom

REJOIN = (
    "put the archives and the journal together again with `gridops journal join`, and start on that"
)


def engine_of(room: "ControlRoom") -> str:
    """Who can read what `room` remembers: the version of GridOps, and the form of its classes."""
    return f"{room.installation.engine}/{SHAPE}"


def recall(room: "ControlRoom", snapshots: Snapshots, *, at_most: int | None = None) -> None:
    """Lays the newest snapshot of our kind (after entry `at_most` at the latest) into `room`, which
    is new; leaves it as it is if there is none. One that is damaged is passed over: the entries say
    the same.

    Raises: GridNotKept if a version of the grid is lacking; JournalError.
    """
    wanted = room.installation
    for sequence, engine in snapshots.snapshots():
        if engine != engine_of(room) or (at_most is not None and sequence > at_most):
            continue
        try:
            thaw(room, snapshots.snapshot(sequence).body)
        except SnapshotUnreadable:
            room.begin_anew(wanted)
        else:
            return


def begins_late(sequence: int) -> SnapshotUnreadable:
    """What comes before the first entry is archived, and nothing here stands for it."""
    return SnapshotUnreadable(
        f"the journal begins with entry {sequence}, and no snapshot of this version of GridOps "
        "stands for what was archived",
        where="journal",
        remedy=REJOIN,
    )
