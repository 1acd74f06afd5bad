"""The order of stations, and of the feeders in each, from the ties between them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gridops.schematic.graph import Graph
from gridops.schematic.ordering import arranged
from gridops.schematic.tree import NONE, Tree

COUPLER_WEIGHT = 8.0
"""How strongly a switch between two stations draws them together; a tie of feeders draws 1."""


@dataclass(frozen=True, slots=True)
class _Tie:
    """Two ways down from the node `above` (`NONE`: from nowhere) to what a tie joins."""

    above: int
    one: Sequence[int]
    other: Sequence[int]
    weight: float

    def pull(self, place: Mapping[int, int], pulls: dict[int, float]) -> None:
        """Draws the lower parts of both ways towards each other, once their tops stand."""
        sign = 1.0 if place[self.one[0]] < place[self.other[0]] else -1.0
        for node in self.one[1:]:
            pulls[node] += sign * self.weight
        for node in self.other[1:]:
            pulls[node] -= sign * self.weight


def siblings(graph: Graph, tree: Tree) -> dict[int, list[int]]:
    """What stands side by side below each upper node, from left to right; below `NONE` the
    trees themselves. Depends on which feeders are tied, never on how large they are.
    """
    ties: dict[int, list[_Tie]] = defaultdict(list)
    for tie in _ties(graph, tree):
        ties[tie.above].append(tie)
    pulls: dict[int, float] = defaultdict(float)
    found: dict[int, list[int]] = {}
    for above in (NONE, *(node for node in tree.order if node in tree.upper)):
        below = tree.roots if above == NONE else tree.children[above]
        found[above] = arranged(below, _weights(ties[above]), pulls=pulls)
        place = {node: k for k, node in enumerate(found[above])}
        for tie in ties[above]:
            tie.pull(place, pulls)
    return found


def _ties(graph: Graph, tree: Tree) -> Iterator[_Tie]:
    """Every edge that is no part of the tree and joins two feeders or stations."""
    drawn = set(tree.via)
    for k, edge in enumerate(graph.edges):
        ends = tree.feeder_of[edge.a], tree.feeder_of[edge.b]
        if k in drawn or ends[0] == ends[1]:
            continue
        weight = COUPLER_WEIGHT if tree.upper.issuperset(ends) else 1.0
        one, other = (_way_down(tree, end) for end in ends)
        split = 0
        while split < min(len(one), len(other)) and one[split] == other[split]:
            split += 1
        if split < min(len(one), len(other)):
            above = one[split - 1] if split else NONE
            yield _Tie(above, one[split:], other[split:], weight)


def _way_down(tree: Tree, node: int) -> list[int]:
    way = [node]
    while tree.parent[way[-1]] != NONE:
        way.append(tree.parent[way[-1]])
    return way[::-1]


def _weights(ties: Sequence[_Tie]) -> dict[int, dict[int, float]]:
    found: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for tie in ties:
        found[tie.one[0]][tie.other[0]] += tie.weight
        found[tie.other[0]][tie.one[0]] += tie.weight
    return found
