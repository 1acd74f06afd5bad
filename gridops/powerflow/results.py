"""Results by number, that read like mappings from ids."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from gridops.network import Indices, Numbering, Values

K = TypeVar("K", bound=str)


class ByNumber(Mapping[K, float], Generic[K]):
    """Values of some elements of one kind, in the order of their numbers.

    `numbers` (ascending) says whose `values` they are; an element that is not among them is not
    in the mapping. Neither array may be written to. Making one costs nothing but what the
    arrays cost; the first look-up of an id builds an index of what is listed.
    """

    __slots__ = ("_rows", "kind", "numbers", "values_of")

    def __init__(self, kind: Numbering[K], *, numbers: Indices, values: Values) -> None:
        self.kind = kind
        self.numbers = numbers
        self.values_of = values
        self._rows: dict[int, int] | None = None

    def __getitem__(self, key: K) -> float:
        if self._rows is None:
            self._rows = {number: row for row, number in enumerate(self.numbers.tolist())}
        return float(self.values_of[self._rows[self.kind.of[key]]])

    def __iter__(self) -> Iterator[K]:
        ids = self.kind.ids
        return (ids[k] for k in self.numbers.tolist())

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return repr(dict(self))
