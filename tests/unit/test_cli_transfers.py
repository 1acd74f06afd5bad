"""What `gridops whatif` tells of load that is handed over, and of load that is shed."""

from pathlib import Path

import pytest
from cli_story import Terminal
from test_shedding import full as full_feeder
from test_transfer_ring import RING
from test_transfer_ring import full as full_busbar

from gridops.adapters.grid_files.saving import grid_texts
from gridops.bootstrap.workbench import open_grid
from gridops.restoration import Situation


def written(folder: Path, situation: Situation) -> str:
    """The grid of the situation as a folder."""
    for name, text in grid_texts(situation.network.components).items():
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def test_a_hand_over_without_an_interruption_is_told(
    tmp_path: Path, gridops_says: Terminal
) -> None:
    grid = written(tmp_path, full_busbar(change=RING))
    asked = ("whatif", grid, "--fault", "A")
    document = gridops_says(*asked, "--json").document
    steps = document["plan"]["steps"]
    assert [step["switch"] for step in steps] == ["s1", "t2", "s2", "t1"]
    over = [step.get("sections_handed_over") for step in steps]
    assert over == [None, None, ["SC"], None]
    assert document["guard"]["passed"] is True
    told = " ".join(gridops_says(*asked, "--no-outlook").out.split())
    ring = "Step 3 opens the ring that step 2 closes: SC changes its feed with nobody interrupted."
    assert ring in told


def test_shedding_is_asked_for_and_told(tmp_path: Path, gridops_says: Terminal) -> None:
    grid = written(tmp_path, full_feeder(priority={"F": 4}))
    asked = ("whatif", grid, "--fault", "A")
    without = gridops_says(*asked, "--json").document
    assert without["plan"]["steps"] == []
    assert "shed" not in without["plan"]
    document = gridops_says(*asked, "--shed", "--json").document
    assert document["plan"]["shed"] == ["F"]
    assert document["plan"]["found_by"] == "shedding"
    assert document["customers"]["restored_by_switching"] == 100
    assert document["guard"]["passed"] is True
    said = gridops_says(*asked, "--shed", "--no-outlook").out
    assert "Shed until the repair, to make room: F." in said


@pytest.mark.parametrize(("shedding", "back"), [(False, 0), (True, 100)])
def test_a_sweep_sheds_where_it_is_asked_to(tmp_path: Path, shedding: bool, back: int) -> None:
    grid = open_grid(written(tmp_path, full_feeder(priority={"F": 4})))
    (row,) = [row for row in grid.sweep(shedding=shedding).rows if row.place == "SA"]
    assert row.customers_restored == back
