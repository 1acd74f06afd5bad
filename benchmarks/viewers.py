"""Many screens on one service: 200 readers of `GET /events` while 100 facts come every second.

`python benchmarks/viewers.py` runs the service with the journal on disk in one process and the
readers in another, and prints what the service's process took of one processor core, by the
kernel's account, and how long it took from a fact's source time to the message that a reader had
read. `--feeders N` sets the size of the city, `--readers`, `--events`, `--seconds` the load. Facts
are positions that are told again with a new time, and one true movement of a tie every second.
Exit code 1 unless the service took less than a core and the 99th percentile is below a second.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gridops.adapters.clocks import SystemClock  # noqa: E402 (the path is set)

CLOCK = SystemClock()
WARM_S = 10.0
VIEWS_S_MAX = 600.0
CORE_MAX = 1.0
P99_S_MAX = 1.0


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Storm:
    """A field link that says so many facts a second, each dated when it is said."""

    def __init__(self, network: Any, events_per_s: float) -> None:
        self._network = network
        self._every_s = 1.0 / events_per_s
        self._dice = random.Random(1)  # noqa: S311 - no secret

    async def run(self, deliver: Callable[[Sequence[Any]], None]) -> None:
        from gridops.events import LinkRestored, SwitchMoved  # noqa: PLC0415
        from gridops.measurement import Position  # noqa: PLC0415

        now = CLOCK.now()
        stands = {s.id: s.normal_position for s in self._network.switches.values()}
        for link in self._network.links:
            deliver([LinkRestored(at=now, link=link, epoch=1, gap_since=None)])

        def say(switch: Any) -> None:
            at = CLOCK.now()
            deliver([SwitchMoved(at=at, source_time=at, switch=switch, position=stands[switch])])

        for switch in stands:
            say(switch)
        ties = [s for s, position in stands.items() if position is Position.OPEN]
        every, told, began = list(stands), 0, time.monotonic()
        while True:
            told += 1
            if told % round(1.0 / self._every_s) == 0 and ties:
                tie = ties[0]
                stands[tie] = Position.OPEN if stands[tie] is Position.CLOSED else Position.CLOSED
                say(tie)
            else:
                say(self._dice.choice(every))
            await asyncio.sleep(max(0.0, began + told * self._every_s - time.monotonic()))

    async def operate(self, _: Any) -> None:
        return

    async def scan(self, _: Any) -> None:
        return

    def health(self) -> Sequence[Any]:
        return ()


async def serve(feeders: int, link_on: Callable[[Any], Any]) -> None:
    """A city on this link, until the process ends; says where it is in one line."""
    from gridops.adapters.grid_files import fingerprint_of, grid_texts  # noqa: PLC0415
    from gridops.bootstrap.service import JournalAt, running  # noqa: PLC0415
    from gridops.bootstrap.wiring import engines_of  # noqa: PLC0415
    from gridops.city import build_city  # noqa: PLC0415
    from gridops.control_room import Installation  # noqa: PLC0415
    from gridops.incident import IncidentSettings  # noqa: PLC0415
    from gridops.network import build_network  # noqa: PLC0415
    from gridops.settings import ServerSettings  # noqa: PLC0415

    network = build_network(build_city(feeders, seed=1))
    where = Installation(
        network=network,
        grid_fingerprint=fingerprint_of(grid_texts(network.components)),
        engines=engines_of(network),
        settings=IncidentSettings(),
    )
    server = ServerSettings(
        port=0,
        connections_max=2_000,
        connections_of_address_max=2_000,
        requests_per_minute_max=100_000,
        requests_of_address_per_minute_max=100_000,
    )
    with tempfile.TemporaryDirectory() as folder:
        async with running(
            where,
            journal=JournalAt(url=f"sqlite:///{folder}/journal.sqlite"),
            link=link_on(network),
            server=server,
        ) as up:
            drawn = len(network.nodes) + len(network.branches) + len(network.switches)
            size = f"{drawn:,} elements, {len(network.switches):,} of them switches"
            told = {"address": up.address, "user": up.user, "password": up.password, "size": size}
            print(json.dumps(told), flush=True)
            await up.worked


async def cores_of(pid: int, seconds: float) -> float:
    """What a process takes of processor cores, from now on for so long."""
    cpu, began = cpu_s(pid), time.monotonic()
    await asyncio.sleep(seconds)
    return (cpu_s(pid) - cpu) / (time.monotonic() - began)


async def logged_in(where: dict[str, Any]) -> str:
    """The Cookie header of a session."""
    import httpx  # noqa: PLC0415

    login = {"user": where["user"], "password": where["password"]}
    async with httpx.AsyncClient(
        base_url=where["address"], trust_env=False, timeout=120.0
    ) as client:
        answer = await client.post("/api/v1/session", json=login)
        answer.raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def read(where: dict[str, Any], readers: int, seconds: float) -> dict[str, float]:
    """Seconds from source time to reading, of every entry that each reader was told."""
    cookie = await logged_in(where)
    host, port = where["address"].rpartition("//")[2].split(":")
    counts = {"messages": 0, "ended": 0}
    late: list[float] = []
    ready: set[int] = set()
    """Whoever has had the whole view, which for a city is megabytes for each reader."""
    begin = float("inf")

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection(host, int(port), limit=64 * 1024 * 1024)
        head = ("GET /api/v1/events HTTP/1.1", f"Host: {host}:{port}", f"Cookie: {cookie}", "", "")
        writer.write("\r\n".join(head).encode())
        event = b""
        while line := await reader.readline():
            if line.startswith(b"event: "):
                event = line[7:-1]
            elif line.startswith(b"data: ") and event == b"view":
                ready.add(number)
            elif line.startswith(b"data: ") and event == b"change" and time.monotonic() > begin:
                counts["messages"] += 1
                now = CLOCK.now()
                at = line.rfind(b'"source_time":"')
                if counts["messages"] % 10 == 0 and at > 0:  # a sample: the readers cost as well
                    change = json.loads(line[6:])
                    late.extend(
                        (now - datetime.fromisoformat(entry["source_time"])).total_seconds()
                        for entry in change.get("switches", {}).values()
                        if entry["source_time"]
                    )
        counts["ended"] += 1

    tasks = [asyncio.create_task(one(number)) for number in range(readers)]
    async with asyncio.timeout(VIEWS_S_MAX):
        while len(ready) < readers:  # noqa: ASYNC110 - a measurement, not a service
            await asyncio.sleep(0.5)
    await asyncio.sleep(WARM_S)
    begin = time.monotonic()
    cores = await cores_of(where["pid"], seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    late.sort()
    if not late:
        raise SystemExit("no reader was told anything")
    return {
        "cores": cores,
        "messages_per_s": counts["messages"] / seconds,
        "readers_lost": counts["ended"],
        "p50_s": late[len(late) // 2],
        "p99_s": late[int(len(late) * 0.99)],
        "max_s": late[-1],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeders", type=int, default=730)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--events", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.feeders, lambda network: Storm(network, given.events)))
        return 0
    command = [sys.executable, __file__, "--serve", f"--feeders={given.feeders}"]
    with subprocess.Popen(
        [*command, f"--events={given.events}"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            where = {**json.loads(server.stdout.readline()), "pid": server.pid}
            found = asyncio.run(read(where, given.readers, given.seconds))
        finally:
            server.kill()
    print(f"{given.readers} readers, {given.events:g} facts/s, {where['size']}")
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=1))
    held = found["cores"] < CORE_MAX and found["p99_s"] < P99_S_MAX and not found["readers_lost"]
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
