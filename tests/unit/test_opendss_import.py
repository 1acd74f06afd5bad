"""Every class of OpenDSS that is mapped, on circuits small enough to reckon by hand."""

import math
import os
from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

from gridops.adapters.completion import complete
from gridops.adapters.grid_files import check_grid
from gridops.adapters.importing import Imported
from gridops.adapters.opendss_grid import engine, import_opendss
from gridops.adapters.opendss_grid.script import Statement
from gridops.errors import GridUnreadable
from gridops.measurement import Position
from gridops.network import (
    BranchKind,
    Control,
    GeneratorKind,
    NodeKind,
    SwitchKind,
)
from tests.unit.cli_story import Terminal
from tests.unit.opendss_circuits import HEAD, TAIL, branches, imported, saying, switches

WHOLE = """
new linecode.mile nphases=3 units=mi r1=0.3 x1=0.6 r0=0.9 x0=1.8 c1=10 c0=5
~ normamps=300 emergamps=360
new linecode.one nphases=1 units=km rmatrix=[0.4] xmatrix=[0.8] cmatrix=[9]
~ normamps=150 emergamps=210
new linecode.two nphases=2 units=km rmatrix=[0.4 | 0.1 0.4] xmatrix=[0.8 | 0.3 0.8]
~ cmatrix=[9 | -2 9]
new line.trunk bus1=s bus2=a linecode=mile length=2 units=km
new line.cable bus1=a bus2=b linecode=mile length=1000 units=ft linetype=ug
new line.lone bus1=b.2 bus2=c.2 phases=1 linecode=one length=3 units=km
new line.pair bus1=b.1.3 bus2=d.1.3 phases=2 linecode=two length=2 units=km
new line.rest bus1=a bus2=e r1=0.1 x1=0.2 r0=0.3 x0=0.6 c1=3 c0=2 length=5
new line.old bus1=a bus2=e linecode=mile length=1 enabled=no
new line.sw bus1=e bus2=f switch=y
new line.tie bus1=f bus2=g switch=y
new line.lonetie bus1=c.2 bus2=e.2 phases=1 switch=y
new line.spare bus1=b bus2=e switch=y enabled=no
new line.far bus1=f bus2=g linecode=mile length=1 units=mi
open line.tie 2
open line.lonetie 2
new tcc_curve.slow npts=3 c_array=[2 3 4] t_array=[10 5 1]
new fuse.fu monitoredobj=line.lone monitoredterm=1 ratedcurrent=40 fusecurve=slow
new recloser.re monitoredobj=line.trunk monitoredterm=1 phasetrip=200
~ shots=3 recloseintervals=(0.5 15)
new relay.ry monitoredobj=line.far monitoredterm=1 type=current phasetrip=300 shots=2 delay=0.2
~ recloseintervals=(5)
new relay.volt monitoredobj=line.cable monitoredterm=1 type=voltage
new swtcontrol.sc switchedobj=line.sw switchedterm=1 normal=closed action=close
new load.three bus1=g kv=12.47 kw=300 kvar=100 model=1
new load.lone bus1=c.2 phases=1 kv=7.2 kw=60 kvar=20 model=2
new load.pair bus1=d.1.3 phases=1 kv=12.47 conn=delta kw=30 kvar=10 model=5
new capacitor.cap bus1=g kv=12.47 kvar=150
new capacitor.one bus1=b.2 phases=1 kv=7.2 kvar=50
new capacitor.off bus1=g kv=12.47 numsteps=2 kvar=[100 200] states=[1 0]
new reactor.grounded bus1=g kv=12.47 kvar=20
new reactor.neutral bus1=g.4 phases=1 r=3 x=0
new pvsystem.sun bus1=g kv=12.47 kva=100 pmpp=80 irradiance=0.5 pf=1
new generator.gen bus1=g kv=12.47 kw=50 kvar=10 kva=80
new storage.bat bus1=g kv=12.47 kwrated=30 kwhrated=100 state=idling
new monitor.m element=line.trunk terminal=1
new energymeter.e element=line.trunk terminal=1
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "xy.csv").write_text("s,0,100\na,100,100\nb,200,100\nc,200,0\n", encoding="utf-8")
    return imported(folder, WHOLE, tail=TAIL + "buscoords xy.csv\n")


def test_the_source_keeps_voltage_and_short_circuit_power(whole: Imported) -> None:
    (source,) = whole.components.sources
    assert (source.node, source.voltage_pu) == ("s", pytest.approx(1.02))
    assert source.short_circuit_va == pytest.approx(500e6)
    assert source.r_to_x == pytest.approx(0.25)
    assert whole.components.frequency_hz == 50


def test_a_three_phase_line_has_its_positive_sequence(whole: Imported) -> None:
    trunk = branches(whole)["TRUNK"]
    miles = 2 / 1.609344
    assert trunk.length_m == pytest.approx(2000)
    assert (trunk.r_ohm, trunk.x_ohm) == pytest.approx((0.3 * miles, 0.6 * miles * 50 / 50))
    assert trunk.c_f == pytest.approx(10e-9 * miles)
    assert (trunk.current_a_max, trunk.current_a_emergency) == (300, 360)
    assert trunk.kind is BranchKind.OVERHEAD
    assert branches(whole)["CABLE"].kind is BranchKind.CABLE
    assert branches(whole)["CABLE"].length_m == pytest.approx(304.8)


def test_a_lateral_of_one_phase_has_three_times_the_impedance(whole: Imported) -> None:
    lone = branches(whole)["LONE"]
    assert (lone.r_ohm, lone.x_ohm) == pytest.approx((3 * 0.4 * 3, 3 * 0.8 * 3))
    assert lone.c_f == pytest.approx(9e-9 * 3 / 3)
    assert (lone.current_a_max, lone.current_a_emergency) == pytest.approx((50, 70))
    assert lone.name == "Line lone (phase B)"


def test_a_lateral_of_two_phases_lies_between(whole: Imported) -> None:
    """3/2 (Zs - Zm/2) and 2/3 (Cs - Cm/2), whatever the two phases are."""
    pair = branches(whole)["PAIR"]
    assert (pair.r_ohm, pair.x_ohm) == pytest.approx((1.5 * 0.35 * 2, 1.5 * 0.65 * 2))
    assert pair.c_f == pytest.approx(2 / 3 * (9 + 1) * 1e-9 * 2)


def test_a_line_without_a_unit_of_length_keeps_its_impedance(whole: Imported) -> None:
    rest = branches(whole)["REST"]
    assert (rest.r_ohm, rest.x_ohm, rest.length_m) == pytest.approx((0.5, 1.0, 5000))
    assert "rest" in saying(whole, "no unit of length")
    assert "carry 400 A" in saying(whole, "OpenDSS's default")
    assert "old" in saying(whole, "Disabled lines are left out")


def test_switch_lines_are_switches_in_their_state(whole: Imported) -> None:
    found = switches(whole)
    assert found["SW"].normal_position is Position.CLOSED
    assert (found["SW"].node_a, found["SW"].node_b) == ("e", "f")
    assert found["TIE"].normal_position is Position.OPEN
    assert found["SPARE"].normal_position is Position.OPEN
    assert "spare" in saying(whole, "Disabled switch lines")
    assert "TRUNK" not in found


def test_an_open_switch_on_one_phase_cannot_be_operated(whole: Imported) -> None:
    assert switches(whole)["LONETIE"].control is Control.NONE
    assert "lonetie" in saying(whole, "would let them feed all three")


def test_a_fuse_stands_between_its_bus_and_its_line(whole: Imported) -> None:
    """40 A times the first multiple 2 of its curve, a third of it on one phase."""
    fuse = switches(whole)["FU"]
    assert (fuse.kind, fuse.node_a, fuse.node_b) == (SwitchKind.FUSE, "b", "LONE.b")
    assert branches(whole)["LONE"].from_node == "LONE.b"
    assert fuse.pickup_current_a == pytest.approx(80 / 3)
    assert fuse.current_a_rated == pytest.approx(50)


def test_a_recloser_keeps_pick_up_and_dead_times(whole: Imported) -> None:
    recloser = switches(whole)["RE"]
    assert recloser.kind is SwitchKind.RECLOSER
    assert recloser.pickup_current_a == 200
    assert recloser.reclose_delays_s == (0.5, 15)
    assert branches(whole)["TRUNK"].from_node == "TRUNK.s"


def test_a_relay_is_a_breaker(whole: Imported) -> None:
    relay = switches(whole)["RY"]
    assert (relay.kind, relay.pickup_current_a) == (SwitchKind.BREAKER, 300)
    assert (relay.trip_delay_s, relay.reclose_delays_s) == (0.2, (5,))
    assert switches(whole)["VOLT"].pickup_current_a is None
    assert "voltage" in saying(whole, "volt", "settings are not carried").lower()


def test_loads_keep_their_power_and_say_what_they_lose(whole: Imported) -> None:
    loads = {load.id: load for load in whole.components.loads}
    assert (loads["LD_THREE"].p_w, loads["LD_THREE"].q_var) == pytest.approx((300e3, 100e3))
    rated_of_nominal = 7.2 * math.sqrt(3) / 12.47
    assert loads["LD_LONE"].p_w == pytest.approx(60e3 / rated_of_nominal**2)
    assert loads["LD_PAIR"].p_w == pytest.approx(30e3), "rated from phase to phase"
    found = {k: (x.constant_current_share, x.constant_impedance_share) for k, x in loads.items()}
    assert found == {"LD_THREE": (0, 0), "LD_LONE": (0, 1), "LD_PAIR": (1, 0)}
    told = saying(whole, "depend on voltage are carried so")
    assert "1 of constant impedance (60 kW)" in told
    assert "1 of constant current (30 kW)" in told
    assert "at 1 of them is not their rated one (-0.01 %)" in saying(whole, "is restated")
    assert "2 loads" in saying(whole, "three-phase loads of the same power")
    assert "29.5 / 41.0 / 29.5" in saying(whole, "Load on phases")


def test_capacitors_and_reactors_are_shunts(whole: Imported) -> None:
    """Steps that are off do not count; one phase draws its power at its own voltage."""
    shunts = {shunt.id: shunt.q_var for shunt in whole.components.shunts}
    assert shunts["CAP"] == pytest.approx(-150e3)
    assert shunts["ONE"] == pytest.approx(-50e3 * (12.47 / math.sqrt(3) / 7.2) ** 2)
    assert shunts["OFF"] == pytest.approx(-100e3)
    assert shunts["GROUNDED"] == pytest.approx(20e3)
    assert "NEUTRAL" not in shunts


def test_generators_feed_in_what_the_snapshot_solved(whole: Imported) -> None:
    found = {each.id: each for each in whole.components.generators}
    assert found["SUN"].kind is GeneratorKind.PHOTOVOLTAIC
    assert found["SUN"].p_w == pytest.approx(-40e3, rel=1e-3)
    assert (found["GEN"].p_w, found["GEN"].q_var) == pytest.approx((-50e3, -10e3), rel=1e-3)
    assert found["BAT"].kind is GeneratorKind.BATTERY
    assert found["SUN"].power_va_rated == 100e3


def test_what_has_no_counterpart_is_counted_by_class(whole: Imported) -> None:
    told = saying(whole, "Not carried over, by class")
    assert "1 EnergyMeter" in told
    assert "1 Monitor" in told
    assert "1 Reactor" in told
    assert "1 Line" in told
    assert "Load" not in told


def test_coordinates_become_a_schematic_with_north_up(whole: Imported) -> None:
    nodes = {node.id: node for node in whole.components.nodes}
    assert (nodes["s"].x, nodes["s"].y) == (0, 0)
    assert (nodes["c"].x, nodes["c"].y) == (1000, 500)
    assert (nodes["TRUNK.s"].x, nodes["TRUNK.s"].kind) == (75, NodeKind.TERMINAL)
    assert nodes["g"].x is None
    assert nodes["s"].longitude_deg is None


def test_latitude_and_longitude_become_a_map(tmp_path: Path) -> None:
    (tmp_path / "xy.csv").write_text("s,10.5,106.7\na,10.6,106.8\n", encoding="utf-8")
    grid = imported(tmp_path, "new line.l bus1=s bus2=a", tail=TAIL + "latlongcoords xy.csv")
    first = grid.components.nodes[0]
    assert (first.latitude_deg, first.longitude_deg, first.x) == (10.5, 106.7, None)


def test_completion_leaves_what_nobody_may_operate(whole: Imported) -> None:
    components, _ = complete(whole)
    found = {switch.id: switch for switch in components.switches}
    assert found["LONETIE"].control is Control.NONE
    assert found["FU"].control is Control.CREW
    assert found["TIE"].control is Control.REMOTE
    told_of = {point.element for point in components.points}
    assert "LONETIE" not in told_of
    assert "FU" not in told_of


def test_kinds_and_ratings_that_the_source_leaves_open_are_named(whole: Imported) -> None:
    assert whole.unstated_kinds == {"TIE", "LONETIE", "SPARE"}
    assert whole.unstated_ratings == {"SW", "TIE", "LONETIE", "SPARE"}


def test_the_command_writes_a_grid_that_check_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = """
new line.head bus1=s bus2=a switch=y
new line.one bus1=a bus2=b r1=0.2 x1=0.4 length=2 units=km
new line.mid bus1=b bus2=c switch=y
new line.two bus1=c bus2=d r1=0.2 x1=0.4 length=3 units=km
new load.b bus1=b kv=12.47 kw=300 kvar=100
new load.d bus1=d kv=12.47 kw=300 kvar=100
"""
    (tmp_path / "master.dss").write_text(HEAD + body + TAIL, encoding="utf-8")
    said = Terminal(capsys)(
        "import", "opendss", str(tmp_path / "master.dss"), str(tmp_path / "grid"), "--json"
    )
    assert said.code == 0
    report = check_grid(tmp_path / "grid")
    assert report.ok
    assert report.feeders
    text = (tmp_path / "grid" / "README.md").read_text(encoding="utf-8")
    assert "Largest voltage unbalance factor" in text


def test_a_refused_script_is_one_line_at_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "master.dss").write_text("clear\nshell ls\n", encoding="utf-8")
    said = Terminal(capsys)(
        "import", "opendss", str(tmp_path / "master.dss"), str(tmp_path / "grid")
    )
    assert "master.dss:2" in said.complaint


def test_the_caller_is_left_as_it_was_and_a_second_call_gives_the_same(tmp_path: Path) -> None:
    before = Path.cwd(), dict(os.environ), sorted(tmp_path.parent.iterdir())
    first = imported(tmp_path, WHOLE)
    left = sorted(p.name for p in tmp_path.iterdir())
    assert imported(tmp_path, WHOLE) == first
    assert (Path.cwd(), dict(os.environ), sorted(tmp_path.parent.iterdir())) == before
    assert left == ["master.dss"]


@pytest.mark.parametrize(
    ("body", "row", "said"),
    [
        ("new line.l bus1=s bus2=a linecode=nowhere", 4, "nowhere"),
        ("new line.l bus1=s bus2=a lenth=3", 4, "lenth"),
        ("\nnew nothing.x bus1=s", 5, "nothing"),
    ],
)
def test_the_engines_own_complaint_comes_with_file_and_row(
    tmp_path: Path, body: str, row: int, said: str
) -> None:
    with pytest.raises(GridUnreadable) as refused:
        imported(tmp_path, body)
    assert refused.value.where == f"master.dss:{row}"
    assert said in str(refused.value).lower()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("new transformer.t windings=3 buses=[s a b] kvs=[12.47 4 4] kvas=[9 9 9]", "3 windings"),
        ("new capacitor.c bus1=s bus2=a kv=12.47 kvar=100", "capacitor c stands in series"),
        ("new reactor.r bus1=s bus2=a x=1 r=0", "reactor r stands in series"),
        ("new vsource.v bus1=a bus2=s basekv=12.47", "stands between two buses"),
    ],
)
def test_what_the_model_cannot_say_is_refused_with_a_remedy(
    tmp_path: Path, body: str, said: str
) -> None:
    with pytest.raises(GridUnreadable, match=said) as refused:
        imported(tmp_path, body)
    assert refused.value.remedy


def test_a_script_without_a_circuit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GridUnreadable, match="makes no circuit"):
        imported(tmp_path, "", head="clear\n", tail="")


def test_the_engine_cannot_write_files(tmp_path: Path) -> None:
    """Past the vetting, straight to the engine: even then nothing is written."""
    statements = [
        script_line(tmp_path, text)
        for text in (*HEAD.splitlines(), *TAIL.split("\n")[1:-1], "export voltages out.csv")
    ]
    with pytest.raises(GridUnreadable):
        engine.solved_circuit(statements, "x")
    assert [p for p in tmp_path.rglob("*") if p.stat().st_size] == []


def script_line(folder: Path, text: str) -> Statement:
    return Statement(text, "x.dss", 1, str(folder))


def test_an_endless_script_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS_MAX", 2.0)
    body = "new line.l bus1=s bus2=a\nnew load.d bus1=a kv=12.47 kw=1"
    with pytest.raises(GridUnreadable, match="longer than 2 s"):
        imported(tmp_path, body, tail=TAIL + "solve mode=daily number=100000000\n")


def test_without_the_engine_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "opendssdirect.py").write_text("raise ImportError('absent')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(GridUnreadable, match=r"pip install gridops\[opendss\]"):
        imported(tmp_path, "")


def test_a_missing_master_is_told() -> None:
    with pytest.raises(GridUnreadable, match="no such file"):
        import_opendss("nowhere/master.dss")


def test_lines_that_only_report_are_passed_over_and_named(tmp_path: Path) -> None:
    body = "new line.l bus1=s bus2=a\nnew load.d bus1=a kv=12.47 kw=1"
    found = imported(tmp_path, body, tail=TAIL + "show voltages\nexport powers out.csv\n")
    (said,) = [each for each in found.assumptions if "passed over" in each]
    assert said.count("master.dss:") == 2
    assert not (tmp_path / "out.csv").exists()
