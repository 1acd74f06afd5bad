"""Interruptions as columns, so that the years of a city are counted in moments."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.network import Profile
from gridops.reliability.interruptions import TICK

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

LASTS = np.iinfo(np.int64).max
"""In `ended`: supply is not back yet."""
NONE = -1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ticks_at(instant: datetime) -> int:
    """Whole microseconds since 1970."""
    return (instant - _EPOCH) // TICK


def instant_at(ticks: int) -> datetime:
    return _EPOCH + timedelta(microseconds=int(ticks))


@dataclass(slots=True)
class Words:
    """Numbers for words, in the order in which they were first said."""

    of: dict[Any, int] = field(default_factory=dict)

    def number(self, word: object) -> int:
        """NONE for None."""
        return NONE if word is None else self.of.setdefault(word, len(self.of))

    @property
    def all(self) -> tuple[Any, ...]:
        return tuple(self.of)


@dataclass(frozen=True, kw_only=True, eq=False)
class InterruptionTable:
    """One row for each interruption, in any order. Names stand once, rows hold their numbers.

    `are_loads_known` is false where a row stands for customers that no other row can be compared
    with (a table of the past that names no transformer): what one customer had in all is not known
    then.
    """

    loads: tuple[str, ...]
    feeders: tuple[str, ...]
    areas: tuple[str, ...]
    priorities: tuple[str, ...]
    causes: tuple[str, ...]
    events: tuple[str, ...]
    grounds: tuple[frozenset[str], ...]
    """`Circumstance.exclusions` that occur."""
    profiles: tuple[Profile, ...]
    whole_of: Whole
    """Of `loads`: the place of the load that each is a part of, or its own."""
    load: Whole
    feeder: Whole
    area: Whole
    priority: Whole
    cause: Whole
    event: Whole
    ground: Whole
    profile: Whole
    began: Whole
    """In ticks since 1970."""
    ended: Whole
    """In ticks since 1970, or LASTS."""
    customers: Whole
    p_w: Real
    p_at: Whole
    """The tick before which `p_w` was measured, or NONE: it is the load at factor 1."""
    planned: Truth
    source_lost: Truth
    is_clamped: Truth
    is_revised: Truth
    """Something was laid over what was booked."""
    is_end_reported: Truth
    goes_on: Truth
    clock: tzinfo | None = None
    """That the profiles go by; None: not known, so nothing follows them."""
    are_loads_known: bool = True

    def __len__(self) -> int:
        return len(self.load)

    @cached_property
    def order(self) -> Whole:
        """Rows by load, then time; what lasts after what ended, so that pieces that touch stay
        neighbours."""
        found: Whole = np.lexsort((self.ended, self.began, self.load))
        return found

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From the first beginning to the last instant that is told; None for an empty table."""
        if not len(self):
            return None
        told = np.where(self.ended == LASTS, self.began, self.ended)
        return instant_at(self.began.min()), instant_at(max(told.max(), self.began.max()))
