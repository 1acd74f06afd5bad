"""Daily load profiles: what share of the stated power holds at a time of day."""

from datetime import time

from gridops.ids import ProfileId
from gridops.network.components import Profile
from gridops.network.network import Network

MINUTES_PER_DAY = 24 * 60


def factor_at(profile: Profile, at: time) -> float:
    """The factor of the step that `at` lies in; a step holds from its begin to its end.

    Local time, seconds do not count. The profile must have at least one factor.
    """
    minute = at.hour * 60 + at.minute
    return profile.factors[minute * len(profile.factors) // MINUTES_PER_DAY]


def factor_of(network: Network, profile: ProfileId | None, *, at: time | None) -> float:
    """1 without a profile or without a time: the stated power holds."""
    return 1.0 if profile is None or at is None else factor_at(network.profiles[profile], at)
