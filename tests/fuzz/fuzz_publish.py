"""Answers by lot, read beside the plain reader, and taken by the link as if a server had sent them.

`python -m tests.fuzz.fuzz_publish --seconds 3600` is the long run; the tests do a short one. With
NUMBA_DISABLE_JIT=1 in the environment the kernels check every index. Where atheris is installed,
`--atheris DIR` lets it choose the bytes by what they reach (kernels as Python then, without which
it sees nothing); what it finds of interest stays in DIR.

Each body must be read exactly as the plain reader reads it, or be refused as it refuses it; in
time; and what the link makes of it must be events that nobody can lean on where the value was no
value, dated no later than now, and without a gap that was not told.
"""

import argparse
import asyncio
import math
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from asyncua import ua
from asyncua.ua.uaerrors import BadMessageNotAvailable

from gridops.events import FieldEvent, SwitchMoved
from gridops.ids import LinkId, PointId
from gridops.measurement import Position, Quality
from gridops.network import Point, Signal
from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.link.ages import Ages
from opcua_bridge.link.inbox import Counts, Inbox
from opcua_bridge.link.incoming import Incoming
from opcua_bridge.link.partition import partitions
from opcua_bridge.link.publishing import Outlet, Publishing
from opcua_bridge.link.subscription import Subscription
from opcua_bridge.wire.flaws import WireFlaw
from opcua_bridge.wire.messages import (
    Message,
    Room,
    decode_publish,
    decode_read,
    decode_republish,
    prepare,
)
from opcua_bridge.wire.values import NO_NUMBER, Values
from tests import wire_reference as wire
from tests.fuzz.bodies import KINDS, Bodies

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SECONDS_MAX = 0.5
"""Of the processor, for one body; the largest here has some thousand bytes."""
SIGNALS = (Signal.POSITION, Signal.VOLTAGE, Signal.FAULT_FLAG, Signal.LOCAL, Signal.FAULT_CURRENT)
POINTS = [
    Point(id=PointId(f"p{n}"), link=LinkId("r"), element=f"e{n}", signal=signal, node_id=f"n{n}")
    for n, signal in enumerate(SIGNALS * 2)
]


class Session:
    """The end of a session with a server that has nothing to send again."""

    async def answer_to(self, request: object, *, timeout_s: float | None = None) -> bytes:
        raise BadMessageNotAvailable


@dataclass
class Fuzz:
    room: Room = field(default_factory=Room)
    inbox: Inbox = field(default_factory=Inbox)
    counts: Counts = field(default_factory=Counts)
    bodies: int = 0
    refused: int = 0
    values: int = 0
    events: int = 0
    gaps: int = 0
    ended: int = 0

    def __post_init__(self) -> None:
        self.incoming = Incoming(POINTS, self.counts)
        self.publishing = self.new_publishing()

    def new_publishing(self) -> Publishing:
        (states, _) = partitions(POINTS, DEFAULT_LIMITS)
        return Publishing(
            Session(),  # type: ignore[arg-type]
            [Subscription(1, 1.0, states)],
            limits=DEFAULT_LIMITS,
            counts=self.counts,
            ages=Ages(),
            outlet=Outlet(take=self.take, gap=self.tell_gap),
        )

    def tell_gap(self) -> None:
        self.gaps += 1

    async def body(self, body: bytes) -> None:
        self.bodies += 1
        began = time.process_time()
        self.compare(body)
        assert time.process_time() - began < SECONDS_MAX
        try:
            message = decode_publish(body, self.room)
        except ua.UaError:
            return
        try:
            self.publishing._hear(message)
        except ua.UaError:
            self.ended += 1
            await self.begin_anew()
        for _ in range(4):
            await asyncio.sleep(0)

    async def begin_anew(self) -> None:
        for task in list(self.publishing._tasks):
            task.cancel()
        await asyncio.gather(*self.publishing._tasks, return_exceptions=True)
        self.publishing = self.new_publishing()
        self.inbox.begin_epoch()

    def compare(self, body: bytes) -> None:
        """All three readers, for a kernel must refuse what it was not asked for."""
        found = [
            told(lambda: decode_publish(body, self.room)),
            told(lambda: decode_republish(body, self.room, subscription=0)),
            told(lambda: decode_read(body, self.room)),
        ]
        expected = [
            referred(wire.read_publish, body),
            referred(wire.read_republish, body),
            referred(wire.read_values, body),
        ]
        assert found == expected, body.hex()
        self.refused += found == [None] * 3
        self.values += sum(len(one[-1]) for one in found if one)

    def take(self, message: Message) -> None:
        received = self.incoming.received(self.incoming.newest(message.values))
        events = self.inbox.changes(received, NOW)
        if len(received) == 1 and received[0][1].raw is NO_NUMBER:
            assert all(event.quality is Quality.BAD for event in events)
        for event in events:
            check(event)
        self.events += len(events)

    def __str__(self) -> str:
        return (
            f"{self.bodies:,} bodies, {self.refused:,} refused; {self.values:,} values,"
            f" {self.events:,} events, {self.gaps:,} gaps, {self.ended:,} connections ended"
        )


def check(event: FieldEvent) -> None:
    assert event.source_time <= NOW  # type: ignore[union-attr]
    for name in ("voltage_v", "current_a"):
        assert math.isfinite(getattr(event, name, 0.0))
    if isinstance(event, SwitchMoved) and event.quality is Quality.GOOD:
        assert event.position in Position


def told(read: Callable[[], Message | Values]) -> list[object] | None:
    try:
        found = read()
    except WireFlaw:
        return None
    except ua.UaStatusCodeError as bad:
        return ["result", bad.code, []]
    if isinstance(found, Values):
        return ["read", plain(found)]
    numbers = [found.subscription, found.sequence, found.available.tolist(), found.more]
    return [*numbers, found.carries_data, found.ended, found.unread, plain(found.values)]


def referred(read: Callable[[bytes], wire.Answer], body: bytes) -> list[object] | None:
    try:
        found = read(body)
    except wire.Flawed:
        return None
    if not ua.StatusCode(ua.UInt32(found.result)).is_good():
        return ["result", found.result, []]
    if read is wire.read_values:
        return ["read", found.items]
    numbers = [found.subscription, found.sequence, found.available, found.more]
    return [*numbers, found.notifications > 0, found.ended, found.unread, found.items]


def plain(values: Values) -> list[tuple[int, wire.Value]]:
    columns = [column.tolist() for column in values.rows]
    return [(handle, wire.Value(*rest)) for handle, *rest in zip(*columns, strict=True)]


async def fuzz(bodies: Bodies, *, seconds: float = math.inf, most: float = math.inf) -> Fuzz:
    """Until either is used up. Raises: AssertionError with the body; whatever must not happen."""
    prepare()
    done = Fuzz()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and done.bodies < most:
        await done.body(bodies.one())
    await done.begin_anew()
    return done


def fuzz_by_coverage(folder: str, *, seconds: float) -> None:
    import atheris  # noqa: PLC0415

    begin_with(Path(folder))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    async def begin() -> Fuzz:
        return Fuzz()

    done = loop.run_until_complete(begin())
    for name in ("skip_kernel", "decode_kernel", "messages", "values"):
        module = sys.modules[f"opcua_bridge.wire.{name}"]
        for key, value in list(vars(module).items()):
            if callable(value) and getattr(value, "__module__", "") == module.__name__:
                setattr(module, key, instrumented(atheris, value))
    bounds = [f"-max_total_time={seconds:.0f}", f"-artifact_prefix={folder}/"]
    atheris.Setup(
        [sys.argv[0], *bounds, folder],
        lambda data: loop.run_until_complete(done.body(bytes(data))),
    )
    atheris.Fuzz()


def begin_with(folder: Path) -> None:
    """Sound bodies, if there is nothing yet."""
    folder.mkdir(parents=True, exist_ok=True)
    bodies = Bodies(seed=1)
    if not any(folder.iterdir()):
        for n in range(300):
            (folder / f"sound-{n}").write_bytes(bodies.sound(KINDS[n % len(KINDS)]))


def instrumented(atheris, value):  # type: ignore[no-untyped-def]
    return value if isinstance(value, type) else atheris.instrument_func(value)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--bodies", type=float, default=math.inf, help="no more than these")
    parser.add_argument("--seed", type=int, default=None, help="default: by lot, and printed")
    parser.add_argument("--atheris", metavar="DIR", default="")
    asked = parser.parse_args(argv)
    if asked.atheris:
        if not os.environ.get("NUMBA_DISABLE_JIT"):
            parser.error("set NUMBA_DISABLE_JIT=1: machine code tells atheris nothing")
        fuzz_by_coverage(asked.atheris, seconds=asked.seconds)
        return 0
    seed = random.SystemRandom().randrange(2**32) if asked.seed is None else asked.seed
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    done = asyncio.run(fuzz(Bodies(seed), seconds=asked.seconds, most=asked.bodies))
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
