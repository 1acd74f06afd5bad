"""What runs in a worker: one server's link, told to the control room over a socket."""

import asyncio
import contextlib
import os
import pickle
import resource
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gridops.adapters.clocks import SystemClock
from gridops.events import FieldEvent
from gridops.network import Link, Point
from gridops.ports import Endpoint
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.server_link import ServerLink
from opcua_bridge.worker.frames import (
    EVENTS_AT_ONCE,
    frame,
    packed,
    plain_health,
    read_frame,
    told,
    unpacked,
)

BEAT_S = 0.4
UNREAD_BYTES_MAX = 64 * 1024 * 1024
"""Nobody listens any more: what is held back beyond this would be lost in silence, so the worker
ends and is missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """All that a worker needs. It comes from the control room alone."""

    link: Link
    points: tuple[Point, ...]
    endpoints: tuple[Endpoint, ...]
    limits: LinkLimits
    epoch: int
    """The last one that an earlier worker began."""
    whole_at: datetime | None
    """The last instant that the link is known to have been whole."""
    known: tuple[FieldEvent, ...] = ()
    """What earlier workers last said of positions, contacts and currents of faults."""


def sent(spec: WorkerSpec) -> bytes:
    return packed(pickle.dumps(spec))


def main(descriptor: int) -> None:
    """Serves until the control room closes the socket, or ends in any way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=descriptor) as ours, contextlib.suppress(EOFError, ConnectionError):
        asyncio.run(_serve(ours))


def limit_memory(megabytes: int) -> None:
    """Of data, beyond what is there now: an allocation that would pass it fails, and with it the
    session whose message asked for it."""
    with open("/proc/self/statm") as statm:  # noqa: PTH123 (one line of the kernel's)
        pages = int(statm.read().split()[5])
    most = pages * resource.getpagesize() + megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


async def _serve(ours: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=ours)
    packed_spec = await unpacked(reader)
    _be_alive(writer)
    spec: WorkerSpec = pickle.loads(packed_spec)  # noqa: S301 (our parent's)
    _be_alive(writer)
    limit_memory(spec.limits.worker_memory_mb)
    link = ServerLink(
        spec.link, spec.points, endpoints=spec.endpoints, clock=SystemClock(), limits=spec.limits
    )
    link.while_at_work(partial(_be_alive, writer))
    link.resume(epoch=spec.epoch, whole_at=spec.whole_at, known=spec.known)
    _be_alive(writer)
    telling = _Telling(link, writer)
    tasks = [
        asyncio.create_task(link.run(telling.events)),
        asyncio.create_task(telling.beat()),
        asyncio.create_task(_obey(reader, link, points={p.id: p for p in spec.points})),
    ]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _be_alive(writer: asyncio.StreamWriter) -> None:
    """Nothing but a sign of life, amid work that nothing may come between."""
    writer.write(frame({"made": time.monotonic()}))


@dataclass(slots=True)
class _Telling:
    link: ServerLink
    writer: asyncio.StreamWriter

    def events(self, events: Sequence[FieldEvent]) -> None:
        """Each frame says how the link is as well: that it is good again, and not of which server,
        would have a command sent to the one that was left."""
        for first in range(0, len(events), EVENTS_AT_ONCE):
            self._write(
                {"events": told(events[first : first + EVENTS_AT_ONCE]), **self._state()},
            )

    async def beat(self) -> None:
        while True:
            self._write(self._state())
            await asyncio.sleep(BEAT_S)

    def _state(self) -> dict[str, object]:
        whole_at = self.link.whole_at
        return {
            "health": plain_health(self.link.health()),
            "whole_at": None if whole_at is None else whole_at.isoformat(),
        }

    def _write(self, content: dict[str, object]) -> None:
        self.writer.write(frame({"made": time.monotonic(), **content}))
        if self.writer.transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            os._exit(1)


async def _obey(
    reader: asyncio.StreamReader, link: ServerLink, *, points: dict[str, Point]
) -> None:
    """Until the control room hangs up."""
    scans: set[asyncio.Task[None]] = set()
    while True:
        asked = await read_frame(reader)
        wanted = [points[ident] for ident in asked.get("scan", ()) if ident in points]
        task = asyncio.create_task(link.scan(wanted))
        scans.add(task)
        task.add_done_callback(scans.discard)
