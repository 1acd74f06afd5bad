"""What a worker and the control room say to each other: lengths and JSON, both bounded.

A worker reads what strangers send. Nothing that comes out of it is run or trusted beyond the facts
that it may state: those of its own link and points.
"""

import json
import math
import struct
from asyncio import StreamReader
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from enum import Enum
from typing import Any, get_args

from gridops.events import FieldEvent, Trouble
from gridops.events.codec import from_plain, to_plain
from gridops.ids import LinkId
from gridops.ports import LinkHealth

FRAME_BYTES_MAX = 64 * 1024 * 1024
EVENTS_AT_ONCE = 2_000
"""In one frame; more go in several, so that none takes long to read."""
_WHAT_MAX = 2_000
_COUNT_MAX = 2**53
_FIRST_YEAR = 1990
KINDS = frozenset(kind.__name__ for kind in get_args(FieldEvent))
_LENGTH = struct.Struct(">I")
_TIMES = ("since", "last_heard", "certificate_expires")


class FrameFlaw(ValueError):
    """What came is no frame, or states what its sender has no business to state."""


def frame(content: Mapping[str, Any]) -> bytes:
    return packed(json.dumps(content, separators=(",", ":")).encode())


def packed(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


async def unpacked(reader: StreamReader) -> bytes:
    """Raises: FrameFlaw for a length beyond all bounds; EOFError at the end of the stream."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > FRAME_BYTES_MAX:
        raise FrameFlaw(f"a frame of {length} bytes")
    return await reader.readexactly(length)


async def read_frame(reader: StreamReader) -> dict[str, Any]:
    """Raises: FrameFlaw; EOFError (IncompleteReadError) at the end of the stream."""
    body = await unpacked(reader)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameFlaw(f"no JSON: {error}"[:200]) from error
    if not isinstance(content, dict):
        raise FrameFlaw("not an object")
    return content


def made_s(content: Mapping[str, Any], *, now_s: float) -> float:
    """When its sender made a frame that is read now, by the one monotonic clock of this machine.

    Raises: FrameFlaw, also for a time to come: it would hide how old what follows is.
    """
    made = content.get("made")
    if type(made) is not float or not 0.0 <= made <= now_s:
        raise FrameFlaw(f"made at {str(made)[:40]!r}")
    return made


def told(events: Iterable[FieldEvent]) -> list[list[Any]]:
    return [list(to_plain(event)) for event in events]


def events_in(content: Mapping[str, Any], *, link: LinkId, elements: frozenset[str]) -> list[Any]:
    """The facts of a frame. Raises: FrameFlaw."""
    listed = content.get("events", [])
    if not isinstance(listed, list):
        raise FrameFlaw("events are no list")
    return [_event(one, link=link, elements=elements) for one in listed]


def _event(one: Any, *, link: LinkId, elements: frozenset[str]) -> Any:
    kind, body = one if isinstance(one, list) and len(one) == 2 else ("", {})
    if not isinstance(kind, str) or kind not in KINDS or not isinstance(body, dict):
        raise FrameFlaw(f"{str(kind)[:40]!r} is no fact of the field")
    try:
        event = from_plain(kind, body)
    except Exception as error:
        raise FrameFlaw(f"no event: {error}"[:200]) from error
    for name in body:
        if not _is_sound(getattr(event, name)):
            raise FrameFlaw(f"{kind} with {name} {str(getattr(event, name))[:40]!r}")
    about = (body.get("link"), body.get("switch"), body.get("node"), body.get("load"))
    named = [each for each in about if each is not None]
    if any(each != link and each not in elements for each in named) or not named:
        raise FrameFlaw(f"{kind} about {str(named)[:80]}, which this link does not carry")
    return event


def plain_health(health: LinkHealth) -> dict[str, Any]:
    plain = asdict(health)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in plain.items()
    }


def health_in(plain: Any) -> LinkHealth:
    """Raises: FrameFlaw."""
    try:
        known = {field.name for field in fields(LinkHealth)}
        given = {name: value for name, value in plain.items() if name in known}
        for name in _TIMES:
            if given.get(name) is not None:
                given[name] = time_in(given[name])
        _check_state(given)
        given["detail"] = str(given["detail"])[:2_000]
        given["server"] = str(given.get("server", ""))[:2_000]
        counts = given.get("counts", {})
        given["counts"] = {trouble.value: int(counts.get(trouble, 0)) for trouble in Trouble}
        given["counts"] = {name: count for name, count in given["counts"].items() if count > 0}
        for name in ("skew_s", "device_skew_s"):
            if given.get(name) is not None:
                given[name] = _finite(given[name])
        return LinkHealth(**given)
    except Exception as error:
        raise FrameFlaw(f"no health: {error}"[:200]) from error


def _check_state(given: Mapping[str, Any]) -> None:
    """Raises: FrameFlaw."""
    is_connected, epoch = given["connected"], given["epoch"]
    if type(is_connected) is not bool or type(epoch) is not int or not _is_sound(epoch):
        raise FrameFlaw(f"connected {str(is_connected)[:40]!r} in epoch {str(epoch)[:40]!r}")
    if given["since"] is None:
        raise FrameFlaw("since no time")


def time_in(text: Any) -> datetime:
    """Raises: FrameFlaw, also for a time of no zone, which could not be compared with any other,
    and for one that nothing could be reckoned from."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise FrameFlaw(f"no time: {str(text)[:40]!r}") from error
    if not _is_sound(time) or time.year < _FIRST_YEAR:
        raise FrameFlaw(f"a time that is none of ours: {text[:40]!r}")
    return time


def _is_sound(value: Any) -> bool:
    """Whether state and journal can live with it: a time of a zone, a number that is one, a text
    of bounded length."""
    if isinstance(value, datetime):
        return value.utcoffset() is not None
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int) and not isinstance(value, Enum):
        return 0 <= value <= _COUNT_MAX
    return not isinstance(value, str) or len(value) <= _WHAT_MAX


def _finite(number: Any) -> float:
    """Raises: ValueError."""
    found = float(number)
    if not math.isfinite(found):
        raise ValueError(f"{found} s")
    return found
