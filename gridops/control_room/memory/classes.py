"""Objects as the values of their annotated attributes."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar

from gridops.control_room.memory.places import (
    Copier,
    Copies,
    Hint,
    NoPlace,
    Place,
    Plain,
    Reading,
    Writing,
    listed,
    strange,
)


class OfClass:
    """Of one class: the annotated attributes, in their order. What is one object in several
    places is written once, and after that as its number."""

    def __init__(
        self, kind: type, inside: Mapping[TypeVar, Hint], *, skipped: frozenset[str]
    ) -> None:
        self.kind, self.inside, self.skipped = kind, inside, skipped
        self.is_data = is_dataclass(kind)
        self._copiers: list[tuple[str, Copier | None]] | None = None
        self.named: list[tuple[str, Place]] = []
        """Filled after it was made: a class may hold its own kind."""

    def write(self, value: Any, to: Writing) -> Plain:
        if type(value) is not self.kind:
            raise strange(value, self.kind)
        number = to.number_of(value)
        if number is not None:
            return number
        if not self.is_data:
            self._all_named(value)
        return self.body(value, to)

    def body(self, value: Any, to: Writing) -> list[Plain]:
        try:
            return [place.write(getattr(value, name), to) for name, place in self.named]
        except NoPlace as error:
            raise NoPlace(f"in a {self.kind.__name__}: {error}") from error

    def _all_named(self, value: Any) -> None:
        strange = vars(value).keys() - {name for name, _ in self.named} - self.skipped
        if strange:
            raise NoPlace(f"{self.kind.__name__}.{min(strange)} is not annotated in its class")

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:
        if isinstance(plain, int):
            found = back.known[plain]
            if type(found) is not self.kind:
                raise strange(found, self.kind)
            return found
        is_there = type(there) is self.kind and not _is_frozen(self.kind)
        made = there if is_there else object.__new__(self.kind)
        back.known.append(made)
        self.lay(plain, made, back=back, is_there=is_there)
        return made

    def lay(self, plain: Plain, made: Any, *, back: Reading, is_there: bool) -> None:
        for (name, place), written in zip(self.named, listed(plain), strict=True):
            there = getattr(made, name, None) if is_there else None
            object.__setattr__(made, name, place.read(written, back, there=there))

    def copier(self) -> Copier | None:
        return None if self.is_fixed(set()) else self.apart

    def apart(self, value: Any, copies: Copies) -> Any:
        known = copies.get(id(value))
        if known is not None:
            return known
        if not self.is_data:
            self._all_named(value)
        made: Any = object.__new__(self.kind)
        copies[id(value)] = made
        if self._copiers is None:
            self._copiers = [(name, place.copier()) for name, place in self.named]
        for name, copied in self._copiers:
            part = getattr(value, name)
            object.__setattr__(made, name, part if copied is None else copied(part, copies))
        return made

    def is_fixed(self, asked: set[object]) -> bool:
        """A class that holds its own kind does not change by that."""
        if self in asked or not _is_frozen(self.kind):
            return self in asked
        asked.add(self)
        return all(place.is_fixed(asked) for _, place in self.named)

    def shape(self, seen: set[object]) -> str:
        name = f"{self.kind.__module__}.{self.kind.__qualname__}"
        told = (self.kind, tuple(self.inside.items()))
        if told in seen:
            return name
        seen.add(told)
        return f"{name}({','.join(f'{n}:{place.shape(seen)}' for n, place in self.named)})"


def _is_frozen(kind: type) -> bool:
    return is_dataclass(kind) and bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined] # of every dataclass
