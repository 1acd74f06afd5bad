"""One piece of work in as many calls as a server's limits ask for, several of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from asyncua.ua.uaerrors import BadTooManyOperations

T = TypeVar("T")
R = TypeVar("R")


async def in_chunks(
    work: Sequence[T],
    call: Callable[[Sequence[T]], Awaitable[R]],
    *,
    size: int,
    at_a_time: int,
) -> list[R]:
    """What `call` gave for each chunk of `work`, in order. The first failure ends them all, but a
    server that says that a chunk is too large gets halves of it, and no larger one after that."""
    chunks = [work[start : start + size] for start in range(0, len(work), size)]
    calls = _Calls(call, size)
    found: dict[int, list[R]] = {}
    left = iter(range(len(chunks)))

    async def carry() -> None:
        for place in left:
            found[place] = await calls.answers(chunks[place])

    carriers = [asyncio.create_task(carry()) for _ in range(min(at_a_time, len(chunks)))]
    try:
        await asyncio.gather(*carriers)
    finally:
        for carrier in carriers:
            carrier.cancel()
        await asyncio.gather(*carriers, return_exceptions=True)
    return [answer for place in range(len(chunks)) for answer in found[place]]


class _Calls(Generic[T, R]):
    """Not every server that has a limit states it."""

    def __init__(self, call: Callable[[Sequence[T]], Awaitable[R]], most: int) -> None:
        self._call = call
        self._most = most

    async def answers(self, chunk: Sequence[T]) -> list[R]:
        if len(chunk) <= self._most:
            try:
                return [await self._call(chunk)]
            except BadTooManyOperations:
                if len(chunk) == 1:
                    raise
                self._most = min(self._most, len(chunk) // 2)
        half = (len(chunk) + 1) // 2
        return [*await self.answers(chunk[:half]), *await self.answers(chunk[half:])]
