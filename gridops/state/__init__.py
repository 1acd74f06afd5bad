"""What is known of the grid right now, and how well."""

from gridops.state.altered import doubted_by_tags, kept_dead_by_tags, unusable_by_tags
from gridops.state.carrying import carried_over
from gridops.state.energisation import Energisation, energise
from gridops.state.live import DEAD_VOLTAGE_PU, LiveState, SaidByPart
from gridops.state.modes import Latch, Modes, Stated
from gridops.state.snapshot import Snapshot, Tag
from gridops.state.work import (
    Said,
    Work,
    WorkPermit,
    doubted_by_work,
    why_not_issued,
    withheld_by_work,
)

__all__ = [
    "DEAD_VOLTAGE_PU",
    "Energisation",
    "Latch",
    "LiveState",
    "Modes",
    "Said",
    "SaidByPart",
    "Snapshot",
    "Stated",
    "Tag",
    "Work",
    "WorkPermit",
    "carried_over",
    "doubted_by_tags",
    "doubted_by_work",
    "energise",
    "kept_dead_by_tags",
    "unusable_by_tags",
    "why_not_issued",
    "withheld_by_work",
]
