"""Who is without supply under each hypothesis, by number.

S1 [b1] A [f1] B [s1] C     fault in C: f1 blows, B and C are dark. Fault in A: b1 trips, all are.
A conductor that breaks in C without any current leaves C alone without that phase.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridops.network import Indices, SwitchKind
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks
from gridops.state.forest import Forest
from gridops.state.trace_kernel import POSITION, SOURCE

Block = tuple[int, int, int]
"""Source, first row of its tree and the row behind the last."""


@dataclass(frozen=True)
class Darkness:
    """Shapes: `cases` are the different answers to "which device clears it"; a row of the scene
    has that of `case_of`. What lies behind a tripped device is dark in every case."""

    scene: Scene

    @cached_property
    def _guards(self) -> tuple[Indices, NDArray[np.intp]]:
        """Per case the clearing device (-1: none, all that the source feeds) and a row; and the
        case of each row."""
        forest = self.scene.traced.by_number
        source = forest.place[SOURCE, self.scene.sections]
        pairs = np.stack((self.scene.guard_of, source))
        cases, of_row = np.unique(pairs, axis=1, return_inverse=True)
        return cases.astype(np.int32), of_row.reshape(-1)

    @property
    def case_of(self) -> NDArray[np.intp]:
        """Shape (rows,)."""
        return self._guards[1]

    @property
    def guards(self) -> Indices:
        """Number of the clearing device of each case; -1 if there is none."""
        guards: Indices = self._guards[0][0]
        return guards

    @cached_property
    def is_single_pole(self) -> Marks:
        """Per case: whether the clearing device opens phase by phase, as fuses do."""
        ids, switches = self.scene.network.arrays.switches.ids, self.scene.network.switches
        kinds = [g >= 0 and switches[ids[g]].kind is SwitchKind.FUSE for g in self.guards.tolist()]
        return np.array(kinds, np.bool_)

    @cached_property
    def _cleared(self) -> Indices:
        """Shape (3, cases): the block behind each clearing device."""
        forest = self.scene.traced.by_number
        found = []
        for guard, source in self._guards[0].T.tolist():
            fed = forest.fed_by(guard) if guard >= 0 else _top(forest, source)
            found.append(_block(forest, fed))
        return np.array(found, np.int32).reshape(-1, 3).T

    @cached_property
    def _cut(self) -> Indices:
        """Shape (3, rows): the block from each candidate on."""
        forest = self.scene.traced.by_number
        blocks = [_block(forest, section) for section in self.scene.sections.tolist()]
        return np.array(blocks, np.int32).reshape(-1, 3).T

    @cached_property
    def _tripped(self) -> Indices:
        forest, of = self.scene.traced.by_number, self.scene.network.arrays.switches.of
        blocks = [_block(forest, forest.fed_by(of[device])) for device in self.scene.tripped]
        return np.array(blocks, np.int32).reshape(-1, 3).T

    def anyway(self, sections: Indices) -> Marks:
        """Which of `sections` (numbers) are behind a tripped device. Shape (sections,)."""
        return np.asarray(self._inside(sections, self._tripped).any(axis=1))

    def cleared(self, sections: Indices) -> Marks:
        """Whether each of `sections` is dark once the nearest device has cleared the fault.
        Shape (sections, cases)."""
        return self._inside(sections, self._cleared) | self.anyway(sections)[:, np.newaxis]

    def cut(self, sections: Indices) -> Marks:
        """Whether each of `sections` misses a phase if a conductor breaks at a row and nothing
        opens. Shape (sections, rows)."""
        return self._inside(sections, self._cut) | self.anyway(sections)[:, np.newaxis]

    def _inside(self, sections: Indices, blocks: Indices) -> Marks:
        place = self.scene.traced.by_number.place[:, sections]
        source, position = place[SOURCE][:, np.newaxis], place[POSITION][:, np.newaxis]
        inside = (source == blocks[0]) & (position >= blocks[1]) & (position < blocks[2])
        return np.asarray(inside & (source >= 0))


def _block(forest: Forest, section: int) -> Block:
    if section < 0:
        return (-1, 0, 0)
    _, rows = forest.rows_behind(section)
    return (forest.source_of(section), rows.start, rows.stop)


def _top(forest: Forest, source: int) -> int:
    """The section that the source stands in, by number."""
    return int(forest.arrays.source_section[source])
