"""Switch positions with their doubt, and the guard's own walk over the grid."""

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Network
from gridops.state import Snapshot

Passes = Callable[[SwitchId], bool]
DEFINITE = (Position.OPEN, Position.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One state of all switches: as `snapshot` has them, but for those `moved_to` since.

    Anything but a good, definite, undoubted position is unknown, as is a missing one: such a
    switch may be either, whatever it last said. Nothing is worked out before it is asked for,
    so that a state of a whole city costs nothing.
    """

    network: Network
    snapshot: Snapshot
    moved_to: Mapping[SwitchId, bool] = field(default_factory=dict)
    """True: closed."""
    altered: frozenset[SwitchId] = frozenset()
    """Beside these the grid is not as modelled: unknown, whatever they read, before and after
    any movement."""
    aside: Mapping[SectionId, SwitchId] = field(default_factory=dict)
    """Possibly fed from elsewhere by a jumper, with the device that is tagged so: such a section
    counts among the infeeds, never as certain supply."""

    def moved(self, switch: SwitchId, position: Position) -> "World":
        """The state after `switch` has confirmed `position`."""
        return replace(self, moved_to={**self.moved_to, switch: position is Position.CLOSED})

    def without(self, switch: SwitchId) -> "World":
        """The same, but that `switch` certainly does not conduct."""
        moved_to = {**self.moved_to, switch: False}
        return replace(self, moved_to=moved_to, altered=self.altered - {switch})

    def is_unknown(self, switch: SwitchId) -> bool:
        if switch in self.altered:
            return True
        if switch in self.moved_to:
            return False
        position = self.snapshot.positions.get(switch)
        return (
            position is None
            or position.quality is not Quality.GOOD
            or position.value not in DEFINITE
            or switch in self.snapshot.unknown
        )

    def may_pass(self, switch: SwitchId) -> bool:
        """Every unknown taken as closed."""
        return self.last_passed(switch) or self.is_unknown(switch)

    def surely_passes(self, switch: SwitchId) -> bool:
        """Every unknown taken as open."""
        return self.last_passed(switch) and not self.is_unknown(switch)

    def last_passed(self, switch: SwitchId) -> bool:
        """Every unknown as it was last heard of."""
        closed = self.moved_to.get(switch)
        if closed is not None:
            return closed
        position = self.snapshot.positions.get(switch)
        return position is not None and position.value is Position.CLOSED

    def surely_open(self, switch: SwitchId) -> bool:
        return not self.may_pass(switch)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a walk found.

    `infeeds` are the reached sections that hold a source or are fed `aside`, `links` the
    switches it could
    pass. More links than a tree has mean a loop.
    """

    sections: dict[SectionId, SwitchId | None]
    """Reached section -> the switch that led into it; None where the walk began."""
    infeeds: tuple[SectionId, ...]
    links: frozenset[SwitchId]

    @property
    def loops(self) -> int:
        """How many links more than a tree has."""
        return len(self.links) - len(self.sections) + 1

    @property
    def has_loop(self) -> bool:
        return self.loops > 0

    def way_to(self, network: Network, section: SectionId) -> tuple[SectionId, str]:
        """Where the walk to `section` began, and its first switch ("" if it began there)."""
        first = ""
        while (switch := self.sections[section]) is not None:
            first = switch
            section = network.across(switch, section)
        return section, first


def walk(
    network: Network,
    start: Iterable[SectionId],
    *,
    passes: Passes,
    beyond_infeeds: bool = True,
    dead: AbstractSet[SourceId] = frozenset(),
    aside: Collection[SectionId] = (),
) -> Reach:
    """Every section that joins `start` over switches that let pass.

    `beyond_infeeds` False ends the walk at sections with a source other than `dead`: what hangs
    on the same busbar by another feeder is then left out.

    S1 [b1] A [s1] B (t1) C [b2] S2   from B: B, A, S1; with t1 in doubt also C, S2.
    """
    sections: dict[SectionId, SwitchId | None] = dict.fromkeys(start)
    links: set[SwitchId] = set()
    queue = list(sections)
    for section in queue:  # grows while it is walked
        if not beyond_infeeds and any(s not in dead for s in network.sections[section].sources):
            continue
        for switch in network.sections[section].switches:
            if not passes(switch):
                continue
            links.add(switch)
            other = network.across(switch, section)
            if other not in sections:
                sections[other] = switch
                queue.append(other)
    infeeds = tuple(s for s in sections if network.sections[s].sources or s in aside)
    return Reach(sections, infeeds, frozenset(links))


def could_be_live(world: World, section: SectionId) -> bool:
    """Possibly energised: every unknown closed, a source measured dead may come back, and a
    generator that can keep an island alive may do so."""
    network = world.network
    reach = walk(network, (section,), passes=world.may_pass, aside=world.aside)
    generators = (g for s in reach.sections for g in network.sections[s].generators)
    return bool(reach.infeeds) or any(network.generators[g].island_capable for g in generators)


def could_be_supplied(world: World, section: SectionId, *, dead: AbstractSet[SourceId]) -> bool:
    """Every unknown closed, by a source that is not measured dead, or by a jumper."""
    reach = walk(world.network, (section,), passes=world.may_pass)
    fed_aside = not world.aside.keys().isdisjoint(reach.sections)
    return fed_aside or has_source(world.network, reach, dead=dead)


def surely_live(world: World, section: SectionId, *, dead: AbstractSet[SourceId]) -> bool:
    """Certainly energised: every unknown open, by a source that is not measured dead."""
    return has_source(
        world.network, walk(world.network, (section,), passes=world.surely_passes), dead=dead
    )


def has_source(network: Network, reach: Reach, *, dead: AbstractSet[SourceId]) -> bool:
    """Whether a source that is not `dead` was reached."""
    return any(source not in dead for s in reach.infeeds for source in network.sections[s].sources)


def line_side(network: Network, switch: SwitchId) -> tuple[SectionId, ...]:
    """The ends of a switch that hold no source; both if both do, none if it is not there."""
    ends = network.section_ends.get(switch, ())
    lines = tuple(s for s in ends if not network.sections[s].sources)
    return lines or tuple(ends)
