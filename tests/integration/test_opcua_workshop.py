"""What workers are forked from: asked, given up and stopped at bad moments; nobody else pays."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from command_setting import S1
from opcua_setting import CLOCK, at_work, eventually, field_on, ring
from test_opcua_workers import BEGIN_S, LIMITS, children_of, is_there, workers, zygotes

from gridops.events import LinkLost
from gridops.measurement import Position
from opcua_bridge.worker.workshop import Workshop


async def test_the_answer_to_a_question_that_was_given_up_is_nobody_elses() -> None:
    """Whoever asked next was told the number of the worker that nobody waits for, and ended that
    one instead of their own."""
    workshop = Workshop()
    try:
        first = await workshop.worker()
        first.end()
        first.listens.close()
        (zygote,) = zygotes()
        for _ in range(3):
            os.kill(zygote, signal.SIGSTOP)
            given_up = asyncio.create_task(workshop.worker())
            await asyncio.sleep(0.05)
            given_up.cancel()
            await asyncio.gather(given_up, return_exceptions=True)
            asked = asyncio.create_task(workshop.worker())
            await asyncio.sleep(0.05)
            os.kill(zygote, signal.SIGCONT)
            worker = await asked

            worker.end()

            with worker.listens as listens:
                loop = asyncio.get_running_loop()
                ended = await asyncio.wait_for(loop.sock_recv(listens, 1), 5.0)
            assert ended == b"", "the one that was ended is the one that listened"
        assert zygotes() == [zygote]
        await eventually(lambda: not workers())
    finally:
        workshop.close()


async def test_a_worker_goes_on_while_what_it_was_forked_from_hangs_and_is_replaced() -> None:
    grid = ring()
    field = field_on(grid)
    async with at_work(field, limits=LIMITS, within_s=BEGIN_S) as (_, heard):
        (hung,), (worker,) = zygotes(), workers()
        os.kill(hung, signal.SIGSTOP)
        await eventually(lambda: not is_there(hung), 10.0)
        await eventually(lambda: bool(zygotes()), 10.0)

        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await eventually(lambda: heard.position("s1") is Position.OPEN)
        assert is_there(worker)
        assert not heard.all(LinkLost)

        os.kill(worker, signal.SIGSTOP)
        await heard.restored(epoch=2, within_s=BEGIN_S)
        await eventually(lambda: not is_there(worker))
        assert workers()[0] != worker


async def test_a_worker_that_hangs_together_with_what_it_was_forked_from_is_replaced() -> None:
    grid = ring()
    async with at_work(field_on(grid), limits=LIMITS, within_s=BEGIN_S) as (_, heard):
        for process in (*zygotes(), *workers()):
            os.kill(process, signal.SIGSTOP)
        took_s = await eventually(lambda: len(heard.all(LinkLost)) == 1, 10.0)
        assert took_s < 2.0 + 3.0, "two seconds of silence, and a busy machine"
        took_s = await eventually(lambda: bool(workers()), BEGIN_S)
        assert took_s < 8.0, "no question waits for ten seconds"
        await heard.restored(epoch=2, within_s=BEGIN_S)


async def test_all_end_with_the_control_room_though_they_hang() -> None:
    script = Path(__file__).with_name("worker_parent.py")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    line = await asyncio.wait_for(parent.stdout.readline(), BEGIN_S)
    left = [int(word) for word in line.split()]
    try:
        for process in left:
            os.kill(process, signal.SIGSTOP)
        assert set(left) == {*zygotes(parent.pid), *children_of(left[0])}
    finally:
        parent.kill()
        await parent.wait()
    await eventually(lambda: not any(map(is_there, left)), 10.0)
