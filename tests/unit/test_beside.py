"""A process beside the service: who waits for it, and for how long it is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gridops.bootstrap.beside import Beside
from gridops.errors import GridOpsError
from gridops.ids import UserName

pytestmark = pytest.mark.undisturbed

ECHO = """
import json, sys
for line in sys.stdin:
    print(line.strip(), "", sep="\\n", flush=True)
"""
ANN, BEN, CID = UserName("ann"), UserName("ben"), UserName("cid")


class Busy(GridOpsError):
    code = "busy"


class Silent(GridOpsError):
    code = "silent"


@pytest.fixture
async def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Beside]:
    (tmp_path / "echo_beside.py").write_text(ECHO)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    beside = Beside(
        module="echo_beside",
        opening={},
        busy=lambda most: Busy(f"{most} wait"),
        silent=Silent,
        waiting_max=3,
        of_person_max=2,
    )
    yield beside
    await beside.end()


async def test_nobody_takes_the_places_of_all(beside: Beside) -> None:
    async with AsyncExitStack() as held:
        held.enter_context(beside.place(ANN))
        held.enter_context(beside.place(ANN))
        with pytest.raises(Busy, match="2 wait"), beside.place(ANN):
            pass
        with beside.place(BEN):
            assert (await beside.ask({"asked": 1})).head == {"asked": 1}
            with pytest.raises(Busy, match="3 wait"), beside.place(CID):
                pass
        held.enter_context(beside.place(CID))


async def test_a_place_is_free_again_whatever_comes_of_the_question(beside: Beside) -> None:
    for _ in range(beside.waiting_max + 1):
        with pytest.raises(Silent), beside.place(ANN):
            raise Silent("it came to no end")
    with beside.place(ANN), beside.place(ANN):
        pass


async def test_who_goes_while_waiting_gives_the_place_back_and_disturbs_nobody(
    beside: Beside,
) -> None:
    async def asks(n: int) -> object:
        with beside.place(ANN):
            return (await beside.ask({"asked": n})).head

    first, gone = asyncio.create_task(asks(1)), asyncio.create_task(asks(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await first == {"asked": 1}
    process = beside._process
    assert await asks(3) == {"asked": 3}
    assert beside._process is process
    assert not beside._waiting


async def test_who_waits_at_the_end_begins_no_process(beside: Beside) -> None:
    await beside.ask({"asked": 1})
    waiting = [asyncio.create_task(beside.ask({"asked": n})) for n in range(3)]
    await asyncio.sleep(0)
    await beside.close()
    said = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, Silent) for one in said[1:]), said
    assert beside._process is None
    with pytest.raises(Silent, match="ends"):
        await beside.ask({"asked": 4})
