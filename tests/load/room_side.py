"""A real control room on a city whose points all lie at one server: link, loop, desk, journal."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gridops.adapters.clocks import SystemClock
from gridops.adapters.collector import collector_paused, collector_spares_what_is_there
from gridops.adapters.journal import open_journal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.bootstrap.taking_in import room_on
from gridops.bootstrap.warming import warm_up
from gridops.bootstrap.wiring import installation_of
from gridops.city import build_city
from gridops.control_room import ControlRoom, Loop
from gridops.events import FieldEvent
from gridops.ids import LinkId
from gridops.incident import IncidentSettings
from gridops.network import ORDERS, Link, Network, build_network
from gridops.ports import FieldLink
from opcua_bridge import open_field_link
from tests.load.servers import Block, Make, Server, serving

CLOCK = SystemClock()
ONE = Link(id=LinkId("city"), name="city", namespace_uri="urn:load:city")
READY_S = 300.0
STANDS_S = 1.0
SEED = 1


def city(feeders: int) -> Network:
    """With one link instead of one for each station: a front end that speaks for all of them."""
    with collector_paused():
        parts = build_city(feeders, seed=SEED)
        points = tuple(replace(point, link=ONE.id) for point in parts.points)
        return build_network(replace(parts, links=(ONE,), points=points))


@asynccontextmanager
async def served_city(make: Make, network: Network, folder: Path) -> AsyncIterator[Server]:
    """Its readable points; nothing is shown yet."""
    points = tuple(p for p in network.components.points if p.signal not in ORDERS)
    async with serving(make, ONE, blocks=(Block(points),), folder=folder) as server:
        yield server


@dataclass(slots=True)
class Link2Room:
    """A field link, and when it delivered: the room's own `deliver` is called all the same."""

    link: FieldLink
    heard: Callable[[Sequence[FieldEvent]], None]

    async def run(self, deliver: Callable[[Sequence[FieldEvent]], None]) -> None:
        def both(events: Sequence[FieldEvent]) -> None:
            self.heard(events)
            deliver(events)

        await self.link.run(both)

    def __getattr__(self, name: str) -> object:
        return getattr(self.link, name)


@dataclass(slots=True)
class RoomSide:
    loop: Loop
    room: ControlRoom
    journal: Path

    def count(self, *kinds: str) -> int:
        """Entries of these kinds in the journal, as another process would read them."""
        with closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)) as db:
            marks = ",".join("?" * len(kinds))
            (found,) = db.execute(
                f"SELECT count(*) FROM journal_entry WHERE kind IN ({marks})", kinds
            )
            return int(found[0])


@asynccontextmanager
async def room_side(
    network: Network,
    server: Server,
    settings: IncidentSettings,
    *,
    folder: Path,
    heard: Callable[[Sequence[FieldEvent]], None],
    analog_publishing_ms: int = 1_000,
) -> AsyncIterator[RoomSide]:
    """Ready when the field is known and the machine code is loaded."""
    file = folder / "journal.db"
    link = open_field_link(
        network,
        {ONE.id: server.endpoint},
        clock=CLOCK,
        bounds={"workers": True, "analog_publishing_ms": analog_publishing_ms},
    )
    with closing(open_journal(f"sqlite:///{file}")) as journal:
        with collector_paused():
            installation = installation_of(network, settings)
            room = room_on(installation, journal)
        warm_up(network, installation.solver or installation.engines)
        metrics = PrometheusMetrics(links=[ONE.id])
        loop = Loop(room, link=Link2Room(link, heard), clock=CLOCK, metrics=metrics)
        with collector_spares_what_is_there():
            task = asyncio.create_task(loop.run())
            try:
                await _settled(loop, task)
                yield RoomSide(loop, room, file)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


async def _settled(loop: Loop, task: "asyncio.Task[None]") -> None:
    """The field is read, all of it is journalled, and the link has stood for a while since."""
    epochs: list[int] = []
    while not epochs or epochs != epochs_of(loop):
        await until(partial(_is_read, loop), task)
        epochs = epochs_of(loop)
        await asyncio.sleep(STANDS_S)


def epochs_of(loop: Loop) -> list[int]:
    """Of the links that stand."""
    return [health.epoch for health in loop.health() if health.connected]


def _is_read(loop: Loop) -> bool:
    is_connected = all(health.connected for health in loop.health())
    return is_connected and not len(loop._intake)


async def until(
    is_so: Callable[[], bool],
    living: "asyncio.Task[None] | None" = None,
    *,
    within_s: float = READY_S,
) -> None:
    """Raises: TimeoutError; what `living` died of."""
    async with asyncio.timeout(within_s):
        while not is_so():
            if living is not None and living.done():
                living.result()
            await asyncio.sleep(0.01)
