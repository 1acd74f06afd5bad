"""The control room reads what a server answers to a command in its own process: neither its time
nor its memory may be at the mercy of that."""

import asyncio
import resource
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from asyncua import ua
from command_setting import S1, CountingField, order
from opcua_setting import CLOCK, RTU, BadNetwork, listening, ring

from gridops.errors import CommandRefused
from gridops.measurement import Position
from opcua_bridge import serve_virtual_field

GAP_S_MAX = 1.0
"""That the loop may stand still on a machine that does ten other things."""
GROWTH_BYTES_MAX = 64 * 1024 * 1024


class Flood(BadNetwork):
    """From when the commanded position is asked for, the server talks and never ends."""

    piece = b""

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            if self.piece and b"s1.position" in data:
                await self._flood()
                return
            sink.write(data)
            await sink.drain()

    async def _flood(self) -> None:
        victim = self._writers[-2]  # the last who came in
        much = self.piece * (65_536 // len(self.piece) + 1)
        while not victim.is_closing():
            victim.write(much)
            await victim.drain()
            await asyncio.sleep(0)  # we are in the loop of the victim


def chunk(size: int, *, kind: bytes = b"MSG", place: bytes = b"C") -> bytes:
    return struct.pack("<3scI", kind, place, size) + bytes(size - 8)


@asynccontextmanager
async def standing_still() -> AsyncIterator[list[float]]:
    """How long the loop did, each time that it was looked at."""
    gaps: list[float] = []
    loop = asyncio.get_running_loop()

    async def look() -> None:
        while True:
            before = loop.time()
            await asyncio.sleep(0.02)
            gaps.append(loop.time() - before - 0.02)

    looking = asyncio.create_task(look())
    try:
        yield gaps
        await asyncio.sleep(0.1)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def test_an_answer_longer_than_any_command_needs_is_not_even_collected() -> None:
    """Forty kilobytes for one position. The link takes them, in its worker."""
    grid = ring()
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        long = ua.Variant([0] * 10_000, ua.VariantType.Int32)
        await rtus.rtus[RTU].show_raw("s1.position", ua.DataValue(long))
        with pytest.raises(CommandRefused, match=r"nothing was sent.*Oversized"):
            await link.operate(order(S1, Position.OPEN))
        assert field.orders == []
        assert link.health()[0].connected, "the session of the command alone ends"


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(chunk(100_000), id="one message that never ends"),
        pytest.param(chunk(24), id="pieces of nothing"),
        pytest.param(chunk(100_000, place=b"F"), id="messages that nobody asked for"),
        pytest.param(chunk(24, place=b"F"), id="short ones"),
        pytest.param(b"MSGF" + b"\xff" * 65_532, id="one that announces four gigabytes"),
        pytest.param(b"\x00" * 65_536, id="nothing at all"),
    ],
)
async def test_a_server_that_never_stops_talking_holds_up_nobody(piece: bytes) -> None:
    grid = ring()
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        Flood(rtus.endpoints[RTU]) as net,
        listening(grid, {RTU: net.endpoint}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        net.piece = piece
        before = resident_bytes()
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with standing_still() as gaps:
            with pytest.raises(CommandRefused, match="nothing was sent"):
                await link.operate(order(S1, Position.OPEN, within_s=2.0))
        assert loop.time() - began < 2.0 + 2.0, "by its deadline, and a busy machine"
        assert max(gaps) < GAP_S_MAX
        assert resident_bytes() - before < GROWTH_BYTES_MAX
        assert field.orders == []
