"""What may be carried, for good and for a while, and what sources can give."""

from collections.abc import Mapping

import numpy as np

from gridops.ids import BranchId, SourceId, SwitchId
from gridops.network import Branch, Limits, Network, Values
from gridops.powerflow.results import ByNumber

PICKUP_MARGIN = 1e-6
"""Relative: load stays below the pick-up by this, never at it."""


def carries_a(network: Network, loading_pct_max: float | None) -> ByNumber[SwitchId]:
    """What each switch may carry: its rating, or the current just below that at which its own
    protection trips. At `loading_pct_max` of it, that is; None: protection is not asked."""
    carried: Values = network.arrays.switch_rated_a
    if loading_pct_max is not None:
        trips = network.arrays.switch_pickup_a * (1 - PICKUP_MARGIN) * 100.0 / loading_pct_max
        carried = np.minimum(carried, trips)
    every = np.arange(len(carried), dtype=np.int32)
    return ByNumber(network.arrays.switches, numbers=every, values=carried)


def emergency_pct(network: Network, limits: Limits, *, lasts_s: float) -> Mapping[BranchId, float]:
    """How far branches with an emergency rating may be loaded in a state that lasts so long, in
    percent of what they may carry always; empty if `limits` do not allow it.

    Full emergency ratings, whatever share of the permanent ones `limits.loading_pct_max` is.
    """
    if not limits.allows_emergency(lasts_s):
        return {}
    found: dict[BranchId, float] = {}
    for ident, branch in network.branches.items():
        if isinstance(branch, Branch):
            more, always = branch.current_a_emergency, branch.current_a_max
        else:
            more, always = branch.power_va_emergency, branch.power_va_rated
        if more is not None and more > always:
            found[ident] = 100.0 * more / always
    return found


def source_va(network: Network) -> Mapping[SourceId, float]:
    """What may be drawn from each source that states it."""
    return {
        ident: source.power_va_max
        for ident, source in network.sources.items()
        if source.power_va_max is not None
    }
