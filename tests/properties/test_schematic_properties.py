"""A layout keeps its guarantees on every grid, also on those that no utility would build."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from drawn_layouts import all_crossings, faults, tree_crossings
from hypothesis import given, settings
from hypothesis import strategies as st
from random_feeders import drawings
from random_graphs import graphs
from small_changes import (
    CHANGES,
    Change,
    a_new_station_at_the_end_of_a_line,
    a_new_station_in_a_line,
    a_new_tie,
)

from gridops.adapters.grid_files import load_grid
from gridops.ids import FeederId, NodeId, SwitchId
from gridops.network import Network, build_network, draw
from gridops.schematic import LANE, Layout, Point, layout, picture
from gridops.state import energise

ROOT = Path(__file__).resolve().parents[2]


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
@settings(max_examples=200)
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


# what stands stays


@given(graphs(), graphs())
@settings(max_examples=200)
def test_former_places_of_any_grid_may_be_given(former: Network, network: Network) -> None:
    """Most ids are the same, little else: whatever is kept, the drawing has no fault."""
    before = layout(former).places
    drawn = layout(network, before)
    assert faults(network, drawn) == []
    assert drawn.crossings == len(all_crossings(network, drawn))
    assert drawn == layout(network, before)


@given(graphs(), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=14))
def test_former_places_may_be_nonsense(network: Network, places: list[tuple[int, int]]) -> None:
    """Crowded, sloping, twice the same."""
    points = [Point(float(x), float(y)) for x, y in places]
    drawn = layout(network, dict(zip(network.nodes, points, strict=False)))
    assert faults(network, drawn) == []


@pytest.mark.parametrize("slip", [6e4, -6e4, 1e9, 1e300, float("inf"), float("nan")])
def test_a_place_far_from_all_others_is_a_slip_and_found_anew(slip: float) -> None:
    """No wire leads there: it would cost more memory than there is."""
    network = load_grid(ROOT / "models" / "hanoi_ring")
    before = layout(network).places
    drawn = layout(network, {**before, NodeId("P473-30"): Point(slip, 4.0)})
    assert all(drawn.places[n] == at for n, at in before.items() if n != "P473-30")
    assert abs(drawn.places[NodeId("P473-30")].x) < 1e3
    assert faults(network, drawn) == []


def test_places_too_large_to_tell_two_tracks_apart_are_not_kept() -> None:
    network = load_grid(ROOT / "models" / "hanoi_ring")
    fresh = layout(network)
    shifted = {node: Point(at.x + 1e17, at.y) for node, at in fresh.places.items()}
    assert layout(network, shifted) == fresh


@given(drawings(sections_max=16, feeders=4), st.integers(0, 10_000), st.sampled_from(CHANGES))
def test_a_small_change_moves_no_node_that_stays(text: str, seed: int, change: Change) -> None:
    network = draw(text)
    changed = change(network, Random(seed), "new")
    before = layout(network).places
    drawn = layout(changed, before)
    assert faults(changed, drawn) == []
    assert all(drawn.places[node] == before[node] for node in before if node in changed.nodes)


def test_a_year_of_changes_moves_nothing() -> None:
    """One after the other, each drawn on the places of the one before."""
    network = load_grid(ROOT / "models" / "hanoi_ring")
    first = drawn = layout(network)
    chance = Random(3)
    for week in range(52):
        network = CHANGES[week % len(CHANGES)](network, chance, f"new{week}")
        kept = drawn.places
        drawn = layout(network, kept)
        assert all(drawn.places[node] == kept[node] for node in kept if node in network.nodes)
        assert faults(network, drawn) == []
    assert all(drawn.places[n] == at for n, at in first.places.items() if n in network.nodes)


# without former places: every feeder keeps its shape


def seen_from_heads(network: Network, drawn: Layout) -> dict[str, dict[NodeId, Point]]:
    """By feeder: where its nodes stand as seen from the head."""
    normal = {s.id for s in network.switches.values() if s.is_normally_closed}
    feeder_of = energise(network, normal).feeder_of
    found: dict[str, dict[NodeId, Point]] = {feeder: {} for feeder in network.heads}
    for node, place in drawn.places.items():
        feeder = feeder_of.get(network.section_of_node[node])
        if feeder is not None:
            head = drawn.switches[network.heads[feeder]].mark
            found[feeder][node] = Point(place.x - head.x, place.y - head.y)
    return found


@pytest.mark.parametrize("change", [a_new_station_at_the_end_of_a_line, a_new_station_in_a_line])
def test_a_change_of_one_feeder_shifts_others_as_a_whole(change: Change) -> None:
    network = load_grid(ROOT / "models" / "oberrhein")
    before = layout(network)
    shapes = seen_from_heads(network, before)
    chance = Random(1)
    for _ in range(12):
        changed = change(network, chance, "new")
        after = layout(changed)
        seen = seen_from_heads(changed, after)
        same = [feeder for feeder in shapes if seen[feeder] == shapes[feeder]]
        assert len(same) >= len(shapes) - 1
        for feeder in same:
            was, now = (d.switches[network.heads[feeder]].mark for d in (before, after))
            assert (now.x - was.x) % LANE == 0
            assert now.y == was.y
        order = [heads_from_left_to_right(each, network) for each in (before, after)]
        assert order[0] == order[1]


def heads_from_left_to_right(drawn: Layout, network: Network) -> list[str]:
    return sorted(network.heads, key=lambda feeder: drawn.switches[network.heads[feeder]].mark.x)


@given(drawings(sections_max=16, feeders=4), st.integers(0, 10_000))
def test_a_new_tie_changes_no_feeders_shape(text: str, seed: int) -> None:
    network = draw(text)
    changed = a_new_tie(network, Random(seed), "new")
    before = seen_from_heads(network, layout(network))
    assert seen_from_heads(changed, layout(changed)) == before


# what looks for faults finds them


def test_a_node_on_a_foreign_wire_is_a_fault() -> None:
    network = draw("S1 [b1] A [s1] B\nS1 [b2] C")
    drawn = layout(network)
    mark = drawn.switches[network.heads[FeederId("Fb2")]].mark
    moved = {**drawn.places, NodeId("B"): mark}
    assert "b2 runs over B" in faults(network, replace(drawn, places=moved))


def test_a_sloping_wire_and_one_along_another_are_faults() -> None:
    network = draw("S1 [b1] A\nS1 [b2] B")
    drawn = layout(network)
    one, other = (drawn.switches[SwitchId(name)] for name in ("b1", "b2"))
    slope = replace(one, points=(one.points[0], other.points[-1]))
    found = faults(network, replace(drawn, switches={**drawn.switches, SwitchId("b1"): slope}))
    assert "b1 slopes" in found
    along = faults(network, replace(drawn, switches={**drawn.switches, SwitchId("b1"): other}))
    assert "b1 runs along b2" in along
