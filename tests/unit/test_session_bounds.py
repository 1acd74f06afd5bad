"""What a server can make us hold: raw sockets, and somebody hostile at the other end."""

import asyncio
import resource
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.session.bounds import Bounded, Oversized, chunks_max
from opcua_bridge.session.session import open_session

LIMITS = replace(DEFAULT_LIMITS, message_bytes_max=1024 * 1024, connect_timeout_s=5.0)
MEGABYTE = 1024 * 1024
Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def chunk(kind: bytes, body: bytes = b"", *, size: int | None = None) -> bytes:
    """`size`: what it says that it is long; the truth if nothing is said."""
    return kind + struct.pack("<I", 8 + len(body) if size is None else size) + body


def acknowledge(takes: int = 65_536, sends: int = 65_536) -> bytes:
    """With no limits of its own, as a hostile server has none."""
    return chunk(b"ACKF", struct.pack("<5I", 0, takes, sends, 0, 0))


@asynccontextmanager
async def hostile(act: Act) -> AsyncIterator[str]:
    """A server that does `act` to whoever connects; its address."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await act(reader, writer)
            await ended.wait()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"opc.tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        ended.set()
        server.close()
        await server.wait_closed()


async def pour(writer: asyncio.StreamWriter, sent: list[int]) -> None:
    """Bytes without end, as fast as they are taken, and for at most 200 MB."""
    piece = bytes(MEGABYTE)
    for _ in range(200):
        writer.write(piece)
        await writer.drain()
        sent.append(len(piece))


async def hello(reader: asyncio.StreamReader) -> tuple[int, ...]:
    """The limits in it: version, receive, send, message, chunks."""
    head = await reader.readexactly(8)
    body = await reader.readexactly(struct.unpack("<I", head[4:])[0] - 8)
    return struct.unpack_from("<5I", body)


@pytest.mark.parametrize("kind", [b"MSGF", b"MSGC", b"OPNF", b"ERRF", b"ACKF", b"ABCF"])
async def test_what_is_announced_too_large_is_not_collected(kind: bytes) -> None:
    sent: list[int] = []

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hello(reader)
        writer.write(acknowledge() if kind != b"ACKF" else b"")
        writer.write(chunk(kind, size=0xFFFF_FFF0))
        await pour(writer, sent)

    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with hostile(act) as url:
        with pytest.raises(Oversized, match="announces 4294967280 bytes"):
            async with open_session(url, LIMITS):
                pass
    assert sum(sent) < 16 * MEGABYTE, "what the kernels between us hold"
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    assert grown_kb < 64 * 1024


async def test_a_message_in_pieces_without_end_is_not_collected() -> None:
    sent: list[int] = []

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hello(reader)
        writer.write(acknowledge())
        piece = chunk(b"MSGC", bytes(60_000))
        for _ in range(2_000):
            writer.write(piece)
            await writer.drain()
            sent.append(len(piece))

    async with hostile(act) as url:
        with pytest.raises((Oversized, ConnectionError)):
            async with open_session(url, LIMITS):
                pass
    assert sum(sent) < 16 * MEGABYTE


async def test_we_say_what_we_take() -> None:
    told: list[tuple[int, ...]] = []

    async def act(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        told.append(await hello(reader))

    limits = replace(LIMITS, connect_timeout_s=0.3)
    async with hostile(act) as url:
        with pytest.raises(TimeoutError):
            async with open_session(url, limits):
                pass
    assert told[0][3:] == (MEGABYTE, chunks_max(LIMITS))


async def test_a_server_that_takes_next_to_nothing_is_refused() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hello(reader)
        writer.write(acknowledge(takes=0))

    async with hostile(act) as url:
        with pytest.raises(Oversized, match="it takes 0 bytes at a time"):
            async with open_session(url, LIMITS):
                pass


# -- framing


@dataclass
class Inner(asyncio.Protocol):
    got: list[bytes] = field(default_factory=list)
    why: Exception | None = None

    def data_received(self, data: bytes) -> None:
        self.got.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.why = exc


SMALL = replace(DEFAULT_LIMITS, message_bytes_max=4 * 8_192)


def fed(*pieces: bytes) -> Inner:
    inner = Inner()
    bounded = Bounded(inner, SMALL)
    for piece in pieces:
        bounded.data_received(piece)
    bounded.connection_lost(None)
    return inner


@given(
    st.lists(st.tuples(st.sampled_from([b"MSGF", b"MSGA", b"OPNF"]), st.binary(max_size=40))),
    st.lists(st.integers(1, 60), min_size=1),
)
def test_bytes_come_out_as_they_went_in_in_whole_chunks(
    sent: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    chunks = [chunk(kind, body) for kind, body in sent]
    whole = b"".join(chunks)
    pieces, at, n = [], 0, 0
    while at < len(whole):
        pieces.append(whole[at : at + cuts[n % len(cuts)]])
        at, n = at + cuts[n % len(cuts)], n + 1
    inner = fed(*pieces)
    assert b"".join(inner.got) == whole
    assert inner.why is None
    ends = {sum(map(len, chunks[:k])) for k in range(len(chunks) + 1)}
    at = 0
    for got in inner.got:
        at += len(got)
        assert at in ends


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([chunk(b"MSGF", size=4 * 8_192 + 1)], "announces 32769"),
        ([chunk(b"MSGF", size=7)], "announces 7"),
        ([chunk(b"MSGF", size=0)], "announces 0"),
        ([chunk(b"ERRF", size=65_537)], "announces 65537"),
        ([chunk(b"MSGC", bytes(8_000))] * 5, "more than 32768 bytes"),
        ([chunk(b"MSGC")] * 9, "more than 8 pieces"),
        ([chunk(b"ACKF", bytes(19))], "an acknowledgement of 27 bytes"),
        ([acknowledge(takes=8_191)], "it takes 8191"),
    ],
)
def test_what_is_too_much_ends_it(chunks: list[bytes], words: str) -> None:
    inner = fed(*chunks, chunk(b"MSGF", b"later"))
    assert isinstance(inner.why, Oversized)
    assert words in str(inner.why)
    assert not any(b"later" in got for got in inner.got)


def test_many_whole_messages_are_not_one_too_large() -> None:
    message = [chunk(b"MSGC", bytes(8_000))] * 3 + [chunk(b"MSGF", bytes(1_000))]
    assert fed(*(message * 5)).why is None


def test_the_library_is_told_our_limits_and_not_the_servers() -> None:
    (got,) = fed(acknowledge(takes=70_000, sends=2**31)).got
    version, receive, send, message, chunks = struct.unpack_from("<5I", got, 8)
    assert (version, receive, send) == (0, 4 * 8_192, 4 * 8_192)
    assert (message, chunks) == (4 * 8_192, chunks_max(SMALL))
