"""A control room as a process that can be killed: live loop, real journal, real OPC UA.

    python room_process.py JOURNAL_URL ENDPOINT DIARY

Releases whatever the guard lets pass. DIARY gets a line before each transmission, and one for
each batch that is durable, with the phases of the incidents.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gridops.adapters.clocks import SystemClock
from gridops.adapters.journal import open_journal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.control_room import ControlRoom, Installation, Loop
from gridops.errors import ReleaseRefused
from gridops.events import FieldEvent
from gridops.guard import Guard
from gridops.ids import LinkId, SwitchId, UserName
from gridops.incident import IncidentSettings, Phase
from gridops.network import Network, draw
from gridops.outage import DetectionSettings
from gridops.ports import Commanding, FieldLink, LinkHealth, SwitchOrder
from gridops.response import Engines
from gridops.restoration import PlanSettings
from opcua_bridge import open_field_link
from tests.radial_sweep import RadialSweep

RTU = LinkId("rtu")
STREET = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [b2] S2"
"""A fault in C: open s1 and s4, close b1 and t1."""
SWITCHES = ("b1", "s1", "s2", "s3", "s4", "t1", "b2")
LOOK_S = 0.02


def street() -> Network:
    return draw(STREET, change={s: {"operating_time_s": 0.4} for s in SWITCHES})


def installation(network: Network) -> Installation:
    """Quick waits, so that a test need not."""
    sweep = RadialSweep(network)
    return Installation(
        network=network,
        grid_fingerprint="street",
        engines=Engines(planner=sweep, guard=Guard(network, RadialSweep(network))),
        solver=Engines(planner=RadialSweep(network), guard=Guard(network, RadialSweep(network))),
        settings=IncidentSettings(
            indicator_window_s=0.5,
            refresh_s=0.2,
            closing_gap_s=0.3,
            detection=DetectionSettings(stay_margin_s=0.5),
            plan=PlanSettings(crew_available=False, closing_gap_s=0.3),
        ),
    )


class Diary:
    """Lines that outlive a kill: written through at once."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, line: str) -> None:
        os.write(self._descriptor, f"{line}\n".encode())


class Watched:
    """A link that says in the diary what it is about to send."""

    def __init__(self, link: FieldLink, diary: Diary) -> None:
        self._link = link
        self._diary = diary

    async def run(self, deliver: Callable[[Sequence[FieldEvent]], None]) -> None:
        await self._link.run(deliver)

    async def operate(self, order: SwitchOrder) -> None:
        self._diary.write(f"sends {order.command} {order.switch}")
        await self._link.operate(order)

    async def scan(self, switches: Sequence[SwitchId]) -> None:
        await self._link.scan(switches)

    def health(self) -> Sequence[LinkHealth]:
        return self._link.health()


async def main(url: str, endpoint: str, path: str) -> None:
    network, clock, diary = street(), SystemClock(), Diary(Path(path))
    room = ControlRoom(installation(network), open_journal(url))
    room.recover()
    real = open_field_link(network, {RTU: endpoint}, clock=clock, commanding=Commanding())
    link = Watched(real, diary)
    loop = Loop(room, link=link, clock=clock, metrics=PrometheusMetrics(links=[RTU]))
    room.listen(lambda: diary.write(f"durable {room.sequence} {_phases(room)}"))
    running = asyncio.create_task(loop.run())
    while not running.done():
        await asyncio.sleep(LOOK_S)
        _release(loop)
    running.result()


def _phases(room: ControlRoom) -> str:
    return ",".join(i.phase.value for i in room.desk.incidents.values())


def _release(loop: Loop) -> None:
    for incident in list(loop.room.desk.open_incidents.values()):
        proposed = incident.proposed
        if incident.phase is not Phase.PROPOSED or proposed is None:
            continue
        if not proposed.answer.verdict.passed or not proposed.answer.plan.steps:
            continue
        fingerprint = proposed.answer.fingerprint
        try:
            loop.release(incident.id, proposed.id, fingerprint=fingerprint, by=UserName("lan"))
        except ReleaseRefused:
            continue


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
