"""Random grids for fault currents: uneven lines, transformers of odd ratio, any sources."""

import random
from dataclasses import replace

from hypothesis import strategies as st

from gridops.ids import BranchId, NodeId
from gridops.network import Network, Transformer, build_network, draw
from tests.properties.random_feeders import drawings


@st.composite
def fault_grids(draw_: st.DrawFn) -> Network:
    """Feeders with ties, S1 behind a 110 kV transformer, a 400 V bus behind another."""
    dice = random.Random(draw_(st.integers(0, 10**6)))
    parts = draw(draw_(drawings())).components
    lines = tuple(
        replace(b, r_ohm=dice.uniform(0.0, 2.0), x_ohm=dice.uniform(0.01, 2.0))
        for b in parts.branches
    )
    sources = tuple(
        replace(s, short_circuit_va=dice.uniform(5e7, 5e9), r_to_x=dice.uniform(0.0, 1.5))
        for s in parts.sources
    )
    high = replace(parts.nodes[0], id=NodeId("HV"), voltage_v_nominal=110e3)
    low = replace(parts.nodes[0], id=NodeId("LV"), voltage_v_nominal=400.0)
    units = (
        _transformer("T1", "HV", "S1", rated=(115e3, 23e3, 25e6), clock=dice.choice([0, 5, 11])),
        _transformer("T2", "A0", "LV", rated=(22e3, 420.0, 630e3), clock=dice.choice([0, 5, 11])),
    )
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, high, low),
            branches=lines,
            transformers=units,
            sources=tuple(replace(s, node=high.id) if s.id == "S1" else s for s in sources),
        )
    )


def _transformer(
    name: str, above: str, below: str, *, rated: tuple[float, float, float], clock: int
) -> Transformer:
    high_v, low_v, power_va = rated
    return Transformer(
        id=BranchId(name),
        name=name,
        from_node=NodeId(above),
        to_node=NodeId(below),
        power_va_rated=power_va,
        voltage_v_from=high_v,
        voltage_v_to=low_v,
        short_circuit_voltage_pu=0.1,
        copper_loss_w=0.006 * power_va,
        iron_loss_w=0.001 * power_va,
        no_load_current_pu=0.005,
        tap_position=3,
        tap_min=-9,
        tap_max=9,
        tap_step_pu=0.0178,
        clock=clock,
    )
