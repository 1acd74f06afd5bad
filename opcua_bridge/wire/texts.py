"""The list of texts that the answer to a read of one variable holds.

The control room reads a server's namespaces before every command, in its own process and however
many there are. The library makes objects of whatever a server sends instead, and 256 KiB of the
worst take it two seconds; here no byte is looked at twice, and nothing else than texts is read.
"""

import struct

from asyncua import ua

from opcua_bridge.wire.flaws import WireFlaw

_READ = {b"\1\0\x7a\2", b"\2\0\0\x7a\2\0\0"}
"""Both ways to write the number 634 of a read answer's encoding (Part 6, 5.2.2.9)."""
_TEXTS = 0x8C
"""An array of the built-in type 12, String (Part 6, 5.2.2.16)."""
_NODE_ID_SIZES = {0: 2, 1: 4, 2: 7}


def texts_in(body: bytes) -> list[str]:
    """In order, null as an empty one. `body`: from the type id on. None at all if the value is no
    list of texts, or not good.

    Raises: WireFlaw, and the status that the server gave the service as a whole.
    """
    try:
        return _texts(_Bytes(body))
    except (struct.error, KeyError) as error:
        raise WireFlaw("a read answer: it ends in the middle, or is none that we know") from error


class _Bytes:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def number(self, form: str) -> int:
        (found,) = struct.unpack_from("<" + form, self._body, self._at)
        self._at += struct.calcsize("<" + form)
        return int(found)

    def piece(self, size: int) -> bytes:
        """Raises: struct.error if there is not so much left."""
        begin = self._at
        self._at = begin + max(size, 0)
        if self._at > len(self._body):
            raise struct.error("too short")
        return self._body[begin : self._at]

    def node_id(self) -> bytes:
        """A number. Raises: KeyError for others."""
        return self.piece(_NODE_ID_SIZES[self._body[self._at]] if self._at < len(self._body) else 1)

    def text(self) -> str:
        return self.piece(self.number("i")).decode(errors="replace")


def _texts(body: _Bytes) -> list[str]:
    if body.node_id() not in _READ:
        raise KeyError("another message")
    _pass_header(body)
    if body.number("i") != 1:
        raise KeyError("one answer was asked for")
    mask = body.number("B")
    if not mask & 1 or body.number("B") != _TEXTS:
        return []
    texts = [body.text() for _ in range(body.number("i"))]
    is_good = not mask & 2 or body.number("I") >> 30 == 0
    return texts if is_good else []


def _pass_header(body: _Bytes) -> None:
    """Part 4, 7.34. Nobody asked for diagnostics, so there are none."""
    body.piece(12)  # timestamp, handle of the request
    ua.StatusCode(ua.UInt32(body.number("I"))).check()
    if body.number("B"):
        raise KeyError("diagnostics")
    for _ in range(body.number("i")):
        body.text()
    body.node_id()
    if body.number("B"):
        body.text()
