"""What may be drawn for a while, and what sources can give."""

from collections.abc import Mapping

from gridops.ids import BranchId, SourceId
from gridops.network import Branch, Limits, Network


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
