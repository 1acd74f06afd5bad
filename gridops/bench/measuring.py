"""How times are taken: warm, turn by turn, without the garbage collector."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from gridops.network import Values

READING_S_MIN = 10e-3
"""A reading that is shorter would be of the clock and not of the work."""
CALLS_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of readings."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, readings: Sequence[float]) -> "Spread":
        """Of at least one."""
        if len(readings) == 1:
            return cls(readings[0], readings[0], readings[0])
        low, middle, high = statistics.quantiles(readings, n=4, method="inclusive")
        return cls(middle, low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One contestant, prepared.

    `read` does the work once or many times over and returns the cost of one piece of it.
    `answer` is what it came to, one number for each thing asked, NaN for a thing without one.
    """

    read: Callable[[], float]
    answer: Callable[[], Values] | None = None


def timed(work: Callable[[], object], *, pieces: int = 1) -> Callable[[], float]:
    """A `Side.read`: seconds of one of the `pieces` that one call of `work` does.

    Of the processor, over all threads of the process: for work on one thread that is the time on
    the wall of a machine that does nothing else, and other work stretches it far less.
    Short work is done so often within a reading that the reading takes `READING_S_MIN`.
    """
    calls: list[int] = []

    def read() -> float:
        if not calls:
            calls.append(_calls_for(work))
        return _seconds(work, calls[0]) / calls[0] / pieces

    return read


def _calls_for(work: Callable[[], object]) -> int:
    work()
    calls = 1
    while calls < CALLS_MAX and _seconds(work, calls) < READING_S_MIN:
        calls *= 2
    return calls


def _seconds(work: Callable[[], object], calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        work()
    return time.process_time() - began


def measured(sides: Sequence[Side], *, repeats: int) -> list[Spread]:
    """The costs of all sides: one reading of each that does not count, then `repeats` of each.

    The sides take turns, and who begins changes from round to round, so that what disturbs the
    machine for a while disturbs all alike. Nothing is collected meanwhile.
    """
    for side in sides:
        side.read()
    readings: list[list[float]] = [[] for _ in sides]
    order = list(range(len(sides)))
    with _nothing_collected():
        for _ in range(repeats):
            for index in order:
                readings[index].append(sides[index].read())
            order.reverse()
    return [Spread.of(each) for each in readings]


@contextmanager
def _nothing_collected() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def difference(ours: Values, theirs: Values) -> float:
    """The largest between two answers; infinite if they are not about the same things.

    A peer may have answered only the first of what was asked, if it is too slow for all.
    """
    if not 0 < len(theirs) <= len(ours):
        return float("inf")
    same = ours[: len(theirs)]
    if not np.array_equal(np.isnan(same), np.isnan(theirs)):
        return float("inf")
    return float(np.nanmax(np.abs(same - theirs), initial=0.0))
