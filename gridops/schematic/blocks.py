"""A grid with only the switches that matter: all that stays together is one node.

S1 [b1] A [s1] B [s2] C (t1) D   with b1, s2 and t1 kept:   S1 [b1] A+B [s2] C (t1) D
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from gridops.ids import BranchId, LoadId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import Branch, BranchKind, Load, Network, Node, NodeKind, build_network
from gridops.network.network import Components


def blocks(
    network: Network, kept: AbstractSet[SwitchId]
) -> tuple[Network, Mapping[SectionId, NodeId]]:
    """The grid as its `kept` switches part it, for drawing only (its lines have no length), and
    the block that each section is in; sections that no kept switch touches are left out.

    Every other switch joins its sections where it is normally closed. A block is called by its
    customers; one with a source is a busbar.
    """
    block_of = _joined(network, kept)
    touched = {block_of[s] for switch in kept for s in network.section_ends[switch]}
    held = {
        block: [s for s in network.sections if block_of[s] == block]
        for block in dict.fromkeys(block_of.values())
        if block in touched
    }
    switches = [network.switches[s] for s in network.switches if s in kept]
    ends = {s.id: tuple(NodeId(block_of[e]) for e in network.section_ends[s.id]) for s in switches}
    parts = Components(
        name=network.name,
        nodes=(
            *(_node(network, block, inside=inside) for block, inside in held.items()),
            *(_terminal(network, at, near=near) for s in ends for at, near in _sides(s, ends[s])),
        ),
        branches=tuple(_lead(*side) for s in ends for side in _sides(s, ends[s])),
        switches=tuple(
            replace(s, node_a=NodeId(f"{s.id}.a"), node_b=NodeId(f"{s.id}.b")) for s in switches
        ),
        sources=tuple(
            replace(network.sources[SourceId(source)], node=NodeId(block))
            for block, inside in held.items()
            for section in inside
            for source in network.sections[section].sources
        ),
        loads=tuple(_loads(network, held)),
    )
    members = {s: NodeId(block) for block, inside in held.items() for s in inside}
    return build_network(parts), members


def _joined(network: Network, kept: AbstractSet[SwitchId]) -> dict[SectionId, SectionId]:
    """The first section, in grid order, of the block that each section is in."""
    block_of = {section: section for section in network.sections}
    for switch in network.switches.values():
        if switch.id in kept or not switch.is_normally_closed:
            continue
        one, other = (block_of[s] for s in network.section_ends[switch.id])
        for section, block in block_of.items():
            if block == other:
                block_of[section] = one
    return block_of


def _sides(switch: SwitchId, ends: Sequence[NodeId]) -> Iterator[tuple[NodeId, NodeId]]:
    """The terminals of a switch, each with the block that it leads to."""
    for side, end in zip("ab", ends, strict=True):
        yield NodeId(f"{switch}.{side}"), end


def _node(network: Network, block: SectionId, *, inside: Sequence[SectionId]) -> Node:
    fed = any(network.sections[s].sources for s in inside)
    customers = sum(network.sections[s].customers for s in inside)
    return Node(
        id=NodeId(block),
        name=f"{customers:,} customers" if customers else "",
        kind=NodeKind.BUSBAR if fed else NodeKind.STATION,
        voltage_v_nominal=_voltage_v(network, block),
    )


def _voltage_v(network: Network, section: SectionId) -> float:
    return network.nodes[network.sections[section].nodes[0]].voltage_v_nominal


def _terminal(network: Network, ident: NodeId, *, near: NodeId) -> Node:
    voltage_v = _voltage_v(network, SectionId(near))
    return Node(id=ident, name="", kind=NodeKind.TERMINAL, voltage_v_nominal=voltage_v)


def _lead(one: NodeId, other: NodeId) -> Branch:
    return Branch(
        id=BranchId(f"{one}.lead"),
        name="",
        kind=BranchKind.CABLE,
        from_node=one,
        to_node=other,
        length_m=1.0,
        r_ohm=0.0,
        x_ohm=0.0,
        c_f=0.0,
        current_a_max=1.0,
    )


def _loads(network: Network, held: Mapping[SectionId, list[SectionId]]) -> Iterator[Load]:
    for block, inside in held.items():
        sections = [network.sections[s] for s in inside]
        yield Load(
            id=LoadId(f"load {block}"),
            name="",
            node=NodeId(block),
            p_w=sum(section.p_w for section in sections),
            q_var=0.0,
            customers=sum(section.customers for section in sections),
        )
