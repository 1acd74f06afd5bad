"""What the installation takes from the grid folder."""

import shutil
from pathlib import Path

import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import grid_fingerprint, loading
from gridops.bootstrap.wiring import install
from gridops.incident import IncidentSettings


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
