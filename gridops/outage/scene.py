"""The part of the grid that one outage is about, by number and in preorder.

S1 [b1] A [s1] B [s2] C     b1 tripped: candidates A, B, C are rows 0, 1, 2; behind s1 lie the
A [r1] D                    rows of B and C. Whatever a switch feeds stands together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridops.ids import SectionId, SwitchId
from gridops.network import Indices, Network
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.heard import Heard
from gridops.state import Energisation
from gridops.state.trace_kernel import ABOVE, POSITION, SECTION, SIZE, SOURCE, THROUGH

NOWHERE = slice(0, 0)


@dataclass(frozen=True)
class Scene:
    """Who may hold the fault, and through what each would be fed. Rows number the candidates."""

    network: Network
    traced: Energisation
    """Supply just before the fault."""
    tripped: tuple[SwitchId, ...]
    """In grid order, as far as they fed anything."""
    sections: Indices
    """Number of the section at each row, in preorder."""
    feeding: Indices
    """Number of the switch that feeds each row, -1 at a source."""
    spans: Mapping[int, slice]
    """Number of each switch that feeds a candidate or stands above one -> the rows behind it."""
    above: tuple[int, ...]
    """Numbers of the switches above every candidate, from the source on; without those that
    feed one from another."""

    @cached_property
    def candidates(self) -> tuple[SectionId, ...]:
        ids = self.network.arrays.sections.ids
        return tuple(ids[k] for k in self.sections.tolist())

    @cached_property
    def row_of(self) -> Mapping[int, int]:
        """By number of the section."""
        return {section: row for row, section in enumerate(self.sections.tolist())}

    @cached_property
    def guard_of(self) -> Indices:
        """The nearest switch above each row that opens by itself, by number; -1 if there is
        none. It is what clears a fault there if all goes well."""
        arrays, switches = self.network.arrays, self.network.switches
        found = np.full(len(self.sections), -1, np.int32)
        for row, switch in enumerate(self.feeding.tolist()):
            if switch >= 0 and opens_by_itself(switches[arrays.switches.ids[switch]]):
                found[row] = switch
                continue
            upper = self.traced.by_number.cell(ABOVE, int(self.sections[row]))
            if upper in self.row_of:
                found[row] = found[self.row_of[upper]]
            else:
                found[row] = self._guard_over(upper)
        return found

    def _guard_over(self, section: int) -> int:
        """Of a row that `section`, which is no candidate, feeds."""
        ids, switches = self.network.arrays.switches.ids, self.network.switches
        way = [switch for switch, _ in reversed(_up(self.traced, section))]
        return next((s for s in way if opens_by_itself(switches[ids[s]])), -1)

    def feeds_through(self, switch: int, *, guard: int) -> bool:
        """Whether what `switch` feeds, it feeds through `guard`, or is it."""
        forest = self.traced.by_number
        upper, lower = forest.fed_by(guard), forest.fed_by(switch)
        if upper < 0 or lower < 0 or forest.source_of(upper) != forest.source_of(lower):
            return False
        _, rows = forest.rows_behind(upper)
        position = int(forest.place.item(POSITION, lower))
        return bool(rows.start <= position < rows.stop)

    def way_of(self, section: int) -> list[int]:
        """The sections from `section` up to its source, by number."""
        way: list[int] = []
        while section >= 0:
            way.append(section)
            section = self.traced.by_number.cell(ABOVE, section)
        return way

    def behind(self, switch: SwitchId) -> slice:
        """The rows that are fed through `switch`; empty for one that feeds none."""
        return self.spans.get(self.network.arrays.switches.of.get(switch, -1), NOWHERE)


def scene_of(traced: Energisation, heard: Heard) -> Scene:
    """`traced`: supply just before the fault, every tripped device closed.

    Candidates are the sections behind the tripped devices, or those of `heard.scope` that had
    supply where nothing tripped. Cost is in proportion to them and their neighbours.
    """
    network, forest = traced.network, traced.by_number
    arrays = network.arrays
    opened = sorted(heard.tripped, key=arrays.switches.of.__getitem__)
    tops = [(s, forest.fed_by(arrays.switches.of[s])) for s in opened]
    tripped = tuple(s for s, section in tops if section >= 0)
    if tripped:
        blocks = [forest.rows_behind(section) for _, section in tops if section >= 0]
        numbers = [int(n) for tree, rows in blocks for n in tree.cells[SECTION, rows]]
    else:
        known = arrays.sections.of
        searched = [known[network.section(s).id] for s in heard.scope]
        numbers = [k for k in searched if forest.source_of(k) >= 0]
    sections, feeding, spans, above = _laid_out(traced, sorted(set(numbers)))
    return Scene(network, traced, tripped, sections, feeding, spans, above)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Candidates as they stand in the trees: source by source, each in preorder."""

    sections: Indices
    key: NDArray[np.int64]
    """Ascending; what lies behind a row are the keys from its own to `key + size`."""
    size: NDArray[np.int64]
    through: Indices
    above: Indices


def _laid_out(
    traced: Energisation, numbers: list[int]
) -> tuple[Indices, Indices, dict[int, slice], tuple[int, ...]]:
    rows = _rows(traced, np.array(numbers, np.int32))
    stops = np.searchsorted(rows.key, rows.key + rows.size).tolist()
    feeding = rows.through.tolist()
    inner = {s: slice(k, stop) for k, (s, stop) in enumerate(zip(feeding, stops, strict=True))}
    inner.pop(-1, None)
    inside = set(rows.sections.tolist())
    upper: dict[int, slice] = {}
    for section in dict.fromkeys(s for s in rows.above.tolist() if s not in inside):
        for switch, fed in _up(traced, section):
            if switch in inner or switch in upper:
                continue
            upper[switch] = slice(*np.searchsorted(rows.key, _span(traced, fed)).tolist())
    return rows.sections, rows.through, {**upper, **inner}, tuple(upper)


def _rows(traced: Energisation, numbers: Indices) -> _Rows:
    """Of the sections of these numbers, all supplied."""
    forest = traced.by_number
    source = forest.place[SOURCE, numbers].astype(np.int64)
    position = forest.place[POSITION, numbers].astype(np.int64)
    key = source * (len(traced.network.sections) + 1) + position
    order = np.argsort(key)
    cells = np.empty((3, len(numbers)), np.int32)
    for one in dict.fromkeys(source.tolist()):
        at = np.flatnonzero(source == one)
        tree = forest.trees.get(one, forest.base)
        for line, name in enumerate((SIZE, THROUGH, ABOVE)):
            cells[line, at] = tree.cells[name, position[at]]
    size, through, above = cells[:, order]
    return _Rows(numbers[order], key[order], size.astype(np.int64), through, above)


def _span(traced: Energisation, section: int) -> tuple[int, int]:
    """From the key of the section to that of what follows all behind it."""
    forest = traced.by_number
    source, position = forest.source_of(section), int(forest.place.item(POSITION, section))
    first = source * (len(traced.network.sections) + 1) + position
    tree = forest.trees.get(source, forest.base)
    return first, first + int(tree.cells.item(SIZE, position))


def _up(traced: Energisation, section: int) -> list[tuple[int, int]]:
    """The switches that feed `section`, from the source on, each with what it feeds directly."""
    forest = traced.by_number
    chain: list[tuple[int, int]] = []
    while section >= 0 and (switch := forest.cell(THROUGH, section)) >= 0:
        chain.append((switch, section))
        section = forest.cell(ABOVE, section)
    return chain[::-1]
