"""Part a and g: changes in a storm, sustained; lost ones by node, and what each costs."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gridops.network import Signal
from opcua_bridge.worker.workshop import Workshop
from tests.load.judging import Produced, Verdict, judged, wrong_at_last
from tests.load.servers import Block, Make, Server, standing
from tests.load.sizes import Sizes
from tests.load.their_side import TheirSide
from tests.load.whole_side import Told, a_workshop, shown_of, verdict_of, whole_link
from tests.load.wire_side import WireSide

WAIT_S_MAX = 120.0
MOMENT_S = 0.3
NEVER = 2**62
RETURNS_MAX = 10
"""Turns of quiet in which a lost link is waited for."""
Side = WireSide | TheirSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One way of taking one storm. `verdict` None: single changes are not what it is after."""

    how: str
    make: Make
    servers: int
    seconds: float
    """As long as the servers produced."""
    produced: int
    verdict: Verdict | None
    received: int
    ours_s: float
    """Processor time of the process that takes or is told."""
    worker_s: float
    """Of the workers of the link."""
    server_s: float
    wrong: int = 0
    """Points whose last value is not the field's."""
    is_whole: bool = False
    """The whole link, with its workers."""
    losses: int = 0
    """How often a link was lost meanwhile."""

    @property
    def cost_us(self) -> float:
        """Processor time of our side for each change that was taken."""
        return 1e6 * (self.ours_s + self.worker_s) / max(self.received, 1)


async def run(make: Make, sizes: Sizes, folder: Path) -> list[Rate]:
    counts = [(Signal.VOLTAGE, sizes.nodes), (Signal.POSITION, sizes.nodes)]
    ways = (
        ("arrays", WireSide, sizes.rate_per_s),
        ("asyncua's handler", TheirSide, sizes.their_rate_per_s),
    )
    async with standing(make, counts, servers=sizes.servers, folder=folder) as servers:
        rates = [
            await by_side(how, make, servers, sizes=sizes, side=side, rate_per_s=rate_per_s)
            for how, side, rate_per_s in ways
        ]
        with a_workshop() as workshop:
            stage = Stage(make, servers, workshop, sizes)
            return [*rates, await _states(stage), await _measurements(stage)]


async def by_side(
    how: str,
    make: Make,
    servers: Sequence[Server],
    *,
    sizes: Sizes,
    side: Callable[[Block, int], Side],
    rate_per_s: float,
) -> Rate:
    """Measurements are the numbers of their rounds, so that each that is missing can be named."""
    blocks = [server.blocks[0] for server in servers]
    sides = [side(block, sizes.queue) for block in blocks]
    async with AsyncExitStack() as stack:
        for server, one in zip(servers, sides, strict=True):
            await stack.enter_async_context(one.listening(server))
        await come(sides, sum(map(len, blocks)), quiet_s=sizes.quiet_s)
        for one in sides:
            one.forget()
        began = time.process_time()
        produced = await storms(servers, blocks, rate_per_s=rate_per_s, seconds=sizes.seconds)
        await come(sides, sum(p.count for p in produced), quiet_s=sizes.quiet_s)
        ours_s = time.process_time() - began
    verdicts = [judged(p, one.came()) for p, one in zip(produced, sides, strict=True)]
    verdict = sum(verdicts[1:], verdicts[0])
    return Rate(
        how=how,
        make=make,
        servers=len(servers),
        seconds=max(p.seconds for p in produced),
        produced=verdict.produced,
        verdict=verdict,
        received=verdict.received,
        ours_s=ours_s,
        worker_s=0.0,
        server_s=sum(p.cpu_s for p in produced),
    )


@dataclass(frozen=True, slots=True)
class Stage:
    make: Make
    servers: Sequence[Server]
    workshop: Workshop
    sizes: Sizes


async def _states(stage: Stage) -> Rate:
    """The whole link: every change of a state is told to the control room."""
    blocks = [server.blocks[1] for server in stage.servers]
    storm = await stormed(stage, blocks, rate_per_s=stage.sizes.told_rate_per_s, states=True)
    verdicts = [
        verdict_of(storm.told, server, block=block, produced=p)
        for server, block, p in zip(stage.servers, blocks, storm.produced, strict=True)
    ]
    verdict = sum(verdicts[1:], verdicts[0])
    return storm.rate("states, told", verdict, received=verdict.received, states=True)


async def _measurements(stage: Stage) -> Rate:
    """The whole link: of a measurement the newest counts, as often as the server looks."""
    blocks = [server.blocks[0] for server in stage.servers]
    storm = await stormed(stage, blocks, rate_per_s=stage.sizes.rate_per_s, states=False)
    received = sum(len(events) for _, events in storm.told.batches)
    return storm.rate("measurements, told", None, received=received, states=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stormed:
    """A storm that is over, and what it cost."""

    stage: Stage
    blocks: Sequence[Block]
    told: Told
    produced: list[Produced]
    ours_s: float
    worker_s: float

    def rate(self, how: str, verdict: Verdict | None, *, received: int, states: bool) -> Rate:
        return Rate(
            how=how,
            make=self.stage.make,
            servers=len(self.stage.servers),
            seconds=max(p.seconds for p in self.produced),
            produced=sum(p.count for p in self.produced),
            verdict=verdict,
            received=received,
            ours_s=self.ours_s,
            worker_s=self.worker_s,
            server_s=sum(p.cpu_s for p in self.produced),
            wrong=self._wrong(states=states),
            is_whole=True,
            losses=self.told.losses(),
        )

    def _wrong(self, *, states: bool) -> int:
        wrong = 0
        for block, produced in zip(self.blocks, self.produced, strict=True):
            shown = enumerate(shown_of(self.told, block.points))
            last = {number: point.last for number, point in shown}
            wrong += len(wrong_at_last(produced, last, states=states))
        return wrong


async def stormed(
    stage: Stage, blocks: Sequence[Block], *, rate_per_s: float, states: bool
) -> Stormed:
    listened = [(s, block.points) for s, block in zip(stage.servers, blocks, strict=True)]
    sizes = stage.sizes
    async with whole_link(listened, stage.workshop, analog_ms=sizes.analog_ms) as whole:
        told, quiet_s = whole.told, sizes.quiet_s if states else quiet_of_measurements_s(sizes)
        await come([told], NEVER, quiet_s=quiet_s)
        told.forget()
        began, worker_began = time.process_time(), whole.worker_s()
        produced = await storms(stage.servers, blocks, rate_per_s=rate_per_s, seconds=sizes.seconds)
        due = sum(p.count for p in produced) if states else NEVER
        await come([told], due, quiet_s=quiet_s)
        for _ in range(RETURNS_MAX):  # a link that comes back reads everything
            if told.is_lost():
                await come([told], NEVER, quiet_s=quiet_s)
        return Stormed(
            stage=stage,
            blocks=blocks,
            told=told,
            produced=produced,
            ours_s=time.process_time() - began,
            worker_s=whole.worker_s() - worker_began,
        )


async def storms(
    servers: Sequence[Server], blocks: Sequence[Block], *, rate_per_s: float, seconds: float
) -> list[Produced]:
    share = rate_per_s / len(servers)
    return await asyncio.gather(
        *(
            server.storm(block, rate_per_s=share, seconds=seconds)
            for server, block in zip(servers, blocks, strict=True)
        )
    )


class Growing(Protocol):
    @property
    def size(self) -> int: ...


async def come(what: Sequence[Growing], due: int, *, quiet_s: float) -> None:
    """Until so many are there, and a moment more for any that should not be; or until nothing has
    come for `quiet_s`. Raises: TimeoutError."""
    known, since = -1, time.monotonic()
    async with asyncio.timeout(WAIT_S_MAX):
        while time.monotonic() - since < (MOMENT_S if known >= due else quiet_s):
            await asyncio.sleep(0.05)
            size = sum(one.size for one in what)
            if size != known:
                known, since = size, time.monotonic()


def quiet_of_measurements_s(sizes: Sizes) -> float:
    """A server looks, and a turn later it tells."""
    return sizes.quiet_s + 2.0 * sizes.analog_ms / 1000.0
