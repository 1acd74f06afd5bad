"""What a dispatcher expects of a one-line diagram, on grids drawn by hand."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from gridops.adapters.grid_files import load_grid
from gridops.ids import NodeId, SwitchId
from gridops.network import Network, NodeKind, build_network, draw
from gridops.schematic import LANE, Layout, Point, layout

ROOT = Path(__file__).resolve().parents[2]


def at(drawn: Layout, node: str) -> Point:
    return drawn.places[NodeId(node)]


def test_a_trunk_goes_straight_down() -> None:
    drawn = layout(draw("S1 [b1] A [s1] B [s2] C"))
    places = [at(drawn, node) for node in ("S1", "S1.b1", "A.b1", "A", "B", "C")]
    assert len({place.x for place in places}) == 1
    assert all(upper.y < lower.y for upper, lower in pairwise(places))


def test_a_lateral_leaves_at_a_right_angle_and_goes_on_in_a_lane_of_its_own() -> None:
    drawn = layout(draw("S1 [b1] A [s1] B [s2] C [s3] D\nA [s4] X [s5] Y"))
    assert at(drawn, "A.s4") == Point(at(drawn, "A").x + LANE, at(drawn, "A").y)
    assert at(drawn, "X").x == at(drawn, "Y").x == at(drawn, "A").x + LANE
    assert at(drawn, "Y").y > at(drawn, "X").y > at(drawn, "A").y


def test_a_lateral_of_a_lateral_lies_further_out() -> None:
    drawn = layout(draw("S1 [b1] A [s1] B [s2] C [s3] D\nA [s4] X [s5] Y\nX [s6] Z"))
    assert at(drawn, "A").x < at(drawn, "Y").x < at(drawn, "Z").x


def test_feeders_hang_side_by_side_from_one_bar() -> None:
    drawn = layout(draw("S1 [b1] A\nS1 [b2] B\nS1 [b3] C"))
    bar = drawn.bars[NodeId("S1")]
    heads = [drawn.switches[SwitchId(name)].mark for name in ("b1", "b2", "b3")]
    assert bar.left.x < heads[0].x < heads[1].x < heads[2].x < bar.right.x
    assert bar.left.y == bar.right.y == at(drawn, "S1").y
    assert len({head.y for head in heads}) == 1


def test_tied_feeders_stand_next_to_each_other() -> None:
    """Without the ties the order is that of the names."""
    untied = "\n".join(f"S1 [b{k}] A{k}" for k in range(1, 5))
    drawn = layout(draw(untied))
    assert sorted("1234", key=lambda k: at(drawn, f"A{k}").x) == ["1", "2", "3", "4"]
    drawn = layout(draw(f"{untied}\nA1 (t1) A4\nA4 (t2) A2\nA2 (t3) A3"))
    order = "".join(sorted("1234", key=lambda k: at(drawn, f"A{k}").x))
    assert order in ("1423", "3241")


def test_tied_stations_stand_next_to_each_other() -> None:
    feeders = "\n".join(f"S{k} [b{k}] A{k}" for k in range(1, 5))
    drawn = layout(draw(f"{feeders}\nA1 (t1) A4\nA4 (t2) A2\nA2 (t3) A3"))
    order = "".join(sorted("1234", key=lambda k: at(drawn, f"S{k}").x))
    assert order in ("1423", "3241")


def test_a_tie_between_the_ends_of_two_feeders_crosses_nothing() -> None:
    network = draw("S1 [b1] A [s1] B [s2] C\nS1 [b2] D [s3] E\nC (t1) E")
    drawn = layout(network)
    assert drawn.crossings == 0
    assert drawn.switches[SwitchId("t1")].linked


def test_names_are_ordered_as_people_count() -> None:
    drawn = layout(draw("S1 [b10] A\nS1 [b9] B\nS1 [b1] C"))
    assert at(drawn, "C").x < at(drawn, "B").x < at(drawn, "A").x


def test_a_part_that_is_dark_in_the_normal_state_hangs_where_a_switch_joins_it() -> None:
    drawn = layout(draw("S1 [b1] A [s1] B (t1) C [s2] D"))
    assert at(drawn, "D").x == at(drawn, "B").x
    assert at(drawn, "D").y > at(drawn, "B").y
    assert not drawn.switches[SwitchId("t1")].linked


def test_a_part_that_nothing_joins_is_drawn_beside_the_rest() -> None:
    drawn = layout(draw("S1 [b1] A\nX [s1] Y"))
    assert at(drawn, "X") != at(drawn, "A")
    assert at(drawn, "X").x > at(drawn, "A").x


def test_a_closed_ring_is_drawn_as_a_tree_with_one_link() -> None:
    network = draw("S1 [b1] A [s1] B [s2] C [s3] A")
    wires = layout(network).switches.values()
    assert sum(wire.linked for wire in wires) == 1


def test_a_grid_without_a_source_and_an_empty_one_are_drawn() -> None:
    assert set(layout(draw("A [s1] B")).places) == {"A", "B", "A.s1", "B.s1"}
    nothing = build_network(
        replace(
            draw("A [s1] B").components, nodes=(), branches=(), switches=(), loads=(), points=()
        )
    )
    assert layout(nothing).places == {}


def renamed(network: Network, prefix: str) -> Network:
    """Every node and switch with `prefix` before its id; the order of ids stays."""
    parts = network.components

    def new(ident: NodeId) -> NodeId:
        return NodeId(prefix + ident)

    return build_network(
        replace(
            parts,
            nodes=tuple(replace(n, id=new(n.id)) for n in parts.nodes),
            branches=tuple(
                replace(b, from_node=new(b.from_node), to_node=new(b.to_node))
                for b in parts.branches
            ),
            transformers=tuple(
                replace(t, from_node=new(t.from_node), to_node=new(t.to_node))
                for t in parts.transformers
            ),
            switches=tuple(
                replace(s, node_a=new(s.node_a), node_b=new(s.node_b)) for s in parts.switches
            ),
            sources=tuple(replace(s, node=new(s.node)) for s in parts.sources),
            loads=tuple(replace(load, node=new(load.node)) for load in parts.loads),
            generators=tuple(replace(g, node=new(g.node)) for g in parts.generators),
            shunts=tuple(replace(shunt, node=new(shunt.node)) for shunt in parts.shunts),
        )
    )


@pytest.mark.parametrize("name", ["hanoi_ring", "oberrhein"])
def test_new_names_in_the_old_order_change_nothing(name: str) -> None:
    network = load_grid(ROOT / "models" / name)
    drawn = layout(network)
    again = layout(renamed(network, "new-"))
    assert {f"new-{node}": place for node, place in drawn.places.items()} == again.places
    assert drawn.branches == again.branches
    assert drawn.switches == again.switches


@pytest.mark.parametrize("name", ["hanoi_ring", "oberrhein"])
def test_places_are_whole_rows_and_lanes(name: str) -> None:
    for place in layout(load_grid(ROOT / "models" / name)).places.values():
        assert place.x % LANE == 0
        assert place.y % 1 == 0


def test_every_busbar_of_a_real_grid_is_a_bar() -> None:
    network = load_grid(ROOT / "models" / "oberrhein")
    busbars = {n.id for n in network.nodes.values() if n.kind is NodeKind.BUSBAR}
    assert busbars <= set(layout(network).bars)
