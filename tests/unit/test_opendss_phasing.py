"""What is kept of the phases of a circuit makes the circuit again; what cannot be is refused."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

import opendssdirect

from gridops.adapters.engines.opendss_engine import OpenDssVerdict
from gridops.adapters.grid_files import read_components, save_grid
from gridops.adapters.opendss_grid.script import read_script
from gridops.network import Components, Limits, build_network
from gridops.powerflow import LoadPowers
from tests.unit.opendss_circuits import STIFF, imported, saying

EVERY = Limits(voltage_pu_min=2.0, voltage_pu_max=None, loading_pct_max=None)
TRUNK = "new line.trunk bus1=s bus2=a r1=0.3 x1=0.6 r0=0.8 x0=1.9 c1=9 c0=4 length=1 units=km\n"
LOADS = """
new load.a1 bus1=a.1 phases=1 kv=7.2 kw=900 kvar=300 vminpu=0.3 vmaxpu=1.7
new load.a3 bus1=a.3 phases=1 kv=7.2 kw=200 kvar=50 vminpu=0.3 vmaxpu=1.7
"""
UNIT = "new transformer.t windings=2 kvs=[12.47 0.48] kvas=[500 500] xhl=4 %loadloss=1"
LOW = "\nnew load.low bus1=g.{} phases=1 kv=0.277 kw=60 kvar=20 vminpu=0.3 vmaxpu=1.7"
CIRCUITS = {
    "loads of one phase": "",
    "a load between phases": "new load.d bus1=a.2.3 phases=1 conn=delta kv=12.47 kw=400 kvar=90"
    " vminpu=0.3 vmaxpu=1.7",
    "a load of two phases": "new load.d bus1=a.1.2 phases=2 kv=12.47 kw=400 kvar=90"
    " vminpu=0.3 vmaxpu=1.7",
    "an impedance in delta": "new load.d bus1=a kv=12.47 conn=delta model=2 kw=600 kvar=100"
    " vminpu=0.3 vmaxpu=1.7",
    "a current on one phase": "new load.d bus1=a.2 phases=1 kv=7.2 model=5 kw=600 kvar=100"
    " vminpu=0.3 vmaxpu=1.7",
    "a mixed load": "new load.d bus1=a.2 phases=1 kv=7.2 model=8 kw=600 kvar=100"
    " zipv=[0.3 0.3 0.4 0.3 0.3 0.4 0] vminpu=0.3 vmaxpu=1.7",
    "a capacitor of one phase": "new capacitor.c bus1=a.1 phases=1 kv=7.2 kvar=200",
    "a capacitor in delta": "new capacitor.c bus1=a phases=3 conn=delta kv=12.47 kvar=300",
    "a reactor": "new reactor.r bus1=a.2 phases=1 kv=7.2 kvar=100",
    "phases in another order": "new line.l bus1=a.3.1 bus2=b.3.1 phases=2"
    " rmatrix=[0.4 | 0.1 0.5] xmatrix=[0.9 | 0.3 0.8] cmatrix=[9 | -1 8] length=2 units=km\n"
    "new load.b bus1=b.3 phases=1 kv=7.2 kw=500 kvar=90 vminpu=0.3 vmaxpu=1.7",
    "lines side by side": "new line.l_a bus1=a.1 bus2=b.1 phases=1 r1=0.4 x1=0.9 c1=9 c0=9 r0=0.4"
    " x0=0.9 length=1 units=km\nnew line.l_b bus1=a.2 bus2=b.2 phases=1 r1=0.5 x1=0.7 c1=9 c0=9"
    " r0=0.5 x0=0.7 length=1 units=km\nnew load.b bus1=b.1 phases=1 kv=7.2 kw=500 kvar=90"
    " vminpu=0.3 vmaxpu=1.7",
    "wye to wye": f"{UNIT} buses=[a g] conns=[wye wye]" + LOW.format(1),
    "delta to wye": f"{UNIT} buses=[a g] conns=[delta wye]" + LOW.format(2),
    "delta to wye, leading": f"{UNIT} buses=[a g] conns=[delta wye] leadlag=lead" + LOW.format(2),
    "with losses": f"{UNIT} buses=[a g] conns=[delta wye] %noloadloss=0.4 %imag=2" + LOW.format(3),
    "low side first": "new transformer.t windings=2 kvs=[0.48 12.47] kvas=[500 500] xhl=4"
    " buses=[g a] conns=[wye delta]" + LOW.format(1),
    "a tap on each side": f"{UNIT} buses=[a g] conns=[wye wye] taps=[0.975 1.0125]" + LOW.format(1),
    "a bank of two units": "".join(
        f"new transformer.r{p} phases=1 windings=2 buses=[a.{p} g.{p}] kvs=[7.2 7.2] kvas=[900 900]"
        f" xhl=1 wdg=2 tap=1.0{p}25\n"
        for p in (1, 2)
    )
    + "new load.g bus1=g.2 phases=1 kv=7.2 kw=300 kvar=90 vminpu=0.3 vmaxpu=1.7",
    "a regulator": "new transformer.r phases=1 windings=2 buses=[a.1 g.1] kvs=[7.2 7.2]"
    " kvas=[900 900] xhl=1\nnew regcontrol.c transformer=r winding=2 vreg=124 band=2 ptratio=60"
    " ctprim=200 R=2 X=4 delay=15\n"
    "new load.g bus1=g.1 phases=1 kv=7.2 kw=300 kvar=90 vminpu=0.3 vmaxpu=1.7",
}


@pytest.mark.parametrize("name", CIRCUITS)
def test_the_phases_of_a_circuit_make_it_again(name: str, tmp_path: Path) -> None:
    grid = imported(tmp_path, TRUNK + LOADS + CIRCUITS[name], head=STIFF).components
    assert grid.phasing
    save_grid(grid, tmp_path / "grid")
    again, flaws = read_components(tmp_path / "grid")
    assert again == grid
    assert not [flaw for flaw in flaws if flaw.table == "phasing"]
    told, source = phases_of(again), of_the_source(tmp_path)
    assert set(source) <= set(told) | {place for place in source if place.startswith("g,")}
    assert len(set(told) & set(source)) >= 6
    for place in set(told) & set(source):
        assert told[place] == pytest.approx(source[place], abs=2e-5), place


def phases_of(components: Components) -> Mapping[str, float]:
    network = build_network(components)
    loads = LoadPowers.stated(network)
    told = OpenDssVerdict(network).check(network.normally_closed, loads, limits=EVERY)
    return {each.element: each.value for each in told}


def of_the_source(folder: Path) -> Mapping[str, float]:
    dss = opendssdirect.NewContext()
    for statement in read_script(folder / "master.dss").statements:
        dss.Text.Command(statement.text)
    found = {}
    for name in dss.Circuit.AllBusNames():
        dss.Circuit.SetActiveBus(name)
        volts, nominal_v = dss.Bus.Voltages(), 1e3 * dss.Bus.kVBase()
        for k, phase in enumerate(dss.Bus.Nodes()):
            if phase in (1, 2, 3):
                value = math.hypot(*volts[2 * k : 2 * k + 2]) / nominal_v
                found[f"{name}, phase {'abc'[phase - 1]}"] = value
    return found


REFUSED = {
    "turns": (
        "new line.l bus1=a.1.2.3 bus2=b.2.3.1 r1=0.4 x1=0.9 r0=1 x0=2 length=1",
        "line l joins phases (1, 2, 3) to (2, 3, 1)",
    ),
    "a neutral": (
        "new line.l bus1=a.1.4 bus2=b.1.4 phases=2 rmatrix=[0.4 | 0.1 0.5]"
        " xmatrix=[0.9 | 0.4 1.0] cmatrix=[0 | 0 0] length=1\nnew reactor.n bus1=b.4 phases=1"
        " kv=7.2 kvar=1e6",
        "line l has a conductor that is no phase",
    ),
    "another step": (
        "new transformer.r phases=1 windings=2 buses=[a.1 g.1] kvs=[7.2 7.2] kvas=[900 900] xhl=1"
        " wdg=2 numtaps=16\nnew regcontrol.c transformer=r winding=2 vreg=124 band=2 ptratio=60",
        "regulator c has other than 32 steps",
    ),
    "measures elsewhere": (
        "new transformer.r phases=1 windings=2 buses=[a.1 g.1] kvs=[7.2 7.2] kvas=[900 900] xhl=1\n"
        "new regcontrol.c transformer=r winding=2 vreg=124 band=2 ptratio=60 bus=a.1",
        "regulator c measures or moves another winding",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_circuit_that_no_row_can_say_keeps_no_phases_and_says_why(
    name: str, tmp_path: Path
) -> None:
    body, why = REFUSED[name]
    grid = imported(tmp_path, TRUNK + LOADS + body, head=STIFF)
    assert grid.components.phasing == ()
    assert why in saying(grid, "Per-phase data is not kept")
