"""What may hide inside segments where nobody looks at them one by one."""

from dataclasses import dataclass

import numpy as np

from gridops.network import Values
from gridops.powerflow.segments import Segments


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SegmentBounds:
    """Bounds over all segments of a grid, at nominal voltage.

    `charging`, by segment: at most what its charging draws by itself, per unit, be it open at
    one end or not. `charging_of_members`: how much more of its own rating a line in parallel with
    others may carry than their segment as a whole shows; 0 if nothing is in parallel. `aside`:
    how far the phasor of a point inside may lie beside the straight line between those at both
    ends, as a share of that line; 0 where r / x is the same all along.
    """

    charging: Values
    charging_of_members: float
    aside: float

    def charging_share(self, capacity: Values) -> float:
        """The largest share that `charging` has of what a segment may carry; `capacity` has the
        squares of current and apparent power, per unit."""
        squares = np.minimum(capacity[:, 0], capacity[:, 1])
        some = np.flatnonzero(self.charging)
        with np.errstate(divide="ignore"):
            return float((self.charging[some] / np.sqrt(squares[some])).max(initial=0.0))


def bounds_of(segments: Segments, member_capacity: Values) -> SegmentBounds:
    """`member_capacity`: current and apparent power that each member may carry, per unit."""
    z, at_a, at_b = (np.hypot(segments.pi[:, k], segments.pi[:, k + 1]) for k in (0, 2, 4))
    # At the a-end of a transformer current and voltage are off by the ratio, each once.
    turned = 1.0 / np.minimum(segments.pi[:, 6], 1.0)
    total = (at_a + at_b) * turned
    lift = 1.0 - z * total  # an open end is lifted above the near one, and draws more
    drawn = np.divide(total, lift, out=np.full_like(total, np.inf), where=lift > 0.0)
    drawn[total == 0.0] = 0.0
    counts = np.diff(segments.members)
    segment = np.repeat(np.arange(len(counts)), counts)
    own = np.abs(segments.member_pi[:, 1:]).max(axis=1, initial=0.0)
    whole = np.maximum(at_a, at_b)[segment] * np.abs(segments.share)
    together = np.flatnonzero(counts[segment] > 1)
    excess = ((own + whole) * turned[segment])[together]
    with np.errstate(divide="ignore"):
        shares = excess / member_capacity[together].min(axis=1, initial=np.inf)
    return SegmentBounds(
        charging=drawn,
        charging_of_members=float(shares.max(initial=0.0, where=excess > 0.0)),
        aside=_aside(segments),
    )


def _aside(segments: Segments) -> float:
    """By the impedance up to each joint over that of the whole member."""
    if not len(segments.branches):
        return 0.0
    z = segments.models.z[segments.branches]
    begin, sizes = segments.starts[:-1], np.diff(segments.starts)
    whole = np.repeat(np.add.reduceat(z, begin), sizes)
    so_far = np.cumsum(z)
    before = np.repeat(so_far[begin] - z[begin], sizes)
    inner = np.flatnonzero((whole != 0) & np.repeat(sizes > 1, sizes))
    return float(np.abs(((so_far - before)[inner] / whole[inner]).imag).max(initial=0.0))
