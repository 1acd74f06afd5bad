"""What charging adds to segments where nobody looks at them one by one."""

from dataclasses import dataclass

import numpy as np

from gridops.network import Values
from gridops.powerflow.segments import Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """Bounds over all segments of a grid, at nominal voltage.

    `alone`: the largest share of what a segment may carry that its charging draws by itself, be it
    open at one end or not. `of_members`: how much more of its own rating a line in parallel with
    others may carry than their segment as a whole shows; 0 if nothing is in parallel.
    """

    alone: float
    of_members: float


def charging_of(segments: Segments, *, capacity: Values, member_capacity: Values) -> Charging:
    """`capacity`: squares of current and apparent power that each segment may carry;
    `member_capacity`: current and apparent power that each member may; all per unit."""
    z, at_a, at_b = (np.hypot(segments.pi[:, k], segments.pi[:, k + 1]) for k in (0, 2, 4))
    # At the a-end of a transformer current and voltage are off by the ratio, each once.
    turned = 1.0 / np.minimum(segments.pi[:, 6], 1.0)
    total = (at_a + at_b) * turned
    lift = 1.0 - z * total  # an open end is lifted above the near one, and draws more
    drawn = np.divide(total, lift, out=np.full_like(total, np.inf), where=lift > 0.0)
    drawn[total == 0.0] = 0.0
    alone = _largest_share(drawn, np.sqrt(capacity))
    counts = np.diff(segments.members)
    segment = np.repeat(np.arange(len(counts)), counts)
    own = np.abs(segments.member_pi[:, 1:]).max(axis=1, initial=0.0)
    whole = np.maximum(at_a, at_b)[segment] * np.abs(segments.share)
    together = np.flatnonzero(counts[segment] > 1)
    excess = ((own + whole) * turned[segment])[together]
    return Charging(alone=alone, of_members=_largest_share(excess, member_capacity[together]))


def _largest_share(drawn: Values, carries: Values) -> float:
    """Of the current and of the apparent power that each may carry."""
    least = carries.min(axis=1, initial=np.inf)
    some = np.flatnonzero(drawn)
    with np.errstate(divide="ignore"):
        return float((drawn[some] / least[some]).max(initial=0.0))
