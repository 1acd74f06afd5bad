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
from typing import Any, get_args

from gridops.events import FieldEvent, LinkTroubled, Trouble
from gridops.events.codec import from_plain, to_plain
from gridops.ids import LinkId
from gridops.ports import LinkHealth

FRAME_BYTES_MAX = 64 * 1024 * 1024
EVENTS_AT_ONCE = 2_000
"""In one frame; more go in several, so that none takes long to read."""
_WHAT_MAX = 2_000
KINDS = frozenset(kind.__name__ for kind in get_args(FieldEvent))
_LENGTH = struct.Struct(">I")
_TIMES = ("since", "last_heard", "certificate_expires")


class FrameFlaw(ValueError):
    """What came is no frame, or states what its sender has no business to state."""


def frame(content: Mapping[str, Any]) -> bytes:
    body = json.dumps(content, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: StreamReader) -> dict[str, Any]:
    """Raises: FrameFlaw; EOFError (IncompleteReadError) at the end of the stream."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > FRAME_BYTES_MAX:
        raise FrameFlaw(f"a frame of {length} bytes")
    try:
        content = json.loads(await reader.readexactly(length))
    except (ValueError, RecursionError) as error:
        raise FrameFlaw(f"no JSON: {error}"[:200]) from error
    if not isinstance(content, dict):
        raise FrameFlaw("not an object")
    return content


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
    if isinstance(event, LinkTroubled) and (event.count < 0 or len(event.what) > _WHAT_MAX):
        raise FrameFlaw(f"a trouble {event.count} times, in {len(event.what)} letters")
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
                given[name] = datetime.fromisoformat(given[name])
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


def _finite(number: Any) -> float:
    """Raises: ValueError."""
    found = float(number)
    if not math.isfinite(found):
        raise ValueError(f"{found} s")
    return found
