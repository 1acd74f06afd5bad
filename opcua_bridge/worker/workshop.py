"""Starts and ends workers, and keeps the process that they are forked from."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass

from opcua_bridge.worker.zygote import BEAT, FORK, NONE

READY_S = 60.0
"""To load everything, on a machine that has much else to do."""
ANSWER_S = 1.5
"""Once it has loaded, an answer takes milliseconds."""
BEAT_S = 0.5
PAUSE_S_MAX = 10.0
"""Between attempts to start another."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    handle: int
    """Of the process and of no other, also after its number was given to another."""
    listens: socket.socket
    """Our end of the socket that it listens to."""

    def end(self) -> None:
        """At once, whatever it does, and without anybody's help. Once."""
        _end(self.handle)


class Workshop:
    """Used from one event loop, anything of it may be cancelled.

    The process that workers are forked from is asked for a sign of life every `BEAT_S`, and given
    up when it does not answer or has gone. Workers do not need it: they go on, and their number
    is neither asked for nor told. All of them end with this process.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asks: socket.socket | None = None
        self._life: tuple[int, int] | None = None
        self._turn = asyncio.Lock()
        self._number = 0
        self._has_loaded = False
        self.replaced = 0
        """How often it was given up."""

    async def worker(self) -> Worker:
        """Raises: OSError when none can be had now."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                handle = _handle_in(*await self._ask(FORK, theirs.fileno()))
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        return Worker(handle, ours)

    async def keep(self) -> None:
        """Until cancelled: sees that another is there in time where one hangs or has gone."""
        pause_s = BEAT_S
        while True:
            await asyncio.sleep(pause_s)
            was_there = self._has_loaded
            try:
                await self._ask(BEAT)
                pause_s = BEAT_S
            except OSError as error:
                _log.warning("no workers for now: %s", error)
                pause_s = 0.0 if was_there else min(max(2.0 * pause_s, BEAT_S), PAUSE_S_MAX)

    def close(self) -> None:
        """Ends all workers. Nobody may be asking any more."""
        if self._life is not None:
            for end in self._life:
                os.close(end)
            self._life = None
        self._give_up()

    async def _ask(self, what: bytes, *descriptors: int) -> tuple[bytes, list[int]]:
        async with self._turn:
            self._number += 1
            number = str(self._number).encode()
            try:
                asks = self._asks or self._opened()
                socket.send_fds(asks, [number + b" " + what], descriptors)
                return await self._answer_to(number, asks)
            except OSError:
                self.replaced += 1
                self._give_up()
                raise

    async def _answer_to(self, number: bytes, asks: socket.socket) -> tuple[bytes, list[int]]:
        """The answers to questions that were given up come first: nobody waits for those workers.
        Raises: OSError."""
        within_s = ANSWER_S if self._has_loaded else READY_S
        until = asyncio.get_running_loop().time() + within_s
        while True:
            said, handles = await _message(asks, until)
            self._has_loaded = True
            asked, _, what = said.partition(b" ")
            if asked == number:
                return what, handles
            for handle in handles:
                _end(handle)

    def _opened(self) -> socket.socket:
        """Does not wait until it has loaded."""
        if self._life is None:
            self._life = os.pipe()
        reads, _ = self._life
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._asks = ours
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", "opcua_bridge.worker", str(theirs.fileno()), str(reads)],
                pass_fds=(theirs.fileno(), reads),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.setblocking(False)
        return ours

    def _give_up(self) -> None:
        """Its workers stay."""
        asks, process = self._asks, self._process
        self._asks = self._process = None
        self._has_loaded = False
        if asks is not None:
            asks.close()
        if process is not None:
            process.kill()
            process.wait()


async def _message(asks: socket.socket, until: float) -> tuple[bytes, list[int]]:
    """`until`: loop time. Raises: OSError."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(until):
            await _readable(asks)
    try:  # also when it was us who came late
        said, handles, _, _ = socket.recv_fds(asks, 64, 1)
    except BlockingIOError:
        raise ConnectionError("the process that workers are forked from hangs") from None
    if not said:
        raise ConnectionError("the process that workers are forked from is gone")
    return said, list(handles)


async def _readable(asks: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(asks, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(asks)


def _handle_in(said: bytes, handles: list[int]) -> int:
    """Raises: OSError if there is none."""
    if said == NONE or not handles:
        raise ConnectionError("the machine has no process to spare")
    return handles[0]


def _end(handle: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)
