"""One cell <-> one value, by the type that the attribute table gives."""

import re
from enum import Enum
from typing import Any

from gridops.adapters.grid_files.attributes import Attribute
from gridops.measurement import Position

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
INTEGER_DIGITS_MAX = 15
_INTEGER = re.compile(rf"[-+]?\d{{1,{INTEGER_DIGITS_MAX}}}", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)
LIST_SEPARATOR = ";"


class BadCell(ValueError):
    """The text is not of the attribute's type. `str()` says what was expected."""


def parse_cell(attribute: Attribute, text: str) -> Any:
    """The value of a cell that is not empty.

    Returns what the dataclass field holds; enumerations come as their plain value, which
    the caller turns into the enumeration. Raises: BadCell.
    """
    match attribute.kind:
        case "number":
            return _number(text)
        case "integer":
            if not _INTEGER.fullmatch(text):
                raise BadCell("a whole number")
            return int(text)
        case "numbers":
            return tuple(_number(part.strip()) for part in text.split(LIST_SEPARATOR))
        case "texts":
            return tuple(part.strip() for part in text.split(LIST_SEPARATOR))
        case "choice":
            return _choice(attribute, text)
        case "position":
            return Position[_choice(attribute, text).upper()]
        case "yes_no":
            return _choice(attribute, text) == "yes"
        case _:
            return text


def _number(text: str) -> float:
    if _DECIMAL_COMMA.fullmatch(text):
        raise BadCell("a number with a decimal point and no comma, not between thousands either")
    value = float(text) if _NUMBER.fullmatch(text) else float("inf")
    if value in (float("inf"), float("-inf")):
        raise BadCell("a number")
    return value


def _choice(attribute: Attribute, text: str) -> str:
    if text not in attribute.choices:
        raise BadCell(f"one of {', '.join(attribute.choices)}")
    return text


def format_cell(value: object) -> str:
    """The cell that `parse_cell` turns back into an equal value; None and () are empty."""
    if value is None:
        return ""
    if isinstance(value, Position):
        return value.name.lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return format_number(value)
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(
            part if isinstance(part, str) else format_number(float(part)) for part in value
        )
    return str(value)


def format_number(value: float) -> str:
    """Shortest text that reads back equal; whole numbers without `.0`."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else float.__repr__(value)
