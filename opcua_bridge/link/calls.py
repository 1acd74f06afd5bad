"""One piece of work in as many calls as a server's limits ask for, several of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def in_chunks(
    work: Sequence[T],
    call: Callable[[Sequence[T]], Awaitable[R]],
    *,
    size: int,
    at_a_time: int,
) -> list[R]:
    """What `call` gave for each chunk of `work`, in order. The first failure ends them all."""
    chunks = [work[start : start + size] for start in range(0, len(work), size)]
    found: dict[int, R] = {}
    left = iter(range(len(chunks)))

    async def carry() -> None:
        for place in left:
            found[place] = await call(chunks[place])

    carriers = [asyncio.create_task(carry()) for _ in range(min(at_a_time, len(chunks)))]
    try:
        await asyncio.gather(*carriers)
    finally:
        for carrier in carriers:
            carrier.cancel()
        await asyncio.gather(*carriers, return_exceptions=True)
    return [found[place] for place in range(len(chunks))]
