"""What the OPC UA tests share: a field on real sockets, a link to it, a listener, a bad network."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gridops.adapters.clocks import SystemClock
from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled, SwitchMoved, Trouble
from gridops.ids import LinkId, PointId, SwitchId
from gridops.measurement import Position
from gridops.network import Link, Network, Point, Signal, build_network, draw
from gridops.ports import Commanding, Endpoint, FieldLink
from gridops.virtual_field import VirtualField
from opcua_bridge import DEFAULT_LIMITS, LinkLimits, open_field_link, serve_virtual_field
from tests.radial_sweep import RadialSweep

E = TypeVar("E", bound=FieldEvent)
RTU = LinkId("rtu")
RING = "S1 [b1] A [s1] B (t1) C [b2] S2"
QUICK = {s: {"operating_time_s": 0.2} for s in ("b1", "s1", "t1", "b2")}
CLOCK = SystemClock()
COMMANDING = Commanding()


def ring(extra: Sequence[Point] = ()) -> Network:
    """The ring with quick drives, voltage at both busbars and local control at s1."""
    grid = draw(RING, change=QUICK)
    points = [
        point_at("S1", Signal.VOLTAGE),
        point_at("S2", Signal.VOLTAGE),
        point_at("s1", Signal.LOCAL),
        *extra,
    ]
    parts = grid.components
    return build_network(replace(parts, points=(*parts.points, *points)))


def point_at(element: str, signal: Signal, *, link: LinkId = RTU) -> Point:
    name = f"{element}.{signal}"
    return Point(id=PointId(name), link=link, element=element, signal=signal, node_id=name)


def with_two_links(grid: Network) -> Network:
    """Everything at b2 moves to a second RTU."""
    parts = grid.components
    other = Link(id=LinkId("rtu2"), name="rtu2", namespace_uri="urn:gridops:drawing:2")
    points = tuple(replace(p, link=other.id) if p.element == "b2" else p for p in parts.points)
    return build_network(replace(parts, links=(*parts.links, other), points=points))


def field_on(grid: Network) -> VirtualField:
    return VirtualField(grid, RadialSweep(grid), start=CLOCK.now())


@dataclass
class Listener:
    """The control room's side of a link."""

    events: list[FieldEvent] = field(default_factory=list)

    def deliver(self, events: Sequence[FieldEvent]) -> None:
        self.events += events

    @property
    def facts(self) -> list[FieldEvent]:
        """All but the troubles."""
        return [event for event in self.events if not isinstance(event, LinkTroubled)]

    def troubles(self, trouble: Trouble) -> list[LinkTroubled]:
        return [event for event in self.all(LinkTroubled) if event.trouble is trouble]

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def moves(self, switch: str) -> list[SwitchMoved]:
        return [event for event in self.all(SwitchMoved) if event.switch == switch]

    def position(self, switch: str) -> Position:
        return self.moves(switch)[-1].position

    async def restored(self, epoch: int, within_s: float = 10.0) -> LinkRestored:
        await eventually(lambda: any(e.epoch >= epoch for e in self.all(LinkRestored)), within_s)
        return next(e for e in self.all(LinkRestored) if e.epoch >= epoch)

    async def lost(self, count: int = 1, within_s: float = 10.0) -> LinkLost:
        await eventually(lambda: len(self.all(LinkLost)) >= count, within_s)
        return self.all(LinkLost)[count - 1]


async def eventually(is_so: Callable[[], bool], within_s: float = 5.0) -> float:
    """Seconds until it was so. Raises TimeoutError if it never is."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - what is awaited has no event to wait for
            await asyncio.sleep(0.02)
    return loop.time() - began


@asynccontextmanager
async def listening(
    grid: Network,
    endpoints: Mapping[LinkId, str | Endpoint],
    *,
    limits: LinkLimits = DEFAULT_LIMITS,
    commanding: Commanding | None = COMMANDING,
) -> AsyncIterator[tuple[FieldLink, Listener]]:
    link = open_field_link(grid, endpoints, clock=CLOCK, limits=limits, commanding=commanding)
    listener = Listener()
    running = asyncio.create_task(link.run(listener.deliver))
    try:
        yield link, listener
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def at_work(
    field: VirtualField,
    *,
    limits: LinkLimits = DEFAULT_LIMITS,
    commanding: Commanding | None = COMMANDING,
    within_s: float = 10.0,
) -> AsyncIterator[tuple[FieldLink, Listener]]:
    """Servers of `field`, and a link to them that is good by now."""
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(field.network, dict(rtus.endpoints), limits=limits, commanding=commanding) as (
            link,
            heard,
        ),
    ):
        await heard.restored(epoch=1, within_s=within_s)
        yield link, heard


class BadNetwork:
    """A TCP path that can swallow everything while both ends believe in their connection.

    What a sender gave up on (it reset its end) never arrives, as on a real network: there
    the kernel would have had to send it again.
    """

    def __init__(self, target: str) -> None:
        self._target_port = int(target.rsplit(":", 1)[1])
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.endpoint = ""
        self.freeze_when = b""
        """Freezes the network as soon as these bytes pass, before they arrive."""
        self.garbles: tuple[bytes, bytes] = (b"", b"")
        """What passes as the first arrives as the second, which is as long."""

    async def __aenter__(self) -> "BadNetwork":
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.endpoint = f"opc.tcp://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    def reroute(self, target: str) -> None:
        """New connections end elsewhere; those that stand, stand."""
        self._target_port = int(target.rsplit(":", 1)[1])

    def freeze(self) -> None:
        self._open.clear()

    def thaw(self) -> None:
        self._open.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()  # nobody is at home at the other end
            return
        self._writers += [writer, far_writer]
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if self.freeze_when and self.freeze_when in data:
                    self.freeze()
                if not self._open.is_set():
                    await self._open.wait()
                    await asyncio.sleep(0.01)  # for a reset that is in the kernel already
                if source.exception() is not None:
                    break
                heard, said = self.garbles
                sink.write(data.replace(heard, said) if heard else data)
                await sink.drain()
        except OSError:
            pass  # the reset of one end is passed on to the other, below
        finally:
            sink.transport.abort()


def moved_to(listener: Listener, switch: SwitchId, *, position: Position) -> Callable[[], bool]:
    return lambda: bool(listener.moves(switch)) and listener.position(switch) is position
