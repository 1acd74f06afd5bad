"""The process that workers are forked from: everything is loaded in it once, so that a new worker
stands in milliseconds and shares its memory. It runs nothing else, and no threads.

`python -m opcua_bridge.worker ASKS LIFE`: one end of a socket that keeps messages apart, and the
reading end of a pipe into which the control room writes nothing as long as it lives. Every
question has a number, which its answer repeats.
"""

import fcntl
import gc
import os
import select
import signal
import socket
import sys

from opcua_bridge.wire.messages import prepare
from opcua_bridge.worker import child

FORK, BEAT, DONE, NONE = b"fork", b"beat", b"done", b"none"
REAP_EVERY_S = 0.5


def main(descriptor: int, life: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asks = socket.socket(fileno=descriptor)
    die_with(life)
    prepare()
    gc.freeze()
    workers: set[int] = set()
    while True:
        ready, _, _ = select.select([asks], [], [], REAP_EVERY_S)
        _reap(workers)
        if ready:
            message, descriptors, _, _ = socket.recv_fds(asks, 64, 1)
            if not message:
                return
            _answer(message, descriptors, workers=workers, asks=asks)


def die_with(life: int) -> None:
    """The kernel ends this process and all that it forks, whatever they do, hung or stopped, when
    nobody holds the other end of `life` any more. None of them needs another for that."""
    # the owner belongs to an open file: each process that workers are forked from opens its own
    mine = os.open(f"/proc/self/fd/{life}", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(mine, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(mine, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(mine, fcntl.F_SETFL, fcntl.fcntl(mine, fcntl.F_GETFL) | os.O_ASYNC)
    watch = select.poll()
    watch.register(life, 0)
    if watch.poll(0):  # it had gone before the kernel was asked
        os._exit(1)


def _answer(
    message: bytes, descriptors: list[int], *, workers: set[int], asks: socket.socket
) -> None:
    number, _, what = message.partition(b" ")
    if what != FORK:
        asks.send(number + b" " + DONE)
        return
    try:
        handle = _forked(descriptors[0], workers, asks=asks)
    except OSError:
        asks.send(number + b" " + NONE)
        return
    finally:
        os.close(descriptors[0])
    socket.send_fds(asks, [number + b" " + DONE], [handle])
    os.close(handle)


def _forked(descriptor: int, workers: set[int], *, asks: socket.socket) -> int:
    """A handle of the new worker, which is never another's. Raises: OSError, and there is none."""
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
    try:
        return os.pidfd_open(worker)
    except OSError:
        os.kill(worker, signal.SIGKILL)  # not yet waited for: the number is still its own
        raise


def _reap(workers: set[int]) -> None:
    while workers:
        ended, _ = os.waitpid(-1, os.WNOHANG)
        if ended == 0:
            return
        workers.discard(ended)
