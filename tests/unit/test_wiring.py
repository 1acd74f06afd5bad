"""What the installation takes from the grid folder."""

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import grid_fingerprint, grid_texts, load_grid, loading
from gridops.adapters.journal import open_journal
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.bootstrap.wiring import install, sets_of_engines
from gridops.control_room import ControlRoom
from gridops.incident import IncidentSettings
from gridops.powerflow import LoadPowers, RadialFlow


def test_the_folder_is_read_once_and_its_fingerprint_is_of_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(models_dir() / "hanoi_ring", tmp_path / "ring"))
    wanted = grid_fingerprint(folder)
    reads: list[Path] = []
    read = loading.read_grid

    def counted(path: Path) -> loading.GridFiles:
        reads.append(path)
        return read(path)

    monkeypatch.setattr(loading, "read_grid", counted)
    installation = install(str(folder), IncidentSettings())
    assert installation.grid_fingerprint == wanted
    assert reads == [folder]


def test_the_threads_that_work_plans_out_have_room_of_their_own() -> None:
    engines, solver, thorough = sets_of_engines(load_grid(models_dir() / "hanoi_ring"))
    assert isinstance(engines.planner, RadialFlow)
    assert isinstance(solver.planner, RadialFlow)
    assert isinstance(thorough.planner, RadialFlow)
    assert solver.planner.grid.segments is engines.planner.grid.segments
    assert thorough.planner.grid.segments is engines.planner.grid.segments
    network = engines.planner.grid.network
    here = engines.planner.at(network.normally_closed)
    assert here is not None
    assert here.solve(LoadPowers.stated(network)).converged
    before, room = here.result(), [array.copy() for array in here.grown.room]
    b1, *_ = network.sources
    for beside in (solver.planner, thorough.planner):
        there = beside.at(network.normally_closed, dead_sources={b1})
        assert there is not None
        assert there.solve(LoadPowers.stated(network, scale=1.2)).converged
    for array, was in zip(here.grown.room, room, strict=True):
        np.testing.assert_array_equal(array, was)
    assert here.result() == before


def test_the_texts_of_the_fingerprint_are_those_that_are_kept_and_then_let_go(
    tmp_path: Path,
) -> None:
    installation = install("hanoi_ring", IncidentSettings())
    texts = dict(installation.unkept)
    assert texts == grid_texts(installation.network.components)
    with closing(open_journal(f"sqlite:///{tmp_path}/night.db")) as journal:
        versions = KeptVersions(journal)
        versions.keep(installation)
        assert not installation.unkept
        assert journal.kept_grid(installation.grid_fingerprint).texts == texts
        versions.keep(again := install("hanoi_ring", IncidentSettings()))
        assert not again.unkept


def test_where_no_version_is_kept_the_texts_are_not_held_either(tmp_path: Path) -> None:
    installation = install("hanoi_ring", IncidentSettings())
    with closing(open_journal(f"sqlite:///{tmp_path}/night.db")) as journal:
        ControlRoom(installation, journal).start(datetime(2026, 11, 23, 2, 14, tzinfo=UTC))
    assert not installation.unkept
