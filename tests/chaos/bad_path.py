"""A TCP path between the link and a server that can go wrong in every way that needs no root."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Way(StrEnum):
    UP = "to the server"
    DOWN = "to the link"


@dataclass(slots=True, kw_only=True)
class Habits:
    """How bytes travel now; both ways unless `ways` says otherwise."""

    ways: frozenset[Way] = frozenset(Way)
    delay_s: float = 0.0
    jitter_s: float = 0.0
    chunk: int = 0
    """Bytes that are handed on at a time; 0: as they come."""
    bytes_per_s: float = 0.0
    garbage_after: int = -1
    """So many bytes from now on pass, then nonsense."""
    cut_after: int = -1
    """So many bytes from now on pass, then the connection is reset."""


SOUND = Habits()


class BadPath:
    """Listens where the link connects and hands everything on to `port`.

    What a sender gave up on, by resetting its end, never arrives: on a real network the kernel
    would have had to send it again.
    """

    def __init__(self, port: int, dice: Random, *, host: str = "127.0.0.1") -> None:
        self.target = (host, port)
        self.habits = SOUND
        self.counted = dict.fromkeys(Way, 0)
        self._dice = dice
        self._open = {way: asyncio.Event() for way in Way}
        for event in self._open.values():
            event.set()
        self._is_mute = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._port = 0
        self.wanted = b""
        """When these bytes come up, `on_wanted` is called before they are handed on."""
        self.on_wanted: Callable[[], None] = self.freeze

    @property
    def endpoint(self) -> str:
        return f"opc.tcp://127.0.0.1:{self._port}"

    async def __aenter__(self) -> "BadPath":
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.reset_all()
        await asyncio.sleep(0)

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Nobody listens any more; connections that stand, stand."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def freeze(self, *ways: Way) -> None:
        """Nothing gets through (these ways), and nobody is told."""
        for way in ways or Way:
            self._open[way].clear()

    def thaw(self) -> None:
        for event in self._open.values():
            event.set()

    def mute(self) -> None:
        """New connections are taken and never served, as by a host without a process."""
        self._is_mute = True

    def speak(self) -> None:
        self._is_mute = False

    def behave(self, habits: Habits) -> None:
        self.habits = habits
        self.counted = dict.fromkeys(Way, 0)

    def reset_all(self) -> None:
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def finish_all(self) -> None:
        """Both ends are told politely that the other has nothing more to say."""
        for end in self._ends:
            if not end.is_closing() and end.can_write_eof():
                end.write_eof()

    def forget_all(self) -> None:
        """No byte of the connections that stand ever gets through again; their ends stay open,
        as after a router has lost its table."""
        for task in self._tasks:
            task.cancel()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        if self._is_mute:
            return
        for event in self._open.values():
            await event.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()  # nobody is at home at the other end
            return
        self._ends.append(far_writer)
        for way, source, sink in (
            (Way.UP, reader, far_writer),
            (Way.DOWN, far_reader, writer),
        ):
            task = asyncio.create_task(self._pump(way, source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(
        self, way: Way, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        try:
            while data := await source.read(65536):
                if way is Way.UP and self.wanted and self.wanted in data:
                    self.on_wanted()
                await self._open[way].wait()
                if source.exception() is not None:
                    break
                await self._hand_on(data, sink, way=way)
            sink.transport.abort()
        except OSError:
            sink.transport.abort()  # the reset of one end is passed on to the other

    async def _hand_on(self, data: bytes, sink: asyncio.StreamWriter, *, way: Way) -> None:
        habits = self.habits
        if way not in habits.ways:
            sink.write(data)
            await sink.drain()
            return
        if habits.delay_s or habits.jitter_s:
            await asyncio.sleep(habits.delay_s + habits.jitter_s * self._dice.random())
        size = habits.chunk or len(data)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self.counted[way] += len(piece)
            if 0 <= habits.cut_after < self.counted[way]:
                sink.transport.abort()
                raise ConnectionResetError
            if 0 <= habits.garbage_after < self.counted[way]:
                piece = self._dice.randbytes(len(piece))
            sink.write(piece)
            await sink.drain()
            if habits.bytes_per_s:
                await asyncio.sleep(len(piece) / habits.bytes_per_s)
