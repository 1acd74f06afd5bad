from pathlib import Path
from xml.etree import ElementTree as ET

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


STUDY = """
format = 1
kind = "random_faults"
title = "Faults by lot"
title_vi = "Sự cố ngẫu nhiên"
grid = "ieee123"
faults = 40

[expect]
held_min = 0.5
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    file = tmp_path / "study.toml"
    file.write_text(STUDY, encoding="utf-8")
    return file


def test_a_study_stands_beside_a_story(gridops_says: Terminal, study: Path, story: Path) -> None:
    said = gridops_says("simulate", str(study), str(story), "--json")
    assert said.code == 0
    first, second = said.document["scenarios"]
    assert set(first) == {"file", "incidents", "misses", "study"}
    assert first["incidents"] == []
    assert first["study"]["faults"] == 40
    assert first["study"]["grid"] == "ieee123"
    assert "study" not in second


def test_a_study_that_finds_otherwise_is_missed(gridops_says: Terminal, study: Path) -> None:
    wrong = spoilt(study, "held_min = 0.5", "suspected_mean_max = 0.5")
    said = gridops_says("simulate", wrong, "--faults", "25")
    assert said.code == 1
    assert "25 faults on ieee123" in said.out
    assert "suspected_mean_max: expected at most 0.5, found" in said.out


def test_the_diagram_of_a_study(gridops_says: Terminal, study: Path, tmp_path: Path) -> None:
    picture = tmp_path / "reliability.svg"
    assert gridops_says("simulate", str(study), "--picture", str(picture)).code == 0
    drawn = ET.parse(picture).getroot()
    counts = [
        int(title.text.split()[0].replace(",", ""))
        for dot in drawn.iter("{http://www.w3.org/2000/svg}circle")
        for title in dot
        if title.text
    ]
    assert sum(counts) > 40, "each fault names its likeliest section, and others"
    assert "Faults by lot" in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('kind = "random_faults"', 'kind = "random_fault"'), "random_faults"),
        (("faults = 40", "faults = 0"), "faults"),
        (('grid = "ieee123"', 'grid = "city"'), "city_feeders"),
        (('grid = "ieee123"', 'grid = "ieee123"\ncity_feeders = 20'), "city_feeders"),
        (("[expect]", "[location]\np_mising = 0.1\n[expect]"), "p_missing"),
        (("[expect]", "[field]\np_silent = 1.5\n[expect]"), "p_silent"),
    ],
)
def test_a_study_that_cannot_be_run_is_one_line(
    gridops_says: Terminal, study: Path, change: tuple[str, str], named: str
) -> None:
    assert named in gridops_says("simulate", spoilt(study, *change), "--json").complaint


@pytest.mark.parametrize(
    "options", [("--faults", "10"), ("--picture", "x.svg"), ("--picture", "x.png")]
)
def test_options_of_studies_want_a_study(
    gridops_says: Terminal, story: Path, options: tuple[str, str]
) -> None:
    said = gridops_says("simulate", str(story), *options)
    assert said.code == 2
    assert options[0] in said.err
