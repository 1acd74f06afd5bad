"""One question to a server and its answer, whatever the server makes of it."""

import struct
from typing import Any

from asyncua import ua
from asyncua.ua.ua_binary import struct_from_binary

from opcua_bridge.session.session import Session

UNREADABLE = (
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
    ua.UaError,
)
"""What the library raises over bytes that are no answer."""


class Unreadable(ua.UaError):
    """The server's answer is not what the standard says it must be."""


async def ask(session: Session, request: Any, *, answer: type) -> Any:
    """Raises: Unreadable; OSError, TimeoutError and ua.UaError as the session does."""
    data = await session.answer_to(request)
    try:
        read: Any = struct_from_binary(answer, data)
        read.ResponseHeader.ServiceResult.check()
    except ua.UaStatusCodeError:
        raise
    except UNREADABLE as error:
        raise Unreadable(f"its answer cannot be read ({type(error).__name__})") from error
    return read
