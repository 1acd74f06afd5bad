"""Outages by lot: faults, doubtful positions, tags, failed devices, loads and limits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from gridops.events.operator import TagKind
from gridops.ids import LoadId, SectionId, SourceId, SwitchId, TagId, UserName
from gridops.measurement import Measured, Position, Quality
from gridops.network import Limits, Network
from gridops.outage import expected_indications
from gridops.powerflow import LoadPower
from gridops.restoration import PlanSettings, Situation
from gridops.state import Snapshot, Tag, energise
from gridops.study.random_grids import Dice

AT = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
SCALES = (0.3, 0.6, 1.0, 1.4, 1.8)
LIMITS = (
    Limits(),
    Limits(),
    Limits(voltage_pu_min=0.985),
    Limits(voltage_pu_min=0.97, loading_pct_max=60.0),
    Limits(voltage_pu_min=0.9, loading_pct_max=120.0),
    Limits(voltage_pu_min=None, loading_pct_max=None),
)
TAGS = (
    TagKind.NO_CLOSE,
    TagKind.NO_OPERATE,
    TagKind.HOT_LINE,
    TagKind.EARTH_APPLIED,
    TagKind.CAUTION,
)
"""A case is a function of its number: a kind more here would make other cases of all of them."""
DARK_S = (0.0, 0.0, 20.0, 55.0, 170.0, 290.0, 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How often what may be wrong is wrong; each 0 where all is known and may be moved."""

    shifted: float = 0.25
    """The grid is not in its normal state."""
    unknown: float = 0.4
    tagged: float = 0.35
    unreachable: float = 0.25
    unavailable: float = 0.25
    other_incident: float = 0.1
    wide: float = 0.25
    """More is suspected than what is at fault."""
    transfer: float = 0.3
    """Load may be moved."""
    budget: float = 1.0
    """Share of the planner's default budgets: a search that ends early must be as safe."""


CERTAIN = Doubt(shifted=0, unknown=0, tagged=0, unreachable=0, unavailable=0, other_incident=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What happened, before anything is in doubt."""

    network: Network
    closed_before: frozenset[SwitchId]
    faults: tuple[SectionId, ...]
    tripped: tuple[SwitchId, ...]
    dead_sources: frozenset[SourceId]
    dark: frozenset[SectionId]
    loads: Mapping[LoadId, LoadPower]


def random_outage(dice: Dice, network: Network, *, doubt: Doubt) -> Outage:
    """One fault, or two at once; devices trip as they should."""
    closed = _closed(dice, network, shifted=dice.random() < doubt.shifted)
    before = energise(network, closed)
    supplied = [s for s in network.sections if before.is_supplied(s)]
    faults = [dice.choice(supplied) for _ in range(1 + (dice.random() < 0.2))]
    scale = dice.choice(SCALES)
    loads = {
        load.id: LoadPower(scale * load.p_w, scale * load.q_var) for load in network.loads.values()
    }
    return outage_at(network, closed, faults=tuple(dict.fromkeys(faults)), loads=loads)


def outage_at(
    network: Network,
    closed: frozenset[SwitchId],
    *,
    faults: tuple[SectionId, ...],
    loads: Mapping[LoadId, LoadPower],
) -> Outage:
    """A fault that no device on the grid clears is cleared above: its source is dead."""
    before = energise(network, closed)
    tripped: dict[SwitchId, None] = {}
    dead: set[SourceId] = set()
    for section in faults:
        seen = expected_indications(network, closed, section=section)
        tripped.update(dict.fromkeys(seen.tripped))
        if not seen.tripped:
            dead.add(before.source_of[section])
    after = energise(network, closed - tripped.keys(), dead_sources=frozenset(dead))
    return Outage(
        network=network,
        closed_before=closed,
        faults=faults,
        tripped=tuple(tripped),
        dead_sources=frozenset(dead),
        dark=frozenset(s for s in after.dark if before.is_supplied(s)),
        loads=loads,
    )


def told_plainly(outage: Outage) -> Situation:
    """The outage as it is told when all is known well: the fault where it is, nothing in doubt,
    a crew at hand, the limits of the grid."""
    return Situation(
        network=outage.network,
        snapshot=Snapshot(
            at=AT,
            positions=_positions(outage),
            unknown=frozenset(),
            unreachable=frozenset(),
            tags={},
            flags={},
            dead_sources=outage.dead_sources,
        ),
        closed_before=outage.closed_before,
        suspected=frozenset(outage.faults),
        dark=outage.dark,
        loads=outage.loads,
        limits=outage.network.limits,
    )


def _positions(outage: Outage) -> dict[SwitchId, Measured[Position]]:
    closed = outage.closed_before - set(outage.tripped)
    is_closed = Measured(Position.CLOSED, Quality.GOOD, AT)
    is_open = Measured(Position.OPEN, Quality.GOOD, AT)
    return {s: is_closed if s in closed else is_open for s in outage.network.switches}


def _closed(dice: Dice, network: Network, *, shifted: bool) -> frozenset[SwitchId]:
    """The normal state, or any other radial one."""
    if not shifted:
        return frozenset(network.normally_closed)
    root = {s: s for s in network.sections}
    infeed = network.section_of_node
    roots = [infeed[source.node] for source in network.sources.values()]
    root.update(dict.fromkeys(roots, roots[0]))
    closed = set()
    for switch in _shuffled(dice, list(network.switches)):
        one, other = (_root(root, end) for end in network.section_ends[switch])
        if one != other and dice.random() < 0.95:
            root[one] = other
            closed.add(switch)
    return frozenset(closed)


def _root(root: dict[SectionId, SectionId], section: SectionId) -> SectionId:
    while root[section] != section:
        section = root[section]
    return section


def _shuffled(dice: Dice, items: Sequence[SwitchId]) -> list[SwitchId]:
    return sorted(items, key=lambda item: (dice.random(), item))


def random_situation(dice: Dice, outage: Outage, *, doubt: Doubt) -> Situation:
    """The outage as the planner is told of it."""
    network = outage.network
    switches = list(network.switches)
    snapshot = _snapshot(dice, outage, doubt=doubt)
    suspected = set(outage.faults)
    if dice.random() < doubt.wide:
        near = [n for s in outage.faults for n in _beside(network, s) if n in outage.dark]
        suspected.update([dice.choice(near)] if near else [])
    dark_elsewhere = [s for s in network.sections if s in _dark_now(network, snapshot)]
    others = [s for s in dark_elsewhere if s not in suspected]
    told = dice.random() < doubt.other_incident and others
    return Situation(
        network=network,
        snapshot=snapshot,
        closed_before=outage.closed_before,
        suspected=frozenset(suspected),
        dark=outage.dark,
        loads=outage.loads,
        limits=dice.choice(LIMITS),
        unavailable=frozenset(_some(dice, switches, chance=doubt.unavailable)),
        forbidden=frozenset([dice.choice(others)] if told else []),
        dark_s=dice.choice(DARK_S),
        settings=_within(
            doubt.budget,
            PlanSettings(
                crew_available=dice.random() < 0.75,
                repair_s=dice.choice((7200.0, 14400.0)),
                load_transfer=dice.random() < doubt.transfer,
            ),
        ),
    )


def _within(budget: float, settings: PlanSettings) -> PlanSettings:
    return replace(
        settings,
        checks_max=ceil(settings.checks_max * budget),
        trees_max=ceil(settings.trees_max * budget),
        combinations_max=ceil(settings.combinations_max * budget),
    )


def _dark_now(network: Network, snapshot: Snapshot) -> frozenset[SectionId]:
    return energise(network, snapshot.closed, dead_sources=snapshot.dead_sources).dark


def _beside(network: Network, section: SectionId) -> Iterator[SectionId]:
    for switch in network.sections[section].switches:
        yield network.across(switch, section)


def _some(dice: Dice, items: Sequence[SwitchId], *, chance: float) -> list[SwitchId]:
    if dice.random() >= chance:
        return []
    return [dice.choice(items) for _ in range(dice.randint(1, 2))]


def _snapshot(dice: Dice, outage: Outage, *, doubt: Doubt) -> Snapshot:
    network = outage.network
    switches = list(network.switches)
    positions = _positions(outage)
    unknown = frozenset(_some(dice, switches, chance=doubt.unknown))
    last: dict[SwitchId, Position] = {}
    for switch in sorted(unknown):
        how = dice.choice(("stale", "indefinite", "doubted"))
        if how == "stale":
            positions[switch] = replace(positions[switch], quality=Quality.STALE)
        if how == "indefinite":
            last[switch] = positions[switch].value
            positions[switch] = replace(positions[switch], value=Position.INTERMEDIATE)
    return Snapshot(
        at=AT,
        positions=positions,
        unknown=unknown,
        unreachable=frozenset(_some(dice, switches, chance=doubt.unreachable)),
        tags=_tags(dice, switches, chance=doubt.tagged),
        flags={},
        dead_sources=outage.dead_sources,
        last_definite=last,
    )


def _tags(
    dice: Dice, switches: Sequence[SwitchId], *, chance: float
) -> Mapping[SwitchId, tuple[Tag, ...]]:
    tags: dict[SwitchId, tuple[Tag, ...]] = {}
    for switch in _some(dice, switches, chance=chance):
        kind = dice.choice(TAGS)
        named = TagId(f"{switch}-{len(tags)}")
        tag = Tag(id=named, switch=switch, kind=kind, by=UserName("lan"), placed_at=AT, reason="")
        tags[switch] = (*tags.get(switch, ()), tag)
    return tags
