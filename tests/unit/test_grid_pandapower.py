"""pandapower nets become components; what is not carried over is said."""

import copy
from typing import Any

import networkx as nx
import pytest

from gridops.adapters.pandapower_grid import convert
from gridops.errors import GridUnreadable
from gridops.measurement import Position
from gridops.network import BranchKind, Components, NodeKind, SwitchKind, build_network

pp = pytest.importorskip("pandapower")
pandapower_networks = pytest.importorskip("pandapower.networks")
topology = pytest.importorskip("pandapower.topology")

pytestmark = pytest.mark.filterwarnings(  # raised by pandapower about its own file
    "ignore:tap_dependency_table:DeprecationWarning"
)


def from_pandapower(net: Any) -> tuple[Components, tuple[str, ...]]:
    imported = convert(net)
    return imported.components, imported.assumptions


@pytest.fixture(scope="module")
def oberrhein() -> Any:
    return pandapower_networks.mv_oberrhein()


@pytest.fixture
def small() -> Any:
    """Two parallel cables behind a low-side tapped transformer; a coupler; a dead bus."""
    net = pp.create_empty_network(name="Kleines Netz", f_hz=60.0)
    high = pp.create_bus(net, 110.0, geodata=(7.0, 48.0))
    low = pp.create_bus(net, 20.0, geodata=(7.1, 48.0))
    far = pp.create_bus(net, 20.0, name="far", geodata=(7.2, 48.0))
    coupled = pp.create_bus(net, 20.0)
    dead = pp.create_bus(net, 20.0, in_service=False)
    pp.create_ext_grid(net, high, vm_pu=1.01, s_sc_max_mva=2000.0, rx_max=0.2)
    pp.create_transformer_from_parameters(
        net,
        high,
        low,
        sn_mva=25.0,
        vn_hv_kv=110.0,
        vn_lv_kv=20.0,
        vkr_percent=0.4,
        vk_percent=12.0,
        pfe_kw=14.0,
        i0_percent=0.07,
        shift_degree=150.0,
        tap_side="lv",
        tap_neutral=0,
        tap_min=-9,
        tap_max=9,
        tap_step_percent=1.5,
        tap_pos=2,
        tap_changer_type="Ratio",
        parallel=2,
    )
    line = pp.create_line_from_parameters(net, low, far, 2.0, 0.2, 0.1, 250.0, 0.3, parallel=2)
    pp.create_line_from_parameters(net, far, dead, 1.0, 0.2, 0.1, 250.0, 0.3)
    pp.create_switch(net, low, line, "l", type="CB")
    pp.create_switch(net, far, coupled, "b", closed=False, type="DS")
    pp.create_switch(net, low, 0, "t", type="LBS")
    pp.create_load(net, far, p_mw=2.0, q_mvar=0.5, scaling=0.5)
    pp.create_load(net, dead, p_mw=1.0)
    pp.create_sgen(net, far, p_mw=1.0)
    return net


def test_numbers_of_the_source_stay_in_the_ids(oberrhein: Any) -> None:
    components, _ = from_pandapower(oberrhein)
    assert {f"L{k}" for k in oberrhein.line.index} == {b.id for b in components.branches}
    assert {f"SW{k}" for k in oberrhein.switch.index} == {s.id for s in components.switches}
    assert {str(k) for k in oberrhein.bus.index} <= {n.id for n in components.nodes}
    row = oberrhein.switch.loc[14]
    (switch,) = [s for s in components.switches if s.id == "SW14"]
    assert (switch.node_a, switch.node_b) == (str(row.bus), f"L{row.element}.{row.bus}")
    assert switch.normal_position is Position.OPEN


def test_the_normal_state_hangs_together_as_in_the_source(oberrhein: Any) -> None:
    """Buses that pandapower says are connected are so here, and no others."""
    theirs = topology.create_nxgraph(oberrhein, respect_switches=True)
    ours: nx.Graph[str] = nx.Graph()
    components, _ = from_pandapower(oberrhein)
    ours.add_nodes_from(node.id for node in components.nodes)
    ours.add_edges_from((b.from_node, b.to_node) for b in components.all_branches)
    ours.add_edges_from((s.node_a, s.node_b) for s in components.switches if s.is_normally_closed)
    buses = {str(bus) for bus in oberrhein.bus.index}
    parts = {frozenset(part & buses) for part in nx.connected_components(ours)} - {frozenset()}
    wanted = {frozenset(str(b) for b in part) for part in nx.connected_components(theirs)}
    assert parts == wanted
    assert len(wanted) == 2


def test_opening_any_switch_separates_the_same_buses_as_in_the_source(oberrhein: Any) -> None:
    net = copy.deepcopy(oberrhein)
    components, _ = from_pandapower(net)
    buses = {str(bus) for bus in net.bus.index}
    for number in net.switch.index[net.switch.closed][::40]:
        net.switch.loc[number, "closed"] = False
        theirs = topology.create_nxgraph(net, respect_switches=True)
        net.switch.loc[number, "closed"] = True
        ours: nx.Graph[str] = nx.Graph()
        ours.add_nodes_from(node.id for node in components.nodes)
        ours.add_edges_from((b.from_node, b.to_node) for b in components.all_branches)
        ours.add_edges_from(
            (s.node_a, s.node_b)
            for s in components.switches
            if s.is_normally_closed and s.id != f"SW{number}"
        )
        parts = {frozenset(part & buses) for part in nx.connected_components(ours)} - {frozenset()}
        wanted = {frozenset(str(b) for b in part) for part in nx.connected_components(theirs)}
        assert parts == wanted, number


def test_the_same_net_gives_the_same_components(oberrhein: Any) -> None:
    assert from_pandapower(oberrhein) == from_pandapower(copy.deepcopy(oberrhein))


def test_loads_carry_their_scaling(oberrhein: Any) -> None:
    components, _ = from_pandapower(oberrhein)
    wanted_w = (oberrhein.load.p_mw * oberrhein.load.scaling).sum() * 1e6
    assert sum(load.p_w for load in components.loads) == pytest.approx(wanted_w)


def test_what_is_assumed_is_said_once_with_all_that_it_concerns(oberrhein: Any) -> None:
    _, said = from_pandapower(oberrhein)
    assert said == (
        "No rating: 630 A (322: SW0, SW1, SW2, SW3, SW4, SW5, SW6, SW7, SW8, SW9, ...).",
        "No short-circuit power: 3 GVA is assumed (2: ext_grid 0, ext_grid 1).",
        "Columns of table line not carried over: geo.",
    )


def test_parallels_are_folded_and_taps_carried(small: Any) -> None:
    components, said = from_pandapower(small)
    (line,) = components.branches
    assert (line.r_ohm, line.x_ohm, line.current_a_max) == (0.2, 0.1, 600.0)
    assert line.c_f == pytest.approx(1e-6)
    assert line.kind is BranchKind.CABLE
    (transformer,) = components.transformers
    assert transformer.power_va_rated == 50e6
    assert transformer.voltage_v_to == 20e3 * 1.03
    assert transformer.copper_loss_w == pytest.approx(0.004 * 50e6)
    assert (transformer.clock, transformer.tap_position) == (5, 0)
    assert "The tap on the lv side is folded into its rated voltage (1: trafo 0)." in said
    assert "Parallel transformers are one (1: trafo 0)." in said
    assert (components.name, components.frequency_hz) == ("kleines_netz", 60.0)
    (source,) = components.sources
    assert (source.voltage_pu, source.short_circuit_va, source.r_to_x) == (1.01, 2e9, 0.2)


def test_every_sort_of_switch_becomes_an_edge_between_two_nodes(small: Any) -> None:
    network = build_network(from_pandapower(small)[0])
    ends = {s.id: (s.node_a, s.node_b, s.kind) for s in network.switches.values()}
    assert ends == {
        "SW0": ("1", "L0.1", SwitchKind.BREAKER),
        "SW1": ("2", "3", SwitchKind.DISCONNECTOR),
        "SW2": ("1", "T0.1", SwitchKind.LOAD_BREAK_SWITCH),
    }
    assert network.branches["T0"].to_node == "T0.1"
    assert network.nodes["L0.1"].kind is NodeKind.TERMINAL
    assert network.nodes["L0.1"].longitude_deg == pytest.approx(7.115)


def test_what_is_out_of_service_is_left_out_and_said(small: Any) -> None:
    components, said = from_pandapower(small)
    assert [load.id for load in components.loads] == ["LD0"]
    left_out = "At a bus that is out of service or absent: left out (2: line 1, load 1)."
    assert left_out in said
    assert "Out of service in table bus, left out (1: 4)." in said


def test_what_the_format_cannot_say_is_refused_all_at_once() -> None:
    net = pandapower_networks.example_multivoltage()
    with pytest.raises(GridUnreadable, match=r"trafo3w \(1: .* impedance \(1: impedance 0\)"):
        from_pandapower(net)
