"""Who is supplied, worked out slowly with networkx: what the trace by number must equal."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import isclose

import networkx as nx

from gridops.ids import BranchId, LoadId, NodeId, SectionId, SwitchId
from gridops.network import Components, Load, Network, NodeKind, SwitchKind, build_network
from gridops.state import Energisation
from tests.properties.random_graphs import line, node, source, switch

KINDS = list(SwitchKind)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A grid in numbers: ends of lines and switches, nodes with sources, customers by node."""

    lines: Sequence[tuple[int, int]]
    switches: Sequence[tuple[int, int]]
    heads: AbstractSet[int]
    fed: Sequence[int]
    customers: Sequence[int]

    def network(self) -> Network:
        """Every node with customers has a load of so many kW and a bit."""
        return build_network(
            Components(
                name="random",
                nodes=tuple(node(f"n{k}", NodeKind.STATION) for k in range(len(self.customers))),
                branches=tuple(
                    line(BranchId(f"l{k}"), f"n{a}", b=f"n{b}")
                    for k, (a, b) in enumerate(self.lines)
                ),
                switches=tuple(
                    switch(
                        f"s{k}",
                        f"n{a}",
                        b=f"n{b}",
                        kind=KINDS[k % len(KINDS)],
                        head=k in self.heads,
                    )
                    for k, (a, b) in enumerate(self.switches)
                ),
                sources=tuple(source(f"S{k}", f"n{at}") for k, at in enumerate(self.fed)),
                loads=tuple(
                    Load(
                        id=LoadId(f"n{k}"),
                        name="",
                        node=NodeId(f"n{k}"),
                        p_w=count * 1000.1,
                        q_var=0.0,
                        customers=count,
                    )
                    for k, count in enumerate(self.customers)
                    if count
                ),
            )
        )


def assert_as_networkx_has_it(
    traced: Energisation, closed: AbstractSet[SwitchId], dead: Iterable[str]
) -> None:
    network = traced.network
    joined = nx.MultiGraph()
    joined.add_nodes_from(network.sections)
    joined.add_edges_from((*network.section_ends[s], s) for s in closed)
    assert dict(traced.source_of) == _sources(network, joined, set(dead))
    assert traced.dark == network.sections.keys() - traced.source_of.keys()
    assert traced.customers_dark == _customers(network, traced.dark)
    _assert_paths(traced, closed, joined)
    _assert_behind(traced)
    feeding = {s for s in traced.fed_through.values() if s is not None}
    ends = network.section_ends
    loops = [s for s in network.switches if s in closed and ends[s][0] in traced.source_of]
    assert list(traced.loops) == [s for s in loops if s not in feeding]
    assert set(traced.parallels) == {
        s for s in traced.loops if len({traced.source_of[end] for end in ends[s]}) == 2
    }


def _sources(network: Network, joined: nx.MultiGraph, dead: set[str]) -> dict[str, str]:
    """The nearest live source of each section; of several, the first in file order."""
    away: dict[str, tuple[int, int, str]] = {}
    for rank, each in enumerate(network.sources.values()):
        if each.id in dead:
            continue
        at = network.section_of_node[each.node]
        for section, steps in nx.single_source_shortest_path_length(joined, at).items():
            away[section] = min(away.get(section, (steps, rank, each.id)), (steps, rank, each.id))
    return {section: name for section, (_, _, name) in away.items()}


def _assert_paths(
    traced: Energisation, closed: AbstractSet[SwitchId], joined: nx.MultiGraph
) -> None:
    network, seen = traced.network, set()
    assert list(traced.fed_through) == list(traced.order)
    for section, through in traced.fed_through.items():
        root = network.section_of_node[network.sources[traced.source_of[section]].node]
        path = traced.path(section)
        assert len(path) == nx.shortest_path_length(joined, root, section)
        heads = [network.switches[s].feeder for s in path if network.switches[s].feeder]
        assert traced.feeder_of[section] == (heads[-1] if heads else None)
        seen.add(section)
        if through is None:
            assert (section, path) == (root, ())
            continue
        above = network.across(through, section)
        assert through in closed
        assert above in seen
        assert traced.source_of[above] == traced.source_of[section]
        assert path == (*traced.path(above), through)


def _assert_behind(traced: Energisation) -> None:
    network, order = traced.network, traced.order
    fed = {s: section for section, s in traced.fed_through.items() if s is not None}
    downwards = nx.DiGraph((network.across(s, section), section) for s, section in fed.items())
    for switch_ in network.switches:
        wanted: set[SectionId] = set()
        if switch_ in fed:
            wanted = {fed[switch_], *nx.descendants(downwards, fed[switch_])}
            at = order.index(fed[switch_])
            assert set(order[at : at + len(wanted)]) == wanted
        assert traced.behind(switch_) == wanted
        assert traced.customers_behind(switch_) == _customers(network, wanted)
        power = sum(network.sections[s].p_w for s in wanted)
        assert isclose(traced.p_w_behind(switch_), power, abs_tol=1e-6)


def _customers(network: Network, sections: AbstractSet[SectionId]) -> int:
    return sum(network.sections[s].customers for s in sections)
