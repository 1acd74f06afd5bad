"""What a plan costs: customer minutes, weighted, over the time until repair.

docs/restoration.md states the objective and works an example by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.network import Network

PRIORITY_WEIGHTS: Mapping[int, float] = {1: 1000.0, 2: 4.0, 3: 2.0, 4: 1.0}
"""What one customer of each load priority counts."""
THRESHOLDS_MIN = (1.0, 3.0, 5.0)
"""An interruption that grows longer than one of these costs as many minutes more: some regimes
pay from one minute on, some count from three, Vietnam counts from five."""


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """Smaller is better, field by field."""

    weighted_minutes: float
    """Customer minutes by priority weight, thresholds included; from release to the end of
    repair, over all that is dark and all that the plan drops on its way."""
    energy_not_supplied_wh: float
    """Over the same time, by the load before the fault."""
    movements: int
    switches: tuple[SwitchId, ...] = ()
    """In the order of the plan: only to decide between equals."""


def minutes_counted(until_s: float, *, dark_s: float) -> float:
    """Minutes that one customer costs who gets supply back `until_s` after the release, having
    been dark for `dark_s` before it.

    What is past is not counted, but a threshold is counted from the loss of supply on: once
    when the interruption is longer than it, unless it was so before the release.
    """
    until_min, dark_min = until_s / 60.0, dark_s / 60.0
    crossed = (m for m in THRESHOLDS_MIN if dark_min <= m < dark_min + until_min)
    return until_min + sum(crossed)


def weight_of_section(network: Network, section: SectionId) -> float:
    """Its customers, each counted by the weight of its load's priority."""
    return sum(
        load.customers * PRIORITY_WEIGHTS.get(load.priority, 1.0)
        for load in network.loads_of_section[section]
    )
