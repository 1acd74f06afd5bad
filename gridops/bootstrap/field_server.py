"""A virtual field as a process of its own: RTUs on loopback that anybody may connect to."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from gridops.adapters.clocks import SystemClock
from gridops.adapters.engines import power_flow
from gridops.adapters.scenario_files import load_scenario
from gridops.bootstrap.wiring import load, plugged_in
from gridops.powerflow import RadialShortCircuit
from gridops.virtual_field import VirtualField
from gridops.virtual_field.script import Happening, apply


def serve_field(grid: str, *, scenario: Path | None, base_port: int = 0) -> None:
    """Plays `grid` in real time until standard input closes.

    Prints one JSON line with the endpoints when the servers are up. A line `go` on standard
    input starts the happenings of `scenario`; their times count from then.

    Raises: GridUnreadable, GridInvalid, ScenarioError.
    """
    happenings = load_scenario(scenario).happenings() if scenario else []
    asyncio.run(_serve(grid, happenings, base_port=base_port))


async def _serve(grid: str, happenings: Sequence[Happening], *, base_port: int) -> None:
    _, network = load(grid)
    clock = SystemClock()
    field = VirtualField(network, power_flow(network), start=clock.now())
    field.measure_faults(RadialShortCircuit(network))
    serving = plugged_in("gridops.field_servers", "opcua")
    async with serving(field, clock, base_port=base_port) as rtus:
        sys.stdout.write(json.dumps({"endpoints": dict(rtus.endpoints)}) + "\n")
        sys.stdout.flush()
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip() == "go":
                _begin(field, happenings, clock=clock)


def _begin(field: VirtualField, happenings: Sequence[Happening], *, clock: SystemClock) -> None:
    since_start = max(clock.now(), field.now) - field.start
    for happening in happenings:
        moved = timedelta(seconds=happening.at_s) + since_start
        apply(field, replace(happening, at_s=moved.total_seconds()))
