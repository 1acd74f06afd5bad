"""What a signal can say. Unknown is a value, silence is never "healthy"."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Quality(StrEnum):
    """How far a value may be trusted, folded from the OPC UA status code."""

    GOOD = "good"
    STALE = "stale"
    """The last usable value; the link or the device no longer refreshes it."""
    SUBSTITUTED = "substituted"
    """Forced by hand at the device or the RTU (Good_LocalOverride)."""
    BAD = "bad"


class Position(IntEnum):
    """A double point as IEC 61850 (Dbpos) and IEC 60870-5-104 (DPI) number it.

    Only OPEN and CLOSED say where the contact is; 0 and 3 are never "open".
    """

    INTERMEDIATE = 0
    OPEN = 1
    CLOSED = 2
    BAD = 3

    @property
    def is_definite(self) -> bool:
        return self in (Position.OPEN, Position.CLOSED)


class Reading(StrEnum):
    """What an indicator or a relay contact says."""

    YES = "yes"
    NO = "no"
    FAILED = "failed"
    """Fitted, but there is no telemetry."""
    NOT_FITTED = "not fitted"


class Part(StrEnum):
    """Which part of a device speaks, where it tells more than one yes or no."""

    WHOLE = "whole"
    """The device as such: any phase; of a directional indicator, current from `node_a` on."""
    A = "a"
    B = "b"
    C = "c"
    N = "n"
    """Residual current: an earth fault."""
    REVERSE = "reverse"
    """Of a directional indicator: current from `node_b` on."""


PHASES = (Part.A, Part.B, Part.C, Part.N)


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """A value with the quality and the instant that its source gave it."""

    value: T
    quality: Quality
    source_time: datetime

    @property
    def is_good(self) -> bool:
        return self.quality is Quality.GOOD
