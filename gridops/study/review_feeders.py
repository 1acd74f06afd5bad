"""Feeders and their sections: can they be fenced, found and brought back?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gridops.ids import FeederId, SectionId, SwitchId
from gridops.network import Control, IndicatorKind, Network, Switch, SwitchKind
from gridops.network.flaws import GridFlaw, Place, gathered
from gridops.state import Energisation

UNINDICATED_SHARE_TOLD = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederParts:
    """One feeder as the normal state feeds it."""

    feeder: FeederId
    head: SwitchId
    sections: tuple[SectionId, ...]
    """After the one that feeds each; the first lies right behind the head."""
    customers: int
    beyond_ties: int
    """Customers whom no tie can bring back, whatever fails above them. Those of the first
    section are left out: above it the feeder has nothing that could fail."""
    unindicated: int
    """Customers behind switches of which none tells whether fault current passed."""
    unindicated_sections: tuple[SectionId, ...]


def feeder_parts(network: Network, normal: Energisation) -> tuple[FeederParts, ...]:
    """Every feeder, in the order of the switch file. Cost is linear."""
    own: dict[FeederId, list[SectionId]] = {feeder: [] for feeder in network.heads}
    for section in normal.order:
        feeder = normal.feeder_of[section]
        if feeder is not None:
            own[feeder].append(section)
    restorable = restorable_sections(network, normal)
    return tuple(
        _parts(network, normal, feeder=feeder, sections=sections, restorable=restorable)
        for feeder, sections in own.items()
    )


def _parts(
    network: Network,
    normal: Energisation,
    *,
    feeder: FeederId,
    sections: list[SectionId],
    restorable: frozenset[SectionId],
) -> FeederParts:
    blind = _unindicated(network, normal, sections=sections)
    first = _first_part(network, normal, sections=sections)
    lost = [s for s in sections if s not in restorable and s not in first]
    return FeederParts(
        feeder=feeder,
        head=network.heads[feeder],
        sections=tuple(sections),
        customers=_customers(network, sections),
        beyond_ties=_customers(network, lost),
        unindicated=_customers(network, blind),
        unindicated_sections=tuple(blind),
    )


def _first_part(
    network: Network, normal: Energisation, *, sections: list[SectionId]
) -> frozenset[SectionId]:
    """The section behind the head, and what hangs on it by fuses alone."""
    part = set(sections[:1])
    for section in sections[1:]:
        name = normal.fed_through[section]
        is_fused = name is not None and network.switches[name].kind is SwitchKind.FUSE
        if name is not None and is_fused and network.across(name, section) in part:
            part.add(section)
    return frozenset(part)


def _customers(network: Network, sections: Iterable[SectionId]) -> int:
    return sum(network.sections[s].customers for s in sections)


def _tells(switch: Switch) -> bool:
    return switch.indicator is not IndicatorKind.NONE or switch.protects


def _unindicated(
    network: Network, normal: Energisation, *, sections: list[SectionId]
) -> list[SectionId]:
    """Sections past a switch beyond the head, with no indicator nor protection on the way."""
    silent = set(sections[:1])
    for section in sections[1:]:
        name = normal.fed_through[section]
        if name is None or _tells(network.switches[name]):
            continue
        if network.across(name, section) in silent:
            silent.add(section)
    return [section for section in sections[1:] if section in silent]


def restorable_sections(network: Network, normal: Energisation) -> frozenset[SectionId]:
    """Sections that some tie can bring back after some fault on the way to them.

    S1 [b1] A [s1] B [s2] C (t1) S2, A [s3] D: a fault in A leaves B and C to t1, and D to
    nobody. A way past a faulted section exists exactly if the two switches that lead into and
    out of it lie on one ring, or on rings that share a switch (they are then of one block of
    the graph, sources counted as one). The switch out of it has to be operable.
    """
    ring_of = _rings(network, normal)
    found: set[SectionId] = set()
    for section in normal.order:
        name = normal.fed_through[section]
        if name is None:
            continue
        above = network.across(name, section)
        before = normal.fed_through[above]
        is_bypassed = before is not None and ring_of.same(section, above)
        if above in found or (is_bypassed and network.switches[name].control is not Control.NONE):
            found.add(section)
    return frozenset(found)


class _Rings:
    """Which sections are fed over one ring, or over rings that share a switch.

    A section stands for the switch that feeds it; the sources, counted as one, are None. What
    such rings feed hangs together, so `_top`, the section above it all, is one for each set.
    A climb goes from top to top and joins the sets that it passes: many ties cost hardly more
    than the sections on their rings.
    """

    def __init__(self, network: Network, normal: Energisation) -> None:
        self._leader: dict[SectionId, SectionId] = {}
        self._top: dict[SectionId, SectionId | None] = {}
        self._depth: dict[SectionId | None, int] = {None: 0}
        for section in normal.order:
            name = normal.fed_through[section]
            if name is not None:
                above = self._below_sources(network.across(name, section))
                self._leader[section], self._top[section] = section, above
                self._depth[section] = self._depth[above] + 1

    def _below_sources(self, section: SectionId) -> SectionId | None:
        return section if section in self._leader else None

    def _find(self, section: SectionId) -> SectionId:
        while (above := self._leader[section]) != section:
            self._leader[section] = self._leader[above]
            section = above
        return section

    def join(self, end: SectionId, other_end: SectionId) -> None:
        """Joins the ring that a tie between two supplied sections closes."""
        low, high = self._below_sources(end), self._below_sources(other_end)
        joined: SectionId | None = None
        while low != high:
            if self._depth[low] < self._depth[high]:
                low, high = high, low
            assert low is not None  # the deeper of two
            part = self._find(low)
            low = self._top[part]
            if joined is not None and joined != part:
                self._leader[joined] = part
                self._top[part] = min(self._top[joined], low, key=self._depth.__getitem__)
            joined = part

    def same(self, one: SectionId, other: SectionId) -> bool:
        return self._find(one) == self._find(other)


def _rings(network: Network, normal: Energisation) -> _Rings:
    """One ring per operable tie with supply on both sides."""
    rings = _Rings(network, normal)
    for tie in network.switches.values():
        one, other = network.section_ends[tie.id]
        can_close = not tie.is_normally_closed and tie.control is not Control.NONE
        if can_close and normal.is_supplied(one) and normal.is_supplied(other):
            rings.join(one, other)
    return rings


def feeder_flaws(
    network: Network, parts: tuple[FeederParts, ...], *, places: Mapping[SwitchId, Place]
) -> Iterator[GridFlaw]:
    for part in parts:
        at = Place("switches", places[part.head].index, (part.head, part.feeder))
        yield from _share_notes(at, part)
    yield from gathered(
        "head-not-remote",
        [places[p.head] for p in parts if network.switches[p.head].control is not Control.REMOTE],
        message="feeder heads that are not remote",
        remedy="telecontrol them: without, no feeder is fenced or restored remotely",
    )
    yield from gathered(
        "feeder-not-divisible",
        [places[part.head] for part in parts if _is_undivided(network, part)],
        message="heads of feeders that no remote load-breaking switch divides",
        remedy="telecontrol a switch within: a fault keeps everybody waiting for a crew",
    )
    yield from gathered(
        "feeder-without-customers",
        [places[part.head] for part in parts if not part.customers],
        message="heads of feeders without customers",
        remedy="check the loads, or the normally open points",
    )


def _share_notes(at: Place, part: FeederParts) -> Iterator[GridFlaw]:
    if part.beyond_ties:
        yield at.note(
            "customers-beyond-ties",
            f"{_share(part.beyond_ties, part)} of feeder {part.feeder} sit where no tie can bring "
            "them back, whatever fails above them",
            remedy="a tie at the far end of their part would",
        )
    if part.unindicated > UNINDICATED_SHARE_TOLD * part.customers:
        yield at.note(
            "section-without-indicator",
            f"{_share(part.unindicated, part)} of feeder {part.feeder}, in "
            f"{len(part.unindicated_sections)} sections, sit behind switches that do not tell "
            "whether fault current passed",
            remedy="an indicator at the first of these switches narrows the search",
        )


def _share(customers: int, part: FeederParts) -> str:
    share = customers / max(part.customers, 1)
    return f"{customers} of {part.customers} customers ({share:.0%})"


def _is_undivided(network: Network, part: FeederParts) -> bool:
    inside = set(part.sections)
    peopled = sum(network.sections[s].customers > 0 for s in part.sections)
    fences = (
        network.switches[name]
        for s in part.sections
        for name in network.sections[s].switches
        if name != part.head and set(network.section_ends[name]) <= inside
    )
    return peopled > 1 and not any(
        f.control is Control.REMOTE and f.breaks_load and f.is_normally_closed for f in fences
    )


def empty_end_flaws(network: Network) -> Iterator[GridFlaw]:
    """Sections at the end of everything in which nobody lives."""
    row = {node: index for index, node in enumerate(network.nodes)}
    found = [
        Place("nodes", row[section.nodes[0]], (section.nodes[0],))
        for section in network.sections.values()
        if len(section.switches) == 1
        and not (section.loads or section.sources or section.generators)
    ]
    yield from gathered(
        "section-without-customers",
        found,
        message="end sections without load or customers",
        remedy="add what they supply, or leave them out",
    )
