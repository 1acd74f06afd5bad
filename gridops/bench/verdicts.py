"""What is told of a restoration candidate, by whoever looked at it."""

import numpy as np

from gridops.network import Limits, Values
from gridops.powerflow.protocol import LIMIT_TOLERANCE

LOADING_PU_TOLD = 0.5
"""Below it our own kernel does not look closely, for it decides nothing."""


def verdicts(
    limits: Limits, *, lowest_pu: Values, highest_pu: Values, loading_pct: Values
) -> Values:
    """Shape (candidates, 3): the lowest voltage in pu, the highest loading in pu of the rating but
    at least `LOADING_PU_TOLD`, and 1 if the limits are kept, 0 if not."""
    keeps = np.ones(len(lowest_pu), np.bool_)
    if limits.voltage_pu_min is not None:
        keeps &= lowest_pu >= limits.voltage_pu_min * (1 - LIMIT_TOLERANCE)
    if limits.voltage_pu_max is not None:
        keeps &= highest_pu <= limits.voltage_pu_max * (1 + LIMIT_TOLERANCE)
    if limits.loading_pct_max is not None:
        keeps &= loading_pct <= limits.loading_pct_max * (1 + LIMIT_TOLERANCE)
    return np.column_stack((lowest_pu, np.maximum(loading_pct / 100.0, LOADING_PU_TOLD), keeps))
