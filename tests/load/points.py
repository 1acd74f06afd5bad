"""Parts c and d: many points subscribed at one server, and all of them changing within a second."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gridops.events import Trouble
from gridops.network import Signal
from opcua_bridge.worker.workshop import Workshop
from tests.load.judging import Produced, Verdict, wrong_at_last
from tests.load.rate import NEVER, come, quiet_of_measurements_s
from tests.load.servers import Make, Server, standing
from tests.load.sizes import Sizes
from tests.load.whole_side import Told, Whole, a_workshop, shown_of, verdict_of, whole_link

MEASURED_SHARE = 0.15
"""Voltages, currents and powers among the points of a city; the rest are states."""
AVALANCHE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """From nothing to every point read."""

    make: Make
    points: int
    wall_s: float
    ours_s: float
    """Processor time of control room and worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Avalanche:
    """Every point changed once, after quiet."""

    make: Make
    points: int
    produced_in_s: float
    all_in_s: float
    """On the wall, from the first change until the last one was told; NaN if one never was."""
    ours_s: float
    verdict: Verdict
    """Of the states; of measurements only the newest is wanted."""
    wrong: int
    """Points that do not show their last value in the end."""
    overflows: int


async def run(make: Make, sizes: Sizes, folder: Path) -> tuple[Subscribed, Avalanche]:
    measured = round(sizes.points * MEASURED_SHARE)
    counts = [(Signal.POSITION, sizes.points - measured), (Signal.VOLTAGE, measured)]
    async with standing(make, counts, servers=1, folder=folder) as (server,):
        with a_workshop() as workshop:
            await _warm(workshop)
            began, ours_began = time.monotonic(), time.process_time()
            async with whole_link(
                [(server, server.points)], workshop, analog_ms=sizes.analog_ms
            ) as whole:
                subscribed = Subscribed(
                    make=make,
                    points=sizes.points,
                    wall_s=time.monotonic() - began,
                    ours_s=whole.worker_s() + time.process_time() - ours_began,
                )
                return subscribed, await _avalanche(make, server, whole, sizes=sizes)


async def _warm(workshop: Workshop) -> None:
    """What a control room has done once, long before it meets this server."""
    worker = await workshop.worker()
    worker.listens.close()
    worker.end()


async def _avalanche(make: Make, server: Server, whole: Whole, *, sizes: Sizes) -> Avalanche:
    told = whole.told
    quiet_s = quiet_of_measurements_s(sizes)
    await come([told], NEVER, quiet_s=quiet_s)
    told.forget()
    began_s = whole.worker_s() + time.process_time()
    produced = await asyncio.gather(
        *(
            server.storm(block, rate_per_s=len(block), seconds=AVALANCHE_S, whole=True)
            for block in server.blocks
        )
    )
    await come([told], len(server.points), quiet_s=quiet_s)
    ours_s = whole.worker_s() + time.process_time() - began_s
    wrong, all_in_at = _at_last(told, server, produced)
    states = server.blocks[0]
    return Avalanche(
        make=make,
        points=len(server.points),
        produced_in_s=max(p.seconds for p in produced),
        all_in_s=all_in_at - min(p.began_s for p in produced),
        ours_s=ours_s,
        verdict=verdict_of(told, server, block=states, produced=produced[0]),
        wrong=wrong,
        overflows=told.troubles(server.link.id, Trouble.OVERFLOW),
    )


def _at_last(told: Told, server: Server, produced: Sequence[Produced]) -> tuple[int, float]:
    """How many points do not show their last value, and when the last of all came."""
    wrong, all_in_at = 0, 0.0
    for block, storm in zip(server.blocks, produced, strict=True):
        shown = shown_of(told, block.points)
        last = {number: point.last for number, point in enumerate(shown)}
        states = block.points[0].signal is Signal.POSITION
        wrong += len(wrong_at_last(storm, last, states=states))
        all_in_at = max([all_in_at, *(point.at for point in shown)])
    return wrong, all_in_at
