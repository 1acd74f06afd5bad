"""From annotations to places."""

import types
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from inspect import get_annotations
from typing import Any, ClassVar, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from gridops.control_room.memory.classes import OfClass
from gridops.control_room.memory.places import (
    ELEMENTARY,
    AsItIs,
    Dict,
    Hint,
    NoPlace,
    OneOf,
    OrNone,
    Place,
    Row,
    Tuple,
    enumerated,
)

NOTHING: Mapping[TypeVar, Hint] = types.MappingProxyType({})


@dataclass
class Places:
    """The place of every annotation that can be reached."""

    special: Mapping[Hint, Place]
    """Of classes that are no sum of their attributes, and of abstract ones."""
    worked_out: Mapping[type, frozenset[str]]
    """Attributes that are not written: they come from the others, or from outside."""
    _made: dict[Hint, OfClass] = field(default_factory=dict)
    _enumerations: dict[Hint, Place] = field(default_factory=dict)

    _ABSTRACT: ClassVar[Mapping[Hint, tuple[type, ...]]] = types.MappingProxyType(
        {Sequence: (tuple, list), AbstractSet: (frozenset, set)}
    )

    def of(self, hint: Hint, inside: Mapping[TypeVar, Hint] | None = None) -> Place:
        """`inside`: what the type variables stand for. Raises: NoPlace."""
        hint = (inside or {}).get(hint, hint) if isinstance(hint, TypeVar) else hint
        if hint in ELEMENTARY:
            return ELEMENTARY[hint]
        if hint in self.special:
            return self.special[hint]
        if hasattr(hint, "__supertype__"):
            return self.of(hint.__supertype__)
        if isinstance(hint, type) and get_origin(hint) is None:
            return self._of_type(hint)
        return self._of_generic(hint, inside or {})

    def define(self, kind: type, as_a: "type[OfClass]") -> None:
        """`kind` has a place of its own class. To be said before anything that holds it is asked
        for."""
        place = as_a(kind, {}, skipped=self.worked_out.get(kind, frozenset()))
        self._made[kind, ()] = place
        place.named.extend(self._attributes(place))

    def _of_type(self, kind: type) -> Place:
        if issubclass(kind, Enum):
            return self._enumerations.setdefault(kind, enumerated(kind))
        return self.of_class(kind, {})

    def _of_generic(self, hint: Hint, inside: Mapping[TypeVar, Hint]) -> Place:
        origin: Any = get_origin(hint)
        args = get_args(hint)
        if origin in (Union, types.UnionType):
            return self._of_union(args, inside)
        if origin is tuple and args[-1:] != (Ellipsis,):
            return Tuple(tuple(self.of(arg, inside) for arg in args))
        if origin in (tuple, list, set, frozenset):
            constant = origin in (tuple, frozenset)
            return Row(origin, self.of(args[0], inside), constant)
        if origin in (dict, OrderedDict):
            return Dict(self.of(args[0], inside), self.of(args[1], inside), origin)
        if origin in self._ABSTRACT:
            each = self.of(args[0], inside)
            rows = [Row(kind, each, is_constant=True) for kind in self._ABSTRACT[origin]]
            return self._or_special(origin, rows)
        if origin is Mapping:
            key, value = self.of(args[0], inside), self.of(args[1], inside)
            kinds = (dict, types.MappingProxyType)
            return self._or_special(
                origin, [Dict(key, value, kind, is_constant=True) for kind in kinds]
            )
        if isinstance(origin, type) and is_dataclass(origin):
            parameters = getattr(origin, "__parameters__", ())
            bound = (inside.get(a, a) if isinstance(a, TypeVar) else a for a in args)
            return self.of_class(origin, dict(zip(parameters, bound, strict=True)))
        raise NoPlace(f"there is no place for {hint}")

    def _or_special(self, abstract: Hint, places: "Sequence[Row | Dict]") -> Place:
        """What may also be of a special class that is such a thing."""
        concrete = {place.kind: place for place in places}
        special = {k: p for k, p in self.special.items() if issubclass(k, abstract)}
        every: dict[type, Place] = {**concrete, **special}
        return OneOf(tuple(every), tuple(every.values()))

    def _of_union(self, args: tuple[Hint, ...], inside: Mapping[TypeVar, Hint]) -> Place:
        some = _with_one_row([arg for arg in args if arg is not types.NoneType])
        places = [self.of(arg, inside) for arg in some]
        if len(some) == 1:
            return OrNone(places[0])
        if all(isinstance(place, AsItIs) for place in places):
            kinds = {kind for p in places if isinstance(p, AsItIs) for kind in p.kinds}
            whole: Place = AsItIs(tuple(sorted(kinds, key=lambda kind: kind.__name__)))
        else:
            whole = OneOf(tuple(_bare(arg) for arg in some), tuple(places))
        return OrNone(whole) if types.NoneType in args else whole

    def of_class(self, kind: type, inside: Mapping[TypeVar, Hint] = NOTHING) -> OfClass:
        key = (kind, tuple(inside.items()))
        if key not in self._made:
            skipped = self.worked_out.get(kind, frozenset())
            place = OfClass(kind, inside, skipped=skipped)
            self._made[key] = place
            place.named.extend(self._attributes(place))
        return self._made[key]

    def _attributes(self, place: OfClass) -> Iterator[tuple[str, Place]]:
        kind, skipped = place.kind, place.skipped
        names = _names_of(kind)
        if not names:
            raise NoPlace(f"the attributes of {kind.__qualname__} are not annotated in its class")
        unknown = skipped - set(names)
        if unknown:
            raise NoPlace(f"{kind.__qualname__} has no {min(unknown)}")
        hints = get_type_hints(kind)
        for name in names:
            if name in skipped:
                continue
            try:
                yield name, self.of(hints[name], place.inside)
            except NoPlace as error:
                raise NoPlace(f"{kind.__qualname__}.{name}: {error}") from error


def _names_of(kind: type) -> list[str]:
    if is_dataclass(kind):
        return [each.name for each in fields(kind)]
    inherited = [base for base in kind.__mro__ if base not in (object, Generic)]
    names = [name for base in reversed(inherited) for name in get_annotations(base)]
    hints = get_type_hints(kind)
    return [name for name in dict.fromkeys(names) if get_origin(hints[name]) is not ClassVar]


def _bare(hint: Hint) -> type:
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    origin: Any = get_origin(hint)
    bare: type = hint if origin is None else origin
    return bare


def _with_one_row(args: list[Hint]) -> list[Hint]:
    """Tuples of different things are told apart by what is in them, not by being tuples."""
    rows = [arg for arg in args if _is_row(arg)]
    if len(rows) < 2:
        return args
    inside: Any = Union.__getitem__(tuple(get_args(row)[0] for row in rows))
    others = [arg for arg in args if not _is_row(arg)]
    return [*others, types.GenericAlias(tuple, (inside, ...))]


def _is_row(hint: Hint) -> bool:
    origin: Any = get_origin(hint)
    return origin is tuple and get_args(hint)[1:] == (Ellipsis,)
