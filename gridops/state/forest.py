"""What every source supplies, by number: traced in full, or again from one state to the next."""

from dataclasses import dataclass, replace

import numpy as np

from gridops.network import GridArrays, Indices, Status
from gridops.state.trace_kernel import (
    CELLS,
    POSITION,
    SCRATCH,
    SECTION,
    SIZE,
    SOURCE,
    THROUGH,
    Knots,
    Room,
    Tree,
    Wiring,
    retrace,
    same_rows,
    trace,
)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """How a forest differs from the one that it was made from."""

    place: Indices
    """Of the one before."""
    was: Indices
    """The sections of the tree that was traced again, before and after."""
    now: Indices


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Forest:
    """Immutable; a forest made from another shares every tree with it that did not change.

    `base` holds the trees of one full trace; `trees` those that have been traced again since,
    each by its source and numbered from zero.
    """

    arrays: GridArrays
    wiring: Wiring
    place: Indices
    """Shape (2, sections): see `trace_kernel`."""
    base: Tree
    trees: dict[int, Tree]
    loops: Indices
    """Closed switches that feed neither of their supplied ends, ascending. Not those that have
    both ends in one section."""
    tangled: Status
    supplied: int
    """Sections."""
    customers_dark: int
    is_whole: bool = True
    """Whether this is a full trace: the base says it all."""
    step: Step | None = None

    def source_of(self, section: int) -> int:
        """-1 if it is dark."""
        return int(self.place.item(SOURCE, section))

    def cell(self, line: int, section: int) -> int:
        """`line` is one of those of `Tree.cells`. -1 if there is none, or if it is dark."""
        source = self.place.item(SOURCE, section)
        if source < 0:
            return -1
        tree = self.trees.get(source, self.base)
        return int(tree.cells.item(line, self.place.item(POSITION, section)))

    def fed_by(self, switch: int) -> int:
        """The section that is supplied through `switch`; -1 if none is."""
        one, other = self.arrays.switch_sections[switch].tolist()
        if self.cell(THROUGH, one) == switch:
            return int(one)
        return int(other) if self.cell(THROUGH, other) == switch else -1

    def rows_behind(self, section: int) -> tuple[Tree, slice]:
        """All that is fed from `section`, itself first, which must be supplied."""
        tree = self.trees.get(self.source_of(section), self.base)
        position = self.place.item(POSITION, section)
        return tree, slice(position, position + tree.cells.item(SIZE, position))

    def tree_of(self, source: int) -> tuple[Tree, slice]:
        """What the source supplies, which must be something."""
        return self.rows_behind(self.arrays.source_section.item(source))

    def feeding(self) -> list[int]:
        """The sources that supply anything. One that shares its section with an earlier one
        does not."""
        at_source = self.place[SOURCE, self.arrays.source_section]
        return np.flatnonzero(at_source == np.arange(len(at_source))).tolist()

    def line(self, line: int) -> Indices:
        """One line of the cells over all supplied sections, source by source in preorder."""
        if self.is_whole:
            return self.base.cells[line, : self.supplied]
        blocks = [tree.cells[line, rows] for tree, rows in map(self.tree_of, self.feeding())]
        return np.concatenate(blocks) if blocks else self.base.cells[line, :0]

    def lost_since(self, before: "Forest") -> Indices:
        """Sections dark here and supplied before, ascending. Cheap from one state to the next."""
        return self._differing(before, supplied=False)

    def gained_since(self, before: "Forest") -> Indices:
        """Sections supplied here and dark before, ascending."""
        return self._differing(before, supplied=True)

    def _differing(self, before: "Forest", *, supplied: bool) -> Indices:
        if self.place is before.place:
            return np.empty(0, np.int32)
        if self.step is not None and self.step.place is before.place:
            touched = self.step.now if supplied else self.step.was
            is_dark = (before if supplied else self).place[SOURCE, touched] < 0
            return np.sort(touched[is_dark])
        here, there = self.place[SOURCE] >= 0, before.place[SOURCE] >= 0
        return np.flatnonzero((here > there) if supplied else (there > here)).astype(np.int32)

    def is_same_as(self, other: "Forest") -> bool:
        """Whether both say the same of every section. Cheap if few trees are not in the base."""
        if not np.array_equal(self.place[SOURCE], other.place[SOURCE]):
            return False
        if not np.array_equal(self.loops, other.loops):
            return False
        if (self.supplied, self.customers_dark) != (other.supplied, other.customers_dark):
            return False
        apart = {*self.trees, *other.trees}
        skip = np.zeros(len(self.arrays.sources), np.int8)
        skip[list(apart)] = 1
        feeding = set(self.feeding()) & apart
        return all(_same_tree(self, other, source=source) for source in feeding) and same_rows(
            self.base, self.place, other.base, other.place, skip
        )


def _same_tree(one: Forest, other: Forest, *, source: int) -> bool:
    (a, rows), (b, other_rows) = one.tree_of(source), other.tree_of(source)
    return (
        np.array_equal(a.cells[:, rows], b.cells[:, other_rows])
        and np.array_equal(a.customers[rows], b.customers[other_rows])
        and np.array_equal(a.p_w[rows], b.p_w[other_rows])
    )


def forest(arrays: GridArrays, status: Status, *, live: Status) -> Forest:
    """A full trace; `status` and `live` are 1 for a closed switch, a live source.

    Cost is linear in sections and switches.
    """
    wiring = Wiring(
        arrays.first,
        arrays.neighbour_switch,
        arrays.neighbour_section,
        arrays.switch_feeder,
        arrays.source_section,
        arrays.customers,
        arrays.p_w,
    )
    sections = len(arrays.sections)
    place = np.empty((2, sections), np.int32)
    room = _room(sections)
    knots = Knots(np.empty(len(arrays.switches), np.int32), np.empty(len(arrays.sources), np.int8))
    supplied, loops = trace(wiring, status, live, place, room, knots)
    return Forest(
        arrays=arrays,
        wiring=wiring,
        place=place,
        base=room.rows,
        trees={},
        loops=np.sort(knots.loops[:loops]),
        tangled=knots.tangled,
        supplied=supplied,
        customers_dark=int(arrays.customers[place[SOURCE] < 0].sum()),
    )


def moved(before: Forest, status: Status, *, switch: int) -> Forest | None:
    """The forest after `switch` alone has moved to where `status` has it.

    None if what it touches is, or becomes, anything but plain trees: trace it in full.
    """
    one, other = before.arrays.switch_sections[switch].tolist()
    sources = before.source_of(one), before.source_of(other)
    if one == other or sources == (-1, -1):
        return replace(before, step=None)
    source = max(sources)
    both_live = min(sources) >= 0
    if before.tangled[source] or (both_live if status[switch] else before.fed_by(switch) < 0):
        return None
    return _again(before, status, source=source, was=_sections_of(before, source))


def died(before: Forest, *, source: int) -> Forest | None:
    """The forest after a live source has gone dead; None as in `moved`."""
    root = before.arrays.source_section.item(source)
    if before.source_of(root) != source:
        return replace(before, step=None)
    shares = np.count_nonzero(before.arrays.source_section == root) > 1
    if shares or before.tangled[source]:
        return None
    tree, rows = before.tree_of(source)
    was = tree.cells[SECTION, rows]
    place = before.place.copy()
    place[:, was] = -1
    return replace(
        before,
        place=place,
        trees={k: tree for k, tree in before.trees.items() if k != source},
        supplied=before.supplied - len(was),
        customers_dark=before.customers_dark + int(tree.customers[rows.start]),
        is_whole=False,
        step=Step(before.place, was, was[:0]),
    )


def revived(before: Forest, status: Status, *, source: int) -> Forest | None:
    """The forest after a dead source has come back; None as in `moved`."""
    root = before.arrays.source_section.item(source)
    if before.source_of(root) >= 0:
        return None
    return _again(before, status, source=source, was=before.base.cells[SECTION, :0])


def _sections_of(before: Forest, source: int) -> Indices:
    tree, rows = before.tree_of(source)
    return tree.cells[SECTION, rows]


def _again(before: Forest, status: Status, *, source: int, was: Indices) -> Forest | None:
    """`was`: the sections that the source supplies in `before`."""
    room = _room(len(was) + len(before.arrays.sections) - before.supplied)
    place = before.place.copy()
    count = retrace(before.wiring, status, source, was, place, room)
    if count < 0:
        return None
    tree = _first(room.rows, count)
    supplied_before = 0
    if len(was):
        old, rows = before.tree_of(source)
        supplied_before = int(old.customers[rows.start])
    return replace(
        before,
        place=place,
        trees={**before.trees, source: tree},
        supplied=before.supplied + count - len(was),
        customers_dark=before.customers_dark + supplied_before - int(tree.customers[0]),
        is_whole=False,
        step=Step(before.place, was, tree.cells[SECTION]),
    )


def _room(rows: int) -> Room:
    return Room(
        Tree(
            np.empty((CELLS, rows), np.int32), np.empty(rows, np.int64), np.empty(rows, np.float64)
        ),
        np.empty(rows, np.int32),
        np.empty((SCRATCH, rows), np.int32),
    )


def _first(rows: Tree, count: int) -> Tree:
    """Those rows alone, and not the room that they were written in."""
    if len(rows.customers) == count:
        return rows
    return Tree(
        rows.cells[:, :count].copy(), rows.customers[:count].copy(), rows.p_w[:count].copy()
    )
