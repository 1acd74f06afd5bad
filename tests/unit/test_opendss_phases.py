"""Elements with fewer than three phases, against the unbalanced circuit that OpenDSS solves."""

from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

from gridops.measurement import Position
from gridops.network import (
    Control,
    SwitchKind,
)
from tests.unit.opendss_circuits import STIFF, imported, saying, switches

GEOMETRY = """
new wiredata.w rac=0.2 gmrac=0.008 runits=mi gmrunits=ft radunits=in diam=0.7
new linegeometry.g nconds=4 nphases=3 reduce=yes
~ cond=1 wire=w x=-4 h=30 units=ft
~ cond=2 wire=w x=-1 h=30 units=ft
~ cond=3 wire=w x=3 h=30 units=ft
~ cond=4 wire=w x=0 h=26 units=ft
new line.g bus1=s bus2=b geometry=g length=2 units=mi
new load.d bus1=b kv=12.47 kw=3000 kvar=1000 vminpu=0.5 vmaxpu=1.5
"""


def test_a_line_by_geometry_drops_the_mean_voltage_that_the_engine_solves(tmp_path: Path) -> None:
    grid = imported(tmp_path, GEOMETRY, head=STIFF)
    told = saying(grid, "Largest distance", "three-phase buses")
    assert float(told.split(" pu at")[0].split()[-1]) <= 1e-4
    drop = saying(grid, "Phase voltages")
    assert float(drop.split()[-4]) < 0.99, "a drop that is worth comparing"


LATERAL = """
new line.trunk bus1=s bus2=a r1=0.001 x1=0.001 r0=0.001 x0=0.001 c1=0 c0=0 length=1 units=km
new line.lone bus1=a.1 bus2=b.1 phases=1 rmatrix=[0.5] xmatrix=[0.9] cmatrix=[10]
~ length=4 units=km
new line.pair bus1=a.2.3 bus2=c.2.3 phases=2 rmatrix=[0.5 | 0.15 0.5] xmatrix=[0.9 | 0.4 0.9]
~ cmatrix=[10 | -2 10] length=4 units=km
new load.l bus1=b.1 phases=1 kv=7.2 kw=400 kvar=100 vminpu=0.5 vmaxpu=1.5
new load.p2 bus1=c.2 phases=1 kv=7.2 kw=200 kvar=50 vminpu=0.5 vmaxpu=1.5
new load.p3 bus1=c.3 phases=1 kv=7.2 kw=200 kvar=50 vminpu=0.5 vmaxpu=1.5
"""


def test_laterals_of_one_and_two_phases_drop_and_lose_what_they_really_do(tmp_path: Path) -> None:
    """From a balanced bus: the claim of the equivalent, against the unbalanced engine."""
    grid = imported(tmp_path, LATERAL, head=STIFF)
    told = saying(grid, "Largest distance", "all buses")
    assert float(told.split(" pu at")[0].split()[-1]) <= 2e-4
    losses = saying(grid, "Losses")
    real, balanced = (float(losses.split()[k]) for k in (1, 5))
    assert real > 5
    assert balanced == pytest.approx(real, rel=0.01)


def test_a_neutral_conductor_is_taken_as_grounded(tmp_path: Path) -> None:
    """Kron: 0.4+j0.9 less (0.1+j0.4)^2 / (0.5+j1.0), by hand."""
    body = """
new line.n bus1=s.1.4 bus2=b.1.4 phases=2 length=1 units=km cmatrix=[10 | 0 10]
~ rmatrix=[0.4 | 0.1 0.5] xmatrix=[0.9 | 0.4 1.0]
new load.d bus1=b.1 phases=1 kv=7.2 kw=10
"""
    (line,) = imported(tmp_path, body).components.branches
    z = 0.4 + 0.9j - (0.1 + 0.4j) ** 2 / (0.5 + 1.0j)
    assert complex(line.r_ohm, line.x_ohm) == pytest.approx(3 * z)
    assert line.current_a_max == pytest.approx(400 / 3)


def test_a_reactance_given_at_another_frequency_is_brought_to_that_of_the_circuit(
    tmp_path: Path,
) -> None:
    body = "new line.l bus1=s bus2=b r1=0.1 x1=0.6 c1=0 basefreq=60 length=1 units=km"
    (line,) = imported(tmp_path, body).components.branches
    assert (line.r_ohm, line.x_ohm) == pytest.approx((0.1, 0.5))


def test_a_line_without_any_rating_gets_the_default_and_says_so(tmp_path: Path) -> None:
    """A wire that states none leaves its line with a rating of zero."""
    grid = imported(tmp_path, GEOMETRY, head=STIFF)
    (line,) = grid.components.branches
    assert (line.current_a_max, line.current_a_emergency) == (400, None)
    assert "not even a default" in saying(grid, "(g)")


SIDE_BY_SIDE = "\n".join(
    f"new line.row{name} bus1=s.{phase} bus2=a.{phase} phases=1 rmatrix=[0.3] xmatrix=[0.6] "
    f"cmatrix=[9] length=2 units=km normamps={rating}\n"
    f"new fuse.fu{name} monitoredobj=line.row{name} monitoredterm=1 ratedcurrent=50\n"
    f"new line.sw{name} bus1=a.{phase} bus2=b.{phase} phases=1 switch=y\n"
    f"new load.d{name} bus1=b.{phase} phases=1 kv=7.2 kw=100 kvar=30 vminpu=0.5 vmaxpu=1.5"
    for name, phase, rating in (("a", 1, 200), ("b", 2, 180), ("c", 3, 190))
)


def test_one_phase_lines_side_by_side_are_one_line_and_no_loop(tmp_path: Path) -> None:
    grid = imported(tmp_path, SIDE_BY_SIDE, head=STIFF)
    (line,) = grid.components.branches
    assert (line.id, line.from_node, line.to_node) == ("ROW", "ROW.s", "a")
    assert (line.r_ohm, line.x_ohm) == pytest.approx((0.6, 1.2))
    assert line.c_f == pytest.approx(18e-9)
    assert line.current_a_max == 180
    found = switches(grid)
    assert set(found) == {"FUC", "SW"}
    assert found["FUC"].pickup_current_a == pytest.approx(2 * 50), "TLink begins at twice"
    assert (found["SW"].kind, found["SW"].control) == (SwitchKind.LOAD_BREAK_SWITCH, Control.CREW)
    assert "row, sw" in saying(grid, "6 lines of other phases")
    assert "FUC alone" in saying(grid, "FUB and FUC")
    assert "Not carried over" not in "".join(grid.assumptions)
    distance = saying(grid, "Largest distance", "all buses")
    assert float(distance.split(" pu at")[0].split()[-1]) <= 1e-4


def test_lines_of_the_same_phase_side_by_side_stay_two(tmp_path: Path) -> None:
    body = "\n".join(
        f"new line.l{k} bus1=s.1 bus2=a.1 phases=1 r1=1 x1=1 length=1 units=km" for k in (1, 2)
    )
    assert len(imported(tmp_path, body).components.branches) == 2


def test_a_switch_line_that_its_control_opens_on_one_phase_is_locked(tmp_path: Path) -> None:
    body = """
new line.sw bus1=s.1 bus2=a.1 phases=1 switch=y
new swtcontrol.c switchedobj=line.sw switchedterm=1 normal=open
"""
    (switch,) = imported(tmp_path, body).components.switches
    assert (switch.normal_position, switch.control) == (Position.OPEN, Control.NONE)
