"""A part: what one tie takes over. A set of parts, one per tie, is a candidate."""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.ids import SwitchId
from gridops.restoration.scope import Scope, Tie

_BITS_OF_BYTE = [[k for k in range(8) if byte >> k & 1] for byte in range(256)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A tree of units that hangs on `tie`; units and edges are bit masks over the scope."""

    tie: Tie
    units: int
    edges: int

    def contains(self, other: "Part") -> bool:
        """Whether `other`, a part of the same tie, is this one with less hung on it."""
        return not (other.units & ~self.units or other.edges & ~self.edges)


def bits(mask: int) -> list[int]:
    """The set bits, lowest first."""
    found: list[int] = []
    base = 0
    while mask:
        found += [base + k for k in _BITS_OF_BYTE[mask & 255]]
        mask >>= 8
        base += 8
    return found


def weight_of(scope: Scope, units: int) -> float:
    return sum(scope.units[k].weight for k in bits(units))


def switches_to_open(scope: Scope, part: Part, *, reach: int | None = None) -> list[SwitchId]:
    """Closed switches that would carry the part's supply further than `reach`, or round; None:
    than the part."""
    units = bits(part.units if reach is None else reach)
    found = [cut for k in units for cut in scope.units[k].cuts]
    beside = 0
    for k in units:
        beside |= scope.edges_at[k]
    found += [scope.edges[k].switch for k in bits(beside & scope.closed_edges & ~part.edges)]
    return list(dict.fromkeys(found))


def switches_to_close(scope: Scope, part: Part) -> list[SwitchId]:
    """The tie, and what is open now within the part."""
    within = bits(part.edges & ~scope.closed_edges)
    return [part.tie.switch, *(scope.edges[k].switch for k in within)]


def grown(units: int, joints: Sequence[int]) -> int:
    """Everything that hangs on `units` over `joints`, each a mask of the two units joined."""
    waiting = list(joints)
    while True:
        rest = []
        for joint in waiting:
            if joint & units:
                units |= joint
            else:
                rest.append(joint)
        if len(rest) == len(waiting):
            return units
        waiting = rest
