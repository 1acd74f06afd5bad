"""How old what a worker says is when the control room comes to read it."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from gridops.adapters.clocks import SystemClock
from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled, SwitchMoved, Trouble
from gridops.ids import LinkId, PointId, SwitchId
from gridops.measurement import Position
from gridops.network import Link, Point, Signal
from gridops.ports import Endpoint, LinkHealth
from opcua_bridge.limits import DEFAULT_LIMITS, LinkLimits
from opcua_bridge.worker.frames import FrameFlaw, frame, made_s, plain_health, told
from opcua_bridge.worker.remote import RemoteLink
from opcua_bridge.worker.workshop import Worker, Workshop

CLOCK = SystemClock()
RTU = Link(id=LinkId("rtu"), name="RTU", namespace_uri="urn:rtu")
S1 = Point(
    id=PointId("s1.position"),
    link=RTU.id,
    element="s1",
    signal=Signal.POSITION,
    node_id="s1.position",
)
LIMITS = replace(DEFAULT_LIMITS, worker_silence_s=1.0)


@dataclass(frozen=True, slots=True)
class Written(Worker):
    """No process: what it says is written by the test."""

    speaks: socket.socket

    def end(self) -> None:
        self.speaks.close()


class Scripted(Workshop):
    """Its workers are what the test writes into `sockets`."""

    def __init__(self) -> None:
        super().__init__()
        self.sockets: list[socket.socket] = []

    async def worker(self) -> Worker:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.settimeout(0.5)
        self.sockets.append(theirs)
        return Written(-1, ours, theirs)


@dataclass
class Played:
    link: RemoteLink
    workshop: Scripted
    heard: list[FieldEvent]
    slow_s: float = 0.0
    """What the control room does with each batch of events."""

    def deliver(self, events: Sequence[FieldEvent]) -> None:
        self.heard += events
        if any(isinstance(event, SwitchMoved) for event in events):
            time.sleep(self.slow_s)

    def say(self, events: Sequence[FieldEvent] = (), *, age_s: float = 0.0) -> None:
        """As the first worker says it; `age_s` ago."""
        now = CLOCK.now()
        health = LinkHealth(
            link=RTU.id, connected=True, since=now, last_heard=now, epoch=1, detail="good"
        )
        content = {
            "made": time.monotonic() - age_s,
            "events": told(events),
            "health": plain_health(health),
            "whole_at": now.isoformat(),
        }
        with contextlib.suppress(OSError):  # it may have been given up
            self.workshop.sockets[0].sendall(frame(content))

    def moved(self) -> SwitchMoved:
        now = CLOCK.now()
        return SwitchMoved(at=now, source_time=now, switch=SwitchId("s1"), position=Position.OPEN)

    def lost(self) -> list[LinkLost]:
        return [event for event in self.heard if isinstance(event, LinkLost)]


@asynccontextmanager
async def played(limits: LinkLimits = LIMITS) -> AsyncIterator[Played]:
    workshop = Scripted()
    link = RemoteLink(
        RTU,
        [S1],
        endpoints=[Endpoint(url="opc.tcp://127.0.0.1:1")],
        clock=CLOCK,
        limits=limits,
        workshop=workshop,
    )
    one = Played(link, workshop, [])
    running = asyncio.create_task(link.run(one.deliver))
    try:
        await until(lambda: bool(workshop.sockets))
        one.say([LinkRestored(at=CLOCK.now(), link=RTU.id, epoch=1, gap_since=None)])
        await until(lambda: link.is_good)
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for each in workshop.sockets:
            each.close()


async def until(is_so: Callable[[], bool], within_s: float = 8.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)


@contextlib.contextmanager
def saying(say: Callable[[], None], *, every_s: float = 0.1) -> Iterator[None]:
    """From a thread, as another process does: also while the control room does something else."""
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(every_s):
            say()

    speaker = threading.Thread(target=go_on)
    speaker.start()
    try:
        yield
    finally:
        ended.set()
        speaker.join()


async def test_what_is_old_when_it_is_read_is_not_good_however_often_something_comes() -> None:
    async with played() as one:
        with saying(lambda: one.say(age_s=1.3)):
            await until(lambda: bool(one.lost()))
        assert not one.link.is_good
        assert "1.3 s old when it was read" in one.lost()[0].why
        (trouble,) = [e for e in one.heard if isinstance(e, LinkTroubled)]
        assert trouble.trouble is Trouble.WORKER_REPLACED


async def test_what_is_young_stays_good() -> None:
    async with played() as one:
        with saying(lambda: one.say(age_s=0.4)):
            await asyncio.sleep(2.0)
        assert one.link.is_good


async def test_a_control_room_that_reads_ever_more_slowly_than_is_said_loses_the_link() -> None:
    async with played() as one:
        one.slow_s = 0.6
        with saying(lambda: one.say([one.moved()])):
            await until(lambda: bool(one.lost()))
        assert not one.link.is_good
        assert "old when it was read" in one.lost()[0].why


async def test_a_control_room_that_was_away_once_catches_up_and_stays_good() -> None:
    async with played() as one:
        with saying(one.say):
            time.sleep(2.5)  # noqa: ASYNC251 - nothing of this process goes on meanwhile
            await asyncio.sleep(1.0)
            assert one.link.is_good
        assert one.lost() == []


@pytest.mark.parametrize("made", [None, "now", True, float("nan"), float("inf"), 10.2, -1.0])
def test_an_age_that_cannot_be_is_a_flaw(made: object) -> None:
    """Also one of the future: it would hide how old everything after it is."""
    with pytest.raises(FrameFlaw):
        made_s({"made": made}, now_s=10.0)


def test_an_age_is_taken_as_it_is_told() -> None:
    assert made_s({"made": 9.5}, now_s=10.0) == 9.5
    with pytest.raises(FrameFlaw):
        made_s({}, now_s=10.0)
