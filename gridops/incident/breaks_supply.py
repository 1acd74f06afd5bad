"""Who would gain or lose supply by a change of files alone, where nothing has moved."""

from collections.abc import Iterator, Mapping

from gridops.ids import LoadId, SectionId, SourceId, SwitchId
from gridops.incident.findings import Finding, Taking, blocks, warns
from gridops.network import Network
from gridops.state import Energisation, LiveState, energise

NAMED_MAX = 3
"""Loads that one finding names; of the rest it gives the number."""


def supply_findings(taking: Taking) -> Iterator[Finding]:
    yield from _sources(taking)
    yield from _loops(taking)
    yield from _lost(taking)
    yield from _live(taking)
    yield from _interrupted(taking)


def _sources(taking: Taking) -> Iterator[Finding]:
    for source in sorted(taking.running.sources_in_doubt):
        now = taking.new.sources.get(source)
        if now is None or now.node != taking.old.sources[source].node:
            yield blocks(
                "dead-source-changed",
                source,
                message=f"source {source} is without voltage, and vanishes or feeds elsewhere",
                remedy="wait until it has voltage, or until its outage is over",
            )


def _loops(taking: Taking) -> Iterator[Finding]:
    was, now = taking.state.energisation, taking.then.energisation
    for switch in now.loops:
        joins = _joined(switch, now, network=taking.new)
        if switch in was.loops and _joined(switch, was, network=taking.old) == joins:
            continue
        one, other = joins
        remedy = "open the ring first, or mend the new version"
        if one == other:
            message = f"with switches as they stand {switch} would close a ring"
            yield blocks("ring-closed", switch, message=message, remedy=remedy)
        else:
            message = f"with switches as they stand {switch} would join sources {one} and {other}"
            yield blocks("sources-parallel", switch, message=message, remedy=remedy)


def _joined(switch: SwitchId, traced: Energisation, *, network: Network) -> list[SourceId]:
    """The sources at both ends of a switch that closes a loop."""
    return sorted(traced.source_of[end] for end in network.section_ends[switch])


def _lost(taking: Taking) -> Iterator[Finding]:
    """Loads of both versions that have supply, and new ones that would begin without."""
    was, now = taking.state.energisation, taking.then.energisation
    dark_normally = energise(taking.new, taking.new.normally_closed).dark
    lost: dict[SectionId, list[LoadId]] = {}
    unborn: dict[SectionId, list[LoadId]] = {}
    for load in taking.new.loads.values():
        section = taking.new.section_of_node[load.node]
        if now.is_supplied(section):
            continue
        if load.id not in taking.old.loads:
            if section not in dark_normally:
                unborn.setdefault(section, []).append(load.id)
        elif _has_supply(load.id, was, network=taking.old):
            lost.setdefault(section, []).append(load.id)
    for section, loads in lost.items():
        yield blocks(
            "supply-lost",
            section,
            message=(
                f"with switches as they stand section {section} would be without supply, and it "
                f"has supply: {_named(loads, taking.new)}"
            ),
            remedy="bring the switches where the new version wants them first, or mend it",
        )
    for section, loads in unborn.items():
        yield warns(
            "new-customers-dark",
            section,
            message=f"new customers begin without supply: {_named(loads, taking.new)}",
            remedy="their minutes count from the taking in",
        )


def _has_supply(load: LoadId, traced: Energisation, *, network: Network) -> bool:
    return traced.is_supplied(network.section_of_node[network.loads[load].node])


def _named(loads: list[LoadId], network: Network) -> str:
    customers = sum(network.loads[load].customers for load in loads)
    more = f" and {len(loads) - NAMED_MAX} more" if len(loads) > NAMED_MAX else ""
    return f"{', '.join(loads[:NAMED_MAX])}{more} ({customers} customers)"


def _live(taking: Taking) -> Iterator[Finding]:
    """Sections without supply that would have it although nothing was switched. Behind a tag
    somebody may be at work: on all that hangs together with the section."""
    was, now = taking.state, taking.then
    tagged = {tag.switch for tag in was.tags.values() if tag.blocks_closing}
    island_of = _dark_islands(was)
    kept_alive = _kept_alive(was.network, island_of)
    kept_alive_then = _kept_alive(now.network, _dark_islands(now))
    for section, island in island_of.items():
        kept = [n for n in taking.old.sections[section].nodes if n in taking.new.section_of_node]
        there = {taking.new.section_of_node[node] for node in kept}
        if any(now.energisation.is_supplied(each) for each in there):
            would = "would have it"
        elif section not in kept_alive and there & kept_alive_then:
            would = "could have it from a generator"
        else:
            continue
        at_tags = (s for each in island for s in taking.old.sections[each].switches if s in tagged)
        message = f"section {section} is without supply and {would} by the new files alone"
        tag = next(at_tags, None)
        if tag is not None:
            yield blocks(
                "tagged-section-live",
                section,
                message=f"{message}, and {tag} carries a tag",
                remedy="take the tag off first, or mend the new version",
            )
        else:
            yield warns(
                "section-live",
                section,
                message=message,
                remedy="make sure that it is so in the field",
            )


def _dark_islands(state: LiveState) -> dict[SectionId, tuple[SectionId, ...]]:
    """Section without supply -> all such that may hang together with it, itself among them."""
    network, supplied = state.network, state.energisation.source_of
    found: dict[SectionId, tuple[SectionId, ...]] = {}
    for first in network.sections:
        if first not in supplied and first not in found:
            island = tuple(_hanging_together(state, first))
            found.update(dict.fromkeys(island, island))
    return {section: found[section] for section in network.sections if section in found}


def _hanging_together(state: LiveState, first: SectionId) -> list[SectionId]:
    network, found = state.network, {first}
    queue = [first]
    for section in queue:  # grows while it is walked
        passed = (s for s in network.sections[section].switches if _may_pass(s, state))
        for other in [network.across(switch, section) for switch in passed]:
            if other not in found and not state.energisation.is_supplied(other):
                found.add(other)
                queue.append(other)
    return queue


def _may_pass(switch: SwitchId, state: LiveState) -> bool:
    return switch in state.closed or state.is_unknown(switch)


def _kept_alive(
    network: Network, island_of: Mapping[SectionId, tuple[SectionId, ...]]
) -> frozenset[SectionId]:
    """Sections without supply that a generator may feed which can keep an island."""
    return frozenset(
        section
        for section, island in island_of.items()
        if any(
            network.generators[generator].island_capable
            for each in island
            for generator in network.sections[each].generators
        )
    )


def _interrupted(taking: Taking) -> Iterator[Finding]:
    """An interruption ends when supply comes back, never by an edit of files."""
    essential = taking.changes.essential("loads")
    for load in sorted(taking.running.interrupted):
        remedy = "wait until the load has supply again"
        if load not in taking.new.loads:
            hint = taking.perhaps("loads", load)
            message = (
                f"load {load} is without supply, and vanishes{hint}: its minutes would have no end"
            )
            yield blocks("interrupted-load-gone", load, message=message, remedy=remedy)
        elif load in essential:
            message = f"load {load} is without supply, and becomes another"
            yield blocks("interrupted-load-changed", load, message=message, remedy=remedy)
        elif _has_supply(load, taking.then.energisation, network=taking.new):
            message = f"load {load} is without supply and would have it by the new files alone"
            yield blocks("supply-by-file", load, message=message, remedy=remedy)
