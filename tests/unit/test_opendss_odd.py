"""Circuits with something odd in them: taken as far as they make sense, and told."""

from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

from gridops.errors import GridUnreadable
from tests.unit.opendss_circuits import TAIL, branches, imported, saying, switches


@pytest.mark.parametrize(
    ("per_length", "unit", "metres"), [(0.0005, "m", 1), (0.5, "km", 1000), (0.17, "kft", 304.8)]
)
def test_a_length_without_a_unit_is_read_so_that_it_looks_like_a_line(
    tmp_path: Path, per_length: float, unit: str, metres: float
) -> None:
    body = f"new line.l bus1=s bus2=b r1=0 x1={per_length} r0=0 x0={per_length} length=2"
    grid = imported(tmp_path, body)
    (line,) = grid.components.branches
    assert line.length_m == pytest.approx(2 * metres)
    assert line.x_ohm == pytest.approx(2 * per_length)
    assert f"{unit} is assumed" in saying(grid, "no unit of length")


def test_what_joins_buses_and_is_not_mapped_is_refused(tmp_path: Path) -> None:
    body = "new autotrans.t windings=2 buses=[s a] kvs=[12.47 4.16] kvas=[500 500]"
    with pytest.raises(GridUnreadable, match="1 AutoTrans"):
        imported(tmp_path, body)


def test_odd_lines_are_taken_as_far_as_they_make_sense(tmp_path: Path) -> None:
    body = """
new line.ring bus1=s bus2=s r1=0.1 x1=0.2 length=1 units=km
new line.grounded bus1=s.1.2.3.0 bus2=a.1.2.3.0 r1=0.1 x1=0.2 length=1 units=km
new line.turned bus1=a.3.1.2 bus2=b.3.1.2 r1=0.1 x1=0.2 length=1 units=km
new line.wires bus1=b.1.2.3.4 bus2=c.1.2.3.4 phases=4 r1=0.1 x1=0.2 length=1 units=km
new load.d bus1=c kv=12.47 kw=10
"""
    grid = imported(tmp_path, body)
    found = branches(grid)
    assert set(found) == {"GROUNDED", "TURNED", "WIRES"}
    for name in ("GROUNDED", "TURNED"):
        assert (found[name].r_ohm, found[name].x_ohm) == pytest.approx((0.1, 0.2))
    assert "Line.ring" in saying(grid, "one bus are left out")
    assert saying(grid, "Losses")


def test_a_flow_that_cannot_be_solved_is_told_and_the_grid_comes_all_the_same(
    tmp_path: Path,
) -> None:
    body = """
new line.l bus1=s bus2=a r1=5 x1=10 length=1 units=km
new load.d bus1=a kv=12.47 kw=60000 vminpu=0.1
"""
    assert saying(imported(tmp_path, body), "has no power-flow solution")
    negative = "new line.l bus1=s bus2=a r1=0.1 x1=-0.2 length=1 units=km"
    assert "impedance" in saying(imported(tmp_path, negative), "balanced flow is not solved")


def test_loads_follow_the_load_multiplier_unless_they_are_fixed(tmp_path: Path) -> None:
    body = """
set loadmult=0.5
new line.l bus1=s bus2=a r1=0.5 x1=1 length=1 units=km
new load.varies bus1=a kv=12.47 kw=600
new load.fixed bus1=a kv=12.47 kw=600 status=fixed
"""
    grid = imported(tmp_path, body)
    assert [load.p_w for load in grid.components.loads] == pytest.approx([300e3, 600e3])
    assert saying(grid, "load multiplier 0.5")


def test_a_control_that_needs_more_steps_than_the_script_gives_is_solved(tmp_path: Path) -> None:
    body = """
new transformer.reg windings=2 buses=[s a] kvs=[12.47 12.47] kvas=[5000 5000] xhl=1
new regcontrol.c transformer=reg winding=2 vreg=126 band=2 ptratio=60 maxtapchange=1
new line.l bus1=a bus2=b r1=1 x1=2 length=1 units=km
new load.d bus1=b kv=12.47 kw=600
"""
    tail = TAIL.replace("solve", "set maxcontroliter=2\nsolve")
    assert "solved by its regulator" in saying(imported(tmp_path, body, tail=tail), "Tap of reg")


def test_one_name_in_many_classes_is_kept_by_the_line(tmp_path: Path) -> None:
    body = """
new line.d bus1=s bus2=a r1=0.1 x1=0.2 length=1 units=km
new line.away bus1=a bus2=b r1=0.1 x1=0.2 length=1 units=km enabled=no
new fuse.d monitoredobj=line.d ratedcurrent=30
new capacitor.d bus1=a kv=12.47 kvar=3
new load.d bus1=a kv=12.47 kw=3
"""
    grid = imported(tmp_path, body)
    assert set(branches(grid)) == {"D"}
    assert set(switches(grid)) == {"FUSE_D"}
    assert [load.id for load in grid.components.loads] == ["LD_D"]
    assert [shunt.id for shunt in grid.components.shunts] == ["D"]
    assert "away" in saying(grid, "Disabled lines are left out")


def test_a_source_on_one_phase_feeds_its_lateral_as_the_engine_does(tmp_path: Path) -> None:
    body = """
new line.a bus1=s.1 bus2=b.1 phases=1 r1=0.5 x1=0.8 length=1 units=km
new load.d bus1=b.1 phases=1 kv=7.2 kw=300 vminpu=0.5
"""
    head = "clear\nnew circuit.c basekv=7.2 bus1=s.1 phases=1 pu=1.02 r1=0 x1=1e-6 r0=0 x0=1e-6\n"
    grid = imported(tmp_path, body, head=head)
    (source,) = grid.components.sources
    assert source.voltage_pu == pytest.approx(1.02 * 7.2 * 3**0.5 / 12.47)
    assert "0.0000 pu" in saying(grid, "Largest distance", "all buses")
