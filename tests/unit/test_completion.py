"""The completion rules, on drawn grids and public ones."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gridops.adapters.city_folder import write_city
from gridops.adapters.completion import NOT_COMPLETED, complete
from gridops.adapters.grid_files import read_grid
from gridops.adapters.importing import Imported
from gridops.adapters.pandapower_grid import convert, to_net
from gridops.ids import BranchId, NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    IndicatorKind,
    NodeKind,
    SwitchKind,
    Transformer,
    build_network,
    draw,
)
from gridops.network.validation import validate


def bare(drawing: str, **kinds: SwitchKind) -> Components:
    """A drawn grid as an importer brings it: crew operated, no heads, no protection, nobody."""
    grid = draw(drawing, customers=dict.fromkeys("ABCDEFGH", 0)).components
    switches = tuple(
        replace(
            switch,
            kind=kinds.get(switch.id, switch.kind),
            control=Control.CREW,
            operating_time_s=1800.0,
            feeder=None,
            indicator=IndicatorKind.NONE,
            pickup_current_a=None,
            trip_delay_s=0.0,
            lockout_point=False,
        )
        for switch in grid.switches
    )
    return replace(grid, switches=switches, links=(), points=())


def completed(components: Components, **known: Any) -> Components:
    return complete(Imported(components=components, assumptions=(), **known))[0]


def heads(components: Components) -> dict[str, str]:
    return {switch.id: switch.feeder for switch in components.switches if switch.feeder}


def hung_on_a_busbar(components: Components, *switches: str) -> Components:
    """Heads of drawn feeders hang on the source's node itself, without the line between."""
    moved = {s.node_a: NodeId("S1") for s in components.switches if s.id in switches}
    return replace(
        components,
        nodes=tuple(node for node in components.nodes if node.id not in moved),
        branches=tuple(b for b in components.branches if b.to_node not in moved),
        switches=tuple(
            replace(s, node_a=moved.get(s.node_a, s.node_a)) for s in components.switches
        ),
    )


RING = """
    S1 [b1] A [s1] B (t1) C [s2] D [b2] S1
"""


def ring() -> Components:
    grid = bare(RING)
    grid = hung_on_a_busbar(grid, "b1")
    turned = tuple(
        replace(s, node_a=s.node_b, node_b=s.node_a) if s.id == "b2" else s for s in grid.switches
    )
    return hung_on_a_busbar(replace(grid, switches=turned), "b2")


def test_the_breaker_of_each_line_at_the_busbar_is_a_feeder_head() -> None:
    assert heads(completed(ring())) == {"b1": "F1", "b2": "F2"}


def test_a_completed_grid_has_no_errors_and_can_be_completed_again() -> None:
    components = completed(ring())
    assert [flaw for flaw in validate(components) if flaw.is_error] == []
    assert completed(components) == components


def test_what_the_source_says_of_a_switch_stays() -> None:
    grid = ring()
    stated = tuple(
        replace(s, name="Schalter 7", kind=SwitchKind.DISCONNECTOR, current_a_rated=200.0)
        if s.id == "s1"
        else s
        for s in grid.switches
    )
    (switch,) = [s for s in completed(replace(grid, switches=stated)).switches if s.id == "s1"]
    assert (switch.name, switch.kind, switch.current_a_rated) == (
        "Schalter 7",
        SwitchKind.DISCONNECTOR,
        200.0,
    )
    assert switch.control is Control.CREW, "a disconnector has no drive"


def test_a_load_break_switch_at_the_busbar_gets_a_breaker_before_it() -> None:
    grid = ring()
    switches = tuple(
        replace(s, kind=SwitchKind.LOAD_BREAK_SWITCH) if s.id == "b1" else s for s in grid.switches
    )
    components = completed(replace(grid, switches=switches))
    by_id = {switch.id: switch for switch in components.switches}
    assert heads(components) == {"CB-b1": "F2", "b2": "F1"}
    assert by_id[SwitchId("CB-b1")].node_a == "S1"
    assert by_id[SwitchId("CB-b1")].node_b == by_id[SwitchId("b1")].node_a
    assert by_id[SwitchId("b1")].kind is SwitchKind.LOAD_BREAK_SWITCH


def test_a_switch_of_unstated_kind_becomes_the_breaker_and_others_load_break_switches() -> None:
    grid = ring()
    unstated = frozenset(switch.id for switch in grid.switches)
    switches = tuple(replace(s, kind=SwitchKind.DISCONNECTOR) for s in grid.switches)
    components = completed(replace(grid, switches=switches), unstated_kinds=unstated)
    kinds = {switch.id: switch.kind for switch in components.switches}
    assert kinds["b1"] is kinds["b2"] is SwitchKind.BREAKER
    assert {kinds["s1"], kinds["s2"], kinds["t1"]} == {SwitchKind.LOAD_BREAK_SWITCH}
    assert heads(components) == {"b1": "F1", "b2": "F2"}


def test_protection_that_the_source_states_stays() -> None:
    grid = ring()
    stated = tuple(
        replace(s, pickup_current_a=321.0, trip_delay_s=0.2) if s.id == "b1" else s
        for s in grid.switches
    )
    by_id = {s.id: s for s in completed(replace(grid, switches=stated)).switches}
    assert (by_id[SwitchId("b1")].pickup_current_a, by_id[SwitchId("b1")].trip_delay_s) == (
        321,
        0.2,
    )
    assert by_id[SwitchId("b2")].pickup_current_a == 480.0, "1.2 times the 400 A of its line"


def test_pick_ups_that_are_assumed_refuse_no_plan() -> None:
    """What protection sees is asked once the pick-ups are somebody's, not ours."""
    grid = ring()
    assert completed(grid).limits.fault_in_pickups_min == 0.0
    stated = tuple(
        replace(s, pickup_current_a=321.0) if s.id in ("b1", "b2") else s for s in grid.switches
    )
    assert completed(replace(grid, switches=stated)).limits.fault_in_pickups_min == 1.2


def test_customers_that_the_source_states_stay() -> None:
    grid = ring()
    loads = (replace(grid.loads[0], customers=7), *grid.loads[1:])
    assert completed(replace(grid, loads=loads)).loads == loads


def without_switches() -> Imported:
    """Three nodes in a row, and a spare line that closes the ring."""
    grid = draw("S1 [b1] A [s1] B").components
    nodes = tuple(node for node in grid.nodes if node.id in ("S1", "A", "B"))
    lines = tuple(line(name, *ends) for name, ends in (("L0", ("S1", "A")), ("L1", ("A", "B"))))
    components = Components(
        name="bare", nodes=nodes, branches=lines, sources=grid.sources, loads=grid.loads
    )
    loads = tuple(replace(load, customers=0) for load in components.loads)
    return Imported(
        components=replace(components, loads=loads),
        assumptions=(),
        spare=(line("L2", "B", "S1"),),
    )


def line(ident: str, one: str, other: str) -> Branch:
    return Branch(
        id=BranchId(ident),
        name=ident,
        kind=BranchKind.CABLE,
        from_node=NodeId(one),
        to_node=NodeId(other),
        length_m=1000.0,
        r_ohm=0.1,
        x_ohm=0.1,
        c_f=1e-7,
        current_a_max=300.0,
    )


def test_a_grid_without_switches_gets_two_at_every_line_and_its_spare_lines_are_ties() -> None:
    components, said = complete(without_switches())
    positions = {s.id: s.normal_position for s in components.switches}
    assert positions == {
        "SW-L0-S1": Position.CLOSED,
        "SW-L0-A": Position.CLOSED,
        "SW-L1-A": Position.CLOSED,
        "SW-L1-B": Position.CLOSED,
        "SW-L2-B": Position.OPEN,
        "SW-L2-S1": Position.CLOSED,
    }
    assert any("both ends of 3 lines" in each for each in said)
    assert any("1 line (L2)" in each for each in said)
    assert [flaw for flaw in validate(components) if flaw.is_error] == []


def test_both_ends_of_a_line_back_to_the_busbar_get_a_breaker() -> None:
    components, _ = complete(without_switches())
    assert heads(components) == {"SW-L0-S1": "F1", "SW-L2-S1": "F2"}


def under_a_transformer(switched: bool) -> Components:
    """110 kV source, transformer with a breaker on its low side, busbar with two bare lines."""
    grid = without_switches().components
    nodes = {node.id: node for node in grid.nodes}
    high = replace(nodes[NodeId("S1")], id=NodeId("H"), voltage_v_nominal=110e3)
    low = replace(nodes[NodeId("S1")], id=NodeId("M"), kind=NodeKind.JOINT)
    busbar = replace(low, id=NodeId("S1"))
    transformer = Transformer(
        id=BranchId("T1"),
        name="T1",
        from_node=NodeId("H"),
        to_node=NodeId("M") if switched else NodeId("S1"),
        power_va_rated=20e6,
        voltage_v_from=110e3,
        voltage_v_to=22e3,
        short_circuit_voltage_pu=0.1,
        copper_loss_w=8e4,
        iron_loss_w=1e4,
        no_load_current_pu=0.001,
    )
    incomer = replace(
        draw("S1 [b1] A").components.switches[0],
        id=SwitchId("CB0"),
        node_a=NodeId("M"),
        node_b=NodeId("S1"),
        feeder=None,
        pickup_current_a=None,
        lockout_point=False,
        control=Control.CREW,
    )
    return replace(
        grid,
        nodes=(high, *((low,) if switched else ()), busbar, nodes[NodeId("A")], nodes[NodeId("B")]),
        branches=(line("L0", "S1", "A"), line("L1", "S1", "B")),
        transformers=(transformer,),
        sources=tuple(replace(source, node=NodeId("H")) for source in grid.sources),
        switches=(incomer,) if switched else (),
    )


def test_the_breaker_of_a_transformer_is_not_the_head_of_a_feeder() -> None:
    components = completed(under_a_transformer(switched=True))
    assert heads(components) == {"SW-L0-S1": "F1", "SW-L1-S1": "F2"}
    by_id = {switch.id: switch for switch in components.switches}
    incomer = by_id[SwitchId("CB0")]
    assert incomer.pickup_current_a == 790.0, "1.5 times 525 A"
    assert incomer.trip_delay_s > by_id[SwitchId("SW-L0-S1")].trip_delay_s
    assert incomer.control is Control.REMOTE


def test_an_unrated_breaker_of_a_transformer_can_carry_it() -> None:
    imported = Imported(
        components=under_a_transformer(switched=True),
        assumptions=(),
        unstated_ratings=frozenset({SwitchId("CB0")}),
    )
    by_id = {switch.id: switch for switch in complete(imported)[0].switches}
    assert by_id[SwitchId("CB0")].current_a_rated == 1250.0


def test_lines_without_a_rating_do_not_make_protection_blind() -> None:
    """Two loads of 100 kW and 30 kvar on 22 kV draw 5.5 A: the least of 50 A counts, twice."""
    imported = without_switches()
    unrated = tuple(replace(each, current_a_max=1e5) for each in imported.components.branches)
    components, _ = complete(
        replace(imported, components=replace(imported.components, branches=unrated))
    )
    pickups = {s.id: s.pickup_current_a for s in components.switches if s.feeder}
    assert pickups == {"SW-L0-S1": 100.0, "SW-L2-S1": 360.0}


def test_loads_at_a_busbar_get_a_breaker_of_their_own() -> None:
    grid = under_a_transformer(switched=True)
    loads = (replace(grid.loads[0], node=NodeId("S1")), *grid.loads[1:])
    components = completed(replace(grid, loads=loads))
    assert heads(components)["CB-S1-loads"] == "F3"
    assert components.loads[0].node == "S1.loads"
    assert [flaw for flaw in validate(components) if flaw.is_error] == []


def test_a_loop_stays_for_the_check_to_tell() -> None:
    grid = ring()
    closed = tuple(replace(s, normal_position=Position.CLOSED) for s in grid.switches)
    components = completed(replace(grid, switches=closed))
    assert {f.code for f in validate(components) if f.is_error} == {"normal-loop"}


def test_a_grid_whose_references_dangle_is_left_as_it_is() -> None:
    grid = ring()
    dangling = replace(grid, branches=(line("L9", "A", "nowhere"), *grid.branches))
    components, said = complete(Imported(components=dangling, assumptions=()))
    assert components == dangling
    assert said == (NOT_COMPLETED,)


def test_every_telecontrolled_switch_has_points_and_every_count_is_right() -> None:
    components, said = complete(Imported(components=ring(), assumptions=()))
    remote = [switch for switch in components.switches if switch.control is Control.REMOTE]
    positions = [point for point in components.points if point.signal == "position"]
    assert {point.element for point in positions} == {switch.id for switch in remote}
    assert any(f"{len(components.points)} points" in each for each in said)
    breakers = sum(switch.feeder is not None for switch in remote)
    assert any(each.endswith(f"lockout: {breakers} switches.") for each in said)
    build_network(components)


def with_ratings(imported: Imported, current_a: float) -> Imported:
    lines = tuple(replace(b, current_a_max=current_a) for b in imported.components.branches)
    spare = tuple(replace(b, current_a_max=current_a) for b in imported.spare)
    return replace(imported, components=replace(imported.components, branches=lines), spare=spare)


@pytest.mark.parametrize(("line_a", "head_a"), [(300.0, 1250.0), (1200.0, 1600.0), (4500, 5400.0)])
def test_a_head_by_rule_carries_all_that_it_does_not_trip(line_a: float, head_a: float) -> None:
    """Pick-up is 1.2 times the line: 360, 1,440 and 5,400 A, past the largest standard rating."""
    components, said = complete(with_ratings(without_switches(), line_a))
    rated = {s.current_a_rated for s in components.switches if s.feeder}
    assert rated == {head_a}
    assert any("Rated for their pick-up" in each for each in said) == (head_a > 1250)
    assert "pickup-beyond-rating" not in {flaw.code for flaw in validate(components)}


def test_the_rating_of_a_head_that_the_source_states_stays() -> None:
    grid = ring()
    lines = tuple(replace(branch, current_a_max=1200.0) for branch in grid.branches)
    components = completed(replace(grid, branches=lines))
    before = {s.id: s.current_a_rated for s in grid.switches}
    assert {s.id: s.current_a_rated for s in components.switches} == before


def test_every_switch_that_breaks_load_can_be_telecontrolled() -> None:
    grid = ring()
    stated = tuple(
        replace(s, kind=SwitchKind.DISCONNECTOR) if s.id == "s1" else s for s in grid.switches
    )
    imported = Imported(components=replace(grid, switches=stated), assumptions=())
    components, said = complete(imported, remote_everywhere=True)
    crew = {s.id for s in components.switches if s.control is Control.CREW}
    assert crew == {"s1"}
    assert any("every other switch that breaks load: 2 switches" in each for each in said)
    assert not any("every third station" in each for each in said)


def test_a_tie_at_the_busbar_is_telecontrolled_itself() -> None:
    """Nothing feeds through it, so that no other rule reaches it."""
    imported = without_switches()
    spare = tuple(replace(b, from_node=b.to_node, to_node=b.from_node) for b in imported.spare)
    components, _ = complete(replace(imported, spare=spare))
    (tie,) = [s for s in components.switches if not s.is_normally_closed]
    assert (tie.node_a, tie.control) == ("S1", Control.REMOTE)


def test_no_feeder_begins_with_a_line_between_infeed_and_busbar() -> None:
    """S1 - A is such a line: the head stands where L1 leaves A, in one substation with S1."""
    imported = replace(without_switches(), spare=())
    grid = imported.components
    busbars = tuple(replace(n, kind=NodeKind.BUSBAR) if n.id == "A" else n for n in grid.nodes)
    switch = replace(ring().switches[0], id=SwitchId("s9"), node_a=NodeId("A"), node_b=NodeId("A9"))
    end = replace(busbars[0], id=NodeId("A9"), kind=NodeKind.TERMINAL)
    lines = (line("L0", "S1", "A"), line("L1", "A9", "B"))
    loads = tuple(load for load in grid.loads if load.node == "B")
    grid = replace(grid, nodes=(*busbars, end), branches=lines, switches=(switch,), loads=loads)
    components = completed(grid, substation_lines=frozenset({BranchId("L0")}))
    assert heads(components) == {"s9": "F1"}
    assert [link.id for link in components.links] == ["SSS1"]
    voltages = [point.element for point in components.points if point.signal == "voltage_v"]
    assert voltages == ["S1", "A"]


def test_busbars_before_and_behind_a_regulator_share_a_station_s_equipment() -> None:
    grid = under_a_transformer(switched=False)
    level = grid.nodes[1].voltage_v_nominal
    nodes = (replace(grid.nodes[0], kind=NodeKind.BUSBAR, voltage_v_nominal=level), *grid.nodes[1:])
    regulator = replace(grid.transformers[0], voltage_v_from=level, voltage_v_to=level)
    components = completed(replace(grid, nodes=nodes, transformers=(regulator,)))
    assert [link.id for link in components.links] == ["SSH"]
    voltages = [point.element for point in components.points if point.signal == "voltage_v"]
    assert voltages == ["H", "S1"]


PUBLIC: dict[str, Callable[[Any], Any]] = {
    "case33bw": lambda networks: networks.case33bw(),
    "cigre_mv": lambda networks: networks.create_cigre_network_mv(),
    "cigre_mv, all generators": lambda networks: networks.create_cigre_network_mv("all"),
    "open ring": lambda networks: networks.simple_mv_open_ring_net(),
    "oberrhein": lambda networks: networks.mv_oberrhein(),
    "example_simple": lambda networks: networks.example_simple(),
}


@pytest.mark.filterwarnings("ignore:tap_dependency_table:DeprecationWarning")
@pytest.mark.parametrize("net", PUBLIC)
def test_a_public_net_is_without_errors_once_completed(net: str) -> None:
    networks = pytest.importorskip("pandapower.networks")
    components, _ = complete(convert(PUBLIC[net](networks)))
    assert [str(flaw) for flaw in validate(components) if flaw.is_error] == []
    assert heads(components)


def test_the_rules_find_the_feeders_that_a_city_was_built_with(tmp_path: Path) -> None:
    """The city goes out to pandapower and comes back without a word of ours on heads."""
    pytest.importorskip("pandapower")
    write_city(tmp_path / "city", feeders=12, seed=3)
    built = read_grid(tmp_path / "city").components
    net = to_net(built)
    for key in list(net):
        if str(key).startswith("gridops_"):
            del net[key]
        elif hasattr(net[key], "columns"):
            ours = [column for column in net[key].columns if column.startswith("gridops_")]
            net[key] = net[key].drop(columns=ours)
    found, _ = complete(convert(net))
    names = [switch.name for switch in found.switches if switch.feeder]
    assert names == [switch.name for switch in built.switches if switch.feeder]
    assert [str(flaw) for flaw in validate(found) if flaw.is_error] == []
