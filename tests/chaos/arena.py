"""One field on one server, one bad path, one link, and the judge beside them."""

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom

from asyncua.ua.uaerrors import UaError

from gridops.errors import CommandRefused, CommandUnconfirmed
from gridops.ids import CommandId, PointId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Point, Signal, build_network, draw
from gridops.ports import Commanding, Endpoint, FieldLink, LinkSecurity, SecurityPolicy, SwitchOrder
from gridops.virtual_field import PointValue
from opcua_bridge import DEFAULT_LIMITS, open_field_link
from opcua_bridge.field_server.virtual_field_server import (
    PlayedField,
    ordering,
    play_field,
    points_by_link,
)
from opcua_bridge.session.session import open_session
from tests.chaos.bad_path import BadPath
from tests.chaos.commands_judged import Given, Hang
from tests.chaos.packets import Packets
from tests.chaos.record import CLOCK, Record, RecordedField, Watch
from tests.interop.node_peer import NodeProcess, PeerRtu, PeerSetup, ServerProcess

ROOT = Path(__file__).parents[2]
BACK_WITHIN_S = 5.0
"""From the return of the path until the room's picture is the field's truth."""
LOOK_EVERY_S = 0.05
DEADLINE_S = 2.0
"""Of the commands that are given while something is wrong."""
FREELY = Commanding(as_reader=True, per_minute_max=10_000, link_per_minute_max=10_000)
LIMITS = replace(DEFAULT_LIMITS, confirm_margin_s=1.0)
"""A command that nobody confirms ends soon: rounds are many."""


class AsyncuaProcess(ServerProcess):
    COMMAND = (sys.executable, "-m", "tests.chaos.asyncua_server")
    FOLDER = ROOT


class RecordedRtu(PeerRtu):
    """Tells the field when its server had what."""

    def __init__(
        self,
        process: ServerProcess,
        points: Sequence[Point],
        *,
        played: RecordedField,
        setup: PeerSetup,
    ) -> None:
        (link,) = {point.link for point in points}
        order = ordering(played, CLOCK)
        super().__init__(process, played.network.links[link], points, order=order, setup=setup)
        self._played = played

    async def show(self, values: Iterable[PointValue]) -> None:
        shown = list(values)
        await super().show(shown)
        self._played.note_reached(shown)


STACKS: dict[str, type[ServerProcess]] = {"asyncua": AsyncuaProcess, "node": NodeProcess}


@dataclass
class Arena:
    grid: Network
    field: RecordedField
    process: ServerProcess
    rtu: PeerRtu
    played: PlayedField[PeerRtu]
    path: BadPath
    link: FieldLink
    record: Record
    watch: Watch
    dice: Random
    packets: Packets | None = None
    given: list[Given] = field(default_factory=list)
    may_lose: bool = False
    """Whether the case makes the server drop changes: it must then be marked, not told."""
    hangs: list[Hang] = field(default_factory=list)
    is_frozen_field: bool = False
    """Nobody touches the field or gives commands: the case does so itself."""
    commands: int = 0
    in_doubt: dict[SwitchId, Position] = field(default_factory=dict)
    late_before: int = 0
    complaints: list[str] = field(default_factory=list)
    """What a case itself found wrong."""
    _frozen_at: datetime | None = None

    def begin_round(self, seed: int) -> None:
        """Forgets what was said and done, and keeps what is known."""
        self.dice.seed(seed)
        self.field.begin_round()
        self.record.events.clear()
        self.watch = Watch(self.field, self.record, self.link)
        self.given.clear()
        self.complaints.clear()
        self.late_before = self.late
        self.hangs.clear()
        self.may_lose = self.is_frozen_field = False

    @property
    def late(self) -> int:
        """Changes that came after a newer value of their point, as the link counts them."""
        found = re.search(r"(\d+) late values", self.link.health()[0].detail)
        return int(found[1]) if found else 0

    @property
    def is_good(self) -> bool:
        (health,) = self.link.health()
        return health.connected

    @property
    def epoch(self) -> int:
        return self.link.health()[0].epoch

    def is_true(self) -> bool:
        return self.is_good and not self.record.unknown(self.field)

    async def until(self, is_so: Callable[[], bool], within_s: float) -> float | None:
        """Seconds until it was so; None if it was not in time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not is_so():
            if loop.time() - began > within_s:
                return None
            await asyncio.sleep(0.02)
        return loop.time() - began

    def freeze_server(self) -> None:
        """Stops its process; see `Hang`."""
        self._frozen_at = self._frozen_at or CLOCK.now()
        self.process.freeze()

    def thaw_server(self) -> None:
        self.process.thaw()
        if self._frozen_at is not None:
            self.hangs.append(Hang(self._frozen_at, CLOCK.now()))
        self._frozen_at = None

    async def hold_server(self, *, for_ms: int) -> None:
        """Its only thread does something else. As `freeze_server`."""
        began = CLOCK.now()
        await self.process.do("hold", ms=for_ms)
        self.hangs.append(Hang(began, CLOCK.now()))

    async def lost(self, within_s: float = 6.0) -> None:
        """Waits until the link knows that it is lost; what goes unnoticed is judged later."""
        await self.until(lambda: not self.is_good, within_s)

    async def revive(self, *, reset: bool = False) -> None:
        """Starts the process and its server again. `reset`: it knows nothing at first."""
        self.process.begin()
        await self.rtu.start()
        if reset:
            await asyncio.sleep(0.5)
        await self.played.show_all()

    async def touch(self) -> None:
        """One hand at one switch, as hands are."""
        switch = SwitchId(self.dice.choice(("t1", "s1")))
        position = self.dice.choice((Position.OPEN, Position.CLOSED))
        self.field.operate_by_hand(switch, position, at=max(CLOCK.now(), self.field.now))

    async def turn(self, switch: SwitchId) -> None:
        """A hand at `switch` that changes something."""
        is_closed = switch in self.field.closed
        position = Position.OPEN if is_closed else Position.CLOSED
        self.field.operate_by_hand(switch, position, at=max(CLOCK.now(), self.field.now))

    async def command(self, switch: str = "b2", position: Position | None = None) -> str:
        """One order; what the link says of it in one word."""
        ident = SwitchId(switch)
        if position is None:
            is_closed = ident in self.field.closed
            position = Position.OPEN if is_closed else Position.CLOSED
        self.commands += 1
        order = SwitchOrder(
            command=CommandId(f"c{self.commands}"),
            switch=ident,
            position=position,
            deadline=CLOCK.now() + timedelta(seconds=DEADLINE_S),
        )
        given_at = CLOCK.now()
        try:
            await self.link.operate(order)
            outcome = "confirmed"
        except CommandRefused:
            outcome = "refused"
        except CommandUnconfirmed:
            outcome = "unknown"
        in_doubt = self.in_doubt.get(ident)
        if outcome == "unknown":
            self.in_doubt[ident] = position
        elif outcome == "confirmed":
            self.in_doubt.pop(ident, None)
        self.given.append(
            Given(
                order,
                outcome,
                given_at=given_at,
                ended_at=CLOCK.now(),
                in_doubt=in_doubt,
            )
        )
        return outcome


@asynccontextmanager
async def stranger(arena: Arena) -> AsyncIterator[None]:
    """Another client of the same server, as long as it is let in."""
    with suppress(OSError, TimeoutError, UaError):
        async with open_session(Endpoint(url=arena.rtu.endpoint), LIMITS):
            yield
            return
    yield


@asynccontextmanager
async def open_arena(
    stack: str, pki: Path, *, seed: int, on_packets: bool = False
) -> AsyncIterator[Arena]:
    """A field on servers of `stack`; behind a bad path, or (`on_packets`) on a wire of its own."""
    grid = arena_grid()
    played_field = RecordedField(grid)
    record = Record(grid)
    (link_points,) = points_by_link(grid).items()
    ident, points = link_points
    async with AsyncExitStack() as stack_of:
        packets = stack_of.enter_context(Packets()) if on_packets else None
        host = packets.host if packets else "127.0.0.1"
        process = STACKS[stack](pki, prefix=packets.prefix if packets else ())
        stack_of.callback(process.kill)
        rtu = RecordedRtu(
            process,
            points,
            played=played_field,
            setup=PeerSetup(host=host, port=free_port(host)),
        )
        played = await stack_of.enter_async_context(
            play_field(played_field, CLOCK, rtus={ident: rtu})
        )
        path = await stack_of.enter_async_context(
            BadPath(rtu.setup.port, Random(seed), host=rtu.setup.host)
        )
        endpoint = Endpoint(
            url=rtu.endpoint if on_packets else path.endpoint,
            security=LinkSecurity(policy=SecurityPolicy.NONE, allow_unsecured=True),
        )
        link = open_field_link(
            grid, {ident: endpoint}, clock=CLOCK, limits=LIMITS, commanding=FREELY
        )
        running = asyncio.create_task(link.run(record.deliver))
        stack_of.push_async_callback(_ended, running)
        arena = Arena(
            grid=grid,
            field=played_field,
            process=process,
            rtu=rtu,
            played=played,
            path=path,
            link=link,
            record=record,
            watch=Watch(played_field, record, link),
            dice=Random(seed),
            packets=packets,
        )
        yield arena


def free_port(host: str) -> int:
    """One that no outgoing connection is given while its server is away."""
    if not host.startswith("127."):
        return 4840  # a namespace of its own has every port
    for port in SystemRandom().sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.socket() as tried:
            tried.bind((host, port))
            return port
    raise OSError("no free port between 20000 and 30000")


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def arena_grid() -> Network:
    """A ring with quick drives, a contact that can be said and voltages that follow."""
    grid = draw(
        "S1 [b1] A [s1] B (t1) C [b2] S2",
        change={switch: {"operating_time_s": 0.2} for switch in ("b1", "s1", "t1", "b2")},
    )
    (link,) = grid.links
    extra = [
        Point(
            id=PointId(f"{element}.{signal}"),
            link=link,
            element=element,
            signal=signal,
            node_id=f"{element}.{signal}",
        )
        for element, signal in (
            ("S1", Signal.VOLTAGE),
            ("S2", Signal.VOLTAGE),
            ("A", Signal.VOLTAGE),
            ("s1", Signal.LOCAL),
            ("t1", Signal.LOCAL),
        )
    ]
    parts = grid.components
    return build_network(replace(parts, points=(*parts.points, *extra)))


async def acting(arena: Arena, stop: asyncio.Event) -> None:
    """Hands at switches and a few commands, until told to stop."""
    orders: set[asyncio.Task[str]] = set()
    while not stop.is_set():
        if not arena.is_frozen_field:
            await arena.touch()
        if not arena.is_frozen_field and not orders and arena.dice.random() < 0.2:
            task = asyncio.create_task(arena.command())
            orders.add(task)
            task.add_done_callback(orders.discard)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.1 + 0.4 * arena.dice.random())
    if orders:
        await asyncio.wait(orders)


async def watching(arena: Arena) -> None:
    while True:
        arena.watch.look()
        await asyncio.sleep(LOOK_EVERY_S)
