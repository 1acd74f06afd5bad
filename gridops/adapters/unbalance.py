"""How unbalanced three phase powers are, for importers that can carry only their sum."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass

TURN = cmath.rect(1.0, math.radians(120.0))


@dataclass(frozen=True, slots=True)
class Unbalance:
    deviation_pct: float
    """Largest distance of one phase's complex power from the mean of the three, of the mean."""
    negative_sequence_pct: float
    """Negative over positive sequence current, each phase at its nominal voltage."""

    def __str__(self) -> str:
        return (
            f"a phase deviates by {self.deviation_pct:.1f} % from the mean, "
            f"{self.negative_sequence_pct:.1f} % negative sequence"
        )


def unbalance_of(phases: Sequence[complex]) -> Unbalance:
    """Of the powers of phases a, b, c; 0 where all three are equal.

    Where the phases cancel (mean of zero) the shares are infinite, unless all are zero.
    """
    a, b, c = phases
    mean = (a + b + c) / 3
    away = max(abs(each - mean) for each in phases)
    currents = a.conjugate(), b.conjugate() * TURN**2, c.conjugate() * TURN
    positive = abs(currents[0] + TURN * currents[1] + TURN**2 * currents[2]) / 3
    negative = abs(currents[0] + TURN**2 * currents[1] + TURN * currents[2]) / 3
    return Unbalance(_share_pct(away, abs(mean)), _share_pct(negative, positive))


def _share_pct(part: float, whole: float) -> float:
    if not part:
        return 0.0
    return 100 * part / whole if whole else math.inf
