"""The control room: journal, desk, books; the live loop and the simulation that drive them."""

from gridops.control_room.loop import Loop
from gridops.control_room.room import ControlRoom, Installation
from gridops.control_room.simulation import Habit, Simulation

__all__ = ["ControlRoom", "Habit", "Installation", "Loop", "Simulation"]
