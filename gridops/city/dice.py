"""Numbers by lot that are a function of what they are for, so that none depends on another.

Counter-based (splitmix64, Steele, Lea and Flood 2014): the same seed, purpose and indices give
the same number on every machine, and one draw more or less leaves all others as they were.
"""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


def _mixed(value: int) -> int:
    value = (value + _STEP) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


@cache
def _numbered(seed: int, purpose: str) -> int:
    number = _mixed(seed & _MASK)
    for byte in purpose.encode():
        number = _mixed(number ^ byte)
    return number


class Dice:
    """All draws of one city."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def share(self, purpose: str, *index: int) -> float:
        """Even over 0 <= x < 1, in steps of 2**-53."""
        return (self.number(purpose, *index) >> 11) * 2.0**-53

    def number(self, purpose: str, *index: int) -> int:
        """Even over the whole numbers below 2**64."""
        number = _numbered(self.seed, purpose)
        for each in index:
            number = _mixed(number ^ (each & _MASK))
        return number

    def between(self, purpose: str, *index: int, span: tuple[float, float]) -> float:
        """Even over the span."""
        low, high = span
        return low + (high - low) * self.share(purpose, *index)

    def whole(self, purpose: str, *index: int, span: tuple[int, int]) -> int:
        """A whole number of the span, both ends included."""
        low, high = span
        return low + int((high - low + 1) * self.share(purpose, *index))

    def happens(self, purpose: str, *index: int, chance: float) -> bool:
        return self.share(purpose, *index) < chance

    def pick(self, purpose: str, *index: int, of: Sequence[tuple[T, float]]) -> T:
        """One of several, each as often as its weight says; `of` must not be empty."""
        left = self.share(purpose, *index) * sum(weight for _, weight in of)
        for each, weight in of:
            left -= weight
            if left < 0.0:
                return each
        return of[-1][0]
