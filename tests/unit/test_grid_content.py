from pathlib import Path

import pytest

from gridops.adapters import content
from gridops.adapters.content import models_dir, resolve_grid, shipped_grids
from gridops.errors import GridUnreadable


def test_a_directory_is_taken_as_given(tmp_path: Path) -> None:
    assert resolve_grid(tmp_path) == tmp_path


@pytest.mark.parametrize("name", ["oberrhein", "models/oberrhein", "models/oberrhein/"])
def test_a_shipped_grid_is_found_from_anywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_grid(name) == models_dir() / "oberrhein"


def test_a_slip_of_the_pen_is_told_what_is_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GridUnreadable, match=r"no such grid folder \(near: oberrhein\)"):
        resolve_grid("oberhein")
    with pytest.raises(GridUnreadable, match=f"shipped grids: {', '.join(shipped_grids())}"):
        resolve_grid("elsewhere/zzz")


def test_a_file_is_not_a_grid(tmp_path: Path) -> None:
    file = tmp_path / "nodes.csv"
    file.write_text("id\n")
    with pytest.raises(GridUnreadable, match="a grid is a folder"):
        resolve_grid(file)


def test_an_installed_wheel_finds_its_own_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("models/small", "simulations"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "models" / "attributes.csv").write_text("table\n")
    (tmp_path / "models" / "small" / "network.toml").write_text("format = 1\n")
    monkeypatch.setattr(content, "CONTENT_ROOTS", (tmp_path / "nowhere", tmp_path))
    content.content_root.cache_clear()
    try:
        assert shipped_grids() == ("small",)
        assert content.simulations_dir() == tmp_path / "simulations"
    finally:
        content.content_root.cache_clear()


def test_an_installation_without_content_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "CONTENT_ROOTS", (tmp_path,))
    content.content_root.cache_clear()
    try:
        with pytest.raises(GridUnreadable, match="install gridops again"):
            models_dir()
    finally:
        content.content_root.cache_clear()
