"""What a storm produced, what of it came, and whether what did not come was told of.

Every change has a number. Change n is of node n % nodes, and its round is n // nodes: so each node
counts by itself, and whatever is missing can be named. An overflow bit tells of everything that is
missing before the value that carries it, a gap of everything before the next value of each node.
What nothing tells of is lost in silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """`count` changes by turns from number `begin` on."""

    nodes: int
    begin: int
    count: int
    seconds: float = 1.0
    cpu_s: float = 0.0
    """Of the server's process meanwhile."""
    began_s: float = 0.0
    """By the clock of this machine, since 1970."""

    @property
    def first(self) -> Whole:
        """The first round of each node."""
        node = np.arange(self.nodes)
        return (self.begin - node + self.nodes - 1) // self.nodes

    @property
    def last(self) -> Whole:
        """The last round of each node; less than the first where there was none."""
        node = np.arange(self.nodes)
        return (self.begin + self.count - 1 - node) // self.nodes

    @property
    def each(self) -> Whole:
        """Changes of each node."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    produced: int
    received: int
    """Of those that were produced, each once."""
    silent: int
    """Lost, and nothing said so."""
    strange: int = 0
    """Came, and were never produced."""

    @property
    def lost(self) -> int:
        return self.produced - self.received

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            produced=self.produced + other.produced,
            received=self.received + other.received,
            silent=self.silent + other.silent,
            strange=self.strange + other.strange,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Values in the order in which they came: of which node, which round, with an overflow bit or
    without. `gaps`: how many had come when one was declared."""

    node: Whole
    round: Whole
    overflowed: Truths
    gaps: Sequence[int] = ()


def judged(produced: Produced, came: Came) -> Verdict:
    first, last = produced.first, produced.last
    is_known = (came.node >= 0) & (came.node < produced.nodes)
    node = np.where(is_known, came.node, 0)
    is_ours = is_known & (came.round >= first[node]) & (came.round <= last[node])
    ours = np.unique(np.stack([node[is_ours], came.round[is_ours]]), axis=1)
    told = _told(produced, came)
    is_beyond = ours[1] > told[ours[0]]
    beyond = np.bincount(ours[0][is_beyond], minlength=produced.nodes)
    due = np.maximum(0, last - np.maximum(told, first - 1))
    return Verdict(
        produced=produced.count,
        received=ours.shape[1],
        silent=int((due - beyond).sum()),
        strange=int(np.count_nonzero(~is_known | (came.round > last[node]))),
    )


def _told(produced: Produced, came: Came) -> Whole:
    """Up to which round of each node everything that is missing was told of."""
    told = produced.first - 1
    marked = came.overflowed & (came.node >= 0) & (came.node < produced.nodes)
    np.maximum.at(told, came.node[marked], came.round[marked])
    for place in came.gaps:
        following = produced.last.copy()
        rest = slice(place, None)
        # of several of one node the first to come counts, which is written last
        following[came.node[rest][::-1]] = came.round[rest][::-1]
        told = np.maximum(told, following)
    return told


def judged_by_count(
    produced: Produced, received: Sequence[int], *, points_told: int, is_gap: bool
) -> Verdict:
    """Where only the number of changes of each node is known, and of how many points overflow was
    told. The silent ones are a lower bound: the worst of what is missing counts as told."""
    each, came = produced.each, np.asarray(received, np.int64)
    missing = np.sort(np.maximum(0, each - came))
    lossy = missing[missing > 0]
    untold = 0 if is_gap else max(0, len(lossy) - points_told)
    return Verdict(
        produced=produced.count,
        received=int(np.minimum(each, came).sum()),
        silent=int(lossy[:untold].sum()),
        strange=int(np.maximum(0, came - each).sum()),
    )


def value_at(signal_is_state: bool, turn: int) -> float:
    """What a node shows in a round: see `changed` in rtu.js."""
    return 1 + turn % 2 if signal_is_state else float(turn)


def wrong_at_last(
    produced: Produced, shown: Mapping[int, float | None], *, states: bool
) -> list[int]:
    """Nodes that changed, and of which what is shown by their number is not their last value."""
    turns = zip(produced.last.tolist(), produced.each.tolist(), strict=True)
    return [
        node
        for node, (turn, changes) in enumerate(turns)
        if changes > 0 and shown.get(node) != value_at(states, turn)
    ]
