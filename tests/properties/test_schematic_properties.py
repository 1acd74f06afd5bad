"""A layout keeps its guarantees on every grid, also on those that no utility would build."""

from dataclasses import replace
from random import Random

from drawn_layouts import all_crossings, faults, tree_crossings
from hypothesis import given, settings
from hypothesis import strategies as st
from random_feeders import drawings
from random_graphs import graphs

from gridops.network import Network, build_network, draw
from gridops.schematic import layout, picture


def shuffled(network: Network, seed: int) -> Network:
    """The same grid with the rows of every table in another order."""
    chance = Random(seed)
    parts = network.components
    tables = ("nodes", "branches", "transformers", "switches", "sources", "loads")
    rows = {name: list(getattr(parts, name)) for name in tables}
    for table in rows.values():
        chance.shuffle(table)
    return build_network(replace(parts, **{name: tuple(table) for name, table in rows.items()}))


@given(drawings(sections_max=16, feeders=4))
def test_a_radial_grid_is_drawn_without_a_fault(text: str) -> None:
    network = draw(text)
    drawn = layout(network)
    assert faults(network, drawn) == []
    assert tree_crossings(network, drawn) == 0
    assert drawn.crossings == len(all_crossings(network, drawn))
    assert not any(wire.linked for wire in drawn.branches.values())


@given(graphs())
@settings(max_examples=300)
def test_any_graph_is_drawn_without_a_fault(network: Network) -> None:
    drawn = layout(network)
    assert faults(network, drawn) == []
    assert tree_crossings(network, drawn) == 0
    assert drawn.crossings == len(all_crossings(network, drawn))
    assert set(drawn.places) == set(network.nodes)
    assert set(drawn.branches) == set(network.branches)
    assert set(drawn.switches) == set(network.switches)


@given(graphs(), st.integers(0, 1000))
def test_the_order_of_rows_does_not_show(network: Network, seed: int) -> None:
    other = shuffled(network, seed)
    assert layout(other) == layout(network)
    assert picture(other, layout(other)) == picture(network, layout(network))
