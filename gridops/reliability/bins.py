"""Times one after the other, and what falls into which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from gridops.reliability.table import Truth, Whole, ticks_at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bins:
    """Times one after the other without gaps: the months of a period, or its days."""

    edges: Whole
    """Ticks; one more than there are bins."""

    @classmethod
    def between(cls, instants: Sequence[datetime]) -> "Bins":
        return cls(edges=np.array([ticks_at(each) for each in instants], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.edges) - 1

    def of(self, ticks: Whole) -> Whole:
        """The bin of each; -1 or len(self) outside."""
        found: Whole = np.searchsorted(self.edges, ticks, side="right") - 1
        return found

    def cut(self, began: Whole, ended: Whole) -> "Parts":
        """At the edges; what lies outside of them is left out."""
        low = np.clip(self.of(began), 0, len(self) - 1)
        high = np.clip(self.of(np.maximum(ended - 1, began)), 0, len(self) - 1)
        outside = (ended <= self.edges[0]) | (began >= self.edges[-1])
        parts = np.where(outside, 0, high - low + 1)
        whole = np.repeat(np.arange(len(began)), parts)
        at = low[whole] + np.arange(len(whole)) - np.repeat(np.cumsum(parts) - parts, parts)
        begin = np.maximum(began[whole], self.edges[at])
        end = np.maximum(np.minimum(ended[whole], self.edges[at + 1]), begin)
        return Parts(whole=whole, at=at, begin=begin, end=end)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Row by row: the place of what was cut, the bin of this part, and from when to when it is."""

    whole: Whole
    at: Whole
    begin: Whole
    end: Whole

    def only(self, wanted: Truth) -> "Parts":
        return Parts(
            whole=self.whole[wanted],
            at=self.at[wanted],
            begin=self.begin[wanted],
            end=self.end[wanted],
        )
