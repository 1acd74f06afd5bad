"""The compiled power flow at the edges of what a grid can be."""

import math
from dataclasses import replace

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import BranchId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import Branch, Components, Network, Node, NodeKind, build_network, draw
from gridops.powerflow import LoadPower, LoadPowers, PowerFlow, RadialFlow
from gridops.powerflow.segments import segments_of
from tests.radial_sweep import RadialSweep

RING = "S1 [b1] A [s1] B (t1) C [b2] S2"


def stated(network: Network, scale: float = 1.0) -> LoadPowers:
    return LoadPowers.stated(network, scale=scale)


def test_points_between_switch_and_cable_are_inside_segments() -> None:
    """Two sources, three sections with a load each; the ends of the cables are no buses."""
    network = draw(RING)
    segments = segments_of(network)
    assert segments.buses < len(network.nodes)
    assert {network.arrays.nodes.ids[k] for k in segments.node_of_bus} >= {"S1", "S2"}
    inside = [
        node
        for node, bus in zip(network.nodes, segments.bus_of_node.tolist(), strict=True)
        if bus < 0
    ]
    result = RadialFlow(network).solve(network.normally_closed, stated(network))
    assert all(node in result.voltage_pu for node in inside)


def test_a_ring_is_answered_by_the_engine_for_meshed_states_or_not_at_all() -> None:
    network = draw(RING)
    everything = network.switch_set(network.switches)
    assert not RadialFlow(network).solve(everything, stated(network)).converged
    newton = PowerGridModelEngine(network)
    meshed = RadialFlow(network, meshed=newton).solve(everything, stated(network))
    assert meshed.engine == "power-grid-model"
    assert meshed == newton.solve(everything, stated(network))


def test_only_the_island_asked_for_decides_who_answers() -> None:
    network = draw("S1 [b1] A (t1) B [b2] S2\nS3 [b3] C [s3] D [b4] S4")
    closed = network.normally_closed
    engine = RadialFlow(network)
    assert engine.at(closed) is None
    radial = engine.solve(closed, stated(network), around=[SectionId("SA")])
    assert radial.converged
    assert "A" in radial.voltage_pu
    assert "C" not in radial.voltage_pu


def test_without_any_load_charging_alone_lifts_the_voltage() -> None:
    network = draw(RING)
    result = RadialFlow(network).solve(network.normally_closed, {})
    assert result.converged
    assert all(1.0 <= voltage < 1.001 for voltage in result.voltage_pu.values())
    assert (
        result.voltage_pu
        == RadialFlow(network).solve(network.normally_closed, stated(network, scale=0.0)).voltage_pu
    )


def test_a_load_beyond_what_the_grid_carries_has_no_solution() -> None:
    network = draw("S1 [b1] A [s1] B", p_w={"B": 400e6})
    result = RadialFlow(network).solve(network.normally_closed, stated(network))
    assert not result.converged
    assert not result.voltage_pu
    assert result.engine == "radial-kernel"


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_last_load_before_collapse_is_found_where_the_slow_sweep_finds_it(sign: float) -> None:
    network = draw("S1 [b1] A [s1] B", p_w={"B": 100e6})

    def carries(engine: RadialFlow | RadialSweep, share: float) -> bool:
        loads = {k: LoadPower(sign * v.p_w * share, 0.0) for k, v in stated(network).items()}
        return engine.solve(network.normally_closed, loads).converged

    limits = []
    for engine in (RadialFlow(network), RadialSweep(network)):
        low, high = 0.01, 100.0
        for _ in range(40):
            middle = (low * high) ** 0.5
            low, high = (middle, high) if carries(engine, middle) else (low, middle)
        limits.append(low)
    assert limits[0] == pytest.approx(limits[1], rel=0.05)


def test_a_load_that_is_not_a_number_has_no_solution() -> None:
    network = draw(RING)
    loads = {k: LoadPower(float("nan"), 0.0) for k in network.loads}
    assert not RadialFlow(network).solve(network.normally_closed, loads).converged


def test_a_branch_without_impedance_drops_nothing() -> None:
    parts = draw("S1 [b1] A", p_w={"A": 1e6}).components
    bare = tuple(replace(b, r_ohm=0.0, x_ohm=0.0) for b in parts.branches)
    network = build_network(replace(parts, branches=bare))
    result = RadialFlow(network).solve(network.normally_closed, stated(network))
    assert dict(result.voltage_pu) == dict.fromkeys(network.nodes, 1.0)
    slow = RadialSweep(network).solve(network.normally_closed, stated(network))
    assert dict(result.current_a) == pytest.approx(dict(slow.current_a), rel=1e-9)


def test_what_no_source_reaches_is_not_listed() -> None:
    network = draw("S1 [b1] A (t1) B [s1] C")
    result = RadialFlow(network).solve(network.normally_closed, stated(network))
    assert result.voltage_pu.keys() == set(network.sections[SectionId("SA")].nodes) | {
        node for node in result.voltage_pu if network.section_of_node[node] != "SA"
    }
    assert not {"B", "C"} & result.voltage_pu.keys()
    assert SwitchId("s1") not in result.switch_current_a
    dead = frozenset({SourceId("S1")})
    dark = RadialFlow(network).solve(network.normally_closed, stated(network), dead_sources=dead)
    assert dark.converged
    assert not dark.voltage_pu
    assert not dark.source_p_w


def test_a_node_without_anything_stays_dark() -> None:
    parts = draw("S1 [b1] A").components
    alone = Node(id=NodeId("X"), name="X", kind=NodeKind.POLE, voltage_v_nominal=22e3)
    network = build_network(replace(parts, nodes=(*parts.nodes, alone)))
    result = RadialFlow(network).solve(network.normally_closed, stated(network))
    assert result.converged
    assert "X" not in result.voltage_pu


def test_a_switch_from_a_node_to_itself_changes_nothing() -> None:
    parts = draw("S1 [b1] A [s1] B").components
    odd = replace(parts.switches[-1], id=SwitchId("odd"), node_b=parts.switches[-1].node_a)
    network = build_network(replace(parts, switches=(*parts.switches, odd)))
    with_it = RadialFlow(network).solve(network.switch_set(network.switches), stated(network))
    without = RadialFlow(network).solve(network.normally_closed - {odd.id}, stated(network))
    assert with_it.voltage_pu == without.voltage_pu


def chain(parts: Components, count: int) -> Network:
    """`count` nodes in a row behind the source, a load at each."""
    line, load = parts.branches[0], parts.loads[0]
    nodes = [NodeId(f"c{k}") for k in range(count)]
    behind = [load.node, *nodes]
    lines: list[Branch] = [
        replace(
            line,
            id=BranchId(f"cl{k}"),
            from_node=behind[k],
            to_node=node,
            r_ohm=1e-4,
            x_ohm=1e-4,
            c_f=1e-9,
        )
        for k, node in enumerate(nodes)
    ]
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, *(replace(parts.nodes[0], id=n, name=n) for n in nodes)),
            branches=(*parts.branches, *lines),
            loads=tuple(
                replace(load, id=f"cd{k}", node=node, p_w=500.0, q_var=100.0)
                for k, node in enumerate(nodes)
            ),
        )
    )


def test_ten_thousand_nodes_in_a_row_are_solved() -> None:
    network = chain(draw("S1 [b1] A").components, 10_000)
    ours = RadialFlow(network).solve(network.normally_closed, stated(network))
    slow = RadialSweep(network).solve(network.normally_closed, stated(network))
    assert slow.converged
    assert dict(ours.voltage_pu) == pytest.approx(dict(slow.voltage_pu), abs=1e-8)


def test_lines_in_parallel_share_as_their_admittances() -> None:
    parts = draw("S1 [b1] A", p_w={"A": 2e6}).components
    first = parts.branches[-1]
    second = replace(
        first,
        id=BranchId("second"),
        from_node=first.to_node,
        to_node=first.from_node,
        r_ohm=2 * first.r_ohm,
        x_ohm=2 * first.x_ohm,
    )
    network = build_network(replace(parts, branches=(*parts.branches, second)))
    result = RadialFlow(network).solve(network.normally_closed, stated(network))
    assert result.engine == "radial-kernel"
    newton = PowerGridModelEngine(network).solve(network.normally_closed, stated(network))
    assert dict(result.current_a) == pytest.approx(dict(newton.current_a), abs=1e-6)
    assert dict(result.voltage_pu) == pytest.approx(dict(newton.voltage_pu), abs=1e-9)


def test_a_source_that_is_asked_for_twice_at_one_place_is_no_radial_state() -> None:
    parts = draw("S1 [b1] A").components
    twin = replace(parts.sources[0], id=SourceId("twin"))
    network = build_network(replace(parts, sources=(*parts.sources, twin)))
    assert RadialFlow(network).at(network.normally_closed) is None


def test_the_number_of_steps_is_told() -> None:
    network = draw(RING)
    trees = RadialFlow(network).at(network.normally_closed)
    assert trees is not None
    assert trees.iterations == 0
    trees.solve(stated(network))
    cold = trees.iterations
    trees.solve(stated(network), warm=True)
    assert 1 <= trees.iterations < cold


@pytest.mark.parametrize("engine", [RadialFlow, RadialSweep, PowerGridModelEngine])
@pytest.mark.parametrize("p_w", [math.nan, math.inf, -math.inf])
def test_a_load_that_is_not_a_number_has_no_solution_wherever_it_is_supplied(
    engine: type[PowerFlow], p_w: float
) -> None:
    """A voltage that is not a number breaks no limit, so it must never come back."""
    network = draw("S1 [b1] A (t1) B", p_w={"A": 1e5})
    dark, lit = (next(d.id for d in network.loads.values() if d.node == node) for node in "BA")
    solved = engine(network)  # type: ignore[call-arg]
    assert not solved.solve(network.normally_closed, {lit: LoadPower(p_w, 0.0)}).converged
    assert solved.solve(network.normally_closed, {dark: LoadPower(p_w, 0.0)}).converged


@pytest.mark.parametrize("engine", [RadialFlow, RadialSweep, PowerGridModelEngine])
def test_a_branch_from_a_node_to_itself_has_no_effect(engine: type[PowerFlow]) -> None:
    network = draw("S1 [b1] A [s1] B", p_w={"B": 1e6})
    parts = network.components
    cable = parts.branches[-1]
    curl = replace(cable, id=BranchId("curl"), from_node=cable.to_node)
    curled = build_network(replace(parts, branches=(*parts.branches, curl)))
    without, with_it = (
        engine(n).solve(n.normally_closed, stated(n))  # type: ignore[call-arg]
        for n in (network, curled)
    )
    assert with_it.voltage_pu == pytest.approx(dict(without.voltage_pu), abs=1e-12)


def test_trees_are_void_once_the_engine_was_asked_about_another_state() -> None:
    network = draw(RING)
    engine = RadialFlow(network)
    trees = engine.at(network.normally_closed)
    assert trees is not None
    trees.solve(stated(network))
    engine.solve(network.normally_closed - {SwitchId("s1")}, stated(network))
    with pytest.raises(RuntimeError, match="another state"):
        trees.solve(stated(network))
