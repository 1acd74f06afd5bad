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

    `base` holds the trees of one full trace; `trees`, by source, the rows that hold the tree of
    a source that has been traced again since, alone or with others.
    """

    arrays: GridArrays
    wiring: Wiring
    live: Status
    """By source."""
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

    def sections_of(self, source: int) -> Indices:
        """What the source supplies, in preorder; none if that is nothing."""
        if self.source_of(self.arrays.source_section.item(source)) != source:
            return self.base.cells[SECTION, :0]
        tree, rows = self.tree_of(source)
        return tree.cells[SECTION, rows]

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
        knots = (self.loops, other.loops), (self.tangled, other.tangled), (self.live, other.live)
        if not all(np.array_equal(one, two) for one, two in knots):
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
    place = np.full((2, len(arrays.sections)), -1, np.int32)
    tangled = np.zeros(len(arrays.sources), np.int8)
    room = _room(len(arrays.sections))
    sources = np.flatnonzero(live).astype(np.int32)
    knots = Knots(np.empty(len(arrays.switches), np.int32), tangled)
    supplied, loops = trace(wiring, status, sources, place, room, knots)
    return Forest(
        arrays=arrays,
        wiring=wiring,
        live=live,
        place=place,
        base=room.rows,
        trees={},
        loops=np.sort(knots.loops[:loops]),
        tangled=tangled,
        supplied=supplied,
        customers_dark=int(arrays.customers[place[SOURCE] < 0].sum()),
    )


def moved(before: Forest, status: Status, *, switch: int) -> Forest:
    """The forest after `switch` alone has moved to where `status` has it."""
    one, other = before.arrays.switch_sections[switch].tolist()
    sources = before.source_of(one), before.source_of(other)
    source = max(sources)
    if one == other or source < 0:
        return replace(before, step=None)
    both_live = min(sources) >= 0
    is_plain = not before.tangled[source] and both_live != bool(status[switch])
    alone = _again(before, status, source=source) if is_plain else None
    return alone or _together(before, status, sources={s for s in sources if s >= 0})


def died(before: Forest, status: Status, *, source: int) -> Forest:
    """The forest after a live source has gone dead."""
    now = replace(before, live=_with(before.live, source, value=0), step=None)
    if before.source_of(before.arrays.source_section.item(source)) != source:
        return now
    return _together(now, status, sources={source})


def revived(before: Forest, status: Status, *, source: int) -> Forest:
    """The forest after a dead source has come back."""
    now = replace(before, live=_with(before.live, source, value=1), step=None)
    owner = before.source_of(before.arrays.source_section.item(source))
    return _together(now, status, sources={source} if owner < 0 else {owner})


def _with(live: Status, source: int, *, value: int) -> Status:
    changed = live.copy()
    changed[source] = value
    return changed


def _again(before: Forest, status: Status, *, source: int) -> Forest | None:
    """With the tree of one source traced again; None if that is no plain tree now."""
    old, rows = before.tree_of(source)
    was = old.cells[SECTION, rows]
    room = _room(len(was) + len(before.arrays.sections) - before.supplied)
    place = before.place.copy()
    count = retrace(before.wiring, status, source, was, place, room)
    if count < 0:
        return None
    tree = _first(room.rows, count)
    return replace(
        before,
        place=place,
        trees={**before.trees, source: tree},
        supplied=before.supplied + count - len(was),
        customers_dark=before.customers_dark + int(old.customers[rows.start] - tree.customers[0]),
        is_whole=False,
        step=Step(before.place, was, tree.cells[SECTION]),
    )


def _together(before: Forest, status: Status, *, sources: set[int]) -> Forest:
    """With all that hangs together with `sources` traced again, loops and all.

    Cost in proportion to what they and those in parallel with them supply.
    """
    joined, kept = _in_parallel(before, sources)
    was = np.concatenate([before.sections_of(s) for s in sorted(joined)])
    owner = before.place[SOURCE, before.arrays.source_section]
    here = np.isin(owner, list(joined)) | np.isin(np.arange(len(owner)), list(joined))
    place, tangled = before.place.copy(), before.tangled.copy()
    place[:, was] = -1
    tangled[here] = 0
    room = _room(len(was) + len(before.arrays.sections) - before.supplied)
    knots = Knots(np.empty(len(status), np.int32), tangled)
    roots = np.flatnonzero(here & (before.live == 1)).astype(np.int32)
    count, loops = trace(before.wiring, status, roots, place, room, knots)
    rows, customers = _first(room.rows, count), before.arrays.customers
    now = rows.cells[SECTION]
    return replace(
        before,
        place=place,
        trees={**before.trees, **dict.fromkeys(np.flatnonzero(here).tolist(), rows)},
        loops=np.sort(np.concatenate([kept, knots.loops[:loops]])),
        tangled=tangled,
        supplied=before.supplied + count - len(was),
        customers_dark=before.customers_dark + int(customers[was].sum() - customers[now].sum()),
        is_whole=False,
        step=Step(before.place, was, now),
    )


def _in_parallel(before: Forest, sources: set[int]) -> tuple[set[int], Indices]:
    """`sources` and all that loops join to them; and the loops that do not touch these."""
    joined, rest = set(sources), before.loops
    while len(rest):
        ends = before.place[SOURCE, before.arrays.switch_sections[rest]]
        touches = np.isin(ends, list(joined)).any(axis=1)
        if not touches.any():
            break
        joined.update(ends[touches].ravel().tolist())
        rest = rest[~touches]
    return joined, rest


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
