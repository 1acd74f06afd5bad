"""Loads of OpenDSS that depend on voltage, against what OpenDSS itself solves."""

import math
from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

from gridops.adapters.importing import Imported
from gridops.adapters.opendss_grid.engine import solved_circuit
from gridops.adapters.opendss_grid.script import read_script
from gridops.ids import NodeId
from gridops.network import Load, build_network
from gridops.network.validation import validate
from gridops.powerflow import LoadPower
from tests.radial_sweep import RadialSweep
from tests.unit.opendss_circuits import STIFF, imported, saying

LINE = "new line.l bus1=s bus2=g r1=4 x1=6 r0=4 x0=6 c1=0 c0=0 length=1\n"
MODELS = {
    "constant power": "model=1",
    "constant impedance": "model=2",
    "constant current": "model=5",
    "ZIP": "model=8 zipv=[0.5 0.2 0.3 0.5 0.2 0.3 0]",
}


def only(grid: Imported) -> Load:
    (load,) = grid.components.loads
    return load


def shares(load: Load) -> tuple[float, float]:
    return load.constant_current_share, load.constant_impedance_share


def solved_by_opendss_pu(folder: Path) -> float:
    """Mean voltage of bus g, of 12.47 kV line to line."""
    source = str(folder / "master.dss")
    circuit = solved_circuit(read_script(Path(source)).statements, source)
    (bus,) = [each for each in circuit["buses"] if each["name"] == "g"]
    volts = [math.hypot(*bus["volts"][k : k + 2]) for k in range(0, len(bus["volts"]), 2)]
    return sum(volts) / len(volts) * math.sqrt(3) / 12.47e3


def solved_pu(grid: Imported) -> float:
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in grid.components.loads}
    flow = RadialSweep(build_network(grid.components)).solve(frozenset(), loads)
    return flow.voltage_pu[NodeId("g")]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rated_kv", [12.47, 12.0])
@pytest.mark.parametrize("conn", ["wye", "delta"])
def test_the_voltage_at_a_load_is_that_of_the_engine(
    tmp_path: Path, model: str, rated_kv: float, conn: str
) -> None:
    grid = imported(
        tmp_path,
        f"{LINE}new load.d bus1=g kv={rated_kv} conn={conn} kw=1500 kvar=500 {MODELS[model]} "
        "vminpu=0.5 vmaxpu=1.5",
        head=STIFF,
        tail="\nset voltagebases=[12.47]\ncalcvoltagebases\nset tolerance=1e-10\nsolve\n",
    )
    found = solved_pu(grid)
    assert found < 0.96
    assert found == pytest.approx(solved_by_opendss_pu(tmp_path), abs=1e-7)


@pytest.mark.parametrize(
    ("where", "rated_kv"),
    [("bus1=g.2 phases=1", 7.2), ("bus1=g.1.2 phases=1 conn=delta", 12.0)],
    ids=["phase to neutral", "phase to phase"],
)
@pytest.mark.parametrize("model", MODELS)
def test_a_load_on_one_phase_draws_what_it_draws_there(
    tmp_path: Path, model: str, where: str, rated_kv: float
) -> None:
    """Without a line before it: at nominal voltage, where the import restates it."""
    grid = imported(
        tmp_path,
        f"new load.d {where.replace('g', 's')} kv={rated_kv} kw=60 kvar=20 {MODELS[model]} "
        "vminpu=0.5 vmaxpu=1.5",
        head=STIFF,
    )
    across_kv = 12.47 if "delta" in where else 12.47 / math.sqrt(3)
    v = across_kv / rated_kv
    factor = {
        "constant power": 1,
        "constant impedance": v**2,
        "constant current": v,
        "ZIP": 0.3 + 0.2 * v + 0.5 * v**2,
    }[model]
    load = only(grid)
    assert (load.p_w, load.q_var) == pytest.approx((60e3 * factor, 20e3 * factor))
    assert load.share_at(1 / v) * load.p_w == pytest.approx(60e3)


def test_shares_are_those_at_nominal_voltage(tmp_path: Path) -> None:
    body = "new load.d bus1=s kv=11.6 kw=100 model=8 zipv=[0.25 0.25 0.5 0.25 0.25 0.5 0.8]"
    grid = imported(tmp_path, body, head=STIFF)
    v = 12.47 / 11.6
    whole = 0.5 + 0.25 * v + 0.25 * v**2
    assert shares(only(grid)) == pytest.approx((0.25 * v / whole, 0.25 * v**2 / whole))
    assert "1 of ZIP (100 kW)" in saying(grid, "carried so")
    assert "(+7.50 %)" in saying(grid, "restated at nominal voltage")
    assert "1 ZIP load" in saying(grid, "voltage below which they draw nothing")


def test_shares_that_miss_a_whole_by_rounding_are_one_for_the_check(tmp_path: Path) -> None:
    third = "0.3333335 0.6666670 0"
    body = f"new load.d bus1=s kv=12.47 kw=100 model=8 zipv=[{third} {third} 0]"
    grid = imported(tmp_path, body, head=STIFF)
    assert sum(shares(only(grid))) == pytest.approx(1.0, abs=1e-11)
    codes = {flaw.code for flaw in validate(grid.components)}
    assert "load-shares-beyond-whole" not in codes


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("model=8 zipv=[0.3 0.2 0.5 0.4 0.1 0.5 0]", "1 of ZIP (100 kW)"),
        ("model=8 zipv=[1.2 -0.6 0.4 1.2 -0.6 0.4 0]", "1 of ZIP (100 kW)"),
        ("model=8 zipv=[0.3 0.2 0.4 0.3 0.2 0.4 0]", "1 of ZIP (100 kW)"),
        ("model=3", "1 of constant P, quadratic Q (100 kW)"),
        ("model=4 cvrwatts=1 cvrvars=2", "1 of P and Q by exponents (100 kW)"),
    ],
)
def test_what_shares_cannot_say_is_constant_power_and_told(
    tmp_path: Path, model: str, told: str
) -> None:
    body = f"new load.d bus1=s kv=11.6 kw=100 kvar=20 {model}"
    grid = imported(tmp_path, body, head=STIFF)
    assert shares(only(grid)) == (0, 0)
    assert only(grid).p_w == 100e3
    assert told in saying(grid, "carried as constant power")
    assert not any("carried so" in each or "restated" in each for each in grid.assumptions)
