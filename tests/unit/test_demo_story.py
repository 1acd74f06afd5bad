"""What a demo plays when it is told a grid, a scenario, both or neither."""

from pathlib import Path

import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.scenario_files import load_scenario
from gridops.bootstrap.demo_story import recoverable_place, story_of
from gridops.bootstrap.wiring import engines_of
from gridops.errors import ScenarioError
from gridops.network import draw


def test_without_a_word_it_is_the_shipped_demo() -> None:
    story = story_of(None, None)
    assert (story.grid, story.scenario and story.scenario.stem) == ("oberrhein", "demo_oberrhein")


@pytest.mark.parametrize("name", ["oberrhein", str(models_dir() / "oberrhein")])
def test_the_shipped_demo_is_played_on_its_own_grid_however_that_is_named(name: str) -> None:
    story = story_of(name, None)
    assert story.scenario is not None
    assert story.grid == name


def test_another_grid_is_struck_where_switching_can_help(tmp_path: Path) -> None:
    story = story_of("hanoi_ring", None)
    scenario = load_scenario(story.file(tmp_path))
    assert story.place
    assert [one.place for one in scenario.happens if one.what == "strike"] == [story.place]


def test_a_scenario_brings_its_own_grid() -> None:
    assert story_of(None, "two_faults").grid == "hanoi_ring"


def test_a_grid_that_nothing_can_help_is_told_so() -> None:
    network = draw("S1 [b1] A")
    with pytest.raises(ScenarioError, match="remote switching"):
        recoverable_place(network, engines_of(network))
