"""Two engines that share no code must tell the same of every radial state."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_feeders import drawings

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import BranchId, GeneratorId, NodeId, ShuntId, SwitchId
from gridops.network import (
    Generator,
    GeneratorKind,
    Network,
    Shunt,
    Transformer,
    build_network,
    draw,
)
from gridops.powerflow import LoadPower, PowerFlow
from tests.radial_sweep import RadialSweep


def with_transformer(network: Network, clock: int, tap: int) -> Network:
    """A 110/22 kV transformer between the source S1 and its feeder."""
    parts = network.components
    high = replace(network.nodes[NodeId("S1")], id=NodeId("HV"), voltage_v_nominal=110e3)
    transformer = Transformer(
        id=BranchId("T1"),
        name="T1",
        from_node=NodeId("HV"),
        to_node=NodeId("S1"),
        power_va_rated=25e6,
        voltage_v_from=115e3,
        voltage_v_to=23e3,
        short_circuit_voltage_pu=0.12,
        copper_loss_w=110e3,
        iron_loss_w=20e3,
        no_load_current_pu=0.005,
        tap_position=tap,
        tap_min=-9,
        tap_max=9,
        tap_step_pu=0.0178,
        clock=clock,
    )
    above = {"S1": NodeId("HV")}
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, high),
            transformers=(transformer,),
            sources=tuple(replace(s, node=above.get(s.id, s.node)) for s in parts.sources),
        )
    )


def with_infeed(network: Network, feeding_w: float, capacitor_var: float) -> Network:
    """A generator at every load, a capacitor at every second one."""
    loads = network.components.loads
    generators = tuple(
        Generator(
            id=GeneratorId(f"G{load.id}"),
            name="G",
            node=load.node,
            kind=GeneratorKind.PHOTOVOLTAIC,
            power_va_rated=feeding_w,
            p_w=-feeding_w,
            q_var=0.1 * feeding_w,
        )
        for load in loads
    )
    shunts = tuple(
        Shunt(id=ShuntId(f"C{x.id}"), name="C", node=x.node, q_var=-capacitor_var, p_w=100.0)
        for x in loads[::2]
    )
    return build_network(replace(network.components, generators=generators, shunts=shunts))


def assert_agree(one: PowerFlow, other: PowerFlow, network: Network, closed: set[str]) -> None:
    state = frozenset(SwitchId(s) for s in closed)
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    feeding = {g.id: LoadPower(g.p_w, g.q_var) for g in network.generators.values()}
    a = one.solve(state, loads, generators=feeding)
    b = other.solve(state, loads, generators=feeding)
    if not a.converged:
        return
    assert b.converged
    assert dict(a.voltage_pu) == pytest.approx(dict(b.voltage_pu), abs=1e-9, rel=0)
    assert dict(a.loading_pct) == pytest.approx(dict(b.loading_pct), abs=1e-6, rel=0)
    assert dict(a.current_a) == pytest.approx(dict(b.current_a), abs=1e-6, rel=0)
    assert dict(a.switch_current_a) == pytest.approx(dict(b.switch_current_a), abs=1e-6, rel=0)
    assert dict(a.source_p_w) == pytest.approx(dict(b.source_p_w), abs=0.1, rel=0)
    assert dict(a.source_q_var) == pytest.approx(dict(b.source_q_var), abs=0.1, rel=0)


@given(
    text=drawings(),
    load=st.integers(1, 15),
    clock_and_tap=st.tuples(st.sampled_from([0, 5, 6, 11]), st.integers(-9, 9)),
    open_=st.sets(st.integers(0, 12), max_size=3),
)
def test_the_sweep_and_power_grid_model_agree(
    text: str, load: int, clock_and_tap: tuple[int, int], open_: set[int]
) -> None:
    power = {name: 150e3 * load for name in text.split() if name[0] in "ABC"}
    network = with_transformer(draw(text, p_w=power), *clock_and_tap)
    switches = list(network.switches.values())
    closed = {s.id for k, s in enumerate(switches) if s.is_normally_closed and k not in open_}
    sweep, newton = RadialSweep(network), PowerGridModelEngine(network)
    assert_agree(sweep, newton, network, closed)
    assert_agree(sweep, newton, network, {s.id for s in switches})


@given(text=drawings(), feeding_w=st.integers(1, 900_000), capacitor_var=st.integers(0, 900_000))
def test_they_agree_on_generators_and_capacitors(
    text: str, feeding_w: int, capacitor_var: int
) -> None:
    network = with_infeed(draw(text), float(feeding_w), float(capacitor_var))
    closed = {s.id for s in network.switches.values() if s.is_normally_closed}
    assert_agree(RadialSweep(network), PowerGridModelEngine(network), network, closed)


@given(text=drawings(), order=st.permutations(["all", "none", "normal"]))
def test_a_solve_leaves_nothing_behind_for_the_next(text: str, order: list[str]) -> None:
    network = draw(text)
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    states = {
        "all": frozenset(network.switches),
        "none": frozenset[SwitchId](),
        "normal": frozenset(s.id for s in network.switches.values() if s.is_normally_closed),
    }
    used = PowerGridModelEngine(network)
    for name in order:
        fresh = PowerGridModelEngine(network).solve(states[name], loads)
        assert used.solve(states[name], loads) == fresh
