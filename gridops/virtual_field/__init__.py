"""A grid that behaves: relays, reclosers, indicators, meters, drives, faults. Pure physics.

`VirtualField` is driven by explicit time and knows nothing of OPC UA or clocks: a server of
ours plays it to the bridge on loopback, the simulator plays it to the engine in-process.
"""

from gridops.virtual_field.comms import LinkTrouble
from gridops.virtual_field.field import VirtualField
from gridops.virtual_field.vocabulary import (
    FieldSettings,
    Misbehaviour,
    OrderAnswer,
    PointValue,
)

__all__ = [
    "FieldSettings",
    "LinkTrouble",
    "Misbehaviour",
    "OrderAnswer",
    "PointValue",
    "VirtualField",
]
