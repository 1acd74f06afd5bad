"""Events to plain JSON and back, driven by their own annotations.

Stable bytes: fields in declaration order, times in ISO 8601 with microseconds and UTC. A field
that a later version added is left out where it has its default. A tuple is a list, and a frozen
dataclass within an event an object with its fields.

What the annotations ask for is looked up once for each kind, not for each event: a storm of
changes passes here twice.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, Union, get_args, get_origin, get_type_hints

from gridops.events import Event

Plain = dict[str, Any]
KINDS: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(Event)}

_AS_IT_IS = frozenset({str, int, float, bool, type(None)})
_NEVER_LEFT_OUT = object()


def to_plain(event: Event) -> tuple[str, Plain]:
    """(kind, body); `from_plain` gives an equal event back."""
    return type(event).__name__, _body(event, _LEFT_OUT_AT[type(event)])


def _body(event: Any, left_out_at: "tuple[tuple[str, object], ...]") -> Plain:
    body: Plain = {}
    for name, default in left_out_at:
        value = getattr(event, name)
        if default is not _NEVER_LEFT_OUT and value == default:
            continue
        kind = type(value)
        if kind is datetime:
            body[name] = value.isoformat("T", "microseconds")
        else:
            body[name] = value if kind in _AS_IT_IS else _simple(value)
    return body


def from_plain(kind: str, body: Plain) -> Event:
    """Raises: ValueError for a kind or a field that no event of this version has."""
    if kind not in KINDS:
        raise ValueError(f"no event is called {kind!r}")
    event: Event = _read(KINDS[kind], body, reads=_READS[kind])
    return event


def _read(cls: type[Any], body: Plain, *, reads: Mapping[str, Callable[[Any], Any]]) -> Any:
    kind = cls.__name__
    if not reads.keys() >= body.keys():
        unknown = sorted(set(body) - set(reads))
        raise ValueError(f"{kind} has no field {', '.join(unknown)}")
    try:
        return cls(**{name: reads[name](value) for name, value in body.items()})
    except TypeError as error:
        raise ValueError(f"{kind}: {error}") from error


def _simple(value: Any) -> Any:
    if isinstance(value, Enum):  # first: an enumeration takes long to say that it is no dataclass
        return value.value
    if isinstance(value, datetime):
        return value.isoformat("T", "microseconds")
    if isinstance(value, tuple):
        return [_simple(one) for one in value]
    if is_dataclass(value):
        kind: Any = type(value)
        return _body(value, _left_out_of(kind))
    return value


@cache
def _left_out_of(cls: type[Any]) -> "tuple[tuple[str, object], ...]":
    return tuple((f.name, _left_out_at(f)) for f in fields(cls))


def _left_out_at(field: "Field[Any]") -> object:
    return field.default if "left_out_by_default" in field.metadata else _NEVER_LEFT_OUT


def _reader(hint: Any) -> Callable[[Any], Any]:
    if get_origin(hint) in (Union, types.UnionType):
        read = _reader(next(arg for arg in get_args(hint) if arg is not type(None)))
        return lambda value: None if value is None else read(value)
    hint = getattr(hint, "__supertype__", hint)
    if hint is datetime:
        return datetime.fromisoformat
    if get_origin(hint) is tuple:
        each = _reader(get_args(hint)[0])
        return lambda value: tuple(each(one) for one in value)
    if is_dataclass(hint) and isinstance(hint, type):
        reads = {name: _reader(of) for name, of in get_type_hints(hint).items()}
        return lambda value: _read(hint, value, reads=reads)
    read_as: Callable[[Any], Any] = hint
    return read_as


_LEFT_OUT_AT: Mapping[type, tuple[tuple[str, object], ...]] = MappingProxyType(
    {cls: tuple((f.name, _left_out_at(f)) for f in fields(cls)) for cls in KINDS.values()}
)
"""The fields of each kind in their order, and with which value one is not written."""
_READS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        kind: {name: _reader(hint) for name, hint in get_type_hints(cls).items()}
        for kind, cls in KINDS.items()
    }
)
