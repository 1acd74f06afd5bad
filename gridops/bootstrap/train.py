"""`gridops train`: the whole service on a virtual field, for somebody to learn on."""

import asyncio
import json
import random
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gridops.adapters.content import resolve_scenario
from gridops.adapters.scenario_files import Scenario, load_scenario
from gridops.api.training_view import Training
from gridops.bootstrap.demo import connected, demo_service
from gridops.bootstrap.demo_story import PLAN, Story
from gridops.bootstrap.field_process import FieldProcess, field_process
from gridops.bootstrap.people_of_story import acts_of
from gridops.bootstrap.serve import announce, until_stopped
from gridops.bootstrap.wiring import engines_of, load
from gridops.errors import ScenarioError
from gridops.study import WhatIf, what_if

PLACES_TRIED_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A story to learn on, `speed` times as dense as it is written: only the pauses between what
    happens shrink, for devices and people go by the clock on the wall."""

    story: Story
    speed: float = 1.0


def grid_of(scenario: str) -> str:
    """Raises: ScenarioError."""
    return load_scenario(resolve_scenario(scenario)).grid


def random_story(grid: str, seed: int) -> Story:
    """A fault at a place by lot that switching answers. The same seed draws the same place.

    Raises: ScenarioError when no place that was drawn is such a one; GridUnreadable, GridInvalid.
    """
    _, network = load(grid)
    engines = engines_of(network)
    lot = random.Random(seed)  # noqa: S311 - nothing secret
    branches = list(network.branches)
    for place in lot.sample(branches, min(PLACES_TRIED_MAX, len(branches))):
        ask = WhatIf(faults=(place,), as_indicated=True, plan=PLAN)
        found = what_if(network, engines, ask=ask).answer
        if found.verdict.passed and found.plan.customers.restored_by_switching > 0:
            return Story(grid=grid, place=place)
    raise ScenarioError(
        f"of {PLACES_TRIED_MAX} places by lot none leaves anybody whom switching could bring back",
        where=network.name,
        remedy="try another seed, or give a scenario",
    )


def train(lesson: Lesson, *, port: int) -> dict[str, Any]:
    """Runs until interrupted; the debrief."""
    return asyncio.run(_train(lesson, port))


async def _train(lesson: Lesson, port: int) -> dict[str, Any]:
    with (
        TemporaryDirectory(prefix="gridops-train-") as name,
        field_process(lesson.story.grid) as field,
    ):
        folder = Path(name)
        scenario = load_scenario(lesson.story.file(folder))
        async with demo_service(
            lesson.story, field, folder=folder, port=port, people=True, training=True
        ) as up:
            training = Training(
                title=scenario.title, title_vi=scenario.title_vi, began=up.loop.clock.now()
            )
            up.service.training = training
            announce(up)
            await connected(up)
            _begin(field, scenario, speed=lesson.speed)
            async with acts_of(scenario, up, speed=lesson.speed):
                await until_stopped(up)
            return training.view(up.room, up.loop.clock.now())


def _begin(field: FieldProcess, scenario: Scenario, *, speed: float) -> None:
    for one in scenario.happens:
        plain = one.model_dump(mode="json", exclude_defaults=True)
        field.happens(json.dumps({**plain, "what": one.what, "at_s": one.at_s / speed}))
