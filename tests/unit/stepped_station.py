"""A station from 110 to 20 kV with one feeder, for fault currents by hand."""

from dataclasses import replace
from typing import Any

from gridops.ids import NodeId
from gridops.network import Network, build_network, draw
from tests.unit.sound_grid import TRANSFORMER


def station(**change: Any) -> Network:
    """3000 MVA at 110 kV, R/X 0.1; 31.5 MVA, 110/20 kV, 12 %, 150 kW, YNd11; a feeder of 2 x 1 km
    of 0.12 + j0.11 ohm/km to A."""
    parts = draw("S1 [b1] A").components
    transformer = replace(
        TRANSFORMER,
        from_node=NodeId("H"),
        power_va_rated=31.5e6,
        voltage_v_to=20e3,
        short_circuit_voltage_pu=0.12,
        copper_loss_w=150e3,
        **change,
    )
    medium = tuple(replace(n, voltage_v_nominal=20e3) for n in parts.nodes)
    high = replace(medium[0], id=NodeId("H"), voltage_v_nominal=110e3)
    source = replace(parts.sources[0], node=high.id, short_circuit_va=3e9, r_to_x=0.1)
    return build_network(
        replace(parts, nodes=(*medium, high), transformers=(transformer,), sources=(source,))
    )


def with_high_breaker(network: Network) -> Network:
    """The same with the source behind a line and a switch `b9` on the 110 kV side."""
    parts = network.components
    above = draw("S9 [b9] H2").components
    high = tuple(replace(n, voltage_v_nominal=110e3) for n in above.nodes if n.id != "H2")
    joint = replace(above.switches[0], node_b="H")
    line = replace(parts.branches[0], id="up", from_node="S9", to_node="S9.b9")
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, *high),
            switches=(*parts.switches, joint),
            branches=(*parts.branches, line),
            sources=(replace(parts.sources[0], node="S9"),),
        )
    )
