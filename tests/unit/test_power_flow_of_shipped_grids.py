"""Three engines on the normal state of every shipped grid: pandapower, the sweep, and
power-grid-model, generators and shunts included."""

import math
from typing import Any

import pytest
from pandapower_flow import flow, normally

from gridops.adapters.content import models_dir, shipped_grids
from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import load_grid
from gridops.adapters.pandapower_grid import to_net
from gridops.network import Network
from tests.radial_sweep import RadialSweep

TOLERANCE_PU = 1e-9
"""Measured: 1.3e-11 pu at most (rbts_bus4)."""


def by_pandapower(network: Network) -> dict[str, float]:
    """Voltage of every node that has one."""
    net: Any = to_net(network.components)
    voltages = flow(net)
    pairs = zip(net.bus.gridops_id, voltages[net.bus.index], strict=True)
    return {node: voltage for node, voltage in pairs if not math.isnan(voltage)}


@pytest.mark.parametrize("grid", shipped_grids())
def test_three_engines_agree_on_the_normal_state(grid: str) -> None:
    network = load_grid(models_dir() / grid)
    sweep = normally(RadialSweep(network), network).voltage_pu
    voltages = by_pandapower(network)
    assert sweep == pytest.approx(voltages, abs=TOLERANCE_PU, rel=0)
    model = normally(PowerGridModelEngine(network), network).voltage_pu
    assert model == pytest.approx(voltages, abs=TOLERANCE_PU, rel=0)
