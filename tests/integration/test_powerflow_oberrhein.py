"""Both engines against pandapower on the grid that pandapower ships."""

from pathlib import Path

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import load_grid
from gridops.powerflow import LoadPower, PowerFlow
from tests.radial_sweep import RadialSweep

OBERRHEIN = Path(__file__).parents[2] / "models" / "oberrhein"


@pytest.fixture(scope="module")
def expected_pu() -> dict[str, float]:
    """Bus voltages by pandapower, without the generators that the model leaves out."""
    pandapower = pytest.importorskip("pandapower")
    networks = pytest.importorskip("pandapower.networks")
    net = networks.mv_oberrhein()
    net.sgen["in_service"] = False
    pandapower.runpp(net, trafo_model="pi", calculate_voltage_angles=True, numba=False)
    return {str(bus): float(vm) for bus, vm in net.res_bus.vm_pu.dropna().items()}


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*:FutureWarning")
@pytest.mark.parametrize("engine", [RadialSweep, PowerGridModelEngine])
def test_the_normal_state_equals_pandapowers(
    engine: type[PowerFlow], expected_pu: dict[str, float]
) -> None:
    network = load_grid(OBERRHEIN)
    closed = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    loads = {x.id: LoadPower(x.p_w, x.q_var) for x in network.loads.values()}
    found = engine(network).solve(closed, loads)  # type: ignore[call-arg]
    shared = {node: v for node, v in found.voltage_pu.items() if node in expected_pu}
    assert len(shared) == 179
    assert shared == pytest.approx({node: expected_pu[node] for node in shared}, abs=1e-5)
