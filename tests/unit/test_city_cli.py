"""`gridops city`: what it writes, what it refuses, what it never writes over."""

import tomllib
from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.grid_files import load_grid
from gridops.city import FEEDERS_MAX, FEEDERS_MIN, SEED_MAX
from gridops.cli import city as command


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_it_writes_a_grid_that_can_be_checked_and_loaded(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "city"
    said = gridops_says("city", str(folder), "--feeders", "5", "--seed", "3", "--json")
    assert said.code == 0
    told = said.document
    assert (told["grid"], told["feeders"], told["seed"]) == (str(folder), 5, 3)
    network = load_grid(folder)
    for table in ("nodes", "branches", "switches", "loads", "points"):
        assert told[table] == len(getattr(network.components, table))
    assert told["customers"] == sum(load.customers for load in network.loads.values())
    checked = gridops_says("check", str(folder), "--json")
    assert checked.code == 0
    assert {flaw["severity"] for flaw in checked.document["flaws"]} <= {"note"}


def test_the_folder_says_what_it_is_and_how_to_make_it_again(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    gridops_says("city", str(tmp_path), "--feeders", "6", "--seed", "4")
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "gridops city DIR --feeders 6 --seed 4" in readme
    assert "no picture of any real" in readme
    header = tomllib.loads((tmp_path / "network.toml").read_text(encoding="utf-8"))
    assert header["name"] == "city-6-4"
    assert len(header["assumptions"]) > 8
    for assumption in header["assumptions"]:
        assert assumption in readme


def test_the_same_command_writes_the_same_bytes(gridops_says: Terminal, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        assert gridops_says("city", str(folder), "--feeders", "7", "--seed", "9").code == 0
    assert contents(one) == contents(other)
    gridops_says("city", str(other), "--feeders", "7", "--seed", "10")
    assert contents(one)["nodes.csv"] != contents(other)["nodes.csv"]


def test_people_are_told_the_counts(gridops_says: Terminal, tmp_path: Path) -> None:
    said = gridops_says("city", str(tmp_path), "--feeders", "5")
    assert said.code == 0
    assert "customers" in said.out


def test_an_earlier_city_is_written_over_and_anything_else_is_not(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    complaint = gridops_says("city", str(folder), "--feeders", "5").complaint
    assert str(folder) in complaint
    assert "--force" in complaint
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert gridops_says("city", str(folder), "--feeders", "5", "--force").code == 0
    assert (folder / "notes.txt").read_text() == "mine"
    assert gridops_says("city", str(folder), "--feeders", "6").code == 0
    assert len(load_grid(folder).heads) == 6


@pytest.mark.parametrize("text", ['name = "x"\nsource = "the utility"', "not toml [", "\xff"])
def test_a_grid_that_is_no_city_is_not_written_over(
    gridops_says: Terminal, tmp_path: Path, text: str
) -> None:
    (tmp_path / "network.toml").write_bytes(text.encode("latin-1"))
    assert "--force" in gridops_says("city", str(tmp_path), "--feeders", "5").complaint
    assert (tmp_path / "network.toml").read_bytes() == text.encode("latin-1")


def test_a_file_is_no_folder(gridops_says: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "grid"
    file.write_text("")
    assert "is a file" in gridops_says("city", str(file), "--feeders", "5").complaint
    below = file / "deeper"
    assert str(below) in gridops_says("city", str(below), "--feeders", "5", "--force").complaint


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--feeders", "4"), "from 5 to 2000"),
        (("--feeders", "2001"), "from 5 to 2000"),
        (("--feeders", "-3"), "from 5 to 2000"),
        (("--feeders", "many"), "--feeders"),
        (("--feeders", "5.5"), "--feeders"),
        (("--seed", "-1"), "--seed"),
        (("--seed", str(2**63)), "--seed"),
        (("--seed", ""), "--seed"),
        (("--sead", "1"), "--sead"),
    ],
)
def test_numbers_that_make_no_city_are_refused_before_anything_is_written(
    gridops_says: Terminal, tmp_path: Path, *, arguments: tuple[str, ...], told: str
) -> None:
    folder = tmp_path / "city"
    assert told in gridops_says("city", str(folder), *arguments).complaint
    assert not folder.exists()


def test_a_folder_must_be_named(gridops_says: Terminal) -> None:
    assert "DIR" in gridops_says("city").complaint


def test_help_names_the_bounds(gridops_says: Terminal) -> None:
    said = gridops_says("city", "--help")
    assert said.code == 0
    assert "5 to 2000" in said.out
    assert "--force" in said.out


def test_the_command_knows_the_bounds_of_the_city() -> None:
    assert (command.FEEDERS_MIN, command.FEEDERS_MAX) == (FEEDERS_MIN, FEEDERS_MAX)
    assert command.SEED_MAX == SEED_MAX
