"""One column of cells <-> its values, all at once where every cell is plain.

The rules are those of `parse_cell` and `format_cell`, cell by cell: nothing here accepts,
refuses or writes anything else.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import NoneType
from typing import Any, cast

from gridops.adapters.grid_files.attributes import Attribute
from gridops.adapters.grid_files.cells import (
    INTEGER_DIGITS_MAX,
    BadCell,
    format_cell,
    format_number,
    parse_cell,
)

Complaints = Mapping[int, str]
"""Place in the column -> what was expected of this cell."""

_PLAIN_NUMBERS = re.compile(r"[-+.0-9eE\n]*")
_PLAIN_INTEGERS = re.compile(r"[-+0-9\n]*")
_LONG_EXPONENT = re.compile(r"[eE][-+]?[0-9]{4}")


def parse_column(
    attribute: Attribute, texts: Sequence[str], *, enum: type[Enum] | None, default: object
) -> tuple[list[Any], Complaints]:
    """The value of each cell, `default` where it is empty, and what is wrong.

    `enum` is what a `choice` holds. Where there is a complaint the value means nothing.
    """
    read_plain = _PLAIN.get(attribute.kind)
    values = None if read_plain is None else read_plain(texts, default)
    if values is None or (attribute.required and "" in texts):
        return _cell_by_cell(attribute, texts, enum=enum, default=default)
    return values, {}


def _cell_by_cell(
    attribute: Attribute, texts: Sequence[str], *, enum: type[Enum] | None, default: object
) -> tuple[list[Any], Complaints]:
    """Each text is looked at once, however often it comes."""
    value_of: dict[str, Any] = {}
    expected_of: dict[str, str] = {}
    for text in dict.fromkeys(texts):
        try:
            value_of[text] = _value(attribute, text.strip(), enum=enum, default=default)
        except BadCell as expected:
            value_of[text], expected_of[text] = None, str(expected)
    complaints = {}
    if expected_of:
        complaints = {k: expected_of[t] for k, t in enumerate(texts) if t in expected_of}
    return [value_of[text] for text in texts], complaints


def _value(attribute: Attribute, text: str, *, enum: type[Enum] | None, default: object) -> object:
    if not text:
        if attribute.required:
            raise BadCell(f"a value ({attribute.type})")
        return default
    value = parse_cell(attribute, text)
    return value if enum is None else enum(value)


def _plain_ids(texts: Sequence[str], default: object) -> list[Any] | None:
    """Equal ids become one object: they come in several tables."""
    return _plain_texts(list(map(sys.intern, texts)), default)


def _plain_texts(texts: Sequence[str], default: object) -> list[Any] | None:
    stripped = list(map(str.strip, texts))
    if "" not in stripped:
        return stripped
    return None if "" not in texts else [text or default for text in stripped]


def _plain_numbers(texts: Sequence[str], default: object) -> list[Any] | None:
    """None if a text has more than digits, signs, points and short exponents, or overflows.

    Of such characters `float` takes exactly what the rule for numbers takes.
    """
    joined = "\n".join(texts)
    if not _PLAIN_NUMBERS.fullmatch(joined) or _LONG_EXPONENT.search(joined):
        return None
    values = _converted(float, texts, default=default)
    if values is None or float("inf") in values or float("-inf") in values:
        return None
    return values


def _plain_integers(texts: Sequence[str], default: object) -> list[Any] | None:
    is_plain = _PLAIN_INTEGERS.fullmatch("\n".join(texts))
    if not is_plain or max(map(len, texts), default=0) > INTEGER_DIGITS_MAX:
        return None
    return _converted(int, texts, default=default)


def _converted(
    convert: Callable[[str], object], texts: Sequence[str], *, default: object
) -> list[Any] | None:
    try:
        if "" in texts:
            return [convert(text) if text else default for text in texts]
        return list(map(convert, texts))
    except ValueError:
        return None


_PLAIN: Mapping[str, Callable[[Sequence[str], object], list[Any] | None]] = {
    "number": _plain_numbers,
    "integer": _plain_integers,
    "id": _plain_ids,
    "text": _plain_texts,
    "reference": _plain_ids,
}


def format_column(values: list[object]) -> list[str]:
    """`format_cell` of each."""
    types = set(map(type, values)) - {NoneType}
    kind = types.pop() if len(types) == 1 else object
    if kind is str:
        texts = cast("list[str]", values)
        return [text or "" for text in texts] if None in values else texts
    if kind is float:
        numbers = cast("set[float]", set(values) - {None})
        text_of = {cast(object, number): format_number(number) for number in numbers}
        return [text_of.get(value, "") for value in values]
    if kind is int or issubclass(kind, Enum):  # equal values have equal texts
        text_of = {value: format_cell(value) for value in set(values)}
        return [text_of[value] for value in values]
    return list(map(format_cell, values))
