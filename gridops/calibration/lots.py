"""Lots for many devices at once: the dice of `gridops.city`, a whole row of them in one throw."""

import numpy as np

from gridops.city.dice import Dice
from gridops.network import Values

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Lots(Dice):
    """As `Dice`: a number is a function of seed, purpose and indices, and of nothing else."""

    def shares(self, purpose: str, *index: int, count: int) -> Values:
        """`share(purpose, *index, k)` for every k below `count`."""
        number = np.uint64(self.number(purpose, *index))
        mixed = number ^ np.arange(count, dtype=np.uint64)
        with np.errstate(over="ignore"):
            mixed = mixed + _STEP
            mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
            mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
        shares: Values = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return shares
