"""A part: what one tie takes over. A set of parts, one per tie, is a candidate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridops.ids import SwitchId
from gridops.network import SwitchSet
from gridops.restoration.scope import Edge, Scope, Tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A tree of units that hangs on `tie`; units and edges are bit masks over the scope."""

    tie: Tie
    units: int
    edges: int

    def contains(self, other: "Part") -> bool:
        """Whether `other`, a part of the same tie, is this one with less hung on it."""
        return not (other.units & ~self.units or other.edges & ~self.edges)


def bits(mask: int) -> Iterator[int]:
    """The set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def weight_of(scope: Scope, units: int) -> float:
    return sum(scope.units[k].weight for k in bits(units))


def switches_to_open(scope: Scope, part: Part) -> list[SwitchId]:
    """Closed switches that would carry the part's supply further than the part, or round."""
    found = [cut for k in bits(part.units) for cut in scope.units[k].cuts]
    edges, units = part.edges, part.units
    found += [
        edge.switch
        for k, (edge, ends) in enumerate(zip(scope.edges, scope.ends, strict=True))
        if ends & units and edge.closed and not edges >> k & 1
    ]
    return list(dict.fromkeys(found))


def edges_to_close(scope: Scope, part: Part) -> list[Edge]:
    return [scope.edges[k] for k in bits(part.edges) if not scope.edges[k].closed]


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


def closed_with(scope: Scope, parts: Sequence[Part]) -> SwitchSet:
    """The switches that are closed once all of `parts` are supplied."""
    opened = {switch for part in parts for switch in switches_to_open(scope, part)}
    closed = {part.tie.switch for part in parts}
    closed.update(edge.switch for part in parts for edge in edges_to_close(scope, part))
    return (scope.ground.closed - opened) | closed
