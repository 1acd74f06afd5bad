import json
import os
import re
import shutil
import subprocess
import sys
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


def many_warnings(copy: Path) -> None:
    """Every remote switch takes a minute and a half."""
    file = copy / "switches.csv"
    text = file.read_text(encoding="utf-8")
    assert text.count(",remote,") > 6
    file.write_text(re.sub(r",remote,\d+,", ",remote,90,", text), encoding="utf-8")


def test_people_see_flaws_by_severity_and_kind(gridops_says: Terminal, copy: Path) -> None:
    many_warnings(copy)
    spoil(copy / "switches.csv", "RMU3-1.k,RMU3,closed", "RMU3-1.k,RMU33,closed")
    said = gridops_says("check", str(copy)).out
    order = [said.index(word) for word in ("1 error", "warnings", "feeders", "cannot be used")]
    assert order == sorted(order)
    assert said.count("operating-time-suspect") == 1
    assert max(len(line) for line in said.splitlines()) <= 160


def test_long_lists_are_cut_and_all_shows_them(gridops_says: Terminal, copy: Path) -> None:
    many_warnings(copy)
    count = len(re.findall(",remote,90,", (copy / "switches.csv").read_text(encoding="utf-8")))
    short, whole = (
        gridops_says("check", str(copy)).out,
        gridops_says("check", str(copy), "--all").out,
    )
    assert short.count("s by telecontrol") == 5
    assert f"and {count - 5} more (--all shows them)" in short
    assert whole.count("s by telecontrol") == count
    assert "more (--all" not in whole


def test_a_severity_leaves_out_what_is_lesser(gridops_says: Terminal, copy: Path) -> None:
    many_warnings(copy)
    said = gridops_says("check", str(copy), "--severity", "error", "--json")
    assert (said.code, said.document["flaws"]) == (0, [])
    assert (
        "operating-time-suspect" not in gridops_says("check", str(copy), "--severity", "error").out
    )
    assert "operating-time-suspect" in gridops_says("check", str(copy), "--severity", "warning").out


def test_an_unknown_severity_is_refused(gridops_says: Terminal) -> None:
    said = gridops_says("check", "hanoi_ring", "--severity", "fatal")
    assert said.code == 2
    assert "fatal" in said.err


def test_the_review_tells_file_and_row_too(gridops_says: Terminal, copy: Path) -> None:
    """Recloser MC473-6 set to wait longer than the one above it."""
    file = copy / "switches.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    row = next(k for k, line in enumerate(lines, 1) if line.startswith("MC473-6,"))
    columns = lines[0].split(",")
    cells = lines[row - 1].split(",")
    cells[columns.index("trip_delay_s")] = "3"
    lines[row - 1] = ",".join(cells)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = gridops_says("check", str(copy), "--json")
    assert said.code == 0
    found = {(flaw["code"], flaw["file"], flaw["row"]) for flaw in said.document["flaws"]}
    assert ("grading-inverted", "switches.csv", row) in found


def test_a_normal_state_that_no_flow_carries_is_an_error(
    gridops_says: Terminal, copy: Path
) -> None:
    spoil(copy / "loads.csv", "RMU1,620000,", "RMU1,99000000,")
    branches = copy / "branches.csv"
    text = branches.read_text(encoding="utf-8")
    branches.write_text(text.replace(",2300,0.22701,0.2484,", ",2300,4.5,4.5,"), encoding="utf-8")
    said = gridops_says("check", str(copy), "--json")
    assert said.code == 1
    assert [flaw["code"] for flaw in said.document["flaws"] if flaw["severity"] == "error"] == [
        "normal-state-unsolvable"
    ]
    assert {feeder["grade"] for feeder in said.document["feeders"]} == {"E"}


def test_a_city_is_shown_in_a_page_or_two(gridops_says: Terminal, tmp_path: Path) -> None:
    assert gridops_says("city", str(tmp_path / "city"), "--feeders", "30").code == 0
    said = gridops_says("check", str(tmp_path / "city"))
    assert said.code == 0
    assert "feeders: " in said.out
    assert "and 10 more (--all shows them)" in said.out


@pytest.mark.parametrize("encoding", ["ascii", "cp1258", "utf-8"])
def test_a_console_without_the_letters_of_a_name_hinders_nothing(copy: Path, encoding: str) -> None:
    """Windows pipes in its own code page; JSON has to stay JSON, and people get an answer."""
    spoil(copy / "network.toml", 'name = "hanoi_ring"', 'name = "Vòng Hà Nội ⚡"')

    def said(*options: str) -> str:
        command = [sys.executable, "-m", "gridops", "check", str(copy), *options]
        env = {**os.environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run(command, capture_output=True, check=True, env=env)
        return done.stdout.decode(encoding)

    assert json.loads(said("--json"))["grid"] == "Vòng Hà Nội ⚡"
    assert ": ok; 0 errors" in said()


def test_a_folder_whose_name_is_no_text_still_gives_json(
    gridops_says: Terminal, copy: Path
) -> None:
    spoil(copy / "network.toml", 'name = "hanoi_ring"', "")
    folder = copy.rename(copy.with_name("ring\udcff"))
    said = gridops_says("check", str(folder), "--json")
    assert said.document["grid"] == "ring\udcff"
    said.out.encode("utf-8")
