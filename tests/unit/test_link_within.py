"""An answer that comes at the very moment at which the patience ends."""

import asyncio
import time

import pytest
from asyncua.common.utils import wait_for

from opcua_bridge.session.within import within


async def answered_too_late(seconds: float) -> None:
    """Both the answer and the end of the time are due when the loop comes to look."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[int] = loop.create_future()
    loop.call_later(seconds / 10.0, time.sleep, 2.0 * seconds)
    loop.call_later(seconds / 2.0, answer.set_result, 1)
    await wait_for(answer, 60.0)


async def test_an_answer_at_the_last_moment_ends_the_wait_and_nobody_else() -> None:
    with pytest.raises(TimeoutError):
        async with within(0.01):
            await answered_too_late(0.01)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # nothing is left to be cancelled later


async def test_who_is_cancelled_from_outside_stays_cancelled() -> None:
    async def waits() -> None:
        async with within(60.0):
            await asyncio.sleep(60.0)

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_bound_inside_a_bound_ends_the_inner_one_alone() -> None:
    async with within(60.0):
        with pytest.raises(TimeoutError):
            async with within(0.01):
                await answered_too_late(0.01)
