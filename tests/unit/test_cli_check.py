import shutil
from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.content import resolve_grid


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A grid folder that may be broken."""
    return shutil.copytree(resolve_grid("hanoi_ring"), tmp_path / "copy")


def spoil(file: Path, old: str, new: str) -> int:
    """Replaces `old` and returns the line where it stood, as an editor counts."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} must name one place"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_sound_grid_is_ok(gridops_says: Terminal) -> None:
    said = gridops_says("check", "hanoi_ring", "--json")
    assert said.code == 0
    assert set(said.document) == {"grid", "ok", "flaws", "feeders"}
    assert said.document["ok"] is True
    assert [set(f) for f in said.document["feeders"]] == [{"feeder", "grade", "reasons"}] * 3


def test_a_folder_and_a_shipped_name_mean_the_same(gridops_says: Terminal) -> None:
    by_name = gridops_says("check", "hanoi_ring", "--json")
    assert gridops_says("check", str(resolve_grid("hanoi_ring")), "--json") == by_name
    assert gridops_says("check", "models/hanoi_ring", "--json") == by_name


def test_every_flaw_comes_with_file_and_row(gridops_says: Terminal, copy: Path) -> None:
    dangling = spoil(copy / "switches.csv", "RMU3-1.k,RMU3,closed", "RMU3-1.k,RMU33,closed")
    unread = spoil(copy / "loads.csv", "GV1,TBA Giảng Võ 1,RMU1,620000", "GV1,TBA,RMU1,a lot")
    said = gridops_says("check", str(copy), "--json")
    assert said.code == 1
    assert said.document["ok"] is False
    errors = [flaw for flaw in said.document["flaws"] if flaw["severity"] == "error"]
    assert ("switches.csv", dangling) in {(flaw["file"], flaw["row"]) for flaw in errors}
    assert ("loads.csv", unread) in {(flaw["file"], flaw["row"]) for flaw in errors}
    keys = {"code", "severity", "file", "row", "ids", "message", "remedy"}
    assert all(set(flaw) == keys for flaw in said.document["flaws"])


def test_people_are_told_the_same(gridops_says: Terminal, copy: Path) -> None:
    row = spoil(copy / "switches.csv", "RMU3-1.k,RMU3,closed", "RMU3-1.k,RMU33,closed")
    said = gridops_says("check", str(copy))
    assert said.code == 1
    assert f"switches.csv:{row}" in said.out
    assert "RMU33" in said.out
    assert "cannot be used" in said.out


def test_a_format_of_another_version_could_not_be_checked(
    gridops_says: Terminal, copy: Path
) -> None:
    spoil(copy / "network.toml", "format = 2", "format = 99")
    assert "99" in gridops_says("check", str(copy), "--json").complaint


def test_a_broken_grid_is_not_asked_questions(gridops_says: Terminal, copy: Path) -> None:
    row = spoil(copy / "switches.csv", "RMU3-1.k,RMU3,closed", "RMU3-1.k,RMU33,closed")
    complaint = gridops_says("whatif", str(copy), "--fault", "L471-3").complaint
    assert f"switches.csv:{row}" in complaint
    assert "gridops check" in complaint


def test_a_file_without_a_header_is_told(gridops_says: Terminal, copy: Path) -> None:
    (copy / "loads.csv").write_text("\n", encoding="utf-8")
    said = gridops_says("check", str(copy), "--json")
    assert said.code == 1
    found = {(flaw["code"], flaw["file"], flaw["row"]) for flaw in said.document["flaws"]}
    assert ("header-missing", "loads.csv", 1) in found
