"""What is known of the grid right now, and how well."""

from gridops.state.altered import doubted_by_tags, kept_dead_by_tags, unusable_by_tags
from gridops.state.carrying import carried_over
from gridops.state.energisation import Energisation, energise
from gridops.state.live import DEAD_VOLTAGE_PU, LiveState, SaidByPart
from gridops.state.modes import Latch, Modes, Stated
from gridops.state.snapshot import Snapshot, Tag

__all__ = [
    "DEAD_VOLTAGE_PU",
    "Energisation",
    "Latch",
    "LiveState",
    "Modes",
    "SaidByPart",
    "Snapshot",
    "Stated",
    "Tag",
    "carried_over",
    "doubted_by_tags",
    "energise",
    "kept_dead_by_tags",
    "unusable_by_tags",
]
