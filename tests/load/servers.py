"""Servers under load: of either make, plain or encrypted, each in a process of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridops.ids import LinkId, PointId
from gridops.network import Link, Point, Signal
from gridops.ports import Endpoint, SecurityMode, SecurityPolicy
from gridops.virtual_field import OrderAnswer
from tests.certificates import files_of, own
from tests.chaos.arena import STACKS
from tests.integration.secured_setting import Site
from tests.interop.node_peer import PeerRtu, PeerSetup
from tests.load.judging import Produced

NOTIFICATIONS_PER_PUBLISH = 10_000


@dataclass(frozen=True, slots=True)
class Make:
    """Which servers: `stack` is "node" or "asyncua"."""

    stack: str
    is_encrypted: bool = False

    @property
    def channel(self) -> str:
        return "encrypted" if self.is_encrypted else "plain"


@dataclass(frozen=True, slots=True)
class Block:
    """Points of one kind, together at their server from number `first` on."""

    points: tuple[Point, ...]
    first: int = 0

    def __len__(self) -> int:
        return len(self.points)


@dataclass(slots=True)
class Server:
    link: Link
    blocks: tuple[Block, ...]
    rtu: PeerRtu
    site: Site | None
    """None: plain."""
    _turns: dict[int, int] = field(default_factory=dict)

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(point for block in self.blocks for point in block.points)

    @property
    def endpoint(self) -> Endpoint:
        if self.site is None:
            return Endpoint(url=self.rtu.endpoint)
        return self.site.endpoint(
            self.rtu.endpoint,
            policy=SecurityPolicy.BASIC256_SHA256,
            mode=SecurityMode.SIGN_AND_ENCRYPT,
        )

    async def storm(
        self, block: Block, *, rate_per_s: float, seconds: float, whole: bool = False
    ) -> Produced:
        """The points of `block` change by turns, each time to another value than before."""
        nodes = len(block)
        begin = self._turns.get(block.first, nodes)
        done = await self.rtu.storm(
            first=block.first,
            nodes=nodes,
            rate_per_s=rate_per_s,
            seconds=seconds,
            whole=whole,
            **{"from": begin},
        )
        count = int(done["produced"])
        self._turns[block.first] = begin + count
        return Produced(
            nodes=nodes,
            begin=begin,
            count=count,
            seconds=done["seconds"],
            cpu_s=done["cpu_s"],
            began_s=done["began_ms"] / 1000.0,
        )


def link_of(number: int) -> Link:
    return Link(id=LinkId(f"r{number}"), name=f"r{number}", namespace_uri=f"urn:load:{number}")


def blocks_of(link: Link, counts: Sequence[tuple[Signal, int]]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for signal, count in counts:
        first = sum(map(len, blocks))
        points = tuple(_point(link, f"{signal.value}{n}", signal) for n in range(count))
        blocks.append(Block(points, first))
    return tuple(blocks)


def _point(link: Link, name: str, signal: Signal) -> Point:
    return Point(
        id=PointId(f"{link.id}.{name}"),
        link=link.id,
        element=f"{link.id}.{name}",
        signal=signal,
        node_id=name,
    )


@asynccontextmanager
async def standing(
    make: Make, counts: Sequence[tuple[Signal, int]], *, servers: int, folder: Path
) -> AsyncIterator[list[Server]]:
    """So many servers, each with so many points of each signal."""
    fleet = []
    for number in range(servers):
        link = link_of(number)
        fleet.append((link, blocks_of(link, counts)))
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(serving(make, link, blocks=blocks, folder=folder))
            for link, blocks in fleet
        ]


@asynccontextmanager
async def serving(
    make: Make, link: Link, *, blocks: tuple[Block, ...], folder: Path
) -> AsyncIterator[Server]:
    site = Site(folder) if make.is_encrypted else None
    process = STACKS[make.stack](folder / f"{make.stack}-{link.id}")
    try:
        await process.do("bounds", notifications_per_publish=NOTIFICATIONS_PER_PUBLISH)
        rtu = PeerRtu(
            process,
            link,
            [point for block in blocks for point in block.points],
            order=lambda switch, position: OrderAnswer.ACCEPTED,
            setup=PeerSetup(security=None if site is None else _secured(site, link)),
        )
        await rtu.start()
        yield Server(link, blocks, rtu, site)
    finally:
        process.kill()


def _secured(site: Site, link: Link) -> dict[str, Any]:
    """Our side believes the server, which believes everybody."""
    server = own("server", f"urn:gridops:node-peer:{link.id}")
    site.room.trust(server.certificate)
    return {
        "policies": [SecurityPolicy.BASIC256_SHA256.value],
        "modes": [SecurityMode.SIGN_AND_ENCRYPT.value],
        "anonymous": True,
        "trust_all": True,
        **files_of(server, site.folder, name=f"server-{link.id}"),
    }
