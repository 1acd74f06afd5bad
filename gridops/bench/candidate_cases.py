"""The restoration candidates that G2 is measured on: many outages of a city at once.

S1 (head) A [s1] B [s2] C (tie) D [head'] S2

Feeder A B C has lost its supply. With `s1` or `s2` open and the tie closed, the feeder of `head'`
takes over what hangs behind; what lies before stays dark. Each such pair of tie and switch is one
candidate. Outages do not meet: a feeder is dark, or lends, or neither.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from gridops.bench.bench_city import BenchCity
from gridops.ids import FeederId, SectionId, SourceId, SwitchId
from gridops.network import (
    Branch,
    Components,
    Network,
    Source,
    SwitchSet,
    Transformer,
    build_network,
)
from gridops.state import Energisation, energise

HEAD_VOLTAGE_PU = 1.03
"""Held where a feeder begins, if what feeds it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """One tie, from the feeder that lends to the one that is dark.

    `cuts` are the switches on the way from the dark feeder's head to the tie, without the head and
    without those that have no customers behind them.
    """

    switch: SwitchId
    lender: FeederId
    dark: FeederId
    cuts: tuple[SwitchId, ...]
    beyond: tuple[SectionId, ...]
    """What hangs behind the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A grid with outages, and what may be done about them."""

    network: Network
    closed: SwitchSet
    """As the outages have left them."""
    ties: Sequence[Tie]

    @property
    def candidates(self) -> Sequence[tuple[SwitchId, SwitchId]]:
        """Each the switch to close and the one to open."""
        return [(tie.switch, cut) for tie in self.ties for cut in tie.cuts]


def in_the_city(city: BenchCity) -> Case:
    """Lenders hang on their transformers, beside their neighbours on the same busbar."""
    ties = _ties(city)
    dark = {city.network.heads[tie.dark] for tie in ties}
    return Case(network=city.network, closed=city.closed - dark, ties=ties)


def by_feeders(city: BenchCity) -> Case:
    """Lenders and dark feeders alone, the voltage held at the heads of the lenders."""
    ties = _ties(city)
    network, normal = city.network, energise(city.network, city.closed)
    concerned = {feeder for tie in ties for feeder in (tie.lender, tie.dark)}
    sections = [s for s in normal.order if normal.feeder_of[s] in concerned]
    lenders = dict.fromkeys(tie.lender for tie in ties)
    after = frozenset(sections)
    heads = (network.heads[feeder] for feeder in lenders)
    sources = [_held(network, head, feeder_sections=after) for head in heads]
    part = part_of(network, sections, sources=sources)
    closed = part.switch_set(s for s in city.closed if s in part.switches)
    return Case(network=part, closed=closed, ties=ties)


def part_of(
    network: Network, sections: Sequence[SectionId], *, sources: Sequence[Source]
) -> Network:
    """These sections with all that is in them, and the switches that have both ends in them."""
    listed = [network.sections[section] for section in sections]
    inside = {node: None for section in listed for node in section.nodes}
    branches = [network.branches[branch] for section in listed for branch in section.branches]
    near = dict.fromkeys(switch for section in listed for switch in section.switches)
    switches = [network.switches[switch] for switch in near]
    whole = network.components
    return build_network(
        Components(
            name=f"part of {network.name}",
            frequency_hz=whole.frequency_hz,
            limits=whole.limits,
            nodes=tuple(network.nodes[node] for node in inside),
            branches=tuple(b for b in branches if isinstance(b, Branch)),
            transformers=tuple(b for b in branches if isinstance(b, Transformer)),
            switches=tuple(s for s in switches if s.node_a in inside and s.node_b in inside),
            sources=tuple(sources),
            profiles=whole.profiles,
            loads=tuple(network.loads[load] for section in listed for load in section.loads),
            shunts=tuple(shunt for shunt in whole.shunts if shunt.node in inside),
        )
    )


def _held(network: Network, head: SwitchId, *, feeder_sections: Container[SectionId]) -> Source:
    """In place of all that lies before the head."""
    switch = network.switches[head]
    is_after = network.section_of_node[switch.node_a] in feeder_sections
    return Source(
        id=SourceId(f"before {head}"),
        name=f"before {head}",
        node=switch.node_a if is_after else switch.node_b,
        voltage_pu=HEAD_VOLTAGE_PU,
        short_circuit_va=1e20,
    )


def _ties(city: BenchCity) -> Sequence[Tie]:
    """Every tie between two feeders in file order, as far as no feeder would have to be dark and
    lend too."""
    normal = energise(city.network, city.closed)
    lends: dict[FeederId, bool] = {}
    found: list[Tie] = []
    for tie in _possible(city, normal):
        if not lends.get(tie.lender, True) or lends.get(tie.dark, False):
            continue
        lends[tie.lender], lends[tie.dark] = True, False
        found.append(tie)
    return found


def _possible(city: BenchCity, normal: Energisation) -> Iterator[Tie]:
    network = city.network
    for switch, (one, other) in network.section_ends.items():
        if switch in city.closed:
            continue
        for near, far in ((one, other), (other, one)):
            lender, dark = normal.feeder_of.get(near), normal.feeder_of.get(far)
            if lender is None or dark is None or lender == dark:
                continue
            path = normal.path(far)
            behind_head = path[path.index(network.heads[dark]) + 1 :]
            cuts = tuple(s for s in behind_head if normal.customers_behind(s))
            if cuts:
                beyond = tuple(sorted(normal.behind(cuts[0])))
                yield Tie(switch=switch, lender=lender, dark=dark, cuts=cuts, beyond=beyond)
