"""What the tests of commands share: orders, a field that remembers them, a counting path."""

import asyncio
import itertools
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from gridops.ids import CommandId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Point, Signal, build_network
from gridops.ports import SwitchOrder
from gridops.virtual_field import OrderAnswer, VirtualField
from opcua_bridge import DEFAULT_LIMITS
from tests.integration.opcua_setting import CLOCK, ring
from tests.radial_sweep import RadialSweep

S1, T1, B1 = SwitchId("s1"), SwitchId("t1"), SwitchId("b1")
NUMBERS = itertools.count(1)
IMPATIENT = replace(DEFAULT_LIMITS, confirm_margin_s=0.6)


def order(switch: SwitchId, position: Position, *, within_s: float = 3.0) -> SwitchOrder:
    return SwitchOrder(
        command=CommandId(f"c{next(NUMBERS)}"),
        switch=switch,
        position=position,
        deadline=CLOCK.now() + timedelta(seconds=within_s),
    )


class CountingField(VirtualField):
    """Remembers which orders reached a device."""

    def __init__(self, grid: Network) -> None:
        super().__init__(grid, RadialSweep(grid), start=CLOCK.now())
        self.orders: list[tuple[SwitchId, Position]] = []

    def order(self, switch: SwitchId, position: Position, at: datetime) -> OrderAnswer:
        self.orders.append((switch, position))
        return super().order(switch, position, at=at)


def ordered_by(*points: Point) -> Network:
    """The ring, with these in place of the plain command of s1."""
    parts = ring().components
    others = tuple(p for p in parts.points if p.id != "s1.command")
    return build_network(replace(parts, points=(*others, *points)))


COMMAND = next(p for p in ring().components.points if p.id == "s1.command")
SELECT = replace(COMMAND, id="s1.select", node_id="s1.select", signal=Signal.SELECT)
CANCEL = replace(COMMAND, id="s1.cancel", node_id="s1.cancel", signal=Signal.CANCEL)


class Tapped:
    """A TCP path that remembers what each connection sent, and can be cut at a telling byte."""

    def __init__(self, target: str) -> None:
        self._target_port = int(target.rsplit(":", 1)[1])
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.endpoint = ""
        self.sent: list[bytearray] = []
        """What came from the control room, by connection."""
        self.cut_behind = b""
        """These bytes still arrive; then every connection is reset, and none is let in."""
        self.is_cut = False

    async def __aenter__(self) -> "Tapped":
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.endpoint = f"opc.tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._ends += [writer, far_writer]
        heard = bytearray()
        self.sent.append(heard)
        self._tasks |= {
            asyncio.create_task(self._pump(reader, far_writer, heard)),
            asyncio.create_task(self._pump(far_reader, writer, None)),
        }

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        heard: bytearray | None,
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
                if heard is None:
                    continue
                heard += data
                if self.cut_behind and self.cut_behind in data:
                    await asyncio.sleep(0.05)  # it arrives, and the answer is on its way
                    self._cut()
        sink.transport.abort()

    def _cut(self) -> None:
        self.is_cut = True
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()
