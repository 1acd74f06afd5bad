"""Transformers, banks and regulators of OpenDSS, against what OpenDSS itself solves."""

import cmath
import math
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.importing import Imported
from gridops.adapters.opendss_grid.engine import solved_circuit
from gridops.adapters.opendss_grid.script import read_script
from gridops.network import Transformer, build_network
from gridops.network.validation import validate
from gridops.powerflow.branch_models import tap_factor
from gridops.powerflow.protocol import LoadPower
from tests.unit.opendss_circuits import STIFF, imported, saying


def only(grid: Imported) -> Transformer:
    (found,) = grid.components.transformers
    return found


def test_impedance_and_losses_are_those_of_the_nameplate(tmp_path: Path) -> None:
    grid = imported(
        tmp_path,
        "new transformer.t windings=2 buses=[s g] conns=[delta wye] kvs=[12.47 0.48] "
        "kvas=[500 500] xhl=4 %loadloss=1 %noloadloss=0.2 %imag=0.5",
    )
    unit = only(grid)
    assert (unit.id, unit.from_node, unit.to_node) == ("T", "s", "g")
    assert (unit.voltage_v_from, unit.voltage_v_to) == (12470, 480)
    assert unit.power_va_rated == 500e3
    assert unit.short_circuit_voltage_pu == pytest.approx(math.hypot(0.04, 0.01))
    assert unit.copper_loss_w == pytest.approx(5e3)
    assert unit.iron_loss_w == pytest.approx(1e3)
    assert unit.no_load_current_pu == pytest.approx(math.hypot(0.002, 0.005))


CONNECTIONS = ("wye wye", "delta delta", "delta wye", "wye delta")


def test_the_clock_is_the_angle_that_the_engine_solves(tmp_path: Path) -> None:
    """Either winding may be the first; the clock counts hours that the low side lags."""
    lines = []
    for k, (conns, leadlag, is_turned) in enumerate(
        product(CONNECTIONS, ("lag", "lead"), (False, True))
    ):
        buses, kvs = (f"g{k} s", "0.48 12.47") if is_turned else (f"s g{k}", "12.47 0.48")
        lines.append(
            f"new transformer.t{k} windings=2 buses=[{buses}] conns=[{conns}] kvs=[{kvs}] "
            f"kvas=[500 500] xhl=4 leadlag={leadlag}\nnew load.d{k} bus1=g{k} kv=0.48 kw=1 kvar=0"
        )
    grid = imported(tmp_path, "\n".join(lines), head=STIFF)
    angles_deg = solved_angles_deg(tmp_path)
    clocks = {unit.to_node: unit.clock for unit in grid.components.transformers}
    assert len(clocks) == 16
    assert set(clocks.values()) == {0, 1, 11}
    for low, clock in clocks.items():
        assert clock == round((angles_deg["s"] - angles_deg[low]) / 30) % 12, low


def solved_angles_deg(folder: Path) -> Mapping[str, float]:
    """Bus -> angle of its first phase, as the engine solves it."""
    master = folder / "master.dss"
    circuit = solved_circuit(read_script(master).statements, str(master))
    return {
        bus["name"]: math.degrees(cmath.phase(complex(*bus["volts"][:2])))
        for bus in circuit["buses"]
    }


@pytest.mark.parametrize(
    ("taps", "high", "low"),
    [("1.05 1.0", 1.05, 1.0), ("1.0 1.025", 1.0, 1.025), ("0.9875 1.03", 0.9875, 1.03)],
)
def test_taps_give_the_voltage_that_the_engine_solves(
    tmp_path: Path, taps: str, high: float, low: float
) -> None:
    grid = imported(
        tmp_path,
        "new transformer.t windings=2 buses=[s g] conns=[wye wye] kvs=[12.47 0.48] kvas=[500 500] "
        f"xhl=4 %loadloss=1 taps=[{taps}] ppm=0\n"
        "new load.d bus1=g kv=0.48 kw=300 kvar=100 vminpu=0.5 vmaxpu=1.5",
        head=STIFF,
    )
    unit = only(grid)
    assert unit.voltage_v_from * tap_factor(unit) == pytest.approx(12470 * high)
    assert unit.voltage_v_to == pytest.approx(480 * low)
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in grid.components.loads}
    flow = PowerGridModelEngine(build_network(grid.components)).solve(frozenset(), loads)
    distance = saying(grid, "Largest distance", "all buses")
    assert float(distance.split(" pu at")[0].split()[-1]) < 1e-4
    assert flow.converged


def test_three_units_are_one_bank_with_the_mean_tap(tmp_path: Path) -> None:
    units = "\n".join(
        f"new transformer.reg{letter} phases=1 windings=2 buses=[s.{k} g.{k}] conns=[wye wye] "
        f"kvs=[7.2 7.2] kvas=[1000 1000] xhl=1 %loadloss=0.2 taps=[1 {tap}]"
        for k, letter, tap in ((1, "a", 1.05), (2, "b", 1.0125), (3, "c", 1.03125))
    )
    grid = imported(tmp_path, units + "\nnew load.d bus1=g kv=12.47 kw=300 kvar=100")
    bank = only(grid)
    assert (bank.id, bank.power_va_rated) == ("REG", 3e6)
    assert bank.voltage_v_from == pytest.approx(7200 * math.sqrt(3))
    assert bank.voltage_v_to == pytest.approx(7200 * math.sqrt(3) * 1.03125)
    assert bank.short_circuit_voltage_pu == pytest.approx(math.hypot(0.01, 0.002))
    assert "1.05000, 1.01250, 1.03125, a spread of 0.03750 pu" in saying(grid, "Tap of rega")
    assert "rega + regb + regc" in saying(grid, "1 bank of one-phase units")


def test_units_between_other_buses_or_on_one_phase_twice_are_no_bank(tmp_path: Path) -> None:
    units = "\n".join(
        f"new transformer.t{k} phases=1 windings=2 buses=[s.{phase} {bus}.{phase}] "
        "conns=[wye wye] kvs=[7.2 0.277] kvas=[50 50] xhl=2"
        for k, (phase, bus) in enumerate(((1, "g"), (1, "g"), (2, "h")))
    )
    grid = imported(tmp_path, units)
    assert [unit.id for unit in grid.components.transformers] == ["T0", "T1", "T2"]


def test_a_bank_of_delta_units_turns_the_voltage(tmp_path: Path) -> None:
    """Wye units on the high side whose low sides are joined in delta: the low side lags."""
    units = "\n".join(
        f"new transformer.t{k} phases=1 windings=2 buses=[s.{k} g.{k}.{k % 3 + 1}] "
        "conns=[wye delta] kvs=[7.2 0.48] kvas=[50 50] xhl=2"
        for k in (1, 2, 3)
    )
    load = "\nnew load.d bus1=g kv=0.48 kw=1 kvar=0 conn=delta"
    grid = imported(tmp_path, units + load, head=STIFF)
    bank = only(grid)
    assert (bank.voltage_v_from, bank.voltage_v_to) == pytest.approx((7200 * math.sqrt(3), 480))
    angles_deg = solved_angles_deg(tmp_path)
    assert bank.clock == round((angles_deg["s"] - angles_deg["g"]) / 30) % 12


def test_a_one_phase_regulator_keeps_power_and_impedance(tmp_path: Path) -> None:
    grid = imported(
        tmp_path,
        "new transformer.r phases=1 windings=2 buses=[s.2 g.2] conns=[wye wye] kvs=[7.2 7.2] "
        "kvas=[500 500] xhl=1\nnew regcontrol.c transformer=r winding=2 vreg=122 band=2 "
        "ptratio=60\nnew load.d bus1=g.2 phases=1 kv=7.2 kw=100 kvar=30",
    )
    assert only(grid).power_va_rated == 500e3
    assert "solved by its regulator control, now fixed" in saying(grid, "Tap of r:")
    assert "1 RegControl" in saying(grid, "Not carried over")
    assert "r" in saying(grid, "Transformers on one or two phases")


def test_a_device_at_a_transformer_gets_a_place_of_its_own(tmp_path: Path) -> None:
    grid = imported(
        tmp_path,
        "new transformer.t windings=2 buses=[s g] conns=[delta wye] kvs=[12.47 0.48] "
        "kvas=[500 500] xhl=4\nnew fuse.f monitoredobj=transformer.t monitoredterm=1 "
        "ratedcurrent=30\nnew load.d bus1=g kv=0.48 kw=10 kvar=3",
    )
    (fuse,) = grid.components.switches
    assert (fuse.node_a, fuse.node_b) == ("s", "T.s")
    assert only(grid).from_node == "T.s"


def test_fuses_at_the_units_of_a_bank_are_one_fuse_at_the_bank(tmp_path: Path) -> None:
    units = "\n".join(
        f"new transformer.t{k} phases=1 windings=2 buses=[s.{k} g.{k}] conns=[wye wye] "
        f"kvs=[7.2 0.277] kvas=[50 50] xhl=2\n"
        f"new fuse.f{k} monitoredobj=transformer.t{k} monitoredterm=1 ratedcurrent=10"
        for k in (1, 2, 3)
    )
    grid = imported(tmp_path, units + "\nnew load.d bus1=g kv=0.48 kw=60 kvar=10")
    (fuse,) = grid.components.switches
    assert (fuse.id, fuse.node_a, fuse.node_b) == ("F3", "s", "T1.s")
    assert fuse.pickup_current_a == pytest.approx(2 * 10), "TLink begins at twice"
    assert only(grid).from_node == "T1.s"


def test_an_ideal_substation_is_a_warning_and_an_ideal_regulator_nothing(tmp_path: Path) -> None:
    """IEEE's feeders have both; what the engines solve must not be called unusable."""
    grid = imported(
        tmp_path,
        "new transformer.sub windings=2 buses=[s g] conns=[delta wye] kvs=[12.47 0.48] "
        "kvas=[500 500] xhl=0.008 %loadloss=0\nnew transformer.reg windings=2 buses=[g h] "
        "conns=[wye wye] kvs=[0.48 0.48] kvas=[500 500] xhl=0.001 %loadloss=0\n"
        "new load.d bus1=h kv=0.48 kw=100 kvar=30",
    )
    found = [f for f in validate(grid.components) if f.code == "impedance-absurd"]
    assert [(flaw.ids, flaw.severity) for flaw in found] == [(("SUB",), "warning")]


def test_losses_of_windings_of_different_power_are_on_that_of_the_first(tmp_path: Path) -> None:
    grid = imported(
        tmp_path,
        "new transformer.t windings=2 buses=[s g] conns=[delta wye] kvs=[12.47 0.48] "
        "kvas=[1000 500] xhl=6 %rs=[0.5 0.5] ppm=0\n"
        "new load.d bus1=g kv=0.48 kw=300 kvar=50 vminpu=0.5 vmaxpu=1.5",
        head=STIFF,
    )
    assert only(grid).copper_loss_w == pytest.approx(10e3)
    distance = saying(grid, "Largest distance", "all buses")
    assert float(distance.split(" pu at")[0].split()[-1]) < 1e-4
