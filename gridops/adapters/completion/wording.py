"""Counts in sentences."""

from collections.abc import Sequence

NAMED_MAX = 10


def some(count: int, noun: str) -> str:
    """`1 switch`, `4 switches`, `1,250 customers`."""
    if count == 1:
        return f"1 {noun}"
    ending = "es" if noun.endswith(("ch", "s")) else "s"
    return f"{count:,} {noun}{ending}"


def listed(ids: Sequence[str]) -> str:
    """The first ten, and an ellipsis for the rest."""
    return ", ".join(ids[:NAMED_MAX]) + (", ..." if len(ids) > NAMED_MAX else "")
