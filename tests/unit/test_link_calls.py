"""One piece of work in several calls: in order, a few at a time, within limits stated or not."""

import asyncio
from collections.abc import Sequence

import pytest
from asyncua.ua.uaerrors import BadTooManyOperations

from opcua_bridge.link.calls import in_chunks


async def test_calls_are_made_several_at_a_time_and_answered_in_order() -> None:
    at_once, most = 0, 0

    async def call(chunk: Sequence[int]) -> int:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001 * (10 - chunk[0] % 10))
        at_once -= 1
        return sum(chunk)

    found = await in_chunks(range(25), call, size=4, at_a_time=3)
    assert found == [sum(range(25)[n : n + 4]) for n in range(0, 25, 4)]
    assert most == 3
    assert await in_chunks([], call, size=4, at_a_time=3) == []


@pytest.mark.parametrize("most", [1, 3, 6, 16])
async def test_a_limit_that_a_server_does_not_state_is_found(most: int) -> None:
    refused = []

    async def call(chunk: Sequence[int]) -> list[int]:
        await asyncio.sleep(0)
        if len(chunk) > most:
            refused.append(len(chunk))
            raise BadTooManyOperations
        return list(chunk)

    found = await in_chunks(range(50), call, size=16, at_a_time=2)
    assert [n for chunk in found for n in chunk] == list(range(50))
    # it is not found anew with each chunk
    assert len(refused) <= 2 * 4


async def test_a_server_that_takes_nothing_is_not_asked_for_ever() -> None:
    async def call(_: Sequence[int]) -> None:
        raise BadTooManyOperations

    with pytest.raises(BadTooManyOperations):
        await in_chunks(range(9), call, size=4, at_a_time=2)


async def test_the_first_call_that_fails_ends_the_others() -> None:
    done = []

    async def call(chunk: Sequence[int]) -> None:
        if chunk[0] == 1:
            raise OSError("gone")
        await asyncio.sleep(0.05)
        done.append(chunk[0])

    with pytest.raises(OSError, match="gone"):
        await in_chunks(range(9), call, size=1, at_a_time=2)
    await asyncio.sleep(0.1)
    assert done == []
