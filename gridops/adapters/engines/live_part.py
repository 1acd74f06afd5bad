"""Which elements have supply, found at the cost of the islands that are asked for."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.adapters.engines.islands_kernel import gathered, reached
from gridops.ids import SectionId, SourceId
from gridops.network import Indices, Network, Status


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LivePart:
    """Numbers of what is energised, ascending; `switches` are the closed ones."""

    nodes: Indices
    branches: Indices
    switches: Indices
    sources: Indices
    loads: Indices
    generators: Indices
    shunts: Indices

    def local(self, nodes: Indices) -> NDArray[np.int64]:
        """Places in `nodes` of this part; every one of them must lie in it."""
        return np.searchsorted(self.nodes, nodes)


class _BySection:
    """The elements of one kind that lie in each section."""

    def __init__(self, sections: Indices, count: int) -> None:
        """`sections[k]` is where element `k` lies, out of `count`."""
        order = np.argsort(sections, kind="stable")
        self._members = order.astype(np.int32)
        self._first = np.searchsorted(sections[order], np.arange(count + 1)).astype(np.int32)

    def of(self, sections: Indices) -> Indices:
        return np.sort(gathered(self._first, self._members, sections))


class LiveParts:
    """Finds the energised part of one grid for any state of its switches."""

    def __init__(self, network: Network, *, shunt_nodes: Indices) -> None:
        arrays = network.arrays
        self._arrays = arrays
        count = len(arrays.sections)
        self._all = np.arange(count, dtype=np.int32)
        self._nodes = _BySection(arrays.node_section, count)
        self._branches = _BySection(arrays.branch_section, count)
        self._switches = _BySection(arrays.switch_sections[:, 0], count)
        self._sources = _BySection(arrays.source_section, count)
        self._loads = _BySection(arrays.load_section, count)
        self._generators = _BySection(arrays.node_section[arrays.generator_node], count)
        self._shunts = _BySection(arrays.node_section[shunt_nodes], count)

    def found(
        self,
        status: Status,
        *,
        dead_sources: AbstractSet[SourceId],
        around: Collection[SectionId] | None,
    ) -> LivePart:
        """What live sources feed, in the islands around some sections or (None) in all.

        Raises: KeyError for a section or source that the grid does not have.
        """
        arrays = self._arrays
        asked = self._all
        if around is not None:
            asked = self._reached(arrays.sections.numbers(around), status)
        sources = self._sources.of(asked)
        if dead_sources:
            sources = np.setdiff1d(sources, arrays.sources.numbers(dead_sources))
        live = self._reached(arrays.source_section[sources], status)
        switches = self._switches.of(live)
        return LivePart(
            nodes=self._nodes.of(live),
            branches=self._branches.of(live),
            switches=switches[status[switches] == 1],
            sources=sources,
            loads=self._loads.of(live),
            generators=self._generators.of(live),
            shunts=self._shunts.of(live),
        )

    def _reached(self, start: Indices, status: Status) -> Indices:
        arrays = self._arrays
        return reached(
            start, status, arrays.first, arrays.neighbour_switch, arrays.neighbour_section
        )
