"""Major event days by the 2.5 beta method of IEEE Std 1366."""

import math
from collections.abc import Sequence


def major_event_threshold_min(daily_saidi_min: Sequence[float]) -> float:
    """T_MED = exp(alpha + 2.5 beta) in minutes; a day above it is a major event day.

    alpha and beta are mean and sample standard deviation of ln(daily SAIDI), five years where
    there are so many. Days without interruption are dropped.

    Raises: ValueError with fewer than two days with interruptions: no spread, no threshold.
    """
    logs = [math.log(day) for day in daily_saidi_min if day > 0]
    if len(logs) < 2:
        raise ValueError(f"the 2.5 beta method needs two days with interruptions, not {len(logs)}")
    alpha = math.fsum(logs) / len(logs)
    variance = math.fsum((log - alpha) ** 2 for log in logs) / (len(logs) - 1)
    return math.exp(alpha + 2.5 * math.sqrt(variance))
