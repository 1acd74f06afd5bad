"""Who is supplied, through what: a trace from the sources over closed switches."""

from collections import deque
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.ids import FeederId, SectionId, SourceId, SwitchId
from gridops.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Energisation:
    """The supplied sections of one switch state.

    `fed_through[s]` is the closed switch by which the trace reached `s`, None at a source.
    `order` lists the supplied sections so that a section follows the one that feeds it.
    `loops` are closed switches that the trace found both ends of already supplied: a ring,
    or two sources in parallel.
    """

    network: Network
    source_of: Mapping[SectionId, SourceId]
    feeder_of: Mapping[SectionId, FeederId | None]
    fed_through: Mapping[SectionId, SwitchId | None]
    order: tuple[SectionId, ...]
    loops: tuple[SwitchId, ...]

    def is_supplied(self, section: SectionId) -> bool:
        return section in self.source_of

    def path(self, section: SectionId) -> tuple[SwitchId, ...]:
        """The switches that current to `section` passes, from the source on. Empty if dark."""
        switches: list[SwitchId] = []
        while (switch := self.fed_through.get(section)) is not None:
            switches.append(switch)
            section = self.network.across(switch, section)
        return tuple(reversed(switches))

    def behind(self, switch: SwitchId) -> frozenset[SectionId]:
        """The sections that are supplied through `switch`; empty if none are."""
        found: set[SectionId] = set()
        for section in self.order:
            through = self.fed_through[section]
            if through is None:
                continue
            if through == switch or self.network.across(through, section) in found:
                found.add(section)
        return frozenset(found)

    @property
    def dark(self) -> frozenset[SectionId]:
        return frozenset(s for s in self.network.sections if s not in self.source_of)

    @property
    def customers_dark(self) -> int:
        return sum(self.network.sections[s].customers for s in self.dark)


def energise(
    network: Network,
    closed: AbstractSet[SwitchId],
    *,
    dead_sources: AbstractSet[SourceId] = frozenset(),
) -> Energisation:
    """Traces breadth first from every source that is not in `dead_sources`.

    S1 [b1] A [s1] B (t1) C [b2] S2   with {b1, s1, b2} closed: A, B from S1, C from S2.
    Cost is linear in sections and switches.
    """
    source_of: dict[SectionId, SourceId] = {}
    feeder_of: dict[SectionId, FeederId | None] = {}
    fed_through: dict[SectionId, SwitchId | None] = {}
    queue: deque[SectionId] = deque()
    for source in network.sources.values():
        section = network.section_of_node[source.node]
        if source.id not in dead_sources and section not in source_of:
            source_of[section], feeder_of[section], fed_through[section] = source.id, None, None
            queue.append(section)
    order: list[SectionId] = []
    loops: dict[SwitchId, None] = {}
    while queue:
        section = queue.popleft()
        order.append(section)
        for switch in network.sections[section].switches:
            if switch not in closed or switch == fed_through[section]:
                continue
            other = network.across(switch, section)
            if other in source_of:
                loops[switch] = None
                continue
            source_of[other] = source_of[section]
            feeder_of[other] = network.switches[switch].feeder or feeder_of[section]
            fed_through[other] = switch
            queue.append(other)
    return Energisation(
        network=network,
        source_of=source_of,
        feeder_of=feeder_of,
        fed_through=fed_through,
        order=tuple(order),
        loops=tuple(loops),
    )
