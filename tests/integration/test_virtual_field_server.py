"""The virtual field as servers: many, slow, fast, and steered from outside."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from asyncua import Client, ua
from opcua_setting import CLOCK, RTU, eventually, field_on, listening, moved_to, ring

from gridops.errors import SettingsError
from gridops.events import FaultFlagChanged, LinkLost
from gridops.ids import LinkId, PointId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Link, Network, Point, Signal, build_network
from gridops.virtual_field import LinkTrouble
from opcua_bridge import serve_virtual_field
from opcua_bridge.field_server.address_space import LentNodes

pytestmark = pytest.mark.undisturbed

T1 = SwitchId("t1")
CURRENT_TIME = ua.NodeId(ua.ObjectIds.Server_ServerStatus_CurrentTime)


async def test_two_hundred_rtus_stand_in_one_process() -> None:
    """They share the nodes of the standard: each holds few of its own."""
    grid = with_many_links(ring(), 200)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        assert loop.time() - began < 60.0
        assert len(set(rtus.endpoints.values())) == 201
        own = []
        for rtu in rtus.rtus.values():
            nodes = rtu._server.iserver.aspace._nodes
            assert isinstance(nodes, LentNodes)
            own.append(nodes.copied)
        assert max(own) < 500
        async with Client(rtus.endpoints[LinkId("rtu199")]) as client:
            index = await client.get_namespace_index("urn:gridops:drawing:199")
            identity = client.get_node(ua.NodeId("GridOps.Identity", index))
            assert await identity.read_value() == "rtu199"


async def test_what_one_server_changes_no_other_sees() -> None:
    grid = with_many_links(ring(), 2)
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        first, second = (rtus.rtus[LinkId(f"rtu{n}")]._server for n in (0, 1))
        objects = ua.NodeId(ua.ObjectIds.ObjectsFolder)
        await first.get_node(objects).add_folder(2, "only here")
        names = [
            [
                (await child.read_browse_name()).Name
                for child in await server.nodes.objects.get_children()
            ]
            for server in (first, second)
        ]
        assert "only here" in names[0]
        assert "only here" not in names[1]


async def test_who_asks_for_the_time_is_told_exactly() -> None:
    async with (
        serve_virtual_field(field_on(ring()), CLOCK) as rtus,
        Client(rtus.endpoints[RTU]) as client,
    ):
        await asyncio.sleep(1.2)
        for _ in range(3):
            told = await client.get_node(CURRENT_TIME).read_value()
            assert abs(CLOCK.now() - told) < timedelta(seconds=0.2)
            await asyncio.sleep(0.3)


async def test_a_slow_rtu_answers_late_and_is_as_it_was_afterwards() -> None:
    field = field_on(ring())
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        Client(rtus.endpoints[RTU]) as client,
    ):
        node = client.get_node(CURRENT_TIME)
        field.rtu_misbehaves(RTU, LinkTrouble.SLOW, at=CLOCK.now(), by_s=0.7)
        await eventually(lambda: rtus.rtus[RTU].answers_late_s == 0.7)
        assert await seconds_to_read(node) >= 0.7
        field.rtu_behaves(RTU, LinkTrouble.SLOW, at=CLOCK.now())
        await eventually(lambda: rtus.rtus[RTU].answers_late_s == 0.0)
        assert await seconds_to_read(node) < 0.6


async def test_a_crashed_rtu_is_bad_before_it_is_true_again() -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        field.crash_rtu(RTU, CLOCK.now(), back_after_s=0.5, refill_s=3.0)
        await heard.lost()
        field.operate_by_hand(T1, Position.CLOSED, at=CLOCK.now())

        await heard.restored(epoch=2)
        assert heard.moves("t1")[-1].quality is Quality.BAD
        await eventually(moved_to(heard, T1, position=Position.CLOSED))
        assert heard.moves("t1")[-1].quality is Quality.GOOD


async def test_a_field_plays_faster_and_stamps_with_the_clock_of_its_readers() -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK, speed=60.0) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        field.strike("B", rtus.pace.now() + timedelta(seconds=30))  # half a second from now

        flagged = lambda: [f for f in heard.all(FaultFlagChanged) if f.source_time > began]  # noqa: E731
        began = CLOCK.now()
        await eventually(lambda: bool(flagged()))
        assert abs(flagged()[0].source_time - CLOCK.now()) < timedelta(seconds=2)
        assert heard.all(LinkLost) == []
        assert "time" not in link.health()[0].detail

        rtus.pace.set_speed(0.0)
        stands = rtus.pace.now()
        await asyncio.sleep(0.2)
        assert rtus.pace.now() == stands


async def test_a_speed_that_cannot_be_is_refused() -> None:
    with pytest.raises(SettingsError, match="speed"):
        async with serve_virtual_field(field_on(ring()), CLOCK, speed=-1.0):
            pass


async def test_the_served_field_obeys_lines_and_names_what_it_cannot_do() -> None:
    async with field_process("tpc84", "--faults-seed", "3", "--speed", "2") as process:
        endpoints = (await answer(process))["endpoints"]
        (link, url), *_ = endpoints.items()

        await tell(process, '{"what": "cut_link", "at_s": 0, "link": "nowhere"}')
        assert "nowhere" in (await answer(process))["error"]
        await tell(process, "speed fast")
        assert "no speed" in (await answer(process))["error"]
        await tell(process, '{"what": "dance"}')
        assert "docs/scenarios.md" in (await answer(process))["error"]

        async with Client(url) as client:
            assert await client.get_node(CURRENT_TIME).read_value()
        await tell(process, json.dumps({"what": "cut_link", "at_s": 0, "link": link}))
        await tell(process, "speed 10")

        async def is_gone() -> bool:
            try:
                _, writer = await asyncio.open_connection(*url[len("opc.tcp://") :].split(":"))
            except OSError:
                return True
            writer.close()
            return False

        async with asyncio.timeout(5.0):
            while not await is_gone():  # noqa: ASYNC110 - a port says nothing of itself
                await asyncio.sleep(0.1)


@asynccontextmanager
async def field_process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gridops", "field", "serve", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 20.0) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def tell(process: asyncio.subprocess.Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n".encode())
    await process.stdin.drain()


async def answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 60.0)
    said: dict[str, Any] = json.loads(line)
    return said


async def seconds_to_read(node: Any) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await node.read_value()
    return loop.time() - began


def with_many_links(grid: Network, count: int) -> Network:
    """Besides its own, `count` links with two points each."""
    parts = grid.components
    links = [
        Link(id=LinkId(f"rtu{n}"), name=f"rtu{n}", namespace_uri=f"urn:gridops:drawing:{n}")
        for n in range(count)
    ]
    points = [
        Point(
            id=PointId(f"{link.id}.{signal}"),
            link=link.id,
            element="s1",
            signal=signal,
            node_id=f"s1.{signal}",
        )
        for link in links
        for signal in (Signal.POSITION, Signal.FAULT_FLAG)
    ]
    return build_network(
        replace(parts, links=(*parts.links, *links), points=(*parts.points, *points))
    )
