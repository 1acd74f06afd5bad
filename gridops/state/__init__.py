"""What is known of the grid right now, and how well."""

from gridops.state.carrying import carried_over
from gridops.state.energisation import Energisation, energise
from gridops.state.live import DEAD_VOLTAGE_PU, LiveState, SaidByPart
from gridops.state.snapshot import Snapshot, Tag

__all__ = [
    "DEAD_VOLTAGE_PU",
    "Energisation",
    "LiveState",
    "SaidByPart",
    "Snapshot",
    "Tag",
    "carried_over",
    "energise",
]
