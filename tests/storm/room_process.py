"""The whole service as it runs in a process that can be killed, on a field that outlives it."""

import asyncio
from pathlib import Path

from gridops.adapters.clocks import SystemClock
from gridops.adapters.grid_files import grid_fingerprint
from gridops.bootstrap.service import JournalAt, running
from gridops.bootstrap.wiring import plugged_in, sets_of_engines
from gridops.control_room import Installation
from gridops.ids import LinkId
from gridops.incident import IncidentSettings
from gridops.network import Network, draw
from gridops.outage import DetectionSettings
from gridops.ports import Commanding
from gridops.restoration import PlanSettings
from gridops.settings import ServerSettings

TOWN = """
    S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [s5] G [b2] S2
    E (t2) H [b3] S3
"""
SWITCHES = ("b1", "s1", "s2", "s3", "s4", "t1", "s5", "b2", "t2", "b3")


def town() -> Network:
    return draw(TOWN, change={name: {"operating_time_s": 0.3} for name in SWITCHES})


def installation(network: Network) -> Installation:
    """Quick waits, so that much happens before the end."""
    engines, solver, thorough = sets_of_engines(network)
    return Installation(
        network=network,
        grid_fingerprint=grid_fingerprint(network.components),
        engines=engines,
        solver=solver,
        thorough=thorough,
        settings=IncidentSettings(
            indicator_window_s=1.0,
            refresh_s=0.2,
            closing_gap_s=0.2,
            return_hold_s=2.0,
            detection=DetectionSettings(stay_margin_s=0.5),
            plan=PlanSettings(crew_available=False, closing_gap_s=0.2),
        ),
    )


async def main(url: str, endpoint: str, port: str, users: str) -> None:
    network = town()
    link = plugged_in("gridops.field_links", "opcua")(
        network, {LinkId("rtu"): endpoint}, clock=SystemClock(), commanding=Commanding()
    )
    server = ServerSettings(port=int(port))
    server = server.model_copy(
        update={"users_file": Path(users), "audit_file": Path(users).with_name("audit.jsonl")}
    )
    async with running(
        installation(network), journal=JournalAt(url=url), link=link, server=server
    ) as up:
        await asyncio.wait({up.served, up.worked}, return_when=asyncio.FIRST_COMPLETED)
        if up.worked.done():
            up.worked.result()
