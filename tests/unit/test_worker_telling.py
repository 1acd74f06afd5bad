"""What a worker says, frame by frame."""

import asyncio
import socket

from gridops.adapters.clocks import SystemClock
from gridops.events import LinkRestored
from gridops.network import draw
from gridops.ports import Endpoint
from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.link.server_link import ServerLink
from opcua_bridge.worker.child import _Telling
from opcua_bridge.worker.frames import read_frame

URLS = ("opc.tcp://127.0.0.1:1", "opc.tcp://127.0.0.1:2")


async def test_the_frame_that_says_that_the_link_is_good_says_of_which_server() -> None:
    """The next one may come late: a command would go to the server that was left."""
    parts, clock = draw("S1 [b1] A [s1] B").components, SystemClock()
    (link,) = parts.links
    endpoints = [Endpoint(url=url) for url in URLS]
    left = ServerLink(link, parts.points, endpoints=endpoints, clock=clock, limits=DEFAULT_LIMITS)
    left._pair.lost()
    ours, theirs = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=theirs)
    reader, other = await asyncio.open_connection(sock=ours)
    try:
        restored = LinkRestored(at=clock.now(), link=link.id, epoch=2, gap_since=None)
        _Telling(left, writer).events([restored])
        said = await asyncio.wait_for(read_frame(reader), 5.0)
        assert said["events"][0][0] == "LinkRestored"
        assert said["health"]["server"] == URLS[1]
    finally:
        writer.close()
        other.close()
