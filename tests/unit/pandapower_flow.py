"""pandapower's power flow, set up as the native format models a grid."""

from typing import Any

import pytest

from gridops.network import Network
from gridops.powerflow import FlowResult, LoadPower, PowerFlow

pp = pytest.importorskip("pandapower")


IDEAL_PCT = 0.1


def flow(net: Any) -> Any:
    """Voltages by bus number.

    Angles do not change a magnitude where every part of the grid has one source. Newton's
    method does not come from a flat start across a regulator of next to no impedance
    (ieee123 has 0.001 %, as its source). The fast decoupled one does, but takes every load as
    constant power: it comes near, and Newton's goes on from there. (From an exact solution with
    constant power Newton's method would not take a step: it looks at voltages after the first.)
    """
    alike = {"trafo_model": "pi", "numba": False, "calculate_voltage_angles": False}
    start = "flat"
    if (net.trafo.vk_percent < IDEAL_PCT).any():
        near = {"tolerance_mva": 1e-3, "voltage_depend_loads": False}
        pp.runpp(net, algorithm="fdbx", **near, **alike)
        start = "results"
    pp.runpp(net, init=start, tolerance_mva=1e-9, **alike)
    return net.res_bus.vm_pu


def normally(engine: PowerFlow, network: Network) -> FlowResult:
    """The normal state, every load and generator as stated."""
    return engine.solve(
        {switch.id for switch in network.switches.values() if switch.is_normally_closed},
        {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()},
        generators={g.id: LoadPower(g.p_w, g.q_var) for g in network.generators.values()},
    )
