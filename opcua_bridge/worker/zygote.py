"""The process that workers are forked from: everything is loaded in it once, so that a new worker
stands in milliseconds and shares its memory. It runs nothing else, and no threads.

`python -m opcua_bridge.worker FD`, with one end of a socket that keeps messages apart.
"""

import gc
import os
import select
import signal
import socket
import sys

from opcua_bridge.wire.messages import prepare
from opcua_bridge.worker import child

FORK, KILL, DONE, NONE = b"fork", b"kill ", b"done", b"none"
REAP_EVERY_S = 0.5


def main(descriptor: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asks = socket.socket(fileno=descriptor)
    prepare()
    gc.freeze()
    workers: set[int] = set()
    asks.send(DONE)
    while True:
        ready, _, _ = select.select([asks], [], [], REAP_EVERY_S)
        _reap(workers)
        if ready:
            message, descriptors, _, _ = socket.recv_fds(asks, 64, 1)
            if not message:
                return
            asks.send(_answered(message, descriptors, workers=workers, asks=asks))


def _answered(
    message: bytes, descriptors: list[int], *, workers: set[int], asks: socket.socket
) -> bytes:
    if message == FORK:
        try:
            return str(_forked(descriptors[0], workers, asks=asks)).encode()
        except OSError:  # the workers that there are would end with this process
            return NONE
        finally:
            os.close(descriptors[0])
    if message.startswith(KILL):
        worker = int(message.removeprefix(KILL))
        if worker in workers:  # not yet waited for: the number is still its own
            os.kill(worker, signal.SIGKILL)
    return DONE


def _forked(descriptor: int, workers: set[int], *, asks: socket.socket) -> int:
    worker = os.fork()
    if worker == 0:
        code = 1
        try:
            asks.close()
            child.main(descriptor)
            code = 0
        except BaseException as error:  # noqa: BLE001 (the last word of this process)
            sys.stderr.write(f"worker: {type(error).__name__}: {str(error)[:200]}\n")
        finally:
            os._exit(code)
    workers.add(worker)
    return worker


def _reap(workers: set[int]) -> None:
    while workers:
        ended, _ = os.waitpid(-1, os.WNOHANG)
        if ended == 0:
            return
        workers.discard(ended)
