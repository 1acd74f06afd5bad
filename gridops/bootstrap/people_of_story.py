"""What the people of a scenario do at the console, while its field is played."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from gridops.adapters.scenario_files import Scenario
from gridops.bootstrap.service import Running
from gridops.errors import GridOpsError

log = structlog.get_logger()


@asynccontextmanager
async def acts_of(scenario: Scenario, up: Running, *, speed: float = 1.0) -> AsyncIterator[None]:
    """Does `[[acts]]` in the background, `speed` times as dense as they are written. An act that
    is refused is logged: people of a story may be wrong as well. What breaks in one breaks off
    what is inside, and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            acting = group.create_task(_act(scenario, up, speed=speed))
            try:
                yield
            finally:
                acting.cancel()
    except BaseExceptionGroup as found:
        raise found.exceptions[0] from found  # callers know errors, not groups of them


async def _act(scenario: Scenario, up: Running, *, speed: float) -> None:
    begun = asyncio.get_running_loop().time()
    events = sorted(scenario.operator_events(), key=lambda event: event.at)
    for event in events:
        due_s = (event.at - scenario.start).total_seconds() / speed
        await asyncio.sleep(begun + due_s - asyncio.get_running_loop().time())
        try:
            up.loop.submit(event)
        except GridOpsError as refused:
            log.warning("an act of the story was refused", why=str(refused))
