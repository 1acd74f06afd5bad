"""Events to plain JSON and back, driven by their own annotations.

Stable bytes: fields in declaration order, times in ISO 8601 with microseconds and UTC. A field
that a later version added is left out where it has its default.
"""

import types
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from gridops.events import Event

Plain = dict[str, Any]
KINDS: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(Event)}
_HINTS = {kind: get_type_hints(cls) for kind, cls in KINDS.items()}


def to_plain(event: Event) -> tuple[str, Plain]:
    """(kind, body); `from_plain` gives an equal event back."""
    body = {
        f.name: _simple(value)
        for f in fields(event)
        if (value := getattr(event, f.name)) != f.default or "left_out_by_default" not in f.metadata
    }
    return type(event).__name__, body


def from_plain(kind: str, body: Plain) -> Event:
    """Raises: ValueError for a kind or a field that no event of this version has."""
    if kind not in KINDS:
        raise ValueError(f"no event is called {kind!r}")
    hints = _HINTS[kind]
    unknown = sorted(set(body) - set(hints))
    if unknown:
        raise ValueError(f"{kind} has no field {', '.join(unknown)}")
    try:
        event: Event = KINDS[kind](
            **{name: _typed(value, hints[name]) for name, value in body.items()}
        )
    except TypeError as error:
        raise ValueError(f"{kind}: {error}") from error
    return event


def _simple(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.value if isinstance(value, Enum) else value


def _typed(value: Any, hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        if value is None:
            return None
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    hint = getattr(hint, "__supertype__", hint)
    if hint is datetime:
        return datetime.fromisoformat(value)
    return hint(value)
