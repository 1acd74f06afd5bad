"""Where the grid is not as its files have it, and where others work: what no plan may lean on.

The guard reads the tags itself. Here is what whoever plans has to know beside them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from gridops.events.operator import ALTERED, TagKind
from gridops.ids import SectionId, SwitchId
from gridops.network import Network
from gridops.state.snapshot import Snapshot, Tag

Tags = Mapping[SwitchId, Sequence[Tag]]


def doubted_by_tags(tags: Tags, *, stands_open: Callable[[SwitchId], bool]) -> frozenset[SwitchId]:
    """Switches whose reading says nothing of what is joined there: all with a jumper; and, unless
    they surely stand open, those with a cut beside them or behind which somebody else works."""
    return frozenset(
        switch
        for switch, hung in tags.items()
        for tag in hung
        if tag.kind is TagKind.JUMPER
        or (tag.kind in (TagKind.CUT, TagKind.DELEGATED) and not stands_open(switch))
    )


def unusable_by_tags(
    network: Network, snapshot: Snapshot, *, suspected: AbstractSet[SectionId]
) -> frozenset[SwitchId]:
    """Switches that no plan may move, the tagged ones aside: at the line side of a jumper or a
    cut, and wherever a jumper could feed without passing a busbar. All of them, if it could feed
    what is `suspected`: nothing that may be moved parts that from it."""
    beside = _line_sides(network, snapshot.tags, kinds=ALTERED)
    jumpered = _line_sides(network, snapshot.tags, kinds=frozenset({TagKind.JUMPER}))
    fed = hangs_on(network, snapshot, sections=jumpered, through_busbars=False)
    if not suspected.isdisjoint(fed):
        return frozenset(network.switches)
    lines = (s for s in {*beside, *fed} if s in beside or not network.sections[s].sources)
    return frozenset(switch for s in lines for switch in network.sections[s].switches)


def kept_dead_by_tags(network: Network, snapshot: Snapshot) -> frozenset[SectionId]:
    """What lies at a cut and has no certain supply: no plan gives it any."""
    beside = _line_sides(network, snapshot.tags, kinds=frozenset({TagKind.CUT}))
    return frozenset(s for s in beside if not surely_supplied(network, snapshot, section=s))


def surely_supplied(network: Network, snapshot: Snapshot, *, section: SectionId) -> bool:
    sure = snapshot.closed - snapshot.unknown
    reached = {section}
    for here in (queue := [section]):  # grows while it is walked
        if not snapshot.dead_sources.issuperset(network.sections[here].sources):
            return True
        for switch in network.sections[here].switches:
            other = network.across(switch, here)
            if switch in sure and other not in reached:
                reached.add(other)
                queue.append(other)
    return False


def hangs_on(
    network: Network, snapshot: Snapshot, *, sections: Iterable[SectionId], through_busbars: bool
) -> frozenset[SectionId]:
    """All that is joined with one of `sections`, itself included, every doubtful switch taken as
    closed; `through_busbars` False: not through a section that holds a source."""
    found = dict.fromkeys(sections)
    for section in (queue := list(found)):  # grows while it is walked
        if network.sections[section].sources and not through_busbars:
            continue
        for switch in network.sections[section].switches:
            other = network.across(switch, section)
            if other not in found and _may_pass(snapshot, switch):
                found[other] = None
                queue.append(other)
    return frozenset(found)


def line_side(network: Network, switch: SwitchId) -> tuple[SectionId, ...]:
    """The ends of a switch that hold no source; both if both do."""
    ends = network.section_ends[switch]
    return tuple(s for s in ends if not network.sections[s].sources) or ends


def _may_pass(snapshot: Snapshot, switch: SwitchId) -> bool:
    return switch in snapshot.closed or switch in snapshot.unknown


def _line_sides(
    network: Network, tags: Tags, *, kinds: frozenset[TagKind]
) -> dict[SectionId, None]:
    found: dict[SectionId, None] = {}
    for switch, hung in tags.items():
        if any(tag.kind in kinds for tag in hung):
            found.update(dict.fromkeys(line_side(network, switch)))
    return found
