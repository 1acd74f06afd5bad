"""`from gridops import ...`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import gridops
from gridops.errors import GridUnreadable, UnknownId


def test_import_costs_nothing() -> None:
    script = "import sys, gridops; sys.exit(len([m for m in sys.modules if m[:8] == 'gridops.']))"
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode == 0


def test_the_public_names_are_there() -> None:
    assert set(gridops.__all__) <= set(dir(gridops))
    assert all(getattr(gridops, name) for name in gridops.__all__)


def test_they_are_all_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "engineering.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)[`(.]", page))
    assert set(gridops.__all__) - {"__version__"} <= named


def test_any_other_name_is_not() -> None:
    with pytest.raises(AttributeError, match="close_grid"):
        _ = gridops.close_grid  # type: ignore[attr-defined]


def test_a_grid_opens_by_name_and_answers() -> None:
    grid = gridops.open_grid("hanoi_ring")
    result = grid.what_if(faults=["L471-3"])
    assert isinstance(grid, gridops.Grid)
    assert result.answer.plan.fence == ("RMU1-2", "RMU2-1")
    assert result.solve_ms > 0.0


def test_steps_come_as_a_table() -> None:
    pytest.importorskip("pandas")
    result = gridops.open_grid("hanoi_ring").what_if(faults=["L471-3"])
    frame = result.to_frame()
    assert list(frame["switch"]) == [step.switch for step in result.answer.plan.steps]
    assert frame["customers_restored"].sum() == 2179
    assert {"voltage_pu_min", "loading_pct_max", "limiting"} <= set(frame.columns)


def test_what_is_not_there_is_guessed() -> None:
    with pytest.raises(GridUnreadable, match="hanoi_ring"):
        gridops.open_grid("hanoi_rink")
    with pytest.raises(UnknownId) as caught:
        gridops.open_grid("hanoi_ring").what_if(faults=["L471-33"])
    assert "L471-3" in caught.value.near
