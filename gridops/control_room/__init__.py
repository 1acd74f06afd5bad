"""The control room: journal, desk, books, and the live loop that drives them.

`simulation` drives them too, with a virtual field that no service loads.
"""

from gridops.control_room.acts import Under
from gridops.control_room.installation import Installation
from gridops.control_room.keeping import Keeping, SnapshotPace
from gridops.control_room.loop import Loop
from gridops.control_room.room import ControlRoom
from gridops.control_room.versions import Comparison, Versions, stands_on

__all__ = [
    "Comparison",
    "ControlRoom",
    "Installation",
    "Keeping",
    "Loop",
    "SnapshotPace",
    "Under",
    "Versions",
    "stands_on",
]
