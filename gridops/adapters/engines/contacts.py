"""Closed contacts without any impedance: which nodes are one, and what flows between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.adapters.engines.contacts_kernel import Complexes, forest, summed_up
from gridops.network import Indices
from gridops.network.arrays import neighbours

Rows = NDArray[np.int64]
Loop = dict[int, float]
"""Edge -> +1 or -1, the way in which the loop runs through it; contacts first, then sources."""


@dataclass(frozen=True, slots=True, eq=False)
class ContactCurrents:
    """`through` goes from the first to the second end; `from_source` goes into the grid."""

    through: Complexes
    from_source: Complexes


class Contacts:
    """Nodes 0 to `count` - 1 with contacts between them and ideal sources at some of them.

    `group` says by node which fused node it is part of; there are `groups` of them. Shapes:
    `ends` (contacts, 2), `sources` (sources,): the node of each.
    """

    def __init__(self, count: int, ends: Rows, *, sources: Rows) -> None:
        self._ends = ends
        self._sources = sources
        first, edge, node = neighbours(ends.astype(np.int32), count)
        grown = forest(first, edge, node, sources.astype(np.int32))
        self.group, self._above, self._contact, self._order = grown
        self.groups = int(self.group.max(initial=-1)) + 1

    @property
    def first_sources(self) -> Rows:
        """The first source of each group that has one."""
        _, rows = np.unique(self.group[self._sources], return_index=True)
        return rows

    def currents(self, drawn: Complexes) -> ContactCurrents:
        """What each contact carries when each node draws `drawn` (all in one unit).

        Kirchhoff's current law alone decides where contacts and sources form a tree: exact.
        Where they form loops (contacts side by side, several sources on one fused node) any
        circulating current would do; this is the solution of the least sum of squares, which
        is that of equal resistances, each source counted as one contact. A contact with both
        ends at one node carries nothing. A group without source must draw nothing in sum.
        """
        total = summed_up(self._order, self._above, drawn)
        flow = np.zeros(len(self._ends) + len(self._sources), np.complex128)
        below = np.flatnonzero(self._contact >= 0)
        edges = self._contact[below]
        flow[edges] = np.where(self._ends[edges, 1] == below, total[below], -total[below])
        feeding = self.first_sources
        flow[len(self._ends) + feeding] = total[self._sources[feeding]]
        for loops in self._loops(edges, feeding):
            _relax(flow, loops)
        return ContactCurrents(flow[: len(self._ends)], flow[len(self._ends) :])

    def _loops(self, tree_edges: Indices, feeding: Rows) -> list[list[Loop]]:
        """One loop for every edge that no tree needs, by group."""
        spare = np.ones(len(self._ends), np.bool_)
        spare[tree_edges] = False
        spare &= self._ends[:, 0] != self._ends[:, 1]
        second = np.ones(len(self._sources), np.bool_)
        second[feeding] = False
        found: dict[int, list[Loop]] = {}
        for edge in np.flatnonzero(spare).tolist():
            one, other = self._ends[edge].tolist()
            loop = _added(self._way_up(other), self._way_up(one))
            found.setdefault(int(self.group[one]), []).append({**loop, edge: 1.0})
        of_group = {int(self.group[self._sources[k]]): int(k) for k in feeding}
        for source in np.flatnonzero(second).tolist():
            node = int(self._sources[source])
            group = int(self.group[node])
            loop = self._way_up(node)
            loop[len(self._ends) + source] = 1.0
            loop[len(self._ends) + of_group[group]] = -1.0
            found.setdefault(group, []).append(loop)
        return list(found.values())

    def _way_up(self, node: int) -> Loop:
        """From `node` to the root of its tree, which is the first source if there is one."""
        way: Loop = {}
        while (above := int(self._above[node])) >= 0:
            edge = int(self._contact[node])
            way[edge] = 1.0 if self._ends[edge, 0] == node else -1.0
            node = above
        return way


def _added(there: Loop, back: Loop) -> Loop:
    """One way and then the other backwards; what both take falls out."""
    only_there = {edge: sign for edge, sign in there.items() if edge not in back}
    return only_there | {edge: -sign for edge, sign in back.items() if edge not in there}


def _relax(flow: Complexes, loops: Sequence[Loop]) -> None:
    """Adds to `flow` what of the loops makes its sum of squares least."""
    edges = {edge: k for k, edge in enumerate(dict.fromkeys(e for loop in loops for e in loop))}
    matrix = np.zeros((len(loops), len(edges)))
    for row, loop in enumerate(loops):
        matrix[row, [edges[edge] for edge in loop]] = list(loop.values())
    listed = list(edges)
    around = np.linalg.solve(matrix @ matrix.T, -(matrix @ flow[listed]))
    flow[listed] += matrix.T @ around
