"""What a server may make us hold: whole chunks of bounded size, messages of bounded length.

The library believes every length that it is told: it collects what was announced, four gigabytes
if it must, and takes from the server how long messages may be. Here a length is looked at as soon
as it is there, and the connection is reset if it is none that we agreed to.
"""

import asyncio
import struct

from asyncua import ua

from opcua_bridge.limits import LinkLimits

CHUNK_BYTES_MIN = 8_192
"""The least that either side must be able to send and take in one chunk (OPC UA Part 6, 7.1.2)."""
CHUNKS_PER_BYTE = 2.0 / CHUNK_BYTES_MIN
"""A server that fills its chunks at least by half never needs more."""
_SHORT_BYTES_MAX = 65_536
"""Of anything but a message of the session: acknowledgement, error, channel."""
_HEADER = struct.Struct("<3scI")
_ACKNOWLEDGE = struct.Struct("<5I")
_MESSAGE = b"MSG"


class Oversized(ua.UaError):
    """The server sends more at a time than it was told that we take, or next to nothing."""


def chunks_max(limits: LinkLimits) -> int:
    """Chunks of one message."""
    return int(limits.message_bytes_max * CHUNKS_PER_BYTE)


class Bounded(asyncio.Protocol):
    """Stands between a connection and the library: hands on whole chunks, each byte once.

    A chunk or a message longer than `limits.collected_bytes_max`, or of more than `chunks_max`
    chunks, resets the connection; whoever waits for an answer gets `Oversized`.
    """

    def __init__(self, inner: asyncio.Protocol, limits: LinkLimits) -> None:
        self._inner = inner
        self._announced_max = limits.message_bytes_max
        self._bytes_max = min(limits.message_bytes_max, limits.collected_bytes_max)
        self._chunks_max = chunks_max(limits)
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()
        self._message_bytes = 0
        self._message_chunks = 0
        self._flaw: Oversized | None = None

    def come_between(self, way: asyncio.Transport) -> None:
        """Before the first byte is sent: no server has spoken yet."""
        self._transport = way
        way.set_protocol(self)

    def collect_at_most(self, bytes_max: int) -> None:
        """Of each message from now on, where that is less than before."""
        self._bytes_max = min(self._bytes_max, bytes_max)

    def data_received(self, data: bytes) -> None:
        if self._flaw is not None:
            return
        self._held += data
        try:
            whole = self._taken()
        except Oversized as flaw:
            self._flaw = flaw
            self._held.clear()
            if self._transport is not None:
                self._transport.abort()
            return
        if whole:
            self._inner.data_received(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        self._held.clear()
        self._inner.connection_lost(self._flaw or exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def _taken(self) -> bytes:
        """All whole chunks that are held. Raises: Oversized."""
        taken, at = [], 0
        while len(self._held) - at >= _HEADER.size:
            kind, place, size = _HEADER.unpack_from(self._held, at)
            self._check(kind, size)
            if len(self._held) - at < size:
                break
            self._count(kind, place, size=size)
            chunk = bytes(self._held[at : at + size])
            taken.append(self._agreed(chunk) if kind == ua.MessageType.Acknowledge else chunk)
            at += size
        del self._held[:at]
        return b"".join(taken)

    def _check(self, kind: bytes, size: int) -> None:
        most = self._bytes_max if kind == _MESSAGE else _SHORT_BYTES_MAX
        if not _HEADER.size <= size <= most:
            raise Oversized(f"it announces {size} bytes in one piece, {most} is the most we take")

    def _count(self, kind: bytes, place: bytes, *, size: int) -> None:
        if kind != _MESSAGE:
            return
        self._message_bytes += size
        self._message_chunks += 1
        if self._message_bytes > self._bytes_max:
            raise Oversized(f"a message of more than {self._bytes_max} bytes")
        if self._message_chunks > self._chunks_max:
            raise Oversized(f"a message of more than {self._chunks_max} pieces")
        if place != ua.ChunkType.Intermediate:
            self._message_bytes = self._message_chunks = 0

    def _agreed(self, chunk: bytes) -> bytes:
        """The server's acknowledgement (Part 6, 7.1.2.4) as the library must read it.

        It takes what the server can receive for what we can, and the other way round, and has no
        limit where the server states none. Raises: Oversized.
        """
        if len(chunk) < _HEADER.size + _ACKNOWLEDGE.size:
            raise Oversized(f"an acknowledgement of {len(chunk)} bytes")
        version, takes, _, _, _ = _ACKNOWLEDGE.unpack_from(chunk, _HEADER.size)
        if takes < CHUNK_BYTES_MIN:
            raise Oversized(f"it takes {takes} bytes at a time, {CHUNK_BYTES_MIN} is the least")
        most = self._announced_max
        body = _ACKNOWLEDGE.pack(version, most, min(takes, most), most, self._chunks_max)
        return chunk[: _HEADER.size] + body
