"""Little changes to a grid, as they come every week; what is new is called `name`."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from random_graphs import line, node, switch

from gridops.ids import BranchId, NodeId
from gridops.measurement import Position
from gridops.network import Branch, Network, NodeKind, SwitchKind, build_network


def a_new_station_at_the_end_of_a_line(network: Network, chance: Random, name: str) -> Network:
    parts = network.components
    end = chance.choice([n for n in parts.nodes if n.kind is not NodeKind.BUSBAR]).id
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, node(name, NodeKind.STATION)),
            branches=(*parts.branches, line(name, end, b=name)),
        )
    )


def a_new_station_in_a_line(network: Network, chance: Random, name: str) -> Network:
    parts = network.components
    cut = chance.choice(parts.branches)
    halves = (replace(cut, to_node=NodeId(name)), line(name, name, b=cut.to_node))
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, node(name, NodeKind.STATION)),
            branches=(*(b for b in parts.branches if b is not cut), *halves),
        )
    )


def a_station_removed_from_an_end(network: Network, chance: Random, name: str) -> Network:
    """With the edge that joined it and all that it had; nothing if there is no such end."""
    parts = network.components
    degree: dict[NodeId, int] = dict.fromkeys(network.nodes, 0)
    for branch in parts.all_branches:
        for end in (branch.from_node, branch.to_node):
            degree[end] += 1
    for each in parts.switches:
        for end in (each.node_a, each.node_b):
            degree[end] += 1
    fed = {source.node for source in parts.sources}
    ends = [n for n, count in degree.items() if count == 1 and n not in fed]
    gone = chance.choice(ends or [NodeId("")])
    return build_network(
        replace(
            parts,
            nodes=tuple(n for n in parts.nodes if n.id != gone),
            branches=tuple(b for b in parts.branches if gone not in (b.from_node, b.to_node)),
            switches=tuple(s for s in parts.switches if gone not in (s.node_a, s.node_b)),
            loads=tuple(load for load in parts.loads if load.node != gone),
            generators=tuple(g for g in parts.generators if g.node != gone),
            shunts=tuple(shunt for shunt in parts.shunts if shunt.node != gone),
            points=(),
        )
    )


def a_new_tie(network: Network, chance: Random, name: str) -> Network:
    parts = network.components
    places = [n.id for n in parts.nodes if n.kind is not NodeKind.BUSBAR]
    a, b = chance.sample(places, 2)
    tie = switch(f"{name}-tie", a, b=b, kind=SwitchKind.LOAD_BREAK_SWITCH, is_open=True)
    return build_network(replace(parts, switches=(*parts.switches, tie)))


def a_new_switch_in_a_line(network: Network, chance: Random, name: str) -> Network:
    parts = network.components
    cut = chance.choice(parts.branches)
    other = switch(f"{name}-switch", name, b=cut.to_node, kind=SwitchKind.RECLOSER)
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, node(name, NodeKind.TERMINAL)),
            branches=tuple(
                replace(b, to_node=NodeId(name)) if b is cut else b for b in parts.branches
            ),
            switches=(*parts.switches, other),
        )
    )


def another_open_point(network: Network, chance: Random, name: str) -> Network:
    """A tie closed in the normal state, and a switch of one of its feeders opened."""
    parts = network.components
    ties = [s.id for s in parts.switches if not s.is_normally_closed]
    closed = [s.id for s in parts.switches if s.is_normally_closed and s.feeder is None]
    if not ties or not closed:
        return network
    moved = {chance.choice(ties): Position.CLOSED, chance.choice(closed): Position.OPEN}
    return build_network(
        replace(
            parts,
            switches=tuple(
                replace(s, normal_position=moved.get(s.id, s.normal_position))
                for s in parts.switches
            ),
        )
    )


def a_line_replaced(network: Network, chance: Random, name: str) -> Network:
    """By one of another id and length, between the same nodes."""
    parts = network.components
    old = chance.choice(parts.branches)
    new = replace(old, id=BranchId(f"A-{name}"), length_m=1.0)
    branches: tuple[Branch, ...] = tuple(new if b is old else b for b in parts.branches)
    return build_network(replace(parts, branches=branches))


Change = Callable[[Network, Random, str], Network]
CHANGES: tuple[Change, ...] = (
    a_new_station_at_the_end_of_a_line,
    a_new_station_in_a_line,
    a_station_removed_from_an_end,
    a_new_tie,
    a_new_switch_in_a_line,
    another_open_point,
    a_line_replaced,
)
