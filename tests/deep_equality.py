"""Two control rooms compared to the last attribute, by what they hold and by what is one object in
them, independent of the codec that is tested with it."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from gridops.control_room import ControlRoom
from gridops.network import Network
from gridops.response import Engines
from gridops.response.prefault import LoadsBefore
from gridops.state import Energisation, LiveState

UNHEARD_OF = frozenset(
    {
        # worked out from the rest when it is asked for
        "_booked",
        "_changed",
        "_columns",
        "_normal_feeder_of",
        "_saved",
        "_feeders_at",
        "_traced",
        "_moves",
        "_dead",
        "_doubted",
        "_unchecked",
        "_supply_unchecked",
        "traces_in_full",
        # of the process, not of the journal
        "_counted_min",
        "_avoided_min",
        "zone",
        # wiring: what the desk lends to its sheets is the desk itself
        "_around",
        "around",
    }
)
ELEMENTARY = (str, int, float, bool, type(None), Enum)


def rooms_differ(one: ControlRoom, other: ControlRoom) -> str | None:
    """Where first; None: nowhere."""
    parts = ("sequence", "epoch", "at", "commands_issued", "timers", "desk", "books", "alarms")
    walk = _Walk()
    for part in parts:
        for found in walk.differences(getattr(one, part), getattr(other, part), part):
            return found
    return None


class _Walk:
    def __init__(self) -> None:
        self.same: dict[int, int] = {}
        self.alive: list[object] = []

    def differences(self, one: Any, other: Any, path: str) -> Iterator[str]:
        if one is other or isinstance(one, Engines | Network):
            return
        if type(one) is not type(other):
            yield f"{path}: {type(one).__name__} and {type(other).__name__}"
        elif isinstance(one, Mapping) and not isinstance(one, LoadsBefore):
            yield from self._mappings(one, other, path)
        elif isinstance(one, list | tuple):
            yield from self._rows(one, other, path)
        elif _has_attributes(one):
            yield from self._objects(one, other, path)
        elif not _same(one, other):
            yield f"{path}: {one!r:.200} and {other!r:.200}"

    def _rows(self, one: Any, other: Any, path: str) -> Iterator[str]:
        if len(one) != len(other):
            yield f"{path}: {len(one)} and {len(other)} of them"
        for number, (a, b) in enumerate(zip(one, other, strict=False)):
            yield from self.differences(a, b, f"{path}[{number}]")

    def _mappings(self, one: Any, other: Any, path: str) -> Iterator[str]:
        if list(one) != list(other):
            yield f"{path}: keys {list(one)!r:.200} and {list(other)!r:.200}"
            return
        for key in one:
            yield from self.differences(one[key], other[key], f"{path}[{key!r}]")

    def _objects(self, one: Any, other: Any, path: str) -> Iterator[str]:
        if id(one) in self.same:
            if self.same[id(one)] != id(other) and _is_mutable(one):
                yield f"{path}: one object there, two here"
            return
        self.same[id(one)] = id(other)
        self.alive += (one, other)
        for name in _attributes(one):
            yield from self.differences(getattr(one, name), getattr(other, name), f"{path}.{name}")
        if isinstance(one, LiveState):
            yield from self.differences(one.energisation, other.energisation, f"{path} supply")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Energisation):
        return one.same_as(other) and one.dead_sources == other.dead_sources
    if isinstance(one, LoadsBefore):
        return dict(one) == dict(other)
    return bool(one == other)


def _has_attributes(value: object) -> bool:
    if isinstance(value, Energisation | LoadsBefore | AbstractSet):
        return False
    return is_dataclass(value) or (
        type(value).__module__.startswith("gridops.") and not isinstance(value, ELEMENTARY)
    )


def _is_mutable(value: Any) -> bool:
    return not (is_dataclass(value) and value.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _attributes(value: Any) -> list[str]:
    names = [f.name for f in fields(value)] if is_dataclass(value) else list(vars(value))
    return [name for name in names if name not in UNHEARD_OF]
