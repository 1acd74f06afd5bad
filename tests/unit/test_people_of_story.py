"""What becomes of a run whose story cannot go on, and of a story whose run ends."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from gridops.adapters.scenario_files import Scenario, load_scenario
from gridops.bootstrap.people_of_story import acts_of
from gridops.bootstrap.service import Running
from gridops.errors import ScenarioError, UnknownId
from gridops.events import OperatorEvent

PATIENCE_S = 5.0
STORY = """
format = 1
title = "A tag"
title_vi = "Biển báo"
grid = "hanoi_ring"
start = 2026-03-02T08:00:00Z
duration_s = 20.0

[[acts]]
at_s = 0.0
what = "mode"
mode = "advisory"
"""


@dataclass
class Defective:
    """A room that meets every act with an error of its own."""

    error: Exception

    @property
    def loop(self) -> "Defective":
        return self

    def submit(self, _: OperatorEvent) -> None:
        raise self.error


@pytest.fixture
def story(tmp_path: Path) -> Scenario:
    file = tmp_path / "story.toml"
    file.write_text(STORY, encoding="utf-8")
    return load_scenario(file)


async def outlives(story: Scenario, error: Exception) -> bool:
    """Whether the run goes on after an act that met `error`."""
    goes_on = False
    with suppress(ZeroDivisionError):
        async with acts_of(story, cast("Running", Defective(error))):
            await asyncio.sleep(PATIENCE_S)
            goes_on = True
    return goes_on


def test_an_act_that_breaks_the_room_ends_the_run(story: Scenario) -> None:
    assert not asyncio.run(outlives(story, ZeroDivisionError()))


def test_what_breaks_is_told_as_it_is(story: Scenario) -> None:
    async def run() -> None:
        async with acts_of(story, cast("Running", Defective(ZeroDivisionError("s1")))):
            await asyncio.sleep(PATIENCE_S)

    with pytest.raises(ZeroDivisionError, match="s1"):
        asyncio.run(run())


def test_an_act_that_is_refused_ends_nothing(story: Scenario) -> None:
    assert asyncio.run(outlives(story, UnknownId("feeder", "F9")))


def test_what_ends_the_run_is_told_as_it_is(story: Scenario) -> None:
    async def run() -> None:
        async with acts_of(story, cast("Running", Defective(UnknownId("feeder", "F9")))):
            raise ScenarioError("nothing happened")

    with pytest.raises(ScenarioError, match="nothing happened"):
        asyncio.run(run())
