"""A control room as text, and back: what a snapshot of the journal holds."""

from gridops.control_room.memory.freezing import (
    SHAPE,
    Remembered,
    freeze,
    grid_of,
    remember,
    thaw,
)

__all__ = ["SHAPE", "Remembered", "freeze", "grid_of", "remember", "thaw"]
