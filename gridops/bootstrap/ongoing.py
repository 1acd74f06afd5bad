"""What goes on as long as somebody is inside."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def ongoing(work: Coroutine[None, None, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Begins `work` beside whoever is inside, and ends it after them. Raises on leaving: what
    ended `work` by itself."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
