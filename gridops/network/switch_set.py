"""A set of switches of one grid as an array, for sets that are near the size of the grid."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from gridops.ids import SwitchId
from gridops.network.arrays import Indices, Numbering

Status = NDArray[np.int8]
"""By number of the switch: 1 if it is in the set, 0 if not."""


class SwitchSet(AbstractSet[SwitchId]):
    """Immutable set of switches; equal to any other set with the same switches in it.

    Guarantees: iterates in file order. To take a few switches in or out (`|`, `-`) costs what
    changes and one copy of a byte per switch; a set made so shares nothing with the old one.
    Hashable, but not with the hash of an equal frozenset: do not mix the two as keys.
    Raises: KeyError when a switch is put in that the grid does not have.
    """

    __slots__ = ("_hashed", "numbering", "status")

    def __init__(self, switches: Numbering[SwitchId], status: Status) -> None:
        self.numbering = switches
        self._hashed: int | None = None
        self.status = status
        """Not to be written to."""
        status.setflags(write=False)

    @classmethod
    def of(cls, switches: Numbering[SwitchId], members: Iterable[SwitchId]) -> "SwitchSet":
        if isinstance(members, SwitchSet) and members.numbering is switches:
            return members
        status = np.zeros(len(switches), np.int8)
        status[switches.numbers(members)] = 1
        return cls(switches, status)

    def __contains__(self, switch: object) -> bool:
        number = self.numbering.of.get(switch)  # type: ignore[call-overload] # anything may be asked
        return number is not None and bool(self.status[number])

    def __iter__(self) -> Iterator[SwitchId]:
        ids = self.numbering.ids
        return (ids[k] for k in np.flatnonzero(self.status).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self.status))

    def __or__(self, other: AbstractSet[SwitchId]) -> "SwitchSet":  # type: ignore[override] # only switches
        return self._with(other, 1)

    def __ror__(self, other: AbstractSet[SwitchId]) -> "SwitchSet":
        return self._with(other, 1)

    def __sub__(self, other: AbstractSet[object]) -> "SwitchSet":
        if isinstance(other, SwitchSet) and other.numbering is self.numbering:
            return SwitchSet(self.numbering, self.status & ~other.status & 1)
        return self._with([s for s in other if s in self], 0)  # type: ignore[misc] # found inside

    def _with(self, changed: Iterable[SwitchId], value: int) -> "SwitchSet":
        status = self.status.copy()
        if isinstance(changed, SwitchSet) and changed.numbering is self.numbering:
            status |= changed.status
        else:
            status[self.numbering.numbers(changed)] = value
        return SwitchSet(self.numbering, status)

    def with_one(self, number: int, *, inside: bool) -> "SwitchSet":
        """The same set with the switch of this number in it, or out of it."""
        status = self.status.copy()
        status[number] = inside
        return SwitchSet(self.numbering, status)

    def moved(self, opened: Iterable[Indices], closed: Iterable[Indices]) -> "SwitchSet":
        """The same set without the switches numbered by any of `opened`, then with those of
        any of `closed`."""
        status = self.status.copy()
        for numbers in opened:
            status[numbers] = 0
        for numbers in closed:
            status[numbers] = 1
        return SwitchSet(self.numbering, status)

    @classmethod
    def _from_iterable(cls, it: Iterable[SwitchId]) -> frozenset[SwitchId]:  # type: ignore[override]
        """What the other operations of a set give back."""
        return frozenset(it)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SwitchSet) and other.numbering is self.numbering:
            return bool(np.array_equal(self.status, other.status))
        if not isinstance(other, AbstractSet):
            return NotImplemented
        return len(self) == len(other) and all(each in self for each in other)

    def __hash__(self) -> int:
        if self._hashed is None:
            self._hashed = hash(self.status.tobytes())
        return self._hashed

    def __repr__(self) -> str:
        return f"SwitchSet({len(self)} of {len(self.numbering)})"
