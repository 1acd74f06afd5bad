"""Who is supplied, through what: a trace from the sources over closed switches."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gridops.ids import FeederId, SectionId, SourceId, SwitchId
from gridops.network import Indices, Network, Numbering, Status, SwitchSet
from gridops.state.forest import Forest, died, forest, moved, revived
from gridops.state.trace_kernel import ABOVE, FEEDER, SECTION, SOURCE, THROUGH

K = TypeVar("K", bound=str)
V = TypeVar("V")


class Supplied(Mapping[SectionId, V], Generic[V]):
    """One fact of every supplied section, read from arrays when it is asked for.

    Equal to a dict of the same. Iterates in the order of `Energisation.order`; the first time
    costs what a dict of it costs.
    """

    __slots__ = ("_of", "_traced", "_whole")

    def __init__(self, traced: Forest, of: Callable[[int], V]) -> None:
        """`of` is asked for numbers of supplied sections only."""
        self._traced, self._of = traced, of
        self._whole: dict[SectionId, V] | None = None

    def __getitem__(self, section: SectionId) -> V:
        number = self._traced.arrays.sections.of[section]
        if self._traced.source_of(number) < 0:
            raise KeyError(section)
        return self._of(number)

    def __contains__(self, section: object) -> bool:
        number = self._traced.arrays.sections.of.get(section)  # type: ignore[call-overload] # anything may be asked
        return number is not None and self._traced.source_of(number) >= 0

    def __iter__(self) -> Iterator[SectionId]:
        ids = self._traced.arrays.sections.ids
        return iter([ids[k] for k in self._traced.line(SECTION).tolist()])

    def __len__(self) -> int:
        return self._traced.supplied

    def __repr__(self) -> str:
        return repr(dict(self))


class Energisation:
    """The supplied sections of one switch state. Immutable: `energise` and `moved` make it.

    `closed` are the switches that it was traced over, `dead_sources` those that fed nothing.
    """

    def __init__(
        self,
        network: Network,
        closed: SwitchSet,
        *,
        dead_sources: frozenset[SourceId],
        traced: Forest,
    ) -> None:
        self.network = network
        self.closed = closed
        self.dead_sources = dead_sources
        self.by_number = traced
        """The same by number, for kernels."""
        self._arrays = network.arrays

    @cached_property
    def source_of(self) -> Mapping[SectionId, SourceId]:
        """Of supplied sections alone, as the two that follow."""
        ids = self._arrays.sources.ids
        return Supplied(self.by_number, lambda section: ids[self.by_number.source_of(section)])

    @cached_property
    def feeder_of(self) -> Mapping[SectionId, FeederId | None]:
        """None above every feeder head."""
        return self._told(FEEDER, self._arrays.feeders)

    @cached_property
    def fed_through(self) -> Mapping[SectionId, SwitchId | None]:
        """The closed switch by which the trace reached a section; None at a source."""
        return self._told(THROUGH, self._arrays.switches)

    def _told(self, line: int, numbering: Numbering[K]) -> Mapping[SectionId, K | None]:
        def of(section: int) -> K | None:
            number = self.by_number.cell(line, section)
            return numbering.ids[number] if number >= 0 else None

        return Supplied(self.by_number, of)

    def is_supplied(self, section: SectionId) -> bool:
        return section in self.source_of

    @cached_property
    def order(self) -> tuple[SectionId, ...]:
        """The supplied sections, source by source in file order, each part in preorder: what is
        supplied through one switch stands together, after the section that feeds it."""
        return self._named(self.by_number.line(SECTION))

    @cached_property
    def loops(self) -> tuple[SwitchId, ...]:
        """Closed switches with both ends supplied that feed neither, in file order: each closes
        a ring, or sets two sources in parallel."""
        ends = self._arrays.switch_sections
        within = np.flatnonzero((ends[:, 0] == ends[:, 1]) & (self.closed.status == 1))
        within = within[self.by_number.place[SOURCE, ends[within, 0]] >= 0]
        ids = self._arrays.switches.ids
        return tuple(ids[k] for k in np.sort([*within.tolist(), *self.by_number.loops.tolist()]))

    @property
    def parallels(self) -> tuple[SwitchId, ...]:
        """Those of `loops` that join two sources; the others close rings."""
        ends, source_of = self.network.section_ends, self.source_of
        return tuple(s for s in self.loops if source_of[ends[s][0]] != source_of[ends[s][1]])

    def path(self, section: SectionId) -> tuple[SwitchId, ...]:
        """The switches that current to `section` passes, from the source on. Empty if dark."""
        number = self._arrays.sections.of.get(section, -1)
        switches: list[SwitchId] = []
        while number >= 0 and (switch := self.by_number.cell(THROUGH, number)) >= 0:
            switches.append(self._arrays.switches.ids[switch])
            number = self.by_number.cell(ABOVE, number)
        return tuple(reversed(switches))

    # behind one switch

    def behind(self, switch: SwitchId) -> frozenset[SectionId]:
        """The sections that are supplied through `switch`; empty if none are."""
        section = self._fed_by(switch)
        if section < 0:
            return frozenset()
        tree, rows = self.by_number.rows_behind(section)
        return frozenset(self._named(tree.cells[SECTION, rows]))

    def customers_behind(self, switch: SwitchId) -> int:
        """Customers that are supplied through `switch`. The cost does not depend on them."""
        section = self._fed_by(switch)
        if section < 0:
            return 0
        tree, rows = self.by_number.rows_behind(section)
        return int(tree.customers[rows.start])

    def p_w_behind(self, switch: SwitchId) -> float:
        """Stated power that is drawn through `switch`."""
        section = self._fed_by(switch)
        if section < 0:
            return 0.0
        tree, rows = self.by_number.rows_behind(section)
        return float(tree.p_w[rows.start])

    def _fed_by(self, switch: SwitchId) -> int:
        number = self._arrays.switches.of.get(switch)
        return -1 if number is None else self.by_number.fed_by(number)

    # the dark

    @cached_property
    def dark(self) -> frozenset[SectionId]:
        return frozenset(self._named(np.flatnonzero(self.by_number.place[SOURCE] < 0)))

    @property
    def customers_dark(self) -> int:
        return self.by_number.customers_dark

    def lost_since(self, before: "Energisation") -> tuple[SectionId, ...]:
        """Sections that are dark and were supplied in `before`, a state of the same network, in
        file order."""
        return self._named(self.by_number.lost_since(before.by_number))

    def gained_since(self, before: "Energisation") -> tuple[SectionId, ...]:
        """Sections that are supplied and were dark in `before`, in file order."""
        return self._named(self.by_number.gained_since(before.by_number))

    def differing_since(self, before: "Energisation") -> tuple[SectionId, ...]:
        """Sections that are supplied and were not, or the other way round, or that have another
        feeder than in `before`, a state of the same network. In file order."""
        return self._named(np.flatnonzero(before.feeder_numbers() != self.feeder_numbers()))

    def feeder_numbers(self) -> Indices:
        """By section: the number of its feeder; -1 above every feeder, -2 in the dark."""
        found: Indices = np.full(len(self._arrays.sections), -2, np.int32)
        found[self.by_number.line(SECTION)] = self.by_number.line(FEEDER)
        return found

    # from state to state

    def moved(self, switch: SwitchId, *, closed: bool) -> "Energisation":
        """The state after `switch` alone has moved, as `energise` would have it.

        Only what hangs together with the switch is traced again, before and after.
        Raises: KeyError for a switch that the grid does not have.
        """
        number = self._arrays.switches.of[switch]
        now = self.closed.with_one(number, inside=closed)
        traced = self.by_number
        if self.closed.status[number] != closed:
            traced = moved(traced, now.status, switch=number)
        return Energisation(self.network, now, dead_sources=self.dead_sources, traced=traced)

    def with_dead(self, dead_sources: AbstractSet[SourceId]) -> "Energisation":
        """The state with exactly these sources dead, as `energise` would have it. Costs as
        `moved` does, for each source that dies or comes back."""
        dead = frozenset(dead_sources)
        numbers = self._arrays.sources.of
        traced, status = self.by_number, self.closed.status
        for source in sorted(numbers[s] for s in dead - self.dead_sources if s in numbers):
            traced = died(traced, status, source=source)
        for source in sorted(numbers[s] for s in self.dead_sources - dead if s in numbers):
            traced = revived(traced, status, source=source)
        return Energisation(self.network, self.closed, dead_sources=dead, traced=traced)

    def supplied_by(self, source: SourceId) -> tuple[SectionId, ...]:
        """In the order of `order`; empty for a source that supplies nothing."""
        number = self._arrays.sources.of[source]
        return self._named(self.by_number.sections_of(number))

    def retraced(self) -> "Energisation":
        """The same state, traced in full."""
        return energise(self.network, self.closed, dead_sources=self.dead_sources)

    def same_as(self, other: "Energisation") -> bool:
        """Whether both say the same of everything, to the last bit of what lies behind each
        switch."""
        return self.closed == other.closed and self.by_number.is_same_as(other.by_number)

    def _named(self, sections: Indices | NDArray[np.int64]) -> tuple[SectionId, ...]:
        ids = self._arrays.sections.ids
        return tuple([ids[k] for k in sections.tolist()])


def energise(
    network: Network,
    closed: AbstractSet[SwitchId],
    *,
    dead_sources: AbstractSet[SourceId] = frozenset(),
) -> Energisation:
    """Traces breadth first from every source that is not in `dead_sources`.

    S1 [b1] A [s1] B (t1) C [b2] S2   with {b1, s1, b2} closed: A, B from S1, C from S2.
    A section is fed by the source that is the fewest closed switches away; of several such by
    the first in file order. Cost is linear in sections and switches, and small where `closed`
    is a `SwitchSet` of the network. What the network does not have is passed over.
    """
    arrays = network.arrays
    known = arrays.switches.of
    if not isinstance(closed, SwitchSet) or closed.numbering is not arrays.switches:
        closed = network.switch_set(s for s in closed if s in known)
    live: Status = np.ones(len(arrays.sources), np.int8)
    for source in dead_sources:
        if source in arrays.sources.of:
            live[arrays.sources.of[source]] = 0
    return Energisation(
        network,
        closed,
        dead_sources=frozenset(dead_sources),
        traced=forest(arrays, closed.status, live=live),
    )
