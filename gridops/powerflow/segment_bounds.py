"""What may hide inside segments where nobody looks at them one by one."""

from dataclasses import dataclass

import numpy as np

from gridops.network import Values
from gridops.powerflow.segments import Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentBounds:
    """Bounds over all segments of a grid, at nominal voltage.

    `charging`: the largest share of what a segment may carry that its charging draws by itself,
    be it open at one end or not. `charging_of_members`: how much more of its own rating a line in
    parallel with others may carry than their segment as a whole shows; 0 if nothing is in
    parallel. `aside`: how far the phasor of a point inside may lie beside the straight line
    between those at both ends, as a share of that line; 0 where r / x is the same all along.
    """

    charging: float
    charging_of_members: float
    aside: float


def bounds_of(
    segments: Segments, *, capacity: Values, member_capacity: Values, aside: float
) -> SegmentBounds:
    """Of one grid.

    `capacity`: squares of current and apparent power that each segment may carry;
    `member_capacity`: current and apparent power that each member may; all per unit. `aside`
    is what `aside_of` says.
    """
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
    return SegmentBounds(
        charging=alone,
        charging_of_members=_largest_share(excess, member_capacity[together]),
        aside=aside,
    )


def aside_of(segments: Segments) -> float:
    """`SegmentBounds.aside`: by the impedance up to each joint over that of the whole member."""
    if not len(segments.branches):
        return 0.0
    z = segments.models.z[segments.branches]
    begin, sizes = segments.starts[:-1], np.diff(segments.starts)
    whole = np.repeat(np.add.reduceat(z, begin), sizes)
    so_far = np.cumsum(z)
    before = np.repeat(so_far[begin] - z[begin], sizes)
    inner = np.flatnonzero((whole != 0) & np.repeat(sizes > 1, sizes))
    return float(np.abs(((so_far - before)[inner] / whole[inner]).imag).max(initial=0.0))


def _largest_share(drawn: Values, carries: Values) -> float:
    """Of the current and of the apparent power that each may carry."""
    least = carries.min(axis=1, initial=np.inf)
    some = np.flatnonzero(drawn)
    with np.errstate(divide="ignore"):
        return float((drawn[some] / least[some]).max(initial=0.0))
