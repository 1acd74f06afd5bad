"""The shared topology against networkx, on grids whose edges may lead anywhere."""

import sys
import unicodedata
from dataclasses import replace

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from gridops.measurement import Position
from gridops.network import Components
from gridops.network.topology import Edge, Topology
from tests.unit.sound_grid import SOUND

ends = st.sampled_from(["n0", "n1", "n2", "n3", "n4", "n5", "n6", "nowhere"])
positions = st.sampled_from([Position.OPEN, Position.CLOSED])


@st.composite
def tangles(draw: st.DrawFn) -> Components:
    """Seven nodes and any edges between them, self-loops and loose ends included."""
    lines = draw(st.lists(st.tuples(ends, ends), max_size=7))
    switches = draw(st.lists(st.tuples(ends, ends, positions), max_size=7))
    fed = draw(st.lists(ends, max_size=3))
    return Components(
        name="tangle",
        nodes=tuple(replace(SOUND.nodes[0], id=f"n{k}") for k in range(7)),
        branches=tuple(
            replace(SOUND.branches[0], id=f"L{k}", from_node=a, to_node=b)
            for k, (a, b) in enumerate(lines)
        ),
        switches=tuple(
            replace(SOUND.switches[0], id=f"s{k}", node_a=a, node_b=b, normal_position=position)
            for k, (a, b, position) in enumerate(switches)
        ),
        sources=tuple(
            replace(SOUND.sources[0], id=f"S{k}", node=node) for k, node in enumerate(fed)
        ),
    )


def graph(components: Components, edges: list[Edge]) -> nx.Graph:
    found = nx.Graph([(edge.a, edge.b) for edge in edges])
    found.add_nodes_from(node.id for node in components.nodes)
    return found


@given(tangles())
def test_sections_are_what_branches_join(components: Components) -> None:
    topology = Topology(components)
    lines = [edge for edge in topology.edges if edge.table != "switches"]
    sections: dict[str, set[str]] = {}
    for node, of in topology.section.items():
        sections.setdefault(of, set()).add(node)
    wanted = nx.connected_components(graph(components, lines))
    assert sorted(map(sorted, sections.values())) == sorted(map(sorted, wanted))


@given(components=tangles(), starts=st.sets(ends), only_closed=st.booleans())
def test_supplied_is_what_hangs_together_with_a_start(
    components: Components, starts: set[str], *, only_closed: bool
) -> None:
    topology = Topology(components)
    conducting = [edge for edge in topology.edges if edge.is_closed or not only_closed]
    joined = graph(components, conducting)
    wanted = set().union(
        *(nx.node_connected_component(joined, start) for start in starts if start in joined)
    )
    supplied = topology.supplied_sections(starts, only_closed=only_closed)
    assert {node for node, of in topology.section.items() if of in supplied} == wanted


@given(tangles())
def test_radial_is_a_forest_with_at_most_one_source_in_each_tree(components: Components) -> None:
    topology = Topology(components)
    closed = nx.MultiGraph([(edge.a, edge.b) for edge in topology.closed])
    closed.add_nodes_from(node.id for node in components.nodes)
    fed = {source.node for source in components.sources}
    wanted = nx.is_forest(closed) and all(
        len(fed & tree) <= 1 for tree in nx.connected_components(closed)
    )
    assert topology.is_radial == wanted


@given(tangles())
def test_every_edge_is_either_sound_or_broken(components: Components) -> None:
    topology = Topology(components)
    nodes = {node.id for node in components.nodes}
    assert len(topology.edges) + len(topology.broken) == sum(
        map(len, (components.branches, components.transformers, components.switches))
    )
    assert all({edge.a, edge.b} <= nodes and edge.a != edge.b for edge in topology.edges)
    assert not any({edge.a, edge.b} <= nodes and edge.a != edge.b for edge in topology.broken)


def test_a_printable_character_is_never_of_category_c() -> None:
    """Validation looks at whole columns this way before it looks at each character."""
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith("C"):
            assert not chr(code).isprintable()
