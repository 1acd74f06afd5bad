"""How sections and feeders differ between two versions of a grid."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gridops.ids import FeederId, LoadId, SectionId, SourceId
from gridops.network.network import Network, Section


class Fate(StrEnum):
    """What became of a section; told by its nodes, not by its id."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    SPLITS = "splits"
    MERGES = "merges"
    CHANGES = "changes"
    """Other nodes, branches, switches, loads, sources or generators."""
    RENAMED = "renamed"
    """The same, under another id: another of its nodes stands first in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionChange:
    fate: Fate
    old: tuple[SectionId, ...]
    new: tuple[SectionId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederChange:
    """What a feeder supplies in the normal state, before and after. `customers_old` None: it is
    new; `customers_new` None: it is gone."""

    feeder: FeederId
    source_old: SourceId | None
    source_new: SourceId | None
    customers_old: int | None
    customers_new: int | None
    loads_gained: tuple[LoadId, ...]
    loads_lost: tuple[LoadId, ...]


@dataclass(frozen=True, slots=True)
class _Supply:
    source: SourceId | None
    loads: dict[LoadId, int]
    """With their customers, in the order of the trace."""


def section_changes(old: Network, new: Network) -> tuple[SectionChange, ...]:
    """In the order of the old sections; what is new stands behind, in the order of the new."""
    return tuple(_section_changes(old, new))


def _section_changes(old: Network, new: Network) -> Iterator[SectionChange]:
    into = {s.id: _met(s, new) for s in old.sections.values()}
    out_of = {s.id: _met(s, old) for s in new.sections.values()}
    told: set[SectionId] = set()
    for ident, found in into.items():
        if not found:
            yield SectionChange(fate=Fate.VANISHES, old=(ident,), new=())
        elif len(found) > 1:
            yield SectionChange(fate=Fate.SPLITS, old=(ident,), new=found)
        elif len(out_of[found[0]]) > 1:
            if found[0] not in told:
                told.add(found[0])
                yield SectionChange(fate=Fate.MERGES, old=out_of[found[0]], new=found)
        else:
            fate = _fate(old.sections[ident], new.sections[found[0]])
            if fate is not None:
                yield SectionChange(fate=fate, old=(ident,), new=found)
    for ident, found in out_of.items():
        if not found:
            yield SectionChange(fate=Fate.APPEARS, old=(), new=(ident,))


def _met(section: Section, other: Network) -> tuple[SectionId, ...]:
    """The sections of `other` that hold nodes of `section`."""
    met = (other.section_of_node[n] for n in section.nodes if n in other.section_of_node)
    return tuple(dict.fromkeys(met))


def _fate(old: Section, new: Section) -> Fate | None:
    if members(old) != members(new):
        return Fate.CHANGES
    return None if old.id == new.id else Fate.RENAMED


def members(section: Section) -> Mapping[str, frozenset[str]]:
    """Table -> the elements of the section."""
    return {
        "nodes": frozenset(section.nodes),
        "branches": frozenset(section.branches),
        "switches": frozenset(section.switches),
        "loads": frozenset(section.loads),
        "sources": frozenset(section.sources),
        "generators": frozenset(section.generators),
    }


def feeder_changes(old: Network, new: Network) -> tuple[FeederChange, ...]:
    """In the order of the old heads; new feeders stand behind."""
    was, now = _supplies(old), _supplies(new)
    found = []
    for feeder in dict.fromkeys([*was, *now]):
        before, after = was.get(feeder), now.get(feeder)
        if before == after:
            continue
        had, has = (before.loads if before else {}), (after.loads if after else {})
        found.append(
            FeederChange(
                feeder=feeder,
                source_old=before.source if before else None,
                source_new=after.source if after else None,
                customers_old=sum(had.values()) if before else None,
                customers_new=sum(has.values()) if after else None,
                loads_gained=tuple(load for load in has if load not in had),
                loads_lost=tuple(load for load in had if load not in has),
            )
        )
    return tuple(found)


def _supplies(network: Network) -> dict[FeederId, _Supply]:
    """What every feeder supplies with all switches in their normal position."""
    supplies = {feeder: _Supply(None, {}) for feeder in network.heads}
    reached: dict[SectionId, tuple[SourceId, FeederId | None]] = {}
    queue: deque[SectionId] = deque()
    for source in network.sources.values():
        section = network.section_of_node[source.node]
        if section not in reached:
            reached[section] = source.id, None
            queue.append(section)
    while queue:
        section = queue.popleft()
        source_id, feeder = reached[section]
        if feeder is not None:
            supply = supplies[feeder]
            loads = {load.id: load.customers for load in network.loads_of_section[section]}
            supplies[feeder] = _Supply(source_id, {**supply.loads, **loads})
        for switch in network.sections[section].switches:
            other = network.across(switch, section)
            if network.switches[switch].is_normally_closed and other not in reached:
                reached[other] = source_id, network.switches[switch].feeder or feeder
                queue.append(other)
    return supplies
