"""Starts and ends workers, through the process that they are forked from."""

import asyncio
import contextlib
import socket
import subprocess
import sys

from opcua_bridge.worker.zygote import DONE, FORK, KILL, NONE

_READY_S = 60.0
"""To load everything, on a machine that has much else to do."""
_ANSWER_S = 10.0


class Workshop:
    """Ask from one event loop. A process that workers are forked from and that is gone is replaced
    at the next question; its workers end with it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asks: socket.socket | None = None
        self._turn = asyncio.Lock()

    async def worker(self) -> tuple[int, socket.socket]:
        """Its process, and our end of the socket that it listens to.

        Raises: OSError when none can be had now.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                worker = _number_of(await self._ask(FORK, theirs.fileno()))
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        return worker, ours

    async def end(self, worker: int) -> None:
        """At once and whatever it does; one that has ended already is nobody."""
        with contextlib.suppress(OSError):
            await self._ask(KILL + str(worker).encode())

    def close(self) -> None:
        """Ends all workers."""
        asks, process = self._asks, self._process
        self._asks = self._process = None
        if asks is not None:
            asks.close()
        if process is not None:
            process.kill()
            process.wait()

    async def _ask(self, message: bytes, *descriptors: int) -> bytes:
        async with self._turn:
            return await asyncio.to_thread(self._asked, message, descriptors)

    def _asked(self, message: bytes, descriptors: tuple[int, ...]) -> bytes:
        try:
            asks = self._asks or self._opened()
            socket.send_fds(asks, [message], descriptors)
            answer = asks.recv(64)
        except OSError:
            self.close()
            raise
        if not answer:
            self.close()
            raise ConnectionError("the process that workers are forked from is gone")
        return answer

    def _opened(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", "opcua_bridge.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._asks = ours
        ours.settimeout(_READY_S)
        if ours.recv(64) != DONE:
            raise ConnectionError("the process that workers are forked from did not start")
        ours.settimeout(_ANSWER_S)
        return ours


def _number_of(worker: bytes) -> int:
    """Raises: OSError if there is none."""
    if worker == NONE:
        raise ConnectionError("the machine has no process to spare")
    return int(worker)
