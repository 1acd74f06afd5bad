"""A machine that has no process to spare: no new worker, and those that work go on."""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from opcua_bridge.worker.workshop import Workshop
from opcua_bridge.worker.zygote import BEAT, DONE, FORK, NONE

READY_S = 60.0
REFUSES = """
import errno, os, sys
from opcua_bridge.worker import zygote
def refused():
    raise BlockingIOError(errno.EAGAIN, "no process to spare")
os.fork = refused
zygote.main(int(sys.argv[1]), int(sys.argv[2]))
"""


def test_what_workers_are_forked_from_outlives_a_fork_that_is_refused() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reads, writes = os.pipe()
    with theirs:
        started = subprocess.Popen(
            [sys.executable, "-c", REFUSES, str(theirs.fileno()), str(reads)],
            pass_fds=(theirs.fileno(), reads),
            start_new_session=True,
        )
    with started, ours:
        ours.settimeout(READY_S)
        asks_for_one_and_gets_none(ours)
        asks_for_one_and_gets_none(ours)
        ours.send(b"9 " + BEAT)
        assert ours.recv(64) == b"9 " + DONE
        os.close(writes)
        assert started.wait(READY_S) == -9, "it ends with who holds the other end of its life"
    os.close(reads)


def asks_for_one_and_gets_none(ours: socket.socket) -> None:
    one, other = socket.socketpair()
    with one, other:
        socket.send_fds(ours, [b"7 " + FORK], [other.fileno()])
        assert ours.recv(64) == b"7 " + NONE
        other.close()
        assert one.recv(1) == b"", "nobody holds the other end"


async def test_no_process_to_be_had_is_an_error_that_the_link_tells() -> None:
    workshop = Workshop()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    workshop._asks = ours
    with theirs:

        def answers() -> None:
            message, descriptors, _, _ = socket.recv_fds(theirs, 64, 1)
            number, _, what = message.partition(b" ")
            assert what == FORK
            for descriptor in descriptors:
                socket.close(descriptor)
            theirs.send(number + b" " + NONE)

        answering = asyncio.create_task(asyncio.to_thread(answers))
        with pytest.raises(OSError, match="no process"):
            await workshop.worker()
        await answering
    with suppress(OSError):
        workshop.close()
