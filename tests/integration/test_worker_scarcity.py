"""A machine that has no process to spare: no new worker, and those that work go on."""

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from opcua_bridge.worker.workshop import Workshop
from opcua_bridge.worker.zygote import DONE, FORK, KILL, NONE

READY_S = 60.0
REFUSES = """
import errno, os, sys
from opcua_bridge.worker import zygote
def refused():
    raise BlockingIOError(errno.EAGAIN, "no process to spare")
os.fork = refused
zygote.main(int(sys.argv[1]))
"""


def test_what_workers_are_forked_from_outlives_a_fork_that_is_refused() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        started = subprocess.Popen(
            [sys.executable, "-c", REFUSES, str(theirs.fileno())], pass_fds=(theirs.fileno(),)
        )
    with started, ours:
        ours.settimeout(READY_S)
        assert ours.recv(64) == DONE
        asks_for_one_and_gets_none(ours)
        asks_for_one_and_gets_none(ours)
        ours.send(KILL + b"1")
        assert ours.recv(64) == DONE, "and nobody is killed who is no worker"


def asks_for_one_and_gets_none(ours: socket.socket) -> None:
    one, other = socket.socketpair()
    with one, other:
        socket.send_fds(ours, [FORK], [other.fileno()])
        assert ours.recv(64) == NONE
        other.close()
        assert one.recv(1) == b"", "nobody holds the other end"


async def test_no_process_to_be_had_is_an_error_that_the_link_tells() -> None:
    workshop = Workshop()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    workshop._asks = ours
    with theirs:

        def answers() -> None:
            message, descriptors, _, _ = socket.recv_fds(theirs, 64, 1)
            assert message == FORK
            for descriptor in descriptors:
                socket.close(descriptor)
            theirs.send(NONE)

        answering = asyncio.create_task(asyncio.to_thread(answers))
        with pytest.raises(OSError, match="no process"):
            await workshop.worker()
        await answering
    with suppress(OSError):
        workshop.close()
