"""A virtual field as a process of its own: RTUs on loopback that anybody may connect to."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from gridops.adapters.clocks import SystemClock
from gridops.adapters.engines import power_flow
from gridops.adapters.scenario_files import happening_of, load_scenario
from gridops.bootstrap.field_faults import drawn_troubles
from gridops.bootstrap.wiring import load, plugged_in
from gridops.errors import GridOpsError, ScenarioError
from gridops.network import Network
from gridops.powerflow import RadialShortCircuit
from gridops.virtual_field import VirtualField
from gridops.virtual_field.script import Happening, apply

_AHEAD_S = 60.0
"""Troubles by lot are put on the agenda this long before."""


class Pace(Protocol):
    def set_speed(self, speed: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldServing:
    """How a field is served. `faults_seed` None: its RTUs behave."""

    scenario: Path | None = None
    base_port: int = 0
    speed: float = 1.0
    faults_seed: int | None = None
    faults_per_hour: float = 60.0


def serve_field(grid: str, how: FieldServing) -> None:
    """Plays `grid` until standard input closes.

    Prints one JSON line with the endpoints when the servers are up. Lines on standard input:
    `go` starts the happenings of the scenario, their times count from then; `speed N` plays N
    times as fast from now on, 0 stands still; a JSON object is one entry of `[[happens]]`, its
    `at_s` counts from now. What cannot be is answered by a JSON line with `error`.

    Raises: GridUnreadable, GridInvalid, ScenarioError, SettingsError.
    """
    happenings = load_scenario(how.scenario).happenings() if how.scenario else []
    asyncio.run(_serve(grid, happenings, how=how))


async def _serve(grid: str, happenings: Sequence[Happening], *, how: FieldServing) -> None:
    _, network = load(grid)
    clock = SystemClock()
    field = VirtualField(network, power_flow(network), start=clock.now())
    field.measure_faults(RadialShortCircuit(network))
    serving = plugged_in("gridops.field_servers", "opcua")
    async with serving(field, clock, base_port=how.base_port, speed=how.speed) as rtus:
        troubles = asyncio.create_task(_make_trouble(field, network, how=how))
        _say({"endpoints": dict(rtus.endpoints)})
        try:
            while line := await asyncio.to_thread(sys.stdin.readline):
                _obey(line.strip(), field, happenings=happenings, pace=rtus.pace)
        finally:
            troubles.cancel()
            await asyncio.gather(troubles, return_exceptions=True)


def _obey(line: str, field: VirtualField, *, happenings: Sequence[Happening], pace: Pace) -> None:
    try:
        if line == "go":
            _begin(field, happenings)
        elif line.startswith("speed "):
            pace.set_speed(_number(line.removeprefix("speed ")))
        elif line:
            _begin(field, [happening_of(line)])
    except GridOpsError as error:
        _say({"error": str(error)})


def _begin(field: VirtualField, happenings: Sequence[Happening]) -> None:
    since_start = field.now - field.start
    for happening in happenings:
        moved = timedelta(seconds=happening.at_s) + since_start
        apply(field, replace(happening, at_s=moved.total_seconds()))


async def _make_trouble(field: VirtualField, network: Network, *, how: FieldServing) -> None:
    if how.faults_seed is None:
        return
    drawn: Iterator[Happening] = drawn_troubles(
        network, seed=how.faults_seed, per_hour=how.faults_per_hour
    )
    for happening in drawn:
        soon = field.start + timedelta(seconds=happening.at_s - _AHEAD_S)
        while soon > field.now:  # noqa: ASYNC110 - its speed may change at any time
            await asyncio.sleep(0.2)
        now_s = (field.now - field.start).total_seconds()
        # at a thousandfold speed it may be over before it is begun
        apply(field, replace(happening, at_s=max(happening.at_s, now_s)))


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ScenarioError(f"{word!r} is no speed", remedy="write a number") from None


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
