"""Grid -> pandapower -> grid is the same grid; pandapower -> grid -> pandapower flows the same."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pandapower_flow import flow, normally

from gridops.adapters.completion import complete
from gridops.adapters.content import models_dir, shipped_grids
from gridops.adapters.grid_files import read_grid
from gridops.adapters.pandapower_grid import convert, to_net
from gridops.adapters.pandapower_grid.writing import numbers
from gridops.errors import GridUnreadable
from gridops.ids import GeneratorId, LoadId, NodeId, ShuntId
from gridops.network import (
    Components,
    Generator,
    GeneratorKind,
    Limits,
    Profile,
    Shunt,
    SwitchKind,
    build_network,
    draw,
)
from gridops.network.validation import validate
from tests.radial_sweep import RadialSweep

pp = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")

pytestmark = pytest.mark.filterwarnings(  # raised by pandapower about its own files
    "ignore:tap_dependency_table:DeprecationWarning"
)
FLOW_TOLERANCE_PU = 1e-9


def through_a_file(net: Any) -> Any:
    return pp.from_json_string(pp.to_json(net))


@pytest.mark.parametrize("grid", shipped_grids())
def test_a_shipped_grid_comes_back_as_it_went_out_and_flows_the_same(grid: str) -> None:
    components = read_grid(models_dir() / grid).components
    net = through_a_file(to_net(components))
    back = convert(net)
    assert back.components == components
    assert back.assumptions == ()
    assert complete(back) == (components, ())
    before, after = (flow(to_net(each)) for each in (components, back.components))
    assert (before - after).abs().max() < FLOW_TOLERANCE_PU


def test_a_net_object_comes_back_as_a_file_does() -> None:
    components = read_grid(models_dir() / "hanoi_ring").components
    assert convert(to_net(components)).components == components


def test_long_numbers_as_ids_make_no_long_tables() -> None:
    """pandapower looks buses up in tables as long as the largest number: up to 8 GB each."""
    components = read_grid(models_dir() / "esb_e11").components
    assert max(int(node.id) for node in components.nodes if node.id.isdecimal()) > 10**8
    net = to_net(components)
    assert max(net[table].index.max() for table in ("bus", "line", "switch", "load")) < 10**6


def everything() -> Components:
    """A drawn grid with each thing that pandapower has no place for."""
    grid = draw(
        "S1 [b1] A [r1] B [f1] C",
        change={"r1": {"reclose_delays_s": (0.5, 15.0), "failures_per_year": 0.002}},
    ).components
    nodes = (replace(grid.nodes[0], x=1.5, y=-2.0, station="E1"), *grid.nodes[1:])
    profile = Profile(id=grid.loads[0].id, name="evening", factors=(0.5,) * 24)  # type: ignore[arg-type]
    first = replace(
        grid.loads[0],
        profile=profile.id,
        p_w_average=1.0,
        constant_current_share=1 / 7,
        constant_impedance_share=0.3,
    )
    loads = (first, *grid.loads[1:])
    return replace(
        grid,
        limits=Limits(voltage_pu_min=0.9, voltage_pu_max=1.1, loading_pct_max=None),
        nodes=tuple(reversed(nodes)),
        profiles=(profile,),
        loads=loads,
        generators=(
            generator("G2", GeneratorKind.BATTERY),
            generator("007", GeneratorKind.WIND),
            generator("SG1", GeneratorKind.OTHER),
        ),
        shunts=(Shunt(id=ShuntId("C1"), name="C1", node=NodeId("B"), q_var=-2e5, p_w=10.0),),
    )


def generator(ident: str, kind: GeneratorKind) -> Generator:
    return Generator(
        id=GeneratorId(ident),
        name=ident,
        node=NodeId("B"),
        kind=kind,
        power_va_rated=1e5 / 3,
        p_w=-1e5 / 3,
        q_var=7.0,
        island_capable=True,
    )


def test_what_pandapower_has_no_place_for_is_kept_beside_it() -> None:
    components = everything()
    assert convert(through_a_file(to_net(components))).components == components


def test_what_was_changed_in_pandapower_is_taken_from_there() -> None:
    net = to_net(everything())
    net.load.loc[net.load.gridops_id == "A", "p_mw"] = 0.25
    net.load.loc[net.load.gridops_id == "A", ["const_z_p_percent", "const_z_q_percent"]] = 45.0
    net.switch.loc[net.switch.gridops_id == "r1", ["closed", "type"]] = [False, "LBS"]
    pp.create_load(net, net.bus.index[0], p_mw=0.1, name="new")
    components = convert(net).components
    loads = {load.id: load for load in components.loads}
    changed = loads[LoadId("A")]
    assert (changed.p_w, changed.customers) == (250e3, 100)
    assert (changed.constant_current_share, changed.constant_impedance_share) == (1 / 7, 0.45)
    assert [load.name for load in components.loads][-1] == "new"
    (switch,) = [s for s in components.switches if s.id == "r1"]
    assert (switch.kind, switch.is_normally_closed) == (SwitchKind.LOAD_BREAK_SWITCH, False)


def test_a_kept_cell_that_somebody_spoiled_is_named() -> None:
    net = to_net(everything())
    net.load.loc[net.load.gridops_id == "A", "gridops_customers"] = "many"
    with pytest.raises(GridUnreadable, match=r"load 0: gridops_customers is 'many'"):
        convert(net)


def test_numbers_of_the_source_come_back_as_numbers() -> None:
    assert numbers(["L7", "L0", "L12"], "L") == {"L7": 7, "L0": 0, "L12": 12}
    assert numbers(["L7", "L07", "x"], "L") == {"L7": 7, "L07": 8, "x": 9}


PUBLIC: dict[str, Callable[[], Any]] = {
    "case33bw": networks.case33bw,
    "cigre_mv": networks.create_cigre_network_mv,
    "cigre_mv with generators and storage": lambda: networks.create_cigre_network_mv("all"),
    "kerber": networks.create_kerber_dorfnetz,
    "oberrhein, generation": lambda: networks.mv_oberrhein(scenario="generation"),
    "open ring": networks.simple_mv_open_ring_net,
}


@pytest.fixture(scope="module", params=PUBLIC)
def public(request: pytest.FixtureRequest) -> Any:
    return PUBLIC[request.param]()


def test_a_public_net_flows_the_same_after_its_way_through_the_grid(public: Any) -> None:
    voltages = flow(public)
    again = flow(to_net(convert(public).components))
    assert set(voltages.index) <= set(again.index)
    assert (again[voltages.index] - voltages).abs().max() < FLOW_TOLERANCE_PU


def test_the_switches_that_completion_puts_in_change_no_voltage(public: Any) -> None:
    components, _ = complete(convert(public))
    again = flow(to_net(components))
    voltages = flow(public)
    assert (again[voltages.index] - voltages).abs().max() < FLOW_TOLERANCE_PU


def one_line_net() -> tuple[Any, int]:
    net = pp.create_empty_network(name="one line")
    source, far = pp.create_bus(net, 20.0), pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, source)
    pp.create_line_from_parameters(net, source, far, 5.0, 0.3, 0.35, 10.0, 0.3, type="cs")
    return net, far


INJECTIONS: dict[str, Callable[[Any, int], object]] = {
    "load": lambda net, bus: pp.create_load(net, bus, 2.0, 0.7, scaling=0.8),
    "load that depends on voltage": lambda net, bus: pp.create_load(
        net,
        bus,
        2.0,
        0.7,
        scaling=0.8,
        const_z_p_percent=30.0,
        const_z_q_percent=30.0,
        const_i_p_percent=45.0,
        const_i_q_percent=45.0,
    ),
    "static generator": lambda net, bus: pp.create_sgen(net, bus, 2.0, 0.7, scaling=0.8),
    "storage that charges": lambda net, bus: pp.create_storage(net, bus, 1.5, 3.0, q_mvar=0.2),
    "storage that feeds in": lambda net, bus: pp.create_storage(net, bus, -1.5, 3.0),
    "capacitor": lambda net, bus: pp.create_shunt(net, bus, -0.6, p_mw=0.01),
    "reactor in steps at another voltage": lambda net, bus: pp.create_shunt(
        net, bus, 0.4, vn_kv=21.0, step=2, max_step=3
    ),
    "ward": lambda net, bus: pp.create_ward(net, bus, 0.5, 0.2, 0.3, -0.4),
    "motor": lambda net, bus: pp.create_motor(
        net, bus, 0.8, 0.85, efficiency_percent=92.0, loading_percent=75.0, scaling=0.9
    ),
    "unbalanced load": lambda net, bus: pp.create_asymmetric_load(
        net, bus, 0.5, 0.3, 0.1, 0.2, 0.1, 0.05, scaling=0.9
    ),
    "unbalanced generator": lambda net, bus: pp.create_asymmetric_sgen(
        net, bus, 0.5, 0.3, 0.1, 0.2, 0.1, 0.05
    ),
}


@pytest.mark.parametrize("what", INJECTIONS)
def test_signs_are_those_of_pandapowers_power_flow(what: str) -> None:
    net, bus = one_line_net()
    idle = flow(net)[bus]
    INJECTIONS[what](net, bus)
    voltages = flow(net)
    network = build_network(convert(net).components)
    result = normally(RadialSweep(network), network)
    assert abs(voltages[bus] - idle) > 1e-4
    assert math.isclose(result.voltage_pu[NodeId(str(bus))], voltages[bus], abs_tol=1e-9)


def load_with(**shares: float) -> tuple[tuple[float, float], list[str]]:
    """Shares of constant current and impedance of an imported load, and what was said of it."""
    net, bus = one_line_net()
    pp.create_load(net, bus, shares.pop("p_mw", 2.0), shares.pop("q_mvar", 0.7), **shares)
    imported = convert(net)
    (load,) = imported.components.loads
    said = [each for each in imported.assumptions if "depend on voltage" in each]
    return (load.constant_current_share, load.constant_impedance_share), said


def test_shares_that_differ_for_active_and_reactive_power_are_told() -> None:
    differing = {"const_i_p_percent": 20.0, "const_z_q_percent": 90.0}
    found, said = load_with(**differing)
    assert found == (0.2, 0.0)
    assert said == [
        "Active and reactive power depend on voltage in different shares: those of the larger "
        "power hold for both (1: load 0)."
    ]
    assert load_with(**differing, p_mw=0.1)[0] == (0.0, 0.9)


def test_the_shares_of_a_power_that_is_zero_do_not_count() -> None:
    differing = {"const_i_p_percent": 20.0, "const_z_q_percent": 90.0}
    assert load_with(**differing, q_mvar=0.0) == ((0.2, 0.0), [])
    assert load_with(**differing, p_mw=0.0) == ((0.0, 0.9), [])


def test_the_columns_of_pandapower_2_hold_for_active_and_reactive_power() -> None:
    net, bus = one_line_net()
    pp.create_load(net, bus, 2.0, 0.7)
    new = [f"const_{letter}_{part}_percent" for letter in "iz" for part in "pq"]
    net.load = net.load.drop(columns=new).assign(const_i_percent=10.0, const_z_percent=60.0)
    imported = convert(net)
    (load,) = imported.components.loads
    assert (load.constant_current_share, load.constant_impedance_share) == (0.1, 0.6)
    assert not any("const_" in said for said in imported.assumptions)


def test_shares_that_pandapower_would_refuse_are_left_for_the_check() -> None:
    net, bus = one_line_net()
    pp.create_load(net, bus, 2.0, const_z_p_percent=70.0, const_i_p_percent=40.0)
    codes = {flaw.code for flaw in validate(convert(net).components)}
    assert "load-shares-beyond-whole" in codes


@pytest.mark.parametrize("side", ["hv", "lv"])
@pytest.mark.parametrize("step_degree", [0.0, 60.0])
def test_taps_of_every_sort_flow_the_same(side: str, step_degree: float) -> None:
    net = pp.create_empty_network()
    high, low = pp.create_bus(net, 110.0), pp.create_bus(net, 20.0)
    pp.create_ext_grid(net, high)
    pp.create_transformer(net, high, low, "25 MVA 110/20 kV", parallel=2)
    changes = {"tap_side": side, "tap_pos": 3.0, "tap_step_degree": step_degree}
    for column, value in changes.items():
        net.trafo[column] = value
    pp.create_load(net, low, 10.0, 3.0)
    imported = convert(net)
    assert (flow(net) - flow(to_net(imported.components))).abs().max() < FLOW_TOLERANCE_PU
    is_said = any("phase shift of the tap changer" in each for each in imported.assumptions)
    assert is_said == bool(step_degree)


def test_unbalance_is_told_with_its_size() -> None:
    net, bus = one_line_net()
    pp.create_asymmetric_load(net, bus, p_a_mw=0.3, p_b_mw=0.1, p_c_mw=0.2)
    pp.create_load(net, bus, p_mw=5.4)
    (said,) = [each for each in convert(net).assumptions if "unbalanced" in each]
    assert "a phase deviates by 50.0 % from the mean, 28.9 % negative sequence" in said
    assert "Everything together: a phase deviates by 5.0 % from the mean, 2.9 %" in said
    assert "neutral and zero sequence are lost" in said


def test_a_generator_that_holds_voltage_feeds_in_power_and_is_told() -> None:
    net, bus = one_line_net()
    pp.create_gen(net, bus, p_mw=1.5, vm_pu=1.02, scaling=0.5)
    imported = convert(net)
    (made,) = imported.components.generators
    assert (made.p_w, made.q_var) == (-750e3, 0.0)
    assert any("voltage control is lost (1: gen 0)" in each for each in imported.assumptions)


def test_a_slack_generator_is_a_source() -> None:
    net, bus = one_line_net()
    net.ext_grid = net.ext_grid.iloc[:0]
    pp.create_gen(net, bus, p_mw=0.0, vm_pu=1.02, slack=True)
    components = convert(net).components
    assert components.generators == ()
    assert [(s.id, s.voltage_pu) for s in components.sources] == [("GE0", 1.02)]


def test_two_switches_at_one_end_stand_in_a_row() -> None:
    net, far = one_line_net()
    for _ in range(2):
        pp.create_switch(net, far, 0, "l", type="DS")
    switches = {s.id: (s.node_a, s.node_b) for s in convert(net).components.switches}
    assert switches == {"SW0": ("1", "L0.1/1"), "SW1": ("L0.1/1", "L0.1")}


def test_every_figure_that_is_absent_is_named_at_once() -> None:
    net, far = one_line_net()
    net.line["r_ohm_per_km"] = float("nan")
    pp.create_load(net, far, p_mw=float("nan"))
    with pytest.raises(GridUnreadable, match=r"\(2: line 0: r_ohm_per_km is nan, load 0: p_mw"):
        convert(net)


def test_limits_that_all_elements_share_are_those_of_the_grid() -> None:
    imported = convert(networks.case33bw())
    limits = imported.components.limits
    assert (limits.voltage_pu_min, limits.voltage_pu_max) == (0.9, 1.1)
    assert limits.loading_pct_max == 100.0
    assert not any("vm_pu" in said for said in imported.assumptions)


def test_limits_that_differ_are_told_as_left_out() -> None:
    net = networks.case33bw()
    net.bus.loc[5, "min_vm_pu"] = 0.95
    imported = convert(net)
    assert imported.components.limits == Limits()
    (said,) = [each for each in imported.assumptions if "min_vm_pu" in each]
    assert said.startswith("Columns of table bus not carried over: max_vm_pu, min_vm_pu")


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ("gridops_network", ["limits"]),
        ("gridops_network", {"limits": {"voltage": 1.0}}),
        ("gridops_network", {"limits": {"voltage_pu_min": "low"}}),
        ("gridops_network", {"generators": 7}),
        ("gridops_points", "none"),
    ],
)
def test_a_kept_table_that_somebody_spoiled_is_named(table: str, value: object) -> None:
    net = to_net(everything())
    net[table] = value
    with pytest.raises(GridUnreadable, match=table):
        convert(net)


def test_a_kept_row_without_its_cells_is_named() -> None:
    net = to_net(everything())
    net["gridops_points"] = net["gridops_points"].drop(columns="signal")
    with pytest.raises(GridUnreadable, match="gridops_points: signal is empty"):
        convert(net)
