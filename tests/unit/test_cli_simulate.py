from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.content import simulations_dir

STORY = """
format = 1
title = "A lateral recloses"
title_vi = "Nhánh đóng lại"
grid = "hanoi_ring"
start = 2026-03-02T08:00:00Z
duration_s = 60.0

[[happens]]
at_s = 5.0
what = "strike"
place = "L473-7"
clears_after_openings = 1

[[expect.incidents]]
cause = "momentary"
"""


@pytest.fixture
def story(tmp_path: Path) -> Path:
    file = tmp_path / "story.toml"
    file.write_text(STORY, encoding="utf-8")
    return file


def spoilt(story: Path, old: str, new: str) -> str:
    text = story.read_text(encoding="utf-8")
    assert old in text
    story.write_text(text.replace(old, new), encoding="utf-8")
    return str(story)


def test_a_story_that_ends_as_written(gridops_says: Terminal, story: Path) -> None:
    said = gridops_says("simulate", str(story), "--json")
    assert said.code == 0
    (one,) = said.document["scenarios"]
    assert set(one) == {"file", "incidents", "misses"}
    assert one["file"] == str(story)
    assert one["misses"] == []
    assert [incident["cause"] for incident in one["incidents"]] == ["momentary"]
    assert one["incidents"][0]["plan"] is None


def test_a_wrong_expectation_is_missed(gridops_says: Terminal, story: Path) -> None:
    wrong = spoilt(story, 'cause = "momentary"', 'cause = "fault"\ninterrupted = 360')
    said = gridops_says("simulate", wrong, "--json")
    assert said.code == 1
    (miss, second) = said.document["scenarios"][0]["misses"]
    assert miss == "I1 cause: expected fault, found momentary"
    assert "interrupted" in second


def test_a_story_without_its_incident_is_missed(gridops_says: Terminal, story: Path) -> None:
    said = gridops_says("simulate", spoilt(story, "at_s = 5.0", "at_s = 70.0"))
    assert said.code == 1
    assert "1 incidents expected, 0 came" in said.out


def test_people_see_each_story_in_one_line(gridops_says: Terminal, story: Path) -> None:
    shipped = simulations_dir() / "link_dead.toml"
    said = gridops_says("simulate", str(story), str(shipped))
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].split()[:2] == ["ok", "story"]
    assert lines[1].split()[:2] == ["ok", "link_dead"]
    assert lines[2] == "2 scenarios, 0 not as written"


UNKNOWN_SWITCH = """[[acts]]
at_s = 1
what = "announce"
switch = "MC473-7"
position = "open"

[[expect.incidents]]"""


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("format = 1", "format = 2"), "format = 1"),
        (('title = "A', 'titel = "A'), "titel"),
        (('grid = "hanoi_ring"', 'grid = "hanoi_rink"'), "hanoi_ring"),
        (('place = "L473-7"', 'place = "L473-77"'), "L473-7"),
        (('what = "strike"', 'what = "explode"'), "strike"),
        (("\n[[happens]]", "\n[engine]\nindicator_window = 3\n[[happens]]"), "_window_s"),
        (("T08:00:00Z", "T08:00:00"), "start"),
        (("[[happens]]", "[[happens]"), "TOML"),
        (("[[expect.incidents]]", UNKNOWN_SWITCH), "MC473-6"),
    ],
)
def test_a_story_that_cannot_be_played_is_one_line(
    gridops_says: Terminal, story: Path, change: tuple[str, str], named: str
) -> None:
    assert named in gridops_says("simulate", spoilt(story, *change), "--json").complaint


def test_a_file_that_is_not_there(gridops_says: Terminal, story: Path) -> None:
    complaint = gridops_says("simulate", str(story), str(story.with_name("none.toml"))).complaint
    assert "none.toml" in complaint


def test_a_shipped_scenario_is_played_by_its_name(gridops_says: Terminal) -> None:
    said = gridops_says("simulate", "lost_supply")
    assert said.code == 0
    assert "lost_supply" in said.out


def test_a_misspelt_name_says_which_are_near(gridops_says: Terminal) -> None:
    assert "lost_supply" in gridops_says("simulate", "lost_suply").complaint
