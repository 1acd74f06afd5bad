"""The switch events that G3 is measured on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gridops.bench.bench_city import BenchCity
from gridops.bench.measuring import Side, timed
from gridops.network import Indices, Values

SWITCHES_MAX = 500


class Move(NamedTuple):
    """By number of the switch."""

    switch: int
    is_closed: bool
    """From then on."""


@dataclass(frozen=True)
class Switchings:
    """Closed switches, evenly spaced over the city, each opened and closed again.

    So the grid is in its normal state at the end, and the moves can be run through again.
    """

    city: BenchCity

    @cached_property
    def moves(self) -> Sequence[Move]:
        closed = np.flatnonzero(self.city.closed.status)
        places = np.linspace(0, len(closed) - 1, min(SWITCHES_MAX, len(closed)))
        chosen = np.unique(closed[np.round(places).astype(int)])
        # Far apart in time what is near in the grid: nothing that was just touched is met again.
        shuffled = np.random.default_rng(1).permutation(chosen).tolist()
        return [Move(switch, now) for switch in shuffled for now in (False, True)]

    @cached_property
    def sections(self) -> int:
        return len(self.city.network.arrays.sections)

    @cached_property
    def edges(self) -> Indices:
        """Shape (switches, 2): the sections that each joins."""
        return self.city.network.arrays.switch_sections


def run_through(moves: Sequence[Move], customers_out: Callable[[Move], int]) -> Side:
    """A side that takes the moves one after the other and says each time who is out."""

    def work() -> None:
        for move in moves:
            customers_out(move)

    def answer() -> Values:
        return np.array([customers_out(move) for move in moves], np.float64)

    return Side(read=timed(work, pieces=len(moves)), answer=answer)
