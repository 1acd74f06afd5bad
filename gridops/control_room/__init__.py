"""The control room: journal, desk, books; the live loop and the simulation that drive them."""

from gridops.control_room.installation import Installation
from gridops.control_room.loop import Loop
from gridops.control_room.room import ControlRoom
from gridops.control_room.simulation import Habit, Simulation
from gridops.control_room.versions import Comparison, Versions, stands_on

__all__ = [
    "Comparison",
    "ControlRoom",
    "Habit",
    "Installation",
    "Loop",
    "Simulation",
    "Versions",
    "stands_on",
]
