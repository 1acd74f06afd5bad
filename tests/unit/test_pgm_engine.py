"""What power-grid-model makes of states that are not everyday ones."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import BranchId, LoadId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import (
    Branch,
    Components,
    Load,
    Network,
    Node,
    NodeKind,
    Source,
    Transformer,
    build_network,
    draw,
)
from gridops.powerflow import FlowResult, LoadPower, LoadPowers
from tests.radial_sweep import RadialSweep

RING = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
TOLERANCE_PU = 1e-9
TOLERANCE_A = 4e-6
"""1e-8 of what the drawn lines may carry."""


def closed(*names: str) -> frozenset[SwitchId]:
    return frozenset(SwitchId(name) for name in names)


def solved(network: Network, *names: str, scale: float = 1.0, **more: Any) -> FlowResult:
    state = closed(*names) if names else network.normally_closed
    loads = LoadPowers.stated(network, scale=scale)
    return PowerGridModelEngine(network).solve(state, loads, **more)


def with_branches(network: Network, **changes: dict[str, float]) -> Network:
    """Branches (`S1-b1` is written `S1_b1`) with other impedances."""
    by_id = {name.replace("_", "-"): change for name, change in changes.items()}
    parts = network.components
    branches = tuple(replace(b, **by_id.get(b.id, {})) for b in parts.branches)  # type: ignore[arg-type]
    return build_network(replace(parts, branches=branches))


def alike(one: FlowResult, other: FlowResult, *, within_pu: float = TOLERANCE_PU) -> None:
    assert one.converged
    assert other.converged
    assert dict(one.voltage_pu) == pytest.approx(dict(other.voltage_pu), abs=within_pu, rel=0)
    assert dict(one.current_a) == pytest.approx(dict(other.current_a), abs=TOLERANCE_A, rel=0)
    assert dict(one.loading_pct) == pytest.approx(dict(other.loading_pct), abs=1e-6, rel=0)
    for switch, amperes in one.switch_current_a.items():
        assert other.switch_current_a[switch] == pytest.approx(amperes, abs=TOLERANCE_A)


def test_only_the_islands_around_a_section_are_solved() -> None:
    grid = draw("""
        S1 [b1] A [s1] B (t1) C [b2] S2
        S1 [b3] D (t2) E [b4] S3
    """)
    whole = solved(grid)
    around = solved(grid, around=[SectionId("SB")])
    islanded = {node for node in whole.voltage_pu if node[0] in "ABD" or node.startswith("S1")}
    for switch in ("b1", "s1", "b3"):
        islanded |= {n for n in whole.voltage_pu if n.startswith(f"{switch}.")}
    assert set(around.source_p_w) == {"S1"}
    assert set(around.switch_current_a) == {"b1", "s1", "b3"}
    assert {"A", "B", "D", "S1"} <= set(around.voltage_pu)
    assert not {"C", "E", "S2", "S3"} & set(around.voltage_pu)
    assert set(around.source_q_var) == {"S1"}
    for kind in ("voltage_pu", "current_a", "loading_pct", "switch_current_a", "source_p_w"):
        part, all_of_it = dict(getattr(around, kind)), getattr(whole, kind)
        assert part == pytest.approx({key: all_of_it[key] for key in part}, rel=1e-12)


def test_around_a_dark_section_nothing_is_found() -> None:
    result = solved(RING, "b1", around=[SectionId("SB")])
    assert (result.converged, dict(result.voltage_pu), dict(result.source_p_w)) == (True, {}, {})
    dead = solved(RING, "b1", around=[SectionId("SA")], dead_sources={SourceId("S1")})
    assert (dead.converged, dict(dead.current_a)) == (True, {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"around": [SectionId("nowhere")]},
        {"dead_sources": {SourceId("nowhere")}},
        {"generators": {"nowhere": LoadPower(1.0, 0.0)}},
    ],
)
def test_what_the_grid_does_not_have_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        solved(RING, **wrong)
    with pytest.raises(KeyError):
        solved(RING, "nowhere")
    with pytest.raises(KeyError):
        PowerGridModelEngine(RING).solve(closed("b1"), {LoadId("nowhere"): LoadPower(1.0, 0.0)})


def test_two_sources_in_one_island_both_hold_their_voltage() -> None:
    parts = RING.components
    sources = tuple(
        replace(source, voltage_pu=pu)
        for source, pu in zip(parts.sources, (1.0, 1.02), strict=True)
    )
    network = build_network(replace(parts, sources=sources))
    result = solved(network, "b1", "s1", "t1", "b2")
    assert result.voltage_pu[NodeId("S1")] == pytest.approx(1.0, abs=TOLERANCE_PU)
    assert result.voltage_pu[NodeId("S2")] == pytest.approx(1.02, abs=TOLERANCE_PU)
    assert result.source_p_w[SourceId("S1")] < 0 < result.source_p_w[SourceId("S2")]
    losses_w = sum(result.source_p_w.values()) - 300e3
    assert losses_w > 0


def test_sources_that_closed_switches_join_share_or_are_in_conflict() -> None:
    grid = draw("S1 [b1] A [b2] S2")
    shorts = {
        b.id.replace("-", "_"): {"r_ohm": 0.0, "x_ohm": 0.0} for b in grid.components.branches
    }
    joined = with_branches(grid, **shorts)
    result = solved(joined)
    assert result.source_p_w[SourceId("S1")] == pytest.approx(50e3, rel=1e-6)
    assert result.source_p_w[SourceId("S2")] == pytest.approx(50e3, rel=1e-6)
    first, second = joined.components.sources
    higher = replace(second, voltage_pu=first.voltage_pu + 0.01)
    quarrel = build_network(replace(joined.components, sources=(first, higher)))
    assert not solved(quarrel).converged


def test_parallel_branches_share_the_current() -> None:
    single = draw("S1 [b1] A", p_w={"A": 5e6})
    line = next(b for b in single.components.branches if b.id == "S1-b1")
    half = with_branches(
        single, S1_b1={"r_ohm": line.r_ohm / 2, "x_ohm": line.x_ohm / 2, "c_f": line.c_f * 2}
    )
    twin = replace(line, id=BranchId("twin"), from_node=line.to_node, to_node=line.from_node)
    parts = single.components
    doubled = solved(build_network(replace(parts, branches=(*parts.branches, twin))))
    alone = solved(half)
    assert doubled.voltage_pu[NodeId("A")] == pytest.approx(
        alone.voltage_pu[NodeId("A")], abs=TOLERANCE_PU
    )
    each = alone.current_a[BranchId("S1-b1")] / 2
    assert doubled.current_a[BranchId("S1-b1")] == pytest.approx(each, abs=1e-6)
    assert doubled.current_a[BranchId("twin")] == pytest.approx(each, abs=1e-6)


@pytest.mark.parametrize("r_ohm", [0.0, 1e-9])
def test_a_line_of_no_impedance_joins_its_ends_and_charges_them(r_ohm: float) -> None:
    """The sweep takes it as it is, even 0 ohm."""
    none = {"r_ohm": r_ohm, "x_ohm": 0.0}
    network = with_branches(RING, A_s1=none, S1_b1=none)
    loads = LoadPowers.stated(network, scale=30.0)
    state = closed("b1", "s1")
    alike(
        PowerGridModelEngine(network).solve(state, loads), RadialSweep(network).solve(state, loads)
    )


@pytest.mark.parametrize("r_ohm", [1.5e-6, 1e-4, 0.01, 1.0])
def test_short_lines_cost_no_precision(r_ohm: float) -> None:
    network = with_branches(RING, A_s1={"r_ohm": r_ohm, "x_ohm": 0.0})
    loads = LoadPowers.stated(network, scale=30.0)
    state = closed("b1", "s1")
    alike(
        PowerGridModelEngine(network).solve(state, loads), RadialSweep(network).solve(state, loads)
    )


def test_a_line_of_100_kilo_ohm_carries_what_it_can() -> None:
    network = with_branches(RING, A_s1={"r_ohm": 1e5, "x_ohm": 0.0, "c_f": 0.0})
    idle = solved(network, "b1")
    assert idle.voltage_pu[NodeId("A.s1")] == pytest.approx(
        idle.voltage_pu[NodeId("A")], abs=TOLERANCE_PU
    )
    asked = PowerGridModelEngine(network).solve(
        closed("b1", "s1"), {LoadId("A"): LoadPower(1e5, 0.0), LoadId("B"): LoadPower(1e5, 0.0)}
    )
    assert (asked.converged, dict(asked.voltage_pu)) == (False, {})


@pytest.mark.parametrize("power", [1e12, 1e300, -1e12, math.inf, math.nan])
def test_power_beyond_anything_has_no_solution(power: float) -> None:
    state = closed("b1", "s1")
    drawn = {LoadId("B"): LoadPower(power, 0.0)}
    assert not PowerGridModelEngine(RING).solve(state, drawn).converged


def test_islands_without_source_and_nodes_alone_are_dark() -> None:
    parts = RING.components
    alone = replace(parts.nodes[0], id=NodeId("alone"))
    network = build_network(replace(parts, nodes=(*parts.nodes, alone)))
    result = solved(network, "s1", "b2")
    assert result.converged
    assert not {"alone", "A", "B"} & set(result.voltage_pu)
    assert "C" in result.voltage_pu


def test_a_source_alone_at_its_node_feeds_nothing() -> None:
    node = Node(id=NodeId("n"), name="n", kind=NodeKind.BUSBAR, voltage_v_nominal=22e3)
    source = Source(id=SourceId("S"), name="S", node=node.id, voltage_pu=1.03, short_circuit_va=1e9)
    network = build_network(Components(name="one", nodes=(node,), sources=(source,)))
    result = PowerGridModelEngine(network).solve(frozenset(), {})
    assert dict(result.voltage_pu) == {"n": pytest.approx(1.03, abs=TOLERANCE_PU)}
    assert dict(result.source_p_w) == {"S": 0.0}
    empty = build_network(Components(name="nothing"))
    assert PowerGridModelEngine(empty).solve(frozenset(), {}).converged


def chain(nodes: int, *, watts: float) -> Network:
    """One line of 10 m after the other, the same load at every node."""
    drawn = draw("S1 [b1] A").components
    node, line, load = drawn.nodes[0], drawn.branches[0], drawn.loads[0]
    names = [NodeId(f"n{k}") for k in range(nodes)]
    branches: list[Branch] = [
        replace(
            line,
            id=BranchId(f"L{k}"),
            from_node=names[k - 1],
            to_node=names[k],
            r_ohm=0.002,
            x_ohm=0.001,
            c_f=2e-9,
        )
        for k in range(1, nodes)
    ]
    loads: list[Load] = [
        replace(load, id=LoadId(f"P{k}"), node=name, p_w=watts, q_var=watts / 3)
        for k, name in enumerate(names)
    ]
    return build_network(
        Components(
            name="chain",
            nodes=tuple(replace(node, id=name) for name in names),
            branches=tuple(branches),
            loads=tuple(loads),
            sources=(replace(drawn.sources[0], node=names[0]),),
        )
    )


def test_a_chain_of_ten_thousand_nodes() -> None:
    """Rounding adds up to 1.2e-9 pu, measured against 80-bit numbers."""
    network = chain(10_000, watts=300.0)
    one, other = (
        solved(network),
        RadialSweep(network).solve(frozenset(), LoadPowers.stated(network)),
    )
    assert one.voltage_pu[NodeId("n9999")] < 0.97
    alike(one, other, within_pu=1e-8)
    assert not solved(network, scale=100.0).converged


def bypassed(high_v: float, clock: int) -> Network:
    """A transformer from 22 to 22 kV beside a switch."""
    parts = draw("S1 [b1] A", p_w={"A": 2e6}).components
    ends = next(s for s in parts.switches if s.id == "b1")
    regulator = Transformer(
        id=BranchId("T"),
        name="T",
        from_node=ends.node_a,
        to_node=ends.node_b,
        power_va_rated=5e6,
        voltage_v_from=high_v,
        voltage_v_to=22e3,
        short_circuit_voltage_pu=0.04,
        copper_loss_w=30e3,
        iron_loss_w=5e3,
        no_load_current_pu=0.01,
        clock=clock,
    )
    return build_network(replace(parts, transformers=(regulator,)))


@pytest.mark.parametrize(("high_v", "clock"), [(22e3, 0), (23e3, 0), (21e3, 0), (22e3, 6)])
def test_a_bypassed_transformer_drives_its_current_around(high_v: float, clock: int) -> None:
    """A line of next to no impedance in place of the closed switch says the same."""
    network = bypassed(high_v, clock)
    parts = network.components
    switch = parts.switches[0]
    short = replace(
        parts.branches[0],
        id=BranchId("short"),
        from_node=switch.node_a,
        to_node=switch.node_b,
        r_ohm=1e-5,
        x_ohm=0.0,
        c_f=0.0,
    )
    branches = (*parts.branches, short)
    beside = build_network(replace(parts, switches=(), branches=branches))
    exact, near = solved(network, "b1"), solved(beside)
    for node in network.nodes:
        assert exact.voltage_pu[node] == pytest.approx(near.voltage_pu[node], abs=2e-6)
    around = near.current_a[BranchId("T")]
    assert exact.current_a[BranchId("T")] == pytest.approx(around, rel=1e-4, abs=1e-3)
    through = near.current_a[BranchId("short")]
    assert exact.switch_current_a[SwitchId("b1")] == pytest.approx(through, rel=1e-4)
    source = SourceId("S1")
    assert exact.source_p_w[source] == pytest.approx(near.source_p_w[source], rel=1e-4)
    assert exact.source_q_var[source] == pytest.approx(near.source_q_var[source], rel=1e-3)


@pytest.mark.parametrize("shares", [(0.0, 1.0), (1.0, 0.0), (0.3, 0.5), (0.5, 0.5)])
def test_loads_follow_the_voltage_as_they_state(shares: tuple[float, float]) -> None:
    """Each load draws, at the voltages found, what its shares say: put in as constant power, the
    sweep finds the same voltages."""
    parts = RING.components
    current, impedance = shares
    loads = tuple(
        replace(x, p_w=15e6, constant_current_share=current, constant_impedance_share=impedance)
        for x in parts.loads
    )
    network = build_network(replace(parts, loads=loads))
    found = solved(network, "b1", "s1")
    assert found.voltage_pu[NodeId("B")] < 0.98
    drawn = {
        x.id: LoadPower(*(each * x.share_at(found.voltage_pu[x.node]) for each in (x.p_w, x.q_var)))
        for x in loads
        if x.node in found.voltage_pu
    }
    alike(found, RadialSweep(RING).solve(closed("b1", "s1"), drawn))


def test_answers_from_several_threads_are_those_of_one() -> None:
    engine = PowerGridModelEngine(RING)
    states = [closed("b1"), closed("b1", "s1"), closed("b1", "s1", "t1"), closed("b2", "t1")] * 8
    loads = LoadPowers.stated(RING)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda state: engine.solve(state, loads), states))
    assert together == [engine.solve(state, loads) for state in states]
