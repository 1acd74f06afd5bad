"""What kernels still send when this process does not come to look: nothing after the deadline."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from command_setting import S1, CountingField, order
from opcua_setting import CLOCK, RTU, listening, ring

from gridops.errors import CommandRefused, CommandUnconfirmed
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from gridops.network import Network
from gridops.ports import Commanding, Endpoint, LinkSecurity, SecurityPolicy, SwitchOrder
from gridops.virtual_field import OrderAnswer
from opcua_bridge import serve_virtual_field
from opcua_bridge.command.permits import Permits
from opcua_bridge.field_server.virtual_field_server import (
    ordering,
    play_field,
    points_by_link,
)
from opcua_bridge.session.session import _Gate
from tests.chaos.arena import STACKS, free_port
from tests.chaos.packets import Packets, can_filter_packets
from tests.interop.node_peer import PeerRtu, PeerSetup

pytestmark = pytest.mark.undisturbed

DEADLINE_S = 0.7
HEALED_AFTER_S = 0.3
"""After the deadline: the kernel's next attempt would come 0.4 s later than that."""
STANDS_STILL_S = 2.0
UNSECURED = LinkSecurity(policy=SecurityPolicy.NONE, allow_unsecured=True)
LINE_S = 0.25
"""One way."""


async def test_a_process_that_stands_still_has_sent_nothing_when_the_path_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path falls silent right before the bytes go, and the event loop right after.

    The kernel holds the bytes and tries again and again; nothing in this process can stop it
    before it delivers them after the deadline. It must have dropped them on its own.
    """
    grid = ring()
    field = CountingField(grid)
    async with behind_a_wire(grid, field, folder=tmp_path) as (packets, endpoint):
        allowed = Commanding(as_reader=True)
        async with listening(grid, {RTU: endpoint}, commanding=allowed) as (link, heard):
            await heard.restored(epoch=1)
            _fall_silent_at_the_last_moment(monkeypatch, packets)
            with pytest.raises(CommandUnconfirmed):
                await link.operate(order(S1, Position.OPEN, within_s=DEADLINE_S))
            await asyncio.sleep(0.5)
            assert field.orders == []


async def test_bytes_that_the_kernel_does_not_take_at_once_are_never_sent() -> None:
    """Its buffers are full, for the other end has stopped reading."""
    resumed = asyncio.Event()
    came = bytearray()
    ended = asyncio.Event()

    async def read_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await resumed.wait()
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                came.extend(data)
        writer.transport.abort()
        ended.set()

    server = await asyncio.start_server(read_late, "127.0.0.1", 0, limit=1024)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        way = writer.transport
        while not way.get_write_buffer_size():
            way.write(b"." * 65_536)
        gate = _Gate(way)
        gate.open_for(1.0)
        gate.write(b"open it")
        assert way.is_closing()
        resumed.set()
        await ended.wait()
        assert b"open it" not in came


class SlowLine:
    """Hands everything on `delay_s` late, also what a sender has given up since: radio, and the
    queues of routers, know nothing of a reset that is behind the bytes."""

    def __init__(self, target: str, delay_s: float) -> None:
        self._port = int(target.rsplit(":", 1)[1])
        self._delay_s = delay_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        try:
            async with server:
                yield f"opc.tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for end in self._ends:
                end.transport.abort()
            await asyncio.sleep(0.0)

    async def _join(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, on = await asyncio.open_connection("127.0.0.1", self._port)
        self._ends += [back, on]
        self._tasks |= {
            asyncio.create_task(self._carry(near, on)),
            asyncio.create_task(self._carry(far, back)),
        }

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while data := await source.read(65_536):
                loop.call_later(self._delay_s, sink.write, data)
        loop.call_later(self._delay_s, sink.close)


async def test_what_would_be_under_way_beyond_its_deadline_is_not_sent() -> None:
    """First how long a command takes to the device; then one that has a little less."""
    grid = ring()
    field = TimedField(grid)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serve_virtual_field(field, CLOCK))
        line = SlowLine(served.endpoints[RTU], LINE_S)
        there = {
            RTU: Endpoint(url=await stack.enter_async_context(line.opened()), security=UNSECURED)
        }
        allowed = Commanding(as_reader=True)
        link, heard = await stack.enter_async_context(listening(grid, there, commanding=allowed))
        await heard.restored(epoch=1)
        began = CLOCK.now()
        await link.operate(order(S1, Position.OPEN, within_s=9.0))
        (came,) = field.came
        took_s = (came - began).total_seconds()
        with pytest.raises(CommandRefused, match="than the way is long"):
            await link.operate(order(S1, Position.CLOSED, within_s=took_s - LINE_S / 2.0))
        await asyncio.sleep(2.0 * LINE_S)
    assert field.came == [came]


class TimedField(CountingField):
    """Remembers when orders came, too."""

    def __init__(self, grid: Network) -> None:
        super().__init__(grid)
        self.came: list[datetime] = []

    def order(self, switch: SwitchId, position: Position, at: datetime) -> OrderAnswer:
        self.came.append(CLOCK.now())
        return super().order(switch, position, at=at)


@asynccontextmanager
async def behind_a_wire(
    grid: Network, field: CountingField, *, folder: Path
) -> AsyncIterator[tuple[Packets, Endpoint]]:
    """The field on a server in a network namespace of its own."""
    why_not = can_filter_packets()
    if why_not:
        pytest.skip(why_not)
    ((ident, points),) = points_by_link(grid).items()
    with Packets() as packets:
        process = STACKS["asyncua"](folder, prefix=packets.prefix)
        rtu = PeerRtu(
            process,
            grid.links[ident],
            points,
            order=ordering(field, CLOCK),
            setup=PeerSetup(host=packets.host, port=free_port(packets.host)),
        )
        try:
            async with play_field(field, CLOCK, rtus={RTU: rtu}):
                yield packets, Endpoint(url=rtu.endpoint, security=UNSECURED)
        finally:
            process.kill()


def _fall_silent_at_the_last_moment(monkeypatch: pytest.MonkeyPatch, packets: Packets) -> None:
    take = Permits.take

    def taken(permits: Permits, order: SwitchOrder, link: LinkId) -> None:
        take(permits, order, link)
        packets.drop()
        left_s = (order.deadline - CLOCK.now()).total_seconds()
        assert left_s > 0.1, "this machine is too slow to try it"
        threading.Timer(left_s + HEALED_AFTER_S, packets.heal).start()
        asyncio.get_running_loop().call_soon(time.sleep, STANDS_STILL_S)

    monkeypatch.setattr(Permits, "take", taken)
