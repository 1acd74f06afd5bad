"""Values as plain JSON and back, by what the annotations of their classes say.

The order of mappings is kept, and so is what is one object in two places. Nothing is made that
the annotations do not ask for: the text may come from anybody's database.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from typing import (
    Any,
    Protocol,
)

from gridops.ids import SwitchId
from gridops.network import Network, Numbering

Plain = Any
"""JSON: None, bool, int, float, str, lists of them."""
Hint = Any
"""What an annotation says."""


class NoPlace(TypeError):
    """An annotation, an attribute or a value for which no text is known."""


class Writing:
    """One text that is being written."""

    def __init__(self, named: Callable[[Network], str]) -> None:
        """`named` is the name under which a version of the grid is found again."""
        self._named = named
        self._names: dict[int, tuple[str, Network]] = {}
        self._numbering: dict[int, str] = {}
        self.numbers: dict[int, int] = {}
        self.alive: list[object] = []
        """By number; it also keeps an address from being given to something else."""

    def named(self, network: Network) -> str:
        known = self._names.get(id(network))
        if known is not None:
            return known[0]
        name = self._named(network)
        self._names[id(network)] = name, network
        self._numbering[id(network.arrays.switches)] = name
        return name

    def numbered(self, switches: Numbering[SwitchId]) -> str:
        """The version of the grid whose switches have these numbers."""
        found = self._numbering.get(id(switches))
        if found is None:
            raise NoPlace("a set of switches of a grid that nothing else is of")
        return found

    def number_of(self, value: object) -> int | None:
        """None: it was not written yet. It is taken for written from here on."""
        found = self.numbers.get(id(value))
        if found is None:
            self.numbers[id(value)] = len(self.alive)
            self.alive.append(value)
        return found


class Reading:
    """One text that is being read."""

    def __init__(self, found: Callable[[str], Network]) -> None:
        self.found = found
        self.known: list[Any] = []


class Place(Protocol):
    """Where values of one annotation go."""

    def write(self, value: Any, to: Writing) -> Plain:
        """Raises: NoPlace for what the annotation does not cover."""
        ...

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:
        """What was written. Mutable things are laid into what is `there`, so that whoever holds
        that sees it. Raises: NoPlace, ValueError, TypeError, LookupError."""
        ...

    def copier(self) -> "Copier | None":
        """Makes of a value one that stays as the value is now. None: values never change."""
        ...

    def is_fixed(self, asked: set[object]) -> bool:
        """Whether values never change once they are made; `asked` are the classes under way."""
        ...

    def shape(self, seen: set[object]) -> str:
        """Says whether two texts read alike; `seen` are the classes that are told already."""
        ...


Copies = dict[int, Any]
"""What was copied, by the address of what it is a copy of."""
Copier = Callable[[Any, Copies], Any]


def listed(plain: Plain) -> list[Plain]:
    if not isinstance(plain, list):
        raise strange(plain, list)
    return plain


class Fixed:
    """Base of places whose values never change."""

    __slots__ = ()

    def copier(self) -> Copier | None:
        return None

    def is_fixed(self, asked: set[object]) -> bool:  # noqa: ARG002
        return True


def strange(value: object, wanted: object) -> NoPlace:
    """An object is named by its class alone: it may be half made."""
    is_plain = value is None or isinstance(value, str | int | float)
    said = f"{value!r:.80}" if is_plain else type(value).__name__
    return NoPlace(f"{said} is no {wanted}")


@dataclass(frozen=True, slots=True)
class AsItIs(Fixed):
    kinds: tuple[type, ...]

    def write(self, value: Any, to: Writing) -> Plain:  # noqa: ARG002
        if not isinstance(value, self.kinds):
            raise strange(value, self.kinds)
        return value

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:  # noqa: ARG002
        if not isinstance(plain, self.kinds):
            raise strange(plain, self.kinds)
        return plain

    def shape(self, seen: set[object]) -> str:  # noqa: ARG002
        return "|".join(kind.__name__ for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class ByText(Fixed):
    """Something that is one value of JSON."""

    kind: type[Any]
    said: Callable[[Any], Plain]
    heard: Callable[[Any], Any]

    def write(self, value: Any, to: Writing) -> Plain:  # noqa: ARG002
        if not isinstance(value, self.kind):
            raise strange(value, self.kind)
        return self.said(value)

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:  # noqa: ARG002
        return self.heard(plain)

    def shape(self, seen: set[object]) -> str:  # noqa: ARG002
        return self.kind.__name__


MICROSECOND = timedelta(microseconds=1)
ELEMENTARY: Mapping[Hint, Place] = types.MappingProxyType(
    {
        str: AsItIs((str,)),
        int: AsItIs((int,)),
        bool: AsItIs((bool,)),
        float: AsItIs((float, int)),
        types.NoneType: AsItIs((types.NoneType,)),
        datetime: ByText(datetime, datetime.isoformat, datetime.fromisoformat),
        time: ByText(time, time.isoformat, time.fromisoformat),
        timedelta: ByText(
            timedelta, lambda span: span // MICROSECOND, lambda plain: plain * MICROSECOND
        ),
    }
)


def enumerated(kind: type[Enum]) -> Place:
    return ByText(kind, lambda member: member.value, {m.value: m for m in kind}.__getitem__)


@dataclass(frozen=True, slots=True)
class OrNone:
    place: Place

    def write(self, value: Any, to: Writing) -> Plain:
        return None if value is None else self.place.write(value, to)

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:
        return None if plain is None else self.place.read(plain, back, there=there)

    def copier(self) -> Copier | None:
        copied = self.place.copier()
        if copied is None:
            return None
        return lambda value, copies: None if value is None else copied(value, copies)

    def is_fixed(self, asked: set[object]) -> bool:
        return self.place.is_fixed(asked)

    def shape(self, seen: set[object]) -> str:
        return f"{self.place.shape(seen)}?"


@dataclass(frozen=True, slots=True)
class OneOf:
    """Told apart by their class; what is JSON already stands as it is."""

    kinds: tuple[type, ...]
    places: tuple[Place, ...]

    def write(self, value: Any, to: Writing) -> Plain:
        for number, kind in enumerate(self.kinds):
            if type(value) is kind:
                return [number, self.places[number].write(value, to)]
        raise strange(value, self.kinds)

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:  # noqa: ARG002
        number, written = plain
        return self.places[number].read(written, back)

    def copier(self) -> Copier | None:
        copiers = {kind: p.copier() for kind, p in zip(self.kinds, self.places, strict=True)}
        if not any(copiers.values()):
            return None

        def copied(value: Any, copies: Copies) -> Any:
            of_kind = copiers.get(type(value))
            return value if of_kind is None else of_kind(value, copies)

        return copied

    def is_fixed(self, asked: set[object]) -> bool:
        return all(place.is_fixed(asked) for place in self.places)

    def shape(self, seen: set[object]) -> str:
        return f"({'|'.join(place.shape(seen) for place in self.places)})"


@dataclass(frozen=True, slots=True)
class Row:
    """A tuple, list, set or frozenset of many alike."""

    kind: type[Any]
    place: Place
    is_constant: bool
    """Nobody puts anything in or takes anything out."""

    def write(self, value: Any, to: Writing) -> Plain:
        if type(value) is not self.kind:
            raise strange(value, self.kind)
        write = self.place.write
        if self.kind in (set, frozenset) and isinstance(self.place, AsItIs | ByText):
            value = sorted(value)
        return [write(each, to) for each in value]

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:
        read = self.place.read
        found = [read(each, back) for each in listed(plain)]
        if there is None or type(there) not in (list, set):
            return self.kind(found)
        there.clear()
        (there.extend if isinstance(there, list) else there.update)(found)
        return there

    def copier(self) -> Copier | None:
        kind, copied = self.kind, self.place.copier()
        if copied is not None:
            return lambda value, copies: kind([copied(each, copies) for each in value])
        return None if self.is_constant else lambda value, _: value.copy()

    def is_fixed(self, asked: set[object]) -> bool:
        return self.is_constant and self.place.is_fixed(asked)

    def shape(self, seen: set[object]) -> str:
        return f"{self.kind.__name__}[{self.place.shape(seen)}]"


@dataclass(frozen=True, slots=True)
class Tuple:
    places: tuple[Place, ...]

    def write(self, value: Any, to: Writing) -> Plain:
        if type(value) is not tuple:
            raise strange(value, tuple)
        return [place.write(each, to) for place, each in zip(self.places, value, strict=True)]

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:  # noqa: ARG002
        pairs = zip(self.places, listed(plain), strict=True)
        return tuple([place.read(each, back) for place, each in pairs])

    def copier(self) -> Copier | None:
        if self.is_fixed(set()):
            return None
        raise NoPlace("a tuple of different things that change")

    def is_fixed(self, asked: set[object]) -> bool:
        return all(place.is_fixed(asked) for place in self.places)

    def shape(self, seen: set[object]) -> str:
        return f"({','.join(place.shape(seen) for place in self.places)})"


@dataclass(frozen=True, slots=True)
class Dict:
    """Keys and values in turn, in the order of the mapping."""

    key: Place
    value: Place
    kind: type[Any] = dict
    """A dict, or one that shows itself to be read only."""
    is_constant: bool = False
    """Nobody puts anything in or takes anything out: it is annotated as a Mapping."""

    def write(self, value: Any, to: Writing) -> Plain:
        if type(value) is not self.kind:
            raise strange(value, self.kind)
        key, put = self.key.write, self.value.write
        flat: list[Plain] = []
        for k, v in value.items():
            flat += (key(k, to), put(v, to))
        return flat

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:
        key, get = self.key.read, self.value.read
        turns = iter(listed(plain))
        found = {key(k, back): get(v, back) for k, v in zip(turns, turns, strict=True)}
        if there is None or self.kind is types.MappingProxyType:
            return self.kind(found)
        there.clear()
        there.update(found)
        return there

    def copier(self) -> Copier | None:
        kind, copied = self.kind, self.value.copier()
        if copied is not None:
            return lambda value, copies: kind({k: copied(v, copies) for k, v in value.items()})
        return None if self.is_constant else lambda value, _: value.copy()

    def is_fixed(self, asked: set[object]) -> bool:
        return self.is_constant and self.value.is_fixed(asked)

    def shape(self, seen: set[object]) -> str:
        return f"{{{self.key.shape(seen)}:{self.value.shape(seen)}}}"
