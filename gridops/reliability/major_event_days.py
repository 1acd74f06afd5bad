"""Major event days by the 2.5 beta method of IEEE Std 1366."""

import math
from collections.abc import Sequence


def major_event_threshold_min(
    daily_saidi_min: Sequence[float], *, factor: float = 2.5, zero_days_dropped: bool = True
) -> float:
    """T_MED = exp(alpha + 2.5 beta) in minutes; a day above it is a major event day.

    alpha and beta are mean and sample standard deviation of ln(daily SAIDI), five years where
    there are so many. Days without interruption are dropped, or stand with the least value.

    Raises: ValueError with fewer than two days with interruptions: no spread, no threshold.
    """
    logs = [math.log(day) for day in daily_saidi_min if day > 0]
    if len(logs) < 2:
        raise ValueError(f"the 2.5 beta method needs two days with interruptions, not {len(logs)}")
    if not zero_days_dropped:
        logs += [min(logs)] * (len(daily_saidi_min) - len(logs))
    alpha = math.fsum(logs) / len(logs)
    variance = math.fsum((log - alpha) ** 2 for log in logs) / (len(logs) - 1)
    return math.exp(alpha + factor * math.sqrt(variance))
