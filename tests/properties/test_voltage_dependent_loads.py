"""Loads of constant current and impedance, held against pandapower and against themselves."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_feeders import drawings
from test_powerflow_engines import with_transformer

from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.pandapower_grid import to_net
from gridops.ids import LoadId, SwitchId
from gridops.network import Load, Network, build_network, draw
from gridops.powerflow import FlowResult, LoadPower, PowerFlow
from tests.radial_sweep import RadialSweep
from tests.unit.pandapower_flow import flow

TOLERANCE_PU = 1e-9
shares = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(
    lambda pair: pair if sum(pair) <= 1 else (1 - pair[0], 1 - pair[1])
)


@st.composite
def networks(draw_: st.DrawFn) -> Network:
    """Feeders, one below a transformer that is off its middle tap, and a share for each load."""
    text = draw_(drawings())
    power = {name: 500e3 * draw_(st.integers(1, 15)) for name in text.split() if name[0] in "ABC"}
    network = with_transformer(draw(text, p_w=power), draw_(st.sampled_from([0, 11])), tap=3)
    loads = []
    for load in network.components.loads:
        current, impedance = draw_(shares)
        loads.append(
            replace(load, constant_current_share=current, constant_impedance_share=impedance)
        )
    return build_network(replace(network.components, loads=tuple(loads)))


def normally(
    network: Network,
    powers: Mapping[LoadId, LoadPower] | None = None,
    *,
    engine: Callable[[Network], PowerFlow] = RadialSweep,
) -> FlowResult:
    closed = {SwitchId(s.id) for s in network.switches.values() if s.is_normally_closed}
    stated = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    return engine(network).solve(closed, stated if powers is None else powers)


def with_loads(network: Network, *loads: Load) -> Network:
    return build_network(replace(network.components, loads=loads))


@settings(max_examples=40)
@given(network=networks())
def test_the_sweep_equals_pandapower(network: Network) -> None:
    """Every load has a bus of its own: pandapower gives all loads at a bus the plain mean of
    their shares."""
    result = normally(network)
    assume(result.converged)
    net: Any = to_net(network.components)
    voltages = flow(net)
    theirs = dict(zip(net.bus.gridops_id, voltages[net.bus.index], strict=True))
    ours = {node: result.voltage_pu.get(node, float("nan")) for node in network.nodes}
    assert ours == pytest.approx(theirs, abs=TOLERANCE_PU, rel=0, nan_ok=True)


@given(network=networks())
def test_the_sweep_equals_power_grid_model(network: Network) -> None:
    ours, theirs = normally(network), normally(network, engine=PowerGridModelEngine)
    assume(ours.converged)
    assert dict(theirs.voltage_pu) == pytest.approx(dict(ours.voltage_pu), abs=TOLERANCE_PU, rel=0)
    assert dict(theirs.source_p_w) == pytest.approx(dict(ours.source_p_w), abs=1.0)


@given(network=networks())
def test_what_the_loads_draw_as_constant_power_gives_the_same_state(network: Network) -> None:
    """So what a load is said to draw at a voltage is what the sweep lets it draw."""
    result = normally(network)
    assume(result.converged)
    drawn = {}
    for load in network.loads.values():
        share = load.share_at(result.voltage_pu.get(load.node, 0.0))
        drawn[load.id] = LoadPower(load.p_w * share, load.q_var * share)
    rigid = [
        replace(load, constant_current_share=0.0, constant_impedance_share=0.0)
        for load in network.loads.values()
    ]
    again = normally(with_loads(network, *rigid), drawn)
    assert dict(again.voltage_pu) == pytest.approx(dict(result.voltage_pu), abs=TOLERANCE_PU, rel=0)
    assert dict(again.source_p_w) == pytest.approx(dict(result.source_p_w), abs=1e-2)


@given(network=networks())
def test_a_load_is_the_sum_of_its_parts(network: Network) -> None:
    """Three loads at one node, each of one sort, draw what one load with their shares draws."""
    parts: list[Load] = []
    for load in network.loads.values():
        for name, share, current, impedance in (
            ("P", load.constant_power_share, 0.0, 0.0),
            ("I", load.constant_current_share, 1.0, 0.0),
            ("Z", load.constant_impedance_share, 0.0, 1.0),
        ):
            part = replace(
                load,
                id=LoadId(f"{load.id}{name}"),
                p_w=load.p_w * share,
                q_var=load.q_var * share,
                constant_current_share=current,
                constant_impedance_share=impedance,
            )
            parts.append(part)
    whole, apart = normally(network), normally(with_loads(network, *parts))
    assert whole.converged == apart.converged
    assert dict(apart.voltage_pu) == pytest.approx(dict(whole.voltage_pu), abs=1e-12, rel=0)
