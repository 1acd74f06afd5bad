"""The part of the grid that one outage is about, by number and in preorder.

S1 [b1] A [s1] B [s2] C     b1 tripped: candidates A, B, C are rows 0, 1, 2; behind s1 lie the
A [r1] D                    rows of B and C. Whatever a switch feeds stands together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gridops.ids import SectionId, SwitchId
from gridops.network import Indices, Network
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.heard import Heard
from gridops.state import Energisation
from gridops.state.trace_kernel import ABOVE, SECTION, THROUGH

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
                found[row] = self._guard_above()
        return found

    def _guard_above(self) -> int:
        arrays, switches = self.network.arrays, self.network.switches
        return next(
            (s for s in reversed(self.above) if opens_by_itself(switches[arrays.switches.ids[s]])),
            -1,
        )

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
        numbers = [known[s] for s in heard.scope if forest.source_of(known[s]) >= 0]
    sections = _in_preorder(traced, set(numbers))
    feeding = np.array([forest.cell(THROUGH, k) for k in sections.tolist()], np.int32)
    spans, above = _spans(traced, sections, feeding=feeding)
    return Scene(network, traced, tripped, sections, feeding, spans, above)


def _in_preorder(traced: Energisation, numbers: set[int]) -> Indices:
    """Source by source; within a source as its rows stand."""
    forest = traced.by_number
    key = {k: (forest.source_of(k), int(forest.place[1, k])) for k in numbers}
    return np.array(sorted(numbers, key=key.__getitem__), np.int32)


def _spans(
    traced: Energisation, sections: Indices, *, feeding: Indices
) -> tuple[dict[int, slice], tuple[int, ...]]:
    """Rows behind each switch on the way to a candidate, by walking up from every row."""
    forest = traced.by_number
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    rows = {section: row for row, section in enumerate(sections.tolist())}
    chains: dict[int, tuple[int, ...]] = {}
    for row, (section, switch) in enumerate(zip(sections.tolist(), feeding.tolist(), strict=True)):
        upper = forest.cell(ABOVE, section)
        chain = chains[upper] if upper in rows and upper in chains else _up(traced, upper)
        chains[section] = (*chain, switch) if switch >= 0 else chain
        for one in chains[section]:
            first.setdefault(one, row)
            last[one] = row
    feeders = set(feeding.tolist())
    tops = [c for section, c in chains.items() if forest.cell(ABOVE, section) not in rows]
    above = dict.fromkeys(s for chain in tops for s in chain if s not in feeders)
    return {s: slice(first[s], last[s] + 1) for s in first}, tuple(above)


def _up(traced: Energisation, section: int) -> tuple[int, ...]:
    """The switches that feed `section`, from the source on."""
    forest = traced.by_number
    chain: list[int] = []
    while section >= 0 and (switch := forest.cell(THROUGH, section)) >= 0:
        chain.append(switch)
        section = forest.cell(ABOVE, section)
    return tuple(reversed(chain))
