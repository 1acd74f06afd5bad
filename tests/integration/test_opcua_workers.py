"""Each server's link in a process of its own: killed, stopped and starved, and nobody is fooled."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from command_setting import CountingField, order
from opcua_setting import (
    CLOCK,
    Listener,
    at_work,
    eventually,
    field_on,
    listening,
    ring,
    with_two_links,
)

from gridops.events import LinkLost, LinkRestored, LinkTroubled, SwitchMoved, Trouble
from gridops.ids import SwitchId
from gridops.measurement import Position, Quality
from opcua_bridge import DEFAULT_LIMITS, serve_virtual_field
from opcua_bridge.field_link import OpcUaFieldLink
from opcua_bridge.wire.values import Sample

LIMITS = replace(DEFAULT_LIMITS, workers=True)
S1 = SwitchId("s1")
BEGIN_S = 60.0
"""To load everything the first time, on a machine that is busy otherwise."""


def children_of(process: int) -> list[int]:
    """Whichever of its threads started them."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for listed in threads for child in listed.read_text().split()]


def zygotes(process: int = 0) -> list[int]:
    """What workers of `process` are forked from; of this one by default."""
    return [
        c for c in children_of(process or os.getpid()) if b"opcua_bridge.worker" in command_of(c)
    ]


def workers() -> list[int]:
    """Of this process: the children of what they are forked from."""
    return [worker for zygote in zygotes() for worker in children_of(zygote) if is_there(worker)]


def command_of(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def is_there(process: int) -> bool:
    """Also a process that has ended and nobody has asked for yet counts as gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def replaced(heard: Listener) -> list[LinkTroubled]:
    return [t for t in heard.all(LinkTroubled) if t.trouble is Trouble.WORKER_REPLACED]


async def test_a_worker_tells_what_the_link_would() -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, plain),
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await plain.restored(epoch=1)
        restored = await heard.restored(epoch=1, within_s=BEGIN_S)

        assert heard.events[0] == restored
        assert {type(e) for e in heard.events} == {type(e) for e in plain.events}
        assert len(heard.events) == len(plain.events)
        assert all(move.quality is Quality.GOOD for move in heard.all(SwitchMoved))
        await eventually(lambda: link.health()[0].detail == "good")

        before = len(heard.moves("s1"))
        moves_at = CLOCK.now() + timedelta(milliseconds=150)
        field.operate_by_hand(S1, Position.OPEN, at=moves_at)
        await eventually(lambda: len(heard.moves("s1")) > before)
        assert heard.moves("s1")[-1].source_time == moves_at

        known = len(heard.events)
        await link.scan([S1])
        await eventually(lambda: len(heard.events) > known)


async def test_a_command_is_confirmed_by_what_its_own_session_reads_and_told_once() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field, limits=LIMITS, within_s=BEGIN_S) as (link, heard):
        await link.operate(order(S1, Position.OPEN))

        assert field.orders == [("s1", Position.OPEN)]
        assert heard.position("s1") is Position.OPEN, "told before the command counts as confirmed"
        await asyncio.sleep(1.0)
        assert [m.position for m in heard.moves("s1")].count(Position.OPEN) == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_worker_that_dies_or_hangs_is_replaced_and_its_points_are_unknown_meanwhile(
    how: signal.Signals,
) -> None:
    grid = with_two_links(ring())
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await eventually(lambda: len(heard.all(LinkRestored)) == 2, BEGIN_S)
        both = workers()
        assert len(both) == 2
        sick = both[0]
        os.kill(sick, how)
        took_s = await eventually(lambda: len(heard.all(LinkLost)) == 1, 10.0)
        (lost,) = heard.all(LinkLost)
        assert "its worker was replaced" in lost.why
        assert took_s < 2.0 + 3.0, "two seconds of silence, and a busy machine"
        assert not next(h for h in link.health() if h.link == lost.link).connected

        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await eventually(lambda: len(heard.all(LinkRestored)) == 3, 15.0)
        again = heard.all(LinkRestored)[-1]
        assert (again.link, again.epoch) == (lost.link, 2)
        assert again.gap_since is not None
        assert again.gap_since <= lost.at
        assert again.changed_in_gap == (1 if lost.link == "rtu" else 0), "s1 moved meanwhile"
        assert len(replaced(heard)) == 1
        await eventually(lambda: not is_there(sick))
        assert len(workers()) == 2
        assert {lost.link} == {e.link for e in heard.all(LinkLost)}, "the other link never noticed"


async def test_the_control_room_takes_all_workers_along() -> None:
    script = Path(__file__).with_name("worker_parent.py")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    try:
        assert parent.stdout is not None
        line = await asyncio.wait_for(parent.stdout.readline(), BEGIN_S)
        left = [int(word) for word in line.split()]
        assert len(left) == 2, "what workers are forked from, and one"
        assert all(map(is_there, left))
    finally:
        parent.kill()
        await parent.wait()
    await eventually(lambda: not any(map(is_there, left)), 10.0)


def test_what_a_worker_may_hold_is_bounded() -> None:
    greedy = (
        "from opcua_bridge.worker.child import limit_memory\n"
        "limit_memory(64)\n"
        "held = bytearray(32 * 1024 * 1024)\n"
        "try:\n"
        "    more = bytearray(128 * 1024 * 1024)\n"
        "except MemoryError:\n"
        "    print('refused', len(held))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", greedy], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["refused", str(32 * 1024 * 1024)]


async def test_what_a_command_read_back_keeps_no_later_reading_from_being_told() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field, limits=LIMITS, within_s=BEGIN_S) as (link, heard):
        opens_at = CLOCK.now()
        field.operate_by_hand(S1, Position.OPEN, at=opens_at)
        await eventually(lambda: heard.position("s1") is Position.OPEN)
        assert isinstance(link, OpcUaFieldLink)
        (remote,) = link._servers.values()
        point = next(p for p in grid.components.points if p.id == "s1.position")
        told = heard.moves("s1")[-1]
        naive = told.source_time.replace(tzinfo=None)
        remote.take_reading(point, Sample(int(Position.OPEN), source_time=naive))
        assert heard.moves("s1")[-1].source_time == told.source_time

        (worker,) = workers()
        os.kill(worker, signal.SIGKILL)
        await eventually(lambda: len(heard.all(LinkRestored)) == 2, 15.0)
        restored = heard.events.index(heard.all(LinkRestored)[-1])
        await eventually(lambda: any(isinstance(e, SwitchMoved) for e in heard.events[restored:]))
        again = [e for e in heard.events[restored:] if isinstance(e, SwitchMoved)]
        assert "s1" in {e.switch for e in again}, "every position follows"


async def test_a_new_worker_tells_what_changed_while_there_was_none() -> None:
    grid = ring()
    field = field_on(grid)
    async with at_work(field, limits=LIMITS, within_s=BEGIN_S) as (_, heard):
        (worker,) = workers()
        os.kill(worker, signal.SIGSTOP)
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await eventually(lambda: len(heard.all(LinkRestored)) == 2, 15.0)
        assert heard.all(LinkRestored)[-1].changed_in_gap == 1
        await eventually(lambda: bool(heard.troubles(Trouble.DIFFERS_AFTER_GAP)))
        assert "s1.position" in heard.troubles(Trouble.DIFFERS_AFTER_GAP)[0].what
